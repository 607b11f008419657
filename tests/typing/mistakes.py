"""Mistakes that type checkers report: each marked line is one, and no other line is.

Nobody runs this file; test_typing.py compares what the checkers report with the marks.
"""

from http.client import HTTPResponse
from typing import assert_never

from connectly_errors import (
    Advice,
    ConnectlyError,
    Defect,
    ErrorCode,
    ErrorResponse,
    parse,
    parse_all,
    raise_for_error,
)


def changing_a_response(error: ErrorResponse) -> None:
    error.message = "other"  # mistake
    error.details["retries"] = 1  # mistake
    error.advice = Advice.RETRY_LATER  # mistake
    error.defects[0].field = "code"  # mistake


def reading_what_is_no_payload(response: HTTPResponse) -> None:
    parse(response)  # mistake
    parse(ErrorResponse())  # mistake
    parse(404)  # mistake
    parse({404: "not found"})  # mistake
    parse({"code", "message"})  # mistake
    parse_all(line for line in response)  # mistake
    raise_for_error(response, status=200)  # mistake


def passing_the_status(body: bytes, status: int | None) -> None:
    parse(body, 404)  # mistake
    parse(body, status="404")  # mistake
    parse_all(body, 404)  # mistake
    raise_for_error(body)  # mistake
    raise_for_error(body, 200)  # mistake
    raise_for_error(body, status=status)  # mistake


def misspelling(error: ErrorResponse) -> None:
    print(ErrorCode.MESSAGE_TEXT_EMTPY)  # mistake
    print(error.cntTraceId)  # mistake
    print(ErrorResponse(mesage=""))  # mistake


def forgetting_what_may_come(error: ErrorResponse, body: bytes) -> None:
    print(error.code.description)  # mistake
    print(error.status + 1)  # mistake
    print(error.details["attempt"] + 1)  # mistake
    print(error.source["statusUpdate"])  # mistake
    print(error.to_dict()["advice"].upper())  # mistake
    print(raise_for_error(body, status=200)["id"])  # mistake


def building(error: ErrorResponse) -> None:
    print(ConnectlyError("the send failed"))  # mistake
    print(ErrorResponse("the send failed"))  # mistake
    print(ErrorResponse(defects=[]))  # mistake
    print(Defect("empty"))  # mistake


def matching_some_advice(error: ErrorResponse) -> bool:
    match error.advice:
        case Advice.RETRY_LATER | Advice.INCREASE_TIMEOUT:
            return True
        case Advice.STOP_SENDING | Advice.CHANGE_RECIPIENT | Advice.SEND_TEMPLATE:
            return False
        case Advice.FIX_REQUEST | Advice.FIX_ACCOUNT | Advice.CONTACT_SUPPORT:
            return False
        case _ as forgotten:
            assert_never(forgotten)  # mistake
