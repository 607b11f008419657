"""The contract once more, as slow and as plain as can be: what each payload has to be read as.

It is written from the contract alone, so that the module and it are right or wrong independently.
A payload here is text, bytes, or what `json.loads` makes; the order is that of the contract.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeGuard

from connectly_errors import Advice, Defect, DefectKind, ErrorCode, ErrorResponse, ErrorType

Path = tuple[str | int, ...]

ADVICE_OF_TYPES = {
    Advice.RETRY_LATER: "RATE_LIMIT",
    Advice.FIX_REQUEST: "INVALID_REQUEST NOT_FOUND CONFLICT INVALID_ARGUMENT FAILED_PRECONDITION",
    Advice.FIX_ACCOUNT: "AUTHENTICATION AUTHORIZATION BUSINESS_LIMIT",
    Advice.INCREASE_TIMEOUT: "CONTEXT_CANCLED",
    Advice.CHECK_DELIVERY: "DEADLINE_EXCEEDED",
    Advice.CONTACT_SUPPORT: "UNSPECIFIED",
}
ADVICE_OF_CODES = {
    Advice.RETRY_LATER: "BUSINESS_RATE_LIMIT_REACHED",
    Advice.SEND_TEMPLATE: """
        MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW MESSAGE_CUSTOMER_NO_CONVERSATION_INITIATION
    """,
    Advice.CHANGE_RECIPIENT: "MESSAGE_PHONE_NUMBER_INVALID MESSAGE_SELF_INVALID",
    Advice.STOP_SENDING: "MESSAGE_CUSTOMER_OPTED_OUT",
    Advice.FIX_REQUEST: """
        INVALID_SENDER_ID PHONE_NUMBER_BAD_FORMAT MESSAGE_ATTACHMENTS_NUMBER_INVALID
        MESSAGE_TEXT_EMPTY MESSAGE_TEMPLATE_NOT_FOUND MESSAGE_TEMPLATE_INPUT_INVALID
        MESSAGE_ATTACHMENT_EMPTY MESSAGE_ATTACHMENT_INVALID MESSAGE_TEMPLATE_DELETED
        MESSAGE_TEMPLATE_INVALID_PARAM CAMPAIGN_NOT_FOUND CAMPAIGN_NOT_FINAL
        CAMPAIGN_ENTRY_INVALID CAMPAIGN_ENTRY_CLIENT_INVALID
    """,
    Advice.FIX_ACCOUNT: """
        BUSINESS_MISSES_MATCHING_CHANNEL BUSINESS_REACHED_LIMITS BUSINESS_KEY_SECRET_ABSENT
    """,
    Advice.CONTACT_SUPPORT: "UNSPECIFIED",
}
TYPE_ADVICE = {
    f"ERROR_TYPE_{name}": advice
    for advice, names in ADVICE_OF_TYPES.items()
    for name in names.split()
}
CODE_ADVICE = {
    f"ERROR_CODE_{name}": advice
    for advice, names in ADVICE_OF_CODES.items()
    for name in names.split()
}
STATUS_TYPES = {
    401: "ERROR_TYPE_AUTHENTICATION",
    402: "ERROR_TYPE_BUSINESS_LIMIT",
    403: "ERROR_TYPE_AUTHORIZATION",
    404: "ERROR_TYPE_NOT_FOUND",
    407: "ERROR_TYPE_AUTHENTICATION",
    409: "ERROR_TYPE_CONFLICT",
    429: "ERROR_TYPE_RATE_LIMIT",
    499: "ERROR_TYPE_CONTEXT_CANCLED",
}
TEXT_MEMBERS = ("message", "type", "code", "userTitle", "userMessage", "cntTraceId")
SNAKE_CASE = {
    "userTitle": "user_title",
    "userMessage": "user_message",
    "cntTraceId": "cnt_trace_id",
}
FAILED = {"delivery_failed", "delivery_failure", "failed", "rejected", "error"}
DEEPEST = 100
JSON_SPACE = " \t\n\r"

# --- What a response means ---


def meaning_of(response: ErrorResponse) -> tuple[Advice, str | None]:
    """The advice, and the description unless it is a sentence about the HTTP status."""
    code, error_type, status = str(response.code), str(response.type), response.status
    if code in CODE_ADVICE and code != "ERROR_CODE_UNSPECIFIED":
        return CODE_ADVICE[code], ErrorCode(code).description
    if error_type not in TYPE_ADVICE or error_type == "ERROR_TYPE_UNSPECIFIED":
        error_type = "ERROR_TYPE_UNSPECIFIED"
        if status in STATUS_TYPES:
            error_type = STATUS_TYPES[status]
        elif status is not None and (200 <= status <= 299 or status == 408 or 500 <= status <= 599):
            return Advice.CHECK_DELIVERY, None
        elif status is not None and 300 <= status <= 399:
            return Advice.FIX_REQUEST, None
        elif status is not None and 400 <= status <= 499:
            error_type = "ERROR_TYPE_INVALID_REQUEST"
    return TYPE_ADVICE[error_type], ErrorType(error_type).description


def is_retryable(response: ErrorResponse) -> bool:
    if meaning_of(response)[0] != Advice.RETRY_LATER:
        return False
    if any(isinstance(step, int) for step in response.path):
        return False
    status = response.status or 0
    if 200 <= status <= 299 or status == 408 or 500 <= status <= 599:
        return False
    kinds = {defect.kind for defect in response.defects}
    whole = not kinds & {DefectKind.NOT_JSON, DefectKind.TOO_DEEP}
    return whole or 400 <= status <= 499


def assert_sound(response: ErrorResponse) -> None:
    """Check what holds for every response, whatever the payload."""
    assert type(response) is ErrorResponse
    texts = {
        "message": response.message,
        "user_title": response.user_title,
        "user_message": response.user_message,
        "cnt_trace_id": response.cnt_trace_id,
    }
    assert {name: type(text) for name, text in texts.items()} == dict.fromkeys(texts, str)
    for value, enum in ((response.type, ErrorType), (response.code, ErrorCode)):
        known = value in {str(member) for member in enum}
        assert type(value) is (enum if known else str)
        assert value
    for text in (*texts.values(), response.type, response.code):
        text.encode()
    assert isinstance(response.details, Mapping)
    status = response.status
    assert status is None or (type(status) is int and 100 <= status <= 999)

    assert type(response.path) is tuple
    assert {type(step) for step in response.path} <= {str, int}
    where = ".".join(map(str, response.path))
    assert re.fullmatch(r"(\d+)?((^|\.)((statusUpdate|data\.\d+)\.)?error)?", where)
    assert type(response.defects) is tuple
    assert len({*response.defects}) == len(response.defects)
    for defect in response.defects:
        assert type(defect) is Defect
        assert type(defect.kind) is DefectKind
        assert defect.field in ("", "error", *TEXT_MEMBERS, "details")

    advice, description = meaning_of(response)
    assert response.advice is advice
    catalogue = {member.description for member in (*ErrorType, *ErrorCode)}
    assert response.description
    assert response.description == description or description is None
    assert (response.description in catalogue) == (description is not None)
    assert response.retryable is is_retryable(response)

    for line in (str(response), *map(str, response.defects)):
        assert line.isprintable()
        assert 0 < len(line) <= 500


# --- 1. Decode ---


class Decoded(NamedTuple):
    value: Any
    message: str = ""  # where no error is found
    mended: bool = False
    trouble: DefectKind | None = None  # of the payload as a whole, however it is read


def nesting(text: str) -> int:
    """How deep the brackets outside strings nest; an escaped quote begins and ends no string."""
    depth = deepest = 0
    in_string = escaped = False
    for char in text:
        if escaped and char in '\\"':
            escaped = False
            continue
        escaped = char == "\\"
        if char == '"':
            in_string = not in_string
        elif not in_string and char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not in_string and char in "]}":
            depth -= 1
    return deepest


def is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def mend(value: Any) -> Any:
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in value)
    if isinstance(value, dict):
        return {mend(name): mend(member) for name, member in value.items()}
    return [mend(item) for item in value] if isinstance(value, list) else value


def decode(payload: Any) -> Decoded:
    if payload is None:
        return Decoded(None, trouble=DefectKind.EMPTY)
    if isinstance(payload, bytes | bytearray | memoryview):
        payload = bytes(payload)
        encoding = json.detect_encoding(payload)
        text = payload.decode(encoding, "replace")
        try:
            payload.decode(encoding)
        except UnicodeDecodeError:
            return decode_text(text)._replace(mended=True)
        return decode_text(text)
    if isinstance(payload, str):
        return decode_text(payload)
    return Decoded(payload)


def decode_text(raw: str) -> Decoded:
    text, mended = mend(raw), not is_unicode(raw)
    text = text.removeprefix("\ufeff").strip(JSON_SPACE)
    message = text.strip()
    if not message:
        return Decoded(None, "", mended, DefectKind.EMPTY)
    if nesting(text) > DEEPEST:
        return Decoded(None, message, mended, DefectKind.TOO_DEEP)
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return Decoded(None, message, mended, DefectKind.NOT_JSON)
    trouble = DefectKind.NOT_JSON if end < len(text) else None
    mended = mended or not is_unicode(value)
    value = mend(value)
    if isinstance(value, str):
        content = value.strip(JSON_SPACE)
        if nesting(content) > DEEPEST:
            return Decoded(None, message, mended, DefectKind.TOO_DEEP)
        try:
            inner = json.loads(content)
        except ValueError:
            return Decoded(value, message if trouble else value.strip(), mended, trouble)
        mended = mended or not is_unicode(inner)
        value = mend(inner)
    return Decoded(value, message, mended, trouble)


# --- 2. Find ---


class Found(NamedTuple):
    path: Path
    error: dict[str, Any]
    source: Any
    defects: tuple[Defect, ...] = ()


def is_empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value in ({}, [], 0, False)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and not is_empty(value)


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and not is_empty(value)


def is_error_by_itself(body: dict[str, Any]) -> bool:
    trace_id = body.get("cntTraceId")
    if trace_id is None:
        trace_id = body.get("cnt_trace_id")
    error_type = body.get("type")
    return (
        not is_empty(body.get("code"))
        or not is_empty(trace_id)
        or (isinstance(error_type, str) and error_type.startswith("ERROR_"))
        or is_text(body.get("message"))
    )


def is_failure(place: dict[str, Any]) -> bool:
    status = place.get("status")
    said = isinstance(status, str) and status.lower() in FAILED
    rejected = place.get("rejectedCount")
    return said or not (is_empty(rejected) or rejected == "0")  # as proto3 writes 64 bits


def find(value: Any) -> list[Found]:
    if isinstance(value, dict):
        return find_in_object(value)
    found = []
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            for each in find_in_object(item):
                found.append(each._replace(path=(index, *each.path)))
    return found


def find_in_object(body: dict[str, Any]) -> list[Found]:
    places: list[tuple[Path, dict[str, Any], dict[str, Any]]] = [(("error",), body, body)]
    update, entries = body.get("statusUpdate"), body.get("data")
    if isinstance(update, dict):
        places.append((("statusUpdate", "error"), update, body))
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            places.append((("data", index, "error"), entry, entry))

    found = []
    holds_an_object = any(is_object(place.get("error")) for _, place, _ in places)
    by_itself = not holds_an_object and is_error_by_itself(body)
    if by_itself:
        found.append(Found((), body, body))
    for path, place, source in places:
        error = place.get("error")
        if by_itself and path == ("error",):
            continue
        if is_object(error):
            found.append(Found(path, error, source))
        elif not is_empty(error):
            said = error if is_text(error) else place.get("message")
            found.append(without_members(path, said, source, DefectKind.WRONG_TYPE))
        elif is_failure(place) and path != ("error",):
            found.append(without_members(path, place.get("message"), source, DefectKind.NO_ERROR))
    if not found and is_failure(body):
        found.append(without_members((), body.get("message"), body, DefectKind.NO_ERROR))
    return found


def without_members(path: Path, message: Any, source: Any, kind: DefectKind) -> Found:
    error = {"message": message} if is_text(message) else {}
    return Found(path, error, source, (Defect(kind, "error"),))


# --- 3. Read ---


def read(found: Found) -> ErrorResponse:
    defects = list(found.defects)
    members = {name: read_text(found.error, name, defects) for name in TEXT_MEMBERS}
    if members["type"] in ("ERROR_TYPE_CONTEXT_CANCELED", "ERROR_TYPE_CONTEXT_CANCELLED"):
        members["type"] = "ERROR_TYPE_CONTEXT_CANCLED"
    types = {"": ErrorType.UNSPECIFIED, **{member.value: member for member in ErrorType}}
    codes = {"": ErrorCode.UNSPECIFIED, **{member.value: member for member in ErrorCode}}
    details = found.error.get("details")
    if details is not None and not isinstance(details, dict):
        defects.append(Defect(DefectKind.WRONG_TYPE, "details"))
        details = {"details": details} if isinstance(details, list) else {}
    return ErrorResponse(
        message=members["message"],
        type=types.get(members["type"], members["type"]),
        code=codes.get(members["code"], members["code"]),
        user_title=members["userTitle"],
        user_message=members["userMessage"],
        cnt_trace_id=members["cntTraceId"],
        details=details or {},
        path=found.path,
        defects=tuple(defects),
        source=found.source,
    )


def read_text(error: dict[str, Any], name: str, defects: list[Defect]) -> str:
    member = error.get(name)
    if member is None and name in SNAKE_CASE:
        member = error.get(SNAKE_CASE[name])
    text = member if isinstance(member, str) else ""
    if isinstance(member, bool | int | float):
        text = json_text(member)
    if member is not None and not isinstance(member, str):
        defects.append(Defect(DefectKind.WRONG_TYPE, name))
    if name == "message" and is_empty(text) and is_text(error.get("error")):
        text = error["error"]
    if not is_unicode(text):
        defects.append(Defect(DefectKind.BAD_ENCODING, name))
    return str(mend(text))


def json_text(number: float) -> str:
    try:
        return json.dumps(number)
    except ValueError:  # of more digits than Python prints
        return ""


# --- 4. Or else ---


def status_of(status: Any) -> int | None:
    try:
        number = int(status)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 100 <= number <= 999 else None


def responses_to(payload: Any, status: Any = None) -> tuple[ErrorResponse, ...]:
    """Every error in the payload, or else the response that says why there is none."""
    decoded = decode(payload)
    found = find(decoded.value)
    whole = [Defect(DefectKind.BAD_ENCODING)] if decoded.mended else []
    responses = [read(each) for each in found]
    if decoded.trouble is not None:
        whole.append(Defect(decoded.trouble))
    if not found:
        source = decoded.value
        if decoded.trouble is None:
            whole.append(Defect(DefectKind.NO_ERROR))
        else:
            source = bytes(payload) if isinstance(payload, bytearray | memoryview) else payload
        responses = [ErrorResponse(message=decoded.message, source=source)]
    return tuple(
        replace(each, status=status_of(status), defects=(*whole, *each.defects))
        for each in responses
    )


def all_of(payload: Any, status: Any = None) -> tuple[ErrorResponse, ...]:
    """What parse_all gives: nothing where there is no error and none was announced."""
    responses = responses_to(payload, status)
    nothing = {Defect(DefectKind.EMPTY), Defect(DefectKind.NO_ERROR)} & {*responses[0].defects}
    return () if nothing and (status_of(status) or 0) < 300 else responses
