"""Uses of the API that type checkers read and nobody runs."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
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
)


class Webhook(TypedDict):
    topic: str


def payloads(
    text: str, body: bytes, buffer: bytearray, view: memoryview, event: dict[str, object]
) -> None:
    assert_type(parse(text), ErrorResponse)
    assert_type(parse(body), ErrorResponse)
    assert_type(parse(buffer), ErrorResponse)
    assert_type(parse(view), ErrorResponse)
    assert_type(parse(event), ErrorResponse)
    assert_type(parse({"code": 5, "details": []}), ErrorResponse)
    assert_type(parse(MappingProxyType(event)), ErrorResponse)
    assert_type(parse(Webhook(topic="delivery_status")), ErrorResponse)
    assert_type(parse(None), ErrorResponse)
    assert_type(parse(payload=body), ErrorResponse)


def statuses(body: bytes, status: int | None) -> None:
    parse(body, status=404)
    parse(body, status=HTTPStatus.NOT_FOUND)
    parse(body, status=None)
    assert_type(parse(body, status=status), ErrorResponse)
    assert_type(parse_all(body, status=status), tuple[ErrorResponse, ...])


def all_errors(event: Mapping[str, object]) -> list[str]:
    assert_type(parse_all(event), tuple[ErrorResponse, ...])
    return [error.cnt_trace_id for error in parse_all(event)]


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
    assert_type(error.raw, object)
    assert_type(error.description, str)
    assert_type(error.advice, Advice)
    assert_type(error.retryable, bool)
    assert_type(error.to_dict(), dict[str, object])
    assert_type(hash(error), int)


def defects(error: ErrorResponse) -> None:
    for defect in error.defects:
        assert_type(defect.kind, DefectKind)
        assert_type(defect.field, str)
    Defect(DefectKind.EMPTY)
    Defect(kind=DefectKind.WRONG_TYPE, field="code")


def members() -> None:
    assert_type(ErrorCode("ERROR_CODE_MESSAGE_TEXT_EMPTY"), ErrorCode)
    assert_type(ErrorType("ERROR_TYPE_NOT_FOUND"), ErrorType)
    assert_type(Advice("retry_later"), Advice)
    assert_type(DefectKind("empty"), DefectKind)
    assert_type(ErrorCode["MESSAGE_TEXT_EMPTY"].advice, Advice)
    assert_type(ErrorCode.MESSAGE_TEXT_EMPTY.description, str)
    assert_type(ErrorCode.MESSAGE_TEXT_EMPTY.advice, Advice)
    assert_type(ErrorType.NOT_FOUND.description, str)
    assert_type(ErrorType.NOT_FOUND.advice, Advice)
    assert_type(Advice.RETRY_LATER.description, str)
    assert_type([code.advice for code in ErrorCode], list[Advice])
    assert_type(connectly_errors.main(["--list"]), int)


def version() -> str:
    return connectly_errors.__version__


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
        defects=(Defect(DefectKind.EMPTY),),
        raw=object(),
    )


def known_or_not(error: ErrorResponse) -> Advice | str:
    if isinstance(error.code, ErrorCode):
        return assert_type(error.code, ErrorCode).advice
    return error.code


def match_a_code_that_may_be_unknown(error: ErrorResponse) -> str:
    match error.code:
        case ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT:
            return "unsubscribe"
        case "ERROR_CODE_NEW":
            return "new"
        case other:
            return other


def every_advice(error: ErrorResponse) -> str:
    advice = error.advice
    match advice:
        case Advice.RETRY_LATER:
            return "queue"
        case Advice.SEND_TEMPLATE:
            return "template"
        case Advice.CHANGE_RECIPIENT | Advice.STOP_SENDING:
            return "drop"
        case Advice.FIX_REQUEST | Advice.FIX_ACCOUNT | Advice.INCREASE_TIMEOUT:
            return "alert"
        case Advice.CONTACT_SUPPORT:
            return "ask"
    assert_never(advice)


def every_type(kind: ErrorType) -> int:
    match kind:
        case ErrorType.UNSPECIFIED:
            return 500
        case ErrorType.AUTHENTICATION:
            return 401
        case ErrorType.AUTHORIZATION:
            return 403
        case ErrorType.RATE_LIMIT:
            return 429
        case ErrorType.INVALID_REQUEST:
            return 400
        case ErrorType.DEADLINE_EXCEEDED:
            return 504
        case ErrorType.NOT_FOUND:
            return 404
        case ErrorType.CONFLICT:
            return 409
        case ErrorType.CONTEXT_CANCLED:
            return 499
        case ErrorType.BUSINESS_LIMIT:
            return 402
    assert_never(kind)


def send(body: bytes, status: int) -> None:
    raise ConnectlyError(parse(body, status=status))


def handle(body: bytes) -> str:
    try:
        send(body, 400)
    except ConnectlyError as exception:
        assert_type(exception.error, ErrorResponse)
        return exception.error.description
    return ""


@contextmanager
def translated(body: bytes) -> Generator[None, None, None]:
    try:
        yield
    except TimeoutError as problem:
        raise ConnectlyError(parse(body)) from problem
