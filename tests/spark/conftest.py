import subprocess
from importlib.metadata import version
from platform import python_version

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    java = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
    ran_on = {
        "Python": python_version(),
        "PySpark": version("pyspark"),
        "Java": java.stderr.split('"')[1],
    }
    for name, number in ran_on.items():
        terminalreporter.write_line(f"ran on: {name} {number}")
