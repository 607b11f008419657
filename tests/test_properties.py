"""What holds for every payload; `nox -s deep` tries 50,000 examples of each property.

What a payload has to be read as says `tools/oracle.py`.
"""

import copy
import datetime
import decimal
import http
import json
import math
import pickle
from collections import UserDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import oracle
from hypothesis import assume, example, given
from hypothesis import strategies as st

from connectly_errors import (
    Defect,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    parse,
    parse_all,
)

TEXT_MEMBERS = ("message", "type", "code", "userTitle", "userMessage", "cntTraceId")
SNAKE_CASE = ("user_title", "user_message", "cnt_trace_id")
BESIDE = ("status", "rejectedCount", "callbackData", "metadata")
NAMES = (*TEXT_MEMBERS, "details", *SNAKE_CASE, "error", "statusUpdate", "data", *BESIDE)
EXPLAINED = (
    *("description", "advice", "retryable", "code", "type", "message", "user_title"),
    *("user_message", "cnt_trace_id", "details", "status", "path", "defects"),
)
FOLDER = Path(__file__).parent / "payloads"
BODIES = [path.read_bytes() for path in sorted(FOLDER.iterdir())]
DOCUMENTED = [
    json.loads((FOLDER / name).read_bytes())
    for name in (
        "api_error.json",
        "campaign.json",
        "grpc_gateway.json",
        "inbound_message.json",
        "webhook_delivered.json",
        "webhook_failed.json",
    )
]

# --- Payloads ---

# Short, as most of the time goes into drawing texts; st.text() alone leaves lone surrogates out.
texts = st.text(st.characters(exclude_categories=()), max_size=4) | st.sampled_from(
    ["\ud800", "\udc00\ud83d", "\U0001f600", "\ufeff", "\u2003", '"', "\\ud800"]
)
wire_values = st.sampled_from(
    [
        *ErrorType,
        *ErrorCode,
        "ERROR_TYPE_CONTEXT_CANCELED",
        "ERROR_TYPE_CONTEXT_CANCELLED",
        "ERROR_CODE_MESSAGE_STICKER_INVALID",
        "ERROR_",
        "",
        " ",
    ]
).map(str)
names = st.sampled_from(NAMES) | texts
fates = st.sampled_from(
    ["delivery_failed", "Delivery_Failure", "FAILED", "rejected", "error", "delivered", "created"]
)
counts: st.SearchStrategy[Any] = st.sampled_from([0, 1, "0", "1"])
empty: st.SearchStrategy[Any] = st.sampled_from([None, {}, [], "", " \n", 0, 0.0, False])


def json_values(floats: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """Any JSON value, with wire names and values among its texts."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | floats | texts | wire_values,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(names, inner, max_size=3)
            | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
        ),
        max_leaves=6,
    )


def error_objects(value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the members of an error, most of them of the documented type."""
    text: st.SearchStrategy[Any] = wire_values | texts | empty | value
    members = dict.fromkeys((*TEXT_MEMBERS, *SNAKE_CASE, "error"), text)
    many = st.fixed_dictionaries({}, optional={**members, "details": st.just({}) | value})
    few = st.dictionaries(st.sampled_from(NAMES), text, max_size=2)
    return many | few | wire_values.map(lambda value: {"type": value})


def documents(value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with an error, a failure, or something else at the documented places."""
    error = error_objects(value) | st.just("no") | texts | empty | value
    fate: dict[Any, st.SearchStrategy[Any]] = {
        "status": fates | value,
        "rejectedCount": counts | value,
        "message": texts | value,
    }
    place = st.fixed_dictionaries({}, optional={"error": error, **fate})
    place |= st.fixed_dictionaries({"status": fates, "message": texts | value})
    place |= st.fixed_dictionaries({"error": st.just([1]) | value, "message": texts | value})
    place |= counts.map(lambda count: {"rejectedCount": count})
    places = st.fixed_dictionaries(
        {},
        optional={
            "error": error,
            "statusUpdate": place | value,
            "data": st.lists(place | value, max_size=3) | value,
            **fate,
        },
    )
    return st.builds(lambda above, below: {**above, **below}, error_objects(value), places) | places


@st.composite
def mutants(draw: st.DrawFn, value: st.SearchStrategy[Any]) -> Any:
    """A documented payload with up to three members missing, retyped, renamed or nested."""
    event = copy.deepcopy(draw(st.sampled_from(DOCUMENTED)))
    for _ in range(draw(st.integers(0, 3))):
        spot = event
        while isinstance(spot, dict) and spot:
            key = draw(st.sampled_from(sorted(spot)))
            inner = spot[key][0] if isinstance(spot[key], list) and spot[key] else spot[key]
            if isinstance(inner, dict) and inner and draw(st.booleans()):
                spot = inner
                continue
            change = draw(st.sampled_from(["drop", "retype", "rename", "nest", "list"]))
            old = spot.pop(key)
            if change == "retype":
                spot[key] = draw(value)
            elif change == "rename":
                spot[draw(names)] = old
            elif change in ("nest", "list"):
                spot[key] = {draw(names): old} if change == "nest" else [old]
            break
    return event


def payloads_of(floats: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    value = json_values(floats)
    item = documents(value) | mutants(value)
    return item | st.lists(item | value, max_size=3) | value


def unprinted(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The same strategy, whose long text hypothesis neither builds nor warns of."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Any:
        return draw(strategy)

    return drawn()


finite = unprinted(payloads_of(st.floats(allow_nan=False, allow_infinity=False)))
containers = finite.filter(lambda payload: isinstance(payload, dict | list))
decoded = unprinted(payloads_of(st.floats()))
items = unprinted(documents(json_values(st.floats())))
latin = st.sampled_from(BODIES).map(lambda body: body.decode("latin-1"))
one_value = st.builds(
    lambda payload, ascii_only: json.dumps(payload, ensure_ascii=ascii_only),
    decoded,
    st.booleans(),
)
strings = st.builds(
    lambda before, content, behind: json.dumps(before + content + behind),
    st.sampled_from(["", "", "", " ", "\ufeff", "x"]),
    one_value | items.map(json.dumps) | latin | texts,
    st.sampled_from(["", "", "", "\n", "\u2003", "}"]),
)
several = st.builds(
    lambda first, between, second: first + between + second,
    one_value | strings,
    st.sampled_from(["", "\n", ",", "}", "\0", "\ufeff"]),
    one_value | texts,
)
bodies = st.builds(
    lambda before, body: before + body,
    st.sampled_from(["", "", " \n", "\ufeff", "\u00a0"]),
    one_value | one_value | strings | several | latin,
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A body cut short, or with something in its midst."""
    body = draw(bodies)
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(start + 5, len(body))) | st.just(len(body)))
    midst = draw(st.just("") | texts | st.sampled_from('"[]{}\\,:'))
    return f"{body[:start]}{midst}{body[end:]}"


text_payloads = st.text() | texts | bodies | damaged()
encodings = st.sampled_from(
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
byte_payloads = (
    st.binary()
    | st.sampled_from(BODIES)
    | st.builds(
        lambda text, encoding: text.encode(encoding, "surrogatepass"), text_payloads, encodings
    )
)
buffers = (
    byte_payloads | byte_payloads.map(bytearray) | byte_payloads.map(lambda body: memoryview(body))
)
undecoded = text_payloads | buffers
readable = decoded | undecoded
things = unprinted(
    st.recursive(
        decoded
        | buffers
        | st.complex_numbers()
        | st.decimals()
        | st.dates()
        | st.uuids()
        | st.sampled_from(
            [..., NotImplemented, object(), object, len, json, ErrorResponse(), range(3)]
        )
        | st.sampled_from(
            [*ErrorType, *ErrorCode, ValueError("x"), datetime.UTC, decimal.Decimal()]
        ),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.lists(inner, max_size=3).map(tuple)
            | st.lists(inner, max_size=3).map(deque)
            | st.dictionaries(
                names | st.none() | st.integers() | st.tuples(names), inner, max_size=4
            )
            | st.dictionaries(names, inner, max_size=4).map(MappingProxyType)
            | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6).map(UserDict)
            | documents(inner)
        ),
        max_leaves=6,
    )
)
anything = readable | things
numbers = st.sampled_from([200, 302, 399, 400, 401, 404, 408, 429, 499, 504, 599])
statuses: st.SearchStrategy[Any] = unprinted(
    st.none()
    | numbers
    | numbers.map(str)
    | st.integers(99, 1000)
    | st.integers()
    | texts
    | st.sampled_from([" 429 ", "0_404", b"503", "4e2", 404.9, math.nan, math.inf, True, ()])
    | st.sampled_from([http.HTTPStatus.TOO_MANY_REQUESTS, decimal.Decimal(502), object()])
)

# --- What is compared ---


def answer(responses: tuple[ErrorResponse, ...]) -> list[str]:
    """The responses as texts, which tell a member from its value and take one NaN for another."""
    return [f"{response!r} {response.source!r}" for response in responses]


def texts_in(value: object) -> Iterator[str]:
    """Every text in a value that json makes, the names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from texts_in(name)
            yield from texts_in(member)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def reordered(value: Any) -> Any:
    """An equal value whose objects list their members the other way round."""
    if isinstance(value, dict):
        return {name: reordered(member) for name, member in reversed(value.items())}
    return [reordered(item) for item in value] if isinstance(value, list) else value


# --- The properties ---


@given(anything, statuses)
def test_no_payload_raises_and_every_response_is_sound(
    assert_sound: Callable[[ErrorResponse], None], payload: Any, status: Any
) -> None:
    for response in (parse(payload, status=status), *parse_all(payload, status=status)):
        assert_sound(response)
        assert response.status == oracle.status_of(status)


@given(decoded, statuses)
def test_what_json_loads_made_is_read_as_the_contract_says(payload: Any, status: Any) -> None:
    assert_as_the_contract_says(payload, status)


@given(items, statuses)
def test_a_body_or_event_is_read_as_the_contract_says(payload: Any, status: Any) -> None:
    assert_as_the_contract_says(payload, status)


@given(text_payloads, statuses)
def test_text_is_read_as_the_contract_says(payload: str, status: Any) -> None:
    assert_as_the_contract_says(payload, status)


@given(buffers, statuses)
def test_bytes_are_read_as_the_contract_says(payload: Any, status: Any) -> None:
    assert_as_the_contract_says(payload, status)


@given(strings | several, statuses)
def test_json_in_strings_and_before_other_text_is_read_as_the_contract_says(
    payload: str, status: Any
) -> None:
    assert_as_the_contract_says(payload, status)


def assert_as_the_contract_says(payload: Any, status: Any) -> None:
    expected = oracle.responses_to(payload, status)
    assert answer((parse(payload, status=status),)) == answer(expected[:1])
    assert answer(parse_all(payload, status=status)) == answer(oracle.all_of(payload, status))


@given(
    st.builds(
        ErrorResponse,
        code=st.sampled_from([*["ERROR_CODE_UNSPECIFIED"] * 9, *ErrorCode, "ERROR_CODE_NEW"]),
        type=st.sampled_from([*ErrorType, *map(str, ErrorType), "ERROR_TYPE_NEW", "404"]),
        status=st.none() | numbers | st.integers(100, 999),
        path=st.sampled_from([(), ("error",), ("data", 2, "error"), (0, "error"), (1,)]),
        defects=st.lists(st.builds(Defect, st.sampled_from(DefectKind)), max_size=2).map(tuple),
    )
)
def test_every_response_means_what_the_contract_says(response: ErrorResponse) -> None:
    advice, description = oracle.meaning_of(response)
    assert response.advice is advice
    assert response.description == description or description is None
    assert response.retryable is oracle.is_retryable(response)


@given(anything, statuses)
def test_parse_gives_the_first_of_parse_all(payload: Any, status: Any) -> None:
    for first in parse_all(payload, status=status)[:1]:
        assert answer((parse(payload, status=status),)) == answer((first,))


@given(anything, st.integers(300, 999))
def test_no_failed_status_is_without_an_error(payload: Any, status: int) -> None:
    assert parse_all(payload, status=status)


@given(anything)
def test_the_payload_is_left_as_it_was(payload: Any) -> None:
    before = repr(payload)
    parse(payload)
    parse_all(payload)
    assert repr(payload) == before


@given(decoded)
def test_the_source_is_the_very_part_of_a_decoded_payload(payload: Any) -> None:
    responses = parse_all(payload, status=500)
    for response, expected in zip(responses, oracle.responses_to(payload), strict=True):
        assert response.source is expected.source


@given(undecoded, statuses)
def test_every_text_can_be_encoded(payload: Any, status: Any) -> None:
    for response in (parse(payload, status=status), *parse_all(payload, status=status)):
        for text in texts_in(response.explain()):
            text.encode()


@given(readable, statuses)
def test_explain_says_all_in_the_same_order(payload: Any, status: Any) -> None:
    for response in (parse(payload, status=status), *parse_all(payload, status=status)):
        assert list(response.explain().items()) == [
            ("description", response.description),
            ("advice", str(response.advice)),
            ("retryable", response.retryable),
            ("code", str(response.code)),
            ("type", str(response.type)),
            ("message", response.message),
            ("user_title", response.user_title),
            ("user_message", response.user_message),
            ("cnt_trace_id", response.cnt_trace_id),
            ("details", response.details),
            ("status", response.status),
            ("path", ".".join(map(str, response.path))),
            ("defects", [f"{each.kind.value} {each.field}".strip() for each in response.defects]),
        ]


@given(undecoded, statuses)
def test_explain_comes_back_equal_from_json(payload: Any, status: Any) -> None:
    for response in (parse(payload, status=status), *parse_all(payload, status=status)):
        explained = response.explain()
        assert repr(json.loads(json.dumps(explained))) == repr(explained)


@given(anything, statuses)
def test_nothing_is_retryable_where_a_part_may_have_been_done(payload: Any, status: Any) -> None:
    number = oracle.status_of(status) or 0
    for response in parse_all(payload, status=status):
        in_part = any(isinstance(step, int) for step in response.path)
        if in_part or number // 100 in (2, 5) or number == 408:
            assert not response.retryable


@given(anything, statuses)
def test_parse_reads_its_own_to_dict_alike(payload: Any, status: Any) -> None:
    for response in (parse(payload, status=status), *parse_all(payload, status=status)):
        # A blank code alone makes no error.
        assume(type(response.details) is dict and response.code.strip())
        members = response.to_dict()
        assert [type(member) for member in members.values()] == [str] * 6 + [dict]
        again = parse(members, status=response.status)
        assert repr(again) == repr(replace(response, path=(), defects=()))


@given(readable, statuses)
def test_equal_payloads_give_equal_and_equally_hashed_responses(payload: Any, status: Any) -> None:
    pair = parse(payload, status=status), parse(reordered(payload), status=status)
    assert pair[0] == pair[1]
    assert hash(pair[0]) == hash(pair[1])


@given(finite | text_payloads | byte_payloads, statuses, st.integers(0, pickle.HIGHEST_PROTOCOL))
@example('{"message":"","details":{"":NaN}}', None, 0)
def test_copies_and_pickles_are_equal(payload: Any, status: Any, protocol: int) -> None:
    response = parse(payload, status=status)
    for same in (
        pickle.loads(pickle.dumps(response, protocol)),
        copy.copy(response),
        copy.deepcopy(response),
        replace(response),
    ):
        assert answer((same,)) == answer((response,))
        assert same == response or "nan" in repr(response.details)  # NaN equals no copy of it
        assert hash(same) == hash(response)


@given(containers, st.booleans(), encodings, st.sampled_from([bytes, bytearray, memoryview]))
def test_a_body_is_read_like_its_text_and_its_decoded_value(
    payload: Any, ascii_only: bool, encoding: str, buffer: Callable[[bytes], Any]
) -> None:
    text = json.dumps(payload, ensure_ascii=ascii_only).encode(errors="replace").decode()
    text = json.dumps(oracle.mend(json.loads(text)), ensure_ascii=ascii_only)
    expected = answer(parse_all(text, status=500))
    assert answer(parse_all("\ufeff" + text, status=500)) == expected
    assert answer(parse_all(buffer(text.encode(encoding)), status=500)) == expected
    if parse_all(text):
        assert answer(parse_all(json.loads(text), status=500)) == expected
        assert answer(parse_all(json.dumps(text), status=500)) == expected


# --- What others write ---

error_texts = st.fixed_dictionaries(
    {},
    optional={
        "message": texts,
        "type": wire_values,
        "code": wire_values,
        "cntTraceId": texts,
        "status": fates,
        "rejectedCount": st.just(1),
    },
)
nested = error_texts | st.recursive(
    error_texts,
    lambda inner: (
        st.fixed_dictionaries({"error": inner})
        | st.fixed_dictionaries({"statusUpdate": inner})
        | st.fixed_dictionaries({"data": st.lists(inner, min_size=1, max_size=2)})
        | st.lists(inner, max_size=2)
    ),
    max_leaves=3,
)
written = (
    st.builds(
        lambda before, value, behind: before + json.dumps(value) + behind,
        st.sampled_from(["", '"', '"}', '"}}\n', "}\n", "\\", '\\"}', "[" * 101]),
        nested,
        st.sampled_from(["", '"', ',"', "\\", "\n", "]" * 101]),
    )
    | wire_values
    | texts
)
templates = st.sampled_from(
    [
        lambda text, value: {"message": {"text": text}, "attachments": [], "metadata": value},
        lambda text, value: {"buttonResponse": {"text": text, "payload": text}, "message": None},
        lambda text, value: {"callbackData": value, "id": "01FRR"},
        lambda text, value: {
            "callbackData": value,
            "metadata": value,
            "statusUpdate": {"status": "delivered", "error": None, "metadata": value},
        },
        lambda text, value: {
            "callbackData": value,
            "metadata": value,
            "statusUpdate": {"metadata": value, "status": "delivery_failed", "error": None},
        },
        lambda text, value: {
            "metadata": value,
            "statusUpdate": {
                "metadata": value,
                "error": {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY", "cntTraceId": "7"},
            },
            "callbackData": value,
        },
        lambda text, value: [{"message": {"text": text}}, {"callbackData": value}],
    ]
)


def told(payload: Any, status: Any) -> list[tuple[object, ...]]:
    """What code decides by."""
    return [
        (each.code, each.type, each.cnt_trace_id, each.advice, each.retryable, each.path)
        for each in parse_all(payload, status=status)
    ]


@given(templates, written, written | nested, st.booleans(), statuses)
def test_what_a_customer_or_a_business_writes_changes_nothing(
    template: Callable[[Any, Any], Any], text: str, value: Any, ascii_only: bool, status: Any
) -> None:
    expected = told(template("Hello", {"order": "7"}), status)
    event = template(text, value)
    body = json.dumps(event, ensure_ascii=ascii_only)
    assert told(event, status) == expected
    assert told(body, status) == expected
    assert told(body.encode(errors="surrogatepass"), status) == expected
    assert told(json.dumps(body), status) == expected


@given(templates, written, written | nested, st.integers(0), statuses)
def test_what_others_write_changes_nothing_where_the_body_is_cut(
    template: Callable[[Any, Any], Any], text: str, value: Any, length: int, status: Any
) -> None:
    body = json.dumps(template(text, value))
    cut = body[: 1 + length % (len(body) - 1)]
    expected = told(json.dumps(template("Hello", {"order": "7"}))[:-1], status)
    assert told(cut, status) == expected
    assert told(cut.encode(), status) == expected
    assert told(json.dumps(body)[: len(cut)], status) == expected


@given(templates, written, written | nested, st.sampled_from(["\n", " ", "}"]), written, statuses)
def test_what_others_write_changes_nothing_where_something_is_behind_the_body(
    template: Callable[[Any, Any], Any],
    text: str,
    value: Any,
    between: str,
    behind: str,
    status: Any,
) -> None:
    expected = told(json.dumps(template("Hello", {"order": "7"})) + " x", status)
    body = json.dumps(template(text, value)) + between + "x" + behind.replace("[", "")
    assert told(body, status) == expected
    assert told(body.encode(errors="surrogatepass"), status) == expected


# --- Depth ---


@given(
    st.lists(
        st.sampled_from(["[%s]", '{"[":%s}', '{"\\"[":%s}', '["\\\\",%s,"]{"]', "[[],%s,{}]"]),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 250) | st.integers(98, 102),
)
def test_what_is_too_deep_is_told_exactly(wrappers: list[str], depth: int) -> None:
    body = "1"
    for level in range(depth):
        body = wrappers[level % len(wrappers)] % body
    json.loads(body)
    for payload in (body, body.encode(), json.dumps(body)):
        too_deep = Defect(DefectKind.TOO_DEEP) in parse(payload).defects
        assert too_deep == (oracle.nesting(body) > 100)


@given(
    st.lists(
        st.sampled_from(["[", "{", "]", "}", '"', "\\", '\\"', ",", ":", '""', '{"":', "[" * 60])
        | texts,
        max_size=300,
    ).map("".join),
    st.booleans(),
)
@example("[" * 101, False)
@example('"\\' + "[" * 101, False)
def test_what_the_decoder_is_handed_nests_no_deeper_than_100_where_it_reads(
    text: str, within_a_string: bool
) -> None:
    payload = json.dumps(text) if within_a_string else text
    assume(Defect(DefectKind.TOO_DEEP) not in parse(payload).defects)
    try:
        json.loads(text)
    except json.JSONDecodeError as refusal:
        text = text[: refusal.pos]
    assert oracle.nesting(text) <= 100


# --- The line for a log ---

printable = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\\"))
long_printable = st.builds(
    lambda text, length: (text * length)[:length],
    printable.filter(bool),
    st.integers(1, 70) | st.sampled_from([64, 600]),
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, texts | wire_values | printable)),
    long_printable,
    long_printable,
    long_printable.map(lambda text: text[:64]),
    st.booleans(),
    statuses,
)
def test_a_line_keeps_the_trace_id_and_60_characters_of_each_message(
    members: dict[str, Any],
    message: str,
    user_message: str,
    trace_id: str,
    in_a_list: bool,
    status: Any,
) -> None:
    said = {"message": message, "userMessage": user_message, "cntTraceId": trace_id}
    error = {"error": {**members, **said}}
    line = str(parse([0, error] if in_a_list else error, status=status))
    assert trace_id in line
    assert message[:60] in line
    assert user_message[:60] in line
