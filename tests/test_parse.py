"""The reading: parse and parse_all, rule by rule."""

import json
import re
from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from itertools import product
from types import MappingProxyType
from typing import Any

import pytest

from connectly_errors import (
    Defect,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    parse,
    parse_all,
)

MEMBERS: dict[str, object] = {
    "message": "No session",
    "type": "ERROR_TYPE_CONFLICT",
    "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY",
    "userTitle": "Not delivered",
    "userMessage": "Write something",
    "cntTraceId": "13873214605582671049",
    "details": {"attempts": [1, 2]},
}
READ = ErrorResponse(
    message="No session",
    type=ErrorType.CONFLICT,
    code=ErrorCode.MESSAGE_TEXT_EMPTY,
    user_title="Not delivered",
    user_message="Write something",
    cnt_trace_id="13873214605582671049",
    details={"attempts": [1, 2]},
)
FIELDS = {
    "message": "message",
    "type": "type",
    "code": "code",
    "userTitle": "user_title",
    "userMessage": "user_message",
    "cntTraceId": "cnt_trace_id",
    "details": "details",
}
SNAKE_CASE = [
    ("userTitle", "user_title"),
    ("userMessage", "user_message"),
    ("cntTraceId", "cnt_trace_id"),
]
Path = tuple[str | int, ...]

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


def message_only(text: str, *defects: Defect) -> ErrorResponse:
    return ErrorResponse(message=text, defects=defects)


def read_with(member: str, value: object, *defects: Defect) -> ErrorResponse:
    """READ, but for one member."""
    changes: dict[str, Any] = {FIELDS[member]: value}
    return replace(READ, **changes, defects=defects)


def forms(body: str) -> tuple[Any, ...]:
    """The payload as text, as bytes, and decoded by the caller."""
    return body, body.encode(), json.loads(body)


def assert_errors(payload: Any, *expected: ErrorResponse) -> None:
    """The payload holds these errors, and parse gives the first of them."""
    assert parse_all(payload) == expected
    assert parse(payload) == expected[0]


def assert_no_error(body: str) -> None:
    """JSON without an error is its own message, and has none where it came decoded."""
    text, encoded, decoded = forms(body)
    assert parse_all(text) == parse_all(encoded) == parse_all(decoded) == ()
    assert parse(text) == parse(encoded) == message_only(body, NO_ERROR)
    assert parse(decoded) == message_only("", NO_ERROR)


# --- Decode: encodings ---

ENCODINGS = [
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bytes_are_read_in_each_unicode_encoding(encoding: str) -> None:
    body = json.dumps({**MEMBERS, "message": "é 💬"}, ensure_ascii=False).encode(encoding)
    assert parse(body) == replace(READ, message="é 💬")


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-32-be"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    assert parse(("\ufeff" + json.dumps(MEMBERS)).encode(encoding)) == READ


@pytest.mark.parametrize("before", ["", "\ufeff", " \t\r\n", "\ufeff \n"])
@pytest.mark.parametrize("after", ["", " \t\r\n"])
def test_text_is_read_with_and_without_a_byte_order_mark_and_white_space(
    before: str, after: str
) -> None:
    assert parse(before + json.dumps(MEMBERS) + after) == READ


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_each_kind_of_bytes_is_read(kind: type[bytes | bytearray | memoryview]) -> None:
    assert parse(kind(json.dumps(MEMBERS).encode())) == READ


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"message": "a\xffb"}', message_only("a\ufffdb", BAD_ENCODING)),
        (b'{"message": "\xc3"}', message_only("\ufffd", BAD_ENCODING)),
        (b'{"message": "n\xfamero"}', message_only("n\ufffdmero", BAD_ENCODING)),
        (b'"\0\0\xd8"\0', message_only("\ufffd", BAD_ENCODING, NO_ERROR)),
        (b'{"message": "m", "other": "\xff"}', message_only("m", BAD_ENCODING)),
        (b'{"message": "\xff\\ud800"}', message_only("\ufffd\ufffd", BAD_ENCODING)),
        (b"caf\xe9", message_only("caf\ufffd", BAD_ENCODING, NOT_JSON)),
    ],
)
def test_invalid_bytes_become_a_replacement_character(body: bytes, expected: ErrorResponse) -> None:
    assert parse(body) == expected


# --- Decode: lone surrogates ---


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"message": "a\ud800\udfffb"}', message_only("a\ufffd\ufffdb", BAD_ENCODING)),
        ('{"message": "\ud800\\ud800"}', message_only("\ufffd\ufffd", BAD_ENCODING)),
        (r'{"message": "m", "other": {"\uDFFF": 1}}', message_only("m", BAD_ENCODING)),
        (json.dumps(r'{"message": "\ud800"}'), message_only("\ufffd", BAD_ENCODING)),
        (json.dumps('{"message": "\ud800"}'), message_only("\ufffd", BAD_ENCODING)),
        (r'{"message": "m"} \ud800', message_only("m", NOT_JSON)),
        ('{"message": "m"} \ud800', message_only("m", BAD_ENCODING, NOT_JSON)),
        (r'{"id": "\ud800"}', message_only(r'{"id": "\ud800"}', BAD_ENCODING, NO_ERROR)),
        (r'"\ud800"', message_only("\ufffd", BAD_ENCODING, NO_ERROR)),
        ("\ud800<html>", message_only("\ufffd<html>", BAD_ENCODING, NOT_JSON)),
        (r"\ud800<html>", message_only(r"\ud800<html>", NOT_JSON)),
        (r'{"message": "\ud83d\udcac"}', message_only("💬")),
    ],
)
def test_a_lone_surrogate_in_text_becomes_a_replacement_character(
    body: str, expected: ErrorResponse
) -> None:
    assert parse(body) == expected


# Halves of a pair, what looks like one behind an escaped backslash, and what may stand between.
ESCAPES = [r"\ud83d", r"\uDBFF", r"\ude00", r"\uDC00", r"\\", "ud83d", "ude00", r"\u0041", "x"]


@pytest.mark.parametrize("first", ESCAPES)
def test_escaped_halves_are_lone_where_they_make_no_pair(first: str) -> None:
    for others in product(["", *ESCAPES], repeat=3):
        body = f'{{"code": "X", "message": "{"".join((first, *others))}"}}'
        message = json.loads(body)["message"]  # it joins the pairs
        mended = re.sub("[\ud800-\udfff]", "\ufffd", message)
        error = parse(body)
        assert error.message == mended
        assert error.defects == (() if message == mended else (BAD_ENCODING,))


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "details"])
def test_a_lone_surrogate_in_a_member_is_mended(name: str) -> None:
    members = {**MEMBERS, name: "a\udfff\ud800b"}
    assert parse(json.dumps(members)) == read_with(name, "a\ufffd\ufffdb", BAD_ENCODING)
    assert parse(members) == read_with(name, "a\ufffd\ufffdb", bad_encoding(name))


def test_a_lone_surrogate_in_details_is_mended_where_they_were_decoded_from_text() -> None:
    details = {"\ud800": ["\udfff", {"a": "\ud800"}]}
    mended = {"\ufffd": ["\ufffd", {"a": "\ufffd"}]}
    body = json.dumps({**MEMBERS, "details": details})
    assert parse(body) == read_with("details", mended, BAD_ENCODING)
    assert parse(json.loads(body)) == read_with("details", details)


def test_what_is_wrong_with_the_text_is_told_of_each_of_its_errors() -> None:
    body = b'{"data": [{"error": {"code": "X"}}, {"error": {"code": "\xff"}}]} x'
    assert [error.defects for error in parse_all(body)] == [(BAD_ENCODING, NOT_JSON)] * 2


# --- Decode: depth ---


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]"), (' [\n"]",', " ]")]
)
@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_text_is_decoded_down_to_100_levels(
    opening: str, closing: str, encoding: str | None
) -> None:
    def read(body: str) -> ErrorResponse:
        return parse(body.encode(encoding) if encoding else body)

    levels = 2 if opening.startswith("[{") else 1
    deep = opening * (100 // levels) + "1" + closing * (100 // levels)
    assert read(deep) == message_only(deep.strip(), NO_ERROR)
    deeper = f"[{deep}]"
    assert read(f" {deeper}\n") == message_only(deeper, TOO_DEEP)


def test_depth_counts_from_the_outermost_bracket() -> None:
    body = '{"code": "X", "details": %s1%s}'
    assert parse(body % ('{"a":' * 99, "}" * 99)).code == "X"
    deeper = body % ('{"a":' * 100, "}" * 100)
    assert parse(deeper) == message_only(deeper, TOO_DEEP)


@pytest.mark.parametrize("before", ["[],", "{},[],", "[[]],", '[{"a":{}}],', '"[",[[]],"]",'])
def test_depth_counts_after_brackets_that_are_closed_again(before: str) -> None:
    body = f"[{before}%s%s]"
    deep = body % ("[" * 99, "]" * 99)
    assert parse(deep) == message_only(deep, NO_ERROR)
    for deeper in (body % ("[" * 100, "]" * 100), body % ("[" * 100 + "1", "]" * 100)):
        assert parse(deeper) == message_only(deeper, TOO_DEEP)


def test_depth_is_told_before_the_text_is_refused() -> None:
    # Where the decoder recurses first and refuses afterwards, the interpreter is gone already.
    for unclosed in ("[" * 101, '{"a":' * 101, "[" * 200_000, '"","\\"",' + "[" * 101):
        assert parse(unclosed) == message_only(unclosed, TOO_DEEP)
    assert parse("[" * 100) == message_only("[" * 100, NOT_JSON)


@pytest.mark.parametrize("value", ['{"code": "X"}', '"X"', "5"])
def test_depth_counts_behind_a_json_value(value: str) -> None:
    body = f"{value} {'[' * 101}"
    assert parse(body) == message_only(body, TOO_DEEP)


@pytest.mark.parametrize(
    "text",
    [
        *("[" * 200, "{" * 200, '"' + "[" * 200, '"' + "[" * 200 + '"', '"[' * 200),
        *("\\", "\\" + "[" * 200, '\\"' + "{" * 200 + '\\\\"', "[" * 200 + "\\"),
        *("é💬" + "[" * 200, "]" * 200 + "[" * 200),
    ],
)
def test_brackets_in_a_string_nest_nothing(text: str) -> None:
    for ascii_only in (True, False):
        body = json.dumps({text: text, "message": text, "code": "X"}, ensure_ascii=ascii_only)
        assert parse(body) == ErrorResponse(message=text, code="X")
        assert parse(json.dumps(body)) == ErrorResponse(message=text, code="X")


@pytest.mark.parametrize(
    "item", ['"[[",', '"]",[],', '"{","]]",{},', '"[","[",[],', '"[][",', '"","[",']
)
def test_brackets_in_many_strings_nest_nothing(item: str) -> None:
    body = "[" + item * 12_345 + "[" * 99 + "%s" + "]" * 100
    assert parse(body % "1") == message_only(body % "1", NO_ERROR)
    assert parse(body % "[]") == message_only(body % "[]", TOO_DEEP)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_bytes_of_other_characters_nest_nothing(encoding: str) -> None:
    text = "\u225b" * 400  # in UTF-16 its bytes are those of " and [
    body = json.dumps({"code": "X", "message": text, "details": [[]] * 50}, ensure_ascii=False)
    assert parse(body.encode(encoding)).message == text


def test_invalid_bytes_hide_no_depth() -> None:
    body = b'{"a": "\xff", "b": ' + b"[" * 100
    assert parse(body) == message_only(body.decode(errors="replace"), BAD_ENCODING, TOO_DEEP)


def test_brackets_after_a_string_do_nest() -> None:
    for text in ("", '"', "\\", '\\"', '\\\\"', "]" * 200, '"]' * 200):
        body = f"[{json.dumps(text)},{'[' * 100}1{']' * 100}]"
        assert parse(body) == message_only(body, TOO_DEEP)


def test_thousands_of_shallow_objects_are_read() -> None:
    entries = [{"campaignId": str(n), "error": {"code": str(n)}} for n in range(5_000)]
    errors = parse_all(json.dumps({"data": entries}))
    assert [error.code for error in errors] == [str(n) for n in range(5_000)]


def test_decoded_values_may_be_nested_as_deep_as_they_are() -> None:
    details: dict[str, object] = {}
    for _ in range(500):
        details = {"a": details}
    assert parse({"code": "X", "details": details}).details is details


# --- Decode: JSON within a JSON string ---


@pytest.mark.parametrize("before", ["", " ", "\n\t"])
@pytest.mark.parametrize(
    ("content", "path"),
    [(MEMBERS, ()), ({"error": MEMBERS}, ("error",)), ([{"error": MEMBERS}], (0, "error"))],
)
def test_json_within_a_json_string_is_read(before: str, content: object, path: Path) -> None:
    body = json.dumps(before + json.dumps(content) + before)
    for payload in (body, body.encode("utf-16")):
        assert_errors(payload, replace(READ, path=path))


def test_json_within_a_json_string_is_decoded_down_to_100_levels_too() -> None:
    content = '{"code": "X", "details": %s1%s}'
    assert parse(json.dumps(content % ('{"a":' * 99, "}" * 99))).code == "X"
    for deeper in (content % ('{"a":' * 100, "}" * 100), "[" * 101):
        body = json.dumps(deeper)
        assert_errors(body, message_only(body, TOO_DEEP))


# --- Decode: text behind JSON, and long integers ---


@pytest.mark.parametrize(
    "behind", ["x", " <html>", "}", "\n{}", '\n{"code": "Y"}', '"', "\0", "\f", "\xa0", "\ufeff"]
)
@pytest.mark.parametrize("kind", [str, str.encode])
def test_a_json_value_is_read_where_more_text_stands_behind(
    behind: str, kind: Callable[[str], str | bytes]
) -> None:
    assert_errors(kind(json.dumps(MEMBERS) + behind), replace(READ, defects=(NOT_JSON,)))
    within = json.dumps(json.dumps({"error": MEMBERS}))
    assert parse(kind(within + behind)) == replace(READ, path=("error",), defects=(NOT_JSON,))


def test_an_integer_of_4300_digits_is_read_and_a_longer_one_is_not_json() -> None:
    body = '{"code": %s}'
    longest = body % ("1" * 4_300)
    assert parse(longest) == ErrorResponse(code="1" * 4_300, defects=(wrong_type("code"),))
    too_long = body % ("1" * 4_301)
    assert parse(too_long) == message_only(too_long, NOT_JSON)


# --- Decode: what came decoded ---


@pytest.mark.parametrize("mapping", [dict, MappingProxyType, UserDict, ChainMap])
@pytest.mark.parametrize("sequence", [list, tuple, UserList, deque])
def test_any_mapping_is_an_object_and_any_sequence_an_array(
    mapping: Callable[[dict[str, object]], Mapping[str, object]],
    sequence: Callable[[list[object]], Sequence[object]],
) -> None:
    error = mapping({**MEMBERS, "details": mapping({"attempts": [1, 2]})})
    payload = sequence([mapping({"data": sequence([mapping({"error": error})])})])
    assert_errors(payload, replace(READ, path=(0, "data", 0, "error")))


# --- Find: (a) the documented places ---

PLACES: list[tuple[str, Path]] = [
    ("%s", ()),
    ('{"error": %s}', ("error",)),
    ('{"topic": "delivery_status", "statusUpdate": {"error": %s}}', ("statusUpdate", "error")),
    ('{"data": [{"error": %s}]}', ("data", 0, "error")),
    ('{"data": [{"error": null}, 5, null, {"id": "1"}, {"error": %s}]}', ("data", 4, "error")),
    ("[null, %s]", (1,)),
    ('[[], "error", 5, {}, {"error": %s}]', (4, "error")),
    ('[{"statusUpdate": {"error": %s}}]', (0, "statusUpdate", "error")),
    ('[{"id": "1"}, {"data": [{}, {"error": %s}]}]', (1, "data", 1, "error")),
]
INSIDE = [(wrapper, path) for wrapper, path in PLACES if "error" in path]


@pytest.mark.parametrize(("wrapper", "path"), PLACES)
def test_an_error_object_is_found_at_each_documented_place(wrapper: str, path: Path) -> None:
    for payload in forms(wrapper % json.dumps(MEMBERS)):
        assert_errors(payload, replace(READ, path=path))


@pytest.mark.parametrize(("wrapper", "path"), INSIDE)
@pytest.mark.parametrize("error", ['{"other": "member"}', '{"code": null}', '{"message": ""}'])
def test_any_member_makes_an_error_object_there(wrapper: str, path: Path, error: str) -> None:
    for payload in forms(wrapper % error):
        assert_errors(payload, ErrorResponse(path=path))


@pytest.mark.parametrize("wrapper", [wrapper for wrapper, _ in INSIDE])
@pytest.mark.parametrize(
    "nothing", ["null", "{}", "[]", '""', '" \\t\\r\\n"', '"\\u2003"', "0", "0.0", "false"]
)
def test_what_is_empty_is_no_error(wrapper: str, nothing: str) -> None:
    assert_no_error(wrapper % nothing)


@pytest.mark.parametrize("nothing", [(), deque(), UserDict(), MappingProxyType({})])
def test_empty_mappings_and_sequences_are_no_error(nothing: object) -> None:
    assert parse_all({"error": nothing}) == ()


@pytest.mark.parametrize(("wrapper", "path"), INSIDE)
@pytest.mark.parametrize(
    ("error", "message"),
    [
        *(('"boom"', "boom"), ('" boom "', " boom "), ('"{}"', "{}")),
        *(("5", ""), ("-0.5", ""), ("true", ""), ('["boom"]', ""), ('[{"code": "X"}]', "")),
    ],
)
def test_anything_else_there_is_an_error_without_members(
    wrapper: str, path: Path, error: str, message: str
) -> None:
    for payload in forms(wrapper % error):
        assert_errors(payload, ErrorResponse(message=message, path=path, defects=(NO_OBJECT,)))


def test_what_is_no_json_value_there_is_an_error_too() -> None:
    error = ErrorResponse(path=("data", 0, "error"), defects=(NO_OBJECT,))
    assert_errors({"data": [{"error": ValueError("boom")}]}, error)


# --- Find: (b) the payload itself ---


@pytest.mark.parametrize(
    "members",
    [
        *('{"code": "ERROR_CODE_NEW"}', '{"code": 5}', '{"code": true}'),
        *('{"code": {"a": 1}}', '{"code": [0]}'),
        *('{"cntTraceId": "1"}', '{"cntTraceId": 1}', '{"cnt_trace_id": "1"}'),
        '{"cntTraceId": null, "cnt_trace_id": "1"}',
        *('{"type": "ERROR_"}', '{"type": "ERROR_TYPE_NEW"}', '{"message": "Forbidden"}'),
    ],
)
@pytest.mark.parametrize(("wrapper", "path"), [("%s", ()), ("[5, %s]", (1,))])
def test_a_payload_is_the_error_object_by_one_of_its_members(
    members: str, wrapper: str, path: Path
) -> None:
    for payload in forms(wrapper % members):
        (error,) = parse_all(payload)
        assert error.path == path
        assert NO_ERROR not in error.defects


@pytest.mark.parametrize(
    "members",
    [
        *('{"code": null}', '{"code": ""}', '{"code": " "}', '{"code": 0}', '{"code": false}'),
        *('{"code": {}}', '{"code": []}', '{"Code": "X"}'),
        *('{"cntTraceId": null}', '{"cntTraceId": ""}', '{"cntTraceId": 0}', '{"trace_id": "1"}'),
        *('{"cntTraceId": " "}', '{"cntTraceId": "", "cnt_trace_id": "1"}'),
        *('{"type": "error"}', '{"type": "AN_ERROR_"}', '{"type": "ERROR"}', '{"type": 5}'),
        *('{"type": null}', '{"type": ["ERROR_"]}'),
        *('{"message": null}', '{"message": ""}', '{"message": " \\n"}', '{"message": 5}'),
        *('{"message": ["m"]}', '{"message": {"text": "Is it there?"}}'),
        '{"code": 0, "message": "", "details": []}',
        '{"userTitle": "t", "userMessage": "m", "details": {"a": 1}}',
        *(
            '{"id": "01"}',
            '{"statusUpdate": "failed"}',
            '{"data": "error"}',
            '{"data": [5, "failed"]}',
        ),
        *("{}", "[]", "5", "true", "NaN", '["boom"]', "[[{}]]"),
    ],
)
def test_a_payload_is_no_error_object_by_anything_else(members: str) -> None:
    assert_no_error(members)
    assert_no_error(f"[{members}]")


@pytest.mark.parametrize("payload", [5, 2.5, True, (), ["boom"], range(3), UserDict()])
def test_a_decoded_value_without_an_error(payload: Any) -> None:
    assert parse_all(payload) == ()
    assert parse(payload) == message_only("", NO_ERROR)


@pytest.mark.parametrize("error", [None, "", {}, [], 0, "Not Found", 5, ["boom"]])
def test_what_else_stands_at_error_is_no_error_beside_the_payload_itself(error: object) -> None:
    assert_errors({**MEMBERS, "error": error}, READ)


ENTRIES: list[Path] = [("data", 0, "error"), ("data", 1, "error")]


@pytest.mark.parametrize(
    ("inside", "paths"),
    [
        ({"error": {"a": 1}}, [("error",)]),
        ({"statusUpdate": {"error": {"a": 1}}}, [("statusUpdate", "error")]),
        ({"data": [{}, {"error": {"a": 1}}]}, [("data", 1, "error")]),
        ({"data": [{"error": {"a": 1}}, {"error": 5}]}, ENTRIES),
        ({"error": "boom", "data": [{"error": {"a": 1}}]}, [("error",), ("data", 0, "error")]),
        ({"statusUpdate": {"error": "boom"}}, [(), ("statusUpdate", "error")]),
        ({"data": [{"error": "boom"}, {"error": 5}]}, [(), *ENTRIES]),
        ({"statusUpdate": {"status": "failed"}}, [(), ("statusUpdate", "error")]),
        ({"error": "boom", "data": [{"status": "failed"}]}, [(), ("data", 0, "error")]),
    ],
)
def test_the_payload_itself_counts_where_no_object_is_inside_and_comes_first(
    inside: dict[str, object], paths: list[Path]
) -> None:
    errors = parse_all({**MEMBERS, **inside})
    assert [error.path for error in errors] == paths
    assert (READ in errors) is (() in paths)
    assert parse({**MEMBERS, **inside}) == errors[0]


# --- Find: (c) a failure without an error ---

HOLDERS: list[tuple[str, Path]] = [
    ("%s", ()),
    ('{"statusUpdate": %s}', ("statusUpdate", "error")),
    ('{"data": [{"status": "created"}, %s]}', ("data", 1, "error")),
    ("[{}, %s]", (1,)),
    ('[{"statusUpdate": %s}]', (0, "statusUpdate", "error")),
    ('[{"data": [%s]}]', (0, "data", 0, "error")),
]


@pytest.mark.parametrize(("holder", "path"), HOLDERS)
@pytest.mark.parametrize(
    "members",
    [
        *('{"status": "delivery_failed"}', '{"status": "delivery_failure"}'),
        *('{"status": "failed"}', '{"status": "rejected"}', '{"status": "error"}'),
        *('{"status": "Delivery_FAILED"}', '{"rejectedCount": 1}', '{"rejectedCount": "1"}'),
        '{"status": "failed", "rejectedCount": 0, "error": null}',
        '{"status": "created", "rejectedCount": 1, "error": {}}',
        '{"status": "failed", "message": {"text": "m"}, "error": " "}',
    ],
)
def test_a_failure_without_an_error_is_one_without_members(
    holder: str, path: Path, members: str
) -> None:
    for payload in forms(holder % members):
        assert_errors(payload, ErrorResponse(path=path, defects=(NO_REASON,)))


@pytest.mark.parametrize("holder", [holder for holder, _ in HOLDERS])
@pytest.mark.parametrize(
    "members",
    [
        *('{"status": "delivered"}', '{"status": "fail"}', '{"status": "not failed"}'),
        *('{"status": ""}', '{"status": null}', '{"status": 500}', '{"status": ["failed"]}'),
        *('{"rejectedCount": 0}', '{"rejectedCount": null}', '{"rejectedCount": []}'),
        '{"status": "created", "rejectedCount": "0", "error": null}',
        *('{"rejectedCount": ""}', '{"rejectedCount": " "}', '{"rejectedCount": {}}'),
        *('{"acceptedCount": 0}', '{"rejected_count": 1}', '{"Status": "failed"}'),
    ],
)
def test_other_statuses_and_counts_are_no_failure(holder: str, members: str) -> None:
    assert_no_error(holder % members)


@pytest.mark.parametrize(("holder", "path"), [(h, p) for h, p in HOLDERS if "error" in p])
@pytest.mark.parametrize(
    ("members", "message", "defect"),
    [
        ('{"status": "failed", "message": "m"}', "m", NO_REASON),
        ('{"status": "failed", "message": " "}', "", NO_REASON),
        ('{"error": 5, "message": "m"}', "m", NO_OBJECT),
        ('{"error": ["boom"], "message": "m"}', "m", NO_OBJECT),
        ('{"error": "boom", "message": "m"}', "boom", NO_OBJECT),
        ('{"error": true, "message": " "}', "", NO_OBJECT),
        ('{"error": true, "message": {"text": "m"}}', "", NO_OBJECT),
        ('{"error": true, "userMessage": "m"}', "", NO_OBJECT),
    ],
)
def test_an_error_without_members_and_text_has_the_message_beside_it(
    holder: str, path: Path, members: str, message: str, defect: Defect
) -> None:
    for payload in forms(holder % members):
        assert_errors(payload, ErrorResponse(message=message, path=path, defects=(defect,)))


def test_a_message_beside_error_is_that_of_no_error_object_elsewhere() -> None:
    assert_errors(
        {"error": 5, "message": "m", "data": [{"error": {"code": "X"}}, {"error": {"code": "Y"}}]},
        ErrorResponse(message="m", path=("error",), defects=(NO_OBJECT,)),
        ErrorResponse(code="X", path=("data", 0, "error")),
        ErrorResponse(code="Y", path=("data", 1, "error")),
    )


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"code": "X"}, ()),
        ({"error": {"code": "X"}}, ("error",)),
        ({"error": "boom"}, ("error",)),
        ({"statusUpdate": {"error": {"code": "X"}, "status": "failed"}}, ("statusUpdate", "error")),
        ({"statusUpdate": {"error": "boom", "status": "failed"}}, ("statusUpdate", "error")),
        ({"statusUpdate": {"status": "failed"}}, ("statusUpdate", "error")),
        ({"data": [{"error": {"code": "X"}, "rejectedCount": 1}]}, ("data", 0, "error")),
        ({"statusUpdate": {"status": "sent"}, "data": [{"error": None}]}, ()),
    ],
)
def test_a_failure_counts_once(payload: dict[str, object], path: Path) -> None:
    (error,) = parse_all({**payload, "status": "failed"})
    assert error.path == path


# --- Find: order, and nowhere else ---


def test_errors_come_in_the_order_of_the_documented_places() -> None:
    payload = {
        "data": [{"error": {"code": "3"}}, {}, {"status": "failed"}, {"error": "boom"}],
        "statusUpdate": {"error": {"code": "2"}},
        "error": {"code": "1"},
        "code": "0",
    }
    expected = (
        ErrorResponse(code="1", path=("error",)),
        ErrorResponse(code="2", path=("statusUpdate", "error")),
        ErrorResponse(code="3", path=("data", 0, "error")),
        ErrorResponse(path=("data", 2, "error"), defects=(NO_REASON,)),
        ErrorResponse(message="boom", path=("data", 3, "error"), defects=(NO_OBJECT,)),
    )
    for whole in forms(json.dumps(payload)):
        assert_errors(whole, *expected)
    for item in forms(json.dumps([payload, 5, payload])):
        assert [error.path for error in parse_all(item)] == [
            (index, *error.path) for index in (0, 2) for error in expected
        ]


def test_each_item_of_an_array_counts_for_itself() -> None:
    assert_errors(
        [{"status": "failed"}, {"error": {"a": 1}}, {"code": "X"}],
        ErrorResponse(path=(0,), defects=(NO_REASON,)),
        ErrorResponse(path=(1, "error")),
        ErrorResponse(code="X", path=(2,)),
    )


@pytest.mark.parametrize(
    "wrapper",
    [
        *('{"callbackData": %s}', '{"callbackData": {"error": %s}}', '{"metadata": {"error": %s}}'),
        *('{"message": %s}', '{"message": {"text": "", "error": %s}}'),
        '{"context": {}, "buttonResponse": %s}',
        '{"statusUpdate": {"error": null, "metadata": {"error": %s}}}',
        *('{"statusUpdate": %s}', '{"statusUpdate": [{"error": %s}]}'),
        *('{"data": [%s]}', '{"data": [[{"error": %s}]]}', '{"data": {"error": %s}}'),
        '{"data": [{"data": [{"error": %s}], "statusUpdate": {"error": {"a": 1}}}]}',
        *('{"errors": [%s]}', '{"status_update": {"error": %s}}', '{"result": {"error": %s}}'),
        '{"entity": {"templateGroups": [{"templates": [%s]}]}}',
        '[[%s], [{"error": {"a": 1}}]]',
    ],
)
def test_no_error_is_found_anywhere_else(wrapper: str) -> None:
    assert_no_error(wrapper % json.dumps(MEMBERS))


@pytest.mark.parametrize("item", [(MEMBERS,), b"{}", {"error"}, ValueError("boom"), 1j])
def test_items_that_are_no_objects_are_passed_over(item: object) -> None:
    for items in ([item, MEMBERS], {"data": [item, {"error": MEMBERS}]}):
        [error] = parse_all(items)
        assert error.code == MEMBERS["code"]


# --- Read ---

NAMES = {"type": ErrorType.UNSPECIFIED, "code": ErrorCode.UNSPECIFIED}

# What was got (... where absent); what a text member makes of it, and type and code likewise, but
# UNSPECIFIED of ""; what details makes of it; and where that is a defect.
Row = tuple[object, str, object, str]
OF_JSON: list[Row] = [
    (..., "", {}, "nowhere"),
    (None, "", {}, "nowhere"),
    ("", "", {}, "details"),
    (" ", " ", {}, "details"),
    ("null", "null", {}, "details"),
    ("a text", "a text", {}, "details"),
    ("é\n💬", "é\n💬", {}, "details"),
    ("{}", "{}", {}, "details"),
    (42, "42", {}, "everywhere"),
    (0, "0", {}, "everywhere"),
    (-1, "-1", {}, "everywhere"),
    (2**64, "18446744073709551616", {}, "everywhere"),
    (1.5, "1.5", {}, "everywhere"),
    (1e300, "1e+300", {}, "everywhere"),
    (float("inf"), "Infinity", {}, "everywhere"),
    (float("nan"), "NaN", {}, "everywhere"),
    (True, "true", {}, "everywhere"),
    (False, "false", {}, "everywhere"),
    ({}, "", {}, "elsewhere"),
    ({"a": {"b": [1, None]}}, "", {"a": {"b": [1, None]}}, "elsewhere"),
    ([], "", {"details": []}, "everywhere"),
    ([{"@type": "x"}, 1], "", {"details": [{"@type": "x"}, 1]}, "everywhere"),
]
OF_NONE: list[Row] = [
    (10**5_000, "", {}, "everywhere"),
    ((1, 2), "", {"details": (1, 2)}, "everywhere"),
    (b"a text", "", {}, "everywhere"),
    (object(), "", {}, "everywhere"),
    ({1}, "", {}, "everywhere"),
]


def assert_reads(payload: Any, path: Path, member: str, row: Row) -> None:
    _, text, details, where = row
    expected = details if member == "details" else text or NAMES.get(member, "")
    is_defect = where in ("everywhere", "details" if member == "details" else "elsewhere")
    error = parse(payload)
    assert error == replace(
        read_with(member, expected, *[wrong_type(member)] * is_defect), path=path
    )
    assert type(getattr(error, FIELDS[member])) is type(expected)


@pytest.mark.parametrize(("wrapper", "path"), PLACES[:4])
@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("row", OF_JSON)
def test_member(wrapper: str, path: Path, member: str, row: Row) -> None:
    error = {**MEMBERS, member: row[0], "other": "member"}
    if row[0] is ...:
        del error[member]
    for payload in forms(wrapper % json.dumps(error)):
        assert_reads(payload, path, member, row)


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("row", OF_NONE, ids=["5001 digits", "tuple", "bytes", "object", "set"])
def test_member_that_json_does_not_have(member: str, row: Row) -> None:
    error = {**MEMBERS, member: row[0]}
    assert_reads(error, (), member, row)
    assert_reads({"error": error}, ("error",), member, row)


@pytest.mark.parametrize(
    ("member", "wire", "expected"),
    [
        *(("type", kind.value, kind) for kind in ErrorType),
        *(("code", code.value, code) for code in ErrorCode),
        ("type", "ERROR_TYPE_CONTEXT_CANCELED", ErrorType.CONTEXT_CANCLED),
        ("type", "ERROR_TYPE_CONTEXT_CANCELLED", ErrorType.CONTEXT_CANCLED),
        ("type", "NOT_FOUND", "NOT_FOUND"),
        ("type", "error_type_not_found", "error_type_not_found"),
        ("type", "ERROR_CODE_MESSAGE_TEXT_EMPTY", "ERROR_CODE_MESSAGE_TEXT_EMPTY"),
        ("code", "ERROR_TYPE_NOT_FOUND", "ERROR_TYPE_NOT_FOUND"),
    ],
)
def test_a_known_value_is_read_as_its_member(member: str, wire: str, expected: str) -> None:
    for payload in forms(json.dumps({**MEMBERS, member: wire})):
        assert parse(payload) == read_with(member, expected)
        assert type(getattr(parse(payload), member)) is type(expected)


def test_details_that_came_decoded_are_the_object_itself() -> None:
    details, array = {"a": 1}, [1]
    assert parse({"details": details, "code": "X"}).details is details
    assert parse({"details": array, "code": "X"}).details["details"] is array


@pytest.mark.parametrize(("name", "snake_case"), SNAKE_CASE)
def test_the_snake_case_name_counts_where_the_wire_name_is_absent_or_null(
    name: str, snake_case: str
) -> None:
    absent = {key: value for key, value in MEMBERS.items() if key != name}
    for members in (absent, {**MEMBERS, name: None}):
        for order in ({**members, snake_case: "snake"}, {snake_case: "snake", **members}):
            for payload in forms(json.dumps(order)):
                assert parse(payload) == read_with(name, "snake")
    assert parse({**absent, snake_case: 5}) == read_with(name, "5", wrong_type(name))
    assert parse({**absent, snake_case: "\ud800"}) == read_with(name, "\ufffd", bad_encoding(name))


@pytest.mark.parametrize(("name", "snake_case"), SNAKE_CASE)
@pytest.mark.parametrize("value", ["", "camel", 5, {}])
def test_the_wire_name_counts_before_the_snake_case_one(
    name: str, snake_case: str, value: object
) -> None:
    members = {**MEMBERS, name: value}
    for payload in forms(json.dumps({**members, snake_case: "snake"})):
        assert parse(payload) == parse(members)


def test_other_spellings_of_members_are_not_read() -> None:
    members = {"code": "X", "Message": "m", "usertitle": "t", "UserMessage": "m", "": "m"}
    assert parse(members) == ErrorResponse(code="X")


@pytest.mark.parametrize(("wrapper", "path"), [PLACES[0], *INSIDE])
@pytest.mark.parametrize(
    ("members", "message", "defects"),
    [
        ({"error": "boom"}, "boom", ()),
        ({"error": "boom", "message": None}, "boom", ()),
        ({"error": "boom", "message": ""}, "boom", ()),
        ({"error": "boom", "message": " \n"}, "boom", ()),
        ({"error": "boom", "message": {}}, "boom", (wrong_type("message"),)),
        ({"error": "boom", "message": "m"}, "m", ()),
        ({"error": "boom", "message": 5}, "5", (wrong_type("message"),)),
        ({"error": 5, "message": ""}, "", ()),
        ({"error": ["boom"], "message": " "}, " ", ()),
        ({"error": " ", "message": ""}, "", ()),
    ],
)
def test_a_text_in_error_stands_in_for_a_missing_message(
    wrapper: str, path: Path, members: dict[str, object], message: str, defects: tuple[Defect, ...]
) -> None:
    expected = ErrorResponse(message=message, code="X", path=path, defects=defects)
    for payload in forms(wrapper % json.dumps({"code": "X", **members})):
        assert_errors(payload, expected)


# --- Or else ---


@pytest.mark.parametrize(
    "body",
    [
        *("<html>", "{", '{"message": "cut', "nul", "{'message': 'm'}", '{"a": 1,}', "]", "X{}"),
        *("{} {}", '{}{"code": "X"}', "{}X", "5 X", '"boom" X', '[{"id": "1"}]]'),
        *('"' * 101, '"' * 102, '"a"' * 100, '"a" ' * 101 + "]"),
    ],
)
@pytest.mark.parametrize("kind", [str, str.encode])
def test_text_that_is_not_json_is_the_message(
    body: str, kind: Callable[[str], str | bytes]
) -> None:
    assert_errors(kind(f"\t{body} \r\n"), message_only(body, NOT_JSON))
    assert_errors(kind(f"\ufeff{body}"), message_only(body, NOT_JSON))


@pytest.mark.parametrize("space", ["\f", "\v", "\xa0", "\u2003", "\u2028"])
def test_white_space_that_json_does_not_know_makes_text_that_is_not_json(space: str) -> None:
    assert parse(f"{space}{{}}{space}") == message_only("{}", NOT_JSON)


@pytest.mark.parametrize("body", ['{"id": "01"}', '[{"id": 1}]', "5", "null", "NaN"])
def test_json_without_an_error_is_the_message_as_sent(body: str) -> None:
    for payload in (f"\ufeff {body}\n", f"{body}\n".encode("utf-16")):
        assert parse(payload) == message_only(body, NO_ERROR)
        assert parse_all(payload) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        *(("boom", "boom"), (" boom\xa0", "boom"), ("", ""), ("<p>é</p>", "<p>é</p>")),
        *(('{"code": "X"', '{"code": "X"'), ('{"code": "X"} x', '{"code": "X"} x')),
        ("1" * 4_301, "1" * 4_301),
        *(("{}", '"{}"'), ("5", '"5"'), ("null", '"null"'), ('"boom"', r'"\"boom\""')),
        ('"{}"', r'"\"{}\""'),
        (json.dumps(json.dumps({"code": "X"})), json.dumps(json.dumps(json.dumps({"code": "X"})))),
    ],
)
def test_of_a_json_string_without_an_error_the_message_is_its_content_if_that_is_no_json(
    content: str, message: str
) -> None:
    body = json.dumps(content)
    assert parse(f" {body}\n") == message_only(message, NO_ERROR)
    assert parse_all(body) == ()


@pytest.mark.parametrize("payload", [None, "", " \t\r\n", "\ufeff", "\ufeff ", "\xa0\u2003"])
def test_nothing_or_white_space_alone_is_empty(payload: str | None) -> None:
    assert parse(payload) == message_only("", EMPTY)
    assert parse((payload or "").encode()) == message_only("", EMPTY)
    assert parse_all(payload) == ()


# --- The order of defects ---


@pytest.mark.parametrize(
    ("payload", "defects"),
    [
        (b'{"code": 5, "id": "\xff"} x', [BAD_ENCODING, NOT_JSON, wrong_type("code")]),
        (b'{"error": 5, "id": "\xff"} x', [BAD_ENCODING, NOT_JSON, NO_OBJECT]),
        (b'{"status": "failed", "id": "\xff"} x', [BAD_ENCODING, NOT_JSON, NO_REASON]),
        ({"code": "X", "error": "\ud800"}, [bad_encoding("message")]),
        ({"error": "\ud800"}, [NO_OBJECT, bad_encoding("message")]),
        ({"data": [{"error": 5, "message": "\ud800"}]}, [NO_OBJECT, bad_encoding("message")]),
        (
            {"statusUpdate": {"status": "failed", "message": "\ud800"}},
            [NO_REASON, bad_encoding("message")],
        ),
        ({"code": 5, "message": "\ud800"}, [bad_encoding("message"), wrong_type("code")]),
        ({"code": 5, "userTitle": "\ud800"}, [wrong_type("code"), bad_encoding("userTitle")]),
        (
            {"error": {name: [] for name in reversed(MEMBERS)}},
            [wrong_type(name) for name in MEMBERS],
        ),
    ],
)
def test_defects_stand_in_their_order(payload: Any, defects: list[Defect]) -> None:
    assert parse(payload).defects == tuple(defects)


# --- source ---


@pytest.mark.parametrize(
    ("payload", "steps"),
    [
        (MEMBERS, []),
        ({"error": MEMBERS, "id": "1"}, []),
        ({"error": "boom"}, []),
        ({"statusUpdate": {"error": MEMBERS, "id": "1"}}, []),
        ({"statusUpdate": {"error": "boom"}}, []),
        ({"statusUpdate": {"status": "failed"}}, []),
        ({"status": "failed"}, []),
        ({"data": [None, {"error": MEMBERS}]}, ["data", 1]),
        ({"data": [{"error": "boom"}]}, ["data", 0]),
        ({"data": [{"status": "failed"}]}, ["data", 0]),
        ([None, MEMBERS], [1]),
        ([{}, {"status": "failed"}], [1]),
        ([{"error": MEMBERS}], [0]),
        ([{"statusUpdate": {"error": MEMBERS}}], [0]),
        ([{"data": [{"error": MEMBERS}]}], [0, "data", 0]),
        ({"id": "1"}, []),
        (["boom"], []),
        (5, []),
    ],
)
def test_source_is_what_the_error_is_about(payload: Any, steps: list[str | int]) -> None:
    expected = payload
    for step in steps:
        expected = expected[step]
    assert parse(payload).source is expected
    assert parse_all(payload, status=500)[0].source is expected
    body = json.dumps(payload)
    for text in (body, body.encode(), bytearray(body, "utf-8"), json.dumps(body)):
        assert parse(text).source == expected


def test_source_of_each_error_is_its_own() -> None:
    payload: list[Any] = [{"data": [{"error": {"a": 1}}, {"status": "failed"}]}, {"code": "X"}]
    assert [error.source for error in parse_all(payload)] == [*payload[0]["data"], payload[1]]


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ('" boom "', " boom "),
        ('{"error": "boom", "id": "1"} x', {"error": "boom", "id": "1"}),
        (r'{"code": "X", "id\ud800": ["\udfff"]}', {"code": "X", "id\ufffd": ["\ufffd"]}),
    ],
)
def test_source_of_a_text_is_what_was_decoded(body: str, source: object) -> None:
    assert parse(body).source == source


@pytest.mark.parametrize(
    "payload",
    [
        *(None, "", " \n", b"", "<html>", " <html> ", b"\xff", "\ud800", "[" * 101),
        *('"' + "[" * 101 + '"', '{"id": "1"} x', b"{}]", object(), {1}),
    ],
)
def test_source_is_the_payload_as_given_where_nothing_was_decoded(payload: Any) -> None:
    assert [error.source for error in parse_all(payload, status=500)] == [payload]
    assert parse(payload).source is payload


@pytest.mark.parametrize("kind", [bytearray, memoryview])
@pytest.mark.parametrize("body", [b"", b"<html>\xff"])
def test_source_of_mutable_bytes_is_a_copy_of_them(
    kind: type[bytearray | memoryview], body: bytes
) -> None:
    source = parse(kind(body)).source
    assert type(source) is bytes
    assert source == body


# --- UNREADABLE ---


def raising(method: str) -> Mapping[str, object]:
    def fails(*_: object) -> object:
        raise ZeroDivisionError

    mapping: type[UserDict[str, object]] = type("Raising", (UserDict,), {method: fails})
    return mapping({"a": 1})


@pytest.mark.parametrize(
    "payload", [object(), {1}, print, ValueError("boom"), range, 1j, iter(()), raising("get")]
)
def test_what_is_no_json_value_or_raises_is_unreadable(payload: Any) -> None:
    assert_errors(payload, message_only("", UNREADABLE))


def test_errors_read_before_one_that_raises_are_kept() -> None:
    payload: Any = {"error": MEMBERS, "data": [{"error": raising("get")}]}
    assert_errors(payload, replace(READ, path=("error",)), message_only("", UNREADABLE))
    assert parse_all(payload)[1].source is payload


# --- status ---


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((None, None), (404, 404), (100, 100), (999, 999), (HTTPStatus.NOT_FOUND, 404)),
        *(("404", 404), (" 404\n", 404), (404.0, 404), (404.9, 404), (Decimal(404), 404)),
        *((99, None), (1_000, None), (0, None), (-404, None), (10**30, None), ("9" * 5_000, None)),
        *(("", None), ("404 Not Found", None), ("4e2", None), (True, None), (False, None)),
        *((float("nan"), None), (float("inf"), None), ([404], None), (object(), None)),
    ],
)
@pytest.mark.parametrize(
    "payload", [MEMBERS, None, "<html>", "{}", {"error": "boom"}, {"status": "failed"}, {1}]
)
def test_status_is_the_number_that_int_makes_of_it_from_100_to_999(
    status: Any, expected: int | None, payload: Any
) -> None:
    error = parse(payload, status=status)
    assert error.status == expected
    assert type(error.status) is type(expected)
    assert error == replace(parse(payload), status=expected)


def test_status_stands_in_every_error() -> None:
    payload: Any = {"data": [{"error": MEMBERS}, {"error": "boom"}, {"status": "failed"}]}
    assert [error.status for error in parse_all(payload, status=207)] == [207, 207, 207]


# --- parse_all ---

NOTHING: list[Any] = [
    *(None, "", b" ", "{}", "[]", '"boom"', "null", b'{"id": "\xff"}', {"id": "1"}, []),
]


@pytest.mark.parametrize("payload", NOTHING)
@pytest.mark.parametrize("status", [None, 100, 200, 299, "200", 1_000])
def test_nothing_and_no_error_give_no_response(payload: Any, status: Any) -> None:
    assert parse_all(payload, status=status) == ()


@pytest.mark.parametrize("payload", NOTHING)
@pytest.mark.parametrize("status", [300, 404, "404", HTTPStatus.BAD_GATEWAY, 999])
def test_nothing_and_no_error_are_errors_from_status_300_on(payload: Any, status: Any) -> None:
    assert parse_all(payload, status=status) == (parse(payload, status=status),)
    assert parse(payload, status=status).status == int(status)


@pytest.mark.parametrize("payload", ["<html>", "{} x", "[" * 101, {1}])
@pytest.mark.parametrize("status", [None, 200, 502])
def test_what_cannot_be_read_gives_one_response(payload: Any, status: int | None) -> None:
    assert parse_all(payload, status=status) == (parse(payload, status=status),)
