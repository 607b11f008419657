"""How a payload is read, rule by rule: decode, find, read, and what is left."""

import json
from collections.abc import Callable
from dataclasses import replace
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

ENCODINGS = ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


@cases("encoding", ENCODINGS)
@cases("kind", [bytes, bytearray, memoryview])
def test_bytes_in_each_encoding(kind: Callable[[bytes], Any], encoding: str) -> None:
    body = json.dumps({**MEMBERS, "message": "é 💬"}, ensure_ascii=False)
    for text in (body, f"\ufeff{body}"):
        assert parse(kind(text.encode(encoding))) == replace(READ, message="é 💬")


@cases("before", ["", "\ufeff", " \t\r\n", "\ufeff \n", "\0\0", "\xa0\f"])
@cases("after", ["", " \t\r\n", "\0\0", "\u2028\v\0\n"])
def test_surrounding_white_space_and_nuls_are_ignored(before: str, after: str) -> None:
    text = before + BODY + after
    assert parse(text) == READ
    assert parse(text.encode()) == parse(text.encode("utf-16-le")) == READ


@cases(
    ("body", "expected"),
    [
        # Invalid bytes, in UTF-8 and UTF-16
        (b'{"message": "n\xfamero"}', response("n\ufffdmero", BAD_ENCODING)),
        (b'{"message": "\xff\\ud800"}', response("\ufffd\ufffd", BAD_ENCODING)),
        (b'{"message": "m", "other": "\xff"}', response("m", BAD_ENCODING)),
        (b'{"message": "m"} \xff', response("m", BAD_ENCODING)),
        (b'"\0\0\xd8"\0', response("\ufffd", BAD_ENCODING, NO_ERROR)),
        (b"caf\xe9", response("caf\ufffd", BAD_ENCODING, NOT_JSON)),
        # Lone surrogates, as characters and as escapes
        ('{"message": "a\ud800\udfffb"}', response("a\ufffd\ufffdb", BAD_ENCODING)),
        ('{"message": "\ud800\\ud800"}', response("\ufffd\ufffd", BAD_ENCODING)),
        (r'{"message": "m", "x": {"\uDFFF": 1}}', response("m", BAD_ENCODING)),
        (
            r'{"message": "m", "details": {"\ud800": [["\udfff"]]}}',
            response("m", BAD_ENCODING, details={"\ufffd": [["\ufffd"]]}),
        ),
        (json.dumps(r'{"message": "\ud800"}'), response("\ufffd", BAD_ENCODING)),
        (json.dumps('{"message": "\ud800"}'), response("\ufffd", BAD_ENCODING)),
        (r'{"id": "\ud800"}', response(r'{"id": "\ud800"}', BAD_ENCODING, NO_ERROR)),
        (r'"\ud800"', response("\ufffd", BAD_ENCODING, NO_ERROR)),
        ("\ud800<html>", response("\ufffd<html>", BAD_ENCODING, NOT_JSON)),
        # What only looks like one
        (r"\ud800<html>", response(r"\ud800<html>", NOT_JSON)),
        (r'{"message": "\ud83d\udcac"}', response("💬")),
        (r'{"message": "C:\\ud800"}', response(r"C:\ud800")),
        (r'{"message": "\\ud83d\udcac"}', response("\\ud83d\ufffd", BAD_ENCODING)),
    ],
)
def test_what_is_not_unicode_becomes_u_fffd(body: Any, expected: ErrorResponse) -> None:
    assert parse(body) == expected


def test_a_lone_surrogate_that_came_decoded_is_a_defect_of_its_member() -> None:
    error = {"type": "ERROR_\ud800", "userTitle": "a\udfffb"}
    defects = (bad_encoding("type"), bad_encoding("userTitle"))
    expected = response("", *defects, type="ERROR_\ufffd", user_title="a\ufffdb")
    assert parse(error) == expected
    in_message = bad_encoding("message")
    expected = response("\ufffd", NO_OBJECT, in_message, path=("error",))
    assert parse({"error": "\ud800"}) == expected
    assert parse({"id": "\ud800"}) == response('{"id": "\ufffd"}', NO_ERROR, in_message)


def test_a_defect_of_the_text_is_one_of_each_error_in_it() -> None:
    body = b'{"data": [{"error": {"code": "X"}}, {"error": {"code": "\xff"}}]}'
    assert [error.defects for error in parse_all(body)] == [(BAD_ENCODING,)] * 2


OPENINGS = [("[", "]"), ('{"a":', "}"), ('["]\\"", ', ', "["]')]


@cases("encoding", ENCODINGS)
@cases(("opening", "closing"), OPENINGS)
def test_text_has_up_to_100_levels(opening: str, closing: str, encoding: str) -> None:
    deep = opening * 100 + "1" + closing * 100
    assert parse(deep.encode(encoding)) == response(deep, NO_ERROR)
    deeper = f"[{deep}]"
    assert parse(f" {deeper}\n".encode(encoding)) == response(deeper, TOO_DEEP)
    in_string = f'{{"a": {deep}}}'
    assert parse(json.dumps(in_string)) == response(in_string, TOO_DEEP)


@cases("text", ["", '{"a":', "<html>", '{"code": "X"}', "[[], {}], ", '"\\\\", '])
def test_text_that_is_not_json_is_too_deep_too(text: str) -> None:
    text += "[" * 101
    assert parse_all(text) == (response(text, TOO_DEEP),)
    assert parse("[" * 100) == response("[" * 100, NOT_JSON)


@cases(
    "text", ["[" * 200, '"' + "{" * 200, '\\"[' * 200, "[" * 200 + "\\", "\u225b" * 400]
)
def test_brackets_in_a_string_do_not_count(text: str) -> None:
    body = json.dumps({"code": "X", "message": text, text: text}, ensure_ascii=False)
    for payload in (body, body.encode("utf-16-le"), json.dumps(body)):
        assert parse(payload) == response(text, code="X")


def test_a_decoded_payload_may_be_nested_deeper() -> None:
    details: dict[str, object] = {}
    for _ in range(500):
        details = {"a": details}
    assert parse({"code": "X", "details": details}).details is details


@cases("behind", ["}", " ]]", ",", ";", '"', "\n---\n", "\ufeff", " …", " []", "\n{"])
def test_what_follows_is_ignored_if_it_has_no_letter_or_digit(behind: str) -> None:
    for body in (BODY, json.dumps(BODY)):
        assert parse(body + behind) == READ
        assert parse((body + behind).encode()) == READ


BEHIND = ["x", " is not a valid name", "\n<html>", " 5", "\né", " ٣", r" \ud800"]
BEHIND += [' "a"', "\n[1]", ',{"code": "Y"}', ' null\n{"code": "Y"}', '\n{"code": "Y']


@cases("behind", BEHIND)
@cases("value", [BODY, f"[{BODY}]", json.dumps(BODY), '"boom"', "5 "])
def test_a_value_followed_by_other_text_is_not_read(value: str, behind: str) -> None:
    text = value + behind
    assert parse_all(text) == (response(text, NOT_JSON),)
    assert parse(f"\ufeff {text} \n".encode()) == response(text, NOT_JSON)


TEXTS = ["<html>", "INVALID_ARGUMENT", "nul", "{'message': 'm'}", '{"a": 1,}', "]", "{"]
TEXTS += ['{"message": "cut', '[{"id": "1"}', f"[1{DIGITS}]"]
TEXTS += [f"Error: {BODY}", f"data: {BODY}", f"null\n{BODY}", f"}} {BODY}"]


@cases("text", TEXTS)
def test_text_that_is_not_json_is_the_message(text: str) -> None:
    assert parse_all(f"\t{text} \r\n") == (response(text, NOT_JSON),)


@cases("between", ["", " ", "\n", "\r\n\r\n", "\n \n\t\n"])
def test_several_objects_in_a_row_are_an_array(between: str) -> None:
    body = between.join(['{"id": "1"}', json.dumps({"error": MEMBERS}), "{}", BODY])
    errors = (replace(READ, path=(1, "error")), replace(READ, path=(3,)))
    for text in (body, f"{body}\n", f"{body}]", json.dumps(body)):
        assert parse_all(text) == errors


def test_control_characters_in_strings_are_read() -> None:
    text = "a\tb\r\nc\0\1\x1f"
    assert parse(f'{{"message": "{text}"}}') == response(text)


def test_nan_and_infinity_are_read_as_null() -> None:
    body = '{"message": "m", "code": NaN, "details": {"a": [NaN, Infinity, -Infinity]}}'
    assert parse(body) == response("m", details={"a": [None, None, None]})


def test_an_integer_has_up_to_4300_digits() -> None:
    body = f'{{"message": "m", "code": {DIGITS}}}'
    assert parse(body) == response("m", wrong_type("code"), code=DIGITS)


@cases(
    ("content", "path"),
    [
        (f" \n{BODY}\t", ()),
        (BODY.replace("{", "{ \n", 1), ()),
        (f"[ \n{BODY.replace('{', '{ ', 1)}]", (0,)),
        (f'{{"error": {BODY}}}}}', ("error",)),
        (f'{{"id": "1"}}\n{BODY}', (1,)),
    ],
)
def test_json_in_a_json_string_is_read(content: str, path: Path) -> None:
    body = json.dumps(content)
    assert parse_all(body) == (replace(READ, path=path),)
    assert parse(body.encode("utf-16")).source == parse(content).source


@cases("content", ["boom", "[OK] queued", "{}", "[{}]", "5", '["a"]', json.dumps(BODY)])
def test_other_content_of_a_json_string_is_the_message(content: str) -> None:
    body = json.dumps(f" {content}\xa0")
    assert parse(body) == response(content, NO_ERROR)
    assert parse_all(body) == ()


@cases("content", [BODY[:-1], f"{BODY} is no name", f"[{BODY}"])
def test_content_that_only_begins_like_json_is_not_json(content: str) -> None:
    assert parse_all(json.dumps(content)) == (response(content, NOT_JSON),)


def test_text_in_a_decoded_payload_is_not_decoded() -> None:
    assert parse_all([BODY, [BODY]]) == ()
    assert parse({"error": BODY}).message == BODY


# --- 2. Find ---

BLANK: list[Any] = [
    *(None, False, 0, -0.0, float("nan"), "", " \t\n", "\u2003", "0", "0000"),
    *("ERROR_CODE_UNSPECIFIED", "ERROR_TYPE_UNSPECIFIED", {}, [], [None, [{}], "0"]),
    {"code": 0, "message": "", "details": []},
    {"type": "ERROR_TYPE_UNSPECIFIED", "cntTraceId": "0", "details": {"a": False}},
]


@cases("blank", BLANK)
def test_a_blank_value_counts_as_absent(blank: Any) -> None:
    for name in ("error", "code", "type", "userTitle", "message", "cntTraceId"):
        assert parse_all({name: blank}) == ()
    for holder in ({"error": blank}, {"rejectedCount": blank}, {"status": blank}):
        assert parse_all({"statusUpdate": holder, "data": [holder]}) == ()
    beside = {"error": blank, "statusUpdate": blank, "data": blank}
    assert parse_all({"message": "m", **beside}) == (response("m"),)


@cases("value", [True, 1, -0.5, "0.0", "false", "ERROR_", [0, [1]], {"a": {"b": "c"}}])
def test_any_other_value_is_an_error(value: Any) -> None:
    assert [error.path for error in parse_all({"error": value})] == [("error",)]


BODIES: list[tuple[str, Path]] = [("%s", ()), ("[null, 5, {}, %s]", (3,))]
PARTS: list[tuple[str, Path]] = [
    ('{"topic": "delivery_status", "statusUpdate": %s}', ("statusUpdate",)),
    ('{"statusUpdate": {}, "status_update": %s}', ("statusUpdate",)),
    ('{"data": [{"status": "created"}, 5, null, [], %s]}', ("data", 4)),
    ('[{"statusUpdate": %s}]', (0, "statusUpdate")),
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
        ({**MEMBERS, "error": None}, READ),
        ({**MEMBERS, "error": "boom"}, READ),
        ({**MEMBERS, "error": {"code": "ERROR_CODE_Y"}}, READ),
        ({"code": "ERROR_CODE_X", "error": 5}, response("5", code="ERROR_CODE_X")),
        ({"errorCode": "ERROR_CODE_X"}, response("", code="ERROR_CODE_X")),
        ({"error_code": "ERROR_CODE_X"}, response("", code="ERROR_CODE_X")),
        # (b) Otherwise its error
        ({"error": MEMBERS}, AS_ERROR),
        ({"code": "X", "message": "m", "error": MEMBERS}, AS_ERROR),
        ({"code": 5, "status": "failed", "error": MEMBERS}, AS_ERROR),
        ({"code": "ERROR_CODE_UNSPECIFIED", "error": MEMBERS}, AS_ERROR),
        # or the holder in its place, if that is not an object
        ({**MEMBERS, "code": "7", "error": "boom"}, NOT_AS_OBJECT),
        ({**MEMBERS, "code": "7", "error": 5}, NOT_AS_OBJECT),
        ({**MEMBERS, "code": "7", "error": True}, NOT_AS_OBJECT),
        ({**MEMBERS, "code": "7", "error": ["boom"]}, NOT_AS_OBJECT),
    ],
)
def test_the_error_object_is_the_holder_or_its_error(
    body: str, path: Path, holder: object, expected: ErrorResponse
) -> None:
    expected = replace(expected, path=path + expected.path)
    assert_errors(body % json.dumps(holder), expected)


FAILED = [  # (c)
    *('{"status": "delivery_failed"}', '{"status": "delivery_failure"}'),
    *('{"status": "Failed"}', '{"status": "REJECTED"}', '{"status": "error"}'),
    *('{"rejectedCount": 1}', '{"rejectedCount": "1"}', '{"rejected_count": 2}'),
    '{"rejectedCount": 0, "rejected_count": "2"}',
    '{"status": "created", "rejectedCount": 1, "error": {"code": "0"}}',
]
NOT_FAILED = [
    *('{"status": "delivered"}', '{"status": "fail"}', '{"status": "not failed"}'),
    *('{"status": 500}', '{"status": ["failed"]}', '{"Status": "failed"}'),
    *('{"acceptedCount": 0}', '{"status": "created", "rejectedCount": "00"}'),
]


@each_holder
@cases("holder", FAILED)
def test_a_holder_that_has_failed_is_read(body: str, path: Path, holder: str) -> None:
    if (body, path) in PARTS:
        path = (*path, "error")
    assert_errors(body % holder, response(holder, NO_REASON, path=path))


@each_holder
@cases("holder", NOT_FAILED)
def test_other_statuses_are_no_failure(body: str, path: Path, holder: str) -> None:
    assert_no_error(body % holder)


SIGNS = [  # (d) The body itself is the error by one of these,
    *('{"code": "X"}', '{"code": 5}', '{"errorCode": "X"}', '{"error_code": 131026.0}'),
    *('{"code": "0", "errorCode": "X"}', '{"type": "ERROR_"}', '{"type": "ERROR_X"}'),
    *('{"userTitle": "t"}', '{"user_title": "t"}', '{"userMessage": "m"}'),
]
SIGNS_OF_A_REFUSAL = [  # or one of these, unless it is a success that says so.
    *('{"message": "m"}', '{"error_msg": "m"}', '{"cntTraceId": "1"}'),
    *('{"cntTraceId": 1}', '{"cnt_trace_id": "1"}'),
]
NO_SIGNS = [
    *('{"code": true}', '{"code": {"a": 1}}', '{"code": ["X"]}', '{"Code": "X"}'),
    *('{"type": "error"}', '{"type": "AN_ERROR_"}', '{"type": ["ERROR_"]}'),
    *('{"message": 5}', '{"message": ["m"]}', '{"message": {"text": "m"}}'),
    *('{"userTitle": 5}', '{"userMessage": {"text": "m"}}', '{"trace_id": "1"}'),
    *('{"details": {"a": 1}}', '{"statusUpdate": "failed"}', '{"data": "error"}'),
    *('{"data": [5, "failed"]}', "[[{}]]", '["boom"]', "5", "true"),
]


@each_body
@cases("members", SIGNS + SIGNS_OF_A_REFUSAL)
def test_a_body_is_the_error_by_a_member(body: str, path: Path, members: str) -> None:
    for payload in forms(body % members):
        (error,) = parse_all(payload)
        assert error.path == path
        assert {defect.kind for defect in error.defects} <= {DefectKind.WRONG_TYPE}


@each_body
@cases("members", NO_SIGNS)
def test_a_body_is_no_error_otherwise(body: str, path: Path, members: str) -> None:
    assert_no_error(body % members)


@each_body
@cases("status", [200, 202, 299])
def test_a_2xx_with_a_message_is_a_success(body: str, path: Path, status: int) -> None:
    for members in SIGNS_OF_A_REFUSAL:
        assert parse_all(body % members, status=status) == ()
    for members in SIGNS:
        assert parse_all(body % members, status=status)[0].path == path


@cases("status", [None, 199, 300, 404])
def test_a_message_under_any_other_status_is_an_error(status: int | None) -> None:
    assert parse_all({"message": "m"}, status=status) == (response("m", status=status),)


@cases("beside", ["statusUpdate", "status_update", "data"])
def test_a_message_beside_an_event_or_entries_is_a_success(beside: str) -> None:
    part = {beside: [{"status": "sent"}]}
    for members in SIGNS_OF_A_REFUSAL:
        assert parse_all({**json.loads(members), **part}) == ()
    for members in SIGNS:
        assert parse_all({**json.loads(members), **part})[0].path == ()


@cases(
    ("inside", "path"),
    [
        ({"error": {"a": 1}}, ("error",)),
        ({"error": "boom"}, ("error",)),
        ({"statusUpdate": {"error": {"a": 1}}}, ("statusUpdate", "error")),
        ({"statusUpdate": {"status": "failed"}}, ("statusUpdate", "error")),
        ({"data": [{}, {"error": "boom"}]}, ("data", 1, "error")),
        ({"data": [{"code": "ERROR_CODE_NEW"}]}, ("data", 0)),
        ({"statusUpdate": {"status": "sent"}, "data": [{"error": None}]}, ()),
    ],
)
def test_the_body_is_the_last_resort(inside: dict[str, object], path: Path) -> None:
    body = {"code": "X", "message": "m", "status": "failed", **inside}
    assert [error.path for error in parse_all(body)] == [path]


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


ELSEWHERE = [
    *('{"callbackData": %s}', '{"callbackData": {"error": %s}}', '{"metadata": %s}'),
    *('{"message": %s}', '{"message": {"text": "", "error": %s}}', '{"errors": [%s]}'),
    *('{"context": {}, "buttonResponse": %s}', '{"result": {"error": %s}}', "[[%s]]"),
    *('{"data": {"error": %s}}', '{"data": [[%s]]}', '{"data": [{"lastRun": %s}]}'),
    '{"data": [{"data": [{"error": %s}], "statusUpdate": {"error": {"a": 1}}}]}',
    '{"statusUpdate": {"error": null, "metadata": {"error": %s}}}',
    '{"statusUpdate": [{"error": %s}]}',
]


@cases("body", ELSEWHERE)
def test_nowhere_else_is_searched(body: str) -> None:
    assert_no_error(body % BODY)


@cases("place", ["statusUpdate", "status_update", "data", "error"])
@cases("thing", [b"{}", object()])
def test_what_is_not_a_json_value_is_not_skipped(place: str, thing: Any) -> None:
    payloads: list[Any] = [{place: thing}, [{place: thing}], [thing], {"data": [thing]}]
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

    assert read(**{second: "2", first: "1"}) == read(**{first: "1"}) == "1"
    assert read(**{second: "2", first: "00"}) == read(**{second: "2"}) == "2"
    assert read(**{second: "2", first: None}) == "2"
    assert read(**{second: "0", first: "00"}) == "00"


# What was got (... if absent), its text and whether that is a defect, and what details
# make of it and whether that is one.
Got = tuple[Any, str, bool, object, bool]
GOT: list[Got] = [
    (..., "", False, {}, False),
    (None, "", False, {}, False),
    (float("nan"), "", False, {}, False),
    ("", "", False, {"details": ""}, True),
    (" ", " ", False, {"details": " "}, True),
    ("é\n💬", "é\n💬", False, {"details": "é\n💬"}, True),
    (0, "0", True, {"details": 0}, True),
    (2**64, "18446744073709551616", True, {"details": 2**64}, True),
    (-1.5, "-1.5", True, {"details": -1.5}, True),
    (5.0, "5", True, {"details": 5.0}, True),
    (1e300, "1e+300", True, {"details": 1e300}, True),
    (True, "true", True, {"details": True}, True),
    ([], "", True, {"details": []}, True),
    (["é", 1], '["é", 1]', True, {"details": ["é", 1]}, True),
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


@cases(
    ("member", "value", "expected"),
    [
        *(("type", error_type.value, error_type) for error_type in ErrorType),
        *(("code", code.value, code) for code in ErrorCode),
        ("type", "ERROR_TYPE_CONTEXT_CANCELED", ErrorType.CONTEXT_CANCLED),
        ("type", "ERROR_TYPE_CONTEXT_CANCELLED", ErrorType.CONTEXT_CANCLED),
        ("type", "error_type_not_found", "error_type_not_found"),
        ("type", "ERROR_CODE_MESSAGE_TEXT_EMPTY", "ERROR_CODE_MESSAGE_TEXT_EMPTY"),
        ("code", "ERROR_TYPE_NOT_FOUND", "ERROR_TYPE_NOT_FOUND"),
    ],
)
def test_a_known_value_is_a_member(member: str, value: str, expected: str) -> None:
    read = getattr(parse({"error": {**MEMBERS, member: value}}), member)
    assert (read, type(read)) == (expected, type(expected))


@cases(
    ("members", "message", "defects"),
    [
        ({"error": "boom"}, "boom", ()),
        ({"error": " boom", "message": " \n"}, " boom", ()),
        ({"error": "boom", "message": {}}, "boom", (wrong_type("message"),)),
        ({"error": "boom", "message": "m"}, "m", ()),
        ({"error": "boom", "error_msg": "m"}, "m", ()),
        ({"error": "boom", "message": 5}, "5", (wrong_type("message"),)),
        ({"error": 5.0, "message": ""}, "5", ()),
        ({"error": ["a", 1]}, '["a", 1]', ()),
        ({"error": True, "userTitle": "t"}, "", ()),
    ],
)
def test_an_error_that_is_no_object_stands_in_for_an_empty_message(
    members: dict[str, object], message: str, defects: tuple[Defect, ...]
) -> None:
    for body, path in BODIES + PARTS:
        error = parse(body % json.dumps(members))
        assert (error.message, error.path) == (message, (*path, "error"))
        assert error.defects == (NO_OBJECT, *defects)
    inside = parse({"error": {"code": "X", **members}})
    assert (inside.message, inside.defects) == (message, defects)


@cases(
    ("error", "message"),
    [
        ({"detail": "Not found."}, '{"detail": "Not found."}'),
        ({"code": "X", "reason": "é", "at": [1]}, '{"reason": "é", "at": [1]}'),
        ({"message": " ", "reason": "r"}, '{"reason": "r"}'),
        ({"error": True, "reason": "r"}, '{"error": true, "reason": "r"}'),
        ({"message": {"text": "m"}, "a": 1, "b": None}, '{"a": 1, "b": null}'),
        ({"a": 1, "metadata": 1, "callbackData": {"b": 1}}, '{"a": 1}'),
        ({"a": 1, "sender": {}, "recipient": {"id": 1}}, '{"a": 1}'),
        ({"message": "m", "reason": "r"}, "m"),
        ({"userTitle": "t", "reason": "r"}, ""),
        ({"userMessage": "m", "reason": "r"}, ""),
        ({"code": "X", "metadata": 1, "recipient": 1}, ""),
        ({"code": "X", "error_code": "Y", "cntTraceId": "1", "details": {"a": 1}}, ""),
        ({"code": "X", "message": " "}, " "),
    ],
)
def test_other_members_become_the_message(error: dict[str, Any], message: str) -> None:
    assert parse({"error": error}).message == message
    assert parse(json.dumps({"error": error})).message == message


# --- 4. Otherwise ---


@cases(
    ("payload", "message"),
    [
        (' {"id":  "1"}\n', '{"id":  "1"}'),
        (b'\xef\xbb\xbf[{"message": "m"}]\0', '[{"message": "m"}]'),
        ('{"id": "1"}\n{"id": "2"}', '{"id": "1"}\n{"id": "2"}'),
        *(("null", "null"), ("NaN", "NaN"), ('" boom "', "boom"), ('""', "")),
        (json.dumps(' {"id": "1"}'), '{"id": "1"}'),
        ('{"message": " Accepted\\n", "id": "1"}', "Accepted"),
        ('{"message": " ", "id": "1"}', '{"message": " ", "id": "1"}'),
        ('{"message": {"text": "m"}}', '{"message": {"text": "m"}}'),
        ({"message": "Accepted", "id": "1"}, "Accepted"),
        ({"id": "é", "n": [1, None]}, '{"id": "é", "n": [1, null]}'),
        *(((), "[]"), (5, "5"), (True, "true")),
    ],
)
def test_the_message_is_that_of_the_body_or_its_text(
    payload: Any, message: str
) -> None:
    assert parse(payload, status=200) == response(message, NO_ERROR, status=200)


@cases("text", ["", " \t\r\n", "\ufeff", "\ufeff \n", "\xa0\u2003", "\0"])
def test_nothing_but_white_space_is_empty(text: str) -> None:
    for payload in (None, text, text.encode(), bytearray(text.encode())):
        assert parse(payload) == response("", EMPTY)


# --- Defects and source ---


@cases(
    ("payload", "defects"),
    [
        (b'{"error": 5, "message": [], "x": "\xff"}', [BAD_ENCODING, NO_OBJECT]),
        (b'{"status": "error", "message": [], "x": "\xff"}', [BAD_ENCODING, NO_REASON]),
        ({"error": 5, "code": 5, "message": []}, [NO_OBJECT]),
    ],
)
def test_defects_of_the_payload_come_first_then_error_then_members(
    payload: Any, defects: list[Defect]
) -> None:
    found = parse(payload).defects
    assert found[: len(defects) + 1] == (*defects, wrong_type("message"))


def test_defects_of_members_come_in_the_order_of_the_fields() -> None:
    error: dict[str, object] = {name: [1] for name in reversed(MEMBERS)}
    defects = [wrong_type(name) for name in MEMBERS]
    assert parse({"error": error}).defects == tuple(defects)
    error = {"code": 5, "reason": "\ud800"}  # the reason becomes the message
    assert parse({"error": error}).defects == (
        bad_encoding("message"),
        wrong_type("code"),
    )


def test_a_defect_has_the_name_that_the_member_has_in_the_json() -> None:
    defects = (wrong_type("errorCode"), wrong_type("user_title"))
    assert parse({"errorCode": 5, "user_title": 5}).defects == defects


@cases(
    ("payload", "steps"),
    [
        (MEMBERS, []),
        ({"error": MEMBERS, "id": "1"}, []),
        ({"statusUpdate": {"error": MEMBERS, "id": "1"}}, []),
        ({"statusUpdate": {"status": "failed"}}, []),
        ({"data": [None, {"error": MEMBERS}]}, ["data", 1]),
        ({"data": [{"status": "failed"}]}, ["data", 0]),
        ({"data": [MEMBERS]}, ["data", 0]),
        ([{}, {"statusUpdate": {"error": MEMBERS}}], [1]),
        ([{"data": [{"error": MEMBERS}]}], [0, "data", 0]),
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
    for payload in (None, " \n", b"", " <html>", b"\xff", "[" * 101, '{"id": 1} x'):
        assert parse(payload).source is payload
    for copied in (bytearray(b"<html>"), memoryview(b"<html>"), bytearray()):
        source = parse(copied).source
        assert (type(source), source) == (bytes, bytes(copied))


# --- parse_all ---


def test_the_status_is_in_every_error() -> None:
    body = {"data": [{"error": MEMBERS}, {"error": "boom"}, {"status": "failed"}]}
    assert [error.status for error in parse_all(body, status=207)] == [207, 207, 207]


@cases("payload", [None, b" ", "{}", "[]", '"boom"', "null", b'{"id": "\xff"}', {}, []])
def test_parse_all_returns_nothing_unless_the_call_failed(payload: Any) -> None:
    for status in (None, 100, 200, 299):
        assert parse_all(payload, status=status) == ()
    for status in (300, 404, 502, 999):
        assert parse_all(payload, status=status) == (parse(payload, status=status),)


@cases("payload", ["<html>", "{} x", "[" * 101, {1}])
@cases("status", [None, 200, 502])
def test_a_payload_that_cannot_be_read_is_one_error(payload: Any, status: Any) -> None:
    assert parse_all(payload, status=status) == (parse(payload, status=status),)


# --- raise_for_error ---


@cases("status", [200, 202, 299])
@cases(
    ("payload", "decoded"),
    [
        (b'\xef\xbb\xbf{"id": "\xff"}', {"id": "\ufffd"}),
        ('{"id": NaN}]', {"id": None}),
        ('{"id": "1"}\n\n{"id": "2"}\n', [{"id": "1"}, {"id": "2"}]),
        (json.dumps('{"id": "1"}'), {"id": "1"}),
        ('"[OK] queued"', "[OK] queued"),
        ('{"message": "Accepted"}', {"message": "Accepted"}),
        *(("null", None), (None, None), (b" \n", None)),
    ],
)
def test_raise_for_error_decodes(payload: Any, decoded: object, status: int) -> None:
    assert raise_for_error(payload, status=status) == decoded


def test_raise_for_error_returns_a_decoded_payload_itself() -> None:
    body = {"id": "01"}
    assert raise_for_error(body, status=200) is body


@cases(
    ("payload", "status"),
    [
        *(('{"id": "01"}', status) for status in (100, 199, 300, 404, 500, 999)),
        *((None, 429), (BODY, 400), (BODY, 200), ("OK", 200), ("[" * 101, 200)),
        ({"id": "01", "error": {"code": "X"}}, 200),
        ({"data": [{"error": None}, {"rejectedCount": 1}]}, 200),
        ({1}, 200),
    ],
)
def test_raise_for_error_raises_what_parse_returns(payload: Any, status: int) -> None:
    with pytest.raises(ConnectlyError) as caught:
        raise_for_error(payload, status=status)
    assert caught.value.error == parse(payload, status=status)


def test_raise_for_error_requires_a_status() -> None:
    with pytest.raises(TypeError):
        raise_for_error('{"id": "01"}')  # type: ignore[call-arg]
