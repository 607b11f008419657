"""An application with a copy of the module in it: made by hand, or by a tool."""

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import connectly_errors
from connectly_errors import ErrorCode

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RECIPES = HERE.parent / "recipes"
VERSION = connectly_errors.__version__


def run(project: Path, *command: str | Path, stdin: str = "", **env: str) -> str:
    """Return what a command prints in the folder of the application."""
    done = subprocess.run(
        command,
        cwd=project,
        input=stdin,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "", **env},
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def new_project(folder: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE / "acme", folder / "acme", ignore=ignore)
    shutil.copy(RECIPES / "vendoring.toml", folder / "pyproject.toml")
    return folder


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An application whose copy was made by the shell recipe."""
    project = new_project(tmp_path_factory.mktemp("copied"))
    assert run(project, "sh", RECIPES / "vendor.sh", ROOT) == f"{VERSION}\n"
    return project


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An application whose copy was made by the tool."""
    project = new_project(tmp_path_factory.mktemp("synced"))
    vendor = project / "acme" / "_vendor"
    vendor.mkdir()
    (vendor / "__init__.py").touch()
    (vendor / "vendor.txt").write_text(f"connectly-errors=={VERSION}\n")
    wheels = tmp_path_factory.mktemp("wheels")
    options = ("-q", "--no-deps", "--no-build-isolation", "-w", wheels)
    run(wheels, "pip", "wheel", *options, ROOT)
    env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "TMPDIR": str(wheels)}
    run(project, "vendoring", "sync", **env)
    return project


@pytest.fixture(params=["copied", "synced"])
def project(request: pytest.FixtureRequest) -> Path:
    project: Path = request.getfixturevalue(request.param)
    return project


def test_the_application_runs(project: Path) -> None:
    error = '{"code": "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"}'
    printed = run(project, sys.executable, "-m", "acme", stdin=error)
    assert printed.startswith("send_template: ")


def test_mypy_finds_nothing_in_the_copy(project: Path) -> None:
    run(project, "mypy", "--strict", "--warn-unreachable", "acme")


def test_pyright_finds_nothing_in_the_copy(project: Path) -> None:
    (project / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')

    run(project, "pyright", "--pythonpath", sys.executable, "acme")


def test_ruff_leaves_the_copy_alone(project: Path) -> None:
    rules = ("ruff", "check", "--select=BLE,PLC")

    assert "acme/_vendor" in run(project, *rules, "--isolated", "--exit-zero")
    assert run(project, *rules) == "All checks passed!\n"


def test_the_tool_brings_the_license_and_changes_nothing(synced: Path) -> None:
    copy = synced / "acme/_vendor/connectly_errors"

    original = (ROOT / "connectly_errors.py").read_bytes()
    assert (copy / "__init__.py").read_bytes() == original
    assert (copy / "LICENSE").exists()


def test_the_shell_recipe_updates_an_older_copy(copied: Path, tmp_path: Path) -> None:
    project = shutil.copytree(copied, tmp_path / "project")
    copy = project / "acme" / "_vendor" / "connectly_errors.py"
    copy.write_text('__version__ = "1.0.0"')

    assert run(project, "sh", RECIPES / "vendor.sh", ROOT) == f"{VERSION}\n"


def test_a_code_of_another_copy_keeps_its_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(connectly_errors.__file__, tmp_path / "another_copy.py")
    monkeypatch.syspath_prepend(tmp_path)
    other = import_module("another_copy")

    error = other.ErrorResponse(code=ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT)

    assert error.advice is other.Advice.STOP_SENDING
