"""The errors that travel, and the versions of what carries them."""

from __future__ import annotations

from importlib.metadata import version
from platform import python_version
from typing import TYPE_CHECKING

import pytest

from connectly_errors import ErrorResponse, parse, parse_all

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("celery", "fastapi", "opentelemetry-sdk", "orjson", "pydantic", "structlog")


@pytest.fixture
def error(payloads: Path) -> ErrorResponse:
    """A failed delivery, whose source holds phone numbers."""
    (error,) = parse_all((payloads / "webhook_opted_out.json").read_bytes())
    return error


@pytest.fixture
def errors(payloads: Path) -> list[ErrorResponse]:
    """What every payload file is read as, with and without an HTTP status."""
    bodies = [path.read_bytes() for path in sorted(payloads.iterdir())]
    return [parse(body, status=status) for body in bodies for status in (None, 400)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the table of versions is made from."""
    terminalreporter.write_line(f"ran on: Python {python_version()}")
    for package in PACKAGES:
        terminalreporter.write_line(f"ran on: {package} {version(package)}")
