# SPDX-License-Identifier: MIT
"""Typed errors for the Connectly messaging API.

Whatever an API call, a webhook or a proxy sent back, parse answers three questions:

    error = parse(body, status=404)  # bytes, text or decoded JSON; never raises
    error.description                # What happened?
    error.advice                     # What should I do now?
    error.cnt_trace_id               # Which trace id do I quote to Connectly's support?

After sending a message, call raise_for_error: it returns the decoded response, or
raises a ConnectlyError, whose error has the answers. For a webhook or a campaign, call
parse_all: it returns every error in the payload, and none if all went well.

In a shell, `python connectly_errors.py body.json` explains a saved response.

One file, standard library only, Python 3.11 or later. Copy it wherever you like.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from itertools import accumulate, islice

# Type checkers take this as true. At run time, importing typing would slow down a cold
# start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any
else:
    Any = object

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
    "raise_for_error",
]
__version__ = "3.0.0"

_Path = tuple[str | int, ...]
_Names = tuple[str, ...]
_Object = Mapping[str, Any]


# --- Vocabulary ---


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
        """What to do, in a sentence or two."""
        return _WHAT_TO_DO[self]


class _Catalogued(StrEnum):
    @property
    def description(self) -> str:
        """What happened, in a sentence or two."""
        return _WHAT_HAPPENED[self]

    @property
    def advice(self) -> Advice:
        """What the caller should do next."""
        return _ADVICE[self]


class ErrorType(_Catalogued):
    """The kind of error.

    Source: docs.connectly.ai/messaging/error-codes. CONTEXT_CANCLED is spelled as it is
    there. The two correct spellings, passed to ErrorType, give that member too.
    """

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
    # Undocumented; seen in campaign responses.
    INVALID_ARGUMENT = "ERROR_TYPE_INVALID_ARGUMENT"
    FAILED_PRECONDITION = "ERROR_TYPE_FAILED_PRECONDITION"

    @classmethod
    def _missing_(cls, value: object) -> "ErrorType | None":
        if isinstance(value, str):
            return _TYPES.get(value)
        return None


class ErrorCode(_Catalogued):
    """The specific error.

    Source: docs.connectly.ai/messaging/error-codes. UNSPECIFIED isn't listed there, but
    is sent in webhooks.
    """

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
    MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW = (
        "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"
    )
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
    # Undocumented; seen in campaign responses.
    CAMPAIGN_NOT_FOUND = "ERROR_CODE_CAMPAIGN_NOT_FOUND"
    CAMPAIGN_NOT_FINAL = "ERROR_CODE_CAMPAIGN_NOT_FINAL"
    CAMPAIGN_ENTRY_INVALID = "ERROR_CODE_CAMPAIGN_ENTRY_INVALID"
    CAMPAIGN_ENTRY_CLIENT_INVALID = "ERROR_CODE_CAMPAIGN_ENTRY_CLIENT_INVALID"


class DefectKind(StrEnum):
    """What can be wrong with a payload. parse says what each of them means."""

    EMPTY = "empty"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    BAD_ENCODING = "bad_encoding"
    NO_ERROR = "no_error"
    WRONG_TYPE = "wrong_type"
    UNREADABLE = "unreadable"


# --- Catalogue ---

_WHAT_TO_DO = {
    Advice.RETRY_LATER: "Wait a few minutes, then resend only what was refused.",
    Advice.SEND_TEMPLATE: (
        "Send a template message instead, because the session is closed."
    ),
    Advice.CHANGE_RECIPIENT: (
        "Correct the number or use another; this one can't receive the message."
    ),
    Advice.STOP_SENDING: (
        "Stop sending template messages to this customer, who opted out."
    ),
    Advice.FIX_REQUEST: "Fix the request, or the template or campaign it refers to.",
    Advice.FIX_ACCOUNT: (
        "Check your account's credentials, permissions, channels and limits."
    ),
    Advice.INCREASE_TIMEOUT: (
        "Raise your HTTP client's timeout, and check whether this message was sent."
    ),
    Advice.CHECK_DELIVERY: (
        "Check the delivery status before sending again, because the message may have "
        "been sent. If there is no status, ask Connectly."
    ),
    Advice.CONTACT_SUPPORT: "Ask Connectly, and quote the trace id if there is one.",
}

# What an HTTP status means if no ErrorType says it. The command's --list shows these.
_OUTCOME_UNKNOWN = "HTTP 2xx"
_WRONG_URL = "HTTP 3xx"
_SERVER_FAILED = "HTTP 5xx"

_CATALOGUE: dict[Advice, dict[str, str]] = {
    Advice.RETRY_LATER: {
        ErrorType.RATE_LIMIT: "You made too many API calls in a short time.",
        ErrorCode.BUSINESS_RATE_LIMIT_REACHED: (
            "Your business is sending faster than its limit allows."
        ),
    },
    Advice.SEND_TEMPLATE: {
        ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW: (
            "More than 24 hours have passed since the customer's last message. Or your "
            "message went out from another of your numbers: if so, specify the sender."
        ),
        ErrorCode.MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION: (
            "The customer hasn't written to you yet."
        ),
    },
    Advice.CHANGE_RECIPIENT: {
        ErrorCode.MESSAGE_PHONE_NUMBER_INVALID: (
            "The recipient's phone number isn't valid."
        ),
        ErrorCode.MESSAGE_SELF_INVALID: (
            "You can't send this type of message to your own number."
        ),
    },
    Advice.STOP_SENDING: {
        ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT: (
            "The customer opted out of template messages."
        ),
    },
    Advice.FIX_REQUEST: {
        _WRONG_URL: "The API is not at this URL.",
        ErrorType.INVALID_REQUEST: "The request doesn't match the API documentation.",
        ErrorType.NOT_FOUND: "The request refers to something that doesn't exist.",
        ErrorType.CONFLICT: (
            "The resource already exists. Update it instead of creating it."
        ),
        ErrorType.INVALID_ARGUMENT: "A value in the request isn't valid.",
        ErrorType.FAILED_PRECONDITION: (
            "Something else has to be done before this request can succeed."
        ),
        ErrorCode.INVALID_SENDER_ID: "The sender's phone number isn't valid.",
        ErrorCode.PHONE_NUMBER_BAD_FORMAT: (
            "The recipient's phone number is badly formatted."
        ),
        ErrorCode.MESSAGE_ATTACHMENTS_NUMBER_INVALID: (
            "A message can have only one attachment."
        ),
        ErrorCode.MESSAGE_TEXT_EMPTY: "The message has no text.",
        ErrorCode.MESSAGE_TEMPLATE_NOT_FOUND: (
            "There is no template with this name in this language. It has to be "
            "created and approved first."
        ),
        ErrorCode.MESSAGE_TEMPLATE_INPUT_INVALID: "The inputs don't fit the template.",
        ErrorCode.MESSAGE_ATTACHMENT_EMPTY: "The attachment has no URL.",
        ErrorCode.MESSAGE_ATTACHMENT_INVALID: "The attachment's URL can't be parsed.",
        ErrorCode.MESSAGE_TEMPLATE_DELETED: (
            "This template's language is being deleted. Try again in four weeks, or "
            "create a new template."
        ),
        ErrorCode.MESSAGE_TEMPLATE_INVALID_PARAM: (
            "Something in the template message is missing or wrong. Check its "
            "variables, buttons and parameters."
        ),
        ErrorCode.CAMPAIGN_NOT_FOUND: "There is no campaign with this name or id.",
        ErrorCode.CAMPAIGN_NOT_FINAL: (
            "The campaign has to be finalized in Connectly first."
        ),
        ErrorCode.CAMPAIGN_ENTRY_INVALID: (
            "The inputs of this campaign entry aren't valid."
        ),
        ErrorCode.CAMPAIGN_ENTRY_CLIENT_INVALID: (
            "The client of this campaign entry isn't valid."
        ),
    },
    Advice.FIX_ACCOUNT: {
        ErrorType.AUTHENTICATION: (
            "The credentials, such as the API key, are missing or not valid."
        ),
        ErrorType.AUTHORIZATION: (
            "These credentials don't give access to the resource."
        ),
        ErrorType.BUSINESS_LIMIT: "Your account has used up its limits.",
        ErrorCode.BUSINESS_MISSES_MATCHING_CHANNEL: (
            "Your business has no sender channel of this type."
        ),
        ErrorCode.BUSINESS_REACHED_LIMITS: (
            "This channel is limited because too many messages were blocked or "
            "reported as spam."
        ),
        ErrorCode.BUSINESS_KEY_SECRET_ABSENT: (
            "The API secret has to be initialized, by you or by Connectly."
        ),
    },
    Advice.INCREASE_TIMEOUT: {
        ErrorType.CONTEXT_CANCLED: (
            "Your HTTP client cancelled the request before the response came. The "
            "message may have been sent."
        ),
    },
    Advice.CHECK_DELIVERY: {
        _OUTCOME_UNKNOWN: "The response doesn't say whether the call succeeded.",
        _SERVER_FAILED: (
            "The server, or a proxy in front of it, did not respond properly."
        ),
        ErrorType.DEADLINE_EXCEEDED: "The request timed out.",
    },
    Advice.CONTACT_SUPPORT: {
        ErrorType.UNSPECIFIED: (
            "Something went wrong, and the response has no known code or type."
        ),
        ErrorCode.UNSPECIFIED: "Connectly gave no code for this error.",
    },
}
_WHAT_HAPPENED = {
    entry: description
    for entries in _CATALOGUE.values()
    for entry, description in entries.items()
}
_ADVICE = {entry: advice for advice, entries in _CATALOGUE.items() for entry in entries}

# What these HTTP statuses mean.
_STATUSES: dict[int, str] = {
    401: ErrorType.AUTHENTICATION,
    402: ErrorType.BUSINESS_LIMIT,
    403: ErrorType.AUTHORIZATION,
    404: ErrorType.NOT_FOUND,
    407: ErrorType.AUTHENTICATION,
    408: _SERVER_FAILED,
    409: ErrorType.CONFLICT,
    429: ErrorType.RATE_LIMIT,
    499: ErrorType.CONTEXT_CANCLED,
}
# What all others mean, by their first digit.
_STATUS_CLASSES: dict[int, str] = {
    2: _OUTCOME_UNKNOWN,
    3: _WRONG_URL,
    4: ErrorType.INVALID_REQUEST,
    5: _SERVER_FAILED,
}

_CODES = {code.value: code for code in ErrorCode}
_TYPES = {error_type.value: error_type for error_type in ErrorType}
_TYPES["ERROR_TYPE_CONTEXT_CANCELED"] = ErrorType.CONTEXT_CANCLED
_TYPES["ERROR_TYPE_CONTEXT_CANCELLED"] = ErrorType.CONTEXT_CANCLED


# --- Model ---


@dataclass(frozen=True, slots=True)
class Defect:
    """Something that was wrong with a payload.

    field is the member's name in the JSON, or "" for the payload as a whole.
    """

    kind: DefectKind
    field: str = ""

    def __str__(self) -> str:
        """Return the kind and the field, such as "wrong_type code" or "not_json"."""
        return f"{self.kind} {self.field}".rstrip()


_EMPTY = Defect(DefectKind.EMPTY)
_NOT_JSON = Defect(DefectKind.NOT_JSON)
_TOO_DEEP = Defect(DefectKind.TOO_DEEP)
_BAD_ENCODING = Defect(DefectKind.BAD_ENCODING)
_NO_ERROR = Defect(DefectKind.NO_ERROR)
_UNREADABLE = Defect(DefectKind.UNREADABLE)
# With a defect of the payload as a whole, other than its encoding, no error was found.
_WITHOUT_ERROR = {Defect(kind) for kind in DefectKind} - {_BAD_ENCODING}
_FAILED_WITHOUT_ERROR = Defect(DefectKind.NO_ERROR, "error")
_ERROR_OF_WRONG_TYPE = Defect(DefectKind.WRONG_TYPE, "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """One error, as parse reads it. Every field has a default, so tests can build one.

    The first seven fields are the members of an error object, documented at
    docs.connectly.ai/messaging/error-codes. A type or code that this version doesn't
    know stays a str. The other fields say where the error comes from:

    status: the HTTP status that the caller passed.
    path: where in the payload the error was, such as ("data", 2, "error").
    defects: what was wrong with the payload.
    source: what the error is about: the campaign entry that holds it, otherwise the
        event or body; if no error was found, the payload. It may hold personal data, so
        it's left out of repr and to_dict. It isn't compared or hashed either.
    """

    message: str = ""
    type: ErrorType | str = ErrorType.UNSPECIFIED
    code: ErrorCode | str = ErrorCode.UNSPECIFIED
    user_title: str = ""
    user_message: str = ""
    cnt_trace_id: str = ""
    details: Mapping[str, object] = field(default_factory=dict[str, object], hash=False)
    status: int | None = None
    path: _Path = ()
    defects: tuple[Defect, ...] = ()
    source: object = field(default=None, repr=False, compare=False)

    @property
    def description(self) -> str:
        """What happened, in a sentence or two."""
        return _WHAT_HAPPENED[self._catalogue_entry()]

    @property
    def advice(self) -> Advice:
        """What the caller should do next."""
        return _ADVICE[self._catalogue_entry()]

    @property
    def retryable(self) -> bool:
        """Whether the whole request can be sent again later without sending twice.

        Only an error at () or ("error",) is about the whole request.
        """
        if self.advice is not Advice.RETRY_LATER:
            return False
        if self.path not in ((), ("error",)):
            return False
        if self.status is None or self.status == 408:
            return False
        return 400 <= self.status <= 499

    def to_dict(self) -> dict[str, object]:
        """Return everything but source, in JSON types, for a log or a queue.

        message may hold personal data: without an error, it's the payload's text, and
        for an error without a message, the error's other members.
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
            "defects": [str(defect) for defect in self.defects],
        }

    def __str__(self) -> str:
        """Return one printable line for a log: the facts, then what Connectly says."""
        facts = [_one_line(self.type, 64)]
        if self.cnt_trace_id.strip():
            facts.append(f"trace id {_one_line(self.cnt_trace_id, 64)}")
        if self.status is not None:
            facts.append(f"HTTP {_one_line(str(self.status), 64)}")
        if self.path:
            facts.append(f"at {_one_line('.'.join(map(str, self.path)), 64)}")
        if self.defects:
            facts.append(f"defects: {', '.join(map(str, self.defects))}")
        line = f"{_one_line(self.code, 64)} ({', '.join(facts)})"

        text = self.message if self.message.strip() else self.user_title
        shown = _one_line(text, 300)
        if self.user_message.split() != text.split():
            shown = f"{shown} {_one_line(self.user_message, 300)}"
        if shown.strip():
            line = f"{line}: {shown}"
        return _one_line(line, 1200)

    def _catalogue_entry(self) -> str:
        """Return the entry of the catalogue that says what happened and what to do."""
        # The code comes first. Connectly's own example has the code of a closed session
        # and the type DEADLINE_EXCEEDED, although nothing timed out.
        code = _CODES.get(self.code, ErrorCode.UNSPECIFIED)
        if code is not ErrorCode.UNSPECIFIED:
            return code
        error_type = _TYPES.get(self.type, ErrorType.UNSPECIFIED)
        if error_type is not ErrorType.UNSPECIFIED:
            return error_type
        status_meaning = self._status_meaning()
        if status_meaning is not None:
            return status_meaning
        if not _WITHOUT_ERROR.isdisjoint(self.defects):
            return _OUTCOME_UNKNOWN
        return ErrorType.UNSPECIFIED

    def _status_meaning(self) -> str | None:
        if self.status is None:
            return None
        if self.status < 300 and not _PARTS.isdisjoint(self.path):
            return None  # an entry that was refused under a 200 was still refused
        if self.status in _STATUSES:
            return _STATUSES[self.status]
        return _STATUS_CLASSES.get(self.status // 100)


class ConnectlyError(Exception):
    """An error of the Connectly API, to raise: ConnectlyError(parse(body, status=404)).

    error is the ErrorResponse. One from another copy of this module is kept as it is.
    Anything else, such as the text that a task queue rebuilds exceptions from, becomes
    the message of a response with the defect UNREADABLE, which is never retryable.

    It isn't a frozen dataclass itself, because contextlib assigns __traceback__
    (github.com/python/cpython/issues/99856).
    """

    error: ErrorResponse

    def __init__(self, error: ErrorResponse) -> None:
        """Accept the response that parse returned."""
        # By name, because another copy of this module has a class of its own.
        classes = [base.__name__ for base in type(error).__mro__]
        is_response = "ErrorResponse" in classes and hasattr(error, "cnt_trace_id")
        if not is_response:
            error = ErrorResponse(message=str(error), defects=(_UNREADABLE,))
        self.error = error
        super().__init__(error)


def _one_line(text: str, limit: int) -> str:
    """Return the text on one line, printable, and truncated to limit characters."""
    text = " ".join(text.split())[: limit + 1]  # one more shows that it's longer
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    if len(text) > limit:
        return text[: limit - 1] + "…"
    return text


# --- Reading ---

_Payload = (
    str
    | bytes
    | bytearray
    | memoryview
    | Mapping[str, object]
    | Sequence[object]
    | None
)


def parse(payload: _Payload, *, status: int | None = None) -> ErrorResponse:
    """Read the error in a response body or a webhook event. No Exception escapes.

    payload is text, bytes in UTF-8, UTF-16 or UTF-32, or what json.loads returned.
    status is the HTTP status; one that isn't a number from 100 to 999 is ignored. If
    there are several errors in the payload, this returns the first.

    Errors are looked for where Connectly puts them (source: docs.connectly.ai): in the
    body itself, in its "statusUpdate", and in each item of its "data". In an array, and
    in NDJSON, each object is a body. Without an error, message is the body's message
    or, failing that, the payload's text.

    The defects of the response say what was wrong with the payload:

    EMPTY: None, no content, or only white space.
    NOT_JSON: text that isn't JSON as a whole. No part of it is read.
    TOO_DEEP: text nested deeper than 100. It isn't decoded.
    BAD_ENCODING: text that isn't valid Unicode. U+FFFD replaces what is wrong.
    NO_ERROR: no error object; with the field "error", a failure without one.
    WRONG_TYPE: a member of another type than documented. Its text is kept, if any.
    UNREADABLE: not a JSON value, or something that raised while it was being read.
    """
    return _read(payload, status, needs_response=True)[0]


def parse_all(
    payload: _Payload, *, status: int | None = None
) -> tuple[ErrorResponse, ...]:
    """Read every error in a response or a webhook event. No Exception escapes.

    It accepts what parse accepts. Each response has its path in the payload.

    Returns () if the payload is empty or has no error in it, unless status is 300 or
    more: then the tuple holds what parse returns. A payload that can't be read gives
    one response, whose defects say why.
    """
    return tuple(_read(payload, status, needs_response=False))


def raise_for_error(payload: _Payload, *, status: int) -> object:
    """Return the decoded response to a call, or raise ConnectlyError if it failed.

    It accepts what parse accepts. Pass it the bytes, not response.json(): that fails
    if the response isn't JSON. Returns None if the response is empty.

    Raises ConnectlyError, with what parse returns, if the status isn't a 2xx, if there
    is an error in the payload, or if the payload can't be read. A 2xx may still lack an
    id, so check for one.

    For a campaign, use parse_all: one refused entry does not mean that the others were
    not sent.
    """
    error = parse(payload, status=status)
    if error.status is None or error.status // 100 != 2:
        raise ConnectlyError(error)
    if _EMPTY in error.defects:
        return None
    if _NO_ERROR in error.defects:
        return error.source
    raise ConnectlyError(error)


def _read(payload: Any, status: object, *, needs_response: bool) -> list[ErrorResponse]:
    """Return every error in the payload.

    needs_response: whether a payload that is readable, but without an error, gets a
    response too. It does anyway if the status is 300 or more.
    """
    http_status = _http_status(status)
    if http_status is not None and http_status >= 300:
        needs_response = True
    try:
        if isinstance(payload, _BUFFERS):
            payload = bytes(payload)  # source holds these even if reading fails
        return _read_payload(payload, http_status, needs_response)
    except Exception:
        pass
    # The response is built after the except block, because the traceback in there keeps
    # the decoded value in memory, and memory may have run out.
    return [ErrorResponse(status=http_status, defects=(_UNREADABLE,), source=payload)]


def _http_status(status: Any) -> int | None:
    """Return the status as an int, or None if it isn't a number from 100 to 999."""
    if status is None:
        return None
    try:
        number = int(status)
    except Exception:
        return None
    if 100 <= number <= 999:
        return number
    return None


def _read_payload(
    payload: object, status: int | None, needs_response: bool
) -> list[ErrorResponse]:
    document = _Document(payload)
    try:
        found = _find(document.value, status)
    except _NotJSON:
        found = []
        document.problem = _UNREADABLE
    if found:
        document.text = ""  # it isn't needed any more, and may be large
        responses: list[ErrorResponse] = []
        for error in found:
            responses.append(_read_error(error, document, status))
        return responses
    if document.problem in (_EMPTY, _NO_ERROR) and not needs_response:
        return []
    return [_read_without_error(payload, document, status)]


# --- Step 1, decode: from text or bytes to a JSON value ---

# What is stripped from a text: what str.strip removes, NUL, and the byte order mark.
_PADDING = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\0\ufeff"
)
_ASCII_PADDING = b"\t\n\v\f\r\x1c\x1d\x1e\x1f \0"
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda token: None)


class _Document:
    """What decoding made of a payload."""

    __slots__ = ("defects", "problem", "text", "value")

    def __init__(self, payload: Any) -> None:
        self.value: Any = None
        self.problem = _NO_ERROR  # what is wrong if no error is found
        self.text: str | None = ""  # None if the payload was already decoded
        self.defects: list[Defect] = []  # BAD_ENCODING, if U+FFFD replaced something
        if isinstance(payload, bytes):
            self.decode(self.text_of(payload))
        elif isinstance(payload, str):
            self.decode(_encodable(payload, self.defects))
        elif payload is None:
            self.problem = _EMPTY
        else:
            self.value = payload
            self.text = None

    def text_of(self, payload: bytes) -> str:
        encoding = _encoding_of(payload)
        try:
            return payload.decode(encoding)
        except UnicodeDecodeError:
            self.defects = [_BAD_ENCODING]
            return payload.decode(encoding, "replace")

    def decode(self, text: str) -> None:
        # Under the same name, so that the text as it was doesn't stay in memory.
        text = text.strip(_PADDING)
        self.text = text
        self.load(text)
        if isinstance(self.value, str):
            self.text = self.value.strip(_PADDING)
            # JSON in a JSON string is decoded too, once. Other strings are just text.
            if re.match(r'(\[\s*)?\{\s*"', self.text):
                self.load(self.text)

    def load(self, text: str) -> None:
        if not text:
            self.problem = _EMPTY
            return
        if _is_too_deep(text):
            self.problem = _TOO_DEEP
            return
        try:
            self.value = _load(text)
        except ValueError:
            self.problem = _NOT_JSON
            return
        if "\\" in text and re.search(r"\\u[dD][89a-fA-F]", text):
            # There may be lone surrogates, written as escapes. Written as text again,
            # the value has all its strings and names in one place.
            written = json.dumps(self.value, ensure_ascii=False)
            clean = _encodable(written, self.defects)
            if clean != written:
                self.value = json.loads(clean)


def _encodable(text: str, defects: list[Defect], name: str = "") -> str:
    """Return the text as a plain str that can be encoded: U+FFFD for surrogates.

    They are a defect of the member with this name, or of the payload as a whole.
    """
    text = str.__str__(text)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        defect = Defect(DefectKind.BAD_ENCODING, name)
        if defect not in defects:
            defects.append(defect)
        return re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text


def _encoding_of(body: bytes) -> str:
    """Return the encoding of a JSON text: UTF-8, UTF-16 or UTF-32.

    Without a byte order mark, NULs give it away, because JSON begins and ends with
    ASCII. "{" is 7B in UTF-8, 7B 00 or 00 7B in UTF-16, and 7B 00 00 00 or 00 00 00 7B
    in UTF-32. So NULs follow the first character, or come before the last one.
    """
    if body.startswith(_BYTE_ORDER_MARKS):
        return json.detect_encoding(body)
    content = body.strip(_ASCII_PADDING)
    if 0 not in content:  # no NUL
        return "utf-8"
    # Where the first character is in the body. In big-endian text, its high bytes are
    # NULs that were stripped with the padding, so it isn't at a multiple of its width.
    start = len(body) - len(body.lstrip(_ASCII_PADDING))
    neighbours = [content[1:4]]  # what follows the first character
    if start % 2 == 1:
        neighbours = [content[-2:-5:-1], *neighbours]  # before the last, backwards
    for neighbour in neighbours:
        if neighbour.startswith(b"\0"):
            width = 4 if neighbour == b"\0\0\0" else 2
            order = "le" if start % width == 0 else "be"
            return f"utf-{8 * width}-{order}"
    return "utf-8"


def _load(text: str) -> Any:
    """Return the value of a JSON text, or a list of the objects if there are several.

    Raises ValueError if the text isn't JSON as a whole. Whatever follows the value is
    ignored if it has no letter or digit: servers were seen to send a stray bracket.
    """
    value, end = _DECODER.raw_decode(text)
    if end == len(text):
        return value
    values = [value]
    while isinstance(value, dict):
        start = text.find("{", end)
        if start == -1 or text[end:start].strip():
            break
        try:
            value, end = _DECODER.raw_decode(text, start)
        except ValueError:
            break
        values.append(value)
    if re.search(r"[^\W_]", text[end:]):  # a letter or a digit
        raise ValueError("other text follows the value")
    return values[0] if len(values) == 1 else values


# By how much a bracket changes the depth: 1 or -1, as a signed byte.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NOT_STRUCTURE = bytes(set(range(256)).difference(b'"[]{}'))


def _is_too_deep(text: str) -> bool:
    """Whether brackets nest deeper than 100. Those in strings don't count.

    This has to be known before decoding: in WebAssembly, where Cloudflare Workers run,
    a text that is nested too deep kills the interpreter inside the decoder.
    """
    if text.count("[") + text.count("{") <= 100:
        return False
    # The comments show what becomes of the text {"a\"[": [""]}.
    structure = text.encode()
    structure = structure.replace(b"\\\\", b"").replace(b'\\"', b"")  # {"a[": [""]}
    structure = structure.translate(_STEPS, _NOT_STRUCTURE)  # 1 " 1 " 1 " " -1 -1
    structure = structure.replace(b'""', b"")  # 1 " 1 " 1 -1 -1
    outside_strings = structure.split(b'"')[::2]  # 1, and 1 -1 -1
    steps = memoryview(b"".join(outside_strings)).cast("b")  # 1 1 -1 -1
    return 101 in accumulate(steps)  # 1 2 1 0


# --- JSON values: dict and list, and any other Mapping and Sequence ---


# Typed Any, or isinstance would leave type checkers with an unknown item type.
_BUFFERS: Any = (bytearray, memoryview)
_CONTAINERS: Any = (dict, list)
_DICT: Any = dict
_NOT_OBJECTS: Any = (type(None), str, int, float, list)
_BLANK_TEXTS = {"", "ERROR_CODE_UNSPECIFIED", "ERROR_TYPE_UNSPECIFIED"}


def _is_object(value: Any) -> bool:
    return isinstance(value, (dict, Mapping))


def _is_array(value: Any) -> bool:
    if isinstance(value, (str, bytes, bytearray, memoryview)):
        return False
    return isinstance(value, (list, Sequence))


def _at_most(number: int, items: Iterable[Any]) -> Iterator[Any]:
    """Iterate over at most this number of items. A hostile collection may never end."""
    return islice(items, number)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


def _is_blank(value: Any) -> bool:
    """Whether a value counts as absent.

    That is null, false, zero, NaN, a string of white space or zeros, an UNSPECIFIED
    code or type, or an object or array that holds nothing but blank values.
    """
    if isinstance(value, str):
        return value in _BLANK_TEXTS or value.isspace() or not value.strip("0")
    if value is None:
        return True
    if isinstance(value, (int, float)):
        return value == 0 or _is_nan(value)
    if isinstance(value, _CONTAINERS) and not value:
        return True
    if _is_object(value):
        return all(map(_is_blank, _at_most(len(value), value.values())))
    if _is_array(value):
        return all(map(_is_blank, _at_most(len(value), value)))
    return False


def _text_of(value: Any) -> str:
    """Return a string as it is, and a number, boolean or array as JSON text."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return _json_text(value)
    if _is_array(value) and len(value) > 0:
        return _json_text(value)
    return ""


def _json_text(value: Any) -> str:
    """Return the JSON text of a value, or "" if it has none. 5.0 becomes "5"."""
    try:
        if type(value) is int:
            return str(value)  # the encoder would take longer
        text = _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError):
        return ""
    if isinstance(value, float):
        return text.removesuffix(".0")
    return text


def _to_builtin(value: Any) -> object:
    """Return the dict or list that json writes for any other mapping or sequence."""
    if _is_object(value):
        return dict(_at_most(len(value), value.items()))
    if _is_array(value):
        return list(_at_most(len(value), value))
    raise TypeError("not a JSON value")


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=_to_builtin)


# --- Members: the names each one goes by, the documented name first ---

_MESSAGE = ("message", "error_msg")
_TYPE = ("type",)
_CODE = ("code", "errorCode", "error_code")
_USER_TITLE = ("userTitle", "user_title")
_USER_MESSAGE = ("userMessage", "user_message")
_CNT_TRACE_ID = ("cntTraceId", "cnt_trace_id")
_FIELDS = (
    _MESSAGE,
    _TYPE,
    _CODE,
    _USER_TITLE,
    _USER_MESSAGE,
    _CNT_TRACE_ID,
    ("details",),
)
_FIELD_NAMES = {name for names in _FIELDS for name in names}
_ALTERNATIVE_NAMES = {name for names in _FIELDS for name in names[1:]}

_STATUS_UPDATE = ("statusUpdate", "status_update")
_REJECTED_COUNT = ("rejectedCount", "rejected_count")
_FAILED_STATUSES = {
    "delivery_failed",
    "delivery_failure",
    "failed",
    "rejected",
    "error",
}
# The parts of a body that have errors of their own.
_PARTS = {*_STATUS_UPDATE, "data"}
# An object with none of these members isn't an error.
_NAMES_IN_AN_ERROR = {"status", *_REJECTED_COUNT, *_FIELD_NAMES}
# An object with none of these members isn't an error either, and has none in it.
_NAMES_TO_SEARCH = {"error", *_PARTS, *_NAMES_IN_AN_ERROR}


def _first_not_blank(members: _Object, names: Iterable[str]) -> Any:
    """Return the first value under these names that isn't blank, or else None."""
    for name in names:
        value = members.get(name)
        if value is not None and not _is_blank(value):
            return value
    return None


def _lacks(members: _Object, names: set[str]) -> bool:
    """Whether an object surely has none of these members.

    A mapping of another type may have them without listing them, as one that ignores
    case does.
    """
    return type(members) is _DICT and names.isdisjoint(members)


# --- Step 2, find: where the errors are in the value. They are read in step 3. ---


class _NotJSON(Exception):
    """Raised if something is not a JSON value where an error is looked for."""


def _find(value: Any, status: int | None) -> "list[_Found]":
    """Return every error in a payload. Raises _NotJSON."""
    if _is_object(value):
        return _find_in_body(value, status)
    found: list[_Found] = []
    for index, body in _objects_in(value):
        for error in _find_in_body(body, status):
            error.path = (index, *error.path)
            found.append(error)
    return found


def _objects_in(value: Any) -> Iterator[tuple[int, _Object]]:
    """Yield the index and the object for each object that may have an error in it."""
    if _is_json_object(value) or not _is_array(value):
        return
    for index, item in enumerate(_at_most(len(value), value)):
        if type(item) is _DICT:
            if not _NAMES_TO_SEARCH.isdisjoint(item):
                yield index, item
        elif _is_json_object(item):
            yield index, item


def _is_json_object(value: Any) -> bool:
    """Whether a value is an object. Raises _NotJSON if it isn't a JSON value at all.

    A value is looked at with this wherever an error may be, so none is passed over.
    """
    if isinstance(value, dict):
        return True
    if isinstance(value, _NOT_OBJECTS):
        return False
    if _is_object(value):
        return True
    if _is_array(value):
        return False
    raise _NotJSON


def _find_in_body(body: _Object, status: int | None) -> "list[_Found]":
    """Return the errors in the holders of a body, or else the body if it's an error.

    A holder is an object that may hold an error: the body itself, its status update,
    and each entry in its data.
    """
    found = _find_in_holder((), body, body)
    update = _first_not_blank(body, _STATUS_UPDATE)
    if update is not None and _is_json_object(update):
        found += _find_in_holder(("statusUpdate",), update, body)
    data = body.get("data")
    if data is not None:
        for index, entry in _objects_in(data):
            found += _find_in_holder(("data", index), entry, entry)
    if found:
        return found
    # (d) No holder has an error, but the body itself may be one.
    if _lacks(body, _NAMES_IN_AN_ERROR):
        return []
    if _has_failed(body):
        return [_Found((), body, body, _FAILED_WITHOUT_ERROR)]
    if _is_error_object(body, status):
        return [_Found((), body, body)]
    return []


def _find_in_holder(path: _Path, holder: _Object, source: object) -> "list[_Found]":
    """Return the error in a holder, if there is one."""
    # (a) A holder with a documented code is the error, whatever its "error" is.
    if _has_documented_code(holder):
        return [_Found(path, holder, source)]
    # (b) Otherwise its "error" is.
    error: Any = holder.get("error")
    if not _is_blank(error):
        if _is_json_object(error):
            return [_Found((*path, "error"), error, source)]
        return [_Found((*path, "error"), holder, source, _ERROR_OF_WRONG_TYPE)]
    # (c) A status update or an entry that failed is an error even without one.
    if path and _has_failed(holder):
        return [_Found((*path, "error"), holder, source, _FAILED_WITHOUT_ERROR)]
    return []


def _has_documented_code(holder: _Object) -> bool:
    for name in _CODE:
        code = holder.get(name)
        if not isinstance(code, str) or code in _BLANK_TEXTS:
            continue
        if code.startswith("ERROR_CODE_"):
            return True
    return False


def _has_failed(holder: _Object) -> bool:
    status = holder.get("status")
    if isinstance(status, str) and status.lower() in _FAILED_STATUSES:
        return True
    return _first_not_blank(holder, _REJECTED_COUNT) is not None


def _is_error_object(body: _Object, status: int | None) -> bool:
    """Whether a body looks like an error object, although it has no documented code."""
    code = _first_not_blank(body, _CODE)
    if isinstance(code, (str, int, float)) and not isinstance(code, bool):
        return True
    error_type = _first_not_blank(body, _TYPE)
    if isinstance(error_type, str) and error_type.startswith("ERROR_"):
        return True
    if _has_text(body, _USER_TITLE) or _has_text(body, _USER_MESSAGE):
        return True
    # Only a message or a trace id is left, and a success can have those too.
    if status is not None and status // 100 == 2:
        return False
    if _first_not_blank(body, _PARTS) is not None:
        return False
    if _has_text(body, _MESSAGE):
        return True
    return _first_not_blank(body, _CNT_TRACE_ID) is not None


def _has_text(body: _Object, names: _Names) -> bool:
    return isinstance(_first_not_blank(body, names), str)


# --- Step 3, read: from the members of an error to a response ---

_WRONG_TYPE = {name: Defect(DefectKind.WRONG_TYPE, name) for name in _FIELD_NAMES}
# Members that have a field of their own, or whose words aren't Connectly's but a
# customer's or the business's.
_NOT_OTHER_MEMBERS = {
    *_FIELD_NAMES,
    "callbackData",
    "callback_data",
    "metadata",
    "sender",
    "recipient",
}


class _Found:
    """An error that was found: its path, members and source, and its defects."""

    __slots__ = ("defects", "has_alternative_names", "members", "path", "source")

    def __init__(
        self, path: _Path, members: _Object, source: object, *defects: Defect
    ) -> None:
        self.path = path
        self.members = members
        self.source = source
        self.defects = [*defects]
        self.has_alternative_names = not _lacks(members, _ALTERNATIVE_NAMES)

    def text(self, names: _Names) -> str:
        """Return the text of the member with one of these names."""
        name = names[0]
        if self.has_alternative_names:
            name = self.name_of(names)
        value = self.members.get(name)
        if type(value) is str and value.isascii():
            return value  # the common case: nothing to check or replace
        if value is None or _is_nan(value):
            return ""
        if not isinstance(value, str):
            self.defects.append(_WRONG_TYPE[name])
        return _encodable(_text_of(value), self.defects, name)

    def name_of(self, names: _Names) -> str:
        """Return the first name whose value isn't blank, or else the first present."""
        for name in names:
            value = self.members.get(name)
            if value is not None and not _is_blank(value):
                return name
        for name in names:
            if name in self.members:
                return name
        return names[0]

    def details(self) -> Mapping[str, object]:
        details: Any = self.members.get("details")
        if details is None or _is_nan(details):
            return {}
        if _is_object(details):
            return details  # type: ignore[no-any-return]
        self.defects.append(_WRONG_TYPE["details"])
        if isinstance(details, str):
            details = _encodable(details, self.defects, "details")
        if _is_array(details) or _json_text(details):
            return {"details": details}
        return {}

    def error_text(self) -> str:
        """Return the text of the member "error", or "" if it has none."""
        error = self.members.get("error")
        if isinstance(error, bool) or _is_nan(error):
            return ""  # "error": true says nothing
        return _text_of(error)

    def other_members(self) -> str:
        """Return the JSON text of the members that no field holds, or "" if none."""
        rest = {
            name: value
            for name, value in _at_most(len(self.members), self.members.items())
            if name not in _NOT_OTHER_MEMBERS
        }
        return _json_text(rest) if rest else ""


class _Draft:
    """A response whose fields are still being set.

    Here speed comes before plain code. A frozen dataclass sets its fields in a
    roundabout way, which takes about as long as decoding a small body. So they are set
    on an object of another class with the same slots, which then changes its class.
    This is done twice below: for an error, and for a payload without one.
    """

    __slots__ = tuple(slot.name for slot in fields(ErrorResponse))


def _read_error(
    found: _Found, document: _Document, status: int | None
) -> ErrorResponse:
    draft: Any = _Draft()
    draft.message = found.text(_MESSAGE)
    error_type = found.text(_TYPE) or ErrorType.UNSPECIFIED
    draft.type = _TYPES.get(error_type, error_type)
    code = found.text(_CODE) or ErrorCode.UNSPECIFIED
    draft.code = _CODES.get(code, code)
    draft.user_title = found.text(_USER_TITLE)
    draft.user_message = found.text(_USER_MESSAGE)
    draft.cnt_trace_id = found.text(_CNT_TRACE_ID)
    draft.details = found.details()
    if not draft.message.strip():
        text = found.error_text()
        if not (text + draft.user_title + draft.user_message).strip():
            text = found.other_members()
        draft.message = _encodable(text, found.defects, "message") or draft.message
        # A defect of the message belongs before those of the fields behind it.
        found.defects.sort(key=lambda defect: defect.field not in ("error", *_MESSAGE))
    draft.status = status
    draft.path = found.path
    draft.defects = (*document.defects, *found.defects)
    draft.source = found.source
    draft.__class__ = ErrorResponse
    return draft  # type: ignore[no-any-return]


# --- Step 4, otherwise: no error was found, but a response is needed ---


def _read_without_error(
    payload: object, document: _Document, status: int | None
) -> ErrorResponse:
    defects = [*document.defects, document.problem]
    draft: Any = _Draft()
    draft.message = _encodable(_message_of(document), defects, "message")
    draft.type = ErrorType.UNSPECIFIED
    draft.code = ErrorCode.UNSPECIFIED
    draft.user_title = ""
    draft.user_message = ""
    draft.cnt_trace_id = ""
    draft.details = {}
    draft.status = status
    draft.path = ()
    draft.defects = tuple(defects)
    draft.source = document.value if document.problem is _NO_ERROR else payload
    draft.__class__ = ErrorResponse
    return draft  # type: ignore[no-any-return]


def _message_of(document: _Document) -> str:
    """Return the message of a body without an error, or else the payload's text."""
    if _is_object(document.value):
        message = document.value.get("message")
        if isinstance(message, str) and not _is_blank(message):
            return message.strip()
    if document.text is None:
        return _json_text(document.value)
    return document.text


# --- The command: a thin layer over parse_all and to_dict ---


def main(argv: Sequence[str] | None = None) -> int:
    """Explain the errors in files (- is standard input), or a code or type by its NAME.

    A file holds a response, with or without its head (curl -i), or a webhook event. The
    exit status is 0 if something was explained, 1 if there was nothing to explain, 2 if
    a file could not be read or the output could not be written, and 130 after Ctrl-C.
    """
    stdout: Any = sys.stdout
    if stdout is None:
        return _complain("standard output is closed")
    try:
        return _run(argv)
    except KeyboardInterrupt:
        return 130
    except MemoryError:
        return _complain("out of memory")
    except OSError as problem:
        return _complain(f"standard output: {problem.strerror or problem}")


def _run(argv: Sequence[str] | None) -> int:
    import argparse

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> Any:
            raise SystemExit(_complain(f"{message}; see --help"))

        def print_help(self, file: object = None) -> None:
            _write(self.format_help(), sys.stdout)

    # The docstring of main is what --help prints.
    parser = Parser("connectly-errors", description=main.__doc__)
    parser.add_argument("names", metavar="FILE|NAME", nargs="*", default=["-"])
    parser.add_argument("--status", metavar="N", type=int, help="the HTTP status")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    parser.add_argument("--list", action="store_true", help="print the catalogue")
    parser.add_argument("--version", action="store_true", help="print the version")
    arguments = parser.parse_intermixed_args(argv)
    if arguments.status is not None and _http_status(arguments.status) is None:
        parser.error("argument --status: not a number from 100 to 999")
    if arguments.version:
        _write(__version__, sys.stdout)
        return 0
    if arguments.list:
        for advice, entries in _CATALOGUE.items():
            _write(f"{advice}  {advice.description}", sys.stdout)
            for entry, description in entries.items():
                _write(f"{entry}  {advice}  {description}", sys.stdout)
        return 0
    exit_statuses = [_explain(name, arguments) for name in arguments.names]
    if 2 in exit_statuses:
        return 2
    return min(exit_statuses)  # 0 if anything was explained


def _explain(name: str, arguments: Any) -> int:
    """Explain a file or a name, and return the exit status for it alone."""
    label = "standard input" if name == "-" else name
    try:
        with open(os.dup(0) if name == "-" else name, "rb") as file:
            content = file.read() or b""  # an empty pipe that doesn't block gives None
    except FileNotFoundError:
        return _explain_name(name, arguments)
    except (OSError, ValueError) as problem:
        return _complain(f"{label}: {getattr(problem, 'strerror', problem)}")
    status_in_head, body = _split_heads(content)
    status = arguments.status or status_in_head
    errors = parse_all(body, status=status)
    first = errors[0] if errors else parse(body, status=status)
    if _UNREADABLE in first.defects:
        raise MemoryError  # nothing else makes bytes unreadable
    instead_of_an_error = {
        _EMPTY: "nothing to read",
        _NO_ERROR: "no error in it",
        _NOT_JSON: "not JSON",
        _TOO_DEEP: "nested too deep to be read",
    }
    hint = "" if status else "; if the call failed, give its HTTP status with --status"
    for defect in first.defects:
        if defect in instead_of_an_error:
            _complain(f"{label}: {instead_of_an_error[defect]}{hint}")
    for error in errors:
        _show(error, name, arguments)
    return 0 if errors else 1


def _split_heads(content: bytes) -> tuple[int | None, bytes]:
    """Return the HTTP status and the body of what `curl -i` prints.

    Redirects and proxies add heads of their own, so the last status counts.
    """
    utf8 = content.removeprefix(b"\xef\xbb\xbf")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # PowerShell saves UTF-16
        utf8 = content.decode("utf-16", "replace").encode()
    status_line = rb"\s*HTTP/[\d.]+ +(\d{3})\b.*\n"
    # A header may go on in lines that begin with white space. *+ and ++ never give back
    # what they matched, so a long file can't make it try again and again.
    headers = rb"(?:[\w!#$%&'*+.^`|~-]+:.*\n|[ \t]+\S.*\n)*+"
    head = status_line + headers
    heads = re.match(rb"(?:%b[ \t]*\r?\n)++" % head, utf8)
    if heads is None:  # without a body, the blank line may be missing
        heads = re.fullmatch(head, utf8.rstrip() + b"\n")
    if heads is None:
        return None, content
    last_status = heads[1]  # a repeated group holds what it matched last
    return _http_status(last_status), utf8[heads.end() :]


def _explain_name(name: str, arguments: Any) -> int:
    """Explain an error code or type, with or without its prefix."""
    from difflib import get_close_matches

    known = [*_TYPES, *_CODES]
    prefixes = ("ERROR_TYPE_", "ERROR_CODE_")
    wanted = name.strip().upper()
    for prefix in prefixes:
        if prefix + wanted in known:
            wanted = prefix + wanted
    if wanted not in known:
        _complain(f"{name}: no file, and not known to version {__version__}")
        short_name = re.sub("ERROR_(CODE|TYPE)_", "", wanted)
        closest = [entry for entry in known if short_name in entry][:3]
        if not closest:
            cutoff = 0.85 if wanted.startswith(prefixes) else 0
            closest = get_close_matches(wanted, known, cutoff=cutoff)
        if closest:
            _complain(f"did you mean {' or '.join(closest)}?")
    if wanted.startswith("ERROR_CODE_"):
        error = ErrorResponse(code=wanted, status=arguments.status)
    elif wanted.startswith("ERROR_TYPE_"):
        error = ErrorResponse(type=_TYPES.get(wanted, wanted), status=arguments.status)
    else:
        return 2
    _show(error, name, arguments)
    return 0


def _show(error: ErrorResponse, name: str, arguments: Any) -> None:
    """Print an error that is in the file of this name, or has this name."""
    from textwrap import TextWrapper

    if arguments.json:
        _write(json.dumps({**error.to_dict(), "file": name}), sys.stdout)
        return
    source: Any = error.source if _is_object(error.source) else {}
    update = _first_not_blank(source, _STATUS_UPDATE)
    holder = update if _is_object(update) else source
    campaign = _first_not_blank(source, ("campaignName", "campaign_name", "campaignId"))
    rows = {
        "What happened:": error.description,
        "What to do:": f"{error.advice.description} ({error.advice})",
        "Message:": error.message,
        "Title:": error.user_title if error.user_title != error.message else "",
        "User message:": error.user_message,
        "Code:": error.code,
        "Type:": error.type,
        "Message id:": _first_not_blank(holder, ("id",)),
        "Campaign:": campaign,
        "HTTP status:": error.status,
        "Details:": _json_text(error.details) if error.details else "",
        "Path:": ".".join(map(str, error.path)),
        "Trace id:": error.cnt_trace_id,
        "Defects:": ", ".join(map(str, error.defects)),
        "File:": name if len(arguments.names) > 1 else "",
    }
    wrapper = TextWrapper(79, subsequent_indent=" " * 15, break_on_hyphens=False)
    explanation = ""
    for label, value in rows.items():
        text = _one_line(_text_of(value), 100_000)  # --json has the rest
        if text not in _BLANK_TEXTS:
            wrapper.initial_indent = f"{label:15}"
            explanation += wrapper.fill(text) + "\n"
    _write(explanation, sys.stdout)


def _complain(text: str) -> int:
    """Write a message to standard error, and return the exit status of a failure."""
    stderr: Any = sys.stderr
    if stderr is not None:
        _write(f"connectly-errors: {_one_line(text, 10_000)}", stderr)
    return 2


def _write(line: str, stream: Any) -> None:
    """Write a line. Only a standard output that can't be written is an error."""
    if hasattr(stream, "reconfigure"):  # a StringIO, as in a test, has no encoding
        stream.reconfigure(errors="backslashreplace")
    try:
        print(line, file=stream, flush=True)
    except OSError as problem:
        # Python flushes the stream once more as it exits. Send that to os.devnull.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not isinstance(problem, BrokenPipeError):
            raise


if __name__ == "__main__":
    raise SystemExit(main())
