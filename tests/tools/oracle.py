"""The contract once more, as slow and plain as can be: how each payload is to be read.

It is written from the contract alone, so that the module and it are right or wrong
independently. A payload here is text, bytes or what `json.loads` makes. The order is
that of the contract. What each code, type and status means is in `test_catalogue.py`.
"""

import json
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from connectly_errors import (
    Advice,
    ConnectlyError,
    Defect,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    parse,
    parse_all,
    raise_for_error,
)

Path = tuple[str | int, ...]
Object = dict[str, Any]

NAMES = {  # of each field, in the JSON
    "message": ("message", "error_msg"),
    "type": ("type",),
    "code": ("code", "errorCode", "error_code"),
    "user_title": ("userTitle", "user_title"),
    "user_message": ("userMessage", "user_message"),
    "cnt_trace_id": ("cntTraceId", "cnt_trace_id"),
    "details": ("details",),
}
STATUS_UPDATE = ("statusUpdate", "status_update")
REJECTED_COUNT = ("rejectedCount", "rejected_count")
FAILED = ("delivery_failed", "delivery_failure", "failed", "rejected", "error")
NOT_SAID_BY_THE_SERVER = ("callbackData", "metadata", "sender", "recipient")
BLANK = ("ERROR_CODE_UNSPECIFIED", "ERROR_TYPE_UNSPECIFIED")
DEEPEST = 100

# --- What a response means ---


def meaning_of(response: ErrorResponse) -> tuple[Advice, str]:
    """The advice and the description."""
    code, error_type, status = str(response.code), str(response.type), response.status
    if code in {*ErrorCode} and code not in BLANK:
        return ErrorCode(code).advice, ErrorCode(code).description
    if error_type in {*ErrorType} and error_type not in BLANK:
        return ErrorType(error_type).advice, ErrorType(error_type).description
    is_about_a_part = "statusUpdate" in response.path or "data" in response.path
    if status in range(300 if is_about_a_part else 200, 600):
        same = ErrorResponse(status=status)
    elif found_nothing(response):
        same = ErrorResponse(status=200)
    else:
        same = ErrorResponse()
    return same.advice, same.description


def is_success(status: int | None) -> bool:
    return status is not None and 200 <= status <= 299


def found_nothing(response: ErrorResponse) -> bool:
    kinds = {defect.kind for defect in response.defects if defect.field == ""}
    return bool(kinds - {DefectKind.BAD_ENCODING})


def is_retryable(response: ErrorResponse) -> bool:
    advice, _ = meaning_of(response)
    if advice != Advice.RETRY_LATER:
        return False
    if response.path not in ((), ("error",)):
        return False
    if response.status is None or response.status == 408:
        return False
    return 400 <= response.status <= 499


def assert_sound(response: ErrorResponse) -> None:
    """Check what holds for every response, whatever the payload."""
    assert type(response) is ErrorResponse
    texts = ("message", "user_title", "user_message", "cnt_trace_id")
    for text in (getattr(response, field) for field in texts):
        assert type(text) is str
        text.encode()
    for value, enum in ((response.type, ErrorType), (response.code, ErrorCode)):
        known = value in {str(each) for each in enum}
        assert type(value) is (enum if known else str)
        assert value.encode()
    assert type(response.status) is int or response.status is None
    assert response.status in (None, *range(100, 1000))

    path = ".".join(map(str, response.path))
    holder = r"statusUpdate|data\.\d+"
    assert re.fullmatch(rf"(\d+)?((^|\.)({holder}))?((^|\.)error)?", path)
    fields = [("",), ("error",), *NAMES.values()]
    index_of = {name: index for index, names in enumerate(fields) for name in names}
    order = [index_of[defect.field] for defect in response.defects]
    assert order == sorted(order)
    assert len({*response.defects}) == len(response.defects)

    assert (response.advice, response.description) == meaning_of(response)
    assert response.retryable is is_retryable(response)

    told = response.to_dict()
    assert [*told.items()] == [
        ("description", response.description),
        ("advice", response.advice.value),
        ("retryable", response.retryable),
        ("code", response.code),
        ("type", response.type),
        *((field, getattr(response, field)) for field in texts),
        ("details", told["details"]),
        ("status", response.status),
        ("path", path),
        ("defects", [f"{each.kind} {each.field}".strip() for each in response.defects]),
    ]
    assert {type(told[name]) for name in ("advice", "code", "type", *texts)} == {str}
    assert str(response).isprintable()
    assert len(str(response)) <= 1_200


# --- 1. Decode ---


class Decoded(NamedTuple):
    value: Any
    text: str = ""  # for `message`, if no error is found
    bad_encoding: bool = False
    defect: DefectKind | None = None  # why there is no value


def decode(payload: Any) -> Decoded:
    if payload is None:
        return Decoded(None, defect=DefectKind.EMPTY)
    if isinstance(payload, str):
        return decode_text(payload)
    if isinstance(payload, bytes | bytearray | memoryview):
        body = bytes(payload)
        encoding = encoding_of(body)
        text = body.decode(encoding, "replace")
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            return decode_text(text)._replace(bad_encoding=True)
        return decode_text(text)
    return Decoded(payload, json_text(payload))


def encoding_of(body: bytes) -> str:
    """Without a BOM, the NULs beside the first or the last character tell."""
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return json.detect_encoding(body)
    padding = bytes(range(0x1C, 0x20)) + b"\0" + string.whitespace.encode()
    before = body[: len(body) - len(body.lstrip(padding))]
    content = body.strip(padding)
    nuls = re.match(rb"[^\0](\0+)[^\0]", content)
    if len(before) % 2 == 1:  # only big-endian text begins at an odd place
        nuls = re.search(rb"[^\0](\0+)[^\0]\Z", content) or nuls
    if nuls is None:
        return "utf-8"
    size = 4 if len(nuls[1]) >= 3 else 2
    order = "le" if len(before) % size == 0 else "be"
    return f"utf-{8 * size}-{order}"


def decode_text(raw: str, *, in_string: bool = False) -> Decoded:
    text = stripped(without_surrogates(raw))
    bad_encoding = has_surrogates(raw)
    if not text:
        return Decoded(None, text, bad_encoding, DefectKind.EMPTY)
    if nesting(text) > DEEPEST:
        return Decoded(None, text, bad_encoding, DefectKind.TOO_DEEP)
    try:
        raw_value = decode_json(text)
    except ValueError:
        return Decoded(None, text, bad_encoding, DefectKind.NOT_JSON)
    value = without_surrogates(raw_value)
    bad_encoding = bad_encoding or value != raw_value
    if in_string or not isinstance(value, str):
        return Decoded(value, text, bad_encoding)
    if not re.match(r'(\[\s*)?\{\s*"', stripped(value)):
        return Decoded(value, stripped(value), bad_encoding)
    inner = decode_text(value, in_string=True)
    return inner._replace(bad_encoding=bad_encoding or inner.bad_encoding)


def stripped(text: str) -> str:
    """The text without the white space, NULs and BOMs around it."""
    while text != text.strip().strip("\0\ufeff"):
        text = text.strip().strip("\0\ufeff")
    return text


def without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        pairs = value.items()
        return {without_surrogates(k): without_surrogates(v) for k, v in pairs}
    return value


def has_surrogates(text: str) -> bool:
    return bool(text != without_surrogates(text))


def nesting(text: str) -> int:
    """How deep the brackets outside strings nest. An escaped quote is no quote."""
    depth = deepest = 0
    in_string = False
    for token in re.findall(r'\\[\\"]|[\[\]{}"]', text):
        if token == '"':
            in_string = not in_string
        elif token in "[{" and not in_string:
            depth += 1
            deepest = max(deepest, depth)
        elif token in "]}" and not in_string:
            depth -= 1
    return deepest


def decode_json(text: str) -> Any:
    """The value in a text, or an array of its objects; ValueError if text follows."""
    decoder = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
    value, end = decoder.raw_decode(text)
    values = [value]
    rest = text[end:].lstrip()
    while isinstance(value, dict) and rest.startswith("{"):
        try:
            another, end = decoder.raw_decode(rest)
        except ValueError:
            break
        values.append(another)
        rest = rest[end:].lstrip()
    if any(char.isalnum() for char in rest):
        raise ValueError("the value is followed by other text")
    return values if len(values) > 1 else value


# --- 2. Find ---


class Found(NamedTuple):
    path: Path
    error: Object  # what is read
    source: Any
    defect: Defect | None = None


def is_blank(value: Any) -> bool:
    if isinstance(value, dict):
        return all(is_blank(inner) for inner in value.values())
    if isinstance(value, list):
        return all(is_blank(inner) for inner in value)
    if isinstance(value, str):
        return value in BLANK or not value.strip() or not value.strip("0")
    return not value or is_nan(value)


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_said(value: Any) -> bool:
    return isinstance(value, str) and not is_blank(value)


def name_in(error: Object, names: tuple[str, ...]) -> str:
    """The first name with a value that is not blank or, if there is none, with any."""
    for name in names:
        if not is_blank(error.get(name)):
            return name
    for name in names:
        if name in error:
            return name
    return names[0]


def member(error: Object, names: tuple[str, ...]) -> Any:
    return error.get(name_in(error, names))


def find(value: Any, status: int | None) -> list[Found]:
    if isinstance(value, dict):
        return find_in_body(value, status)
    found = []
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            for each in find_in_body(item, status):
                found.append(each._replace(path=(index, *each.path)))
    return found


def find_in_body(body: Object, status: int | None) -> list[Found]:
    found = [each for each in map(find_in_holder, holders(body)) if each is not None]
    if found:
        return found
    if has_failed(body):
        return [Found((), body, body, Defect(DefectKind.NO_ERROR, "error"))]
    if is_error_object(body, status):
        return [Found((), body, body)]
    return []


def holders(body: Object) -> Iterator[Found]:
    yield Found((), body, body)
    update = member(body, STATUS_UPDATE)
    if isinstance(update, dict):
        yield Found(("statusUpdate",), update, body)
    entries = body.get("data")
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield Found(("data", index), entry, entry)


def find_in_holder(holder: Found) -> Found | None:
    if any(begins(holder.error.get(name), "ERROR_CODE_") for name in NAMES["code"]):
        return holder
    error = holder.error.get("error")
    inside = holder._replace(path=(*holder.path, "error"))
    if not is_blank(error):
        if isinstance(error, dict):
            return inside._replace(error=error)
        return inside._replace(defect=Defect(DefectKind.WRONG_TYPE, "error"))
    if holder.path and has_failed(holder.error):
        return inside._replace(defect=Defect(DefectKind.NO_ERROR, "error"))
    return None


def begins(value: Any, prefix: str) -> bool:
    return isinstance(value, str) and value.startswith(prefix) and not is_blank(value)


def has_failed(holder: Object) -> bool:
    status = holder.get("status")
    if isinstance(status, str) and status.lower() in FAILED:
        return True
    return not is_blank(member(holder, REJECTED_COUNT))


def is_error_object(body: Object, status: int | None) -> bool:
    code = member(body, NAMES["code"])
    if is_said(code) or (is_number(code) and not is_blank(code)):
        return True
    if begins(body.get("type"), "ERROR_"):
        return True
    if any(
        is_said(member(body, NAMES[name])) for name in ("user_title", "user_message")
    ):
        return True
    if is_success(status):
        return False
    if not all(is_blank(body.get(name)) for name in (*STATUS_UPDATE, "data")):
        return False
    if is_said(member(body, NAMES["message"])):
        return True
    return not is_blank(member(body, NAMES["cnt_trace_id"]))


# --- 3. Read ---


def read(found: Found) -> ErrorResponse:
    values = {field: member(found.error, names) for field, names in NAMES.items()}
    details = values.pop("details")
    texts = {field: text_of(value) for field, value in values.items()}
    beside = found.error.get("error")
    if not texts["message"].strip() and not isinstance(beside, bool | dict | None):
        texts["message"] = text_of(beside) or texts["message"]
    if not (texts["message"] + texts["user_title"] + texts["user_message"]).strip():
        texts["message"] = text_of_the_rest(found.error) or texts["message"]
    if texts["type"] in ("ERROR_TYPE_CONTEXT_CANCELED", "ERROR_TYPE_CONTEXT_CANCELLED"):
        texts["type"] = "ERROR_TYPE_CONTEXT_CANCLED"

    defects = [] if found.defect is None else [found.defect]
    for field, value in values.items():
        name = name_in(found.error, NAMES[field])
        if not isinstance(value, str) and not is_absent(value):
            defects.append(Defect(DefectKind.WRONG_TYPE, name))
        if has_surrogates(texts[field]):
            # The text may come from another member, which has no field.
            is_own = texts[field] == text_of(value)
            defects.append(Defect(DefectKind.BAD_ENCODING, name if is_own else field))
            texts[field] = without_surrogates(texts[field])
    if not isinstance(details, dict) and not is_absent(details):
        defects.append(Defect(DefectKind.WRONG_TYPE, "details"))
    if isinstance(details, str) and has_surrogates(details):
        defects.append(Defect(DefectKind.BAD_ENCODING, "details"))
        details = without_surrogates(details)

    types = {"": ErrorType.UNSPECIFIED, **{each.value: each for each in ErrorType}}
    codes = {"": ErrorCode.UNSPECIFIED, **{each.value: each for each in ErrorCode}}
    return ErrorResponse(
        message=texts["message"],
        type=types.get(texts["type"], texts["type"]),
        code=codes.get(texts["code"], texts["code"]),
        user_title=texts["user_title"],
        user_message=texts["user_message"],
        cnt_trace_id=texts["cnt_trace_id"],
        details=details_of(details),
        path=found.path,
        defects=tuple(defects),
        source=found.source,
    )


def is_absent(value: Any) -> bool:
    return value is None or is_nan(value)


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    if is_absent(value) or isinstance(value, dict) or value == []:
        return ""
    return json_text(value)


def text_of_the_rest(error: Object) -> str:
    """The members for which the model has no field, as JSON."""
    elsewhere = {name for names in NAMES.values() for name in names}
    elsewhere.update(NOT_SAID_BY_THE_SERVER)
    rest = {name: value for name, value in error.items() if name not in elsewhere}
    return json_text(rest) if rest else ""


def json_text(value: Any) -> str:
    """The JSON text of a value; Python writes no integer of more than 4,300 digits."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except ValueError:
        return ""
    return text.removesuffix(".0") if is_number(value) else text


def details_of(value: Any) -> Object:
    if isinstance(value, dict):
        return value
    if is_absent(value) or (is_number(value) and not json_text(value)):
        return {}
    return {"details": value}


# --- 4. Otherwise ---


def no_error(decoded: Decoded, payload: Any) -> ErrorResponse:
    message, source = decoded.text, decoded.value
    if isinstance(source, dict) and is_said(source.get("message")):
        message = source["message"].strip()
    defects = [Defect(decoded.defect or DefectKind.NO_ERROR)]
    if has_surrogates(message):
        defects.append(Defect(DefectKind.BAD_ENCODING, "message"))
        message = without_surrogates(message)
    if decoded.defect is not None:
        source = (
            bytes(payload) if isinstance(payload, bytearray | memoryview) else payload
        )
    return ErrorResponse(message=message, defects=tuple(defects), source=source)


def status_of(status: Any) -> int | None:
    try:
        number = int(status)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 100 <= number <= 999 else None


def responses_to(payload: Any, status: Any = None) -> tuple[ErrorResponse, ...]:
    """Every error in the payload, or the one response that says why there is none."""
    number = status_of(status)
    decoded = decode(payload)
    responses = [read(found) for found in find(decoded.value, number)]
    if not responses:
        responses = [no_error(decoded, payload)]
    whole = (Defect(DefectKind.BAD_ENCODING),) if decoded.bad_encoding else ()
    return tuple(
        replace(response, status=number, defects=whole + response.defects)
        for response in responses
    )


def all_of(payload: Any, status: Any = None) -> tuple[ErrorResponse, ...]:
    """What `parse_all` returns."""
    responses = responses_to(payload, status)
    nothing = {Defect(DefectKind.EMPTY), Defect(DefectKind.NO_ERROR)}
    if nothing & {*responses[0].defects} and (status_of(status) or 0) < 300:
        return ()
    return responses


# --- The module beside it ---


def assert_read(payload: Any, status: Any = None) -> None:
    """Check that the module reads a payload as the contract says."""
    responses, errors = responses_to(payload, status), all_of(payload, status)
    assert shown(parse(payload, status=status)) == shown(responses[0])
    assert shown(*parse_all(payload, status=status)) == shown(*errors)
    expected = f"raised {shown(responses[0])}"
    if is_success(status_of(status)) and not errors:
        expected = f"returned {decode(payload).value!r}"
    assert outcome(payload, status) == expected
    for response in (parse(payload, status=status), *parse_all(payload, status=status)):
        assert_sound(response)


def shown(*responses: ErrorResponse) -> list[str]:
    """All that the responses hold, as text, so that NaN equals NaN."""
    return [f"{response!r} {response.source!r}" for response in responses]


def outcome(payload: Any, status: Any) -> str:
    """What `raise_for_error` does."""
    try:
        return f"returned {raise_for_error(payload, status=status)!r}"
    except ConnectlyError as refusal:
        return f"raised {shown(refusal.error)}"
