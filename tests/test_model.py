"""The model: ErrorResponse, Defect and ConnectlyError."""

import copy
import dataclasses
import json
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
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
)

FULL = ErrorResponse(
    message="No session",
    type=ErrorType.DEADLINE_EXCEEDED,
    code=ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW,
    user_title="Not delivered",
    user_message="Send a template",
    cnt_trace_id="13873214605582671049",
    details={"attempts": [1, 2]},
    status=400,
    path=("data", 2, "error"),
    defects=(Defect(DefectKind.WRONG_TYPE, "message"), Defect(DefectKind.BAD_ENCODING)),
    source={"as": "sent"},
)

# Each field with a value that is not its default and not its value in FULL.
OTHER_VALUES: list[tuple[str, object]] = [
    ("message", "Another"),
    ("type", ErrorType.NOT_FOUND),
    ("code", "ERROR_CODE_NEW"),
    ("user_title", "Another"),
    ("user_message", "Another"),
    ("cnt_trace_id", "1"),
    ("status", 404),
    ("path", ("error",)),
    ("defects", (Defect(DefectKind.EMPTY),)),
]


def full(**changes: Any) -> ErrorResponse:
    """FULL with other values in some of its fields."""
    return dataclasses.replace(FULL, **changes)


# --- Fields ---


def test_fields_in_order_with_their_defaults() -> None:
    error = ErrorResponse()
    assert [(f.name, getattr(error, f.name)) for f in dataclasses.fields(error)] == [
        ("message", ""),
        ("type", ErrorType.UNSPECIFIED),
        ("code", ErrorCode.UNSPECIFIED),
        ("user_title", ""),
        ("user_message", ""),
        ("cnt_trace_id", ""),
        ("details", {}),
        ("status", None),
        ("path", ()),
        ("defects", ()),
        ("source", None),
    ]


def test_one_field_is_enough_to_build_a_response() -> None:
    error = ErrorResponse(code=ErrorCode.MESSAGE_TEXT_EMPTY)
    assert error.code is ErrorCode.MESSAGE_TEXT_EMPTY
    assert error == dataclasses.replace(ErrorResponse(), code=ErrorCode.MESSAGE_TEXT_EMPTY)


def test_fields_are_given_by_name_alone() -> None:
    assert all(field.kw_only for field in dataclasses.fields(ErrorResponse))
    with pytest.raises(TypeError):
        ErrorResponse("No session")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ErrorResponse)])
@pytest.mark.parametrize("error", [FULL, parse({"code": "X"})], ids=["built", "parsed"])
def test_no_field_of_a_response_can_be_set_or_deleted(error: ErrorResponse, name: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(error, name, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(error, name)


@pytest.mark.parametrize("error", [FULL, parse({"code": "X"})], ids=["built", "parsed"])
def test_responses_have_slots_and_no_dict(error: ErrorResponse) -> None:
    assert type(error) is ErrorResponse
    assert not hasattr(error, "__dict__")


def test_responses_share_no_details() -> None:
    assert ErrorResponse().details is not ErrorResponse().details


# --- description, advice ---


@pytest.mark.parametrize("code", [code for code in ErrorCode if code != "ERROR_CODE_UNSPECIFIED"])
@pytest.mark.parametrize("plain", [False, True])
def test_known_code_decides_before_type_and_status(code: ErrorCode, plain: bool) -> None:
    error = ErrorResponse(
        code=str(code) if plain else code, type=ErrorType.DEADLINE_EXCEEDED, status=401
    )
    assert error.description == code.description
    assert error.advice is code.advice


@pytest.mark.parametrize("kind", [kind for kind in ErrorType if kind != "ERROR_TYPE_UNSPECIFIED"])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    "code", [ErrorCode.UNSPECIFIED, "ERROR_CODE_UNSPECIFIED", "ERROR_CODE_NEW", "5"]
)
def test_known_type_decides_where_the_code_is_none(
    kind: ErrorType, plain: bool, code: ErrorCode | str
) -> None:
    error = ErrorResponse(code=code, type=str(kind) if plain else kind, status=499)
    assert error.description == kind.description
    assert error.advice is kind.advice


@pytest.mark.parametrize("sent_type", [ErrorType.UNSPECIFIED, "ERROR_TYPE_UNSPECIFIED", "ERROR_X"])
@pytest.mark.parametrize("sent_code", [ErrorCode.UNSPECIFIED, "ERROR_CODE_UNSPECIFIED", "ERROR_X"])
@pytest.mark.parametrize(
    ("status", "kind"),
    [(409, ErrorType.CONFLICT), (None, ErrorType.UNSPECIFIED), (199, ErrorType.UNSPECIFIED)],
)
def test_status_decides_where_code_and_type_are_none(
    sent_type: ErrorType | str, sent_code: ErrorCode | str, status: int | None, kind: ErrorType
) -> None:
    error = ErrorResponse(type=sent_type, code=sent_code, status=status)
    assert error.description == kind.description
    assert error.advice is kind.advice
    assert error.type == sent_type


# --- retryable ---

RATE_LIMITED = ErrorResponse(code=ErrorCode.BUSINESS_RATE_LIMIT_REACHED)
NOT_JSON, TOO_DEEP = Defect(DefectKind.NOT_JSON), Defect(DefectKind.TOO_DEEP)
RETRYABLE: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}, True),
    ({"code": "", "type": ErrorType.RATE_LIMIT}, True),
    ({"code": "", "type": "ERROR_TYPE_RATE_LIMIT"}, True),
    ({"code": "", "status": 429}, True),
    # Another advice
    *(({"code": code}, code == RATE_LIMITED.code) for code in ErrorCode),
    *(({"code": "", "type": kind}, kind == "ERROR_TYPE_RATE_LIMIT") for kind in ErrorType),
    ({"type": ErrorType.RATE_LIMIT, "code": ErrorCode.MESSAGE_TEXT_EMPTY}, False),
    ({"code": ErrorCode.MESSAGE_TEXT_EMPTY, "status": 429}, False),
    ({"code": "", "status": 503}, False),
    # An index in the path
    ({"path": ("error",)}, True),
    ({"path": ("statusUpdate", "error")}, True),
    ({"path": ("data", 0, "error")}, False),
    ({"path": ("data", 7, "error"), "status": 429}, False),
    ({"path": (0,)}, False),
    ({"path": (1, "statusUpdate", "error")}, False),
    # A status after which a part may have been done
    *(({"status": status}, True) for status in (100, 300, 399, 400, 407, 409, 429, 499, 600)),
    *(({"status": status}, False) for status in (200, 207, 299, 408, 500, 502, 503, 504, 599)),
    # A text that was not whole
    *(
        ({"status": status, "defects": (defect,)}, whole)
        for defect in (NOT_JSON, TOO_DEEP)
        for status, whole in [
            *[(None, False), (199, False), (302, False), (600, False)],
            *[(200, False), (408, False), (503, False)],
            *[(400, True), (429, True), (499, True)],
        ]
    ),
    *(({"defects": (Defect(kind),)}, kind not in ("not_json", "too_deep")) for kind in DefectKind),
    ({"defects": (Defect(DefectKind.BAD_ENCODING), NOT_JSON)}, False),
    ({"path": (0,), "status": 429, "defects": (NOT_JSON,)}, False),
]


@pytest.mark.parametrize(("changes", "retryable"), RETRYABLE)
def test_retryable_where_nothing_is_repeated_that_may_have_been_done(
    changes: dict[str, Any], retryable: bool
) -> None:
    assert dataclasses.replace(RATE_LIMITED, **changes).retryable is retryable


# --- to_dict ---


def test_to_dict_holds_the_seven_members_under_their_wire_names() -> None:
    members = FULL.to_dict()
    assert list(members.items()) == [
        ("message", "No session"),
        ("type", "ERROR_TYPE_DEADLINE_EXCEEDED"),
        ("code", "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"),
        ("userTitle", "Not delivered"),
        ("userMessage", "Send a template"),
        ("cntTraceId", "13873214605582671049"),
        ("details", {"attempts": [1, 2]}),
    ]
    assert type(members["type"]) is type(members["code"]) is str


def test_to_dict_of_defaults() -> None:
    assert ErrorResponse().to_dict() == {
        "message": "",
        "type": "ERROR_TYPE_UNSPECIFIED",
        "code": "ERROR_CODE_UNSPECIFIED",
        "userTitle": "",
        "userMessage": "",
        "cntTraceId": "",
        "details": {},
    }


def test_to_dict_is_json_even_where_details_are_no_dict() -> None:
    error = full(details=MappingProxyType({"attempts": 3}), code="ERROR_NEW")
    assert json.loads(json.dumps(error.to_dict())) == {
        **FULL.to_dict(),
        "details": {"attempts": 3},
        "code": "ERROR_NEW",
    }


PAYLOADS: list[tuple[Any, Any]] = [
    (None, 429),
    (b"", None),
    ("<html>", 502),
    ('"boom"', None),
    ('{"id": "1"}', 404),
    ({"code": 5, "message": "Not Found", "details": []}, 404),
    ({"code": 7, "message": "No", "details": [{"@type": "t"}]}, 403),
    ({"error": {"user_title": "t", "cnt_trace_id": "1"}}, None),
    ({"statusUpdate": {"error": "boom"}}, None),
    ({"statusUpdate": {"status": "failed", "message": "Why"}}, None),
    ([{"id": "1"}, {"data": [{"rejectedCount": 1}]}], 200),
    (b'{"code": "ERROR_CODE_NEW", "message": "\xff\\ud800", "details": {"a": ["\\ud800"]}}', None),
    ('{"type": "ERROR_TYPE_CONTEXT_CANCELED"}', None),
    (json.dumps(json.dumps({"error": {"message": "No"}})), "400"),
    ("[" * 101, None),
    ({1, 2}, None),
]


@pytest.mark.parametrize(("payload", "status"), PAYLOADS)
def test_to_dict_reads_back_as_the_same_response(payload: Any, status: Any) -> None:
    error = parse(payload, status=status)
    expected = dataclasses.replace(error, path=(), defects=())
    assert parse(error.to_dict(), status=error.status) == expected
    assert parse(json.dumps(error.to_dict()), status=error.status) == expected


# --- explain ---


class Text(str):
    pass


def assert_plain(value: object) -> None:
    """Assert that the value is made of what json makes, and of no subclass of it."""
    assert type(value) in (dict, list, str, int, float, bool, type(None))
    if isinstance(value, dict):
        assert {type(key) for key in value} <= {str}
        for item in value.values():
            assert_plain(item)
    if isinstance(value, list):
        for item in value:
            assert_plain(item)


def test_explain_holds_all_but_the_source_in_order() -> None:
    assert list(FULL.explain().items()) == [
        ("description", ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW.description),
        ("advice", "send_template"),
        ("retryable", False),
        ("code", "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"),
        ("type", "ERROR_TYPE_DEADLINE_EXCEEDED"),
        ("message", "No session"),
        ("user_title", "Not delivered"),
        ("user_message", "Send a template"),
        ("cnt_trace_id", "13873214605582671049"),
        ("details", {"attempts": [1, 2]}),
        ("status", 400),
        ("path", "data.2.error"),
        ("defects", ["wrong_type message", "bad_encoding"]),
    ]


def test_explain_of_defaults_has_the_same_keys() -> None:
    assert list(ErrorResponse().explain().items()) == [
        ("description", ErrorType.UNSPECIFIED.description),
        ("advice", "contact_support"),
        ("retryable", False),
        ("code", "ERROR_CODE_UNSPECIFIED"),
        ("type", "ERROR_TYPE_UNSPECIFIED"),
        *dict.fromkeys(["message", "user_title", "user_message", "cnt_trace_id"], "").items(),
        ("details", {}),
        ("status", None),
        ("path", ""),
        ("defects", []),
    ]


def test_explain_says_whether_to_retry() -> None:
    explained = ErrorResponse(status=429).explain()
    assert (explained["advice"], explained["retryable"]) == ("retry_later", True)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        ((4,), "4"),
        (("error",), "error"),
        (("statusUpdate", "error"), "statusUpdate.error"),
        ((0, "data", 12, "error"), "0.data.12.error"),
    ],
)
def test_explain_joins_the_path_with_dots(path: tuple[str | int, ...], text: str) -> None:
    assert ErrorResponse(path=path).explain()["path"] == text


@pytest.mark.parametrize("kind", DefectKind)
def test_explain_names_each_defect_and_its_field(kind: DefectKind) -> None:
    error = ErrorResponse(defects=(Defect(kind), Defect(kind, "userTitle")))
    assert error.explain()["defects"] == [str(kind.value), f"{kind.value} userTitle"]


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        ErrorResponse(),
        ErrorResponse(code="ERROR_CODE_NEW", type="ERROR_TYPE_NEW"),
        ErrorResponse(code="ERROR_CODE_MESSAGE_TEXT_EMPTY", type=ErrorType.CONFLICT, status=404),
        *(ErrorResponse(code=code) for code in ErrorCode),
        *(ErrorResponse(type=kind) for kind in ErrorType),
        *(ErrorResponse(defects=(Defect(kind, "code"),)) for kind in DefectKind),
        *(ErrorResponse(status=status) for status in (200, 302, 404, 408, 500, 999)),
        *(parse(payload, status=status) for payload, status in PAYLOADS),
    ],
)
def test_explain_is_made_of_plain_types(error: ErrorResponse) -> None:
    explained = error.explain()
    assert_plain(explained)
    assert json.loads(json.dumps(explained)) == explained


def test_explain_of_a_status_that_is_an_enum_holds_the_number() -> None:
    explained = ErrorResponse(status=HTTPStatus.NOT_FOUND).explain()
    assert_plain(explained)
    assert explained["status"] == 404


def test_explain_of_details_that_are_no_dict_holds_a_dict() -> None:
    explained = ErrorResponse(details=MappingProxyType({"attempts": 3})).explain()
    assert_plain(explained)
    assert explained["details"] == {"attempts": 3}


@pytest.mark.parametrize("text", [Text("a text"), ErrorType.NOT_FOUND])
def test_explain_of_texts_of_another_type_holds_plain_ones(text: str) -> None:
    explained = ErrorResponse(
        message=text,
        type=text,
        code=text,
        user_title=text,
        user_message=text,
        cnt_trace_id=text,
        path=(text, 2),
        defects=(Defect(DefectKind.WRONG_TYPE, text),),
    ).explain()
    assert_plain(explained)
    assert explained["message"] == str(text)
    assert (explained["path"], explained["defects"]) == (f"{text}.2", [f"wrong_type {text}"])


def test_explain_leaves_the_values_within_decoded_details_as_they_are() -> None:
    value = OrderedDict(a=1)
    details: Any = parse({"code": "X", "details": {"value": value}}).explain()["details"]
    assert details["value"] is value


def test_explain_of_each_error_of_a_campaign_has_its_own_path() -> None:
    errors = parse_all({"data": [{"error": {"code": "X"}}, {}, {"status": "error"}]})
    assert [error.explain()["path"] for error in errors] == ["data.0.error", "data.2.error"]


# --- str ---

FACTS = (
    "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW (ERROR_TYPE_DEADLINE_EXCEEDED,"
    " trace id 13873214605582671049, HTTP 400, at data.2.error,"
    " defects: wrong_type message, bad_encoding)"
)
LINES: list[tuple[ErrorResponse, str]] = [
    # The facts, in order, those that there are
    (ErrorResponse(), "ERROR_CODE_UNSPECIFIED (ERROR_TYPE_UNSPECIFIED)"),
    (FULL, f"{FACTS}: No session Send a template"),
    (ErrorResponse(code="C", type="T", cnt_trace_id="7"), "C (T, trace id 7)"),
    (ErrorResponse(code="C", type="T", status=400), "C (T, HTTP 400)"),
    (ErrorResponse(code="C", type="T", path=(4, "error")), "C (T, at 4.error)"),
    (
        ErrorResponse(code="C", type="T", defects=(Defect(DefectKind.EMPTY),)),
        "C (T, defects: empty)",
    ),
    (
        ErrorResponse(code="C", type="T", defects=(Defect(DefectKind.WRONG_TYPE, "x"), NOT_JSON)),
        "C (T, defects: wrong_type x, not_json)",
    ),
    # The message, or else the title
    (ErrorResponse(code="C", type="T", message="No."), "C (T): No."),
    (ErrorResponse(code="C", type="T", user_title="Title"), "C (T): Title"),
    (ErrorResponse(code="C", type="T", message=" \n", user_title="Title"), "C (T): Title"),
    (ErrorResponse(code="C", type="T", message="No.", user_title="Title"), "C (T): No."),
    (ErrorResponse(code="C", type="T", message=" ", user_title="\t"), "C (T)"),
    # The user message, where it says something else
    (ErrorResponse(code="C", type="T", user_message="Do this."), "C (T): Do this."),
    (ErrorResponse(code="C", type="T", message="No.", user_message="Do."), "C (T): No. Do."),
    (ErrorResponse(code="C", type="T", message="No.", user_message="No."), "C (T): No."),
    (ErrorResponse(code="C", type="T", message="No.", user_message=" No.\n"), "C (T): No."),
    (ErrorResponse(code="C", type="T", message="No.", user_message=" \n"), "C (T): No."),
    (
        ErrorResponse(code="C", type="T", user_title="Title", user_message="Do."),
        "C (T): Title Do.",
    ),
    (ErrorResponse(code="C", type="T", user_title="Do.", user_message="Do."), "C (T): Do."),
    (
        ErrorResponse(code="C", type="T", message="No.", user_title="Do.", user_message="Do."),
        "C (T): No. Do.",
    ),
    # Nothing that is not printable
    (
        ErrorResponse(
            code="\x1b[31m",
            type="T\n",
            message="a\r\nb\u2028\u202e\ud800\tc\xa0é💬",
            user_message="d\x85e",
            cnt_trace_id="\0",
            path=("f\ng",),
            defects=(Defect(DefectKind.EMPTY, "h\ni"),),
        ),
        r"\x1b[31m (T\n, trace id \x00, at f\ng, defects: empty h\ni):"
        r" a\r\nb\u2028\u202e\ud800\tc\xa0é💬 d\x85e",
    ),
]


@pytest.mark.parametrize(("error", "line"), LINES)
def test_str_is_one_line_with_all_that_is_known(error: ErrorResponse, line: str) -> None:
    assert str(error) == f"{error}" == line
    assert line.isprintable()


@pytest.mark.parametrize("member", ["message", "user_title", "user_message"])
def test_no_text_can_pass_for_facts_as_those_stand_first(member: str) -> None:
    forged = "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED (ERROR_TYPE_RATE_LIMIT, HTTP 200): Fine."
    texts: dict[str, Any] = {member: forged}
    error = ErrorResponse(code=ErrorCode.MESSAGE_TEXT_EMPTY, status=400, **texts)
    facts = "ERROR_CODE_MESSAGE_TEXT_EMPTY (ERROR_TYPE_UNSPECIFIED, HTTP 400): "
    assert str(error) == facts + forged


# What long texts are made of: none is blank.
UNITS = ["m", "é", "m\n", "\x1b", "m\u2028", "\ud800", "\U000e0001"]


def printed(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(
    "sizes",
    [
        {"message": 100_000},
        {"user_title": 100_000},
        {"user_message": 100_000},
        {"message": 100_000, "user_message": 99_999},
        {"message": 60, "user_message": 100_000},
        {"message": 100_000, "user_message": 60},
    ],
    ids=str,
)
def test_str_shortens_texts_and_no_fact(unit: str, sizes: dict[str, int]) -> None:
    texts = dict.fromkeys(["message", "user_title", "user_message"], "")
    line = str(full(**texts | {name: unit * size for name, size in sizes.items()}))
    assert line.startswith(f"{FACTS}: {printed(unit * 6)[:60]}")
    assert len(line) <= 500
    assert line.isprintable()


@pytest.mark.parametrize(("first", "second"), [(400, 50), (50, 400), (225, 225), (450, 0)])
def test_str_shortens_nothing_that_fits_in_500_characters(first: int, second: int) -> None:
    texts = "m" * first + (" " + "u" * second if second else "")
    code = "C" * (500 - len(f" (T): {texts}"))
    error = ErrorResponse(code=code, type="T", message="m" * first, user_message="u" * second)
    assert str(error) == f"{code} (T): {texts}"
    longer = str(dataclasses.replace(error, type="TT"))
    assert len(longer) == 500
    assert longer.startswith(f"{code} (TT): m")


@pytest.mark.parametrize("texts", [["message"], ["user_message"], ["message", "user_message"]])
def test_str_keeps_60_characters_of_each_text_whatever_the_facts(texts: list[str]) -> None:
    said: dict[str, Any] = {name: name[0] * 1_000 for name in texts}
    for size in range(1, 600):
        line = str(ErrorResponse(code="C" * size, type="T", **said))
        for name in texts:
            assert (size, name[0] * 60 in line) == (size, True)
        assert len(line) <= 500


@pytest.mark.parametrize("texts", [["message"], ["user_message"], ["message", "user_message"]])
def test_str_shortens_no_fact_where_texts_can_give_way(texts: list[str]) -> None:
    said: dict[str, Any] = {name: name[0] * 1_000 for name in texts}
    # Of each text 60 characters are left, and a sign that it was longer.
    for size in range(1, 500 - len(" (T):") - len(texts) * 62 + 1):
        line = str(ErrorResponse(code="C" * size, type="T", **said))
        assert (size, line.startswith(f"{'C' * size} (T): {texts[0][0]}")) == (size, True)


TRACE_ID = "9" * 64


def all_long(unit: str, trace_id: str) -> ErrorResponse:
    """A response of which all but the trace id is much longer than its line may be."""
    long = unit * 100_000
    return ErrorResponse(
        message="x" * 1_000,
        type=long,
        code=long,
        user_message="y" * 1_000,
        cnt_trace_id=trace_id,
        status=404,
        path=(long, 7),
        defects=(Defect(DefectKind.WRONG_TYPE, long),) * 10,
    )


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("trace_id", [TRACE_ID, "é" * 64, "7"], ids=["9s", "és", "7"])
def test_str_keeps_a_trace_id_of_64_characters_whatever_else_is_long(
    unit: str, trace_id: str
) -> None:
    line = str(all_long(unit, trace_id))
    assert line.startswith(printed(unit) * 4)
    assert f", trace id {trace_id}, HTTP 404, at {printed(unit) * 4}" in line
    assert len(line) <= 500
    assert line.isprintable()


@pytest.mark.parametrize("unit", UNITS)
def test_str_keeps_60_characters_of_each_text_whatever_else_is_long(unit: str) -> None:
    line = str(all_long(unit, TRACE_ID))
    assert "x" * 60 in line
    assert "y" * 60 in line


@pytest.mark.parametrize("unit", UNITS)
def test_str_is_bound_where_the_trace_id_is_long_too(unit: str) -> None:
    names = ["message", "type", "code", "user_title", "user_message", "cnt_trace_id"]
    line = str(full(**dict.fromkeys(names, unit * 100_000)))
    assert f"trace id {printed(unit) * 4}" in line
    assert len(line) <= 500
    assert line.isprintable()


def test_str_is_bound_where_no_room_is_left_for_the_facts() -> None:
    error = all_long("x", TRACE_ID)
    line = str(dataclasses.replace(error, status=10**400))
    assert f", trace id {TRACE_ID}, HTTP 1000" in line
    assert len(line) <= 500


# --- Equality, hash, repr ---


@pytest.mark.parametrize(("name", "value"), OTHER_VALUES)
def test_a_field_is_part_of_equality_hash_and_repr(name: str, value: object) -> None:
    other = full(**{name: value})
    assert other != FULL
    assert hash(other) != hash(FULL)
    assert f"{name}={value!r}" in repr(other)


def test_details_are_part_of_equality_and_repr_but_not_of_hash() -> None:
    other = full(details={"another": {}})
    assert other != FULL
    assert hash(other) == hash(FULL)
    assert "details={'another': {}}" in repr(other)


def test_source_is_no_part_of_equality_hash_or_repr() -> None:
    other = full(source=["unhashable"])
    assert other == FULL
    assert hash(other) == hash(FULL)
    assert repr(other) == repr(FULL)
    assert "source" not in repr(FULL)


def test_equal_responses_have_one_hash() -> None:
    twin = copy.deepcopy(FULL)
    assert twin == FULL
    assert {FULL: "first", twin: "second"} == {FULL: "second"}


def test_code_as_text_equals_the_member() -> None:
    plain = full(code=str(FULL.code), type=str(FULL.type))
    assert plain == FULL
    assert hash(plain) == hash(FULL)


def test_repr_builds_an_equal_response() -> None:
    names = {"ErrorResponse": ErrorResponse, "Defect": Defect}
    plain = full(type="T", code="C", defects=())
    assert eval(repr(plain), names) == plain


# --- Copies ---


def fields(error: ErrorResponse) -> list[object]:
    return [getattr(error, field.name) for field in dataclasses.fields(error)]


def pickled(protocol: int, error: ErrorResponse) -> ErrorResponse:
    twin: ErrorResponse = pickle.loads(pickle.dumps(error, protocol))
    return twin


COPIES: list[Callable[[ErrorResponse], ErrorResponse]] = [
    copy.copy,
    copy.deepcopy,
    dataclasses.replace,
    *(partial(pickled, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
]
if sys.version_info >= (3, 13):
    COPIES.append(copy.replace)


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize(
    "error",
    [
        FULL,
        ErrorResponse(),
        parse(b"<html>", status=502),
        parse('{"statusUpdate": {"id": "1", "error": {"code": "X", "details": {"a": []}}}}'),
    ],
    ids=["full", "empty", "no JSON", "webhook"],
)
def test_copy_holds_the_same_fields(
    copied: Callable[[ErrorResponse], ErrorResponse], error: ErrorResponse
) -> None:
    twin = copied(error)
    assert type(twin) is ErrorResponse
    assert fields(twin) == fields(error)
    assert [type(value) for value in fields(twin)] == [type(value) for value in fields(error)]
    assert hash(twin) == hash(error)


def test_deepcopy_shares_neither_details_nor_source() -> None:
    twin = copy.deepcopy(FULL)
    assert twin.details is not FULL.details
    assert twin.source is not FULL.source


def test_replace_changes_one_field() -> None:
    twin = full(status=404)
    assert twin.status == 404
    assert dataclasses.replace(twin, status=400) == FULL
    assert twin.source is FULL.source


# --- Defect ---

# What the sentence cannot do without.
SENTENCES = [
    (DefectKind.EMPTY, "nothing"),
    (DefectKind.NOT_JSON, "JSON"),
    (DefectKind.TOO_DEEP, "deep"),
    (DefectKind.BAD_ENCODING, "Unicode"),
    (DefectKind.NO_ERROR, "no error"),
    (DefectKind.WRONG_TYPE, "type"),
    (DefectKind.UNREADABLE, "read"),
]


@pytest.mark.parametrize(("kind", "words"), SENTENCES)
def test_defect_is_a_sentence_that_begins_with_its_field(kind: DefectKind, words: str) -> None:
    sentence = str(Defect(kind))
    assert sentence[0].isupper()
    assert sentence.index(".") == len(sentence) - 1
    assert sentence.isprintable()
    assert words in sentence
    assert str(Defect(kind, "userTitle")) == f"userTitle: {sentence}"
    assert str(Defect(kind, "x" * 64)) == f"{'x' * 64}: {sentence}"
    assert str(Defect(kind, "x" * 65)) == f"{'x' * 63}…: {sentence}"


def test_every_defect_kind_has_a_sentence_of_its_own() -> None:
    assert [kind for kind, _ in SENTENCES] == list(DefectKind)
    assert len({str(Defect(kind)) for kind in DefectKind}) == len(DefectKind)


def test_defect_is_a_frozen_value() -> None:
    defect = Defect(DefectKind.WRONG_TYPE, "code")
    assert Defect(DefectKind.EMPTY).field == ""
    assert defect == Defect(kind=DefectKind.WRONG_TYPE, field="code")
    assert hash(defect) == hash(Defect(DefectKind.WRONG_TYPE, "code"))
    assert defect != Defect(DefectKind.WRONG_TYPE)
    assert defect != Defect(DefectKind.EMPTY, "code")
    assert repr(defect) == "Defect(kind=<DefectKind.WRONG_TYPE: 'wrong_type'>, field='code')"
    with pytest.raises(dataclasses.FrozenInstanceError):
        defect.field = "type"  # type: ignore[misc]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_defect_survives_pickle(protocol: int) -> None:
    defect = Defect(DefectKind.WRONG_TYPE, "code")
    twin = pickle.loads(pickle.dumps(defect, protocol))
    assert twin == defect
    assert type(twin.kind) is DefectKind


# --- ConnectlyError ---


def test_exception_carries_the_response_and_its_text() -> None:
    exception = ConnectlyError(FULL)
    assert isinstance(exception, Exception)
    assert exception.error is FULL
    assert str(exception) == str(FULL)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_exception_survives_pickle(protocol: int) -> None:
    exception = pickle.loads(pickle.dumps(ConnectlyError(FULL), protocol))
    assert type(exception) is ConnectlyError
    assert fields(exception.error) == fields(FULL)
    assert str(exception) == str(FULL)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_exception_survives_copy(copied: Callable[[ConnectlyError], ConnectlyError]) -> None:
    twin = copied(ConnectlyError(FULL))
    assert fields(twin.error) == fields(FULL)
    assert str(twin) == str(FULL)


def test_exception_chains() -> None:
    cause = TimeoutError("too slow")
    with pytest.raises(ConnectlyError) as caught:
        raise ConnectlyError(FULL) from cause
    assert caught.value.__cause__ is cause
    assert caught.value.__traceback__ is not None


def test_exception_passes_through_a_context_manager() -> None:
    # A frozen exception does not: contextlib assigns to its __traceback__.
    @contextmanager
    def transaction() -> Iterator[None]:
        yield

    exception = ConnectlyError(FULL)
    with pytest.raises(ConnectlyError) as caught, transaction():
        raise exception
    assert caught.value is exception


def test_exception_takes_notes() -> None:
    exception = ConnectlyError(FULL)
    exception.add_note("while sending 7")
    assert exception.__notes__ == ["while sending 7"]


@pytest.mark.parametrize(
    "argument",
    [
        FULL.to_dict(),
        FULL.explain(),
        json.dumps(FULL.to_dict()),
        json.dumps(FULL.to_dict()).encode(),
        {"data": [{"error": FULL.to_dict()}]},
        repr(FULL),  # Celery rebuilds exceptions from the repr of what JSON does not take
        str(FULL),
        "",
        None,
        [],
        5,
        object(),
        TimeoutError("too slow"),
    ],
    ids=lambda argument: f"{argument!r:.30}",
)
def test_exception_of_anything_else_parses_it(argument: Any) -> None:
    exception = ConnectlyError(argument)
    assert exception.error == parse(argument)
    assert str(exception) == str(parse(argument))
    if type(argument) is not object:
        twin = pickle.loads(pickle.dumps(exception))
        assert twin.error == exception.error
        assert str(twin) == str(exception)


def test_exception_rebuilt_from_its_arguments_as_json_is_the_same_error() -> None:
    exception = ConnectlyError(FULL)
    arguments = json.loads(json.dumps(exception.args, default=ErrorResponse.to_dict))
    assert ConnectlyError(*arguments).error == parse(FULL.to_dict())
    arguments = json.loads(json.dumps(exception.args, default=repr))
    assert ConnectlyError(*arguments).error.message == repr(FULL)
