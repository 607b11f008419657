"""The sdist, the wheel built from it, and the wheel as a stranger uses it."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from connectly_errors import __version__

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """Return what a program prints outside the checkout, without a PYTHONPATH to it."""
    environment = {**os.environ, "PYTHONPATH": ""}
    return subprocess.check_output(command, cwd=cwd, env=environment, text=True)


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


def test_the_sdist_holds_the_project_and_no_leftovers(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    top = {name.partition("/")[0] for name in names}
    assert top == {
        ".ci",
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "connectly_errors.py",
        "noxfile.py",
        "py.typed",
        "pyproject.toml",
        "tests",
    }
    assert {"tests/test_parse.py", "tests/payloads/api_error.json"} <= names
    assert not [name for name in names if "cache" in name]


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


def test_twine_finds_nothing_wrong(dist: Path) -> None:
    twine = (sys.executable, "-m", "twine", "check", "--strict")
    assert run(*twine, *dist.iterdir(), cwd=dist).count("PASSED") == 2


def test_the_wheel_needs_nothing_and_brings_the_command(
    wheel: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path, with_pip=True)
    # Without an index pip could not get a dependency, had the wheel one.
    run(tmp_path / "bin" / "pip", "install", "--no-index", wheel, cwd=tmp_path)

    program = "import connectly_errors; print(connectly_errors.__version__)"
    python = tmp_path / "bin" / "python"
    printed = run(python, "-I", "-W", "error", "-c", program, cwd=tmp_path)
    assert printed == f"{__version__}\n"

    command = tmp_path / "bin" / "connectly-errors"
    assert run(command, "--version", cwd=tmp_path) == f"{__version__}\n"
    assert wheel.name.split("-")[1] == __version__
