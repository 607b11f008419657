"""Uses of the API that type checkers read and nobody runs.

What pyrefly ignores is its own: it doesn't accept an object as the subject of a mapping
pattern.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import TypedDict, assert_never, assert_type

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
    parse_all,
    raise_for_error,
)


class Webhook(TypedDict):
    topic: str


def payloads(
    buffer: bytearray,
    view: memoryview,
    events: Sequence[Mapping[str, object]],
    webhooks: list[Webhook],
    status: int | None,
) -> None:
    assert_type(parse("text"), ErrorResponse)
    parse(payload=b"body", status=HTTPStatus.NOT_FOUND)
    parse(buffer, status=status)
    parse(view)
    parse(None)
    parse({"code": 5, "details": []})
    parse(Webhook(topic="delivery_status"))
    assert_type(parse_all(events, status=status), tuple[ErrorResponse, ...])
    parse_all(webhooks)
    parse_all([{"code": 5}, None, "text", 7])
    assert_type(raise_for_error(view, status=HTTPStatus.OK), object)


def fields(error: ErrorResponse) -> None:
    assert_type(error.message, str)
    assert_type(error.type, ErrorType | str)
    assert_type(error.code, ErrorCode | str)
    assert_type(error.user_title, str)
    assert_type(error.user_message, str)
    assert_type(error.cnt_trace_id, str)
    assert_type(error.details, Mapping[str, object])
    assert_type(error.status, int | None)
    assert_type(error.path, tuple[str | int, ...])
    assert_type(error.defects, tuple[Defect, ...])
    assert_type(error.source, object)
    assert_type(error.description, str)
    assert_type(error.advice, Advice)
    assert_type(error.retryable, bool)
    assert_type(error.to_dict(), dict[str, object])
    for defect in error.defects:
        assert_type(defect.kind, DefectKind)
        assert_type(defect.field, str)


def members() -> None:
    assert_type(ErrorCode("ERROR_CODE_MESSAGE_TEXT_EMPTY"), ErrorCode)
    assert_type(ErrorCode["MESSAGE_TEXT_EMPTY"].description, str)
    assert_type(ErrorType.NOT_FOUND.advice, Advice)
    assert_type([advice.description for advice in Advice], list[str])
    assert_type(connectly_errors.main([connectly_errors.__version__]), int)


def build() -> ErrorResponse:
    error = ErrorResponse(code=ErrorCode.MESSAGE_TEXT_EMPTY)
    assert_type(replace(error, status=400), ErrorResponse)
    return ErrorResponse(
        message="",
        type=ErrorType.NOT_FOUND,
        code="ERROR_CODE_NEW",
        user_title="",
        user_message="",
        cnt_trace_id="",
        details={"a": 1},
        status=404,
        path=("data", 2, "error"),
        defects=(Defect(DefectKind.EMPTY), Defect(kind=DefectKind.EMPTY, field="code")),
        source=object(),
    )


def sent(body: bytes, status: int) -> str:
    match raise_for_error(body, status=status):
        case {"id": str(message_id)} if message_id:  # pyrefly: ignore[not-callable]
            return message_id
        case _:
            pass
    raise ConnectlyError(parse(body, status=status))


def refused_entry(error: ErrorResponse) -> int | None:
    match error.path:
        case ("data", int(index), "error"):
            return assert_type(index, int)
        case _:
            return None


def code_that_may_be_unknown(error: ErrorResponse) -> str:
    if isinstance(error.code, ErrorCode):
        return assert_type(error.code, ErrorCode).description
    return error.code


def every_advice(error: ErrorResponse) -> str:
    match error.advice:
        case Advice.RETRY_LATER:
            return "queue"
        case Advice.SEND_TEMPLATE:
            return "template"
        case Advice.CHANGE_RECIPIENT | Advice.STOP_SENDING:
            return "drop"
        case Advice.FIX_REQUEST | Advice.FIX_ACCOUNT | Advice.INCREASE_TIMEOUT:
            return "alert"
        case Advice.CHECK_DELIVERY:
            return "look"
        case Advice.CONTACT_SUPPORT:
            return "ask"
        case _ as other:
            assert_never(other)


def translated(body: bytes) -> None:
    try:
        raise ConnectlyError(parse(body))
    except ConnectlyError as exception:
        assert_type(exception.error, ErrorResponse)
