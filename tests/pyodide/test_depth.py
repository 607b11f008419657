"""No depth kills the interpreter, not even in WebAssembly, where json.loads does."""

from collections.abc import Callable
from typing import Any

import pytest

from connectly_errors import Defect, DefectKind, ErrorResponse, parse, parse_all

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


# Not where it becomes text: json.dumps kills the interpreter there, and so does repr.
PLACES: dict[str, Callable[[Any], Any]] = {
    "error": lambda value: {"error": value},
    "data": lambda value: {"data": [value]},
    "details": lambda value: {"code": "X", "message": "No.", "details": value},
    "a text": lambda value: {"code": "X", "message": value},
}


@pytest.mark.parametrize("put", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("leaf", [[], 1])
def test_a_deep_value_that_is_already_decoded_is_read(
    leaf: object, put: Callable[[Any], Any]
) -> None:
    first = value = [leaf]
    for _ in range(1_000_000):
        value = [value]
    error = parse(put({"a": value}))
    assert type(error) is ErrorResponse
    assert len(parse_all(put({"a": value}), status=400)) == 1
    if put is PLACES["details"]:
        assert error.details == {"a": value}
    del error
    while value is not first:  # freeing it all at once would kill the interpreter
        value = value.pop()  # type: ignore[assignment]
