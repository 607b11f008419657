"""What the test modules share, and how many examples hypothesis tries of each property.

It tries 200, or 50,000 with `--hypothesis-profile=deep`: new ones each time, unless CI
is set.
"""

from collections.abc import Callable
from pathlib import Path

import oracle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectly_errors import ErrorResponse

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
    """Draw one text: in a new clone, hypothesis builds a table first, which is slow."""

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
    return oracle.assert_sound
