# SPDX-License-Identifier: MIT
"""Read what a failed call of the Connectly messaging API, a webhook or a proxy sent back.

    error = parse(body, status=404)  # any text, bytes or what json.loads made; never raises
    error.description                # what happened
    error.advice                     # what to do now: a member of Advice
    error.cnt_trace_id               # what to quote to Connectly's support
    raise ConnectlyError(error)

parse_all reads every error of a webhook or a campaign send-out, which may hold none. In a shell,
`python connectly_errors.py body.json` explains a saved body and `--list` prints the catalogue. Copy
this one file wherever you like: it needs nothing but Python 3.11 or later.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from itertools import accumulate

TYPE_CHECKING = False  # type checkers take it for true; importing typing would slow a cold start
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TextIO, TypeAlias, TypeGuard

    _Path: TypeAlias = tuple[str | int, ...]
    # The path, members and source of an error, and its defect where it is no error object.
    _Found: TypeAlias = tuple[_Path, Mapping[str, Any], object, "Defect | None"]

__all__ = [
    "Advice",
    "ConnectlyError",
    "Defect",
    "DefectKind",
    "ErrorCode",
    "ErrorResponse",
    "ErrorType",
    "__version__",
    "parse",
    "parse_all",
]
__version__ = "2.0.0"

# --- The vocabulary ---


class Advice(StrEnum):
    """What the caller should do next."""

    RETRY_LATER = "retry_later"
    SEND_TEMPLATE = "send_template"
    CHANGE_RECIPIENT = "change_recipient"
    STOP_SENDING = "stop_sending"
    FIX_REQUEST = "fix_request"
    FIX_ACCOUNT = "fix_account"
    INCREASE_TIMEOUT = "increase_timeout"
    CHECK_DELIVERY = "check_delivery"
    CONTACT_SUPPORT = "contact_support"

    @property
    def description(self) -> str:
        """What to do, in a sentence."""
        return _DESCRIPTIONS[self]


class _Catalogued(StrEnum):
    @property
    def description(self) -> str:
        """What happened, and the remedy where the advice does not name it."""
        return _DESCRIPTIONS[self]

    @property
    def advice(self) -> Advice:
        """What the caller should do next."""
        return _ADVICE[self]


class ErrorType(_Catalogued):
    """The kind of error. Source: docs.connectly.ai/messaging/error-codes, spelling included."""

    UNSPECIFIED = "ERROR_TYPE_UNSPECIFIED"
    AUTHENTICATION = "ERROR_TYPE_AUTHENTICATION"
    AUTHORIZATION = "ERROR_TYPE_AUTHORIZATION"
    RATE_LIMIT = "ERROR_TYPE_RATE_LIMIT"
    INVALID_REQUEST = "ERROR_TYPE_INVALID_REQUEST"
    DEADLINE_EXCEEDED = "ERROR_TYPE_DEADLINE_EXCEEDED"
    NOT_FOUND = "ERROR_TYPE_NOT_FOUND"
    CONFLICT = "ERROR_TYPE_CONFLICT"
    CONTEXT_CANCLED = "ERROR_TYPE_CONTEXT_CANCLED"
    BUSINESS_LIMIT = "ERROR_TYPE_BUSINESS_LIMIT"
    # On no page: counted in the refusals of campaigns.
    INVALID_ARGUMENT = "ERROR_TYPE_INVALID_ARGUMENT"
    FAILED_PRECONDITION = "ERROR_TYPE_FAILED_PRECONDITION"

    @classmethod
    def _missing_(cls, value: object) -> ErrorType | None:
        return _TYPES.get(value) if isinstance(value, str) else None


class ErrorCode(_Catalogued):
    """The error itself. Source: as for ErrorType; UNSPECIFIED is in delivery-status webhooks."""

    UNSPECIFIED = "ERROR_CODE_UNSPECIFIED"
    INVALID_SENDER_ID = "ERROR_CODE_INVALID_SENDER_ID"
    PHONE_NUMBER_BAD_FORMAT = "ERROR_CODE_PHONE_NUMBER_BAD_FORMAT"
    MESSAGE_ATTACHMENTS_NUMBER_INVALID = "ERROR_CODE_MESSAGE_ATTACHMENTS_NUMBER_INVALID"
    MESSAGE_TEXT_EMPTY = "ERROR_CODE_MESSAGE_TEXT_EMPTY"
    MESSAGE_TEMPLATE_NOT_FOUND = "ERROR_CODE_MESSAGE_TEMPLATE_NOT_FOUND"
    MESSAGE_TEMPLATE_INPUT_INVALID = "ERROR_CODE_MESSAGE_TEMPLATE_INPUT_INVALID"
    MESSAGE_ATTACHMENT_EMPTY = "ERROR_CODE_MESSAGE_ATTACHMENT_EMPTY"
    MESSAGE_ATTACHMENT_INVALID = "ERROR_CODE_MESSAGE_ATTACHMENT_INVALID"
    BUSINESS_MISSES_MATCHING_CHANNEL = "ERROR_CODE_BUSINESS_MISSES_MATCHING_CHANNEL"
    MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW = "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"
    BUSINESS_REACHED_LIMITS = "ERROR_CODE_BUSINESS_REACHED_LIMITS"
    MESSAGE_SELF_INVALID = "ERROR_CODE_MESSAGE_SELF_INVALID"
    MESSAGE_PHONE_NUMBER_INVALID = "ERROR_CODE_MESSAGE_PHONE_NUMBER_INVALID"
    MESSAGE_CUSTOMER_OPTED_OUT = "ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT"
    MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION = (
        "ERROR_CODE_MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION"
    )
    BUSINESS_KEY_SECRET_ABSENT = "ERROR_CODE_BUSINESS_KEY_SECRET_ABSENT"
    MESSAGE_TEMPLATE_DELETED = "ERROR_CODE_MESSAGE_TEMPLATE_DELETED"
    MESSAGE_TEMPLATE_INVALID_PARAM = "ERROR_CODE_MESSAGE_TEMPLATE_INVALID_PARAM"
    BUSINESS_RATE_LIMIT_REACHED = "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"
    # On no page: counted in the refusals of campaigns.
    CAMPAIGN_NOT_FOUND = "ERROR_CODE_CAMPAIGN_NOT_FOUND"
    CAMPAIGN_NOT_FINAL = "ERROR_CODE_CAMPAIGN_NOT_FINAL"
    CAMPAIGN_ENTRY_INVALID = "ERROR_CODE_CAMPAIGN_ENTRY_INVALID"
    CAMPAIGN_ENTRY_CLIENT_INVALID = "ERROR_CODE_CAMPAIGN_ENTRY_CLIENT_INVALID"


class DefectKind(StrEnum):
    """What can be wrong with a payload."""

    EMPTY = "empty"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    BAD_ENCODING = "bad_encoding"
    NO_ERROR = "no_error"
    WRONG_TYPE = "wrong_type"
    UNREADABLE = "unreadable"


# --- The catalogue: each advice, and below it the types, codes and HTTP statuses that have it ---

_DESCRIPTIONS: dict[str, str] = {
    Advice.RETRY_LATER: "Wait a few minutes, then send again just what was refused.",
    ErrorType.RATE_LIMIT: "Too many API calls came in too short a time.",
    ErrorCode.BUSINESS_RATE_LIMIT_REACHED: "The business sends faster than it may.",
    Advice.SEND_TEMPLATE: "Send a template message instead: the session is closed.",
    ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW: (
        "The customer's last message is over 24 hours old, or Connectly sent from another of your "
        "numbers: then name the sender."
    ),
    ErrorCode.MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION: "The customer has not written yet.",
    Advice.CHANGE_RECIPIENT: "Correct the number or choose another: this one cannot receive it.",
    ErrorCode.MESSAGE_PHONE_NUMBER_INVALID: "The recipient's phone number is not valid.",
    ErrorCode.MESSAGE_SELF_INVALID: "A message of this type cannot go to its own sender.",
    Advice.STOP_SENDING: "Send this customer no more template messages.",
    ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT: "The customer opted out of template messages.",
    Advice.FIX_REQUEST: "Put the request right, or the template or campaign that it refers to.",
    "HTTP 3xx": "The API is not at this URL: the answer points elsewhere.",
    ErrorType.INVALID_REQUEST: "The request is not what the API documents.",
    ErrorType.NOT_FOUND: "What the request refers to does not exist.",
    ErrorType.CONFLICT: "The resource is there already: update it instead of creating it.",
    ErrorType.INVALID_ARGUMENT: "A value in the request is not valid.",
    ErrorType.FAILED_PRECONDITION: "Something else has to be done before this can succeed.",
    ErrorCode.INVALID_SENDER_ID: "The sender's phone number is not valid.",
    ErrorCode.PHONE_NUMBER_BAD_FORMAT: "The recipient's phone number is badly formatted.",
    ErrorCode.MESSAGE_ATTACHMENTS_NUMBER_INVALID: "A message takes just one attachment.",
    ErrorCode.MESSAGE_TEXT_EMPTY: "The message has no text.",
    ErrorCode.MESSAGE_TEMPLATE_NOT_FOUND: (
        "No template has this name in this language: it must be created and approved first."
    ),
    ErrorCode.MESSAGE_TEMPLATE_INPUT_INVALID: "The template does not accept these inputs.",
    ErrorCode.MESSAGE_ATTACHMENT_EMPTY: "The attachment has no URL.",
    ErrorCode.MESSAGE_ATTACHMENT_INVALID: "The URL of the attachment cannot be parsed.",
    ErrorCode.MESSAGE_TEMPLATE_DELETED: (
        "This template's language is being deleted: try in four weeks, or create a new template."
    ),
    ErrorCode.MESSAGE_TEMPLATE_INVALID_PARAM: (
        "Part of the template is missing or wrong: look at its variables, buttons and parameters."
    ),
    ErrorCode.CAMPAIGN_NOT_FOUND: "No campaign has this name or id.",
    ErrorCode.CAMPAIGN_NOT_FINAL: "The campaign must be finalized in Connectly first.",
    ErrorCode.CAMPAIGN_ENTRY_INVALID: "The inputs of this campaign entry are not valid.",
    ErrorCode.CAMPAIGN_ENTRY_CLIENT_INVALID: "The client of this campaign entry is not valid.",
    Advice.FIX_ACCOUNT: "Check your account's credentials, permissions, channels and limits.",
    ErrorType.AUTHENTICATION: "The credentials, such as the API key, are missing or not valid.",
    ErrorType.AUTHORIZATION: "These credentials give no access to the resource.",
    ErrorType.BUSINESS_LIMIT: "The business has used up the limits of its account.",
    ErrorCode.BUSINESS_MISSES_MATCHING_CHANNEL: "The business has no sender channel of this type.",
    ErrorCode.BUSINESS_REACHED_LIMITS: "Many blocks or spam reports limit this channel.",
    ErrorCode.BUSINESS_KEY_SECRET_ABSENT: "The API secret must be initialized by you or Connectly.",
    Advice.INCREASE_TIMEOUT: "Give your HTTP client longer, and check whether this one was sent.",
    ErrorType.CONTEXT_CANCLED: "Your HTTP client gave up before the answer: it may have been sent.",
    Advice.CHECK_DELIVERY: (
        "It may have been done: look for its delivery status before you send it again, and ask "
        "Connectly if none comes."
    ),
    "HTTP 2xx": "The HTTP status says success, but no success was read from the answer.",
    "HTTP 5xx": "The server, or a proxy in front of it, did not answer properly.",
    ErrorType.DEADLINE_EXCEEDED: "The request ran out of time.",
    Advice.CONTACT_SUPPORT: "Ask Connectly, and quote the trace id if there is one.",
    ErrorType.UNSPECIFIED: "Something went wrong, and no known error says what.",
    ErrorCode.UNSPECIFIED: "Connectly gave no code for this error.",
}
_ADVICE: dict[str, Advice] = {}
_advice = Advice.RETRY_LATER
for _known in _DESCRIPTIONS:
    if isinstance(_known, Advice):
        _advice = _known
    _ADVICE[_known] = _advice

_CODES = {str(code): code for code in ErrorCode}
_TYPES = {
    **{str(kind): kind for kind in ErrorType},
    "ERROR_TYPE_CONTEXT_CANCELED": ErrorType.CONTEXT_CANCLED,
    "ERROR_TYPE_CONTEXT_CANCELLED": ErrorType.CONTEXT_CANCLED,
}
# Where no known code or type says more: an HTTP status, else its first digit.
_STATUSES: dict[int, str] = {
    2: "HTTP 2xx",
    3: "HTTP 3xx",
    4: ErrorType.INVALID_REQUEST,
    5: "HTTP 5xx",
    401: ErrorType.AUTHENTICATION,
    402: ErrorType.BUSINESS_LIMIT,
    403: ErrorType.AUTHORIZATION,
    404: ErrorType.NOT_FOUND,
    407: ErrorType.AUTHENTICATION,
    408: "HTTP 5xx",
    409: ErrorType.CONFLICT,
    429: ErrorType.RATE_LIMIT,
    499: ErrorType.CONTEXT_CANCLED,
}

_DEFECTS = {
    DefectKind.EMPTY: "There was nothing to read.",
    DefectKind.NOT_JSON: "This is not JSON, or other text stands behind it, which was not read.",
    DefectKind.TOO_DEEP: "The text is nested too deep to be decoded safely.",
    DefectKind.BAD_ENCODING: "What is not Unicode was replaced by U+FFFD.",
    DefectKind.NO_ERROR: "There is no error object.",
    DefectKind.WRONG_TYPE: "The value is of another JSON type than documented.",
    DefectKind.UNREADABLE: "The payload is no JSON value, or raised while it was read.",
}

# --- The model ---


@dataclass(frozen=True, slots=True)
class Defect:
    """What was wrong; field is the wire name of a member, or "" for the payload as a whole."""

    kind: DefectKind
    field: str = ""

    def __str__(self) -> str:
        """A sentence that says what was wrong."""
        where = _printable(self.field, 64)
        return f"{where}: {_DEFECTS[self.kind]}" if where else _DEFECTS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """One error, as parse reads it; every field has a default, so that tests can build one.

    The seven documented members come first (docs.connectly.ai/messaging/error-codes). type and code
    stay the str that was sent where this version does not know it. status is the HTTP status that
    the caller passed, path where the error object stood in the payload, or should have (such as
    ("data", 2, "error")), defects what was wrong with the payload. source is what the error is
    about: the entry of a campaign, else the event or body, decoded; or the payload as it was given
    where it is no JSON. repr, == and hash leave source out, and hash leaves out details as well.
    """

    message: str = ""
    type: ErrorType | str = ErrorType.UNSPECIFIED
    code: ErrorCode | str = ErrorCode.UNSPECIFIED
    user_title: str = ""
    user_message: str = ""
    cnt_trace_id: str = ""
    details: Mapping[str, object] = field(default_factory=dict[str, object], hash=False)
    status: int | None = None
    path: tuple[str | int, ...] = ()
    defects: tuple[Defect, ...] = ()
    source: object = field(default=None, repr=False, compare=False)

    @property
    def description(self) -> str:
        """What happened: by code, else by type, else by HTTP status."""
        return _DESCRIPTIONS[_meaning(self)]

    @property
    def advice(self) -> Advice:
        """What the caller should do next: by code, else by type, else by HTTP status."""
        return _ADVICE[_meaning(self)]

    @property
    def retryable(self) -> bool:
        """Whether to send the whole request again later, as nothing of it can have been done."""
        status, cut = self.status or 0, (DefectKind.NOT_JSON, DefectKind.TOO_DEEP)
        is_part = any(isinstance(step, int) for step in self.path)
        is_cut = status // 100 != 4 and any(defect.kind in cut for defect in self.defects)
        may_be_done = is_part or is_cut or status == 408 or status // 100 in (2, 5)
        return self.advice is Advice.RETRY_LATER and not may_be_done

    def to_dict(self) -> dict[str, object]:
        """The seven documented members under their wire names, which parse reads back."""
        return {
            "message": self.message,
            "type": str(self.type),
            "code": str(self.code),
            "userTitle": self.user_title,
            "userMessage": self.user_message,
            "cntTraceId": self.cnt_trace_id,
            "details": dict(self.details),
        }

    def explain(self) -> dict[str, object]:
        """All that the response says but source, for a log line, a queue or a web page.

        json.dumps takes it (details aside, where the payload came decoded): path is "data.2.error",
        each of the defects "wrong_type code".
        """
        return {
            "description": self.description,
            "advice": str(self.advice),
            "retryable": self.retryable,
            "code": str(self.code),
            "type": str(self.type),
            "message": str(self.message),
            "user_title": str(self.user_title),
            "user_message": str(self.user_message),
            "cnt_trace_id": str(self.cnt_trace_id),
            "details": dict(self.details),
            "status": None if self.status is None else int(self.status),
            "path": ".".join(map(str, self.path)),
            "defects": [_tag(defect) for defect in self.defects],
        }

    def __str__(self) -> str:
        """A printable line of up to 500 characters: facts, then texts, which are cut first."""
        text = self.message if self.message.strip() else self.user_title
        said = [text, self.user_message] if self.user_message.strip() != text.strip() else [text]
        said = [_printable(text, 500) for text in said if text.strip()]
        least = sum(1 + min(len(text), 61) for text in said)
        facts = {
            "": self.type,
            "trace id ": self.cnt_trace_id,
            "HTTP ": "" if self.status is None else str(self.status),
            "at ": ".".join(map(str, self.path)),
            "defects: ": ", ".join(map(_tag, self.defects)),
        }
        for limit in (500, 64):  # shortened to 64, the facts leave room enough
            shown = [label + _printable(fact, limit) for label, fact in facts.items() if fact]
            line = f"{_printable(self.code, limit)} ({', '.join(shown)})"
            if len(line) + bool(said) + least <= 500:
                break
        for separator, text in zip((": ", " "), said, strict=False):
            least -= 1 + min(len(text), 61)
            line += separator + _printable(text, 500 - len(line) - len(separator) - least)
        return line


class ConnectlyError(Exception):
    """An ErrorResponse to raise: ConnectlyError(parse(body, status=status)).

    What is no ErrorResponse, as when a task queue rebuilds it from JSON, is parsed. It is apart
    because contextlib assigns to __traceback__, which fails if frozen (python/cpython#99856).
    """

    def __init__(self, error: ErrorResponse) -> None:
        given: Any = error
        self.error = given if isinstance(given, ErrorResponse) else parse(given)
        super().__init__(self.error)


def _meaning(error: ErrorResponse) -> str:
    """The entry of the catalogue that an error comes under."""
    # The code first: in Connectly's own example it says more than the type, DEADLINE_EXCEEDED.
    for known in (_CODES.get(error.code), _TYPES.get(error.type)):
        if known is not None and known.name != "UNSPECIFIED":
            return known
    status = error.status or 0
    if 200 <= status <= 599:
        return _STATUSES.get(status) or _STATUSES[status // 100]
    return ErrorType.UNSPECIFIED


def _tag(defect: Defect) -> str:
    return f"{defect.kind} {defect.field}".rstrip()


def _printable(text: str, limit: int) -> str:
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


# --- The reading, in the order in which a payload meets it ---
# A number behind what is there for speed: so many times as long a small body takes without it.


def parse(
    payload: str | bytes | bytearray | memoryview | Mapping[str, object] | Sequence[object] | None,
    *,
    status: int | None = None,
) -> ErrorResponse:
    """Read an error, whatever was sent in its place; no Exception escapes.

    payload is a response body or an event: text, bytes in UTF-8, UTF-16 or UTF-32, what json.loads
    made of them, or None. status is the HTTP status; what int() makes no number from 100 to 999 of
    is None. Of several errors, this gives the first.

    Errors are looked for where Connectly puts them (docs.connectly.ai): in the payload itself, at
    "error", at the "error" of "statusUpdate" and of each item of "data", and so in each item of an
    array. A failure that is told there without an error object is one too. Where there is none,
    message is the text of the payload. JSON within a JSON string is read as that.

    What is wrong with the payload stands in the defects of the result: nothing there (EMPTY), no
    JSON or something behind it (NOT_JSON), nested deeper than 100 and so not decoded (TOO_DEEP),
    no Unicode (BAD_ENCODING), no error object (NO_ERROR), a member of another type than documented,
    of which the text is kept (WRONG_TYPE), no JSON value or one that raised (UNREADABLE).
    """
    return _read(payload, status, first_only=True)[0]


def parse_all(
    payload: str | bytes | bytearray | memoryview | Mapping[str, object] | Sequence[object] | None,
    *,
    status: int | None = None,
) -> tuple[ErrorResponse, ...]:
    """Read every error in a payload, as parse does, each with its path.

    The result is () where the payload is empty or holds no error, as a webhook or a campaign
    send-out may, unless status is 300 or more. A payload that cannot be read gives one response,
    whose defects say so.
    """
    return tuple(_read(payload, status, first_only=False))


def _read(payload: Any, status: object, first_only: bool) -> list[ErrorResponse]:
    responses: list[ErrorResponse] = []
    http_status = None if status is None else _http_status(status)  # 1.1 to 1.4
    try:
        if isinstance(payload, _BUFFERS):
            payload = memoryview(payload).tobytes()
        _read_into(responses, payload, http_status, first_only)
        return responses
    except Exception:
        pass  # the answer is built outside: in here, the exception holds what filled the memory
    unreadable = (Defect(DefectKind.UNREADABLE),)
    responses.append(ErrorResponse(status=http_status, defects=unreadable, source=payload))
    return responses


def _http_status(status: Any) -> int | None:
    try:
        number = int(status)
    except Exception:
        return None
    return number if 100 <= number <= 999 else None


def _read_into(
    responses: list[ErrorResponse], payload: object, status: int | None, first_only: bool
) -> None:
    """Add the errors in a payload to responses; where there is none, what stands for one."""
    defects: list[Defect] = []
    value, text, reason = _decode(payload, defects)
    found = _find(value)
    if not found:
        is_failure = (reason and reason is not DefectKind.EMPTY) or (status or 0) >= 300
        if first_only or is_failure:
            found = [((), {"message": text.strip()}, payload if reason else value, None)]
        reason = reason or DefectKind.NO_ERROR
    if found and reason:  # found: 1.1, where there is none
        defects.append(Defect(reason))
    for each in found[:1] if first_only else found:
        responses.append(_read_error(each, status, defects))


# 1. Decode: text and bytes to a JSON value
def _decode(payload: object, defects: list[Defect]) -> tuple[object, str, DefectKind | None]:
    """The JSON value of a payload, its text, and what is wrong if it is not JSON alone."""
    if payload is None:
        return None, "", DefectKind.EMPTY
    if isinstance(payload, bytes):
        body = bytes.__bytes__(payload)
        encoding = "utf-8" if body.startswith(b'{"') else json.detect_encoding(body)  # if: 1.1
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            text = body.decode(encoding, "replace")
            defects.append(Defect(DefectKind.BAD_ENCODING))
    elif isinstance(payload, str):
        text = _mended(payload, "", defects)
    elif _is_object(payload) or _is_array(payload) or isinstance(payload, (int, float)):
        return payload, "", None
    else:
        return None, "", DefectKind.UNREADABLE
    text = text.removeprefix("\ufeff")
    value, reason = _load(text, defects)
    if isinstance(value, str):  # JSON within a JSON string is read, once
        inner_defects: list[Defect] = []
        inner, inner_reason = _load(value, inner_defects)
        if inner_reason is None:
            value = inner
            defects[:] = defects or inner_defects
        elif inner_reason is DefectKind.TOO_DEEP:
            value, reason = None, inner_reason
        elif reason is None:
            text = value
    return value, text, reason


_decode_json = json.JSONDecoder().raw_decode  # unlike json.loads, it says where the value ends
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as signed bytes: 1 and -1
_PAIR = r"\\u[dD][89abAB]..(?<!\\\\u....)\\u[dD][c-fC-F].."
_NOT_STRUCTURE = bytes(set(range(256)).difference(b'"[]{}'))


def _load(text: str, defects: list[Defect]) -> tuple[object, DefectKind | None]:
    """The JSON value that a text begins with, and what is wrong if it is not JSON alone."""
    text = text.strip(" \t\n\r")
    if _is_too_deep(text):
        return None, DefectKind.TOO_DEEP
    try:
        value, end = _decode_json(text)
    except ValueError:
        return None, DefectKind.NOT_JSON if text.strip() else DefectKind.EMPTY
    # The halves of a surrogate pair were joined; a lone one was left, and would break encoders.
    halves = text.count("\\ud") + text.count("\\uD") if "\\" in text else 0  # if: 1.1 to 1.2
    if halves and (20 * halves > len(text) or halves > 2 * len(re.findall(_PAIR, text))):  # 1.5
        written = json.dumps(value, ensure_ascii=False)  # now lone surrogates stand in one text
        if (mended := _mended(written, "", defects)) is not written:
            value = None  # as it may be large
            value = json.loads(mended)
    return value, None if end == len(text) else DefectKind.NOT_JSON


def _is_too_deep(text: str) -> bool:
    """Whether brackets outside strings nest deeper than 100."""
    # Asked beforehand, as json.loads recurses: where CPython raises, its WebAssembly build dies.
    if len(text) < 9_999 and text.count("{") + text.count("[") <= 100:  # 1.3, if small
        return False
    structure = text.encode()
    if b"\\" in structure:  # an escaped quote ends no string
        structure = structure.replace(b"\\\\", b"").replace(b'\\"', b"")
    structure = structure.translate(_STEPS, _NOT_STRUCTURE).replace(b'""', b"")
    steps = b"".join(structure.split(b'"')[::2])  # every other part is outside strings
    return 101 in accumulate(memoryview(steps).cast("b"))


def _mended(text: str, field: str, defects: list[Defect]) -> str:
    """The text as a plain str that can be encoded: U+FFFD stands for each lone surrogate."""
    text = str.__str__(text)
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        if (defect := Defect(DefectKind.BAD_ENCODING, field)) not in defects:
            defects.append(defect)
        return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return type(value) is dict or isinstance(value, Mapping)  # type(): 1.05 to 1.2


def _is_array(value: object) -> TypeGuard[Sequence[object]]:
    if type(value) is list:  # 1.05
        return True
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, *_BUFFERS))


def _is_filled(value: object) -> bool:
    return bool(value) and not (isinstance(value, str) and value.isspace())


def _objects_in(array: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if _is_array(array):
        for index, item in zip(range(len(array)), array, strict=False):  # no further than it says
            if item and type(item) not in _PLAIN and _is_object(item):
                yield index, item


_BUFFERS: Any = (bytearray, memoryview)
_PLAIN = {str, int, float, bool, list}  # 2 to 3, where many of these are in data
_NO_OBJECT = Defect(DefectKind.WRONG_TYPE, "error")
_NOTHING = Defect(DefectKind.NO_ERROR, "error")
_FAILED = {"delivery_failed", "delivery_failure", "failed", "rejected", "error"}


# 2. Find: the errors in a JSON value
def _find(value: object, above: _Path = ()) -> list[_Found]:
    """The errors in a body or event: itself, or at its top-level "error", then by place."""
    if not _is_object(value):
        return [found for index, event in _objects_in(value) for found in _find(event, (index,))]
    error, update, entries = value.get("error"), value.get("statusUpdate"), value.get("data")
    found: list[_Found] = []
    if update and _is_object(update):  # update and: 1.05 to 1.15
        found += _error_in(update, (*above, "statusUpdate", "error"), value)
    for index, entry in _objects_in(entries) if entries else ():  # if: 1.1 to 1.2
        found += _error_in(entry, (*above, "data", index, "error"), entry)
    if error and _is_object(error):
        found.insert(0, ((*above, "error"), error, value, None))
    # No object was found at the places. not found: 1.05 to 1.15
    elif _is_error_object(value) and (not found or all(defect for *_, defect in found)):
        found.insert(0, (above, value, value, None))
    elif _is_filled(error):
        found.insert(0, ((*above, "error"), _said(error, value), value, _NO_OBJECT))
    elif not found and _has_failed(value):
        found.append((above, {}, value, _NOTHING))
    return found


def _error_in(holder: Mapping[str, Any], place: _Path, source: object) -> tuple[_Found, ...]:
    error = holder.get("error")
    if error and _is_object(error):
        return ((place, error, source, None),)
    if _is_filled(error):
        return ((place, _said(error, holder), source, _NO_OBJECT),)
    if _has_failed(holder):
        return ((place, _said(None, holder), source, _NOTHING),)
    return ()


def _is_error_object(value: Mapping[str, Any]) -> bool:
    message, type_, trace_id = value.get("message"), value.get("type"), value.get("cntTraceId")
    return (
        _is_filled(value.get("code"))
        or (isinstance(message, str) and _is_filled(message))
        or (isinstance(type_, str) and type_.startswith("ERROR_"))
        or _is_filled(value.get("cnt_trace_id") if trace_id is None else trace_id)
    )


def _has_failed(holder: Mapping[str, Any]) -> bool:
    status, rejected = holder.get("status"), holder.get("rejectedCount")
    is_failure = isinstance(status, str) and status.lower() in _FAILED
    return is_failure or (_is_filled(rejected) and rejected != "0")  # proto3's 64-bit zero


def _said(error: object, holder: Mapping[str, Any]) -> dict[str, object]:
    """What stands for an error object: the text in its place, or of a message beside it."""
    texts = (text for text in (error, holder.get("message")) if isinstance(text, str))
    return {"message": next((text for text in texts if text.strip()), "")}


class _Draft:  # becomes an ErrorResponse, which takes 1.2 to 1.8 to be built as it is frozen
    __slots__ = tuple(each.name for each in fields(ErrorResponse))


# 3. Read: the members of an error object
def _read_error(found: _Found, status: int | None, defects: list[Defect]) -> ErrorResponse:
    path, error, source, defect = found
    defects = [*defects, defect] if defect else [*defects]
    get = error.get  # what is plain ASCII needs no _text: 1.1 to 1.5
    if type(message := get("message")) is not str or not message.isascii():
        message = _text(error, "message", defects)
    if not message.strip() and isinstance(beside := get("error"), str) and beside.strip():
        message = _mended(beside, "message", defects)
    if type(type_ := get("type")) is not str or not type_.isascii():
        type_ = _text(error, "type", defects)
    if type(code := get("code")) is not str or not code.isascii():
        code = _text(error, "code", defects)
    if type(user_title := get("userTitle")) is not str or not user_title.isascii():
        user_title = _text(error, "userTitle", defects, "user_title")
    if type(user_message := get("userMessage")) is not str or not user_message.isascii():
        user_message = _text(error, "userMessage", defects, "user_message")
    if type(cnt_trace_id := get("cntTraceId")) is not str or not cnt_trace_id.isascii():
        cnt_trace_id = _text(error, "cntTraceId", defects, "cnt_trace_id")
    draft: Any = _Draft()
    draft.message = message
    draft.type = _TYPES.get(type_, type_) or ErrorType.UNSPECIFIED
    draft.code = _CODES.get(code, code) or ErrorCode.UNSPECIFIED
    draft.user_title = user_title
    draft.user_message = user_message
    draft.cnt_trace_id = cnt_trace_id
    draft.details = _details(get("details"), defects)
    draft.status = status
    draft.path = path
    draft.defects = tuple(defects)
    draft.source = source
    draft.__class__ = ErrorResponse
    return draft  # type: ignore[no-any-return]


def _text(error: Mapping[str, Any], name: str, defects: list[Defect], proto_name: str = "") -> str:
    value = error.get(name)
    if value is None and proto_name:  # a reader of proto3 JSON accepts this one too
        value = error.get(proto_name)
    if value is None:
        return ""
    if isinstance(value, str):
        return _mended(value, name, defects)
    defects.append(Defect(DefectKind.WRONG_TYPE, name))
    try:
        return json.dumps(value) if isinstance(value, (int, float)) else ""
    except ValueError:  # it has more than 4,300 digits
        return ""


def _details(details: object, defects: list[Defect]) -> Mapping[str, object]:
    if details is None:
        return {}
    if _is_object(details):
        return details
    defects.append(Defect(DefectKind.WRONG_TYPE, "details"))
    return {"details": details} if _is_array(details) else {}


# --- The command: a face of parse_all and explain() ---


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, or those of the process; gives its exit status."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="connectly-errors",
        description="Explain the Connectly errors in saved response bodies and webhook events.",
        epilog="Exit status: 0 where something was explained, 1 where there was nothing to "
        "explain, 2 where a FILE could not be read or the answer not be written, 130 after Ctrl-C.",
    )
    what = "a body, with or without its response's head; - for standard input; a code or type"
    parser.add_argument("names", metavar="FILE|NAME", nargs="*", default=["-"], help=what)
    parser.add_argument("--status", metavar="N", type=int, help="the HTTP status, 100 to 999")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each error")
    parser.add_argument("--list", metavar="WORD", nargs="*", help="list all, or what has a WORD")
    parser.add_argument("--version", action="store_true", help="print the version")
    arguments = parser.parse_intermixed_args(argv)
    if arguments.status is not None and _http_status(arguments.status) is None:
        parser.error("argument --status: not from 100 to 999")
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")
    exit_statuses, separator = set[int](), ""
    try:
        outcomes = _outcomes(arguments) if arguments.list is None else _catalogue(arguments.list)
        for answer, complaint, exit_status in outcomes:
            if answer:
                if problem := _print(separator + answer, sys.stdout):
                    _print(f"connectly-errors: standard output: {problem}", sys.stderr)
                    return 2
                separator = "" if arguments.json else "\n"
            if complaint:
                _print(f"connectly-errors: {complaint}", sys.stderr)
            exit_statuses.add(exit_status)
        return 2 if 2 in exit_statuses else min(exit_statuses, default=1)
    except KeyboardInterrupt:
        return 130
    except MemoryError:
        pass  # what filled it goes with the exception
    _print("connectly-errors: out of memory", sys.stderr)
    return 2


def _print(text: str, stream: TextIO | None) -> str:
    """Print a text, and say why where that failed; that nobody reads on is no failure."""
    if stream is None:
        return "it is closed"
    try:
        print(text, file=stream, flush=True)
    except OSError as problem:
        # Python flushes the stream once more as it exits: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return "" if isinstance(problem, BrokenPipeError) else problem.strerror or str(problem)
    return ""


def _outcomes(arguments: Any) -> Iterator[tuple[str, str, int]]:
    """What to print, what to complain of, and the exit status if that were all."""
    if arguments.version:
        yield __version__, "", 0
        return
    for name in arguments.names:
        label = "standard input" if name == "-" else _printable(name, 200)
        try:
            errors, status = _errors_in(name, arguments.status)
            if not errors:
                hint = "" if status else " (a failed call? give its --status)"
                yield "", f"{label}: no error in it{hint}", 1
            for error in errors:
                if Defect(DefectKind.UNREADABLE) in error.defects:
                    raise MemoryError  # nothing else makes bytes unreadable
                if arguments.json:
                    yield json.dumps({**error.explain(), "file": name}), "", 0
                else:
                    yield _explanation(error, label if len(arguments.names) > 1 else ""), "", 0
        except (OSError, ValueError, TypeError, MemoryError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem) or "out of memory"
            yield "", f"{label}: {reason}", 2


def _catalogue(words: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    from textwrap import fill

    for known, sentence in _DESCRIPTIONS.items():
        entry = "  ".join(dict.fromkeys((known, _ADVICE[known], sentence)))
        if not words or any(word.lower() in entry.lower() for word in words):
            yield fill(entry, 79, subsequent_indent="    "), "", 0


def _errors_in(name: str, status: int | None) -> tuple[Sequence[ErrorResponse], int | None]:
    """The errors in a file, or that of a name, and the HTTP status, which may stand in the file."""
    if name.startswith(("ERROR_CODE_", "ERROR_TYPE_")) and not os.path.exists(name):
        member = "code" if name.startswith("ERROR_CODE_") else "type"
        return [parse({member: name}, status=status)], status
    with open(0 if name == "-" else name, "rb", closefd=name != "-") as stream:
        body = stream.read()
    # As curl -i prints it: a status line, headers, an empty line; once more for each redirect.
    pattern = re.compile(rb"\s*HTTP/[\d.]+ +(\d{3})\b.*\n(?:[^\r\n].*\n)*+\r?\n")
    start, head_status = 0, None
    while head := pattern.match(body, start):
        start, head_status = head.end(), int(head[1])
    status = head_status if status is None else status
    return parse_all(body[start:], status=status), status


def _explanation(error: ErrorResponse, file: str) -> str:
    from textwrap import fill
    from unicodedata import east_asian_width

    facts = {
        "What happened": error.description,
        "What to do": f"{error.advice.description} ({error.advice})",
        "Message": error.message if error.message.strip() else error.user_title,
        "User message": error.user_message,
        "Code": error.code,
        "Type": error.type,
        "HTTP status": "" if error.status is None else str(error.status),
        "Details": json.dumps(error.details, ensure_ascii=False) if error.details else "",
        "Path": ".".join(map(str, error.path)),
        "Trace id": error.cnt_trace_id,
        "Defects": " ".join(map(str, error.defects)),
        "File": file,
    }
    rows = [f"{key + ':':15}{_printable(fact, 500)}" for key, fact in facts.items() if fact.strip()]
    # What is too wide for the terminal would go on below the labels, and pass for a row.
    size = 47 if any(east_asian_width(char) in "FW" for row in rows for char in row) else 79
    return "\n".join(fill(row, size, subsequent_indent=" " * 15) for row in rows)


if __name__ == "__main__":
    raise SystemExit(main())
