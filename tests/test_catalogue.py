"""The vocabulary: every type, code and advice, and what each HTTP status means."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import pytest

from connectly_errors import (
    Advice,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    parse,
)

# Name, advice, and what the description must not lose.
TYPES: list[tuple[str, str, list[str]]] = [
    ("UNSPECIFIED", "contact_support", ["known"]),
    ("AUTHENTICATION", "fix_account", ["credentials"]),
    ("AUTHORIZATION", "fix_account", ["access"]),
    ("RATE_LIMIT", "retry_later", ["too many"]),
    ("INVALID_REQUEST", "fix_request", ["request"]),
    ("DEADLINE_EXCEEDED", "check_delivery", ["timed out"]),
    ("NOT_FOUND", "fix_request", ["doesn't exist"]),
    ("CONFLICT", "fix_request", ["already exists", "update"]),
    ("CONTEXT_CANCLED", "increase_timeout", ["client", "may have been sent"]),
    ("BUSINESS_LIMIT", "fix_account", ["limit"]),
    ("INVALID_ARGUMENT", "fix_request", ["value"]),
    ("FAILED_PRECONDITION", "fix_request", ["before"]),
]
CODES: list[tuple[str, str, list[str]]] = [
    ("UNSPECIFIED", "contact_support", ["no code"]),
    ("INVALID_SENDER_ID", "fix_request", ["sender"]),
    ("PHONE_NUMBER_BAD_FORMAT", "fix_request", ["recipient", "format"]),
    ("MESSAGE_ATTACHMENTS_NUMBER_INVALID", "fix_request", ["one attachment"]),
    ("MESSAGE_TEXT_EMPTY", "fix_request", ["text"]),
    ("MESSAGE_TEMPLATE_NOT_FOUND", "fix_request", ["created", "approved"]),
    ("MESSAGE_TEMPLATE_INPUT_INVALID", "fix_request", ["template", "input"]),
    ("MESSAGE_ATTACHMENT_EMPTY", "fix_request", ["attachment", "no URL"]),
    ("MESSAGE_ATTACHMENT_INVALID", "fix_request", ["attachment", "parse"]),
    ("BUSINESS_MISSES_MATCHING_CHANNEL", "fix_account", ["channel"]),
    (
        "MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW",
        "send_template",
        ["24 hours", "last message", "another of your numbers", "sender"],
    ),
    ("BUSINESS_REACHED_LIMITS", "fix_account", ["block", "spam"]),
    ("MESSAGE_SELF_INVALID", "change_recipient", ["your own"]),
    ("MESSAGE_PHONE_NUMBER_INVALID", "change_recipient", ["recipient", "number"]),
    ("MESSAGE_CUSTOMER_OPTED_OUT", "stop_sending", ["customer", "opted out"]),
    ("MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION", "send_template", ["written"]),
    ("BUSINESS_KEY_SECRET_ABSENT", "fix_account", ["secret", "by you or by Connectly"]),
    ("MESSAGE_TEMPLATE_DELETED", "fix_request", ["in four weeks", "new template"]),
    (
        "MESSAGE_TEMPLATE_INVALID_PARAM",
        "fix_request",
        ["variables", "buttons", "parameters"],
    ),
    ("BUSINESS_RATE_LIMIT_REACHED", "retry_later", ["your business", "faster"]),
    ("CAMPAIGN_NOT_FOUND", "fix_request", ["campaign", "name or id"]),
    ("CAMPAIGN_NOT_FINAL", "fix_request", ["campaign", "finalized", "Connectly"]),
    ("CAMPAIGN_ENTRY_INVALID", "fix_request", ["entry", "input"]),
    ("CAMPAIGN_ENTRY_CLIENT_INVALID", "fix_request", ["entry", "client"]),
]
ADVICE: list[tuple[str, str, list[str]]] = [
    ("RETRY_LATER", "retry_later", ["few minutes", "only what was refused"]),
    ("SEND_TEMPLATE", "send_template", ["template", "session"]),
    ("CHANGE_RECIPIENT", "change_recipient", ["number", "correct", "another"]),
    ("STOP_SENDING", "stop_sending", ["stop", "template", "customer"]),
    ("FIX_REQUEST", "fix_request", ["request", "template", "campaign"]),
    (
        "FIX_ACCOUNT",
        "fix_account",
        ["credentials", "permissions", "channels", "limits"],
    ),
    ("INCREASE_TIMEOUT", "increase_timeout", ["HTTP client", "timeout", "check"]),
    (
        "CHECK_DELIVERY",
        "check_delivery",
        ["may have been sent", "delivery status", "before", "ask Connectly"],
    ),
    ("CONTACT_SUPPORT", "contact_support", ["Connectly", "trace id"]),
]
DEFECT_KINDS = [
    *("EMPTY", "NOT_JSON", "TOO_DEEP", "BAD_ENCODING"),
    *("NO_ERROR", "WRONG_TYPE", "UNREADABLE"),
]


def assert_says(description: str, facts: list[str]) -> None:
    for fact in facts:
        assert fact.lower() in description.lower()


@pytest.mark.parametrize(("name", "advice", "facts"), TYPES)
def test_type_has_its_row(name: str, advice: str, facts: list[str]) -> None:
    member = ErrorType(f"ERROR_TYPE_{name}")
    assert (member.name, member.advice) == (name, Advice(advice))
    assert_says(member.description, facts)


@pytest.mark.parametrize(("name", "advice", "facts"), CODES)
def test_code_has_its_row(name: str, advice: str, facts: list[str]) -> None:
    member = ErrorCode(f"ERROR_CODE_{name}")
    assert (member.name, member.advice) == (name, Advice(advice))
    assert_says(member.description, facts)


@pytest.mark.parametrize(("name", "value", "facts"), ADVICE)
def test_advice_has_its_row(name: str, value: str, facts: list[str]) -> None:
    member = Advice(value)
    assert member.name == name
    assert_says(member.description, facts)


def test_enums_have_these_members_and_no_alias() -> None:
    # __members__ has aliases too; mypy would count them in an exhaustive match.
    assert list(ErrorType.__members__) == [name for name, *_ in TYPES]
    assert list(ErrorCode.__members__) == [name for name, *_ in CODES]
    assert list(Advice.__members__) == [name for name, *_ in ADVICE]
    assert list(DefectKind.__members__) == DEFECT_KINDS
    assert [kind.value.upper() for kind in DefectKind] == DEFECT_KINDS


@pytest.mark.parametrize("enum", [ErrorType, ErrorCode, Advice, DefectKind])
def test_member_is_its_value_as_text(enum: type[StrEnum]) -> None:
    for member in enum:
        assert f"{member}" == member.value
        assert json.dumps(member) == f'"{member.value}"'


@pytest.mark.parametrize("spelling", ["CANCELED", "CANCELLED"])
def test_cancelled_is_known_however_it_is_spelled(spelling: str) -> None:
    value = f"ERROR_TYPE_CONTEXT_{spelling}"
    assert ErrorType(value) is ErrorType.CONTEXT_CANCLED
    assert parse({"type": value}).type is ErrorType.CONTEXT_CANCLED


@pytest.mark.parametrize("value", ["ERROR_TYPE_NEW", None, []])
def test_unknown_value_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid ErrorType"):
        ErrorType(value)


# --- HTTP statuses, where neither code nor type is known ---

BY_TYPE: list[tuple[ErrorType, Sequence[int | None]]] = [
    (ErrorType.AUTHENTICATION, [401, 407]),
    (ErrorType.BUSINESS_LIMIT, [402]),
    (ErrorType.AUTHORIZATION, [403]),
    (ErrorType.NOT_FOUND, [404]),
    (ErrorType.CONFLICT, [409]),
    (ErrorType.RATE_LIMIT, [429]),
    (ErrorType.CONTEXT_CANCLED, [499]),
    (
        ErrorType.INVALID_REQUEST,
        [400, 405, 406, *range(410, 429), *range(430, 499)],
    ),
    (ErrorType.UNSPECIFIED, [None, -404, 0, *range(100, 200), *range(600, 1000)]),
]
# Their advice, and what their own description must not lose.
BY_CLASS: list[tuple[Advice, Sequence[int], list[str]]] = [
    (Advice.CHECK_DELIVERY, range(200, 300), ["succeeded"]),
    (Advice.FIX_REQUEST, range(300, 400), ["not at this URL"]),
    (Advice.CHECK_DELIVERY, [408, *range(500, 600)], ["server", "proxy"]),
]


@pytest.mark.parametrize(("kind", "statuses"), BY_TYPE)
def test_status_means_what_its_type_means(
    kind: ErrorType, statuses: Sequence[int | None]
) -> None:
    for status in statuses:
        error = ErrorResponse(status=status)
        assert (status, error.description) == (status, kind.description)
        assert (status, error.advice) == (status, kind.advice)


@pytest.mark.parametrize(("advice", "statuses", "facts"), BY_CLASS)
def test_status_has_its_own_description(
    advice: Advice, statuses: Sequence[int], facts: list[str]
) -> None:
    description = ErrorResponse(status=statuses[0]).description
    assert_says(description, facts)
    for status in statuses:
        error = ErrorResponse(status=status)
        assert (status, error.description) == (status, description)
        assert (status, error.advice) == (status, advice)
