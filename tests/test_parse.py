"""The reading: parse and parse_all, rule by rule."""

import json
from asyncio import CancelledError
from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

import pytest

import connectly_errors
from connectly_errors import (
    Advice,
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
TEXT_MEMBERS = ["message", "userTitle", "userMessage", "cntTraceId"]
PROTO_NAMES = [
    ("userTitle", "user_title"),
    ("userMessage", "user_message"),
    ("cntTraceId", "cnt_trace_id"),
]

EMPTY = Defect(DefectKind.EMPTY)
NOT_JSON = Defect(DefectKind.NOT_JSON)
TOO_DEEP = Defect(DefectKind.TOO_DEEP)
BAD_ENCODING = Defect(DefectKind.BAD_ENCODING)
NO_ERROR = Defect(DefectKind.NO_ERROR)
UNREADABLE = Defect(DefectKind.UNREADABLE)


def wrong_type(field: str) -> Defect:
    return Defect(DefectKind.WRONG_TYPE, field)


def message_only(text: str, *defects: Defect) -> ErrorResponse:
    return ErrorResponse(message=text, defects=defects)


# --- Decode ---

ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
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
    ("body", "message"),
    [
        (b'{"message": "a\xffb"}', "a\ufffdb"),
        (b'{"message": "\xc3"}', "\ufffd"),
        (b'{"message": "n\xfamero v\xe1lido"}', "n\ufffdmero v\ufffdlido"),
        ('{"message": "x"}'.encode("utf-16-le").replace(b"x\0", b"\0\xd8"), "\ufffd"),
    ],
)
def test_invalid_bytes_become_a_replacement_character(body: bytes, message: str) -> None:
    assert parse(body) == message_only(message, BAD_ENCODING)
    assert parse_all(body) == (message_only(message, BAD_ENCODING),)


def test_bad_encoding_stands_before_what_else_is_wrong() -> None:
    assert parse(b"caf\xe9") == message_only("caf\ufffd", BAD_ENCODING, NOT_JSON)
    assert parse(b'{"code": 5, "user_title": "\xff"}') == ErrorResponse(
        code="5", user_title="\ufffd", defects=(BAD_ENCODING, wrong_type("code"))
    )


def test_bad_encoding_is_told_where_the_error_is_well_formed() -> None:
    for payload in (MEMBERS, {"data": [{"error": MEMBERS}]}):
        body = json.dumps(payload).replace("Not delivered", "%").encode().replace(b"%", b"\xff")
        assert [error.defects for error in parse_all(body)] == [(BAD_ENCODING,)]


def test_bad_encoding_is_told_for_every_error_of_the_payload() -> None:
    body = b'{"data": [{"error": {}}, {"error": {"message": "\xff"}}]}'
    assert [error.defects for error in parse_all(body)] == [(BAD_ENCODING,), (BAD_ENCODING,)]


def test_a_lone_surrogate_in_the_text_becomes_a_replacement_character() -> None:
    assert parse('{"message": "a\ud800\udfffb"}') == message_only("a\ufffd\ufffdb", BAD_ENCODING)
    assert parse("\ud800<html>") == message_only("\ufffd<html>", BAD_ENCODING, NOT_JSON)


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "details"])
@pytest.mark.parametrize("decoded", [True, False])
def test_a_lone_surrogate_in_a_member_becomes_a_replacement_character(
    name: str, decoded: bool
) -> None:
    members = {**MEMBERS, name: "a\udfff\ud800b"}
    error = parse(members if decoded else json.dumps(members))
    changes = {FIELDS[name]: "a\ufffd\ufffdb", "defects": (Defect(DefectKind.BAD_ENCODING, name),)}
    assert error == replace(READ, **changes)  # type: ignore[arg-type]
    assert error.raw == (members if decoded else json.dumps(members))


def test_an_escaped_surrogate_pair_is_a_character() -> None:
    assert parse(r'{"message": "\ud83d\udcac"}') == message_only("💬")


def test_a_surrogate_in_details_stays_as_it_was_sent() -> None:
    assert parse(r'{"code": "X", "details": {"a": "\ud800"}}') == ErrorResponse(
        code="X", details={"a": "\ud800"}
    )


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
    assert read(deep) == message_only("", NO_ERROR)
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
    assert parse(body % ("[" * 99, "]" * 99)) == message_only("", NO_ERROR)
    for deeper in (body % ("[" * 100, "]" * 100), body % ("[" * 100 + "1", "]" * 100)):
        assert parse(deeper) == message_only(deeper, TOO_DEEP)


def test_depth_is_told_before_the_text_is_refused() -> None:
    # Where the decoder recurses first and refuses afterwards, the interpreter is gone already.
    for unclosed in ("[" * 101, '{"a":' * 101, "[" * 200_000, '"","\\"",' + "[" * 101):
        assert parse(unclosed) == message_only(unclosed, TOO_DEEP)
    assert parse("[" * 100) == message_only("[" * 100, NOT_JSON)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200,
        "{" * 200,
        '"' + "[" * 200,
        '"' + "[" * 200 + '"',
        '"[' * 200,
        "\\",
        "\\" + "[" * 200,
        '\\"' + "{" * 200 + '\\\\"',
        "[" * 200 + "\\",
        "é💬" + "[" * 200,
        "]" * 200 + "[" * 200,
    ],
)
def test_brackets_in_a_string_nest_nothing(text: str) -> None:
    for ascii_only in (True, False):
        body = json.dumps({text: text, "message": text, "code": "X"}, ensure_ascii=ascii_only)
        assert parse(body) == ErrorResponse(message=text, code="X")


@pytest.mark.parametrize(
    "item", ['"[[",', '"]",[],', '"{","]]",{},', '"[","[",[],', '"[][",', '"","[",']
)
def test_brackets_in_many_strings_nest_nothing(item: str) -> None:
    body = "[" + item * 12_345 + "[" * 99 + "%s" + "]" * 100
    assert parse(body % "1") == message_only("", NO_ERROR)
    deeper = body % "[]"
    assert parse(deeper) == message_only(deeper, TOO_DEEP)


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


def test_an_integer_of_4300_digits_is_read_and_a_longer_one_is_not_json() -> None:
    body = '{"code": %s}'
    longest = body % ("1" * 4_300)
    assert parse(longest) == ErrorResponse(code="1" * 4_300, defects=(wrong_type("code"),))
    too_long = body % ("1" * 4_301)
    assert parse(too_long) == message_only(too_long, NOT_JSON)


@pytest.mark.parametrize(
    "body",
    [
        *("<html>", "{", '{"message": "cut', "nul", "{'message': 'm'}", "{} {}", '{"a": 1,}', "]"),
        *("X{}", "{}X", "X{}X"),
    ],
)
@pytest.mark.parametrize("kind", [str, str.encode])
def test_text_that_is_not_json_is_the_message(
    body: str, kind: Callable[[str], str | bytes]
) -> None:
    assert parse(kind(f"\t{body} \r\n")) == message_only(body, NOT_JSON)


@pytest.mark.parametrize("space", ["\f", "\v", "\xa0", "\u2003", "\u2028"])
def test_white_space_that_json_does_not_know_makes_text_that_is_not_json(space: str) -> None:
    assert parse(f"{space}{{}}{space}") == message_only("{}", NOT_JSON)


@pytest.mark.parametrize("text", ['"' * 101, '"' * 102, '"a"' * 100, '"a" ' * 101 + "]"])
def test_quotes_without_an_opening_bracket_are_text_that_is_not_json(text: str) -> None:
    assert parse(text) == message_only(text, NOT_JSON)


@pytest.mark.parametrize("payload", [None, "", " \t\r\n", "\ufeff", "\ufeff ", "\xa0\u2003"])
def test_nothing_or_white_space_alone_is_empty(payload: str | None) -> None:
    assert parse(payload) == message_only("", EMPTY)
    assert parse((payload or "").encode()) == message_only("", EMPTY)
    assert parse_all(payload) == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('"boom"', "boom"),
        ('" boom "', " boom "),
        ('""', ""),
        ("5", ""),
        ("true", ""),
        ("null", ""),
        ("NaN", ""),
        ("[]", ""),
        ('["boom"]', ""),
        ("{}", ""),
        ('{"id": "01"}', ""),
        ('[{"error": {"code": "X"}}]', ""),
    ],
)
def test_json_without_an_error_object(body: str, message: str) -> None:
    assert parse(body) == message_only(message, NO_ERROR)
    assert parse_all(body) == ()


def test_a_lone_surrogate_in_a_string_that_is_the_payload() -> None:
    assert parse(r'"\ud800"') == message_only("\ufffd", BAD_ENCODING, NO_ERROR)


@pytest.mark.parametrize("payload", [[], ["boom"], (), 5, 2.5, True, {}, MappingProxyType({})])
def test_a_decoded_value_without_an_error_object(payload: object) -> None:
    assert parse(payload) == message_only("", NO_ERROR)  # type: ignore[arg-type]


# --- Find ---

WRAPPERS: list[tuple[str, tuple[str | int, ...]]] = [
    ("%s", ()),
    ('{"error": %s}', ("error",)),
    ('{"topic": "delivery_status", "statusUpdate": {"error": %s}}', ("statusUpdate", "error")),
    ('{"data": [{"error": %s}]}', ("data", 0, "error")),
    ('{"data": [{"error": null}, 5, null, {"id": "1"}, {"error": %s}]}', ("data", 4, "error")),
]


@pytest.mark.parametrize(("wrapper", "path"), WRAPPERS)
def test_an_error_object_is_found_at_each_documented_place(
    wrapper: str, path: tuple[str | int, ...]
) -> None:
    body = wrapper % json.dumps(MEMBERS)
    for payload in (body, body.encode(), json.loads(body)):
        assert parse(payload) == replace(READ, path=path)
        assert parse_all(payload) == (replace(READ, path=path),)


@pytest.mark.parametrize(("wrapper", "path"), WRAPPERS[1:])
def test_an_empty_object_at_a_documented_place_is_an_error(
    wrapper: str, path: tuple[str | int, ...]
) -> None:
    assert parse_all(wrapper % "{}") == (ErrorResponse(path=path),)


@pytest.mark.parametrize(("wrapper", "path"), WRAPPERS[1:])
@pytest.mark.parametrize("text", ["boom", " boom\n", "{}"])
def test_a_text_at_a_documented_place_is_the_message(
    wrapper: str, path: tuple[str | int, ...], text: str
) -> None:
    assert parse_all(wrapper % json.dumps(text)) == (
        ErrorResponse(message=text, path=path, defects=(wrong_type("error"),)),
    )


@pytest.mark.parametrize(("wrapper", "path"), WRAPPERS[1:])
@pytest.mark.parametrize("nothing", ["null", '""', '" \\t\\r\\n"', "5", "0", "true", "[]", "[{}]"])
def test_what_is_no_error_at_a_documented_place(
    wrapper: str, path: tuple[str | int, ...], nothing: str
) -> None:
    del path
    assert parse_all(wrapper % nothing) == ()
    assert parse(wrapper % nothing) == message_only("", NO_ERROR)


@pytest.mark.parametrize(
    "members",
    [
        {"code": "ERROR_CODE_NEW"},
        {"code": ""},
        {"code": 0},
        {"code": False},
        {"code": {}},
        {"cntTraceId": "1"},
        {"cnt_trace_id": "1"},
        {"cntTraceId": 0},
        {"type": "ERROR_"},
        {"type": "ERROR_TYPE_NEW"},
        {"message": "Forbidden"},
        {"message": ""},
    ],
)
def test_a_payload_is_the_error_object_by_one_of_its_members(members: dict[str, object]) -> None:
    for payload in (members, json.dumps(members)):
        (error,) = parse_all(payload)
        assert error.path == ()
        assert NO_ERROR not in error.defects


@pytest.mark.parametrize(
    "members",
    [
        {"code": None},
        {"cntTraceId": None},
        {"type": "error"},
        {"type": "AN_ERROR_"},
        {"type": "ERROR"},
        {"type": 5},
        {"type": None},
        {"message": {"text": "Is it there?"}},
        {"message": None},
        {"message": 5},
        {"message": ["m"]},
        {"userTitle": "t", "userMessage": "m", "details": {}},
        {"id": "01"},
        {"status": "failed"},
    ],
)
def test_a_payload_is_no_error_object_by_anything_else(members: dict[str, object]) -> None:
    for payload in (members, json.dumps(members)):
        assert parse_all(payload) == ()
        assert parse(payload) == message_only("", NO_ERROR)


@pytest.mark.parametrize(
    "nothing",
    [None, "", " ", 5, [], "Not Found"],
)
def test_the_payload_itself_counts_where_error_is_no_object(nothing: object) -> None:
    payload = {**MEMBERS, "error": nothing}
    assert parse_all(payload) == (READ,)
    assert parse(payload) == READ


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"error": {}},
        {"statusUpdate": {"error": {}}},
        {"statusUpdate": {"error": "boom"}},
        {"data": [{"error": {}}]},
        {"data": [{"error": "boom"}]},
        {"error": "boom", "data": [{"error": {}}]},
    ],
)
def test_the_payload_itself_does_not_count_where_an_error_is_inside(
    elsewhere: dict[str, object],
) -> None:
    assert all(error.path for error in parse_all({**MEMBERS, **elsewhere}))
    assert parse({**MEMBERS, **elsewhere}).path != ()


def test_errors_come_in_the_order_of_the_documented_places() -> None:
    payload = {
        "data": [{"error": {"code": "3"}}, {"error": None}, {"error": "boom"}, {"error": {}}],
        "statusUpdate": {"error": {"code": "2"}},
        "error": {"code": "1"},
        "code": "0",
    }
    errors = parse_all(payload, status=207)
    assert errors == (
        ErrorResponse(code="1", path=("error",), status=207),
        ErrorResponse(code="2", path=("statusUpdate", "error"), status=207),
        ErrorResponse(code="3", path=("data", 0, "error"), status=207),
        ErrorResponse(
            message="boom", path=("data", 2, "error"), status=207, defects=(wrong_type("error"),)
        ),
        ErrorResponse(path=("data", 3, "error"), status=207),
    )
    assert parse(payload, status=207) == errors[0]


def test_well_formed_errors_come_in_that_order_too() -> None:
    places = {"error": MEMBERS, "statusUpdate": {"error": MEMBERS}, "data": [{"error": MEMBERS}]}
    paths = [("error",), ("statusUpdate", "error"), ("data", 0, "error")]
    for absent in (None, *places):
        payload = {name: value for name, value in places.items() if name != absent}
        expected = [path for path in paths if path[0] != absent]
        assert [error.path for error in parse_all(payload)] == expected
        assert parse(payload).path == expected[0]


def test_a_text_at_error_comes_first_where_there_are_objects_elsewhere() -> None:
    payload = {"error": "boom", "statusUpdate": {"error": {"code": "2"}}}
    assert parse_all(payload) == (
        ErrorResponse(message="boom", path=("error",), defects=(wrong_type("error"),)),
        ErrorResponse(code="2", path=("statusUpdate", "error")),
    )


@pytest.mark.parametrize(
    "payload",
    [
        {"statusUpdate": None},
        {"statusUpdate": [{"error": {}}]},
        {"statusUpdate": "error"},
        {"data": None},
        {"data": {"error": {}}},
        {"data": "error"},
        {"data": [[{"error": {}}]]},
        {"errors": [{}], "data": []},
        {"status_update": {"error": {}}},
    ],
)
def test_no_error_is_found_where_none_is_documented(payload: dict[str, object]) -> None:
    assert parse_all(payload) == ()
    assert parse_all(json.dumps(payload)) == ()


@pytest.mark.parametrize("mapping", [dict, MappingProxyType, UserDict, ChainMap])
@pytest.mark.parametrize("sequence", [list, tuple, UserList, deque])
def test_any_mapping_is_an_object_and_any_sequence_an_array(
    mapping: Callable[[dict[str, object]], Mapping[str, object]],
    sequence: Callable[[list[object]], object],
) -> None:
    error = mapping({**MEMBERS, "details": mapping({"attempts": [1, 2]})})
    payload = mapping({"data": sequence([mapping({"error": error})])})
    assert parse(payload) == replace(READ, path=("data", 0, "error"))


# --- Read ---


def in_each_place(member: str, value: object) -> Iterator[tuple[tuple[str, ...], ErrorResponse]]:
    """What is read where one member of a well-formed error is another value, from each place."""
    error = {**MEMBERS, member: value}
    for path, payload in (
        ((), error),
        (("error",), {"error": error}),
        (("statusUpdate", "error"), {"statusUpdate": {"error": error}}),
    ):
        yield path, parse(payload)
        try:
            body = json.dumps(payload)
        except (TypeError, ValueError):
            continue
        yield path, parse(body)
        yield path, parse(body.encode())


def assert_reads(member: str, value: object, expected: object, *defects: Defect) -> None:
    for path, error in in_each_place(member, value):
        changes = {FIELDS[member]: expected, "path": path, "defects": defects}
        assert error == replace(READ, **changes)  # type: ignore[arg-type]
        assert type(getattr(error, FIELDS[member])) is type(expected)


TEXT_ROWS: list[tuple[object, str, bool]] = [
    (None, "", False),
    ("", "", False),
    (" ", " ", False),
    ("a text", "a text", False),
    ("null", "null", False),
    ("é\n💬", "é\n💬", False),
    (42, "42", True),
    (0, "0", True),
    (-1, "-1", True),
    (2**64, "18446744073709551616", True),
    (1.5, "1.5", True),
    (1e300, "1e+300", True),
    (True, "true", True),
    (False, "false", True),
    ({}, "", True),
    ({"text": "a text"}, "", True),
    ([], "", True),
    (["a text"], "", True),
    (b"a text", "", True),
    (object(), "", True),
    ({1}, "", True),
]


@pytest.mark.parametrize("member", TEXT_MEMBERS)
@pytest.mark.parametrize(("value", "expected", "is_defect"), TEXT_ROWS)
def test_text_member(member: str, value: object, expected: str, is_defect: bool) -> None:
    assert_reads(member, value, expected, *[wrong_type(member)] * is_defect)


TYPE_AND_CODE_ROWS: list[tuple[object, object, bool]] = [
    (None, None, False),
    ("", None, False),
    ("ERROR_NEW", "ERROR_NEW", False),
    (" ", " ", False),
    ("NOT_FOUND", "NOT_FOUND", False),
    (5, "5", True),
    (0, "0", True),
    (1.5, "1.5", True),
    (True, "true", True),
    (False, "false", True),
    ({}, None, True),
    ({"code": "X"}, None, True),
    ([], None, True),
    (["ERROR_NEW"], None, True),
    (b"ERROR_NEW", None, True),
    (object(), None, True),
]


@pytest.mark.parametrize(
    ("member", "unspecified"), [("type", ErrorType.UNSPECIFIED), ("code", ErrorCode.UNSPECIFIED)]
)
@pytest.mark.parametrize(("value", "expected", "is_defect"), TYPE_AND_CODE_ROWS)
def test_type_and_code(
    member: str,
    unspecified: ErrorType | ErrorCode,
    value: object,
    expected: object,
    is_defect: bool,
) -> None:
    expected = unspecified if expected is None else expected
    assert_reads(member, value, expected, *[wrong_type(member)] * is_defect)


@pytest.mark.parametrize("kind", ErrorType)
def test_known_type_is_read_as_its_member(kind: ErrorType) -> None:
    assert_reads("type", kind.value, kind)


@pytest.mark.parametrize("code", ErrorCode)
def test_known_code_is_read_as_its_member(code: ErrorCode) -> None:
    assert_reads("code", code.value, code)


@pytest.mark.parametrize("spelling", ["CANCLED", "CANCELED", "CANCELLED"])
def test_cancelled_is_read_however_it_is_spelled(spelling: str) -> None:
    assert_reads("type", f"ERROR_TYPE_CONTEXT_{spelling}", ErrorType.CONTEXT_CANCLED)


def test_a_code_in_the_place_of_a_type_is_unknown_there() -> None:
    assert_reads("type", "ERROR_CODE_MESSAGE_TEXT_EMPTY", "ERROR_CODE_MESSAGE_TEXT_EMPTY")
    assert_reads("code", "ERROR_TYPE_NOT_FOUND", "ERROR_TYPE_NOT_FOUND")


DETAILS_ROWS: list[tuple[object, dict[str, object], bool]] = [
    (None, {}, False),
    ({}, {}, False),
    ({"a": {"b": [1, None]}}, {"a": {"b": [1, None]}}, False),
    ("", {}, True),
    ("a text", {}, True),
    (0, {}, True),
    (42, {}, True),
    (1.5, {}, True),
    (True, {}, True),
    (False, {}, True),
    ([], {}, True),
    ([{}], {}, True),
    (object(), {}, True),
]


@pytest.mark.parametrize(("value", "expected", "is_defect"), DETAILS_ROWS)
def test_details(value: object, expected: dict[str, object], is_defect: bool) -> None:
    assert_reads("details", value, expected, *[wrong_type("details")] * is_defect)


def test_details_are_the_object_itself() -> None:
    details = {"a": 1}
    assert parse({"details": details, "code": "X"}).details is details


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("message", ""),
        ("type", ErrorType.UNSPECIFIED),
        ("code", ErrorCode.UNSPECIFIED),
        ("userTitle", ""),
        ("userMessage", ""),
        ("cntTraceId", ""),
        ("details", {}),
    ],
)
def test_an_absent_member_is_its_default_and_no_defect(member: str, expected: object) -> None:
    rest = {name: value for name, value in MEMBERS.items() if name != member}
    for payload in (rest, json.dumps(rest), json.dumps({**rest, "other": "member"})):
        assert parse(payload) == replace(READ, **{FIELDS[member]: expected})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "text"),
    [(float("inf"), "Infinity"), (float("nan"), "NaN"), (10**5_000, "")],
    ids=["infinity", "nan", "5001 digits"],
)
def test_a_number_that_strict_json_does_not_have(number: float, text: str) -> None:
    error = parse({**MEMBERS, "message": number, "code": number})
    assert error.message == text
    assert error.code == (text or ErrorCode.UNSPECIFIED)
    assert error.defects == (wrong_type("message"), wrong_type("code"))
    assert error.user_title == "Not delivered"


@pytest.mark.parametrize(("name", "proto_name"), PROTO_NAMES)
@pytest.mark.parametrize("is_null", [False, True])
def test_the_snake_case_name_counts_where_the_wire_name_is_absent_or_null(
    name: str, proto_name: str, is_null: bool
) -> None:
    members = {key: value for key, value in MEMBERS.items() if key != name}
    if is_null:
        members[name] = None
    for payload in ({**members, proto_name: "snake"}, {proto_name: "snake", **members}):
        expected = replace(READ, **{FIELDS[name]: "snake"})  # type: ignore[arg-type]
        assert parse(payload) == expected
        assert parse(json.dumps(payload)) == expected


@pytest.mark.parametrize(("name", "proto_name"), PROTO_NAMES)
@pytest.mark.parametrize("value", ["", "camel", 5, {}])
def test_the_wire_name_counts_before_the_snake_case_one(
    name: str, proto_name: str, value: object
) -> None:
    members = {**MEMBERS, name: value}
    assert parse({**members, proto_name: "snake"}) == parse(members)


@pytest.mark.parametrize(("name", "proto_name"), PROTO_NAMES)
def test_a_defect_of_a_snake_case_member_bears_the_wire_name(name: str, proto_name: str) -> None:
    assert parse({"code": "X", proto_name: 5}) == replace(
        ErrorResponse(code="X", defects=(wrong_type(name),)),
        **{FIELDS[name]: "5"},  # type: ignore[arg-type]
    )


def test_other_members_have_no_snake_case_name() -> None:
    assert parse({"code": "X", "Message": "m", "usertitle": "t", "trace_id": "1"}) == (
        ErrorResponse(code="X")
    )


def test_defects_stand_in_the_order_of_the_members() -> None:
    payload: dict[str, object] = {name: [] for name in reversed(MEMBERS)}
    assert parse({"error": payload}).defects == tuple(wrong_type(name) for name in MEMBERS)


WEBHOOK = {"id": "1", "statusUpdate": {"error": MEMBERS}}


@pytest.mark.parametrize(
    ("payload", "path", "careful"),
    [
        (MEMBERS, (), "_read"),
        (WEBHOOK, ("statusUpdate", "error"), "_read"),
        (json.dumps(MEMBERS), (), "_find"),
        (json.dumps(WEBHOOK), ("statusUpdate", "error"), "_find"),
        ({"data": [{}, {"error": MEMBERS}]}, ("data", 1, "error"), "_read_text"),
    ],
)
@pytest.mark.parametrize("status", [None, 400])
def test_a_well_formed_error_is_read_on_the_straight_path(
    monkeypatch: pytest.MonkeyPatch,
    payload: str | dict[str, object],
    path: tuple[str, ...],
    careful: str,
    status: int | None,
) -> None:
    # The careful path would make up for a straight path that gives up.
    monkeypatch.delattr(connectly_errors, careful)
    error = parse(payload, status=status)
    assert error == replace(READ, path=path, status=status)
    assert error.raw is payload


# --- status ---


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, None),
        (404, 404),
        (0, 0),
        (-1, -1),
        (10**30, 10**30),
        (HTTPStatus.NOT_FOUND, 404),
        ("404", None),
        (404.0, None),
        (b"404", None),
        ([404], None),
        (object(), None),
    ],
)
@pytest.mark.parametrize(
    "payload", [MEMBERS, json.dumps(MEMBERS), None, "<html>", "{}", {"error": "boom"}, {1}]
)
def test_status_is_the_number_that_was_passed_or_none(
    status: object, expected: int | None, payload: object
) -> None:
    error = parse(payload, status=status)  # type: ignore[arg-type]
    assert error.status == expected
    assert type(error.status) is type(expected)


# --- raw ---


@pytest.mark.parametrize(
    "payload",
    [
        MEMBERS,
        {"error": MEMBERS},
        {"error": "boom"},
        json.dumps(MEMBERS),
        json.dumps(MEMBERS).encode(),
        b"\xff",
        " <html> ",
        "[" * 101,
        "",
        None,
        ["boom"],
        object(),
    ],
)
def test_raw_is_the_payload_itself(payload: object) -> None:
    assert parse(payload).raw is payload  # type: ignore[arg-type]
    assert all(error.raw is payload for error in parse_all(payload, status=500))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_raw_of_mutable_bytes_is_a_copy_of_them(kind: type[bytearray | memoryview]) -> None:
    body = json.dumps(MEMBERS).encode()
    error = parse(kind(body))
    assert type(error.raw) is bytes
    assert error.raw == body


# --- UNREADABLE ---


class Raising(Mapping[str, object]):
    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def __getitem__(self, key: str) -> object:
        raise self.problem

    def __iter__(self) -> Iterator[str]:
        raise self.problem

    def __len__(self) -> int:
        raise self.problem


@pytest.mark.parametrize("payload", [object(), {1}, print, ValueError("boom"), range, 1j, iter(())])
def test_what_is_no_json_value_is_unreadable(payload: object) -> None:
    assert parse(payload) == message_only("", UNREADABLE)  # type: ignore[arg-type]
    assert parse_all(payload, status=200) == (  # type: ignore[arg-type]
        ErrorResponse(status=200, defects=(UNREADABLE,)),
    )


PROBLEMS = [ValueError("x"), RuntimeError("x"), MemoryError(), RecursionError(), StopIteration()]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_payload_that_raises_is_unreadable(problem: Exception) -> None:
    payload = Raising(problem)
    for wrapped in (payload, {"error": payload}, {"statusUpdate": payload}, {"data": [payload]}):
        error = parse(wrapped, status=500)
        assert error == ErrorResponse(status=500, defects=(UNREADABLE,))
        assert error.raw is wrapped
        assert parse_all(wrapped) == (message_only("", UNREADABLE),)


def test_errors_read_before_the_payload_raised_are_kept() -> None:
    payload = {"error": MEMBERS, "data": [{"error": Raising(ValueError())}]}
    assert parse(payload) == replace(READ, path=("error",))
    assert parse_all(payload) == (
        replace(READ, path=("error",)),
        message_only("", UNREADABLE),
    )


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), SystemExit(), CancelledError()])
def test_what_is_no_exception_passes(problem: BaseException) -> None:
    for read in (parse, parse_all):
        with pytest.raises(type(problem)) as caught:
            read(Raising(problem))
        assert caught.value is problem


# --- parse_all ---


@pytest.mark.parametrize("payload", [None, "", b" ", "{}", "[]", '"boom"', {"id": "1"}, "null"])
@pytest.mark.parametrize("status", [None, 0, 200, 399, "404"])
def test_nothing_and_no_error_give_no_response(payload: str, status: int | None) -> None:
    assert parse_all(payload, status=status) == ()


@pytest.mark.parametrize("payload", [None, "", b" ", "{}", "[]", '"boom"', {"id": "1"}, "null"])
@pytest.mark.parametrize("status", [400, 404, 500, HTTPStatus.BAD_GATEWAY])
def test_nothing_and_no_error_are_errors_where_the_status_says_so(
    payload: str, status: int
) -> None:
    assert parse_all(payload, status=status) == (parse(payload, status=status),)
    assert parse(payload, status=status).status == status


@pytest.mark.parametrize(
    ("payload", "defect"), [("<html>", NOT_JSON), ("[" * 101, TOO_DEEP), ({1}, UNREADABLE)]
)
@pytest.mark.parametrize("status", [None, 200, 502])
def test_what_cannot_be_read_gives_one_response(
    payload: str, defect: Defect, status: int | None
) -> None:
    assert parse_all(payload, status=status) == (parse(payload, status=status),)
    assert parse(payload, status=status).defects == (defect,)


def test_bytes_that_are_no_unicode_and_hold_no_error_give_no_response() -> None:
    assert parse(b'{"id": "\xff"}').defects == (BAD_ENCODING, NO_ERROR)
    assert parse_all(b'{"id": "\xff"}') == ()


def test_arguments_are_one_payload_and_a_status_by_name() -> None:
    for read in (parse, parse_all):
        with pytest.raises(TypeError):
            read("", 404)  # type: ignore[call-arg]
        assert read(payload="", status=404)


# --- The payload files ---

PLACEHOLDER_MESSAGE = (
    "More than 24 hours have gone by since this customer last wrote to you."
    " Send a template message to start a new conversation. If you need a hand,"
    " tell our support team the id 'cnct_trace_id', and they will look into it"
)
DOCUMENTED = ErrorResponse(
    message="The message could not be sent, as the session with the customer has ended",
    type=ErrorType.DEADLINE_EXCEEDED,
    code=ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW,
    user_title="This message was not delivered",
    user_message=PLACEHOLDER_MESSAGE,
    cnt_trace_id="13873214605582671049",
)
HTML_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>"
)
CUT_SHORT = (
    '{"message": "The message could not be sent, as the session with the customer has ended",'
    ' "type": "ERROR_TYPE_DEADLINE_EXCEEDED",'
    ' "code": "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW", "userTitle"'
)
PAYLOAD_FILES: list[tuple[str, int | None, tuple[ErrorResponse, ...], Advice | None]] = [
    ("api_error.json", 400, (DOCUMENTED,), Advice.SEND_TEMPLATE),
    (
        "api_gateway_forbidden.json",
        403,
        (message_only("Forbidden"),),
        Advice.FIX_ACCOUNT,
    ),
    (
        "api_gateway_throttled.json",
        429,
        (message_only("Too Many Requests"),),
        Advice.RETRY_LATER,
    ),
    (
        "bad_gateway.html",
        502,
        (message_only(HTML_PAGE, NOT_JSON),),
        Advice.CONTACT_SUPPORT,
    ),
    ("bom.json", 400, (DOCUMENTED,), Advice.SEND_TEMPLATE),
    (
        "campaign.json",
        200,
        (
            replace(
                DOCUMENTED,
                message="The number is not one",
                type=ErrorType.INVALID_REQUEST,
                code=ErrorCode.MESSAGE_PHONE_NUMBER_INVALID,
                cnt_trace_id="11530077219943812007",
                path=("data", 1, "error"),
            ),
            replace(
                DOCUMENTED,
                message="The customer has opted out",
                type=ErrorType.INVALID_REQUEST,
                code=ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT,
                cnt_trace_id="4410392218650027731",
                path=("data", 3, "error"),
            ),
        ),
        Advice.CHANGE_RECIPIENT,
    ),
    ("campaign_created.json", 200, (), None),
    (
        "cut_short.json",
        500,
        (message_only(CUT_SHORT, NOT_JSON),),
        Advice.CONTACT_SUPPORT,
    ),
    ("empty.txt", 429, (message_only("", EMPTY),), Advice.RETRY_LATER),
    (
        "grpc_gateway.json",
        404,
        (
            ErrorResponse(
                message="Not Found", code="5", defects=(wrong_type("code"), wrong_type("details"))
            ),
        ),
        Advice.FIX_REQUEST,
    ),
    ("inbound_message.json", None, (), None),
    (
        "latin1.json",
        400,
        (
            ErrorResponse(
                message="El n\ufffdmero no es v\ufffdlido",
                code=ErrorCode.MESSAGE_PHONE_NUMBER_INVALID,
                defects=(BAD_ENCODING,),
            ),
        ),
        Advice.CHANGE_RECIPIENT,
    ),
    ("sent.json", 200, (), None),
    (
        "unknown_code.json",
        400,
        (
            replace(
                DOCUMENTED,
                message="The sticker cannot be sent",
                type=ErrorType.INVALID_REQUEST,
                code="ERROR_CODE_MESSAGE_STICKER_INVALID",
            ),
        ),
        Advice.FIX_REQUEST,
    ),
    (
        "upstream_error.txt",
        503,
        (
            message_only(
                "upstream connect error or disconnect/reset before headers."
                " reset reason: connection timeout",
                NOT_JSON,
            ),
        ),
        Advice.CONTACT_SUPPORT,
    ),
    ("webhook_delivered.json", None, (), None),
    (
        "webhook_failed.json",
        None,
        (
            replace(
                DOCUMENTED,
                message="The message was not delivered",
                type=ErrorType.UNSPECIFIED,
                code=ErrorCode.UNSPECIFIED,
                cnt_trace_id="9204417750613378892",
                path=("statusUpdate", "error"),
            ),
        ),
        Advice.CONTACT_SUPPORT,
    ),
]


@pytest.mark.parametrize(("name", "status", "expected", "advice"), PAYLOAD_FILES)
def test_payload_file(
    payloads: Path,
    name: str,
    status: int | None,
    expected: tuple[ErrorResponse, ...],
    advice: Advice | None,
) -> None:
    body = (payloads / name).read_bytes()
    errors = parse_all(body, status=status)
    assert errors == tuple(replace(error, status=status) for error in expected)
    assert [error.advice for error in errors[:1]] == [advice] * bool(expected)
    assert parse(body, status=status) == (
        errors[0] if errors else ErrorResponse(status=status, defects=(NO_ERROR,))
    )


def test_every_payload_file_is_in_the_table(payloads: Path) -> None:
    assert sorted(file.name for file in payloads.iterdir()) == [name for name, *_ in PAYLOAD_FILES]
