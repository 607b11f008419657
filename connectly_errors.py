# SPDX-License-Identifier: MIT
"""Read what a failed call of the Connectly messaging API, a webhook or a proxy sent back.

    error = parse(body, status=404)  # any text, bytes, mapping or None; never raises
    error.description                # what happened, in one sentence
    error.advice                     # what to do now: one of the eight members of Advice
    error.cnt_trace_id               # what to quote to Connectly's support
    raise ConnectlyError(error)

parse_all reads every error of a webhook or a campaign send-out, which may hold none. In a shell,
`python connectly_errors.py body.json` explains a saved body and `--list` prints the catalogue.

This one file needs nothing but Python 3.11 or later: copy it wherever you like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import partial
from itertools import accumulate, islice

TYPE_CHECKING = False  # type checkers take it for true; importing typing would slow a cold start
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TextIO, TypeAlias, TypeGuard

    _Path: TypeAlias = tuple[str | int, ...]
    _Payload: TypeAlias = str | bytes | bytearray | memoryview | Mapping[str, object] | None

__all__ = ["Advice", "ConnectlyError", "Defect", "DefectKind", "ErrorCode", "ErrorResponse"]
__all__ += ["ErrorType", "__version__", "parse", "parse_all"]
__version__ = "1.0.0"

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
    CONTACT_SUPPORT = "contact_support"

    @property
    def description(self) -> str:
        """What to do, in one sentence."""
        return _SENTENCES[self]


class _Catalogued(StrEnum):
    @property
    def description(self) -> str:
        """What happened, in one sentence."""
        return _SENTENCES[self]

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


class DefectKind(StrEnum):
    """What can be wrong with a payload."""

    EMPTY = "empty"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    BAD_ENCODING = "bad_encoding"
    NO_ERROR = "no_error"
    WRONG_TYPE = "wrong_type"
    UNREADABLE = "unreadable"


# --- The catalogue: each advice, and the types and codes that call for it ---

_CATALOGUE: dict[Advice, dict[StrEnum, str]] = {
    Advice.RETRY_LATER: {
        Advice.RETRY_LATER: "Wait a few minutes, then send the same request again.",
        ErrorType.RATE_LIMIT: "Too many API calls came in too short a time.",
        ErrorCode.BUSINESS_RATE_LIMIT_REACHED: "The business sends faster than it may.",
    },
    Advice.SEND_TEMPLATE: {
        Advice.SEND_TEMPLATE: "Send a template message instead: the session is closed.",
        ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW: "No reply from the customer in 24 hours.",
        ErrorCode.MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION: "The customer has not written yet.",
    },
    Advice.CHANGE_RECIPIENT: {
        Advice.CHANGE_RECIPIENT: "Choose another recipient: this one cannot receive the message.",
        ErrorCode.MESSAGE_PHONE_NUMBER_INVALID: "The recipient's phone number is not valid.",
        ErrorCode.MESSAGE_SELF_INVALID: "A message of this type cannot go to its own sender.",
    },
    Advice.STOP_SENDING: {
        Advice.STOP_SENDING: "Send this customer no more template messages.",
        ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT: "The customer wants no more template messages.",
    },
    Advice.FIX_REQUEST: {
        Advice.FIX_REQUEST: "Correct the request: sent again as it is, it fails again.",
        ErrorType.INVALID_REQUEST: "The request's payload is not what the API documents.",
        ErrorType.NOT_FOUND: "The resource that the request names does not exist.",
        ErrorType.CONFLICT: "The resource is there already: update it instead of creating it.",
        ErrorCode.INVALID_SENDER_ID: "The sender is not a valid phone number.",
        ErrorCode.PHONE_NUMBER_BAD_FORMAT: "A phone number is badly formatted.",
        ErrorCode.MESSAGE_ATTACHMENTS_NUMBER_INVALID: "A message takes just one attachment.",
        ErrorCode.MESSAGE_TEXT_EMPTY: "The message has no text.",
        ErrorCode.MESSAGE_TEMPLATE_NOT_FOUND: "No template has this name in this language.",
        ErrorCode.MESSAGE_TEMPLATE_INPUT_INVALID: "The template does not accept these inputs.",
        ErrorCode.MESSAGE_ATTACHMENT_EMPTY: "The attachment has no URL.",
        ErrorCode.MESSAGE_ATTACHMENT_INVALID: "The URL of the attachment cannot be parsed.",
        ErrorCode.MESSAGE_TEMPLATE_DELETED: "This language is being deleted: wait for 4 weeks.",
        ErrorCode.MESSAGE_TEMPLATE_INVALID_PARAM: "A template parameter is missing or not valid.",
    },
    Advice.FIX_ACCOUNT: {
        Advice.FIX_ACCOUNT: "Check your account's credentials, permissions, channels and limits.",
        ErrorType.AUTHENTICATION: "The credentials, such as the API key, were not accepted.",
        ErrorType.AUTHORIZATION: "These credentials give no access to the resource.",
        ErrorType.BUSINESS_LIMIT: "The business has used up the limits of its account.",
        ErrorCode.BUSINESS_MISSES_MATCHING_CHANNEL: "The business has no sender channel for this.",
        ErrorCode.BUSINESS_REACHED_LIMITS: "Sending is limited after many blocks or spam reports.",
        ErrorCode.BUSINESS_KEY_SECRET_ABSENT: "The API secret of the business is not set up.",
    },
    Advice.INCREASE_TIMEOUT: {
        Advice.INCREASE_TIMEOUT: "Give your own HTTP client a longer timeout.",
        ErrorType.CONTEXT_CANCLED: "The HTTP client gave up before Connectly had answered.",
    },
    Advice.CONTACT_SUPPORT: {
        Advice.CONTACT_SUPPORT: "Pass the trace id to Connectly: nothing can be done from here.",
        ErrorType.UNSPECIFIED: "Something went wrong, and no known error says what.",
        ErrorType.DEADLINE_EXCEEDED: "The request ran out of time before it was done.",
        ErrorCode.UNSPECIFIED: "Connectly gave no code for this error.",
    },
}
_ADVICE = {member: advice for advice, group in _CATALOGUE.items() for member in group}
_SENTENCES = {member: text for group in _CATALOGUE.values() for member, text in group.items()}

_DEFECTS = {
    DefectKind.EMPTY: "There was nothing to read.",
    DefectKind.NOT_JSON: "The text is not JSON.",
    DefectKind.TOO_DEEP: "The text is nested too deep to be decoded safely.",
    DefectKind.BAD_ENCODING: "What is not Unicode was replaced by U+FFFD.",
    DefectKind.NO_ERROR: "The JSON holds no error object.",
    DefectKind.WRONG_TYPE: "The value is of another JSON type than documented.",
    DefectKind.UNREADABLE: "The payload is no JSON value, or raised while it was read.",
}

_CODES = {str(code): code for code in ErrorCode}
_TYPES = {
    **{str(kind): kind for kind in ErrorType},
    "ERROR_TYPE_CONTEXT_CANCELED": ErrorType.CONTEXT_CANCLED,
    "ERROR_TYPE_CONTEXT_CANCELLED": ErrorType.CONTEXT_CANCLED,
}
_STATUSES = {
    401: ErrorType.AUTHENTICATION,
    403: ErrorType.AUTHORIZATION,
    404: ErrorType.NOT_FOUND,
    408: ErrorType.DEADLINE_EXCEEDED,
    409: ErrorType.CONFLICT,
    429: ErrorType.RATE_LIMIT,
    499: ErrorType.CONTEXT_CANCLED,
    504: ErrorType.DEADLINE_EXCEEDED,
}

# --- The model ---


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that was wrong with a payload.

    field is the wire name of the member concerned, or "" for the payload as a whole.
    """

    kind: DefectKind
    field: str = ""

    def __str__(self) -> str:
        where = _printable(self.field, 64)
        return f"{where}: {_DEFECTS[self.kind]}" if where else _DEFECTS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """One error, as parse reads it; every field has a default, so that tests can build one.

    The seven documented members come first (docs.connectly.ai/messaging/error-codes). type and code
    stay the str that was sent where this version does not know it. details is always a mapping.
    status is the HTTP status that the caller passed, path the place of the error object in the
    payload (such as ("data", 2, "error")), defects what was wrong with the payload, and raw the
    payload itself, which repr, == and hash leave out. hash leaves out details as well.
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
    raw: object = field(default=None, repr=False, compare=False)

    @property
    def description(self) -> str:
        """What happened, in one sentence: by code, else by type, else by HTTP status."""
        return _meaning(self).description

    @property
    def advice(self) -> Advice:
        """What the caller should do next: by code, else by type, else by HTTP status."""
        return _meaning(self).advice

    @property
    def retryable(self) -> bool:
        """Whether waiting and sending the same request again is the advice."""
        return self.advice is Advice.RETRY_LATER

    def to_dict(self) -> dict[str, object]:
        """The seven documented members under their wire names, for json.dumps and log shippers."""
        return {
            "message": self.message,
            "type": str(self.type),
            "code": str(self.code),
            "userTitle": self.user_title,
            "userMessage": self.user_message,
            "cntTraceId": self.cnt_trace_id,
            "details": dict(self.details),
        }

    def __str__(self) -> str:
        """One printable line for a log: at most 500 characters, of which the message gives way."""
        code = _printable(self.code, 80)
        facts = [_printable(self.type, 80)]
        if self.cnt_trace_id:
            facts.append(f"trace id {_printable(self.cnt_trace_id, 64)}")
        if self.status is not None and (status := _json_text(self.status)):
            facts.append(f"HTTP {_printable(status, 20)}")
        if self.defects:
            defects = ", ".join(f"{defect.kind} {defect.field}".rstrip() for defect in self.defects)
            facts.append(f"defects: {_printable(defects, 200)}")
        rest = f" ({', '.join(facts)})"
        message = _printable(self.message, 500 - len(code) - len(": ") - len(rest))
        return f"{code}: {message}{rest}" if message else f"{code}{rest}"


class ConnectlyError(Exception):
    """An ErrorResponse to raise: ConnectlyError(parse(body, status=status)).

    It is a class of its own because a frozen exception breaks contextlib.contextmanager, which
    assigns to __traceback__ (python/cpython#99856).
    """

    def __init__(self, error: ErrorResponse) -> None:
        super().__init__(error)
        self.error = error


def _meaning(error: ErrorResponse) -> ErrorCode | ErrorType:
    # The code comes first: Connectly's own example pairs a DEADLINE_EXCEEDED type with a code
    # that says the session is closed.
    for known in (_CODES.get(error.code), _TYPES.get(error.type)):
        if known is not None and known.name != "UNSPECIFIED":
            return known
    status = error.status or 0
    other = ErrorType.INVALID_REQUEST if 400 <= status < 500 else ErrorType.UNSPECIFIED
    return _STATUSES.get(status, other)


def _printable(text: str, limit: int) -> str:
    text = text[: limit + 1]
    if not text.isprintable():
        text = "".join(
            char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
        )
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _json_text(number: float) -> str:
    """The JSON text of a number or boolean, or "" where it has too many digits for one."""
    try:
        return json.dumps(number)
    except ValueError:
        return ""


# --- The reading, in the order in which a payload meets it ---

_decode_json = json.JSONDecoder().raw_decode  # in 0.6 times the time of json.loads(text)


def parse(
    payload: str | bytes | bytearray | memoryview | Mapping[str, object] | None,
    *,
    status: int | None = None,
) -> ErrorResponse:
    """Read an error, whatever was sent in its place; no Exception escapes.

    payload is a response body or an event: text, bytes in UTF-8, UTF-16 or UTF-32, or what
    json.loads made of them. status is the HTTP status; what is no int counts as None. The error
    object is looked for at "error", at "statusUpdate" "error", at the "error" of each item of
    "data", and last in the payload itself; of several, this gives the first. Its members may have
    their names in proto3's snake_case as well.

    What is wrong with the payload stands in the defects of the result: nothing there (EMPTY), no
    JSON (NOT_JSON), nested deeper than 100 (TOO_DEEP), no Unicode (BAD_ENCODING), no error in it
    (NO_ERROR), a member of another type than documented (WRONG_TYPE), a mapping that raises or an
    object that is no JSON value (UNREADABLE).
    """
    return _read_straight(payload, status, payload) or _read(payload, status, 1)[0]


def parse_all(
    payload: str | bytes | bytearray | memoryview | Mapping[str, object] | None,
    *,
    status: int | None = None,
) -> tuple[ErrorResponse, ...]:
    """Read every error in a payload, as parse does, each with its path.

    The result is () where the payload is empty or holds no error, as a webhook or a campaign
    send-out may, unless status is 400 or more. A payload that cannot be read gives one response,
    whose defects say so.
    """
    responses = _read(payload, status, None)
    first = responses[0]
    no_error = any(defect.kind in ("empty", "no_error") for defect in first.defects)
    return () if no_error and (first.status or 0) < 400 else responses


def _read(payload: _Payload, status: int | None, limit: int | None) -> tuple[ErrorResponse, ...]:
    """Read up to limit errors; where there is none, one response says in its defects why."""
    is_int = issubclass(type(status), int)  # isinstance would believe a __class__ that lies
    http_status = int.__int__(status) if status is not None and is_int else None
    raw = payload
    defects: list[Defect] = []
    responses: list[ErrorResponse] = []
    try:
        if isinstance(payload, (bytearray, memoryview)):
            raw = payload = memoryview(payload).tobytes()
        value, otherwise = _decode(payload, defects)
        if not defects and (response := _read_straight(value, http_status, raw)):
            return (response,)
        for path, error in islice(_find(value), limit):
            responses.append(_read_error(error, path, http_status, [*defects], raw))
        if not responses:
            message = _clean(value, "", defects) if isinstance(value, str) else ""
            defects.append(Defect(otherwise))
            responses.append(_read_error({"message": message}, (), http_status, defects, raw))
    except Exception:
        unreadable = (Defect(DefectKind.UNREADABLE),)
        responses.append(ErrorResponse(status=http_status, defects=unreadable, raw=raw))
    return tuple(responses)


def _decode(payload: object, defects: list[Defect]) -> tuple[object, DefectKind]:
    """The JSON value or else the text of a payload, and the defect if it holds no error."""
    if payload is None:
        return None, DefectKind.EMPTY
    utf8 = b""
    if isinstance(payload, bytes):
        body = bytes.__bytes__(payload)
        plain = body[:1] == b"{" and body[1:2] != b"\0"
        encoding = "utf-8" if plain else json.detect_encoding(body)
        utf8 = body if encoding == "utf-8" else b""
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            text = body.decode(encoding, "replace")
            defects.append(Defect(DefectKind.BAD_ENCODING))
    elif isinstance(payload, str):
        text = _clean(payload, "", defects)
    else:
        is_json = _is_object(payload) or _is_array(payload) or isinstance(payload, (int, float))
        return payload, DefectKind.NO_ERROR if is_json else DefectKind.UNREADABLE
    text = text.removeprefix("\ufeff").strip(" \t\n\r")
    if _is_too_deep(text, utf8):
        return text.strip(), DefectKind.TOO_DEEP
    try:
        value, end = _decode_json(text)
    except ValueError:
        value, end = None, -1
    if end == len(text):
        return value, DefectKind.NO_ERROR
    text = text.strip()
    return text, DefectKind.NOT_JSON if text else DefectKind.EMPTY


def _clean(text: str, field: str, defects: list[Defect]) -> str:
    """The text as a plain str that can be encoded."""
    text = str.__str__(text)
    try:
        if not text.isascii():
            text.encode()
    except UnicodeEncodeError:
        defects.append(Defect(DefectKind.BAD_ENCODING, field))
        return re.sub("[\ud800-\udfff]+", lambda run: "\ufffd" * len(run[0]), text)
    return text


_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as signed bytes: 1 and -1
_NOT_STRUCTURE = bytes(set(range(256)).difference(b'"[]{}'))


def _is_too_deep(text: str, utf8: bytes) -> bool:
    """Whether brackets nest deeper than 100 where the decoder would meet them, outside strings.

    utf8 is the text in UTF-8, or b"" where that is not at hand. json.loads recurses: where CPython
    raises RecursionError, its build for WebAssembly dies. This takes linear time, nearly all of it
    in C.
    """
    # Two ways out for speed alone: of ordinary bodies, and of long texts with a few brackets.
    if "[" not in text and text.count("{") <= 100:
        return False
    openings = 0
    for bracket in "[{":
        at = -1
        while openings <= 20 and (at := text.find(bracket, at + 1)) >= 0:
            openings += 1
    if openings <= 20:
        return False
    structure = utf8 or text.encode()
    if b"\\" in structure:  # an escaped quote ends no string
        structure = structure.replace(b"\\\\", b"").replace(b'\\"', b"")
    steps = _outside_strings(structure.translate(_STEPS, _NOT_STRUCTURE))
    # For speed again, innermost brackets are taken away twice, which leaves less to add up: each
    # time the depth falls by one at most, hence the 99.
    outer = steps.replace(b"\x01\xff", b"").replace(b"\x01\xff", b"")
    return 99 in _depths(outer) and 101 in _depths(steps)


def _outside_strings(structure: bytes) -> bytes:
    """The steps that have an even number of quotes before them."""
    # Taking away two quotes that meet keeps each number even or odd. Where all meet in twos, all
    # numbers are even.
    if structure.count(b'""') * 2 == structure.count(b'"'):
        return structure.translate(None, b'"')
    structure = structure.replace(b'""', b"")
    outside, odd = bytearray(), 0
    for start in range(0, len(structure), 9999):  # at once, the parts would fill the memory
        parts = structure[start : start + 9999].split(b'"')
        outside += b"".join(parts[odd::2])
        odd ^= (len(parts) - 1) & 1
    return bytes(outside)


def _depths(steps: bytes) -> Iterator[int]:
    return accumulate(memoryview(steps).cast("b"))


def _is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    return type(value) is dict


class _Draft:  # an ErrorResponse before it is frozen
    __slots__ = tuple(each.name for each in fields(ErrorResponse))


def _read_straight(value: object, status: int | None, raw: object) -> ErrorResponse | None:
    """What the careful path gives for a lone well-formed error at the top or in a webhook, or None.

    It is there for speed alone: parse(body) takes 1.4 times as long as json.loads(body), 2.3 times
    without this function, and 3.4 times without _read_well_formed as well.
    """
    if not _is_dict(value) or not (status is None or type(status) is int):
        return None
    try:
        update = value.get("statusUpdate")
        if update is None and len(value) == 7:
            return _read_well_formed(value, (), status, raw)
        if "error" not in value and "data" not in value and _is_dict(update):
            return _read_well_formed(update["error"], ("statusUpdate", "error"), status, raw)
    except Exception:
        return None
    return None


def _read_well_formed(
    error: object, path: _Path, status: int | None, raw: object
) -> ErrorResponse | None:
    """The response to an error with all seven members as documented, or None.

    parse(body) would take 2.0 times as long as json.loads(body) if this called ErrorResponse, whose
    frozen fields take one call of object.__setattr__ each, instead of changing a _Draft's class.
    """
    if not _is_dict(error):
        return None
    draft: Any = _Draft()
    try:
        draft.message = message = error["message"]
        type_ = error["type"]
        code = error["code"]
        draft.user_title = user_title = error["userTitle"]
        draft.user_message = user_message = error["userMessage"]
        draft.cnt_trace_id = cnt_trace_id = error["cntTraceId"]
        draft.details = details = error["details"]
        if not (
            type(message) is type(type_) is type(code) is str
            and type(user_title) is type(user_message) is type(cnt_trace_id) is str
            and type(details) is dict
        ):
            return None
        # This raises where one of them has a lone surrogate.
        f"{message}{type_}{code}{user_title}{user_message}{cnt_trace_id}".encode()
    except Exception:
        return None
    draft.type = _TYPES.get(type_, type_) or ErrorType.UNSPECIFIED
    draft.code = _CODES.get(code, code) or ErrorCode.UNSPECIFIED
    draft.status = status
    draft.path = path
    draft.defects = ()
    draft.raw = raw
    draft.__class__ = ErrorResponse
    response: ErrorResponse = draft
    return response


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return type(value) is dict or isinstance(value, Mapping)


def _is_array(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _find(value: object) -> Iterator[tuple[_Path, Mapping[str, object] | str]]:
    """The error objects in a JSON value, or texts in their place, each with its path."""
    if not _is_object(value):
        return
    places = (
        (path, error)
        for path, error in _documented_places(value)
        if _is_object(error) or (isinstance(error, str) and error.strip())
    )
    found = list(islice(places, 2))
    if all(path == ("error",) and isinstance(error, str) for path, error in found):
        type_ = value.get("type")
        if (
            isinstance(value.get("message"), str)
            or (isinstance(type_, str) and type_.startswith("ERROR_"))
            or any(value.get(name) is not None for name in ("code", "cntTraceId", "cnt_trace_id"))
        ):
            found = [((), value)]
    yield from found
    yield from places


def _documented_places(value: Mapping[str, object]) -> Iterator[tuple[_Path, object]]:
    # Sources: docs.connectly.ai, delivery-status webhook and campaign send-out.
    yield ("error",), value.get("error")
    update = value.get("statusUpdate")
    if _is_object(update):
        yield ("statusUpdate", "error"), update.get("error")
    entries = value.get("data")
    if _is_array(entries):
        for index, entry in islice(enumerate(entries), len(entries)):  # some never end
            if _is_object(entry) and (error := entry.get("error")) is not None:
                yield ("data", index, "error"), error


def _read_error(
    error: Mapping[str, object] | str,
    path: _Path,
    status: int | None,
    defects: list[Defect],
    raw: object,
) -> ErrorResponse:
    if not defects and (response := _read_well_formed(error, path, status, raw)):
        return response
    if isinstance(error, str):
        defects.append(Defect(DefectKind.WRONG_TYPE, "error"))
        error = {"message": error}
    text = partial(_read_text, error, defects)
    return ErrorResponse(
        message=text("message"),
        type=_TYPES.get(type_ := text("type"), type_) or ErrorType.UNSPECIFIED,
        code=_CODES.get(code := text("code"), code) or ErrorCode.UNSPECIFIED,
        user_title=text("userTitle", "user_title"),
        user_message=text("userMessage", "user_message"),
        cnt_trace_id=text("cntTraceId", "cnt_trace_id"),
        details=_read_details(error, defects),
        status=status,
        path=path,
        defects=tuple(defects),
        raw=raw,
    )


def _read_text(
    error: Mapping[str, object], defects: list[Defect], name: str, proto_name: str = ""
) -> str:
    value = error.get(name)
    if value is None and proto_name:  # a reader of proto3 JSON accepts this one too
        value = error.get(proto_name)
    if value is None:
        return ""
    if isinstance(value, str):
        return _clean(value, name, defects)
    defects.append(Defect(DefectKind.WRONG_TYPE, name))
    return _json_text(value) if isinstance(value, (int, float)) else ""


def _read_details(error: Mapping[str, object], defects: list[Defect]) -> Mapping[str, object]:
    details = error.get("details")
    if _is_object(details):
        return details
    if details is not None:
        defects.append(Defect(DefectKind.WRONG_TYPE, "details"))
    return {}


# --- The command ---


def main(argv: Sequence[str] | None = None) -> int:
    """Explain the errors in files, or print the catalogue.

    The result is the exit status: 0 where something was explained, 1 where there was nothing to
    explain, 2 where a file could not be read or the answer could not be written.
    """
    import argparse
    import sys

    parser = argparse.ArgumentParser(
        prog="connectly-errors",
        description="Explain the Connectly errors in saved response bodies and webhook events.",
        epilog="Exit status: 0 where an error was explained, 1 where there was none, "
        "2 where a FILE could not be read or the answer not written.",
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="*", default=["-"], help="- for standard input"
    )
    parser.add_argument("--list", action="store_true", help="list all codes, types and advice")
    arguments = parser.parse_args(argv)
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")
    if arguments.list:
        members = (*ErrorCode, *ErrorType)
        lines = [f"{member}  {member.advice}\n    {member.description}" for member in members]
        lines += [f"{advice}\n    {advice.description}" for advice in Advice]
        complaints, output, exit_status = "", "\n".join(lines), 0
    else:
        complaints, output, exit_status = _explain(arguments.files)
    _print(complaints, sys.stderr)
    problem = _print(output, sys.stdout)
    if problem and not isinstance(problem, BrokenPipeError):  # "| head -1" is no failure
        _print(f"connectly-errors: standard output: {problem.strerror}", sys.stderr)
        return 2
    return exit_status


def _print(text: str, stream: TextIO | None) -> OSError | None:
    import os

    if not text or stream is None:
        return None
    try:
        print(text, file=stream, flush=True)
    except OSError as problem:
        # Python flushes the stream once more as it exits: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return problem
    return None


def _explain(files: Sequence[str]) -> tuple[str, str, int]:
    from textwrap import TextWrapper

    wrapper = TextWrapper(79, subsequent_indent=" " * 15)
    complaints: list[str] = []
    explanations: list[str] = []
    unread = False
    for file in files:
        name = "standard input" if file == "-" else _printable(file, 200)
        try:
            with open(0 if file == "-" else file, "rb", closefd=file != "-") as stream:
                errors = parse_all(stream.read())
        except (OSError, ValueError) as problem:
            unread = True
            reason = getattr(problem, "strerror", None) or problem
            complaints.append(f"connectly-errors: {name}: {reason}")
            continue
        if not errors:
            complaints.append(f"connectly-errors: {name}: no error in it")
        for error in errors:
            facts = {
                "What happened": error.description,
                "What to do": f"{error.advice.description} ({error.advice})",
                "Code": error.code,
                "Type": error.type,
                "Message": error.message,
                "Path": ".".join(map(str, error.path)),
                "Trace id": error.cnt_trace_id,
                "Defects": " ".join(map(str, error.defects)),
                "File": name if len(files) > 1 else "",
            }
            lines = (
                wrapper.fill(f"{label + ':':15}{_printable(fact, 500)}")
                for label, fact in facts.items()
                if fact
            )
            explanations.append("\n".join(lines))
    exit_status = 2 if unread else 0 if explanations else 1
    return "\n".join(complaints), "\n\n".join(explanations), exit_status


if __name__ == "__main__":
    raise SystemExit(main())
