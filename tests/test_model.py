"""The model: ErrorResponse, Defect and ConnectlyError."""

import copy
import dataclasses
import json
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from types import MappingProxyType

import pytest

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
    defects=(Defect(DefectKind.WRONG_TYPE, "message"), Defect(DefectKind.BAD_ENCODING)),
    raw={"as": "sent"},
)

# Each field with a value that is not its default and not its value in FULL.
OTHER_VALUES: list[tuple[str, object]] = [
    ("message", "Another"),
    ("type", ErrorType.NOT_FOUND),
    ("code", "ERROR_CODE_NEW"),
    ("user_title", "Another"),
    ("user_message", "Another"),
    ("cnt_trace_id", "1"),
    ("status", 404),
    ("path", ("error",)),
    ("defects", (Defect(DefectKind.EMPTY),)),
]


# --- Fields ---


def test_fields_in_order_with_their_defaults() -> None:
    error = ErrorResponse()
    assert [(f.name, getattr(error, f.name)) for f in dataclasses.fields(error)] == [
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
        ("raw", None),
    ]


def test_one_field_is_enough_to_build_a_response() -> None:
    error = ErrorResponse(code=ErrorCode.MESSAGE_TEXT_EMPTY)
    assert error.code is ErrorCode.MESSAGE_TEXT_EMPTY
    assert error == dataclasses.replace(ErrorResponse(), code=ErrorCode.MESSAGE_TEXT_EMPTY)


def test_fields_are_given_by_name_alone() -> None:
    assert all(field.kw_only for field in dataclasses.fields(ErrorResponse))
    with pytest.raises(TypeError):
        ErrorResponse("No session")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ErrorResponse)])
def test_no_field_of_a_response_can_be_set_or_deleted(name: str) -> None:
    error = ErrorResponse()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(error, name, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(error, name)


def test_responses_have_slots_and_no_dict() -> None:
    assert not hasattr(ErrorResponse(), "__dict__")


def test_responses_share_no_details() -> None:
    assert ErrorResponse().details is not ErrorResponse().details


# --- description, advice, retryable ---


@pytest.mark.parametrize("code", [code for code in ErrorCode if code != "ERROR_CODE_UNSPECIFIED"])
@pytest.mark.parametrize("plain", [False, True])
def test_known_code_decides_before_type_and_status(code: ErrorCode, plain: bool) -> None:
    error = ErrorResponse(
        code=str(code) if plain else code, type=ErrorType.DEADLINE_EXCEEDED, status=401
    )
    assert error.description == code.description
    assert error.advice is code.advice


@pytest.mark.parametrize("kind", [kind for kind in ErrorType if kind != "ERROR_TYPE_UNSPECIFIED"])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    "code", [ErrorCode.UNSPECIFIED, "ERROR_CODE_UNSPECIFIED", "ERROR_CODE_NEW", "5"]
)
def test_known_type_decides_where_the_code_is_none(
    kind: ErrorType, plain: bool, code: ErrorCode | str
) -> None:
    error = ErrorResponse(code=code, type=str(kind) if plain else kind, status=499)
    assert error.description == kind.description
    assert error.advice is kind.advice


STATUSES: list[tuple[int | None, ErrorType]] = [
    (401, ErrorType.AUTHENTICATION),
    (403, ErrorType.AUTHORIZATION),
    (404, ErrorType.NOT_FOUND),
    (408, ErrorType.DEADLINE_EXCEEDED),
    (504, ErrorType.DEADLINE_EXCEEDED),
    (409, ErrorType.CONFLICT),
    (429, ErrorType.RATE_LIMIT),
    (499, ErrorType.CONTEXT_CANCLED),
    (400, ErrorType.INVALID_REQUEST),
    (402, ErrorType.INVALID_REQUEST),
    (405, ErrorType.INVALID_REQUEST),
    (422, ErrorType.INVALID_REQUEST),
    (498, ErrorType.INVALID_REQUEST),
    (None, ErrorType.UNSPECIFIED),
    (-404, ErrorType.UNSPECIFIED),
    (0, ErrorType.UNSPECIFIED),
    (200, ErrorType.UNSPECIFIED),
    (399, ErrorType.UNSPECIFIED),
    (500, ErrorType.UNSPECIFIED),
    (502, ErrorType.UNSPECIFIED),
    (503, ErrorType.UNSPECIFIED),
    (10**30, ErrorType.UNSPECIFIED),
]


@pytest.mark.parametrize(("status", "kind"), STATUSES)
@pytest.mark.parametrize("sent_type", [ErrorType.UNSPECIFIED, "ERROR_TYPE_UNSPECIFIED", "ERROR_X"])
@pytest.mark.parametrize("sent_code", [ErrorCode.UNSPECIFIED, "ERROR_CODE_UNSPECIFIED", "ERROR_X"])
def test_status_decides_where_code_and_type_are_none(
    status: int | None, kind: ErrorType, sent_type: ErrorType | str, sent_code: ErrorCode | str
) -> None:
    error = ErrorResponse(type=sent_type, code=sent_code, status=status)
    assert error.description == kind.description
    assert error.advice is kind.advice
    assert error.type == sent_type


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (ErrorResponse(code=ErrorCode.BUSINESS_RATE_LIMIT_REACHED), True),
        (ErrorResponse(code="ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"), True),
        (ErrorResponse(type=ErrorType.RATE_LIMIT), True),
        (ErrorResponse(status=429), True),
        (ErrorResponse(status=504), False),
        (ErrorResponse(status=503), False),
        (ErrorResponse(type=ErrorType.RATE_LIMIT, code=ErrorCode.MESSAGE_TEXT_EMPTY), False),
        (ErrorResponse(), False),
    ],
)
def test_retryable_is_whether_the_advice_is_to_retry_later(
    error: ErrorResponse, retryable: bool
) -> None:
    assert error.retryable is retryable
    assert (error.advice is Advice.RETRY_LATER) is retryable


# --- to_dict ---


def test_to_dict_holds_the_seven_members_under_their_wire_names() -> None:
    members = FULL.to_dict()
    assert list(members.items()) == [
        ("message", "No session"),
        ("type", "ERROR_TYPE_DEADLINE_EXCEEDED"),
        ("code", "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"),
        ("userTitle", "Not delivered"),
        ("userMessage", "Send a template"),
        ("cntTraceId", "13873214605582671049"),
        ("details", {"attempts": [1, 2]}),
    ]
    assert type(members["type"]) is type(members["code"]) is str


def test_to_dict_of_defaults() -> None:
    assert ErrorResponse().to_dict() == {
        "message": "",
        "type": "ERROR_TYPE_UNSPECIFIED",
        "code": "ERROR_CODE_UNSPECIFIED",
        "userTitle": "",
        "userMessage": "",
        "cntTraceId": "",
        "details": {},
    }


def test_to_dict_is_json_even_where_details_are_no_dict() -> None:
    error = dataclasses.replace(FULL, details=MappingProxyType({"attempts": 3}), code="ERROR_NEW")
    assert json.loads(json.dumps(error.to_dict())) == {
        **FULL.to_dict(),
        "details": {"attempts": 3},
        "code": "ERROR_NEW",
    }


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (None, 429),
        (b"", None),
        ("<html>", 502),
        ('"boom"', None),
        ('{"id": "1"}', 404),
        ({"code": 5, "message": "Not Found", "details": []}, 404),
        ({"error": {"user_title": "t", "cnt_trace_id": "1"}}, None),
        ({"statusUpdate": {"error": "boom"}}, None),
        (b'{"code": "ERROR_CODE_NEW", "message": "\xff\\ud800", "details": {"a": [1]}}', None),
        ('{"type": "ERROR_TYPE_CONTEXT_CANCELED"}', None),
        ("[" * 101, None),
    ],
)
def test_to_dict_reads_back_as_the_same_response(
    payload: str | bytes | dict[str, object] | None, status: int | None
) -> None:
    error = parse(payload, status=status)
    expected = dataclasses.replace(error, path=(), defects=())
    assert parse(error.to_dict(), status=error.status) == expected
    assert parse(json.dumps(error.to_dict()), status=error.status) == expected


# --- str ---

TRACE_ID = "9" * 64
LINES = [
    (ErrorResponse(), "ERROR_CODE_UNSPECIFIED (ERROR_TYPE_UNSPECIFIED)"),
    (
        FULL,
        "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW: No session"
        " (ERROR_TYPE_DEADLINE_EXCEEDED, trace id 13873214605582671049, HTTP 400,"
        " defects: wrong_type message, bad_encoding)",
    ),
    (
        ErrorResponse(code="C", type="T", cnt_trace_id="1", status=0),
        "C (T, trace id 1, HTTP 0)",
    ),
    (
        ErrorResponse(
            code="\x1b[31m",
            type="T\n",
            message="a\r\nb\u2028\u202e\ud800\tc\xa0é💬",
            cnt_trace_id="\0",
        ),
        r"\x1b[31m: a\r\nb\u2028\u202e\ud800\tc\xa0é💬 (T\n, trace id \x00)",
    ),
    (
        ErrorResponse(code="C", type="T", defects=(Defect(DefectKind.EMPTY, "a\nb"),)),
        r"C (T, defects: empty a\nb)",
    ),
]


@pytest.mark.parametrize(("error", "line"), LINES)
def test_str_is_one_line_with_all_that_is_known(error: ErrorResponse, line: str) -> None:
    assert str(error) == f"{error}" == line
    assert line.isprintable()


@pytest.mark.parametrize("char", ["m", "\n", "\x1b", "\u2028", "\ud800", "\U000e0001", "é"])
def test_str_shortens_the_message_first(char: str) -> None:
    error = dataclasses.replace(FULL, message=char * 100_000, cnt_trace_id=TRACE_ID)
    line = str(error)
    assert len(line) <= 500
    assert line.isprintable()
    assert line.startswith("ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW: ")
    assert line.endswith(
        f"… (ERROR_TYPE_DEADLINE_EXCEEDED, trace id {TRACE_ID}, HTTP 400,"
        " defects: wrong_type message, bad_encoding)"
    )


def test_str_is_500_characters_where_the_message_is_longer() -> None:
    rest = len(str(dataclasses.replace(FULL, message="x"))) - 1
    fits = dataclasses.replace(FULL, message="m" * (500 - rest))
    longer = dataclasses.replace(FULL, message="m" * (501 - rest))
    assert len(str(fits)) == len(str(longer)) == 500
    assert "m" * (500 - rest) + " (" in str(fits)
    assert "m" * (499 - rest) + "… (" in str(longer)


@pytest.mark.parametrize("char", ["x", "\x1b", "\U000e0001"])
def test_str_keeps_a_trace_id_of_64_characters_whatever_else_is_long(char: str) -> None:
    long = char * 100_000
    error = ErrorResponse(
        message=long,
        type=long,
        code=long,
        cnt_trace_id=TRACE_ID,
        status=10**100,
        defects=(Defect(DefectKind.WRONG_TYPE, long),) * 10,
    )
    line = str(error)
    assert f"trace id {TRACE_ID}, HTTP 10000" in line
    assert "defects: wrong_type " in line
    assert len(line) <= 500
    assert line.isprintable()


def test_str_shortens_what_else_is_long() -> None:
    fits = ErrorResponse(
        code="c" * 80,
        type="t" * 80,
        status=10**19,
        defects=(Defect(DefectKind.EMPTY, "d" * 194),),
    )
    longer = ErrorResponse(
        code="c" * 81,
        type="t" * 81,
        status=10**20,
        defects=(Defect(DefectKind.EMPTY, "d" * 195),),
    )
    assert str(fits) == (f"{'c' * 80} ({'t' * 80}, HTTP 1{'0' * 19}, defects: empty {'d' * 194})")
    assert str(longer) == (
        f"{'c' * 79}… ({'t' * 79}…, HTTP 1{'0' * 18}…, defects: empty {'d' * 193}…)"
    )


def test_str_of_a_trace_id_that_is_too_long_says_that_it_was_cut() -> None:
    assert str(ErrorResponse(cnt_trace_id="9" * 65)) == (
        f"ERROR_CODE_UNSPECIFIED (ERROR_TYPE_UNSPECIFIED, trace id {'9' * 63}…)"
    )


def test_str_of_a_status_that_has_too_many_digits_for_a_text() -> None:
    # str() of such a number raises ValueError.
    line = str(ErrorResponse(status=10**5_000))
    assert line.startswith("ERROR_CODE_UNSPECIFIED (ERROR_TYPE_UNSPECIFIED")
    assert len(line) <= 500


# --- Equality, hash, repr ---


@pytest.mark.parametrize(("name", "value"), OTHER_VALUES)
def test_a_field_is_part_of_equality_hash_and_repr(name: str, value: object) -> None:
    other = dataclasses.replace(FULL, **{name: value})  # type: ignore[arg-type]
    assert other != FULL
    assert hash(other) != hash(FULL)
    assert f"{name}={value!r}" in repr(other)


def test_details_are_part_of_equality_and_repr_but_not_of_hash() -> None:
    other = dataclasses.replace(FULL, details={"another": {}})
    assert other != FULL
    assert hash(other) == hash(FULL)
    assert "details={'another': {}}" in repr(other)


def test_raw_is_no_part_of_equality_hash_or_repr() -> None:
    other = dataclasses.replace(FULL, raw=["unhashable"])
    assert other == FULL
    assert hash(other) == hash(FULL)
    assert repr(other) == repr(FULL)
    assert "raw" not in repr(FULL)


def test_equal_responses_have_one_hash() -> None:
    twin = copy.deepcopy(FULL)
    assert twin == FULL
    assert {FULL: "first", twin: "second"} == {FULL: "second"}


def test_code_as_text_equals_the_member() -> None:
    assert dataclasses.replace(FULL, code=str(FULL.code)) == FULL


def test_repr_builds_an_equal_response() -> None:
    names = {"ErrorResponse": ErrorResponse, "Defect": Defect}
    plain = dataclasses.replace(FULL, type="T", code="C", defects=())
    assert eval(repr(plain), names) == plain


# --- Copies ---


def fields(error: ErrorResponse) -> list[object]:
    return [getattr(error, field.name) for field in dataclasses.fields(error)]


def pickled(protocol: int, error: ErrorResponse) -> ErrorResponse:
    twin: ErrorResponse = pickle.loads(pickle.dumps(error, protocol))
    return twin


COPIES: list[Callable[[ErrorResponse], ErrorResponse]] = [
    copy.copy,
    copy.deepcopy,
    dataclasses.replace,
    *(partial(pickled, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
]
if sys.version_info >= (3, 13):
    COPIES.append(copy.replace)


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("error", [FULL, ErrorResponse(), parse(b"<html>", status=502)])
def test_copy_holds_the_same_fields(
    copied: Callable[[ErrorResponse], ErrorResponse], error: ErrorResponse
) -> None:
    twin = copied(error)
    assert type(twin) is ErrorResponse
    assert fields(twin) == fields(error)
    assert hash(twin) == hash(error)
    assert isinstance(twin.code, ErrorCode)


def test_deepcopy_shares_no_details() -> None:
    assert copy.deepcopy(FULL).details is not FULL.details


# --- Defect ---

SENTENCES = [
    (DefectKind.EMPTY, "There was nothing to read."),
    (DefectKind.NOT_JSON, "The text is not JSON."),
    (DefectKind.TOO_DEEP, "The text is nested too deep to be decoded safely."),
    (DefectKind.BAD_ENCODING, "What is not Unicode was replaced by U+FFFD."),
    (DefectKind.NO_ERROR, "The JSON holds no error object."),
    (DefectKind.WRONG_TYPE, "The value is of another JSON type than documented."),
    (DefectKind.UNREADABLE, "The payload is no JSON value, or raised while it was read."),
]


@pytest.mark.parametrize(("kind", "sentence"), SENTENCES)
def test_defect_is_a_sentence(kind: DefectKind, sentence: str) -> None:
    assert str(Defect(kind)) == sentence
    assert str(Defect(kind, "userTitle")) == f"userTitle: {sentence}"


def test_every_defect_kind_has_a_sentence() -> None:
    assert [kind for kind, _ in SENTENCES] == list(DefectKind)


@pytest.mark.parametrize("char", ["x", "\n", "\x1b", "\ud800"])
def test_defect_is_one_short_printable_line_whatever_its_field(char: str) -> None:
    line = str(Defect(DefectKind.EMPTY, char * 100_000))
    assert line.isprintable()
    assert line.endswith("…: There was nothing to read.")
    assert line.index(":") == 64


def test_defect_is_a_frozen_value() -> None:
    defect = Defect(DefectKind.WRONG_TYPE, "code")
    assert Defect(DefectKind.EMPTY).field == ""
    assert defect == Defect(kind=DefectKind.WRONG_TYPE, field="code")
    assert hash(defect) == hash(Defect(DefectKind.WRONG_TYPE, "code"))
    assert defect != Defect(DefectKind.WRONG_TYPE)
    assert defect != Defect(DefectKind.EMPTY, "code")
    assert repr(defect) == "Defect(kind=<DefectKind.WRONG_TYPE: 'wrong_type'>, field='code')"
    with pytest.raises(dataclasses.FrozenInstanceError):
        defect.field = "type"  # type: ignore[misc]


# --- ConnectlyError ---


def test_exception_carries_the_response_and_its_text() -> None:
    exception = ConnectlyError(FULL)
    assert isinstance(exception, Exception)
    assert exception.error is FULL
    assert str(exception) == str(FULL)
    assert repr(exception) == f"ConnectlyError({FULL!r})"


def test_exception_takes_exactly_one_response() -> None:
    with pytest.raises(TypeError):
        ConnectlyError()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        ConnectlyError(FULL, FULL)  # type: ignore[call-arg]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_exception_survives_pickle(protocol: int) -> None:
    exception = pickle.loads(pickle.dumps(ConnectlyError(FULL), protocol))
    assert type(exception) is ConnectlyError
    assert exception.error == FULL
    assert exception.error.raw == FULL.raw
    assert str(exception) == str(FULL)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_exception_survives_copy(copied: Callable[[ConnectlyError], ConnectlyError]) -> None:
    assert copied(ConnectlyError(FULL)).error == FULL


def test_exception_chains() -> None:
    cause = TimeoutError("too slow")
    with pytest.raises(ConnectlyError) as caught:
        raise ConnectlyError(FULL) from cause
    assert caught.value.__cause__ is cause
    assert caught.value.__traceback__ is not None


def test_exception_passes_through_a_context_manager() -> None:
    # A frozen exception does not: contextlib assigns to its __traceback__.
    @contextmanager
    def transaction() -> Iterator[None]:
        yield

    exception = ConnectlyError(FULL)
    with pytest.raises(ConnectlyError) as caught, transaction():
        raise exception
    assert caught.value is exception


def test_exception_takes_notes() -> None:
    exception = ConnectlyError(FULL)
    exception.add_note("while sending 7")
    assert exception.__notes__ == ["while sending 7"]


def test_status_of_an_http_client_is_a_plain_number() -> None:
    error = parse({"message": "Forbidden"}, status=HTTPStatus.FORBIDDEN)
    assert type(error.status) is int
    assert str(error) == "ERROR_CODE_UNSPECIFIED: Forbidden (ERROR_TYPE_UNSPECIFIED, HTTP 403)"
