"""The sdist, the wheel built from it, and the wheel as a stranger uses it."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest

from connectly_errors import Advice, __version__, parse

ROOT = Path(__file__).parents[2]
PAYLOAD = ROOT / "tests" / "payloads" / "api_error.json"

CONSUMER = """\
from typing import assert_type

from connectly_errors import Advice, ErrorCode, ErrorResponse, parse

error = parse(b'{"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}', status=400)
assert_type(error, ErrorResponse)
assert_type(error.advice, Advice)
assert_type(error.code, ErrorCode | str)
assert_type(ErrorCode("ERROR_CODE_MESSAGE_TEXT_EMPTY").description, str)
print(error)
"""
MISTAKEN = """\
from connectly_errors import ErrorCode, parse

parse(5)
parse(b"", 404)
parse(b"", status="404")
parse(b"").mesage
parse(b"").message = "another"
ErrorCode.MESSAGE_TEXT_EMTPY
"""


def run(*command: str | Path, cwd: Path, exit_status: int = 0) -> str:
    """What a program prints outside the checkout, without a PYTHONPATH to it."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }
    process = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.returncode == exit_status, process.stdout
    return process.stdout


def contents(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of the project, and the wheel built from that."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return BytesParser().parsebytes(archive.read(name))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A new environment that the wheel alone was installed into."""
    folder = tmp_path_factory.mktemp("stranger")
    venv.create(folder, with_pip=True)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    before = contents(site_packages)
    # Without an index pip could not get a dependency, had the wheel one.
    run(folder / "bin" / "pip", "install", "--no-index", wheel, cwd=folder)
    dist_info = "-".join(wheel.name.split("-")[:2]) + ".dist-info"
    assert contents(site_packages) - before == {"connectly_errors", dist_info}
    return folder


def mypy(stranger: Path, source: str, folder: Path, exit_status: int) -> str:
    (folder / "consumer.py").write_text(source)
    command = [sys.executable, "-P", "-m", "mypy", "--strict", "--config-file="]
    command += ["--python-executable", str(stranger / "bin" / "python"), "consumer.py"]
    return run(*command, cwd=folder, exit_status=exit_status)


def test_the_sdist_holds_the_project_and_no_leftovers(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "connectly_errors.py",
        "noxfile.py",
        "py.typed",
        "pyproject.toml",
        "tests/payloads/api_error.json",
        "tests/test_parse.py",
    } <= names
    parts = {part for name in names for part in name.split("/")}
    assert parts.isdisjoint(
        {
            ".git",
            ".hypothesis",
            ".mypy_cache",
            ".nox",
            ".pytest_cache",
            ".venv",
            "__pycache__",
        }
    )


def test_the_wheel_holds_the_file_as_a_typed_package_and_nothing_else(
    wheel: Path,
) -> None:
    name, version, *tags = wheel.stem.split("-")
    dist_info = f"{name}-{version}.dist-info"
    assert tags == ["py3", "none", "any"]
    with zipfile.ZipFile(wheel) as archive:
        assert sorted(archive.namelist()) == [
            f"{dist_info}/METADATA",
            f"{dist_info}/RECORD",
            f"{dist_info}/WHEEL",
            f"{dist_info}/entry_points.txt",
            f"{dist_info}/licenses/LICENSE",
            "connectly_errors/__init__.py",
            "connectly_errors/py.typed",
        ]
        source = (ROOT / "connectly_errors.py").read_bytes()
        assert archive.read("connectly_errors/__init__.py") == source
        assert archive.read("connectly_errors/py.typed") == b""
    assert f'\n__version__ = "{version}"\n'.encode() in source


def test_the_metadata_names_the_project_and_no_dependency(
    metadata: Message, wheel: Path
) -> None:
    assert metadata["Name"] == "connectly-errors"
    assert metadata["Version"] == wheel.name.split("-")[1]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Dist"] is None
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_twine_finds_nothing_wrong(dist: Path) -> None:
    checked = run(
        sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir(), cwd=dist
    )
    assert checked.count("PASSED") == 2


def test_mypy_reads_the_types_of_the_installed_wheel(
    stranger: Path, tmp_path: Path
) -> None:
    checked = mypy(stranger, CONSUMER, tmp_path, 0)
    assert checked == "Success: no issues found in 1 source file\n"


def test_mypy_reports_every_mistake_of_a_consumer(
    stranger: Path, tmp_path: Path
) -> None:
    checked = mypy(stranger, MISTAKEN, tmp_path, 1)
    reported = [
        line.split(": ")[0] for line in checked.splitlines() if ": error: " in line
    ]
    assert reported == [f"consumer.py:{number}" for number in range(3, 9)], checked


def test_the_consumer_runs(stranger: Path, tmp_path: Path) -> None:
    printed = run(
        stranger / "bin" / "python", "-I", "-W", "error", "-c", CONSUMER, cwd=tmp_path
    )
    assert (
        printed == "ERROR_CODE_MESSAGE_TEXT_EMPTY (ERROR_TYPE_UNSPECIFIED, HTTP 400)\n"
    )


def test_the_command_is_installed(stranger: Path, tmp_path: Path) -> None:
    command = stranger / "bin" / "connectly-errors"
    explained = run(command, PAYLOAD, cwd=tmp_path).split()  # lines are broken anywhere
    happened = (
        f"What happened: {parse(PAYLOAD.read_bytes()).description} What to do:".split()
    )
    assert explained[: len(happened)] == happened
    listed = run(command, "--list", cwd=tmp_path).split()
    first = f"{Advice.RETRY_LATER} {Advice.RETRY_LATER.description}".split()
    assert listed[: len(first)] == first
    assert run(command, "--version", cwd=tmp_path) == f"{__version__}\n"
