"""The model: ErrorResponse, Defect and ConnectlyError."""

import copy
import dataclasses
import itertools
import json
import pickle
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
    with pytest.raises(dataclasses.FrozenInstanceError):
        error.message = "Other"  # type: ignore[misc]


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
    # The defects, if no error was found: the outcome is unknown, as with a 2xx.
    ({"defects": (EMPTY,)}, SUCCESS),
    ({"defects": (Defect(DefectKind.NOT_JSON),)}, SUCCESS),
    ({"defects": (Defect(DefectKind.TOO_DEEP),)}, SUCCESS),
    ({"defects": (Defect(DefectKind.UNREADABLE),)}, SUCCESS),
    ({"defects": (Defect(DefectKind.BAD_ENCODING), EMPTY)}, SUCCESS),
    ({"defects": (Defect(DefectKind.NO_ERROR),)}, SUCCESS),
    ({"defects": (EMPTY,), "status": 199}, SUCCESS),
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
    ({"path": ("data", 0, "error")}, False),
    ({"path": (0,)}, False),
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


def test_to_dict_has_a_place_for_what_is_absent() -> None:
    members = ErrorResponse().to_dict()
    assert list(members) == list(FULL.to_dict())
    assert (members["status"], members["path"], members["defects"]) == (None, "", [])


def test_to_dict_says_whether_to_repeat_the_request() -> None:
    assert RATE_LIMITED.to_dict()["retryable"] is True


def test_to_dict_has_json_types_alone() -> None:
    members = ErrorResponse(
        **dict.fromkeys(FIELDS[:6], ErrorType.NOT_FOUND),  # type: ignore[arg-type]
        details=MappingProxyType({"attempts": 3}),
        status=HTTPStatus.NOT_FOUND,
    ).to_dict()
    assert {type(value) for value in members.values()} == {str, bool, int, dict, list}
    assert members["details"] == {"attempts": 3}


def test_to_dict_of_what_came_as_text_goes_through_json() -> None:
    error = parse(r'{"code": "X", "details": {"a": ["\ud83d", NaN], "b": "\ud800"}}')
    written = json.dumps(error.to_dict(), ensure_ascii=False, allow_nan=False)
    assert json.loads(written.encode()) == error.to_dict()


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
    # Each fact only if there is one
    ({}, "C (T)"),
    (
        {"defects": (Defect(DefectKind.WRONG_TYPE, "x"), NOT_JSON)},
        "C (T, defects: wrong_type x, not_json)",
    ),
    # The message or, failing that, the title
    ({"message": "No.", "user_title": "Title"}, "C (T): No."),
    ({"message": " \n", "user_title": "Title"}, "C (T): Title"),
    # The user message, if it is different
    ({"user_message": "Do."}, "C (T): Do."),
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


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("message", 300),
        ("user_title", 300),
        ("user_message", 300),
        ("code", 64),
        ("type", 64),
        ("cnt_trace_id", 64),
        ("path", 64),
    ],
)
def test_str_truncates_each_part_by_itself(name: str, size: int) -> None:
    def line(text: str) -> str:
        value = (text,) if name == "path" else text
        return str(changed(FULL, **{"message": "", name: value}))

    assert "x" * size in line("x" * size)
    cut = line("x" * size).replace("x" * size, "x" * (size - 1) + "…")
    assert line("x" * (size + 1)) == line("x" * 100_000) == cut


def test_str_has_at_most_1200_characters() -> None:
    text = "\U000e0001" * 400  # each is shown as ten characters
    defects = (Defect(DefectKind.WRONG_TYPE, text),) * 3
    texts: dict[str, Any] = dict.fromkeys(FIELDS[:6], text)
    line = str(ErrorResponse(**texts, path=(text, 7), defects=defects))
    assert len(line) <= 1_200
    assert line.isprintable()


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
@pytest.mark.parametrize("error", [FULL, PARSED], ids=["built", "parsed"])
def test_copy_has_the_same_fields(
    copied: Callable[[ErrorResponse], ErrorResponse], error: ErrorResponse
) -> None:
    twin = copied(error)
    assert type(twin) is ErrorResponse
    assert fields(twin) == fields(error)
    assert type(twin.code) is type(error.code)
    assert hash(twin) == hash(error)


# --- Defect ---


def test_defect_is_a_frozen_value_with_a_name() -> None:
    defect = Defect(DefectKind.WRONG_TYPE, "code")
    assert str(defect) == "wrong_type code"
    assert str(Defect(DefectKind.NOT_JSON)) == "not_json"
    assert hash(defect) == hash(Defect(kind=DefectKind.WRONG_TYPE, field="code"))
    assert defect not in (Defect(DefectKind.WRONG_TYPE), Defect(DefectKind.EMPTY))
    assert pickled(defect) == defect
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


Lookalike = dataclasses.make_dataclass("ErrorResponse", ["message", "advice"])


@pytest.mark.parametrize(
    "argument",
    [str(RATE_LIMITED), RATE_LIMITED.to_dict(), "", Lookalike("No.", "retry_later")],
    ids=lambda argument: f"{argument!r:.30}",
)
def test_exception_from_anything_else_is_an_unreadable_error(argument: Any) -> None:
    exception = ConnectlyError(argument)
    unreadable = (Defect(DefectKind.UNREADABLE),)
    assert exception.error == ErrorResponse(message=str(argument), defects=unreadable)
    assert exception.error.advice is Advice.CHECK_DELIVERY
    assert not exception.error.retryable
    assert str(exception) == str(exception.error)
    assert pickled(exception).error == exception.error
