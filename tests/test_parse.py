"""How a payload is read, rule by rule: decode, find, read, and what is left."""

import json
from collections import UserDict
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from connectly_errors import (
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
cases = pytest.mark.parametrize

MEMBERS: dict[str, object] = {
    "message": "No text",
    "type": "ERROR_TYPE_CONFLICT",
    "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY",
    "userTitle": "Not delivered",
    "userMessage": "Write something",
    "cntTraceId": "13873214605582671049",
    "details": {"attempts": [1, 2]},
}
BODY = json.dumps(MEMBERS)
DIGITS = "1" * 4_300
READ = ErrorResponse(
    message="No text",
    type=ErrorType.CONFLICT,
    code=ErrorCode.MESSAGE_TEXT_EMPTY,
    user_title="Not delivered",
    user_message="Write something",
    cnt_trace_id="13873214605582671049",
    details={"attempts": [1, 2]},
)

EMPTY = Defect(DefectKind.EMPTY)
NOT_JSON = Defect(DefectKind.NOT_JSON)
TOO_DEEP = Defect(DefectKind.TOO_DEEP)
BAD_ENCODING = Defect(DefectKind.BAD_ENCODING)
NO_ERROR = Defect(DefectKind.NO_ERROR)
NO_REASON = Defect(DefectKind.NO_ERROR, "error")
NO_OBJECT = Defect(DefectKind.WRONG_TYPE, "error")
UNREADABLE = Defect(DefectKind.UNREADABLE)


def wrong_type(member: str) -> Defect:
    return Defect(DefectKind.WRONG_TYPE, member)


def bad_encoding(member: str) -> Defect:
    return Defect(DefectKind.BAD_ENCODING, member)


def response(message: str, *defects: Defect, **fields: Any) -> ErrorResponse:
    return ErrorResponse(message=message, defects=defects, **fields)


def forms(body: str) -> tuple[Any, ...]:
    """The payload as text, as bytes, and decoded by the caller."""
    return body, body.encode(), json.loads(body)


def assert_errors(body: str, *expected: ErrorResponse) -> None:
    """These errors are in the payload, in each of its forms."""
    for payload in forms(body):
        assert parse_all(payload) == expected
        assert parse(payload) == expected[0]


def assert_no_error(body: str) -> None:
    for payload in forms(body):
        assert parse_all(payload) == ()
        assert parse(payload).defects == (NO_ERROR,)


# --- 1. Decode ---


@cases("around", ["", "\ufeff", " \t\r\n", "\0\0", "\xa0\v\f", " \0", "\0\r\n\0"])
@cases("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_each_encoding_is_read_whatever_surrounds_the_value(
    encoding: str, around: str
) -> None:
    body = json.dumps({**MEMBERS, "message": "é 💬"}, ensure_ascii=False)
    text = around + body + around
    assert parse(text) == replace(READ, message="é 💬")
    assert parse(text.encode(encoding)) == replace(READ, message="é 💬")
    text = around + '"中文"' + around
    assert parse(text.encode(encoding)) == response("中文", NO_ERROR)
    cut_short = around + '{"message": "中'
    expected = response('{"message": "中', NOT_JSON)
    assert parse(cut_short.encode(encoding)) == expected


@cases(
    ("body", "expected"),
    [
        # Invalid bytes, lone surrogates, and both, which are one defect
        (b'{"message": "n\xfamero"}', response("n\ufffdmero", BAD_ENCODING)),
        (b"caf\xe9", response("caf\ufffd", BAD_ENCODING, NOT_JSON)),
        ('{"message": "a\ud800\udfffb"}', response("a\ufffd\ufffdb", BAD_ENCODING)),
        ("\ud800<html>", response("\ufffd<html>", BAD_ENCODING, NOT_JSON)),
        (b'{"message": "\xff\\ud800"}', response("\ufffd\ufffd", BAD_ENCODING)),
        # Lone surrogates as escapes
        (
            r'{"message": "m", "details": {"\ud800": [["\uDFFF"]]}}',
            response("m", BAD_ENCODING, details={"\ufffd": [["\ufffd"]]}),
        ),
        (json.dumps(r'{"message": "\ud800"}'), response("\ufffd", BAD_ENCODING)),
        (r'{"message": "\uDBFF"}', response("\ufffd", BAD_ENCODING)),
        (r'{"id": "\ud800"}', response(r'{"id": "\ud800"}', BAD_ENCODING, NO_ERROR)),
        # What only looks like one
        (r'{"message": "\ud83d\udcac"}', response("💬")),
        (r'{"message": "C:\\ud800"}', response(r"C:\ud800")),
    ],
)
def test_what_is_not_unicode_becomes_u_fffd(body: Any, expected: ErrorResponse) -> None:
    assert parse(body) == expected


def test_a_lone_surrogate_that_came_decoded_is_a_defect_of_its_member() -> None:
    error = {"type": "ERROR_\ud800", "userTitle": "a\udfffb", "details": "\ud800"}
    expected = response(
        "",
        bad_encoding("type"),
        bad_encoding("userTitle"),
        wrong_type("details"),
        bad_encoding("details"),
        type="ERROR_\ufffd",
        user_title="a\ufffdb",
        details={"details": "\ufffd"},
    )
    assert parse(error) == expected
    in_message = bad_encoding("message")
    assert parse({"id": "\ud800"}) == response('{"id": "\ufffd"}', NO_ERROR, in_message)


def test_a_defect_of_the_text_is_one_of_each_error_in_it() -> None:
    body = b'{"data": [{"error": {"code": "X"}}, {"error": {"code": "\xff"}}]}'
    assert [error.defects for error in parse_all(body)] == [(BAD_ENCODING,)] * 2


@cases(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('["]\\"", ', ', "["]')])
def test_text_has_up_to_100_levels(opening: str, closing: str) -> None:
    deep = opening * 100 + "1" + closing * 100
    assert parse(deep) == response(deep, NO_ERROR)
    assert parse(f" [{deep}]\n") == response(f"[{deep}]", TOO_DEEP)


@cases("text", ["<html>", '{"code": "X"}', '"\\\\", '])
def test_text_that_is_not_json_is_too_deep_too(text: str) -> None:
    text += "[" * 101
    assert parse_all(text) == (response(text, TOO_DEEP),)


@cases("text", ["[" * 200, '"' + "{" * 200, '\\"[' * 200, "[" * 200 + "\\"])
def test_brackets_in_a_string_do_not_count(text: str) -> None:
    body = json.dumps({"code": "X", "message": text, text: text})
    assert parse(body) == response(text, code="X")


@cases(
    ("text", "same"),
    [
        # What follows the value is ignored if it has no letter or digit.
        (BODY + "}", BODY),
        (f"{BODY}\n---\n", BODY),
        (f"{BODY} …", BODY),
        (f"{BODY}\n{{", BODY),
        # Several objects in a row are an array.
        (f"{{}}{BODY}", f"[{{}}, {BODY}]"),
        (f"{BODY} {{}}\r\n\r\n{BODY}\n", f"[{BODY}, {{}}, {BODY}]"),
        (f"{BODY}\n{BODY}]", f"[{BODY}, {BODY}]"),
        # JSON in a JSON string is read as if it were not in one.
        (json.dumps(f" \n{BODY}\t"), BODY),
        (json.dumps(f"\0\ufeff{BODY}\0"), BODY),
        (json.dumps("{ \n" + BODY[1:]), BODY),
        (json.dumps(f"[ \n{BODY}]"), f"[{BODY}]"),
        (json.dumps(f"{BODY}\n{BODY}]"), f"[{BODY}, {BODY}]"),
        # Control characters are accepted, NaN and Infinity are null.
        ('{"message": "a\tb\r\nc\0\x1f"}', r'{"message": "a\tb\r\nc\u0000\u001f"}'),
        (
            '{"code": "X", "details": {"a": NaN}}',
            '{"code": "X", "details": {"a": null}}',
        ),
        ('{"error": [Infinity, -Infinity, 1]}', '{"error": [null, null, 1]}'),
    ],
)
def test_text_is_read_like_this_json(text: str, same: str) -> None:
    assert parse_all(text) == parse_all(json.loads(same))
    assert parse(text).source == parse(json.loads(same)).source


def test_a_nul_inside_a_string_is_no_sign_of_utf_16() -> None:
    for message in ("a\0b", "\0\0\0"):
        body = f'{{"message": "{message}", "code": "X"}}'
        assert parse(body.encode()) == parse(body) == response(message, code="X")


@cases(
    "text",
    [
        "<html>",
        '{"message": "cut',
        f"[1{DIGITS}]",
        # A value with other text around it may be a customer's words.
        f"Error: {BODY}",
        f"null\n{BODY}",
        f"{BODY} is not a valid name",
        f"[{BODY}] ٣",
        f"{BODY}\n[1]",
        f'{BODY},{{"code": "Y"}}',
        f'{BODY} null\n{{"code": "Y"}}',
        f'{BODY}\n{{"code": "Y',
        f"{json.dumps(BODY)} é",
        '"boom" 5',
    ],
)
def test_text_that_is_not_json_as_a_whole_is_the_message(text: str) -> None:
    assert parse_all(f"\t{text} \r\n") == (response(text, NOT_JSON),)


@cases(
    ("content", "defect"),
    [
        ("[OK] queued", NO_ERROR),
        ("{}", NO_ERROR),
        ("[{}]", NO_ERROR),
        ('["a"]', NO_ERROR),
        (json.dumps(BODY), NO_ERROR),
        # What only begins like an object with members
        (BODY[:-1], NOT_JSON),
        (f"{BODY} is no name", NOT_JSON),
        ('{"a":' * 101, TOO_DEEP),
    ],
)
def test_other_content_of_a_json_string_is_the_message(
    content: str, defect: Defect
) -> None:
    assert parse(json.dumps(f" {content}\xa0")) == response(content, defect)


def test_text_in_a_decoded_payload_is_not_decoded() -> None:
    assert parse_all([BODY, [BODY]]) == ()
    assert parse({"error": BODY}).message == BODY


def test_any_mapping_is_an_object_and_any_sequence_an_array() -> None:
    error = MappingProxyType(MEMBERS)
    payload: Any = UserDict({"data": ({}, ("boom",), {"error": error})})
    assert parse_all(payload) == (replace(READ, path=("data", 2, "error")),)
    payload = UserDict({"code": "X", "at": (1, UserDict({"a": None}))})
    assert parse(payload).message == '{"at": [1, {"a": null}]}'


# --- 2. Find ---


@cases(
    "blank",
    [
        *(None, False, 0, -0.0, float("nan"), "", " \t\n", "\u2003", "0", "0000"),
        *("ERROR_CODE_UNSPECIFIED", "ERROR_TYPE_UNSPECIFIED"),
        *({}, [], [None, [{}], "0"], {"code": 0, "details": {"a": False}}),
    ],
)
def test_a_blank_value_counts_as_absent(blank: Any) -> None:
    for name in ("error", "code", "type", "userTitle", "message", "cntTraceId"):
        assert parse_all({name: blank}) == ()
    for holder in ({"error": blank}, {"rejectedCount": blank}, {"status": blank}):
        assert parse_all({"statusUpdate": holder, "data": [holder]}) == ()
    beside = {"error": blank, "statusUpdate": blank, "data": blank}
    assert parse_all({"message": "m", **beside}) == (response("m"),)


@cases("value", [True, 1, -0.5, "0.0", "false", [0, [1]], {"a": {"b": "c"}}])
def test_any_other_value_is_an_error(value: Any) -> None:
    assert [error.path for error in parse_all({"error": value})] == [("error",)]


# A holder of an error, in the place of %s, and its path.
BODIES: list[tuple[str, Path]] = [("%s", ()), ("[null, 5, {}, %s]", (3,))]
PARTS: list[tuple[str, Path]] = [
    ('{"statusUpdate": %s}', ("statusUpdate",)),
    ('{"statusUpdate": {}, "status_update": %s}', ("statusUpdate",)),
    ('{"data": [{"status": "created"}, 5, null, [], %s]}', ("data", 4)),
    ('[{"id": "1"}, {"data": [%s]}]', (1, "data", 0)),
]
each_body = cases(("body", "path"), BODIES)
each_holder = cases(("body", "path"), BODIES + PARTS)

AS_ERROR = replace(READ, path=("error",))
NOT_AS_OBJECT = replace(AS_ERROR, code="7", defects=(NO_OBJECT,))


@each_holder
@cases(
    ("holder", "expected"),
    [
        # (a) The holder itself, by its code
        ({**MEMBERS, "error": "boom"}, READ),
        ({**MEMBERS, "error": {"code": "ERROR_CODE_Y"}}, READ),
        ({"errorCode": "ERROR_CODE_X"}, response("", code="ERROR_CODE_X")),
        ({"error_code": "ERROR_CODE_X"}, response("", code="ERROR_CODE_X")),
        # (b) Otherwise its error
        ({"code": "X", "message": "m", "error": MEMBERS}, AS_ERROR),
        ({"code": 5, "status": "failed", "error": MEMBERS}, AS_ERROR),
        ({"code": "ERROR_CODE_UNSPECIFIED", "error": MEMBERS}, AS_ERROR),
        # or the holder in its place, if that is not an object
        ({**MEMBERS, "code": "7", "error": "boom"}, NOT_AS_OBJECT),
        ({**MEMBERS, "code": "7", "error": True}, NOT_AS_OBJECT),
        ({**MEMBERS, "code": "7", "error": ["boom"]}, NOT_AS_OBJECT),
    ],
)
def test_the_error_object_is_the_holder_or_its_error(
    body: str, path: Path, holder: object, expected: ErrorResponse
) -> None:
    expected = replace(expected, path=path + expected.path)
    assert_errors(body % json.dumps(holder), expected)


@each_holder
@cases(
    "holder",  # (c)
    [
        '{"status": "delivery_failed"}',
        '{"status": "delivery_failure"}',
        '{"status": "Failed"}',
        '{"status": "REJECTED"}',
        '{"status": "error"}',
        '{"rejectedCount": "1"}',
        '{"rejectedCount": 0, "rejected_count": 2}',
        '{"status": "created", "rejectedCount": 1, "error": {"code": "0"}}',
    ],
)
def test_a_holder_that_has_failed_is_read(body: str, path: Path, holder: str) -> None:
    if (body, path) in PARTS:
        path = (*path, "error")
    assert_errors(body % holder, response(holder, NO_REASON, path=path))


SIGNS = [  # (d) The body itself is the error by one of these,
    *('{"code": "X"}', '{"code": 5}', '{"errorCode": "X"}', '{"error_code": 131026.0}'),
    *('{"code": "0", "errorCode": "X"}', '{"type": "ERROR_"}'),
    *('{"userTitle": "t"}', '{"user_title": "t"}', '{"userMessage": "m"}'),
]
SIGNS_OF_A_REFUSAL = [  # or one of these, unless it is a success that says so.
    *('{"message": "m"}', '{"error_msg": "m"}', '{"cntTraceId": 1}'),
    '{"cnt_trace_id": "1"}',
]
NO_SIGNS = [
    *('{"status": "not failed"}', '{"status": ["failed"]}', '{"Status": "failed"}'),
    '{"status": "created", "rejectedCount": "00"}',
    *('{"code": true}', '{"code": {"a": 1}}', '{"Code": "X"}'),
    *('{"type": "error"}', '{"type": "AN_ERROR_"}', '{"type": ["ERROR_"]}'),
    *('{"message": 5}', '{"message": {"text": "m"}}', '{"trace_id": "1"}'),
    *('{"userTitle": 5}', '{"userMessage": {"text": "m"}}', '{"details": {"a": 1}}'),
    *('{"statusUpdate": "failed"}', '{"data": "error"}', '{"data": [5, "failed"]}'),
    *('["boom"]', "5"),
]


@each_body
@cases("members", SIGNS + SIGNS_OF_A_REFUSAL)
def test_a_body_is_the_error_by_a_member(body: str, path: Path, members: str) -> None:
    for payload in forms(body % members):
        (error,) = parse_all(payload)
        assert error.path == path
        assert {defect.kind for defect in error.defects} <= {DefectKind.WRONG_TYPE}


@each_holder
@cases("members", NO_SIGNS)
def test_nothing_else_is_an_error(body: str, path: Path, members: str) -> None:
    assert_no_error(body % members)


@each_body
@cases("status", [200, 299])
def test_a_2xx_with_a_message_is_a_success(body: str, path: Path, status: int) -> None:
    for members in SIGNS_OF_A_REFUSAL:
        assert parse_all(body % members, status=status) == ()
    for members in SIGNS:
        assert parse_all(body % members, status=status)[0].path == path


@cases("status", [None, 199, 300])
def test_a_message_under_any_other_status_is_an_error(status: int | None) -> None:
    assert parse_all({"message": "m"}, status=status) == (response("m", status=status),)


@cases("beside", ["statusUpdate", "status_update", "data"])
def test_a_message_beside_an_event_or_entries_is_a_success(beside: str) -> None:
    part = {beside: [{"status": "sent"}]}
    for members in SIGNS_OF_A_REFUSAL:
        assert parse_all({**json.loads(members), **part}) == ()
    for members in SIGNS:
        assert parse_all({**json.loads(members), **part})[0].path == ()


def test_the_body_is_the_last_resort() -> None:
    body = {"code": "X", "message": "m", "status": "failed"}
    for error in ({"a": 1}, "boom"):
        (found,) = parse_all({**body, "data": [{}, {"error": error}]})
        assert found.path == ("data", 1, "error")
    (found,) = parse_all({**body, "data": [{}, {"error": None}]})
    assert found.path == ()


def test_errors_come_in_order_from_the_body_the_status_update_and_data() -> None:
    body = {
        "data": [{"error": {"code": "3"}}, {}, {"rejectedCount": 1}, {"error": "boom"}],
        "statusUpdate": {"error": {"code": "2"}},
        "error": {"code": "1"},
    }
    expected = (
        response("", code="1", path=("error",)),
        response("", code="2", path=("statusUpdate", "error")),
        response("", code="3", path=("data", 0, "error")),
        response('{"rejectedCount": 1}', NO_REASON, path=("data", 2, "error")),
        response("boom", NO_OBJECT, path=("data", 3, "error")),
    )
    assert_errors(json.dumps(body), *expected)
    in_array = [replace(e, path=(i, *e.path)) for i in (0, 2) for e in expected]
    assert_errors(json.dumps([body, 5, body]), *in_array)


@cases(
    "body",
    [
        '{"callbackData": {"error": %s}}',
        '{"metadata": %s}',
        '{"message": {"text": "", "error": %s}}',
        '{"errors": [%s]}',
        '{"result": {"error": %s}}',
        "[[%s]]",
        '{"data": {"error": %s}}',
        '{"data": [[%s]]}',
        '{"data": [{"data": [{"error": %s}], "statusUpdate": {"error": {"a": 1}}}]}',
        '{"statusUpdate": {"error": null, "metadata": {"error": %s}}}',
        '{"statusUpdate": [{"error": %s}]}',
    ],
)
def test_nowhere_else_is_searched(body: str) -> None:
    assert_no_error(body % BODY)


def test_what_is_not_searched_is_not_even_looked_at() -> None:
    deep: list[Any] = []
    for _ in range(3_000):
        deep = [deep]
    payload: Any = [{"code": 0, "callbackData": deep}, {"error": MEMBERS}]
    assert parse(payload) == replace(READ, path=(1, "error"))


@cases("thing", [{1}, iter([MEMBERS]), READ, object()])
def test_what_is_not_a_json_value_is_unreadable(thing: Any) -> None:
    assert parse_all(thing) == (response("", UNREADABLE),)
    assert parse(thing).source is thing


@cases("thing", [b"{}", {1}, iter([MEMBERS]), READ])
@cases("name", ["error", "statusUpdate", "status_update", "data"])
def test_what_is_not_a_json_value_is_not_skipped(name: str, thing: Any) -> None:
    payloads: list[Any] = [{name: thing}, [{name: thing}], [thing], {"data": [thing]}]
    for payload in payloads:
        assert parse_all(payload) == (response("", UNREADABLE),)


# --- 3. Read ---


@cases(
    ("field", "first", "second"),
    [
        ("message", "message", "error_msg"),
        ("code", "code", "errorCode"),
        ("code", "errorCode", "error_code"),
        ("user_title", "userTitle", "user_title"),
        ("user_message", "userMessage", "user_message"),
        ("cnt_trace_id", "cntTraceId", "cnt_trace_id"),
    ],
)
def test_the_first_name_not_blank_counts(field: str, first: str, second: str) -> None:
    def read(**members: object) -> object:
        return getattr(parse({"error": {"type": "ERROR_TYPE_NEW", **members}}), field)

    assert read(**{second: "2", first: "1"}) == "1"
    assert read(**{second: "2", first: "00"}) == "2"
    assert read(**{second: "2", first: None}) == read(**{second: "2"}) == "2"
    assert read(**{second: "0", first: "00"}) == "00"


# What was got (... if absent), its text and whether that is a defect, and what details
# make of it and whether that is one.
Got = tuple[Any, str, bool, object, bool]
GOT: list[Got] = [
    (..., "", False, {}, False),
    (None, "", False, {}, False),
    (float("nan"), "", False, {}, False),
    ("", "", False, {"details": ""}, True),
    ("é\n💬", "é\n💬", False, {"details": "é\n💬"}, True),
    (0, "0", True, {"details": 0}, True),
    (2**64, "18446744073709551616", True, {"details": 2**64}, True),
    (5.0, "5", True, {"details": 5.0}, True),
    (True, "true", True, {"details": True}, True),
    ([], "", True, {"details": []}, True),
    (["é", 1], '["é", 1]', True, {"details": ["é", 1]}, True),
    ([b"m"], "", True, {"details": [b"m"]}, True),
    ({}, "", True, {}, False),
    ({"text": "m"}, "", True, {"text": "m"}, False),
    (b"m", "", True, {}, True),
    (10**4_300, "", True, {}, True),
]
FIELDS = dict(zip(MEMBERS, ErrorResponse.__dataclass_fields__, strict=False))
UNSPECIFIED = {"type": ErrorType.UNSPECIFIED, "code": ErrorCode.UNSPECIFIED}


@cases("member", MEMBERS)
@cases("got", GOT)
def test_a_member_is_read_by_its_json_type(member: str, got: Got) -> None:
    value, text, is_defect, details, is_defect_in_details = got
    expected: object = text or UNSPECIFIED.get(member, "")
    if member == "details":
        expected, is_defect = details, is_defect_in_details
    error = {**MEMBERS, member: value, "other": "member"}
    if value is ...:
        del error[member]
    changes: dict[str, Any] = {FIELDS[member]: expected, "path": ("error",)}
    if is_defect:
        changes["defects"] = (wrong_type(member),)
    assert parse({"error": error}) == replace(READ, **changes)


@cases("value", [*ErrorType, *ErrorCode])
def test_a_known_value_is_a_member(value: ErrorType | ErrorCode) -> None:
    member = "type" if isinstance(value, ErrorType) else "code"
    error = parse({"error": {**MEMBERS, member: str(value)}})
    assert getattr(error, member) is value


def test_strings_of_another_class_become_plain_ones() -> None:
    class Text(str):
        """A string as some frameworks have them."""

    error = parse({"error": {name: Text("x") for name in MEMBERS}})
    texts = [error.message, error.type, error.code, error.user_title]
    assert {type(text) for text in (*texts, error.details["details"])} == {str}


@cases(
    ("members", "message", "defects"),
    [
        ({"error": " boom", "message": " \n"}, " boom", ()),
        ({"error": "boom", "message": {}}, "boom", (wrong_type("message"),)),
        ({"error": "boom", "message": "m"}, "m", ()),
        ({"error": "boom", "message": 5}, "5", (wrong_type("message"),)),
        ({"error": 5.0}, "5", ()),
        ({"error": ["a"]}, '["a"]', ()),
        ({"error": True, "userTitle": "t"}, "", ()),
    ],
)
def test_an_error_that_is_no_object_stands_in_for_an_empty_message(
    members: dict[str, object], message: str, defects: tuple[Defect, ...]
) -> None:
    error = parse(members)
    assert (error.message, error.path) == (message, ("error",))
    assert error.defects == (NO_OBJECT, *defects)
    inside = parse({"error": {"code": "X", **members}})
    assert (inside.message, inside.defects) == (message, defects)


NOT_FOR_MESSAGE = ["callbackData", "callback_data", "metadata", "sender", "recipient"]


@cases(
    ("error", "message"),
    [
        ({"code": "X", "reason": "é", "at": [1]}, '{"reason": "é", "at": [1]}'),
        ({"message": " ", "reason": "r"}, '{"reason": "r"}'),
        ({"error": True, "reason": "r"}, '{"error": true, "reason": "r"}'),
        ({"a": 1, **dict.fromkeys(NOT_FOR_MESSAGE, "b")}, '{"a": 1}'),
        ({"message": "m", "reason": "r"}, "m"),
        ({"userTitle": "t", "reason": "r"}, ""),
        ({"userMessage": "m", "reason": "r"}, ""),
        ({"code": "X", "error_code": "Y", "cntTraceId": "1", "details": {"a": 1}}, ""),
        ({"code": "X", "message": " "}, " "),
    ],
)
def test_other_members_become_the_message(error: dict[str, Any], message: str) -> None:
    assert parse({"error": error}).message == message


# --- 4. Otherwise ---


@cases(
    ("payload", "message"),
    [
        (' {"id":  "1"}\n', '{"id":  "1"}'),
        ('{"id": "1"}\n{"id": "2"}', '{"id": "1"}\n{"id": "2"}'),
        ('{"message": " Accepted\\n", "id": "1"}', "Accepted"),
        ('{"message": "00", "id": "1"}', '{"message": "00", "id": "1"}'),
        ('{"message": {"text": "m"}}', '{"message": {"text": "m"}}'),
        ({"message": "Accepted", "id": "1"}, "Accepted"),
        ({"id": "é", "n": [1, None]}, '{"id": "é", "n": [1, null]}'),
        ({"id": {1}}, ""),
    ],
)
def test_the_message_is_that_of_the_body_or_its_text(
    payload: Any, message: str
) -> None:
    assert parse(payload, status=200) == response(message, NO_ERROR, status=200)


def test_an_unreadable_body_keeps_its_message() -> None:
    payload: Any = {"message": "Try again later", "error": b"busy"}
    assert parse(payload) == response("Try again later", UNREADABLE)


@cases("text", ["", " \t\r\n", "\ufeff", "\xa0\u2003", "\0"])
def test_nothing_but_white_space_is_empty(text: str) -> None:
    for payload in (text, text.encode(), bytearray(text.encode())):
        assert parse(payload) == response("", EMPTY)
    assert parse(None) == response("", EMPTY)


# --- Defects and source ---


def test_defects_are_those_of_the_text_then_error_then_members_in_order() -> None:
    members = {name: [1] for name in reversed(MEMBERS)}
    body = json.dumps({**members, "error": 5, "other": "\ud800"})
    defects = [BAD_ENCODING, NO_OBJECT, *map(wrong_type, MEMBERS)]
    assert parse(body).defects == tuple(defects)


def test_a_defect_of_what_becomes_the_message_comes_first_too() -> None:
    defects = (bad_encoding("message"), wrong_type("code"))
    assert parse({"error": {"code": 5, "reason": "\ud800"}}).defects == defects


def test_a_defect_has_the_name_that_the_member_has_in_the_json() -> None:
    defects = (wrong_type("errorCode"), wrong_type("user_title"))
    assert parse({"errorCode": 5, "user_title": 5}).defects == defects


@cases(
    ("payload", "steps"),
    [
        ({"error": MEMBERS, "id": "1"}, []),
        ({"statusUpdate": {"error": MEMBERS, "id": "1"}}, []),
        ({"data": [None, {"error": MEMBERS}]}, ["data", 1]),
        ([{}, {"statusUpdate": {"error": MEMBERS}}], [1]),
        ([{"data": [{"error": MEMBERS}]}], [0, "data", 0]),
        # However the error is found
        ({"data": [MEMBERS]}, ["data", 0]),
        ({"data": [{"error": "boom"}]}, ["data", 0]),
        ({"data": [{"status": "failed"}]}, ["data", 0]),
        ([{"status": "failed"}], [0]),
        ([{"code": "X"}], [0]),
        (["boom"], []),
    ],
)
def test_the_source_is_the_entry_or_event(payload: Any, steps: list[Any]) -> None:
    expected = payload
    for step in steps:
        expected = expected[step]
    assert parse(payload).source is expected
    assert parse(json.dumps(payload)).source == expected


def test_the_source_of_what_does_not_decode_is_the_payload_as_given() -> None:
    for payload in (None, " \n", b"\xff", "[" * 101, '{"id": 1} x'):
        assert parse(payload).source is payload
    for copied in (bytearray(b"<html>"), memoryview(b"<html>"), bytearray()):
        source = parse(copied).source
        assert (type(source), source) == (bytes, bytes(copied))


# --- parse_all ---


@cases("payload", [None, b" ", "{}", '"boom"', "null", b'{"id": "\xff"}', []])
def test_parse_all_returns_nothing_unless_the_call_failed(payload: Any) -> None:
    for status in (None, 100, 299):
        assert parse_all(payload, status=status) == ()
    for status in (300, 999):
        assert parse_all(payload, status=status) == (parse(payload, status=status),)


# --- raise_for_error ---


@cases("status", [200, 299])
@cases(
    ("payload", "decoded"),
    [
        (b'\xef\xbb\xbf{"id": "\xff"}', {"id": "\ufffd"}),
        (json.dumps('{"id": "1"}'), {"id": "1"}),
        ({"id": "1"}, {"id": "1"}),
        ("null", None),
        (b" \n", None),
    ],
)
def test_raise_for_error_decodes(payload: Any, decoded: object, status: int) -> None:
    assert raise_for_error(payload, status=status) == decoded


@cases(
    ("payload", "status"),
    [
        *(('{"id": "01"}', status) for status in (None, 199, 300, 404, 502)),
        (None, 429),
        (BODY, 200),
        ("OK", 200),
        ({"data": [{"error": None}, {"rejectedCount": 1}]}, 200),
    ],
)
def test_raise_for_error_raises_what_parse_returns(payload: Any, status: Any) -> None:
    with pytest.raises(ConnectlyError) as caught:
        raise_for_error(payload, status=status)
    assert caught.value.error == parse(payload, status=status)


def test_raise_for_error_requires_a_status() -> None:
    with pytest.raises(TypeError):
        raise_for_error('{"id": "01"}')  # type: ignore[call-arg]
