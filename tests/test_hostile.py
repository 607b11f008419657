"""Any Python object as a payload or status: nothing raises, hangs, forges or lies."""

import io
import itertools
import json
import shutil
import subprocess
import sys
import unicodedata
from collections import UserDict, UserList, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

import connectly_errors
from connectly_errors import (
    Defect,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    parse,
    parse_all,
)

AssertSound = Callable[[ErrorResponse], None]

UNREADABLE = (Defect(DefectKind.UNREADABLE),)
ERROR: dict[str, Any] = {
    "message": "No text",
    "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY",
    "cntTraceId": "13873214605582671049",
}


class Raising(Mapping[str, object]):
    """A mapping whose methods raise a certain exception. As a status, it does too."""

    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def fail(self, *_: object) -> Any:
        raise self.problem

    __getitem__ = __iter__ = __len__ = __int__ = fail


# --- What raises, or would ---


@pytest.mark.parametrize(
    "put",
    [
        lambda value: value,
        lambda value: [{}, value],
        lambda value: {"error": value},
        lambda value: {"statusUpdate": value},
        lambda value: {"data": [{"error": ERROR}, {"error": value}]},
        lambda value: {"code": "X", "other": value},
    ],
)
def test_a_payload_that_raises_is_unreadable(put: Callable[[object], Any]) -> None:
    payload = put(Raising(ZeroDivisionError()))
    response = parse(payload, status=502)
    assert response == ErrorResponse(status=502, defects=UNREADABLE)
    assert parse_all(payload, status=502) == (response,)
    assert response.source is payload


def test_no_well_formed_payload_is_unreadable(payloads: Path) -> None:
    # The safety net is there for payloads. It must not hide bugs of ours.
    for file in payloads.iterdir():
        body = file.read_bytes()
        forms: list[Any] = [body, body.decode("latin-1")]
        with suppress(ValueError):
            forms.append(json.loads(body))
        for form in forms:
            assert parse(form).defects != UNREADABLE, file.name


def test_an_interruption_passes_through() -> None:
    interrupted: Any = Raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        parse({"error": interrupted})
    with pytest.raises(KeyboardInterrupt):
        parse(ERROR, status=interrupted)


def cycle() -> dict[str, Any]:
    loop: dict[str, Any] = {"a": 1}
    loop["itself"] = loop
    return loop


# The last does what one does that is nested too deep to be written.
@pytest.mark.parametrize(
    "value", [cycle(), {1}, {("a", "b"): 1}, Raising(RecursionError())]
)
def test_a_member_without_json_text_costs_nothing_but_itself(value: Any) -> None:
    assert parse({"code": "X", "other": value}) == ErrorResponse(code="X")
    error = parse({"message": "m", "cntTraceId": "7", "details": value})
    assert (error.message, error.cnt_trace_id) == ("m", "7")


def test_a_member_that_is_neither_true_nor_false_is_of_the_wrong_type() -> None:
    class NotAvailable:  # such as an empty cell in pandas
        def __bool__(self) -> bool:
            raise TypeError

    error = parse({"code": NotAvailable(), "message": "m"})
    assert error.message == "m"
    assert error.defects == (Defect(DefectKind.WRONG_TYPE, "code"),)


FRAMES = 5  # that a reading may need below the recursion limit


@pytest.mark.parametrize(
    "payload",
    [ERROR, json.dumps({"data": [{"error": ERROR}, {"status": "error"}]}), "<html>"],
    ids=lambda payload: f"{payload!a:.20}",
)
def test_nothing_raises_near_the_recursion_limit(
    payload: Any, assert_sound: AssertSound
) -> None:
    def frames_left(count: int = 0) -> int:
        try:
            return frames_left(count + 1)
        except RecursionError:
            return count

    def read_below(frames: int) -> tuple[ErrorResponse, ...]:
        if frames:
            return read_below(frames - 1)
        return (parse(payload, status=500), *parse_all(payload, status=500))

    for margin in range(FRAMES, FRAMES + 40):
        for response in read_below(frames_left() - margin):
            assert_sound(response)


# --- Objects with a will of their own ---


def test_a_stream_and_an_iterator_are_not_consumed() -> None:
    stream = io.BytesIO(b'{"message": "x"}')
    iterator = iter([ERROR])
    payload: Any
    for thing in (stream, iterator):
        for payload in (thing, [thing], {"error": thing}, {"code": "X", "a": thing}):
            parse(payload)
    assert stream.read() == b'{"message": "x"}'
    assert next(iterator) is ERROR


def test_a_mapping_that_makes_up_its_members_gains_none() -> None:
    error: Any = defaultdict(dict)
    payload: Any = defaultdict(dict, statusUpdate=error.copy(), data=[{"error": error}])
    before = repr(payload)
    parse(payload)
    parse_all([payload])
    assert repr(payload) == before


class IgnoringCase(Mapping[str, object]):
    """As the headers of some HTTP libraries, which are used for bodies too."""

    def __init__(self, members: dict[str, object]) -> None:
        self.members = members

    def __getitem__(self, name: str) -> object:
        return {key.lower(): value for key, value in self.members.items()}[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)


def test_a_mapping_that_ignores_case_is_read_wherever_it_is() -> None:
    error = IgnoringCase({"ErrorCode": "ERROR_CODE_MESSAGE_TEXT_EMPTY", "Message": "m"})
    for payload in ([IgnoringCase({"Error": error})], {"data": [error]}, error):
        found = parse(payload)
        assert (found.code, found.message) == (ErrorCode.MESSAGE_TEXT_EMPTY, "m")


def without_end(item: Any) -> Iterator[Any]:
    yield from itertools.repeat(item, 1_000)
    raise KeyboardInterrupt  # so that the test ends


class EndlessMapping(UserDict[str, object]):
    def __iter__(self) -> Iterator[str]:
        return without_end("a")


class EndlessList(UserList[object]):
    def __iter__(self) -> Iterator[object]:
        return without_end(self.data[0])


@pytest.mark.parametrize(
    ("endless", "same"),
    [
        (EndlessMapping(a=0), {"a": 0}),
        (EndlessMapping(a=1), {"a": 1}),
        (EndlessList([0]), [0]),
        (EndlessList([{"error": ERROR}]), [{"error": ERROR}]),
    ],
)
def test_a_collection_without_an_end_is_read_up_to_its_length(
    endless: Any, same: Any
) -> None:
    assert parse(endless) == parse(same)
    for name in ("error", "statusUpdate", "data", "message"):
        assert parse({name: endless}) == parse({name: same})


# --- Statuses ---


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("404", 404),
        (404.9, 404),
        (HTTPStatus.NOT_FOUND, 404),
        (100, 100),
        (999, 999),
        (99, None),
        (1000, None),
        (True, None),
        ("404 OK", None),
        (float("inf"), None),
        (object(), None),
        (Raising(ZeroDivisionError()), None),
    ],
    ids=lambda value: f"{value!a:.20}",
)
def test_a_status_is_what_int_makes_of_it_or_none(
    status: Any, expected: int | None
) -> None:
    for payload in (ERROR, "<html>"):
        response = parse(payload, status=status)
        assert response.status == expected
        assert type(response.status) is type(expected)
        assert response == parse(payload, status=expected)


# --- Text that would forge a line or steer a terminal ---


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"])
def test_no_character_forges_a_line_or_steers_a_terminal(category: str) -> None:
    every = map(chr, range(sys.maxunicode + 1))
    chars = [char for char in every if unicodedata.category(char) == category]
    texts = ("message", "type", "code", "userMessage", "cntTraceId")
    for char in (*chars[:500], *chars[-500:]):
        line = str(parse(dict.fromkeys(texts, f"a{char}b"), status=400))
        assert (char, line.isprintable()) == (char, True)
        assert line.endswith("b")


# --- Threads ---


@pytest.mark.threads
def test_16_threads_get_the_same_results_as_one(payloads: Path) -> None:
    bodies = [path.read_bytes() for path in payloads.iterdir()] * 20
    expected = [repr(parse_all(body, status=404)) for body in bodies]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(16) as pool:
            results = pool.map(lambda body: repr(parse_all(body, status=404)), bodies)
            assert list(results) == expected
    finally:
        sys.setswitchinterval(interval)


# --- Memory ---

# With the first, json.loads runs out of memory; with the last, nothing does.
MEGABYTES = ("3", "15", *map(str, range(21, 42, 2)), "1000")
READ_IN_LITTLE_MEMORY = """
import resource, sys
folder, *megabytes = sys.argv[1:]
sys.path.insert(0, folder)
from connectly_errors import parse_all
body = sys.stdin.buffer.read()
with open("/proc/self/statm") as statm:
    start = int(statm.read().split()[0]) * resource.getpagesize()
_, most = resource.getrlimit(resource.RLIMIT_AS)
for more in megabytes:
    resource.setrlimit(resource.RLIMIT_AS, (start + int(more) * 2**20, most))
    errors = parse_all(body)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    print(len(errors), *(error.to_dict()["defects"] for error in errors[-1:]))
    errors = ()
"""


@pytest.mark.subprocess
@pytest.mark.skipif(sys.platform != "linux", reason="other systems set no such limit")
def test_running_out_of_memory_makes_a_payload_unreadable(tmp_path: Path) -> None:
    entries = '{"error": {"code": "X"}}, ' * 45_000
    shutil.copy(connectly_errors.__file__, tmp_path / "connectly_errors.py")
    program = (sys.executable, "-IS", "-c", READ_IN_LITTLE_MEMORY)
    first, *others, last = subprocess.check_output(
        [*program, tmp_path, *MEGABYTES],
        input=f'{{"data": [{entries}0]}}',
        text=True,
        timeout=100,  # it takes seconds, or doesn't end
    ).splitlines()
    assert first == "1 ['unreadable']"
    assert last == "45000 []"
    for other in others:
        assert other in (first, last)
