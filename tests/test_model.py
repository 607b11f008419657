"""The model: ErrorResponse, Defect and ConnectlyError."""

import copy
import dataclasses
import itertools
import json
import pickle
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pytest

import connectly_errors
from connectly_errors import (
    Advice,
    ConnectlyError,
    Defect,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    parse,
)

FULL = ErrorResponse(
    message="No session",
    type=ErrorType.DEADLINE_EXCEEDED,
    code=ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW,
    user_title="Not delivered",
    user_message="Send a template",
    cnt_trace_id="13873214605582671049",
    details={"attempts": [1, 2]},
    status=400,
    path=("data", 2, "error"),
    defects=(Defect(DefectKind.WRONG_TYPE, "message"), Defect(DefectKind.NO_ERROR)),
    source={"as": "sent"},
)
PARSED = parse(b'{"error": {"code": "X", "message": "No.", "details": {"a": []}}}')
FIELDS = [field.name for field in dataclasses.fields(ErrorResponse)]


class Text(str):
    """A string of another class, as frameworks have them."""


def changed(error: ErrorResponse, **changes: Any) -> ErrorResponse:
    return dataclasses.replace(error, **changes)


def fields(error: ErrorResponse) -> list[object]:
    return [getattr(error, name) for name in FIELDS]


# --- Fields ---


def test_fields_in_order_with_their_defaults() -> None:
    assert list(zip(FIELDS, fields(ErrorResponse()), strict=True)) == [
        ("message", ""),
        ("type", ErrorType.UNSPECIFIED),
        ("code", ErrorCode.UNSPECIFIED),
        ("user_title", ""),
        ("user_message", ""),
        ("cnt_trace_id", ""),
        ("details", {}),
        ("status", None),
        ("path", ()),
        ("defects", ()),
        ("source", None),
    ]


def test_fields_are_given_by_name() -> None:
    with pytest.raises(TypeError):
        ErrorResponse("No session")  # type: ignore[call-arg]


@pytest.mark.parametrize("error", [FULL, PARSED], ids=["built", "parsed"])
def test_responses_are_frozen_and_have_slots(error: ErrorResponse) -> None:
    assert type(error) is ErrorResponse
    assert not hasattr(error, "__dict__")
    for name in FIELDS:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(error, name, None)
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(error, name)


def test_responses_share_no_details() -> None:
    assert ErrorResponse().details is not ErrorResponse().details
    assert parse(b"").details is not parse(b"").details


# --- description, advice ---

UNKNOWN_CODES = [ErrorCode.UNSPECIFIED, "ERROR_CODE_UNSPECIFIED", "ERROR_CODE_NEW", ""]
UNKNOWN_TYPES = [ErrorType.UNSPECIFIED, "ERROR_TYPE_UNSPECIFIED", "ERROR_TYPE_NEW", ""]
EMPTY = Defect(DefectKind.EMPTY)
IN_UPDATE, IN_DATA = ("statusUpdate", "error"), ("data", 0, "error")
SUCCESS = ErrorResponse(status=200)
# What is known beside the code and the type, and the response that means the same.
MEANINGS: list[tuple[dict[str, Any], ErrorResponse]] = [
    # The status, unless it is a 2xx and the path says what was refused.
    ({"status": 409, "path": ("error",)}, ErrorResponse(type=ErrorType.CONFLICT)),
    ({"status": 404, "path": IN_DATA}, ErrorResponse(type=ErrorType.NOT_FOUND)),
    ({"status": 300, "path": IN_UPDATE}, ErrorResponse(status=300)),
    ({"status": 299, "path": ("error",)}, SUCCESS),
    ({"status": 200, "path": (4,)}, SUCCESS),
    ({"status": 200, "path": IN_DATA}, ErrorResponse()),
    ({"status": 299, "path": IN_UPDATE}, ErrorResponse()),
    ({"status": 200, "path": (1, "statusUpdate")}, ErrorResponse()),
    # The defects, if no error was found: the outcome is unknown, as with a 2xx.
    ({"defects": (EMPTY,)}, SUCCESS),
    ({"defects": (Defect(DefectKind.NOT_JSON),)}, SUCCESS),
    ({"defects": (Defect(DefectKind.TOO_DEEP),)}, SUCCESS),
    ({"defects": (Defect(DefectKind.UNREADABLE),)}, SUCCESS),
    ({"defects": (Defect(DefectKind.BAD_ENCODING), EMPTY)}, SUCCESS),
    ({"defects": (Defect(DefectKind.NO_ERROR),)}, SUCCESS),
    ({"defects": (EMPTY,), "status": 199}, SUCCESS),
    ({"defects": (EMPTY,), "status": 600}, SUCCESS),
    ({"defects": (EMPTY,), "status": 404}, ErrorResponse(type=ErrorType.NOT_FOUND)),
    # Nothing.
    ({"defects": (Defect(DefectKind.NO_ERROR, "error"),)}, ErrorResponse()),
    ({"defects": (Defect(DefectKind.WRONG_TYPE, "code"),)}, ErrorResponse()),
    ({"defects": (Defect(DefectKind.BAD_ENCODING),)}, ErrorResponse()),
]


@pytest.mark.parametrize("code", list(ErrorCode)[1:])
def test_known_code_decides_first(code: ErrorCode) -> None:
    for same in (code, str(code)):
        error = changed(FULL, code=same, status=401)
        assert error.description == code.description
        assert error.advice is code.advice


@pytest.mark.parametrize("kind", list(ErrorType)[1:])
def test_known_type_decides_if_the_code_is_not_known(kind: ErrorType) -> None:
    for same, code in itertools.product((kind, str(kind)), UNKNOWN_CODES):
        error = ErrorResponse(code=code, type=same, status=499, defects=(EMPTY,))
        assert error.description == kind.description
        assert error.advice is kind.advice


@pytest.mark.parametrize(("known", "same"), MEANINGS)
def test_status_and_then_defects_decide_if_code_and_type_are_not_known(
    known: dict[str, Any], same: ErrorResponse
) -> None:
    for code, kind in zip(UNKNOWN_CODES, UNKNOWN_TYPES, strict=True):
        error = ErrorResponse(code=code, type=kind, **known)
        assert error.description == same.description
        assert error.advice is same.advice


# --- retryable ---

RATE_LIMITED = ErrorResponse(code=ErrorCode.BUSINESS_RATE_LIMIT_REACHED, status=429)
RETRYABLE: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}, True),
    ({"code": "", "type": ErrorType.RATE_LIMIT, "status": 400}, True),
    ({"code": ""}, True),
    # Other advice
    ({"code": ErrorCode.MESSAGE_TEXT_EMPTY, "type": ErrorType.RATE_LIMIT}, False),
    ({"code": "", "status": 400}, False),
    # Another path
    ({"path": ("error",)}, True),
    ({"path": ("statusUpdate", "error")}, False),
    ({"path": ("statusUpdate",)}, False),
    ({"path": ("data", 0, "error")}, False),
    ({"path": (0,)}, False),
    ({"path": (0, "error")}, False),
    # Another status
    ({"status": None}, False),
    *(({"status": status}, True) for status in (400, 407, 409, 499)),
    *(({"status": status}, False) for status in (100, 200, 302, 399)),
    *(({"status": status}, False) for status in (408, 500, 503, 599, 600)),
]


@pytest.mark.parametrize(("changes", "retryable"), RETRYABLE)
def test_retryable_if_the_whole_request_was_refused(
    changes: dict[str, Any], retryable: bool
) -> None:
    assert changed(RATE_LIMITED, **changes).retryable is retryable


# --- to_dict ---


def test_to_dict_has_everything_but_the_source_in_order() -> None:
    assert list(FULL.to_dict().items()) == [
        ("description", ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW.description),
        ("advice", "send_template"),
        ("retryable", False),
        ("code", "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"),
        ("type", "ERROR_TYPE_DEADLINE_EXCEEDED"),
        ("message", "No session"),
        ("user_title", "Not delivered"),
        ("user_message", "Send a template"),
        ("cnt_trace_id", "13873214605582671049"),
        ("details", {"attempts": [1, 2]}),
        ("status", 400),
        ("path", "data.2.error"),
        ("defects", ["wrong_type message", "no_error"]),
    ]


def test_to_dict_of_defaults_has_the_same_keys() -> None:
    defaults = ErrorResponse().to_dict()
    assert list(defaults) == list(FULL.to_dict())
    assert list(defaults.values())[2:] == [
        *(False, "ERROR_CODE_UNSPECIFIED", "ERROR_TYPE_UNSPECIFIED"),
        *("", "", "", "", {}, None, "", []),
    ]


def test_to_dict_says_whether_to_retry() -> None:
    assert RATE_LIMITED.to_dict()["retryable"] is True


def types_in(value: object) -> set[type]:
    """The types of a value and of everything in it."""
    if isinstance(value, dict):
        return {type(value)}.union(*map(types_in, [*value, *value.values()]))
    if isinstance(value, list):
        return {type(value)}.union(*map(types_in, value))
    return {type(value)}


@pytest.mark.parametrize("text", [Text("a text"), ErrorType.NOT_FOUND])
def test_to_dict_has_json_types_alone(text: str) -> None:
    members = ErrorResponse(
        **dict.fromkeys(FIELDS[:6], text),
        details=MappingProxyType({"attempts": 3}),
        status=HTTPStatus.NOT_FOUND,
        path=(text, 2),
        defects=(Defect(DefectKind.WRONG_TYPE, text),),
    ).to_dict()
    assert types_in(members) == {dict, list, str, int, bool}
    assert members["details"] == {"attempts": 3}
    assert members["path"] == f"{text}.2"


# --- str ---

NOT_JSON = Defect(DefectKind.NOT_JSON)
LINES: list[tuple[dict[str, Any], str]] = [
    # The example of the documentation
    (
        {
            "message": "No.",
            "user_message": "Do this.",
            "cnt_trace_id": "7",
            "status": 400,
            "path": ("data", 0, "error"),
            "defects": (Defect(DefectKind.WRONG_TYPE, "code"),),
        },
        "C (T, trace id 7, HTTP 400, at data.0.error, defects: wrong_type code):"
        " No. Do this.",
    ),
    # Each fact, if there is one
    ({}, "C (T)"),
    ({"cnt_trace_id": "7"}, "C (T, trace id 7)"),
    ({"status": 502, "path": (4,)}, "C (T, HTTP 502, at 4)"),
    (
        {"defects": (Defect(DefectKind.WRONG_TYPE, "x"), NOT_JSON)},
        "C (T, defects: wrong_type x, not_json)",
    ),
    # The message or, failing that, the title
    ({"message": "No.", "user_title": "Title"}, "C (T): No."),
    ({"message": " \n", "user_title": "Title"}, "C (T): Title"),
    ({"message": " ", "user_title": "\t"}, "C (T)"),
    # The user message, if it is different
    ({"user_message": "Do."}, "C (T): Do."),
    ({"message": "No.", "user_message": "No."}, "C (T): No."),
    ({"message": "No.", "user_message": " No.\n"}, "C (T): No."),
    ({"message": "No.", "user_message": " \n"}, "C (T): No."),
    ({"user_title": "Title", "user_message": "Do."}, "C (T): Title Do."),
    ({"user_title": "Do.", "user_message": "Do."}, "C (T): Do."),
    ({"message": "No.", "user_title": "Do.", "user_message": "Do."}, "C (T): No. Do."),
    # Runs of white space
    ({"message": " a\r\n\tb\u2028c  d "}, "C (T): a b c d"),
    ({"code": "C\nD", "type": "T  U", "path": ("a\nb",)}, "C D (T U, at a b)"),
]


@pytest.mark.parametrize(("known", "line"), LINES)
def test_str_is_one_line_with_what_is_known(known: dict[str, Any], line: str) -> None:
    assert str(ErrorResponse(**{"code": "C", "type": "T", **known})) == line


SIZES = [("message", 300), ("user_title", 300), ("user_message", 300)]
SIZES += [("code", 64), ("type", 64), ("cnt_trace_id", 64)]


@pytest.mark.parametrize(("name", "size"), SIZES)
def test_str_truncates_each_part_by_itself(name: str, size: int) -> None:
    blank = changed(FULL, message="")
    long = "x" * (size - 1)
    whole = str(changed(blank, **{name: f"{long}y"}))
    assert f"{long}y" in whole
    for more in ("yz", "y" * 100_000):
        cut = str(changed(blank, **{name: f"{long}{more}"}))
        assert cut.replace(f"{long}…", f"{long}y") == whole


def test_str_truncates_a_long_path() -> None:
    line = str(ErrorResponse(code="C", type="T", path=("x" * 100,)))
    assert re.fullmatch(r"C \(T, at x{63}[x…]\)", line)


@pytest.mark.parametrize("unit", ["m", "m\n", "\x1b", "\ud800", "\U000e0001"])
def test_str_has_at_most_1200_characters(unit: str) -> None:
    error = ErrorResponse(
        **dict.fromkeys(FIELDS[:6], unit * 100_000),  # type: ignore[arg-type]
        status=10**100,
        path=(unit * 100_000, 7),
        defects=(Defect(DefectKind.WRONG_TYPE, unit * 100_000),) * 10,
    )
    assert len(str(error)) <= 1_200
    assert str(error).isprintable()


# --- Equality, hash, repr ---

OTHER_VALUES: dict[str, object] = {
    **dict.fromkeys(FIELDS[:6], "Other"),
    "details": {"other": {}},
    "status": 404,
    "path": ("error",),
    "defects": (EMPTY,),
    "source": ["unhashable"],
}


@pytest.mark.parametrize("name", FIELDS)
def test_what_a_field_is_part_of(name: str) -> None:
    other = changed(FULL, **{name: OTHER_VALUES[name]})
    assert (other != FULL) == (name != "source")
    assert (hash(other) != hash(FULL)) == (name not in ("source", "details"))
    assert (f"{name}={OTHER_VALUES[name]!r}" in repr(other)) == (name != "source")


def test_code_and_type_equal_their_values_as_text() -> None:
    plain = changed(FULL, code=str(FULL.code), type=str(FULL.type))
    assert plain == FULL
    assert hash(plain) == hash(FULL)


# --- Copies ---


def pickled(value: Any) -> Any:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        value = pickle.loads(pickle.dumps(value, protocol))
    return value


COPIERS = [copy.copy, copy.deepcopy, pickled]


@pytest.mark.parametrize("copied", [*COPIERS, dataclasses.replace])
@pytest.mark.parametrize("error", [FULL, PARSED, ErrorResponse()])
def test_copy_has_the_same_fields(
    copied: Callable[[ErrorResponse], ErrorResponse], error: ErrorResponse
) -> None:
    twin = copied(error)
    assert type(twin) is ErrorResponse
    assert fields(twin) == fields(error)
    assert type(twin.code) is type(error.code)
    assert hash(twin) == hash(error)


# --- Defect ---


@pytest.mark.parametrize("kind", DefectKind)
def test_defect_names_its_kind_and_field(kind: DefectKind) -> None:
    assert str(Defect(kind)) == kind.value
    assert str(Defect(kind, "userTitle")) == f"{kind.value} userTitle"


def test_defect_is_a_frozen_value() -> None:
    defect = Defect(DefectKind.WRONG_TYPE, "code")
    assert defect == Defect(kind=DefectKind.WRONG_TYPE, field="code")
    assert hash(defect) == hash(Defect(DefectKind.WRONG_TYPE, "code"))
    assert defect not in (Defect(DefectKind.WRONG_TYPE), Defect(DefectKind.EMPTY))
    assert pickled(defect) == defect
    assert pickled(defect).kind is DefectKind.WRONG_TYPE
    with pytest.raises(dataclasses.FrozenInstanceError):
        defect.field = "type"  # type: ignore[misc]


# --- ConnectlyError ---


def test_exception_carries_the_response_and_its_text() -> None:
    exception = ConnectlyError(FULL)
    assert isinstance(exception, Exception)
    assert exception.error is FULL
    assert str(exception) == str(FULL)


@pytest.mark.parametrize("copied", COPIERS)
def test_exception_survives_pickle_and_copy(
    copied: Callable[[ConnectlyError], ConnectlyError],
) -> None:
    twin = copied(ConnectlyError(FULL))
    assert type(twin) is ConnectlyError
    assert fields(twin.error) == fields(FULL)
    assert str(twin) == str(FULL)


def test_exception_passes_through_a_context_manager() -> None:
    # A frozen exception doesn't: contextlib assigns __traceback__.
    @contextmanager
    def transaction() -> Iterator[None]:
        yield

    exception = ConnectlyError(FULL)
    with pytest.raises(ConnectlyError) as caught, transaction():
        raise exception
    assert caught.value is exception


def test_exception_keeps_a_response_from_another_copy_of_the_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = ModuleType("acme_connectly_errors")
    monkeypatch.setitem(sys.modules, other.__name__, other)
    exec(Path(connectly_errors.__file__).read_bytes(), vars(other))
    error = other.parse('{"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}', status=400)
    exception = ConnectlyError(error)
    assert exception.error is error
    assert str(exception) == str(error)
    assert pickled(exception).error == error


class OwnResponse(ErrorResponse):
    """A response with methods of a user's own."""


def test_exception_keeps_a_response_of_a_subclass() -> None:
    error = OwnResponse(code=ErrorCode.MESSAGE_TEXT_EMPTY)
    assert ConnectlyError(error).error is error


Lookalike = dataclasses.make_dataclass("ErrorResponse", ["message", "advice"])


@pytest.mark.parametrize(
    "argument",
    [
        *(
            str(RATE_LIMITED),
            json.dumps(RATE_LIMITED.to_dict()),
            RATE_LIMITED.to_dict(),
        ),
        *("", 5, TimeoutError("too slow"), Lookalike("No.", "retry_later")),
    ],
    ids=lambda argument: f"{argument!r:.30}",
)
def test_exception_from_anything_else_is_an_unreadable_error(argument: Any) -> None:
    exception = ConnectlyError(argument)
    unreadable = (Defect(DefectKind.UNREADABLE),)
    assert exception.error == ErrorResponse(message=str(argument), defects=unreadable)
    assert exception.error.advice is Advice.CHECK_DELIVERY
    assert not exception.error.retryable
    assert pickled(exception).error == exception.error
