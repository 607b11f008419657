"""The vocabulary: every type, code and advice, row by row, and what each HTTP status means."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from zlib import crc32

import pytest

import connectly_errors
from connectly_errors import Advice, DefectKind, ErrorCode, ErrorResponse, ErrorType

# Name, advice, and what the description cannot do without: regular expressions, in any case.
TYPES: list[tuple[str, str, list[str]]] = [
    ("UNSPECIFIED", "contact_support", ["known|unexpected"]),
    ("AUTHENTICATION", "fix_account", ["credentials|key"]),
    ("AUTHORIZATION", "fix_account", ["access|permi|may not"]),
    ("RATE_LIMIT", "retry_later", ["too many|rate"]),
    ("INVALID_REQUEST", "fix_request", ["request|payload"]),
    ("DEADLINE_EXCEEDED", "check_delivery", [r"\btime\b|too long"]),
    ("NOT_FOUND", "fix_request", ["not exist|no such"]),
    ("CONFLICT", "fix_request", ["already|exists", r"\bupdat"]),
    ("CONTEXT_CANCLED", "increase_timeout", ["client", "may have been sent"]),
    ("BUSINESS_LIMIT", "fix_account", ["limit"]),
    # No page documents these two.
    ("INVALID_ARGUMENT", "fix_request", ["argument|value|member"]),
    ("FAILED_PRECONDITION", "fix_request", ["before|first|state|condition"]),
]
CODES: list[tuple[str, str, list[str]]] = [
    ("UNSPECIFIED", "contact_support", ["code|known"]),
    ("INVALID_SENDER_ID", "fix_request", ["sender"]),
    ("PHONE_NUMBER_BAD_FORMAT", "fix_request", ["recipient", "format"]),
    ("MESSAGE_ATTACHMENTS_NUMBER_INVALID", "fix_request", ["(one|single) attachment"]),
    ("MESSAGE_TEXT_EMPTY", "fix_request", ["text"]),
    ("MESSAGE_TEMPLATE_NOT_FOUND", "fix_request", ["name", "language", r"\bcreate", r"\bapprove"]),
    ("MESSAGE_TEMPLATE_INPUT_INVALID", "fix_request", ["template", "input"]),
    ("MESSAGE_ATTACHMENT_EMPTY", "fix_request", ["attachment", r"\bURL\b"]),
    ("MESSAGE_ATTACHMENT_INVALID", "fix_request", ["attachment", r"\bURL\b"]),
    ("BUSINESS_MISSES_MATCHING_CHANNEL", "fix_account", ["channel"]),
    (
        "MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW",
        "send_template",
        ["24[ -]hour", "last message", "another of your numbers", "sender"],
    ),
    ("BUSINESS_REACHED_LIMITS", "fix_account", ["block", "spam"]),
    ("MESSAGE_SELF_INVALID", "change_recipient", ["yourself|itself|own|same"]),
    ("MESSAGE_PHONE_NUMBER_INVALID", "change_recipient", ["recipient", "number"]),
    ("MESSAGE_CUSTOMER_OPTED_OUT", "stop_sending", ["customer", "template"]),
    (
        "MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION",
        "send_template",
        ["customer", "written|wrote|message"],
    ),
    (
        "BUSINESS_KEY_SECRET_ABSENT",
        "fix_account",
        ["secret", "initiali[sz]e", "Connectly"],
    ),
    (
        "MESSAGE_TEMPLATE_DELETED",
        "fix_request",
        ["language", "deleted", "four weeks|4 weeks", "new template"],
    ),
    ("MESSAGE_TEMPLATE_INVALID_PARAM", "fix_request", ["variables", "buttons", "parameters"]),
    ("BUSINESS_RATE_LIMIT_REACHED", "retry_later", ["business", "fast|many|rate"]),
    # No page documents these four.
    ("CAMPAIGN_NOT_FOUND", "fix_request", ["campaign", "name|id"]),
    ("CAMPAIGN_NOT_FINAL", "fix_request", ["campaign", r"\bfinali[sz]e", "Connectly"]),
    ("CAMPAIGN_ENTRY_INVALID", "fix_request", ["entry", "input"]),
    ("CAMPAIGN_ENTRY_CLIENT_INVALID", "fix_request", ["entry", "client"]),
]
ADVICE: list[tuple[str, str, list[str]]] = [
    ("RETRY_LATER", "retry_later", ["few minutes", "again"]),
    ("SEND_TEMPLATE", "send_template", ["template", "session"]),
    ("CHANGE_RECIPIENT", "change_recipient", ["number", "correct", "another"]),
    ("STOP_SENDING", "stop_sending", ["customer", "no more template"]),
    ("FIX_REQUEST", "fix_request", ["request", "template", "campaign"]),
    ("FIX_ACCOUNT", "fix_account", ["credentials", "permissions", "channels", "limits"]),
    ("INCREASE_TIMEOUT", "increase_timeout", ["HTTP client", "longer", "check"]),
    ("CHECK_DELIVERY", "check_delivery", ["may have been", "status", "before", "Connectly"]),
    ("CONTACT_SUPPORT", "contact_support", ["Connectly", "trace id"]),
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

# HTTP statuses by what they mean where neither code nor type is known.
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
    (ErrorType.UNSPECIFIED, [None, *range(-599, 200), *range(600, 1100), 10**30]),
]
SERVER, REDIRECT, SUCCESS = [408, *range(500, 600)], range(300, 400), range(200, 300)
# Advice, statuses, and what their own sentence cannot do without.
BY_SENTENCE: list[tuple[Advice, Sequence[int], list[str]]] = [
    (Advice.CHECK_DELIVERY, SERVER, ["server", "proxy"]),
    (Advice.FIX_REQUEST, REDIRECT, [r"\bAPI\b", r"\bURL\b"]),
    (Advice.CHECK_DELIVERY, SUCCESS, ["success"]),
]


def assert_says(description: str, patterns: list[str]) -> None:
    for pattern in patterns:
        assert re.search(pattern, description, re.IGNORECASE)


@pytest.mark.parametrize(("name", "advice", "facts"), TYPES, ids=[row[0] for row in TYPES])
def test_type_has_its_wire_value_facts_and_advice(name: str, advice: str, facts: list[str]) -> None:
    member = ErrorType[name]
    assert member == f"ERROR_TYPE_{name}"
    assert ErrorType(f"ERROR_TYPE_{name}") is member
    assert member.advice is Advice(advice)
    assert_says(member.description, facts)


@pytest.mark.parametrize(("name", "advice", "facts"), CODES, ids=[row[0] for row in CODES])
def test_code_has_its_wire_value_facts_and_advice(name: str, advice: str, facts: list[str]) -> None:
    member = ErrorCode[name]
    assert member == f"ERROR_CODE_{name}"
    assert ErrorCode(f"ERROR_CODE_{name}") is member
    assert member.advice is Advice(advice)
    assert_says(member.description, facts)


@pytest.mark.parametrize(("name", "value", "facts"), ADVICE, ids=[row[0] for row in ADVICE])
def test_advice_has_its_value_and_facts(name: str, value: str, facts: list[str]) -> None:
    member = Advice[name]
    assert member == value
    assert Advice(value) is member
    assert_says(member.description, facts)


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
    assert (len(ErrorType), len(ErrorCode), len(Advice), len(DefectKind)) == (12, 24, 9, 7)


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
@pytest.mark.parametrize(
    "value", ["", "UNSPECIFIED", "error_type_not_found", "ERROR_TYPE_", 5, None, []]
)
def test_unknown_value_is_refused(enum: Callable[[object], StrEnum], value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        enum(value)


# --- HTTP statuses ---


@pytest.mark.parametrize(("kind", "statuses"), BY_TYPE)
def test_status_means_what_its_type_means(kind: ErrorType, statuses: Sequence[int | None]) -> None:
    for status in statuses:
        error = ErrorResponse(status=status)
        assert (status, error.description) == (status, kind.description)
        assert (status, error.advice) == (status, kind.advice)


@pytest.mark.parametrize(("advice", "statuses", "facts"), BY_SENTENCE)
def test_status_has_advice_and_a_sentence_of_its_own(
    advice: Advice, statuses: Sequence[int], facts: list[str]
) -> None:
    description = ErrorResponse(status=statuses[0]).description
    assert_says(description, facts)
    for status in statuses:
        error = ErrorResponse(status=status)
        assert (status, error.description) == (status, description)
        assert (status, error.advice) == (status, advice)


def test_every_status_is_in_one_row() -> None:
    rows: list[Sequence[int | None]] = [
        *(statuses for _, statuses in BY_TYPE),
        *(statuses for _, statuses, _ in BY_SENTENCE),
    ]
    statuses = [status for row in rows for status in row if status is not None]
    assert sorted(statuses) == [*range(-599, 1100), 10**30]


# --- Sentences ---

SENTENCES = {
    **{str(member): member.description for member in (*ErrorType, *ErrorCode, *Advice)},
    **{f"HTTP {row[0]}": ErrorResponse(status=row[0]).description for _, row, _ in BY_SENTENCE},
}
# Checksums of what the documentation says of each type and code, whole and clause by clause.
DOCUMENTED = {
    *(9705928, 329780646, 363485153, 411733727, 517785498, 568614914, 575035593, 578026676),
    *(606470088, 659689052, 715233052, 769335528, 1065771435, 1081085699, 1105696347),
    *(1115515383, 1226211147, 1244786676, 1307098204, 1352802790, 1400686246, 1424855676),
    *(1434787504, 1526323310, 1537599978, 1604077962, 1646866632, 1865192314, 1866336554),
    *(1995481393, 1996713293, 2287054725, 2481318023, 2520430469, 2538937067, 2609296024),
    *(2697731043, 2747635659, 2782135367, 2802361425, 2828821452, 2860012899, 2915985465),
    *(2990645373, 3215765772, 3251380451, 3280687003, 3364772787, 3552982342, 3632675406),
    *(3680973735, 3953068413, 4098858753, 4106991643, 4128988922, 4225661826, 4244406368),
    *(4247145353,),
}


def checksums(text: str) -> set[int]:
    """Of the text and its clauses, from four words on, articles and signs aside."""
    parts = [re.findall(r"\w+", part.lower()) for part in (text, *re.split("[.,:;]", text))]
    wordings = [[word for word in part if word not in {"a", "an", "the"}] for part in parts]
    return {crc32(" ".join(words).encode()) for words in wordings if len(words) >= 4}


def test_no_sentence_repeats_another() -> None:
    sentences = [
        sentence
        for description in SENTENCES.values()
        for sentence in re.findall(r"[^.]+\.", description.replace(". ", "."))
    ]
    assert len(sentences) >= len(SENTENCES)
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("description", SENTENCES.values(), ids=SENTENCES)
def test_description_is_one_or_two_printable_sentences(description: str) -> None:
    assert type(description) is str
    assert re.fullmatch(r"[A-Z][^.]*[^. ]\.( [A-Z][^.]*[^. ]\.)?", description)
    assert description.isprintable()


@pytest.mark.parametrize("description", SENTENCES.values(), ids=SENTENCES)
def test_description_is_not_worded_as_the_documentation_is(description: str) -> None:
    assert not checksums(description) & DOCUMENTED


# What a program prints, and not what it asserts: -O leaves assertions out.
CATALOGUE = """
from connectly_errors import Advice, ErrorCode, ErrorResponse, ErrorType
for member in (*ErrorType, *ErrorCode):
    print(member, member.description, member.advice)
for advice in Advice:
    print(advice, advice.description)
for status in (200, 300, 500):
    print(status, ErrorResponse(status=status).description)
"""


@pytest.mark.subprocess
def test_catalogue_holds_without_docstrings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(CATALOGUE, {})
    shutil.copy(connectly_errors.__file__, tmp_path / "connectly_errors.py")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}){CATALOGUE}"
    printed = subprocess.check_output([sys.executable, "-ISOO", "-c", program], text=True)
    assert printed == capsys.readouterr().out
