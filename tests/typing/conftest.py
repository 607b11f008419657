from importlib.metadata import version
from platform import python_version

import pytest

CHECKERS = ("mypy", "pyright", "ty", "pyrefly")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the README's table of versions is made from."""
    terminalreporter.write_line(f"ran on: Python {python_version()}")
    for checker in CHECKERS:
        terminalreporter.write_line(f"ran on: {checker} {version(checker)}")
