"""What is really sent: each file in payloads/, its HTTP status, and how it is read."""

import json
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectly_errors import (
    ConnectlyError,
    Defect,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    parse_all,
    raise_for_error,
)

FOLDER = Path(__file__).parent / "payloads"
UPDATE = "statusUpdate.error"

EMPTY = Defect(DefectKind.EMPTY)
NOT_JSON = Defect(DefectKind.NOT_JSON)
TOO_DEEP = Defect(DefectKind.TOO_DEEP)
BAD_ENCODING = Defect(DefectKind.BAD_ENCODING)
NO_ERROR = Defect(DefectKind.NO_ERROR)
NO_REASON = Defect(DefectKind.NO_ERROR, "error")
NO_OBJECT = Defect(DefectKind.WRONG_TYPE, "error")
BAD_MESSAGE = Defect(DefectKind.WRONG_TYPE, "message")
BAD_CODE = Defect(DefectKind.WRONG_TYPE, "code")
BAD_DETAILS = Defect(DefectKind.WRONG_TYPE, "details")


def read_bytes(file: str) -> bytes:
    return (FOLDER / file).read_bytes()


def read_text(file: str) -> str:
    return read_bytes(file).decode().strip()


def read_lines(file: str) -> list[Any]:
    return [json.loads(line) for line in read_bytes(file).splitlines() if line]


DECODED: dict[str, Any] = {  # the files that json.loads reads otherwise
    "agent_stream.ndjson": read_lines("agent_stream.ndjson"),
    "agent_stream_ok.ndjson": read_lines("agent_stream_ok.ndjson"),
    "two_values.json": read_lines("two_values.json"),
    "trailing_byte.json": {
        "message": "Too many requests in a second",
        "type": "ERROR_TYPE_RATE_LIMIT",
    },
    "json_in_string.json": {
        "message": "This topic is registered already",
        "type": "ERROR_TYPE_CONFLICT",
        "cntTraceId": "5530298817746601923",
    },
    "latin1.json": {
        "message": "El n\ufffdmero no es v\ufffdlido",
        "code": "ERROR_CODE_MESSAGE_PHONE_NUMBER_INVALID",
    },
    "lone_surrogate.json": {
        "message": 'The text "Thank you \ufffd" cannot be sent',
        "code": "ERROR_CODE_MESSAGE_TEMPLATE_INPUT_INVALID",
        "details": {"text": "Thank you \ufffd"},
    },
    "report_rows_from_pandas.json": json.loads(
        read_text("report_rows_from_pandas.json").replace("NaN", "null")
    ),
}


def decode(file: str) -> Any:
    return (
        DECODED[file] if file in DECODED else json.loads(read_bytes(file), strict=False)
    )


class Row(NamedTuple):
    """An error, the file that it is in, and the HTTP status that the file came with."""

    file: str
    status: int | None  # None for webhooks and reports
    advice: str
    error: ErrorResponse


def steps(at: str) -> tuple[str | int, ...]:
    return tuple(int(s) if s.isdecimal() else s for s in at.split(".") if s)


def error(
    file: str,
    status: int | None,
    advice: str,
    message: str,
    *defects: Defect,
    at: str = "",
    **fields: Any,
) -> Row:
    """An error with these fields, at a path such as "data.0.error"."""
    fields |= {"message": message, "status": status, "defects": defects}
    return Row(file, status, advice, ErrorResponse(path=steps(at), **fields))


def as_sent(
    file: str, status: int | None, advice: str, *defects: Defect, at: str = ""
) -> Row:
    """An error whose members are read as they are."""
    members = reduce(getitem, steps(at), decode(file))
    return error(
        file,
        status,
        advice,
        members.get("message", ""),
        *defects,
        type=members.get("type", ErrorType.UNSPECIFIED),
        code=members.get("code", ErrorCode.UNSPECIFIED),
        user_title=members.get("userTitle", ""),
        user_message=members.get("userMessage", ""),
        cnt_trace_id=members.get("cntTraceId", ""),
        details=members.get("details", {}),
        at=at,
    )


def grpc_status(file: str, status: int, advice: str, at: str = "") -> Row:
    """A gRPC status: its code is a number, and its details are an array."""
    members = reduce(getitem, steps(at), decode(file))
    fields = {"code": str(members["code"]), "details": {"details": members["details"]}}
    defects = (BAD_CODE, BAD_DETAILS)
    return error(file, status, advice, members["message"], *defects, at=at, **fields)


def no_reason(file: str, status: int | None, at: str) -> Row:
    """A failure without an error: what is in its place is the message."""
    holder = reduce(getitem, steps(at)[:-1], decode(file))
    message = json.dumps({name: holder[name] for name in holder if name != "metadata"})
    return error(file, status, "contact_support", message, NO_REASON, at=at)


def text_only(file: str, status: int, advice: str, defect: Defect) -> Row:
    """A file without an error that we know: its text is the message."""
    response = ErrorResponse(message=read_text(file), status=status, defects=(defect,))
    return Row(file, status, advice, response)


ERRORS = [
    # A failed API call
    as_sent("api_error.json", 400, "send_template"),
    as_sent("five_members.json", 404, "fix_request"),
    as_sent("failed_precondition.json", 400, "fix_request"),
    as_sent("missing_message.json", 400, "change_recipient"),
    as_sent("unknown_code.json", 400, "fix_request"),
    error(
        "webchat_session_ended.json",
        400,
        "fix_request",
        "The session has ended",
        code="WEBCHAT_SESSION_ENDED",
    ),
    as_sent("documented_code_beside_error.json", 400, "fix_request"),
    as_sent("sent_with_error.json", 200, "retry_later", at="error"),
    text_only("conversion_refused.txt", 400, "fix_request", NOT_JSON),
    text_only("quoted_customer_text.txt", 400, "fix_request", NOT_JSON),
    # A webhook
    as_sent("webhook_failed.json", None, "contact_support", at=UPDATE),
    as_sent("webhook_opted_out.json", None, "stop_sending", at=UPDATE),
    error(
        "webhook_snake_case.json",
        None,
        "change_recipient",
        "The number has no WhatsApp",
        type=ErrorType.INVALID_REQUEST,
        code=ErrorCode.MESSAGE_PHONE_NUMBER_INVALID,
        user_title="This message was not delivered",
        user_message="Ask the customer for another number",
        cnt_trace_id="11530077219943812007",
        at=UPDATE,
    ),
    no_reason("webhook_error_null.json", None, UPDATE),
    no_reason("webhook_error_absent.json", None, UPDATE),
    no_reason("webhook_delivery_failure.json", None, UPDATE),
    error(
        "webhook_error_text.json",
        None,
        "contact_support",
        "The template order_shipped is paused",
        NO_OBJECT,
        at=UPDATE,
    ),
    as_sent("webhook_batch.json", None, "change_recipient", at="1.statusUpdate.error"),
    no_reason("webhook_batch.json", None, "3.statusUpdate.error"),
    # A campaign and its report
    as_sent("campaign.json", 200, "change_recipient", at="data.1.error"),
    as_sent("campaign.json", 200, "stop_sending", at="data.3.error"),
    as_sent("campaign_not_found.json", 200, "fix_request", at="data.0.error"),
    as_sent("campaign_not_final.json", 200, "fix_request", at="data.0.error"),
    as_sent(
        "campaign_entry_client_invalid.json", 200, "fix_request", at="data.0.error"
    ),
    as_sent("campaign_entry_invalid.json", 200, "fix_request", at="data.0.error"),
    as_sent("campaign_rate_limited.json", 200, "retry_later", at="data.1.error"),
    no_reason("campaign_rejected.json", 200, "data.0.error"),
    no_reason("campaign_rejected_snake_case.json", 200, "data.0.error"),
    error(
        "report_row.json",
        None,
        "contact_support",
        "Message Undeliverable.",
        code="131026",
    ),
    error(
        "report_rows_from_pandas.json",
        None,
        "contact_support",
        "Message Undeliverable.",
        Defect(DefectKind.WRONG_TYPE, "error_code"),
        code="131026",
        at="1",
    ),
    # The stream of an agent
    grpc_status("agent_stream_error.json", 200, "check_delivery", at="error"),
    grpc_status("agent_stream.ndjson", 200, "check_delivery", at="1.error"),
    text_only("agent_stream_cut_short.ndjson", 200, "check_delivery", NOT_JSON),
    # A proxy, a gateway or a framework
    text_only("bad_gateway.html", 502, "check_delivery", NOT_JSON),
    text_only("upstream_error.txt", 503, "check_delivery", NOT_JSON),
    text_only("empty.txt", 429, "retry_later", EMPTY),
    as_sent("api_gateway_forbidden.json", 403, "fix_account"),
    as_sent("api_gateway_throttled.json", 429, "retry_later"),
    text_only("api_gateway_not_authorized.json", 403, "fix_account", NO_ERROR),
    text_only("problem_details.json", 422, "fix_request", NO_ERROR),
    text_only("errors_list.json", 400, "fix_request", NO_ERROR),
    text_only("nested_fault.json", 401, "fix_account", NO_ERROR),
    error(
        "jwt_missing.json", 401, "fix_account", "Jwt is missing", BAD_CODE, code="401"
    ),
    grpc_status("grpc_gateway.json", 404, "fix_request"),
    error(
        "code_object.json", 400, "fix_request", "The body has no recipient", BAD_CODE
    ),
    error(
        "reason_in_detail.json",
        400,
        "fix_request",
        '{"detail": "The campaign autumn-sale is a draft"}',
        code=ErrorCode.CAMPAIGN_NOT_FINAL,
    ),
    error(
        "reason_in_array.json",
        400,
        "fix_request",
        '["recipient.id must be a phone number", "text must not be empty"]',
        NO_OBJECT,
        BAD_MESSAGE,
        at="error",
    ),
    error(
        "spring.json",
        500,
        "check_delivery",
        "Internal Server Error",
        NO_OBJECT,
        at="error",
    ),
    error(
        "error_true.json",
        400,
        "fix_request",
        '{"error": true, "reason": "The channel is paused"}',
        NO_OBJECT,
        at="error",
    ),
    error(
        "error_description.json", 401, "fix_account", "denied", NO_OBJECT, at="error"
    ),
    error(
        "status_error.json",
        200,
        "check_delivery",
        '{"status": "error", "detail": "The queue is full"}',
        NO_REASON,
    ),
    # A body that is damaged, or wrapped in something
    text_only("cut_short.json", 500, "check_delivery", NOT_JSON),
    text_only("too_deep.json", 400, "fix_request", TOO_DEEP),
    text_only("huge_integer.json", 400, "fix_request", NOT_JSON),
    as_sent("two_values.json", 200, "retry_later", at="0"),
    as_sent("trailing_byte.json", 429, "retry_later"),
    as_sent("json_in_string.json", 409, "fix_request"),
    as_sent("error_in_array.json", 401, "fix_account", at="0"),
    as_sent("bom.json", 400, "send_template"),
    as_sent("latin1.json", 400, "change_recipient", BAD_ENCODING),
    as_sent("lone_surrogate.json", 400, "fix_request", BAD_ENCODING),
    as_sent("control_characters.json", 400, "fix_request"),
]
# The only requests that were refused as a whole, because there were too many.
RETRYABLE = {"api_gateway_throttled.json", "empty.txt", "trailing_byte.json"}
SUCCESSES = {  # and their HTTP status
    "accepted.json": 202,
    "agent_stream_blank.txt": 200,
    "agent_stream_ok.ndjson": 200,
    "agent_stream_result.json": 200,
    "button_reply.json": None,
    "campaign_created.json": 200,
    "grpc_ok.json": 200,
    "inbound_message.json": None,
    "queued.json": 200,
    "reports.json": 200,
    "sent.json": 200,
    "templates.json": 200,
    "unhealthy.json": 200,
    "webhook_callback_data.json": None,  # the error in it is the business's own
    "webhook_deleted.json": 200,
    "webhook_delivered.json": None,
    "webhook_error_members_empty.json": None,
    "zero_code.json": 200,
}
FAILURES: dict[str, list[Row]] = {}
for row in ERRORS:
    FAILURES.setdefault(row.file, []).append(row)

each_failure = pytest.mark.parametrize("file", FAILURES)
each_success = pytest.mark.parametrize("file", SUCCESSES)


@each_failure
def test_every_error_is_read_and_nothing_else(file: str) -> None:
    rows = FAILURES[file]
    errors = parse_all(read_bytes(file), status=rows[0].status)
    assert errors == tuple(row.error for row in rows)


@each_failure
def test_each_error_says_what_to_do_and_whether_to_repeat_the_request(
    file: str,
) -> None:
    rows = FAILURES[file]
    errors = parse_all(read_bytes(file), status=rows[0].status)
    assert [error.advice for error in errors] == [row.advice for row in rows]
    assert {error.retryable for error in errors} == {file in RETRYABLE}


@each_failure
def test_raise_for_error_lets_no_failure_pass(file: str) -> None:
    with pytest.raises(ConnectlyError):
        raise_for_error(read_bytes(file), status=FAILURES[file][0].status or 200)


@each_success
def test_a_success_has_no_errors(file: str) -> None:
    assert parse_all(read_bytes(file), status=SUCCESSES[file]) == ()


@each_success
def test_raise_for_error_returns_a_success_decoded(file: str) -> None:
    expected = decode(file) if read_text(file) else None
    assert raise_for_error(read_bytes(file), status=SUCCESSES[file] or 200) == expected


def test_every_file_is_in_the_table() -> None:
    files = {file.name for file in FOLDER.iterdir()}
    assert files == FAILURES.keys() | SUCCESSES.keys()
    assert not FAILURES.keys() & SUCCESSES.keys()
