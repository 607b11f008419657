"""What is really sent, file by file: each payload of the folder and the answer to it."""

import json
from dataclasses import dataclass, replace
from functools import reduce
from operator import attrgetter, getitem
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectly_errors import (
    Advice,
    Defect,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    parse,
    parse_all,
)

FOLDER = Path(__file__).parent / "payloads"

EMPTY = Defect(DefectKind.EMPTY)
NOT_JSON = Defect(DefectKind.NOT_JSON)
TOO_DEEP = Defect(DefectKind.TOO_DEEP)
BAD_ENCODING = Defect(DefectKind.BAD_ENCODING)
NO_ERROR = Defect(DefectKind.NO_ERROR)


def wrong_type(field: str) -> Defect:
    return Defect(DefectKind.WRONG_TYPE, field)


class Answer(NamedTuple):
    """One error of a file, but for the HTTP status, and what it calls for."""

    error: ErrorResponse
    advice: Advice
    retryable: bool = False
    source: tuple[str | int, ...] = ()  # where in the file the event or entry is


@dataclass(frozen=True)
class Row:
    """A file, the HTTP status that it came with, and every error in it."""

    file: str
    status: int | None
    answers: tuple[Answer, ...]
    holds: Any  # what the file is, decoded; its bytes where it cannot be
    without_error: Defect = NO_ERROR  # what parse says where there is none


def body(file: str) -> bytes:
    return (FOLDER / file).read_bytes()


def text(file: str) -> str:
    return body(file).decode().strip()


def read(file: str, status: int | None, *answers: Answer) -> Row:
    """A file that is JSON, and its errors."""
    return Row(file, status, answers, json.loads(body(file)))


def mended(file: str, status: int | None, answer: Answer, *, holds: object) -> Row:
    """A file that the standard library reads otherwise than it is meant, or not at all."""
    return Row(file, status, (answer,), holds)


def unread(
    file: str, status: int | None, defect: Defect, advice: Advice, *, retryable: bool = False
) -> Row:
    """A file without a readable object: its text is the message."""
    error = ErrorResponse(message=text(file), defects=(defect,))
    return Row(file, status, (Answer(error, advice, retryable),), body(file))


def of_unknown_shape(file: str, status: int, advice: Advice) -> Row:
    """A file that is JSON without an error object, and came with a failed status."""
    error = ErrorResponse(message=text(file), defects=(NO_ERROR,))
    return read(file, status, Answer(error, advice))


def without_error(*path: str | int) -> ErrorResponse:
    """What stands for an error where a failure has none."""
    return ErrorResponse(path=path, defects=(Defect(DefectKind.NO_ERROR, "error"),))


def refusal(file: str, code: ErrorCode, kind: ErrorType, title: str, user_message: str) -> Row:
    """A campaign of one entry, refused as most are: with five members, the title as message."""
    error = ErrorResponse(
        message=title,
        type=kind,
        code=code,
        user_title=title,
        user_message=user_message,
        path=("data", 0, "error"),
    )
    return read(file, 200, Answer(error, Advice.FIX_REQUEST, source=("data", 0)))


DOCUMENTED = ErrorResponse(
    message="The message could not be sent, as the session with the customer has ended",
    type=ErrorType.DEADLINE_EXCEEDED,
    code=ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW,
    user_title="This message was not delivered",
    user_message=(
        "More than 24 hours have gone by since this customer last wrote to you."
        " Send a template message to start a new conversation. If you need a hand,"
        " tell our support team the id 'cnct_trace_id', and they will look into it"
    ),
    cnt_trace_id="13873214605582671049",
)
OPTED_OUT = ErrorResponse(
    message="The customer has opted out",
    type=ErrorType.INVALID_REQUEST,
    code=ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT,
    user_title="This message was not delivered",
    user_message="This customer does not wish to get any more offers",
    cnt_trace_id="4410392218650027731",
)

ROWS = [
    # --- A failed API call ---
    read("api_error.json", 400, Answer(DOCUMENTED, Advice.SEND_TEMPLATE)),
    read(
        "five_members.json",
        404,
        Answer(
            ErrorResponse(
                message="The template order_shipped is not there in es",
                type=ErrorType.NOT_FOUND,
                code=ErrorCode.MESSAGE_TEMPLATE_NOT_FOUND,
                user_title="The template order_shipped is not there in es",
                user_message="Create the template in this language and wait until it is approved",
            ),
            Advice.FIX_REQUEST,
        ),
    ),
    read(
        "failed_precondition.json",
        400,
        Answer(
            ErrorResponse(
                message="The customer has to write first",
                type=ErrorType.FAILED_PRECONDITION,
                user_title="This message was not delivered",
                user_message="The last message of this customer is too old. Start with a template",
            ),
            Advice.FIX_REQUEST,
        ),
    ),
    read(
        "missing_message.json",
        400,
        Answer(
            ErrorResponse(
                type=ErrorType.INVALID_REQUEST,
                code=ErrorCode.MESSAGE_SELF_INVALID,
                user_title="Sender and recipient are one number",
                user_message="Write to another number than your own",
                cnt_trace_id="7719034456120983345",
            ),
            Advice.CHANGE_RECIPIENT,
        ),
    ),
    read(
        "unknown_code.json",
        400,
        Answer(
            replace(
                DOCUMENTED,
                message="The sticker cannot be sent",
                type=ErrorType.INVALID_REQUEST,
                code="ERROR_CODE_MESSAGE_STICKER_INVALID",
                user_message="Send a picture in place of the sticker",
            ),
            Advice.FIX_REQUEST,
        ),
    ),
    unread("conversion_refused.txt", 400, NOT_JSON, Advice.FIX_REQUEST),
    # --- A delivery-status webhook ---
    read(
        "webhook_failed.json",
        None,
        Answer(
            replace(
                DOCUMENTED,
                message="The message was not delivered",
                type=ErrorType.UNSPECIFIED,
                code=ErrorCode.UNSPECIFIED,
                user_message=(
                    "If you need a hand, tell our support team the id 'cnct_trace_id',"
                    " and they will look into it"
                ),
                cnt_trace_id="9204417750613378892",
                path=("statusUpdate", "error"),
            ),
            Advice.CONTACT_SUPPORT,
        ),
    ),
    read(
        "webhook_opted_out.json",
        None,
        Answer(replace(OPTED_OUT, path=("statusUpdate", "error")), Advice.STOP_SENDING),
    ),
    *(
        read(file, None, Answer(without_error("statusUpdate", "error"), Advice.CONTACT_SUPPORT))
        for file in (
            "webhook_error_null.json",
            "webhook_error_absent.json",
            "webhook_delivery_failure.json",
        )
    ),
    read(
        "webhook_error_text.json",
        None,
        Answer(
            ErrorResponse(
                message="The template order_shipped is paused",
                path=("statusUpdate", "error"),
                defects=(wrong_type("error"),),
            ),
            Advice.CONTACT_SUPPORT,
        ),
    ),
    read(
        "webhook_batch.json",
        None,
        Answer(
            ErrorResponse(
                message="The number has no WhatsApp",
                type=ErrorType.INVALID_REQUEST,
                code=ErrorCode.MESSAGE_PHONE_NUMBER_INVALID,
                user_title="This message was not delivered",
                user_message="Ask the customer for another number",
                cnt_trace_id="11530077219943812007",
                path=(1, "statusUpdate", "error"),
            ),
            Advice.CHANGE_RECIPIENT,
            source=(1,),
        ),
        Answer(
            without_error(3, "statusUpdate", "error"),
            Advice.CONTACT_SUPPORT,
            source=(3,),
        ),
    ),
    read("webhook_delivered.json", None),
    read("webhook_callback_data.json", None),  # it holds what would be an error elsewhere
    # --- A campaign send-out ---
    read(
        "campaign.json",
        200,
        Answer(
            replace(
                DOCUMENTED,
                message="The number is not one",
                type=ErrorType.INVALID_REQUEST,
                code=ErrorCode.MESSAGE_PHONE_NUMBER_INVALID,
                user_message="Ask the customer for another number",
                cnt_trace_id="11530077219943812007",
                path=("data", 1, "error"),
            ),
            Advice.CHANGE_RECIPIENT,
            source=("data", 1),
        ),
        Answer(
            replace(OPTED_OUT, path=("data", 3, "error")),
            Advice.STOP_SENDING,
            source=("data", 3),
        ),
    ),
    refusal(
        "campaign_not_found.json",
        ErrorCode.CAMPAIGN_NOT_FOUND,
        ErrorType.NOT_FOUND,
        "There is no such campaign",
        "Look at the name or the id of the campaign, then send this entry again",
    ),
    refusal(
        "campaign_not_final.json",
        ErrorCode.CAMPAIGN_NOT_FINAL,
        ErrorType.FAILED_PRECONDITION,
        "The campaign is still a draft",
        "Look through the campaign and finalize it before you send it out",
    ),
    refusal(  # its counts are 0 and 0
        "campaign_entry_client_invalid.json",
        ErrorCode.CAMPAIGN_ENTRY_CLIENT_INVALID,
        ErrorType.INVALID_ARGUMENT,
        "The client of this entry cannot be used",
        "Look at the client parameter of the entry: it takes a phone number such as +15550100002",
    ),
    refusal(
        "campaign_entry_invalid.json",
        ErrorCode.CAMPAIGN_ENTRY_INVALID,
        ErrorType.INVALID_ARGUMENT,
        "This entry does not fit its campaign",
        "Look at the inputs of the entry: the variable discount is missing",
    ),
    read(
        "campaign_rate_limited.json",
        200,
        Answer(
            ErrorResponse(
                message="Too many messages at once",
                type=ErrorType.RATE_LIMIT,
                code=ErrorCode.BUSINESS_RATE_LIMIT_REACHED,
                user_title="Too many messages at once",
                user_message="Send this entry again in some minutes",
                path=("data", 1, "error"),
            ),
            Advice.RETRY_LATER,  # and not retryable: the other entries went out
            source=("data", 1),
        ),
    ),
    read(
        "campaign_rejected.json",
        200,
        Answer(without_error("data", 0, "error"), Advice.CHECK_DELIVERY, source=("data", 0)),
    ),
    read("campaign_created.json", 200),
    # --- A line of the agents' stream ---
    read(
        "agent_stream_error.json",
        200,
        Answer(
            ErrorResponse(
                message="This key opens no agent",
                code="7",
                details={
                    "details": [
                        {
                            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                            "reason": "AGENT_FORBIDDEN",
                        }
                    ]
                },
                path=("error",),
                defects=(wrong_type("code"), wrong_type("details")),
            ),
            Advice.CHECK_DELIVERY,
        ),
    ),
    read("agent_stream_result.json", 200),
    Row("agent_stream_blank.txt", 200, (), body("agent_stream_blank.txt"), without_error=EMPTY),
    # --- No error, though some of it looks like one ---
    read("sent.json", 200),
    read("webhook_deleted.json", 200),
    read("inbound_message.json", None),
    read("button_reply.json", None),
    read("templates.json", 200),
    read("reports.json", 200),
    read("unhealthy.json", 200),
    read("grpc_ok.json", 200),
    # --- What a proxy or a gateway answers by itself ---
    unread("bad_gateway.html", 502, NOT_JSON, Advice.CHECK_DELIVERY),
    unread("upstream_error.txt", 503, NOT_JSON, Advice.CHECK_DELIVERY),
    unread("empty.txt", 429, EMPTY, Advice.RETRY_LATER, retryable=True),
    read(
        "api_gateway_forbidden.json",
        403,
        Answer(ErrorResponse(message="Forbidden"), Advice.FIX_ACCOUNT),
    ),
    read(
        "api_gateway_throttled.json",
        429,
        Answer(ErrorResponse(message="Too Many Requests"), Advice.RETRY_LATER, retryable=True),
    ),
    of_unknown_shape("api_gateway_not_authorized.json", 403, Advice.FIX_ACCOUNT),
    read(
        "jwt_missing.json",
        401,
        Answer(
            ErrorResponse(message="Jwt is missing", code="401", defects=(wrong_type("code"),)),
            Advice.FIX_ACCOUNT,
        ),
    ),
    read(
        "grpc_gateway.json",
        404,
        Answer(
            ErrorResponse(
                message="Not Found",
                code="5",
                details={"details": []},
                defects=(wrong_type("code"), wrong_type("details")),
            ),
            Advice.FIX_REQUEST,
        ),
    ),
    read(
        "spring.json",
        500,
        Answer(
            ErrorResponse(
                message="Internal Server Error", path=("error",), defects=(wrong_type("error"),)
            ),
            Advice.CHECK_DELIVERY,
        ),
    ),
    of_unknown_shape("problem_details.json", 422, Advice.FIX_REQUEST),
    of_unknown_shape("errors_list.json", 400, Advice.FIX_REQUEST),
    # --- A readable error in a spoiled frame, or one that cannot be read ---
    unread("cut_short.json", 500, NOT_JSON, Advice.CHECK_DELIVERY),
    mended(
        "two_values.json",
        200,
        Answer(
            ErrorResponse(
                message="Too many messages at once",
                type=ErrorType.RATE_LIMIT,
                code=ErrorCode.BUSINESS_RATE_LIMIT_REACHED,
                defects=(NOT_JSON,),
            ),
            Advice.RETRY_LATER,  # and not retryable: behind it stands the id of a sent message
        ),
        holds=json.loads(text("two_values.json").splitlines()[0]),
    ),
    mended(
        "trailing_byte.json",
        429,
        Answer(
            ErrorResponse(
                message="Too many requests in a second",
                type=ErrorType.RATE_LIMIT,
                defects=(NOT_JSON,),
            ),
            Advice.RETRY_LATER,
            retryable=True,
        ),
        holds=json.loads(text("trailing_byte.json")[:-1]),
    ),
    mended(
        "json_in_string.json",
        409,
        Answer(
            ErrorResponse(
                message="This topic is registered already",
                type=ErrorType.CONFLICT,
                cnt_trace_id="5530298817746601923",
            ),
            Advice.FIX_REQUEST,
        ),
        holds=json.loads(json.loads(body("json_in_string.json"))),
    ),
    read(
        "error_in_array.json",
        401,
        Answer(
            ErrorResponse(
                message="This API key is not valid", type=ErrorType.AUTHENTICATION, path=(0,)
            ),
            Advice.FIX_ACCOUNT,
            source=(0,),
        ),
    ),
    read("bom.json", 400, Answer(DOCUMENTED, Advice.SEND_TEMPLATE)),
    mended(
        "latin1.json",
        400,
        Answer(
            ErrorResponse(
                message="El n\ufffdmero no es v\ufffdlido",
                code=ErrorCode.MESSAGE_PHONE_NUMBER_INVALID,
                defects=(BAD_ENCODING,),
            ),
            Advice.CHANGE_RECIPIENT,
        ),
        holds=json.loads(body("latin1.json").decode(errors="replace")),
    ),
    mended(
        "lone_surrogate.json",
        400,
        Answer(
            ErrorResponse(
                message='The text "Thank you \ufffd" cannot be sent',
                code=ErrorCode.MESSAGE_TEMPLATE_INPUT_INVALID,
                details={"text": "Thank you \ufffd"},
                defects=(BAD_ENCODING,),
            ),
            Advice.FIX_REQUEST,
        ),
        holds=json.loads(body("lone_surrogate.json").replace(rb"\ud83d", rb"\ufffd")),
    ),
    unread("too_deep.json", 400, TOO_DEEP, Advice.FIX_REQUEST),
    unread("huge_integer.json", 400, NOT_JSON, Advice.FIX_REQUEST),
]
each_row = pytest.mark.parametrize("row", ROWS, ids=attrgetter("file"))
each_failure = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.answers], ids=attrgetter("file")
)
each_success = pytest.mark.parametrize(
    "row", [row for row in ROWS if not row.answers], ids=attrgetter("file")
)


@each_row
def test_every_error_of_a_file_is_read_and_nothing_else(row: Row) -> None:
    assert parse_all(body(row.file), status=row.status) == tuple(
        replace(answer.error, status=row.status) for answer in row.answers
    )


@each_failure
def test_parse_gives_the_first_error(row: Row) -> None:
    first = replace(row.answers[0].error, status=row.status)
    assert parse(body(row.file), status=row.status) == first


@each_success
def test_parse_keeps_what_holds_no_error(row: Row) -> None:
    kept = parse(body(row.file), status=row.status)
    assert kept == ErrorResponse(
        message=text(row.file), status=row.status, defects=(row.without_error,)
    )
    assert kept.source == row.holds


@each_failure
def test_each_error_says_what_to_do_and_whether_to_repeat_it(row: Row) -> None:
    errors = parse_all(body(row.file), status=row.status)
    assert [(error.advice, error.retryable) for error in errors] == [
        (answer.advice, answer.retryable) for answer in row.answers
    ]


@each_failure
def test_each_error_holds_the_event_or_entry_that_it_is_about(row: Row) -> None:
    errors = parse_all(body(row.file), status=row.status)
    assert [error.source for error in errors] == [
        reduce(getitem, answer.source, row.holds) for answer in row.answers
    ]


def test_every_file_is_in_the_table_once() -> None:
    assert sorted(file.name for file in FOLDER.iterdir()) == sorted(row.file for row in ROWS)
