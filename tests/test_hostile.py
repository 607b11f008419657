"""Values made to break a reader, at every place that it looks at."""

import asyncio
import http.client
import io
import itertools
import json
import re
import sys
import weakref
from collections import ChainMap, OrderedDict, UserDict, UserList, UserString, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest

from connectly_errors import Defect, DefectKind, ErrorResponse, main, parse, parse_all

AssertSound = Callable[[ErrorResponse], None]

UNREADABLE = (Defect(DefectKind.UNREADABLE),)
HUGE = 10**5000  # more than the 4,300 digits that int and str convert
MEMBERS = ("message", "type", "code", "userTitle", "userMessage", "cntTraceId", "details")
ERROR = {
    "message": "no session",
    "type": "ERROR_TYPE_INVALID_REQUEST",
    "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY",
    "userTitle": "title",
    "userMessage": "text",
    "cntTraceId": "13873214605582671049",
    "details": {},
}
PLACES: dict[str, Callable[[Any], Any]] = {
    "the payload": lambda value: value,
    "error": lambda value: {"error": value},
    "statusUpdate": lambda value: {"statusUpdate": value},
    "statusUpdate.error": lambda value: {"statusUpdate": {"error": value}},
    "data": lambda value: {"data": value},
    "data.0": lambda value: {"data": [value]},
    "data.1.error": lambda value: {"data": [{"error": ERROR}, {"error": value}]},
    "an unknown member": lambda value: {**ERROR, "x": value},
    **{name: lambda value, name=name: {**ERROR, name: value} for name in MEMBERS},  # type: ignore[misc]
}


def overriding(base: type, answer: Callable[..., Any], *names: str) -> Any:
    """A subclass of base all of whose methods, or those with these names, answer this."""
    kept = {"__new__", "__init__", "__init_subclass__", "__subclasshook__", "__class__", "__del__"}
    kept |= {"__getattribute__", "__setattr__", "__reduce_ex__"}
    names = names or tuple(n for n in dir(base) if n not in kept and callable(getattr(base, n)))
    methods = {n: property(answer) if n == "__class__" else answer for n in names}
    return type(f"Hostile{base.__name__}", (base,), methods)


def hostile(base: type, answer: Callable[..., Any], value: object, *names: str) -> Any:
    return overriding(base, answer, *names)(value)


def fails(*_: object, **__: object) -> Any:
    raise ZeroDivisionError


def says(answer: object) -> Callable[..., Any]:
    return lambda *_, **__: answer


class NoAttributes:
    def __getattribute__(self, name: str) -> Any:
        raise ZeroDivisionError


def no_class() -> Any:
    return overriding(object, fails, "__class__")()


def claiming(kind: type) -> Any:
    """A plain object that says that it is of a kind."""
    return overriding(object, says(kind), "__class__")()


class PlainMapping(Mapping[str, object]):
    """No more of a mapping than collections.abc asks for."""

    def __init__(self, members: dict[str, object]) -> None:
        self.members = members

    def __getitem__(self, name: str) -> object:
        return self.members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)


class PlainSequence(Sequence[object]):
    """No more of a sequence than collections.abc asks for."""

    def __init__(self, *items: object) -> None:
        self.items = items

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)


class Key:
    """A key that meets the lookup of a name, and raises on being compared with it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError


def cyclic_dict() -> dict[str, Any]:
    loop: dict[str, Any] = dict(ERROR)
    loop |= {"error": loop, "statusUpdate": loop, "details": loop, "data": [loop, loop]}
    return loop


def cyclic_list() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def released() -> memoryview:
    view = memoryview(b"{}")
    view.release()
    return view


MAPPING_METHODS = (
    *("get", "__getitem__", "__len__", "__iter__", "__contains__", "__eq__", "__hash__"),
    *("__bool__", "keys", "items", "values", "__missing__", "__class__"),
)
SEQUENCE_METHODS = ("__getitem__", "__len__", "__iter__", "__contains__", "__bool__", "__eq__")
ANSWERS: tuple[Any, ...] = (NotImplemented, 5, "", "\ud800", [[]], {"error": 1}, b"\xff", object)

HOSTILE: dict[str, Callable[[], Any]] = {
    **{
        f"{base.__name__}.{name} raises": partial(hostile, base, fails, ERROR, name)
        for base in (dict, UserDict, PlainMapping)
        for name in MAPPING_METHODS
    },
    **{
        f"{base.__name__} of {answer!r}": partial(
            hostile, base, says(answer), ERROR, "get", "__getitem__"
        )
        for base in (dict, PlainMapping)
        for answer in ANSWERS
    },
    **{
        f"{base.__name__}.{name} raises": partial(hostile, base, fails, [{"error": ERROR}], name)
        for base in (list, UserList)
        for name in SEQUENCE_METHODS
    },
    **{
        f"{base.__name__}.__len__ is {length}": partial(
            hostile, base, says(length), value, "__len__"
        )
        for base, value in [(dict, ERROR), (PlainMapping, ERROR), (list, [1]), (PlainSequence, 1)]
        for length in (-1, 0, 7, 99)
    },
    "sequence.__getitem__ raises": partial(hostile, PlainSequence, fails, 1, "__getitem__"),
    "mapping that holds itself": cyclic_dict,
    "list that holds itself": cyclic_list,
    **{
        f"{base.__name__}, all overridden": partial(hostile, base, fails, value)
        for base, value in [
            *((str, "x"), (bytes, b"{}"), (bytearray, b"{}"), (int, 1), (float, 1.5)),
            *((dict, {}), (list, [])),
        ]
    },
    "str that says that it is another": partial(hostile, str, says("\ud800\n"), "x"),
    "str whose methods give no str": partial(hostile, str, says(None), "x"),
    "bytes that say that they are others": partial(hostile, bytes, says(b"\xff"), b"{}"),
    "bytes that give bytes with methods of their own": partial(
        hostile, bytes, says(hostile(bytes, says("\ud800\n"), b"x", "decode")), b"", "__bytes__"
    ),
    "int that says that it is another": partial(hostile, int, says(HUGE), 1),
    "object without class": no_class,
    "object without attributes": NoAttributes,
    **{
        f"object that claims to be of {kind.__name__}": partial(claiming, kind)
        for kind in (dict, list, str, bytes, bytearray, memoryview, int, float, bool, Mapping)
    },
    **{
        f"mock of {kind.__name__}": partial(MagicMock, spec=kind)
        for kind in (dict, list, str, bytes, bytearray, int, float)
    },
    "released memoryview": released,
    "keys that raise": lambda: {Key(name): 1 for name in ("error", "message", "code", "data")},
    "keys that are no strings": lambda: {1: 2, None: 3, ("error",): ERROR, 1.5: [], object(): 4},
    "key of bytes": lambda: {b"error": ERROR},
    "integer of 5,001 digits": lambda: HUGE,
    "NaN": lambda: float("nan"),
    "-Infinity": lambda: float("-inf"),
    "NotImplemented": lambda: NotImplemented,
    "UserString": lambda: UserString("x"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_raises_at_any_place(value: str, place: str, assert_sound: AssertSound) -> None:
    payload = PLACES[place](HOSTILE[value]())
    assert_sound(parse(payload, status=400))
    responses = parse_all(payload, status=400)
    assert responses
    for response in responses:
        assert_sound(response)


@pytest.mark.parametrize("status", HOSTILE)
def test_no_status_raises_or_costs_the_payload(status: str, assert_sound: AssertSound) -> None:
    for payload in (ERROR, json.dumps(ERROR)):
        response = parse(payload, status=HOSTILE[status]())
        assert_sound(response)
        assert response.message == "no session"
        assert parse_all(payload, status=HOSTILE[status]())[0].defects == ()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (HTTPStatus.NOT_FOUND, 404),
        (True, 1),
        (HUGE, HUGE),
        (-1, -1),
        (404.0, None),
        ("404", None),
        (b"404", None),
        ([404], None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_status_is_a_plain_int_or_none(status: Any, expected: int | None) -> None:
    for payload in (ERROR, "<html>"):
        response = parse(payload, status=status)
        assert response.status == expected
        assert type(response.status) is type(expected)


@pytest.mark.parametrize("answer", [fails, says(5), says("x")])
def test_a_status_of_an_int_subclass_is_its_number(answer: Callable[..., Any]) -> None:
    for payload in (ERROR, "<html>"):
        response = parse(payload, status=hostile(int, answer, 404))
        assert type(response.status) is int
        assert response.status == 404


# --- Bytes that lie ---


@pytest.mark.parametrize("base", [bytes, bytearray])
def test_bytes_are_read_as_what_they_hold(base: type) -> None:
    too_deep = overriding(bytes, says('{"a":' * 500), "decode")(b'{"code": "Z"}')
    body = json.dumps(ERROR).encode()
    response = parse(hostile(base, says(too_deep), body, "__bytes__"))
    assert response == parse(body)
    assert response.raw == body


@pytest.mark.parametrize("kind", [str, bytes, bytearray, memoryview])
@pytest.mark.parametrize("imitation", [lambda kind: MagicMock(spec=kind), claiming])
def test_what_only_claims_to_be_text_is_unreadable(
    kind: type, imitation: Callable[[type], Any]
) -> None:
    assert parse(imitation(kind)).defects == UNREADABLE
    assert parse_all(imitation(kind)) == (ErrorResponse(defects=UNREADABLE),)


# --- Mappings and sequences of other kinds ---


@pytest.mark.parametrize(
    "mapping",
    [
        *(OrderedDict, UserDict, MappingProxyType, PlainMapping, ChainMap),
        lambda members: defaultdict(list, members),
        lambda members: overriding(dict, fails, "__iter__", "__len__", "keys", "items")(members),
        lambda members: overriding(dict, fails, "__eq__", "__hash__", "__contains__")(members),
    ],
)
def test_any_mapping_is_an_object(mapping: Callable[[Any], Any]) -> None:
    error = mapping({**ERROR, "details": mapping({})})
    response = parse(mapping({"statusUpdate": mapping({"error": error})}))
    assert replace(response, details={}) == parse({"statusUpdate": {"error": ERROR}})
    assert response.details is error["details"]


def test_a_proxy_of_a_mapping_or_sequence_is_read_as_that() -> None:
    error, details, entries = UserDict(ERROR), UserDict(a=1), UserList([{"error": ERROR}])
    error["details"] = weakref.proxy(details)
    assert parse(weakref.proxy(error)).to_dict() == {**ERROR, "details": {"a": 1}}
    assert parse_all({"data": weakref.proxy(entries)}) == parse_all({"data": [{"error": ERROR}]})


@pytest.mark.parametrize("sequence", [tuple, UserList, lambda items: PlainSequence(*items)])
def test_any_sequence_is_an_array(sequence: Callable[[Any], Any]) -> None:
    items = [None, {"error": None}, {"error": ERROR}]
    assert parse_all({"data": sequence(items)}) == parse_all({"data": items})


def test_a_mapping_that_makes_up_its_members_gains_none() -> None:
    payload: Any = defaultdict(dict)
    error = payload.copy()
    payload |= {"statusUpdate": payload.copy(), "data": [defaultdict(dict, {"error": error})]}
    before = repr(payload)
    parse(payload)
    parse_all(payload)
    assert repr(payload) == before


def test_a_sequence_without_an_end_is_read_as_long_as_it_says_that_it_is() -> None:
    class ReadTooFar(BaseException):
        pass

    class Endless(PlainSequence):
        def __getitem__(self, index: Any) -> Any:
            if index > 10_000:
                raise ReadTooFar
            return None

    assert parse_all({"data": Endless(1)}) == ()


def test_parse_reads_no_further_than_the_first_error() -> None:
    class ReadTooFar(BaseException):
        pass

    def too_far(*_: object) -> Any:
        raise ReadTooFar

    unread = overriding(dict, too_far, "get")()
    payload = {"data": [{"error": ERROR}, {"error": unread}, unread]}
    assert parse(payload).path == ("data", 0, "error")
    with pytest.raises(ReadTooFar):
        parse_all(payload)


def test_the_errors_before_one_that_raises_are_kept() -> None:
    broken = overriding(dict, fails, "get")()
    first, last = parse_all({"data": [{"error": ERROR}, {"error": broken}]}, status=200)
    assert (first.message, first.path, first.defects) == ("no session", ("data", 0, "error"), ())
    assert (last.message, last.status, last.defects) == ("", 200, UNREADABLE)


@pytest.mark.parametrize("name", [*MEMBERS, "user_title", "user_message", "cnt_trace_id"])
@pytest.mark.parametrize("place", ["the payload", "error", "statusUpdate.error"])
def test_a_key_that_raises_when_compared_makes_a_payload_unreadable(name: str, place: str) -> None:
    spellings = {name, re.sub("_(.)", lambda match: match[1].upper(), name)}
    error = {member: value for member, value in ERROR.items() if member not in spellings}
    payload = PLACES[place]({**error, Key(name): "x"})
    assert parse(payload, status=404) == ErrorResponse(status=404, defects=UNREADABLE)


@pytest.mark.parametrize("name", ["error", "statusUpdate", "data"])
def test_a_key_that_raises_for_a_documented_place_makes_a_payload_unreadable(name: str) -> None:
    for size in range(len(MEMBERS) + 1):
        payload: Any = {**dict(itertools.islice(ERROR.items(), size)), Key(name): "x"}
        assert parse(payload).defects == UNREADABLE


# --- What raises while it is read ---


class Raising(PlainMapping):
    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def __getitem__(self, name: str) -> object:
        raise self.problem


@pytest.mark.parametrize(
    "problem",
    [
        MemoryError(),
        RecursionError(),
        StopIteration(),
        StopAsyncIteration(),
        ValueError(),
        TypeError(),
        AttributeError(),
        LookupError(),
        OSError(),
        json.JSONDecodeError("", "", 0),
        UnicodeDecodeError("utf-8", b"", 0, 1, ""),
        UnicodeEncodeError("utf-8", "x", 0, 1, ""),
        UserWarning(),
        ExceptionGroup("", [ValueError()]),
    ],
    ids=lambda problem: type(problem).__name__,
)
@pytest.mark.parametrize("place", ["the payload", "error", "statusUpdate", "data.0"])
def test_an_exception_makes_a_payload_unreadable(problem: Exception, place: str) -> None:
    payload: Any = PLACES[place](Raising(problem))
    response = parse(payload, status=502)
    assert response == ErrorResponse(status=502, defects=UNREADABLE)
    assert parse_all(payload, status=200) == (ErrorResponse(status=200, defects=UNREADABLE),)
    assert response.raw is payload


@pytest.mark.parametrize(
    "problem", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, BaseException]
)
@pytest.mark.parametrize("place", ["the payload", "error", "statusUpdate", "data.0"])
@pytest.mark.parametrize("read", [parse, parse_all])
def test_what_is_no_exception_passes(
    problem: type[BaseException], place: str, read: Callable[[Any], object]
) -> None:
    with pytest.raises(problem):
        read(PLACES[place](Raising(problem())))


FRAMES = 5  # what parse and parse_all need below the recursion limit; CPython 3.12 needs fewer


@pytest.mark.parametrize(
    "payload",
    [
        ERROR,
        json.dumps(ERROR),
        json.dumps({"data": [{"error": ERROR}] * 2}).encode(),
        b'{"message": "\xff\\ud800", "code": 5, "details": {"x": [[[[1]]]]}}',
        "[" * 100 + "]" * 100,
        "<html>",
        "",
        object(),
        Raising(RecursionError()),
    ],
    ids=lambda payload: f"{payload!r:.20}",
)
@pytest.mark.parametrize("read", [parse, parse_all])
def test_nothing_raises_near_the_recursion_limit(
    payload: Any, read: Callable[..., Any], assert_sound: AssertSound
) -> None:
    def frames_left(count: int = 0) -> int:
        try:
            return frames_left(count + 1)
        except RecursionError:
            return count

    def read_below(frames: int) -> Any:
        return read_below(frames - 1) if frames else read(payload, status=500)

    for margin in range(FRAMES, FRAMES + 40):
        answer = read_below(frames_left() - margin)
        for response in (answer,) if read is parse else answer:
            assert_sound(response)


# --- Subclasses, buffers and numbers ---


@pytest.mark.parametrize("answer", [fails, says("\ud800\n"), says(None)])
def test_the_methods_of_a_str_subclass_do_not_count(answer: Callable[..., Any]) -> None:
    text = overriding(str, answer)
    assert parse(text(json.dumps(ERROR))) == parse(ERROR)
    assert parse({name: text(value) for name, value in ERROR.items() if value}) == parse(ERROR)


@pytest.mark.parametrize("base", [bytes, bytearray])
def test_the_methods_of_a_bytes_subclass_do_not_count(base: type) -> None:
    body = json.dumps(ERROR).encode()
    assert parse(overriding(base, fails, "decode", "startswith", "strip")(body)) == parse(ERROR)


@pytest.mark.parametrize("answer", [fails, says("x")])
def test_the_methods_of_an_int_subclass_do_not_count(answer: Callable[..., Any]) -> None:
    number = hostile(int, answer, 42)
    assert parse({"message": number, "code": number}).to_dict() == {
        **parse({}).to_dict(),
        "message": "42",
        "code": "42",
    }


BODY = json.dumps({**ERROR, "userTitle": ""}).encode().ljust(256)


@pytest.mark.parametrize(
    "view",
    [
        memoryview(BODY),
        memoryview(bytearray(BODY)),
        memoryview(b"".join(bytes([byte, 0]) for byte in BODY))[::2],
        memoryview(BODY[::-1])[::-1],
        memoryview(BODY).cast("i"),
        memoryview(BODY).cast("d"),
        memoryview(BODY).cast("B", (16, 16)),
        memoryview(BODY).cast("c", (2, 8, 16)),
    ],
    ids=["bytes", "bytearray", "strided", "reversed", "int", "double", "2 axes", "3 axes"],
)
def test_any_memoryview_is_read_as_its_bytes(view: memoryview) -> None:
    response = parse(view)
    assert response == parse(BODY)
    assert response.raw == BODY
    assert type(response.raw) is bytes


def test_a_released_memoryview_is_unreadable() -> None:
    assert parse(released(), status=500) == ErrorResponse(status=500, defects=UNREADABLE)


@pytest.mark.parametrize("name", MEMBERS[:-1])
@pytest.mark.parametrize(
    ("number", "text"),
    [
        (HUGE, ""),
        (-HUGE, ""),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (1e999, "Infinity"),
    ],
    ids=["huge", "-huge", "nan", "-inf", "inf"],
)
def test_a_number_without_json_text_is_a_wrong_type(name: str, number: float, text: str) -> None:
    response = parse({"error": {name: number}})
    default = f"ERROR_{name.upper()}_UNSPECIFIED" if name in ("type", "code") else ""
    assert response.to_dict()[name] == (text or default)
    assert response.defects == (Defect(DefectKind.WRONG_TYPE, name),)


@pytest.mark.parametrize("body", ["9" * 4301, '{"message": "x", "code": %s}' % ("9" * 4301)])
def test_an_integer_of_more_than_4300_digits_in_a_text_is_no_json(body: str) -> None:
    assert parse(body).defects == (Defect(DefectKind.NOT_JSON),)
    assert parse(body).message == body


# --- What is no JSON value ---


@dataclass
class Answer:
    message: str = "x"
    code: str = "y"


class Socket:
    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 16\r\n\r\n{"message": "x"}')


def http_response() -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(Socket())  # type: ignore[arg-type]
    response.begin()
    return response


@pytest.mark.parametrize(
    "thing",
    [
        http_response(),
        Mock(),
        MagicMock(),
        {"message"},
        frozenset({"message"}),
        (name for name in MEMBERS),
        iter(ERROR.items()),
        ERROR.items(),
        Answer(),
        Answer,
        SimpleNamespace(message="x"),
        json,
        parse,
        ErrorResponse(),
        ValueError("x"),
        object(),
        ...,
        2j,
        re.compile("x"),
        io.BytesIO(b"{}"),
        partial(parse),
        itertools.count(),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_no_json_value_is_unreadable(thing: Any) -> None:
    response = parse(thing, status=200)
    assert response == ErrorResponse(status=200, defects=UNREADABLE)
    assert parse_all(thing) == (ErrorResponse(defects=UNREADABLE),)
    assert response.raw is thing


def test_a_response_object_and_a_generator_are_not_consumed() -> None:
    response: Any = http_response()
    generator: Any = (name for name in MEMBERS)
    for thing in (response, generator):
        parse_all(thing)
    assert response.read() == b'{"message": "x"}'
    assert next(generator) == "message"


# --- Text that would forge a line or steer a terminal ---

TEXTS = {
    "line breaks": "a\nb\rc\r\nd\x0be\x0cf\x1cg\x1dh\x1ei\x85j",
    "line and paragraph separator": "a\u2028b\u2029c",
    "control characters": "".join(map(chr, range(32)))
    + "\x7f"
    + "".join(map(chr, range(128, 160))),
    "ANSI escapes": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J",
    "bidirectional overrides": "a\u202eb\u202dc\u2066d\u2067e\u2068f\u2069g\u200fh\u061ci",
    "invisible characters": "a\u200bb\u200dc\ufeffd\xade\u2060f\U000e0041g\u3000h\xa0i",
    "lone surrogates": "a\ud800b\udfffc\udc80",
    "no characters": "\uffff\ufffe\U0010ffff\ue000\u0378",
    "100,000 letters": "x" * 100_000,
    "100,000 line breaks": "\n" * 100_000,
    "100,000 emoji": "\U0001f600" * 100_000,
    "100,000 lone surrogates": "\ud800" * 100_000,
    "100,000 unassigned": "\U0010ffff" * 100_000,
}
by_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@by_text
def test_a_log_line_stays_one_printable_line(text: str, assert_sound: AssertSound) -> None:
    error = dict.fromkeys(MEMBERS, text)
    payloads: list[Any] = [
        *({"error": {**ERROR, name: text}} for name in MEMBERS),
        *(
            error,
            {"error": text},
            {"data": [{"error": error}]},
            text,
            text.encode("utf-16", "replace"),
        ),
        json.dumps(error),
        json.dumps(error, ensure_ascii=False),
        json.dumps(text),
    ]
    for payload in payloads:
        for response in (parse(payload, status=HUGE), *parse_all(payload, status=-500)):
            assert_sound(response)


@by_text
def test_a_response_made_by_hand_gives_a_printable_line_too(text: str) -> None:
    defects = tuple(Defect(kind, text) for kind in DefectKind)
    response = ErrorResponse(
        message=text, type=text, code=text, cnt_trace_id=text, status=HUGE, defects=defects
    )
    for line in (str(response), *map(str, defects)):
        assert line.isprintable()
        assert len(line) <= 500


@by_text
def test_the_command_writes_printable_lines(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "body.json"
    error = dict.fromkeys(MEMBERS, text)
    for body in (
        json.dumps({"data": [{"error": error}, {"error": text}]}).encode(),
        json.dumps(error, ensure_ascii=False).encode(errors="surrogatepass"),
        text.encode(errors="surrogatepass"),
    ):
        file.write_bytes(body)
        main([str(file), str(file)])
        output = capsys.readouterr()
        for line in (output.out + output.err).split("\n"):
            assert line.isprintable()


# --- Threads ---


@pytest.mark.threads
def test_16_threads_give_the_same_results_as_one(payloads: Path) -> None:
    bodies = [path.read_bytes() for path in sorted(payloads.iterdir())]
    work = [(body, status) for body in bodies for status in (None, 200, 404, 503)] * 25
    expected = [repr(parse_all(body, status=status)) for body, status in work]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(16) as pool:
            results = list(pool.map(lambda item: repr(parse_all(item[0], status=item[1])), work))
    finally:
        sys.setswitchinterval(interval)
    assert results == expected
