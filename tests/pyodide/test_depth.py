"""No depth kills the interpreter, not even in WebAssembly, where json.loads does."""

from collections.abc import Callable

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


def test_a_deep_value_is_handed_on_as_it_is() -> None:
    value: dict[str, object] = {}
    for _ in range(1_000_000):
        value = {"details": value}
    assert parse({"error": value}).details is value["details"]
    while value:  # to free it all at once would kill CPython in WebAssembly
        value = value.pop("details")  # type: ignore[assignment]
