"""What holds for every payload; `nox -s deep` tries 50,000 examples of each property."""

import copy
import datetime
import decimal
import json
import pickle
from collections import UserDict, deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

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
SNAKE_CASE = {
    "userTitle": "user_title",
    "userMessage": "user_message",
    "cntTraceId": "cnt_trace_id",
}
NAMES = (*TEXT_MEMBERS, "details", *SNAKE_CASE.values(), "error", "statusUpdate", "data")
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
texts = st.text(st.characters(exclude_categories=()), max_size=4)
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
    text: st.SearchStrategy[Any] = wire_values | texts | value
    members = dict.fromkeys((*TEXT_MEMBERS, *SNAKE_CASE.values()), text)
    return st.fixed_dictionaries({}, optional={**members, "details": st.just({}) | value})


def documents(value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with an error, or something else, at the documented places."""
    error = error_objects(value) | st.sampled_from(["", " \n", "no"]) | texts | value
    place = st.fixed_dictionaries({}, optional={"error": error})
    places = st.fixed_dictionaries(
        {},
        optional={
            "error": error,
            "statusUpdate": place | value,
            "data": st.lists(place | value, max_size=3) | value,
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
    return documents(value) | mutants(value) | value


def unprinted(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The same strategy, whose long text hypothesis neither builds nor warns of."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Any:
        return draw(strategy)

    return drawn()


finite = unprinted(payloads_of(st.floats(allow_nan=False, allow_infinity=False)))
finite_objects = finite.filter(lambda payload: isinstance(payload, dict))
decoded = unprinted(payloads_of(st.floats()))
bodies = st.builds(
    lambda payload, ascii_only: json.dumps(payload, ensure_ascii=ascii_only),
    decoded,
    st.booleans(),
) | st.sampled_from(BODIES).map(lambda body: body.decode("latin-1"))


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A body cut short, or with something in its midst."""
    body = draw(bodies)
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(start + 5, len(body))) | st.just(len(body)))
    return body[:start] + draw(st.just("") | texts | st.sampled_from('"[]{}\\,:')) + body[end:]


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
things = unprinted(
    st.recursive(
        decoded
        | byte_payloads
        | byte_payloads.map(bytearray)
        | byte_payloads.map(lambda body: memoryview(body))
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
anything = decoded | text_payloads | byte_payloads | things
statuses = st.none() | st.sampled_from([200, 399, 400, 401, 404, 429, 499, 504]) | st.integers()

# --- The contract once more, as slow and as plain as can be ---


def nesting(text: str) -> int:
    """How deep the brackets outside JSON strings nest."""
    depth = deepest = 0
    in_string = escaped = False
    for char in text:
        if escaped:
            escaped = False
        elif in_string and char == "\\":
            escaped = True
        elif char == '"':
            in_string = not in_string
        elif not in_string and char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not in_string and char in "]}":
            depth -= 1
    return deepest


def without_surrogates(text: str, field: str, defects: list[Defect]) -> str:
    clean = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    if clean != text:
        defects.append(Defect(DefectKind.BAD_ENCODING, field))
    return clean


def decode(payload: Any, defects: list[Defect]) -> tuple[Any, DefectKind]:
    if payload is None:
        return None, DefectKind.EMPTY
    if isinstance(payload, bytes):
        encoding = json.detect_encoding(payload)
        text = payload.decode(encoding, "replace")
        try:
            payload.decode(encoding)
        except UnicodeDecodeError:
            defects.append(Defect(DefectKind.BAD_ENCODING))
    elif isinstance(payload, str):
        text = without_surrogates(payload, "", defects)
    else:
        return payload, DefectKind.NO_ERROR
    text = text.removeprefix("\ufeff")
    if not text.strip():
        return "", DefectKind.EMPTY
    if nesting(text) > 100:
        return text.strip(), DefectKind.TOO_DEEP
    try:
        return json.loads(text), DefectKind.NO_ERROR
    except ValueError:
        return text.strip(), DefectKind.NOT_JSON


def find(value: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    if not isinstance(value, dict):
        return []
    places: list[tuple[tuple[str | int, ...], Any]] = [(("error",), value.get("error"))]
    update, entries = value.get("statusUpdate"), value.get("data")
    if isinstance(update, dict):
        places.append((("statusUpdate", "error"), update.get("error")))
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            places.append((("data", index, "error"), entry.get("error")))
    errors = [
        (path, error)
        for path, error in places
        if isinstance(error, dict) or (isinstance(error, str) and error.strip())
    ]
    given = {name for name, member in value.items() if member is not None}
    is_error = (
        bool(given & {"code", "cntTraceId", "cnt_trace_id"})
        or (isinstance(value.get("type"), str) and value["type"].startswith("ERROR_"))
        or isinstance(value.get("message"), str)
    )
    only_a_text = [path for path, _ in errors] == [("error",)] and isinstance(errors[0][1], str)
    return [((), value)] if is_error and (not errors or only_a_text) else errors


def read(error: Any, path: tuple[str | int, ...], defects: list[Defect]) -> ErrorResponse:
    if isinstance(error, str):
        defects.append(Defect(DefectKind.WRONG_TYPE, "error"))
        error = {"message": error}
    members = {}
    for name in TEXT_MEMBERS:
        got = error.get(name)
        if got is None:
            got = error.get(SNAKE_CASE.get(name))
        if isinstance(got, str):
            members[name] = without_surrogates(got, name, defects)
        elif got is None:
            members[name] = ""
        else:
            defects.append(Defect(DefectKind.WRONG_TYPE, name))
            members[name] = json.dumps(got) if isinstance(got, bool | int | float) else ""
    details = error.get("details")
    if details is not None and not isinstance(details, dict):
        defects.append(Defect(DefectKind.WRONG_TYPE, "details"))
    if members["type"] in ("ERROR_TYPE_CONTEXT_CANCELED", "ERROR_TYPE_CONTEXT_CANCELLED"):
        members["type"] = "ERROR_TYPE_CONTEXT_CANCLED"
    types = {"": ErrorType.UNSPECIFIED, **{member.value: member for member in ErrorType}}
    codes = {"": ErrorCode.UNSPECIFIED, **{member.value: member for member in ErrorCode}}
    return ErrorResponse(
        message=members["message"],
        type=types.get(members["type"], members["type"]),
        code=codes.get(members["code"], members["code"]),
        user_title=members["userTitle"],
        user_message=members["userMessage"],
        cnt_trace_id=members["cntTraceId"],
        details=details if isinstance(details, dict) else {},
        path=path,
        defects=tuple(defects),
    )


def responses_to(payload: Any, status: int | None) -> tuple[ErrorResponse, ...]:
    defects: list[Defect] = []
    value, reason = decode(payload, defects)
    responses = [read(error, path, [*defects]) for path, error in find(value)]
    if not responses:
        message = without_surrogates(value, "", defects) if isinstance(value, str) else ""
        defects.append(Defect(reason))
        responses = [ErrorResponse(message=message, defects=tuple(defects))]
    return tuple(replace(response, status=status) for response in responses)


# --- The properties ---


@given(anything, statuses)
def test_no_payload_raises_and_every_response_is_sound(
    assert_sound: Callable[[ErrorResponse], None], payload: Any, status: int | None
) -> None:
    for response in (parse(payload, status=status), *parse_all(payload, status=status)):
        assert_sound(response)
        assert response.status == status


@given(decoded | text_payloads | byte_payloads, statuses)
def test_every_response_is_what_the_contract_says(payload: Any, status: int | None) -> None:
    expected = responses_to(payload, status)
    nothing = {DefectKind.EMPTY, DefectKind.NO_ERROR} & {d.kind for d in expected[0].defects}
    # repr tells an enum member from its value, and takes one NaN for another.
    assert repr(parse(payload, status=status)) == repr(expected[0])
    assert repr(parse_all(payload, status=status)) == repr(
        () if nothing and (status or 0) < 400 else expected
    )


@given(anything, statuses)
def test_parse_gives_the_first_of_parse_all(payload: Any, status: int | None) -> None:
    for first in parse_all(payload, status=status)[:1]:
        assert parse(payload, status=status) == first


@given(anything)
def test_the_payload_is_left_as_it_was_and_kept(payload: Any) -> None:
    before = repr(payload)
    for response in (parse(payload), *parse_all(payload)):
        if isinstance(payload, bytearray | memoryview):
            assert response.raw == bytes(payload)
            assert type(response.raw) is bytes
        else:
            assert response.raw is payload
    assert repr(payload) == before


@given(anything, statuses)
def test_parse_reads_its_own_to_dict_alike(payload: Any, status: int | None) -> None:
    for response in (parse(payload, status=status), *parse_all(payload, status=status)):
        members = response.to_dict()
        assert [type(member) for member in members.values()] == [str] * 6 + [dict]
        again = parse(members, status=response.status)
        assert again == replace(response, path=(), defects=())


@given(decoded | text_payloads | byte_payloads, statuses)
def test_equal_payloads_give_equal_and_equally_hashed_responses(
    payload: Any, status: int | None
) -> None:
    pair = parse(payload, status=status), parse(reordered(payload), status=status)
    assert pair[0] == pair[1]
    assert hash(pair[0]) == hash(pair[1])


def reordered(value: Any) -> Any:
    """An equal value whose objects list their members the other way round."""
    if isinstance(value, dict):
        return {name: reordered(member) for name, member in reversed(value.items())}
    return [reordered(item) for item in value] if isinstance(value, list) else value


@given(finite | text_payloads | byte_payloads, statuses, st.integers(0, pickle.HIGHEST_PROTOCOL))
@example('{"message":"","details":{"":NaN}}', None, 0)
def test_copies_and_pickles_are_equal(payload: Any, status: int | None, protocol: int) -> None:
    response = parse(payload, status=status)
    for same in (
        pickle.loads(pickle.dumps(response, protocol)),
        copy.copy(response),
        copy.deepcopy(response),
        replace(response),
    ):
        assert repr(same) == repr(response)
        assert same == response or "nan" in repr(response.details)  # NaN equals no copy of it
        assert hash(same) == hash(response)
        assert same.raw == response.raw


@given(finite_objects, st.booleans(), encodings, st.sampled_from([bytes, bytearray, memoryview]))
def test_a_body_is_read_like_its_text_and_its_decoded_object(
    payload: Any, ascii_only: bool, encoding: str, buffer: Callable[[bytes], Any]
) -> None:
    text = json.dumps(payload, ensure_ascii=ascii_only).encode(errors="replace").decode()
    body = text.encode(encoding)
    expected = repr(parse_all(json.loads(text), status=500))
    assert repr(parse_all(text, status=500)) == expected
    assert repr(parse_all("\ufeff" + text, status=500)) == expected
    assert repr(parse_all(buffer(body), status=500)) == expected


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
    for payload in (body, body.encode()):
        too_deep = Defect(DefectKind.TOO_DEEP) in parse(payload).defects
        assert too_deep == (nesting(body) > 100)


@given(
    st.lists(
        st.sampled_from(["[", "{", "]", "}", '"', "\\", '\\"', ",", ":", '""', '{"":', "[" * 60])
        | texts,
        max_size=300,
    ).map("".join)
)
@example("[" * 101)
@example('"\\' + "[" * 101)
def test_what_the_decoder_is_handed_nests_no_deeper_than_100_where_it_reads(text: str) -> None:
    assume(Defect(DefectKind.TOO_DEEP) not in parse(text).defects)
    try:
        json.loads(text)
    except json.JSONDecodeError as refusal:
        text = text[: refusal.pos]
    assert nesting(text) <= 100


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, texts)),
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=4).map(
        lambda text: (text * 64)[:64]
    ),
    statuses,
)
def test_a_trace_id_of_up_to_64_characters_is_never_shortened(
    payload: dict[str, Any], trace_id: str, status: int | None
) -> None:
    assert trace_id in str(parse({"error": {**payload, "cntTraceId": trace_id}}, status=status))
