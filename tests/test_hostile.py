"""Values made to break a reader, at every place that it looks at."""

import asyncio
import http.client
import io
import itertools
import json
import shutil
import subprocess
import sys
import unicodedata
import weakref
from collections import UserDict, UserList, UserString, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest

import connectly_errors
from connectly_errors import Defect, DefectKind, ErrorResponse, parse, parse_all

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
    "items of an array": lambda value: [value, {"error": ERROR}, value],
    "error": lambda value: {"error": value},
    "error of an item": lambda value: [{}, {"error": value}],
    "statusUpdate": lambda value: {"statusUpdate": value},
    "statusUpdate.error": lambda value: {"statusUpdate": {"error": value}},
    "data": lambda value: {"data": value},
    "data.0": lambda value: {"data": [value]},
    "data.1.error": lambda value: {"data": [{"error": ERROR}, {"error": value}]},
    "status": lambda value: {"status": value},
    "statusUpdate.status": lambda value: {"statusUpdate": {"status": value}},
    "data.0.status": lambda value: {"data": [{"status": value}]},
    "rejectedCount": lambda value: {"rejectedCount": value},
    "data.0.rejectedCount": lambda value: {"data": [{"rejectedCount": value}]},
    "message beside error": lambda value: {"data": [{"error": 5, "message": value}]},
    "message beside status": lambda value: {"statusUpdate": {"status": "error", "message": value}},
    "error beside message": lambda value: {"message": "", "code": "X", "error": value},
    "snake_case": lambda value: {"code": "X", "user_title": value, "cnt_trace_id": value},
    "cnt_trace_id alone": lambda value: {"cnt_trace_id": value},
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


class MakesUp(PlainMapping):
    """A mapping that has a member of any name: itself."""

    def __getitem__(self, name: str) -> object:
        return self


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
        for length in (-1, 0, 7, 2**64, "x")
    },
    "sequence.__getitem__ raises": partial(hostile, PlainSequence, fails, 1, "__getitem__"),
    "mapping that makes up its members": lambda: MakesUp({}),
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
    "object that is neither true nor false": lambda: overriding(object, fails, "__bool__")(),
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
    "sNaN": lambda: Decimal("sNaN"),
    "NotImplemented": lambda: NotImplemented,
    "UserString": lambda: UserString("x"),
    "100,000 lone surrogates": lambda: "\ud800" * 100_000,
    "100,000 brackets": lambda: "[" * 100_000,
    "digits that are no ASCII": lambda: "\u0664\u0660\u0664",
}


def assert_answers(payload: Callable[[], Any], assert_sound: AssertSound) -> None:
    """Assert that parse and parse_all give sound answers that agree.

    Each gets a payload of its own, as what is read may change itself.
    """
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
def test_no_value_raises_at_any_place(value: str, assert_sound: AssertSound) -> None:
    for place, put in PLACES.items():
        try:
            assert_answers(lambda put=put: put(HOSTILE[value]()), assert_sound)  # type: ignore[misc]
        except BaseException as problem:
            problem.add_note(f"at {place}")
            raise


# --- Text ---

TEXTS: dict[str, str] = {
    "nothing": "",
    "a quote": '"',
    "1,001 quotes": '"' * 1001,
    "1,001 backslashes": "\\" * 1001,
    "NUL": "\0",
    "byte order marks": "\ufeff\ufeff{}",
    "100,000 open brackets": "[" * 100_000,
    "brackets 100,000 deep": "[" * 100_000 + "]" * 100_000,
    "objects 100,000 deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "brackets in a string": json.dumps({"message": "[" * 1000}),
    "brackets behind an escaped quote": r'{"message": "\"%s' % ("[" * 1000),
    "brackets behind a value": '{"code": "X"}' + "[" * 1000,
    "an error 99 deep": '{"error":' * 99 + "{}" + "}" * 99,
    "lone surrogates": '{"message": "\ud800", "\udfff": {"\udfff": ["\ud800"]}}',
    "escaped lone surrogates": r'{"message": "\ud800", "details": {"\uDFFF": ["\udc00\ud800"]}}',
    "half an escape": r'{"message": "\ud8',
    "numbers beyond all bounds": '{"code": 1e999, "message": -1e999, "type": NaN, "details": NaN}',
    "an integer of 5,000 digits": "9" * 5000,
    "an error with an integer of 5,000 digits": '{"code": %s}' % ("9" * 5000),
    "a member twice": '{"error": {"code": "X"}, "error": {"code": "Y"}}',
    "an error in JSON in JSON": json.dumps(json.dumps(json.dumps(ERROR))),
    "a well-formed error": json.dumps(ERROR),
}
WRAPPERS: dict[str, Callable[[str], Any]] = {
    "as it is": str,
    "as a JSON string": json.dumps,
    "as a JSON string in a JSON string": lambda text: json.dumps(json.dumps(text)),
    "as a JSON string, more behind it": lambda text: json.dumps(text) + text,
    "cut short": lambda text: json.dumps(text)[:-1],
    "as UTF-8": lambda text: text.encode(errors="surrogatepass"),
    "as UTF-16": lambda text: text.encode("utf-16-le", "surrogatepass"),
    "as UTF-32": lambda text: text.encode("utf-32", "surrogatepass"),
    "as UTF-16, a byte short": lambda text: text.encode("utf-16", "surrogatepass")[:-1],
    **{f"at {place}": put for place, put in PLACES.items()},
}


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_raises_however_it_is_wrapped(text: str, assert_sound: AssertSound) -> None:
    for wrapper, wrap in WRAPPERS.items():
        try:
            assert_answers(lambda wrap=wrap: wrap(TEXTS[text]), assert_sound)  # type: ignore[misc]
        except BaseException as problem:
            problem.add_note(f"wrapped {wrapper}")
            raise


# --- Statuses ---


class Number:
    """An object of which int() asks for its number."""

    def __init__(self, number: Callable[[], Any]) -> None:
        self.number = number

    def __int__(self) -> Any:
        return self.number()


@pytest.mark.parametrize("status", HOSTILE)
def test_no_status_raises_or_costs_the_payload(status: str, assert_sound: AssertSound) -> None:
    for payload in (ERROR, json.dumps(ERROR)):
        response = parse(payload, status=HOSTILE[status]())
        assert_sound(response)
        assert response.message == "no session"
        assert response.defects == ()
        assert response.status in (None, 404)
        assert parse_all(payload, status=HOSTILE[status]()) == (response,)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((hostile(int, fails, 404, "__eq__", "__lt__", "__hash__"), 404), (-HUGE, None)),
        *((Decimal("sNaN"), None), ("\ud800", None), (b"404", 404), (b"\xff", None)),
        *((Number(says(404)), 404), (Number(says("404")), None), (Number(says(None)), None)),
        *((claiming(int), None), (claiming(str), None), (MagicMock(spec=int), None)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_status_is_a_plain_number_or_none(status: Any, expected: int | None) -> None:
    payloads: list[Any] = [ERROR, "<html>", None, object()]
    for payload in payloads:
        response = parse(payload, status=status)
        assert response.status == expected
        assert type(response.status) is type(expected)


# --- What raises, and what passes ---


class Raising(Mapping[str, object]):
    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def __getitem__(self, name: str) -> object:
        raise self.problem

    def __iter__(self) -> Iterator[str]:
        raise self.problem

    def __len__(self) -> int:
        raise self.problem


class Raises(Number):
    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def __int__(self) -> Any:
        raise self.problem


# Where members are asked for.
CONTAINERS = {
    name: PLACES[name]
    for name in [
        *("the payload", "items of an array", "error", "error of an item"),
        *("statusUpdate", "statusUpdate.error", "data.0", "data.1.error"),
    ]
}


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
def test_no_exception_escapes(problem: Exception) -> None:
    for put in CONTAINERS.values():
        payload = put(Raising(problem))
        *read, last = parse_all(payload, status=502)
        assert last == ErrorResponse(status=502, defects=UNREADABLE)
        assert [error.path for error in read] in ([], [("data", 0, "error")])
        assert parse(payload, status=502) == (read or [last])[0]
        assert last.source is payload
    response = parse(ERROR, status=Raises(problem))  # type: ignore[arg-type]
    assert (response.status, response.message, response.defects) == (None, "no session", ())


@pytest.mark.parametrize(
    "problem", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, BaseException]
)
def test_what_is_no_exception_passes(problem: type[BaseException]) -> None:
    raised = problem()
    for read in (parse, parse_all):
        for place, put in CONTAINERS.items():
            if (read, place) == (parse, "data.1.error"):
                continue  # the first error is all that parse asks for
            with pytest.raises(problem) as caught:
                read(put(Raising(raised)))
            assert caught.value is raised
        with pytest.raises(problem):
            read(ERROR, status=Raises(raised))  # type: ignore[arg-type]


FRAMES = 5  # what parse and parse_all need below the recursion limit; CPython 3.12 needs fewer


@pytest.mark.parametrize(
    "payload",
    [
        ERROR,
        json.dumps(ERROR),
        json.dumps(json.dumps(ERROR)),
        json.dumps({"data": [{"error": ERROR}, {"status": "error"}] * 2}).encode(),
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


# --- Mappings and sequences that lead astray ---


class ReadTooFarError(BaseException):
    pass


class Endless(PlainSequence):
    """A sequence that says that it has an item, and gives them without an end."""

    def __getitem__(self, index: Any) -> Any:
        if index > 10_000:
            raise ReadTooFarError
        return self.items[0]


@pytest.mark.parametrize("item", [None, {}, {"error": {"code": "X"}}])
@pytest.mark.parametrize("put", [PLACES["the payload"], PLACES["data"]])
def test_a_sequence_without_an_end_is_read_as_long_as_it_says_that_it_is(
    put: Callable[[Any], Any], item: object
) -> None:
    assert parse_all(put(Endless(item))) == parse_all(put([item]))


def test_a_mapping_that_makes_up_its_members_gains_none() -> None:
    payload: Any = defaultdict(dict)
    error = payload.copy()
    payload |= {"statusUpdate": payload.copy(), "data": [defaultdict(dict, {"error": error})]}
    for each in (payload, [payload]):
        before = repr(each)
        parse(each)
        parse_all(each)
        assert repr(each) == before


def test_a_proxy_of_a_mapping_or_sequence_is_read_as_that() -> None:
    error, details, entries = UserDict(ERROR), UserDict(a=1), UserList([{"error": ERROR}])
    error["details"] = weakref.proxy(details)
    assert parse(weakref.proxy(error)).to_dict() == {**ERROR, "details": {"a": 1}}
    assert parse_all({"data": weakref.proxy(entries)}) == parse_all({"data": [{"error": ERROR}]})


@pytest.mark.parametrize("name", ["error", "statusUpdate", "data", "message", "cnt_trace_id"])
def test_a_key_that_raises_when_compared_makes_a_payload_unreadable(name: str) -> None:
    for put in (CONTAINERS["the payload"], CONTAINERS["items of an array"]):
        payload = put({Key(name): "x"})
        assert parse(payload, status=404) == ErrorResponse(status=404, defects=UNREADABLE)
        assert parse(payload).source is payload


# --- Text and bytes that lie ---


@pytest.mark.parametrize("answer", [fails, says("\ud800\n"), says(None)])
def test_text_is_read_as_what_it_holds_whatever_its_methods_say(
    answer: Callable[..., Any],
) -> None:
    assert parse(overriding(str, answer)(json.dumps(ERROR))) == parse(ERROR)


@pytest.mark.parametrize("base", [bytes, bytearray])
def test_bytes_are_read_as_what_they_hold_whatever_their_methods_say(base: type) -> None:
    too_deep = overriding(bytes, says('{"a":' * 500), "decode")(b'{"code": "Z"}')
    body = json.dumps(ERROR).encode()
    assert parse(hostile(base, says(too_deep), body, "__bytes__")) == parse(body)
    methods = ("decode", "startswith", "strip", "__len__", "__iter__", "__getitem__", "__eq__")
    assert parse(hostile(base, fails, body, *methods)) == parse(body)


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
    assert parse(view) == parse(BODY)


@pytest.mark.parametrize("kind", [str, bytes, bytearray, memoryview])
@pytest.mark.parametrize("imitation", [lambda kind: MagicMock(spec=kind), claiming])
def test_what_only_claims_to_be_text_is_unreadable(
    kind: type, imitation: Callable[[type], Any]
) -> None:
    assert parse(imitation(kind)).defects == UNREADABLE
    assert parse_all(imitation(kind)) == (ErrorResponse(defects=UNREADABLE),)


# --- What has members and is no mapping ---


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
        Answer(),
        Answer,
        ERROR.items(),
        json,
        ErrorResponse(message="x"),
        io.BytesIO(b"{}"),
        itertools.count(),
        released(),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_only_resembles_a_payload_is_unreadable(thing: Any) -> None:
    assert parse_all(thing) == (ErrorResponse(defects=UNREADABLE),)
    response = parse(thing, status=200)
    assert response == ErrorResponse(status=200, defects=UNREADABLE)
    assert response.source is thing


def test_a_response_object_and_a_generator_are_not_consumed() -> None:
    response: Any = http_response()
    generator: Any = (name for name in MEMBERS)
    for thing in (response, generator):
        parse_all(thing)
        parse_all({"data": thing})
        parse_all({"code": "X", "details": thing})
    assert response.read() == b'{"message": "x"}'
    assert next(generator) == "message"


# --- Text that would forge a line or steer a terminal ---


def unprintable(category: str) -> list[str]:
    """The characters of a Unicode category that are not printable."""
    chars = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) == category]
    chars = [char for char in chars if not char.isprintable()]
    return chars if len(chars) < 5_000 else chars[:500] + chars[-500:]


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"])
def test_no_character_forges_a_line_or_steers_a_terminal(
    category: str, assert_sound: AssertSound
) -> None:
    chars = unprintable(category)
    assert chars
    for start in range(0, len(chars), 5):  # in a line as many fit into what is kept of each text
        text = f"a{''.join(chars[start : start + 5])}b"
        members = dict.fromkeys(MEMBERS[:-1], text)
        payloads: list[Any] = [
            {"error": members},
            json.dumps(members),
            json.dumps({"data": [{"error": text}]}, ensure_ascii=False),
            json.dumps(text),
            text,
        ]
        for payload in payloads:
            response = parse(payload, status=400)
            assert_sound(response)
            assert response.message.startswith("a")
            explained = response.explain()
            line = json.dumps(explained, ensure_ascii=False)
            assert json.loads(line.encode()) == explained
        by_hand = ErrorResponse(
            message=text,
            type=text,
            code=text,
            user_message=f"{text}.",
            cnt_trace_id=text,
            path=(text, 0),
            defects=tuple(Defect(kind, text) for kind in DefectKind),
        )
        for shown in (str(by_hand), *map(str, by_hand.defects)):
            assert shown.isprintable()


# --- Threads ---


@pytest.mark.threads
def test_16_threads_give_the_same_results_as_one(payloads: Path) -> None:
    bodies = [path.read_bytes() for path in sorted(payloads.iterdir())]
    work = [(body, status) for body in bodies for status in (None, 200, 404, 503)] * 10
    expected = [repr(parse_all(body, status=status)) for body, status in work]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(16) as pool:
            results = list(pool.map(lambda item: repr(parse_all(item[0], status=item[1])), work))
    finally:
        sys.setswitchinterval(interval)
    assert results == expected


# --- Memory ---

# What a body begins with, repeats, how often, and ends with.
LARGE: dict[str, tuple[str, str, int, str]] = {
    "entries without an error": ('{"data": [', '{"error": {}}, ', 260_000, "0]}"),
    "entries with one": ('{"data": [', '{"error": {"code": "X"}}, ', 150_000, "0]}"),
    "arrays": ('{"code": "X", "details": {"a": [', "[" * 90 + "]" * 90 + ", ", 12_000, "0]}}"),
}
# Megabytes more than at the start: with the first json.loads fails, with the last nothing does.
STEPS = (20, 75, 90, 120, 2_000)
READ_IN_LITTLE_MEMORY = """
import resource, sys
folder, read, *steps = sys.argv[1:]
sys.path.insert(0, folder)
from connectly_errors import parse, parse_all
body = sys.stdin.buffer.read()
with open("/proc/self/statm") as statm:
    start = int(statm.read().split()[0]) * resource.getpagesize()
_, most = resource.getrlimit(resource.RLIMIT_AS)
for step in steps:
    resource.setrlimit(resource.RLIMIT_AS, (start + int(step) * 2**20, most))
    errors = parse_all(body) if read == "parse_all" else (parse(body),)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    print(len(errors), *(error.explain()["defects"] for error in errors[-1:]))
    errors = ()
"""


@pytest.mark.subprocess
@pytest.mark.skipif(sys.platform != "linux", reason="other systems set no such limit")
@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("read", ["parse", "parse_all"])
def test_memory_that_runs_out_makes_a_payload_unreadable(
    read: str, kind: str, tmp_path: Path
) -> None:
    head, item, count, tail = LARGE[kind]
    body = f"{head}{item * count}{tail}".encode()
    shutil.copy(connectly_errors.__file__, tmp_path / "connectly_errors.py")
    printed = subprocess.run(
        [sys.executable, "-IS", "-c", READ_IN_LITTLE_MEMORY, tmp_path, read, *map(str, STEPS)],
        input=body,
        capture_output=True,
        check=True,
        timeout=100,  # it takes seconds, or does not end
    ).stdout.decode()
    answers = printed.splitlines()
    errors = parse_all(body) if read == "parse_all" else (parse(body),)
    whole = " ".join(map(str, [len(errors), *(each.explain()["defects"] for each in errors[-1:])]))
    assert len(answers) == len(STEPS)
    assert answers[0] == "1 ['unreadable']"
    assert answers[-1] == whole
    for answer in answers:
        assert answer == whole or answer.endswith(" ['unreadable']")
