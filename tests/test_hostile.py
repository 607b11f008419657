"""Any Python object as a payload or status: nothing raises, hangs, forges or lies."""

import asyncio
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
from decimal import Decimal
from email.message import Message
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock
from urllib.response import addinfourl

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
TEXTS = ("message", "type", "code", "userTitle", "userMessage", "cntTraceId")
ERROR: dict[str, Any] = {
    "message": "No text",
    "type": "ERROR_TYPE_INVALID_REQUEST",
    "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY",
    "userTitle": "Title",
    "userMessage": "Write a text",
    "cntTraceId": "13873214605582671049",
    "details": {},
}
# Where errors are looked for
PLACES: dict[str, Callable[[Any], Any]] = {
    "the payload": lambda value: value,
    "error": lambda value: {"error": value},
    "statusUpdate": lambda value: {"statusUpdate": value},
    "statusUpdate.error": lambda value: {"statusUpdate": {"error": value}},
    "data": lambda value: {"data": value},
    "data.0": lambda value: {"data": [value]},
    "data.1.error": lambda value: {"data": [{"error": ERROR}, {"error": value}]},
    "an item": lambda value: [{}, value],
    "error of an item": lambda value: [{}, {"error": value}],
}
MEMBERS: dict[str, Callable[[Any], Any]] = {
    "status": lambda value: {"statusUpdate": {"status": value, "message": value}},
    "rejectedCount": lambda value: {"data": [{"rejectedCount": value}]},
    "error without a message": lambda value: {"code": "X", "error": value},
    "a member without a field": lambda value: {"code": "X", "x": value},
    "all texts": lambda value: {"error": dict.fromkeys(TEXTS, value)},
    "all texts but a code": lambda value: {**dict.fromkeys(TEXTS, value), "code": "X"},
}


def fails(*_: object) -> Any:
    raise ZeroDivisionError


def failing(base: type, value: object, *names: str) -> Any:
    """An object of a subclass of base whose methods with these names raise."""
    return type(f"Failing{base.__name__}", (base,), dict.fromkeys(names, fails))(value)


class Key(str):
    """A key that raises when it is compared with a name."""

    __hash__ = str.__hash__
    __eq__ = fails


class NoClass:
    __class__ = property(fails)


class NeitherTrueNorFalse:
    __bool__ = fails


def cyclic() -> dict[str, Any]:
    loop = dict(ERROR)
    loop |= {"error": loop, "statusUpdate": loop, "details": loop, "data": [loop, loop]}
    return loop


def deep(value: Any) -> Any:
    for _ in range(3_000):  # freeing more would kill an interpreter in WebAssembly
        value = [value]
    return value


MAPPING_METHODS = ("get", "__getitem__", "__len__", "__iter__", "__contains__", "items")
SEQUENCE_METHODS = ("__getitem__", "__len__", "__iter__", "__contains__")
TEXT_METHODS = ("__str__", "__eq__", "strip", "encode", "startswith", "isascii")
# Each is built anew for each reading, because a reading could change it.
HOSTILE: dict[str, Callable[[], Any]] = {
    **{
        f"{base.__name__}.{name} raises": partial(failing, base, value, name)
        for base, value, names in [
            (UserDict, ERROR, MAPPING_METHODS),
            (UserList, [{"error": ERROR}], SEQUENCE_METHODS),
        ]
        for name in names
    },
    # One builtin that lies, for all of them: the safety net holds for these too.
    "str whose methods raise": partial(failing, str, "x", *TEXT_METHODS),
    "mapping that contains itself": cyclic,
    "mock of a dict": partial(MagicMock, spec=dict),
    "keys that raise": lambda: {Key(name): 1 for name in ("error", "code", "data")},
    "keys that are no strings": lambda: {1: 2, None: 3, ("error",): ERROR, b"code": 4},
    "list 3,000 deep": lambda: deep(1),
    "empty list 3,000 deep": lambda: deep([]),
    "object without a class": NoClass,
    "object that is neither true nor false": NeitherTrueNorFalse,
    "integer of 5,001 digits": lambda: 10**5000,  # int and str convert 4,300
    "NaN": lambda: float("nan"),
    "-Infinity": lambda: float("-inf"),
    "signaling NaN": lambda: Decimal("sNaN"),
    "NotImplemented": lambda: NotImplemented,
    "100,000 lone surrogates": lambda: "\ud800" * 100_000,
    "100,000 brackets": lambda: "[" * 100_000,
}


def assert_answers(payload: Callable[[], Any], assert_sound: AssertSound) -> None:
    """Assert that parse and parse_all give sound answers that agree."""
    for status in (None, 400):
        response = parse(payload(), status=status)
        responses = parse_all(payload(), status=status)
        for each in (response, *responses):
            assert_sound(each)
            assert each.status == status
        assert responses or status is None
        for first in responses[:1]:
            assert (str(first), first.path) == (str(response), response.path)


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_raises_anywhere(value: str, assert_sound: AssertSound) -> None:
    for place, put in {**PLACES, **MEMBERS}.items():
        try:
            assert_answers(lambda put=put: put(HOSTILE[value]()), assert_sound)  # type: ignore[misc]
        except BaseException as problem:
            problem.add_note(f"at {place}")
            raise


# --- The safety net is there for payloads, and doesn't hide bugs of ours ---


def test_no_well_formed_payload_is_unreadable(payloads: Path) -> None:
    unreadable = []
    for file in payloads.iterdir():
        body = file.read_bytes()
        forms: list[Any] = [body, body.decode("latin-1")]
        with suppress(ValueError):
            forms.append(json.loads(body))
        for form, status in itertools.product(forms, (None, 200, 404)):
            errors = (parse(form, status=status), *parse_all(form, status=status))
            defects = {defect.kind for error in errors for defect in error.defects}
            if DefectKind.UNREADABLE in defects:
                unreadable.append(file.name)
    assert unreadable == []


class Raising(Mapping[str, object]):
    """A mapping whose methods raise a certain exception."""

    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def fail(self, *_: object) -> Any:
        raise self.problem

    __getitem__ = __iter__ = __len__ = __int__ = fail


# "data" is an array; nobody has to look into a mapping there.
@pytest.mark.parametrize("place", [place for place in PLACES if place != "data"])
@pytest.mark.parametrize(
    "problem", [ZeroDivisionError(), MemoryError(), RecursionError(), StopIteration()]
)
def test_a_payload_that_raises_is_unreadable(place: str, problem: Exception) -> None:
    payload = PLACES[place](Raising(problem))
    response = parse(payload, status=502)
    assert response == ErrorResponse(status=502, defects=UNREADABLE)
    assert parse_all(payload, status=502) == (response,)
    assert response.source is payload


def test_details_that_would_raise_are_passed_on_as_they_are() -> None:
    details = Raising(ZeroDivisionError())
    error = parse({"code": "X", "message": "No.", "details": details})
    assert (error.message, error.defects) == ("No.", ())
    assert error.details is details


@pytest.mark.parametrize("read", [parse, parse_all])
@pytest.mark.parametrize(
    "problem", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError]
)
def test_what_is_no_exception_passes(
    problem: type[BaseException], read: Callable[..., object]
) -> None:
    raised = problem()
    with pytest.raises(problem) as caught:
        read({"statusUpdate": {"error": Raising(raised)}})
    assert caught.value is raised
    with pytest.raises(problem):
        read(ERROR, status=Raising(raised))


FRAMES = 5  # that a reading may need below the recursion limit


@pytest.mark.parametrize(
    "payload",
    [
        ERROR,
        json.dumps(json.dumps(ERROR)),
        json.dumps({"data": [{"error": ERROR}, {"status": "error"}] * 2}).encode(),
        b'{"message": "\xff\\ud800", "code": 5, "details": {"x": [[[[1]]]]}}',
        "<html>",
        b"",
    ],
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


# --- Objects that are no payload ---


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "thing",
    [io.BytesIO(b"{}"), ErrorResponse(message="x"), Mock(), {1, 2}, iter([ERROR])],
    ids=lambda thing: type(thing).__name__,
)
def test_what_only_resembles_a_payload_is_unreadable(thing: Any, place: str) -> None:
    payload = PLACES[place](thing)
    response = parse(payload)
    assert (response.message, response.defects) == ("", UNREADABLE)
    assert parse_all(payload) == (response,)
    assert response.source is payload


@pytest.mark.parametrize("place", list(PLACES)[1:])
def test_bytes_in_a_decoded_payload_are_unreadable(place: str) -> None:
    assert parse_all(PLACES[place](b"{}")) == (ErrorResponse(defects=UNREADABLE),)


def test_a_response_object_and_an_iterator_are_not_consumed() -> None:
    body = io.BytesIO(b'{"message": "x"}')
    iterator = iter([ERROR])
    with addinfourl(body, Message(), "", 400) as response:
        for thing in (response, iterator):
            for put in (*PLACES.values(), *MEMBERS.values()):
                parse_all(put(thing))
        assert response.read() == b'{"message": "x"}'
    assert next(iterator) is ERROR


def test_a_mapping_that_makes_up_its_members_gains_none() -> None:
    error: Any = defaultdict(dict)
    payload: Any = defaultdict(dict, statusUpdate=error.copy(), data=[{"error": error}])
    before = repr(payload)
    parse(payload)
    parse_all([payload])
    assert repr(payload) == before


def test_a_member_that_is_neither_true_nor_false_is_of_the_wrong_type() -> None:
    # Such as an empty cell in pandas.
    error = parse({"code": NeitherTrueNorFalse(), "message": "m"})
    assert error.message == "m"
    assert error.defects == (Defect(DefectKind.WRONG_TYPE, "code"),)


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


class EndlessMapping(Mapping[str, object]):
    def __getitem__(self, name: str) -> object:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return itertools.repeat("a")

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    "payload",
    [
        EndlessMapping(),
        [EndlessMapping()],
        {"error": EndlessMapping()},
        {"statusUpdate": EndlessMapping()},
        {"data": [EndlessMapping()]},
    ],
    ids=["body", "array", "error", "statusUpdate", "data"],
)
def test_a_mapping_without_an_end_ends(payload: Any) -> None:
    assert isinstance(parse(payload), ErrorResponse)


class Endless(UserList[object]):
    """A sequence of one item that goes on giving it."""

    def __getitem__(self, index: Any) -> Any:
        if index > 1_000:
            raise KeyboardInterrupt
        return self.data[0]


@pytest.mark.parametrize("item", [None, {}, {"error": ERROR}])
def test_a_sequence_without_an_end_is_read_up_to_its_length(item: object) -> None:
    for put in (PLACES["the payload"], PLACES["error"], PLACES["data"]):
        assert parse_all(put(Endless([item]))) == parse_all(put([item]))


# --- Statuses ---


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((404, 404), ("404", 404), (b" 404\n", 404), (404.9, 404), ("٤٠٤", 404)),
        *((HTTPStatus.NOT_FOUND, 404), (Decimal(404), 404)),
        *((100, 100), (999, 999), (99, None), (1000, None), (-404, None), (0, None)),
        *((True, None), ("9" * 5000, None), (float("nan"), None)),
        *((float("inf"), None), (Decimal("sNaN"), None), ("", None), ("404 OK", None)),
        *((b"\xff", None), ("\ud800", None), ([404], None), (object(), None)),
        (Raising(ZeroDivisionError()), None),
        (Raising(MemoryError()), None),
    ],
    ids=lambda value: f"{value!a:.20}",
)
def test_a_status_is_what_int_makes_of_it_or_none(
    status: Any, expected: int | None
) -> None:
    payloads: list[Any] = [ERROR, json.dumps(ERROR), "<html>", None, {1, 2}]
    for payload in payloads:
        response = parse(payload, status=status)
        assert response.status == expected
        assert type(response.status) is type(expected)
        assert response == parse(payload, status=expected)


@pytest.mark.parametrize("value", HOSTILE)
def test_no_status_costs_the_payload(value: str) -> None:
    assert parse(ERROR, status=HOSTILE[value]()) == parse(ERROR)


# --- Text that would forge a line or steer a terminal ---


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"])
def test_no_character_forges_a_line_or_steers_a_terminal(category: str) -> None:
    every = map(chr, range(sys.maxunicode + 1))
    chars = [char for char in every if unicodedata.category(char) == category]
    for char in (*chars[:500], *chars[-500:]):
        members = dict.fromkeys(TEXTS, f"a{char}b")
        for payload in (members, json.dumps({"error": members}), f"a{char}b"):
            line = str(parse(payload, status=400))
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

# What a body begins with, repeats, how often, and ends with
ARRAYS = f"{'[' * 90}{']' * 90}, "
LARGE: dict[str, tuple[str, str, int, str]] = {
    "entries without an error": ('{"data": [', '{"error": {}}, ', 80_000, "0]}"),
    "entries with one": ('{"data": [', '{"error": {"code": "X"}}, ', 45_000, "0]}"),
    "arrays": ('{"code": "X", "details": {"a": [', ARRAYS, 3_600, "0]}}"),
}
# With the first, json.loads runs out of memory; with the last, nothing does.
MEGABYTES = ("3", "15", "20", "25", "30", "1000")
READ_IN_LITTLE_MEMORY = """
import resource, sys
folder, read, *megabytes = sys.argv[1:]
sys.path.insert(0, folder)
from connectly_errors import parse, parse_all
body = sys.stdin.buffer.read()
with open("/proc/self/statm") as statm:
    start = int(statm.read().split()[0]) * resource.getpagesize()
_, most = resource.getrlimit(resource.RLIMIT_AS)
for more in megabytes:
    resource.setrlimit(resource.RLIMIT_AS, (start + int(more) * 2**20, most))
    errors = parse_all(body) if read == "parse_all" else (parse(body),)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    print(len(errors), *(error.to_dict()["defects"] for error in errors[-1:]))
    errors = ()
"""


@pytest.mark.subprocess
@pytest.mark.skipif(sys.platform != "linux", reason="other systems set no such limit")
@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("read", ["parse", "parse_all"])
def test_running_out_of_memory_makes_a_payload_unreadable(
    read: str, kind: str, tmp_path: Path
) -> None:
    head, item, count, tail = LARGE[kind]
    shutil.copy(connectly_errors.__file__, tmp_path / "connectly_errors.py")
    program = (sys.executable, "-IS", "-c", READ_IN_LITTLE_MEMORY)
    first, *others, last = subprocess.check_output(
        [*program, tmp_path, read, *MEGABYTES],
        input=f"{head}{item * count}{tail}",
        text=True,
        timeout=100,  # it takes seconds, or doesn't end
    ).splitlines()
    assert first == "1 ['unreadable']"
    assert "unreadable" not in last
    for other in others:
        assert other == last or other.endswith(" ['unreadable']")
