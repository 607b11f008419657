"""What the test modules share, and how many examples hypothesis tries of each property.

`--hypothesis-profile=deep` tries 50,000 new ones; without it, 200: new ones each time, and with CI
set the same ones.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectly_errors import Defect, DefectKind, ErrorCode, ErrorResponse, ErrorType

settings.register_profile(
    "default", settings.get_profile("default"), max_examples=200, deadline=None
)
settings.register_profile("ci", settings.get_profile("ci"), max_examples=200)
settings.register_profile(
    "deep",
    settings.get_profile("default"),
    max_examples=50_000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(scope="session", autouse=True)
def character_table() -> None:
    """Draw one text: in a new clone hypothesis first builds a table, and finds that too slow."""

    @settings(max_examples=1, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text())
    def draw(text: str) -> None:
        pass

    draw()


@pytest.fixture(scope="session")
def payloads() -> Path:
    """The folder of documented payloads."""
    return Path(__file__).parent / "payloads"


@pytest.fixture(scope="session")
def assert_sound() -> Callable[[ErrorResponse], None]:
    """A check of what holds for every response, whatever the payload."""
    return _assert_sound


def _assert_sound(response: ErrorResponse) -> None:
    assert type(response) is ErrorResponse
    texts = {
        "message": response.message,
        "user_title": response.user_title,
        "user_message": response.user_message,
        "cnt_trace_id": response.cnt_trace_id,
    }
    assert {name: type(text) for name, text in texts.items()} == dict.fromkeys(texts, str)
    for value, enum in ((response.type, ErrorType), (response.code, ErrorCode)):
        known = value in {str(member) for member in enum}
        assert type(value) is (enum if known else str)
        assert value
    assert isinstance(response.details, Mapping)
    assert response.status is None or type(response.status) is int
    assert type(response.path) is tuple
    assert {type(step) for step in response.path} <= {str, int}
    assert type(response.defects) is tuple
    for defect in response.defects:
        assert type(defect) is Defect
        assert type(defect.kind) is DefectKind
        assert type(defect.field) is str

    for text in (*texts.values(), response.type, response.code):
        text.encode()

    for line in (str(response), *map(str, response.defects)):
        assert line.isprintable()
        assert 0 < len(line) <= 500
