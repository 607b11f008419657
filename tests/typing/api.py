"""Uses of the API that type checkers read and nobody runs.

What pyrefly ignores is its own: it takes no object for the subject of a mapping pattern, unless its
preset is the basic one, as it is where no settings are.
"""

import json
from collections.abc import Generator, Mapping, Sequence
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


def arrays(events: Sequence[Mapping[str, object]], webhooks: list[Webhook]) -> None:
    assert_type(parse(events), ErrorResponse)
    assert_type(parse_all(events), tuple[ErrorResponse, ...])
    parse_all(webhooks)
    parse_all([{"code": 5}, None, "text", 7])
    parse_all(({"code": 5},))
    parse_all([])


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
    assert_type(error.source, object)
    assert_type(error.description, str)
    assert_type(error.advice, Advice)
    assert_type(error.retryable, bool)
    assert_type(error.to_dict(), dict[str, object])
    assert_type(error.explain(), dict[str, object])
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
        source=object(),
    )


def known_or_not(error: ErrorResponse) -> Advice | str:
    if isinstance(error.code, ErrorCode):
        return assert_type(error.code, ErrorCode).advice
    return error.code


def message_id(error: ErrorResponse) -> str | None:
    match error.source:
        case {"statusUpdate": {"id": str(message_id)}}:  # pyrefly: ignore[not-callable]
            return assert_type(message_id, str)
        case _:
            return None


def campaign(error: ErrorResponse) -> str:
    match error.source:
        case {"campaignName": str(name), "campaignId": str() | None}:  # pyrefly: ignore[not-callable]
            return assert_type(name, str)
        case _:
            return ""


def sent(body: bytes, status: int) -> str:
    error = parse(body, status=status)
    match error.source:
        # pyrefly: ignore[not-callable]
        case {"id": str(message_id)} if error.status in range(200, 300) and not error.path:
            return assert_type(message_id, str)
        case _:
            pass
    raise ConnectlyError(error)


def refused_entries(body: bytes) -> list[int]:
    indices: list[int] = []
    for error in parse_all(body, status=200):
        match error.path:
            case ("data", int(index), "error"):
                indices.append(assert_type(index, int))
            case _:
                pass
    return indices


def log_line(error: ErrorResponse) -> str:
    line = error.explain()
    match error.source:
        case {"statusUpdate": {"id": str(message_id)}}:  # pyrefly: ignore[not-callable]
            line["message_id"] = message_id
        case _:
            line["message_id"] = None
    return json.dumps({**error.explain(), **line})


def span_attributes(error: ErrorResponse) -> dict[str, str | int]:
    explained = error.explain().items()
    return {name: value for name, value in explained if isinstance(value, (str, int))}


def match_a_code_that_may_be_unknown(error: ErrorResponse) -> str:
    match error.code:
        case ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT:
            return "unsubscribe"
        case "ERROR_CODE_NEW":
            return "new"
        case other:
            return other


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
        case ErrorType.INVALID_REQUEST | ErrorType.INVALID_ARGUMENT:
            return 400
        case ErrorType.FAILED_PRECONDITION:
            return 412
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


def every_defect(defect: Defect) -> bool:
    match defect.kind:
        case DefectKind.EMPTY | DefectKind.NO_ERROR:
            return False
        case DefectKind.NOT_JSON | DefectKind.TOO_DEEP | DefectKind.UNREADABLE:
            return True
        case DefectKind.BAD_ENCODING | DefectKind.WRONG_TYPE:
            return defect.field == ""
        case _ as other:
            assert_never(other)


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
