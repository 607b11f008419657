"""Payloads that a client meets in place of the documented error object, by what is odd in them."""

import json

_ERROR = {
    "message": "The message has no text",
    "type": "ERROR_TYPE_INVALID_REQUEST",
    "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY",
    "userTitle": "Not sent",
    "userMessage": "Write a text",
    "cntTraceId": "13873214605582671049",
    "details": {},
}


def _with(**members: object) -> bytes:
    return json.dumps(_ERROR | members).encode()


_TEXT = json.dumps(_ERROR)

MALFORMED = {
    "nothing": b"",
    "white space": b" \r\n",
    "a page": b"<html><body><h1>502 Bad Gateway</h1></body></html>",
    "plain text": b"no healthy upstream",
    "cut short": _TEXT[:-20].encode(),
    "text after the JSON": f"{_TEXT} trailing".encode(),
    "two bodies in one": (_TEXT + _TEXT).encode(),
    "single quotes": str(_ERROR).encode(),
    "null": b"null",
    "a JSON string": b'"Forbidden"',
    "a number": b"503",
    "an array": b"[]",
    "an array around the error": f"[{_TEXT}]".encode(),
    "an error that is a text": b'{"error": "Unauthorized"}',
    "every member null": json.dumps(dict.fromkeys(_ERROR)).encode(),
    "message null": _with(message=None),
    "message a number": _with(message=42),
    "message an object": _with(message={"text": "no"}),
    "type an array": _with(type=["ERROR_TYPE_CONFLICT"]),
    "type a boolean": _with(type=True),
    "code a number": _with(code=5),
    "code an object": _with(code={"value": 5}),
    "userTitle an array": _with(userTitle=[]),
    "userMessage false": _with(userMessage=False),
    "cntTraceId a number": _with(cntTraceId=13873214605582671049),
    "details null": _with(details=None),
    "details an array": _with(details=[]),
    "details a string": _with(details="none"),
    "NaN among the details": _with(details={"wait": float("nan")}),
    "an integer of 5,000 digits": b'{"message": "long", "details": {"n": %s}}' % (b"9" * 5000),
    "a lone surrogate": _with(message="\ud800"),
    "Latin-1": json.dumps(_ERROR | {"message": "El número"}, ensure_ascii=False).encode("latin-1"),
    "UTF-8 with a BOM": _TEXT.encode("utf-8-sig"),
    "UTF-16 with a BOM": _TEXT.encode("utf-16"),
    "UTF-16 without a BOM": _TEXT.encode("utf-16-be"),
    "UTF-32": _TEXT.encode("utf-32-le"),
    "nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "details nested 100,000 deep": b'{"details": %s1%s}' % (b'{"a":' * 100_000, b"}" * 100_000),
}
