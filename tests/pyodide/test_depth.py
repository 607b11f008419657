"""No depth kills the interpreter, not even in WebAssembly, where json.loads does."""

from collections.abc import Callable
from typing import Any

import pytest

from connectly_errors import Defect, DefectKind, parse, parse_all

OPENINGS = {
    "arrays": "[",
    "objects": '{"a":',
    "arrays and objects": '[{"a":',
    "beside closed brackets": '[[],{"a":[]},',
    "beside brackets in strings": r'["]\"}\\",',
}


@pytest.mark.parametrize("encode", [str, str.encode], ids=["str", "bytes"])
@pytest.mark.parametrize("depth", [10_000, 100_000, 1_000_000])
@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS.keys())
def test_a_deep_body_is_not_decoded(
    opening: str, depth: int, encode: Callable[[str], str | bytes]
) -> None:
    body = encode(opening * depth)
    assert parse(body).defects == (Defect(DefectKind.TOO_DEEP),)
    assert len(parse_all(body)) == 1


@pytest.mark.parametrize("member", ["details", "message"])
def test_a_deep_value_that_is_already_decoded_is_handed_on(member: str) -> None:
    # Only where it isn't written: there, json.dumps would kill the interpreter.
    first: list[Any] = [1]
    value = first
    for _ in range(1_000_000):
        value = [value]
    payload = {"error": {"code": "X", member: {"a": value}}}
    error = parse(payload)
    assert (error.code, error.source) == ("X", payload)
    assert len(parse_all(payload)) == 1
    del error, payload
    while value is not first:  # freeing it all at once would kill the interpreter
        value = value.pop()
