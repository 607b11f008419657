"""What holds for every payload; `nox -s deep` tries 50,000 examples of each property.

How a payload is to be read is in `tools/oracle.py`.
"""

import copy
import http
import json
import math
import pickle
import re
from collections import UserDict
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import oracle
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

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

FOLDER = Path(__file__).parent / "payloads"
FILES = [path.read_bytes() for path in sorted(FOLDER.iterdir())]
DOCUMENTED = [
    json.loads((FOLDER / name).read_bytes())
    for name in ("api_error.json", "campaign.json", "webhook_failed.json")
]

# --- Payloads ---


def unprinted(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The same strategy with a short repr: hypothesis spends seconds on long ones."""
    return st.none().flatmap(lambda _: strategy)


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


# Short, as most of the time goes into drawing texts. st.text() alone has no surrogates.
texts = st.text(st.characters(exclude_categories=()), max_size=4)
texts |= st.sampled_from(["\ud800", "\udc00\ud83d", "\ufeff", "\u2003", '"', "\\ud800"])
known = st.sampled_from([*ErrorType, *ErrorCode]).map(str)
unknown = "ERROR_CODE_NEW ERROR_CODE_ ERROR_TYPE_NEW ERROR_ INVALID_ARGUMENT 131026"
misspelt = "ERROR_TYPE_CONTEXT_CANCELED ERROR_TYPE_CONTEXT_CANCELLED"
words = known | st.sampled_from([*unknown.split(), *misspelt.split()])
fates = st.sampled_from([*oracle.FAILED, "REJECTED", "Failed", "delivered", "created"])
blanks: st.SearchStrategy[Any] = st.sampled_from(
    [None, False, 0, 0.0, math.nan, "", " \n", "0", "000", " 0", {}, [], [None]]
)
blanks |= st.sampled_from([*oracle.BLANK, {"code": 0, "message": "", "details": []}])

field_names = st.sampled_from(
    [name for names in oracle.NAMES.values() for name in names]
)
names = field_names | st.sampled_from(
    [
        *("error", "data", "status", *oracle.STATUS_UPDATE, *oracle.REJECTED_COUNT),
        *oracle.NOT_SAID_BY_THE_SERVER,
    ]
)
values = st.recursive(
    st.booleans() | st.integers() | st.floats() | texts | words | blanks,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts, inner, max_size=2)
        | st.dictionaries(names, inner, max_size=4)
    ),
    max_leaves=6,
)
members = unprinted(words | texts | blanks | values)
error_objects = st.dictionaries(field_names | st.just("error"), members)
error_objects |= st.dictionaries(names | texts, members, max_size=3)
error_objects |= st.fixed_dictionaries({}, optional={"type": words, "code": words})


def holders_of(error: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that may hold an error, be one, or have failed without one."""
    optional = {
        "error": error,
        "status": fates | members,
        **dict.fromkeys(oracle.REJECTED_COUNT, st.sampled_from([1, "1"]) | blanks),
        "message": members,
    }
    few = st.fixed_dictionaries({}, optional=optional)
    return few | st.builds(lambda inner, outer: inner | outer, error_objects, few)


holders = holders_of(error_objects | members)
parts: dict[Any, st.SearchStrategy[Any]] = {
    **dict.fromkeys(oracle.STATUS_UPDATE, holders | members),
    "data": st.lists(holders | members, max_size=3) | members,
}
bodies = unprinted(
    st.builds(
        lambda inner, outer: inner | outer,
        holders | error_objects | st.sampled_from(DOCUMENTED),
        st.fixed_dictionaries({}, optional=parts),
    )
)
decoded = unprinted(bodies | bodies | st.lists(bodies | members, max_size=3) | values)

json_texts = st.builds(
    lambda value, ascii_only: json.dumps(value, ensure_ascii=ascii_only),
    decoded,
    st.booleans(),
)
json_texts |= json_texts.map(lambda text: text.replace("\\n", "\n"))
json_texts |= st.sampled_from(FILES).map(lambda body: body.decode("latin-1"))
spaces = st.sampled_from(["", "\n", "\r\n\r\n", " \t", "\u2003"])
rows = joined(bodies.map(json.dumps), spaces, json_texts, spaces, json_texts)
edges = st.sampled_from(
    ["", "", "", " \n", "\0", "\ufeff", "\u2003", "]", "}", '"', "{", ",", "{}", " x"]
)
framed = joined(edges, json_texts | rows, edges)
json_strings = joined(edges, (framed | texts).map(json.dumps), edges)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A text that was cut short, or has something in its midst."""
    text = draw(json_texts | json_strings)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(start + 5, len(text))) | st.just(len(text)))
    return text[:start] + draw(texts | st.sampled_from('"[]{}\\,:')) + text[end:]


@st.composite
def nested(draw: st.DrawFn) -> str:
    """An error with details about 100 deep."""
    wrappers = ["[%s]", '{"[":%s}', '{"\\"[":%s}', '["\\\\",%s,"]{"]', "[[],%s,{}]"]
    body = "1"
    for wrapper in draw(st.lists(st.sampled_from(wrappers), min_size=98, max_size=100)):
        body = wrapper % body
    return f'{{"code": "ERROR_CODE_NEW", "details": {body}}}'


brackets = st.lists(st.sampled_from([*'[{]}"\\,:', '{"":', "[" * 60]) | texts)
json_like = unprinted(
    st.one_of(
        *(framed, framed, json_strings, json_strings, damaged(), nested()),
        *(brackets.map("".join), st.text()),
    )
)
encodings = st.sampled_from(
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
)
buffers = st.binary() | st.sampled_from(FILES)
buffers |= st.builds(str.encode, json_like | texts, encodings, st.just("surrogatepass"))
undecoded: st.SearchStrategy[Any] = json_like | texts | buffers
undecoded |= buffers.map(bytearray) | buffers.map(lambda body: memoryview(body))
readable = unprinted(decoded | undecoded)
anything = unprinted(
    st.recursive(
        readable | st.sampled_from([..., object(), len, {1}, Decimal(5), range(3)]),
        lambda inner: (
            st.lists(inner, max_size=3).map(tuple)
            | st.dictionaries(names | st.sampled_from([None, 5]), inner, max_size=4)
            | st.dictionaries(names, inner).map(MappingProxyType)
            | st.dictionaries(names, inner).map(UserDict)
            | holders_of(inner)
        ),
        max_leaves=4,
    )
)
numbers = st.none() | st.sampled_from([200, 202, 302, 400, 404, 408, 429, 499, 503])
statuses: st.SearchStrategy[Any] = numbers | st.integers(99, 1000)
statuses |= st.sampled_from(
    [" 429 ", "0_404", b"503", "4e2", 404.9, math.inf, True, ()]
)
statuses |= st.sampled_from([http.HTTPStatus.TOO_MANY_REQUESTS, Decimal(502), object()])

# --- As the contract says ---


@given(decoded, statuses)
@example({"code": "ERROR_CODE_NEW", "cntTraceId": 13873214605582671049.0}, 400)
@example({"code": 5, "detail": "\ud800"}, 400)
def test_decoded_json_is_read_as_the_contract_says(payload: Any, status: Any) -> None:
    oracle.assert_read(payload, status)


@given(json_like, statuses)
@example('{"code": "ERROR_CODE_NEW", "details": {"": %s}}' % ("1" * 4_301), 400)
def test_text_is_read_as_the_contract_says(payload: str, status: Any) -> None:
    oracle.assert_read(payload, status)


@given(buffers, st.sampled_from([bytes, bytearray, memoryview]), statuses)
def test_bytes_are_read_as_the_contract_says(
    body: bytes, buffer: Callable[[bytes], Any], status: Any
) -> None:
    oracle.assert_read(buffer(body), status)


@given(
    st.builds(
        ErrorResponse,
        code=st.just(ErrorCode.UNSPECIFIED) | known | st.just("ERROR_CODE_NEW"),
        type=st.just(ErrorType.UNSPECIFIED) | known | st.just("ERROR_TYPE_NEW"),
        status=numbers | st.integers(100, 999),
        path=st.sampled_from(
            [(), ("error",), ("statusUpdate", "error"), ("data", 2), (1,)]
        ),
        defects=st.tuples(st.builds(Defect, st.sampled_from(DefectKind), edges))
        | st.just(()),
    )
)
def test_a_response_means_what_the_contract_says(response: ErrorResponse) -> None:
    assert (response.advice, response.description) == oracle.meaning_of(response)
    assert response.retryable is oracle.is_retryable(response)


# --- How the functions agree ---


def responses_to(payload: Any, status: Any) -> list[ErrorResponse]:
    return [parse(payload, status=status), *parse_all(payload, status=status)]


@given(anything, statuses)
def test_no_payload_raises(payload: Any, status: Any) -> None:
    for response in responses_to(payload, status):
        oracle.assert_sound(response)
        assert response.status == oracle.status_of(status)


@given(anything, statuses)
def test_parse_returns_the_first_of_parse_all(payload: Any, status: Any) -> None:
    first, *others = responses_to(payload, status)
    assert oracle.shown(*others[:1]) in ([], oracle.shown(first))


@given(anything, st.integers(300, 999))
def test_no_failed_status_is_without_an_error(payload: Any, status: int) -> None:
    assert parse_all(payload, status=status)


@given(anything, statuses)
def test_raise_for_error_returns_if_there_is_no_error_under_a_2xx(
    payload: Any, status: Any
) -> None:
    first, *errors = responses_to(payload, status)
    if oracle.is_success(first.status) and not errors:
        raise_for_error(payload, status=status)
        return
    with pytest.raises(ConnectlyError) as refusal:
        raise_for_error(payload, status=status)
    assert oracle.shown(refusal.value.error) == oracle.shown(first)


@given(anything, statuses)
def test_the_payload_stays_as_it_was(payload: Any, status: Any) -> None:
    before = repr(payload)
    responses_to(payload, status)
    oracle.outcome(payload, status)
    assert repr(payload) == before


@given(decoded)
def test_the_source_is_the_very_part_of_a_decoded_payload(payload: Any) -> None:
    assume(not isinstance(payload, str))
    expected = oracle.all_of(payload, 500)
    for response, same in zip(parse_all(payload, status=500), expected, strict=True):
        assert response.source is same.source


@given(json_texts | json_strings)
def test_a_body_is_read_like_what_json_loads_makes_of_it(body: str) -> None:
    response = parse(body)
    is_replaced = Defect(DefectKind.BAD_ENCODING) in response.defects
    if is_replaced or re.search("NaN|Infinity", body) or oracle.found_nothing(response):
        return
    try:
        value = json.loads(body)
    except ValueError:  # control characters, or something behind the value
        return
    assert parse(value) == response
    assert parse_all(value) == parse_all(body)


@given(st.lists(bodies, min_size=2, max_size=3), spaces, st.booleans(), statuses)
def test_objects_in_a_row_are_read_as_an_array(
    objects: list[Any], space: str, in_a_string: bool, status: Any
) -> None:
    array, row = json.dumps(objects), space.join(map(json.dumps, objects))
    if in_a_string:
        array, row = json.dumps(array), json.dumps(row)
    first, *errors = responses_to(array, status)
    if not oracle.found_nothing(first):
        assert oracle.shown(*parse_all(row, status=status)) == oracle.shown(*errors)


# --- Nobody is fooled ---

ERROR = {
    "code": "ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT",
    "type": "ERROR_TYPE_RATE_LIMIT",
    "message": "No",
    "cntTraceId": "7",
}
errors: st.SearchStrategy[Any] = st.sampled_from(
    [ERROR, [ERROR], {"error": ERROR}, {"statusUpdate": {"error": ERROR}}]
)
error_bodies = errors.map(json.dumps) | errors.map(json.dumps).map(json.dumps)
# A "}" could complete an object, and several objects are read as an array.
before = st.text().filter(lambda text: re.search(r"\w", text) and "}" not in text)
before |= st.sampled_from(
    ['"', "x", "]", "[", "{", '{"message":', '"{\\', "5 ", "null", "{}x", "\\", "[0,"]
)
behind = st.text().filter(lambda text: any(map(str.isalnum, text)))
behind |= st.sampled_from(
    ['" is not a valid name', " x", ",1", "]5", "\n{x", '{"a": 1', "true", "[0]"]
)


def decided(*responses: ErrorResponse) -> list[tuple[object, ...]]:
    """What code decides by."""
    return [
        (
            each.code,
            each.type,
            each.cnt_trace_id,
            each.advice,
            each.retryable,
            each.path,
        )
        for each in responses
    ]


@given(
    joined(before, error_bodies) | joined(error_bodies, behind), st.booleans(), statuses
)
def test_a_value_with_other_text_around_it_says_nothing(
    text: str, in_a_string: bool, status: Any
) -> None:
    body = json.dumps(text) if in_a_string else text
    expected = decided(parse("No.", status=status))
    assert decided(parse(body, status=status)) == expected
    assert decided(parse(body.encode(), status=status)) == expected


written = texts | words | error_bodies
written |= joined(
    st.sampled_from(['"', '"}', '"}}\n', "\\", '\\"}', "[" * 101]),
    error_bodies,
    st.sampled_from(["", '"', ',"', "\\", "\n", "]" * 101]),
)
update = {"metadata": ..., "status": "delivered", "error": None}
refused = {"error": {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY", "cntTraceId": "8"}}


@given(
    st.sampled_from(
        [
            lambda text, data: {"message": {"text": text}, "metadata": data},
            lambda text, data: {"buttonResponse": {"text": text, "payload": text}},
            lambda text, data: {"callbackData": data, "id": "01FRR"},
            lambda text, data: {"statusUpdate": update | {"metadata": data}},
            lambda text, data: {
                "callbackData": data,
                "statusUpdate": {"metadata": data, "status": "delivery_failed"},
            },
            lambda text, data: {"callbackData": text, "statusUpdate": refused},
            lambda text, data: [{"message": {"text": text}}, {"callbackData": data}],
        ]
    ),
    written,
    written | errors,
    statuses,
)
def test_what_a_customer_or_a_business_writes_decides_nothing(
    event: Callable[[str, Any], Any], text: str, data: Any, status: Any
) -> None:
    expected = decided(*parse_all(event("Hello", {"order": "7"}), status=status))
    payload = event(text, data)
    body = json.dumps(payload)
    raw = json.dumps(payload, ensure_ascii=False).encode(errors="surrogatepass")
    for form in (payload, body, raw, json.dumps(body)):
        assert decided(*parse_all(form, status=status)) == expected


# --- What is retryable ---

REFUSED = {*range(400, 500)} - {408}
LIMITED = {"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}
wholes: st.SearchStrategy[Any] = st.sampled_from(
    [LIMITED, {"error": LIMITED}, json.dumps(LIMITED), json.dumps(json.dumps(LIMITED))]
)
fractions = st.sampled_from(
    [
        *({"statusUpdate": {"error": LIMITED}}, {"status_update": LIMITED}),
        *({"data": [{"error": LIMITED}]}, {"data": [LIMITED]}),
        *([LIMITED], [{"error": LIMITED}], json.dumps(LIMITED) * 2),
    ]
)


@given(wholes, statuses)
def test_a_request_refused_as_a_whole_is_retryable(payload: Any, status: Any) -> None:
    response = parse(payload, status=status)
    assert response.retryable is (response.status in REFUSED)


@given(fractions | wholes | anything, statuses)
def test_nothing_else_is_retryable(payload: Any, status: Any) -> None:
    for response in responses_to(payload, status):
        if response.retryable:
            assert response.path in ((), ("error",))
            assert response.status in REFUSED


# --- Passing it on ---


@given(undecoded, statuses)
def test_to_dict_goes_through_json(payload: Any, status: Any) -> None:
    for response in responses_to(payload, status):
        told = response.to_dict()
        assert repr(told["details"]) == repr(response.details)
        assert repr(json.loads(json.dumps(told))) == repr(told)
        json.dumps(told, ensure_ascii=False).encode()


@given(decoded | json_like | buffers, statuses, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_copies_and_pickles_are_equal(payload: Any, status: Any, protocol: int) -> None:
    response = parse(payload, status=status)
    for same in (
        pickle.loads(pickle.dumps(response, protocol)),
        copy.copy(response),
        copy.deepcopy(response),
        replace(response),
    ):
        assert oracle.shown(same) == oracle.shown(response)
        assert same == response or "nan" in repr(response.details)  # NaN equals nothing
        assert hash(same) == hash(response)


printable = st.characters(exclude_categories=["C", "Z"], exclude_characters="\\")
long_texts = st.builds(
    lambda text, times: text * times,
    st.text(printable, min_size=1),
    st.integers(1, 400),
)


@given(long_texts, long_texts, long_texts)
def test_a_log_line_keeps_the_start_of_every_text(
    message: str, user_message: str, trace_id: str
) -> None:
    error = {"message": message, "userMessage": user_message, "cntTraceId": trace_id}
    line = str(parse({"code": "X", **error}))  # without it, zeros would be no error
    assert message[:290] in line
    assert user_message[:290] in line
    assert trace_id[:60] in line
