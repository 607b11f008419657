"""The vocabulary: every type, code and advice, row by row."""

import json
import subprocess
import sys
from collections.abc import Callable
from enum import StrEnum

import pytest

import connectly_errors
from connectly_errors import Advice, DefectKind, ErrorCode, ErrorType

# Name, advice, and words that the sentence cannot do without.
TYPES = [
    ("UNSPECIFIED", "contact_support", "no known error"),
    ("AUTHENTICATION", "fix_account", "credentials"),
    ("AUTHORIZATION", "fix_account", "no access"),
    ("RATE_LIMIT", "retry_later", "API calls"),
    ("INVALID_REQUEST", "fix_request", "payload"),
    ("DEADLINE_EXCEEDED", "contact_support", "time"),
    ("NOT_FOUND", "fix_request", "not exist"),
    ("CONFLICT", "fix_request", "already"),
    ("CONTEXT_CANCLED", "increase_timeout", "HTTP client"),
    ("BUSINESS_LIMIT", "fix_account", "limits of its account"),
]
CODES = [
    ("UNSPECIFIED", "contact_support", "no code"),
    ("INVALID_SENDER_ID", "fix_request", "sender"),
    ("PHONE_NUMBER_BAD_FORMAT", "fix_request", "format"),
    ("MESSAGE_ATTACHMENTS_NUMBER_INVALID", "fix_request", "attachment"),
    ("MESSAGE_TEXT_EMPTY", "fix_request", "no text"),
    ("MESSAGE_TEMPLATE_NOT_FOUND", "fix_request", "name"),
    ("MESSAGE_TEMPLATE_INPUT_INVALID", "fix_request", "inputs"),
    ("MESSAGE_ATTACHMENT_EMPTY", "fix_request", "no URL"),
    ("MESSAGE_ATTACHMENT_INVALID", "fix_request", "cannot be parsed"),
    ("BUSINESS_MISSES_MATCHING_CHANNEL", "fix_account", "channel"),
    ("MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW", "send_template", "24 hours"),
    ("BUSINESS_REACHED_LIMITS", "fix_account", "spam"),
    ("MESSAGE_SELF_INVALID", "change_recipient", "own sender"),
    ("MESSAGE_PHONE_NUMBER_INVALID", "change_recipient", "phone number is not valid"),
    ("MESSAGE_CUSTOMER_OPTED_OUT", "stop_sending", "no more template"),
    ("MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION", "send_template", "not written"),
    ("BUSINESS_KEY_SECRET_ABSENT", "fix_account", "secret"),
    ("MESSAGE_TEMPLATE_DELETED", "fix_request", "4 weeks"),
    ("MESSAGE_TEMPLATE_INVALID_PARAM", "fix_request", "parameter"),
    ("BUSINESS_RATE_LIMIT_REACHED", "retry_later", "faster"),
]
ADVICE = [
    ("RETRY_LATER", "retry_later", "Wait"),
    ("SEND_TEMPLATE", "send_template", "template message"),
    ("CHANGE_RECIPIENT", "change_recipient", "another recipient"),
    ("STOP_SENDING", "stop_sending", "no more template"),
    ("FIX_REQUEST", "fix_request", "Correct the request"),
    ("FIX_ACCOUNT", "fix_account", "credentials"),
    ("INCREASE_TIMEOUT", "increase_timeout", "longer timeout"),
    ("CONTACT_SUPPORT", "contact_support", "trace id"),
]
DEFECT_KINDS = [
    ("EMPTY", "empty"),
    ("NOT_JSON", "not_json"),
    ("TOO_DEEP", "too_deep"),
    ("BAD_ENCODING", "bad_encoding"),
    ("NO_ERROR", "no_error"),
    ("WRONG_TYPE", "wrong_type"),
    ("UNREADABLE", "unreadable"),
]


@pytest.mark.parametrize(("name", "advice", "words"), TYPES)
def test_type_has_its_wire_value_sentence_and_advice(name: str, advice: str, words: str) -> None:
    member = ErrorType[name]
    assert member == f"ERROR_TYPE_{name}"
    assert ErrorType(f"ERROR_TYPE_{name}") is member
    assert member.advice is Advice(advice)
    assert words in member.description


@pytest.mark.parametrize(("name", "advice", "words"), CODES)
def test_code_has_its_wire_value_sentence_and_advice(name: str, advice: str, words: str) -> None:
    member = ErrorCode[name]
    assert member == f"ERROR_CODE_{name}"
    assert ErrorCode(f"ERROR_CODE_{name}") is member
    assert member.advice is Advice(advice)
    assert words in member.description


@pytest.mark.parametrize(("name", "value", "words"), ADVICE)
def test_advice_has_its_value_and_sentence(name: str, value: str, words: str) -> None:
    member = Advice[name]
    assert member == value
    assert Advice(value) is member
    assert words in member.description


@pytest.mark.parametrize(("name", "value"), DEFECT_KINDS)
def test_defect_kind_has_its_value(name: str, value: str) -> None:
    assert DefectKind[name] == value
    assert DefectKind(value) is DefectKind[name]


def test_enums_hold_nothing_else_and_no_alias() -> None:
    # __members__ lists aliases too, which mypy would count in an exhaustive match.
    assert list(ErrorType.__members__) == [name for name, *_ in TYPES]
    assert list(ErrorCode.__members__) == [name for name, *_ in CODES]
    assert list(Advice.__members__) == [name for name, *_ in ADVICE]
    assert list(DefectKind.__members__) == [name for name, *_ in DEFECT_KINDS]
    assert (len(ErrorType), len(ErrorCode), len(Advice), len(DefectKind)) == (10, 20, 8, 7)


def test_every_sentence_is_one_sentence_of_its_own() -> None:
    sentences = [member.description for member in (*ErrorType, *ErrorCode, *Advice)]
    assert len(set(sentences)) == len(sentences)
    for sentence in sentences:
        assert sentence[0].isupper()
        assert sentence.isprintable()
        assert sentence.isascii()
        assert sentence.index(".") == len(sentence) - 1


@pytest.mark.parametrize("member", [*ErrorType, *ErrorCode, *Advice, *DefectKind])
def test_member_is_its_wire_value_as_text(member: StrEnum) -> None:
    assert str(member) == f"{member}" == member.value
    assert json.dumps(member) == f'"{member.value}"'


@pytest.mark.parametrize(
    "spelling",
    ["ERROR_TYPE_CONTEXT_CANCLED", "ERROR_TYPE_CONTEXT_CANCELED", "ERROR_TYPE_CONTEXT_CANCELLED"],
)
def test_cancelled_is_known_however_it_is_spelled(spelling: str) -> None:
    assert ErrorType(spelling) is ErrorType.CONTEXT_CANCLED


@pytest.mark.parametrize("enum", [ErrorType, ErrorCode, Advice, DefectKind])
@pytest.mark.parametrize("value", ["", "UNSPECIFIED", "error_type_not_found", "ERROR_TYPE_", 5, []])
def test_unknown_value_is_refused(enum: Callable[[object], StrEnum], value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        enum(value)


@pytest.mark.subprocess
def test_sentences_and_advice_hold_without_docstrings(capsys: pytest.CaptureFixture[str]) -> None:
    connectly_errors.main(["--list"])
    printed = subprocess.check_output(
        [sys.executable, "-OO", connectly_errors.__file__, "--list"], text=True
    )
    assert printed == capsys.readouterr().out
