from importlib.metadata import version
from platform import python_version

import pytest

PACKAGES = ("vendoring", "mypy", "pyright", "ruff")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the README's table of versions is made from."""
    terminalreporter.write_line(f"ran on: Python {python_version()}")
    for package in PACKAGES:
        terminalreporter.write_line(f"ran on: {package} {version(package)}")
