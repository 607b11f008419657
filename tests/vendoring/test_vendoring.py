"""An application with a copy of the module in it: made by hand, or by a tool."""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import connectly_errors
from connectly_errors import Advice

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RECIPES = HERE.parent / "recipes"
VERSION = connectly_errors.__version__
CLOSED = b'{"code": "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"}'
NEXT_STEP = f"we: {Advice.SEND_TEMPLATE.description}\n"


def run(
    project: Path,
    *command: str | Path,
    stdin: bytes = b"",
    env: Mapping[str, str] = {},
) -> str:
    """Return what a command prints in the folder of the application."""
    done = subprocess.run(
        command,
        cwd=project,
        input=stdin,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "", **env},
        check=False,
    )
    output = done.stdout.decode()
    assert done.returncode == 0, output
    return output


def vendor(project: Path, checkout: Path) -> str:
    """Copy the module as the shell recipe does, and return the version it prints."""
    return run(project, "sh", RECIPES / "vendor.sh", checkout).strip()


def sync(project: Path, wheels: Path, version: str) -> str:
    """Copy the module as the tool does, and return the version of the copy."""
    (project / "acme/_vendor/vendor.txt").write_text(f"connectly-errors=={version}\n")
    env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "TMPDIR": str(wheels)}
    run(project, "vendoring", "sync", env=env)
    show = (RECIPES / "vendor.sh").read_text().splitlines()[-1]
    return run(project, "sh", "-c", show).strip()


def new_project(folder: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE / "acme", folder / "acme", ignore=ignore)
    shutil.copy(RECIPES / "vendoring.toml", folder / "pyproject.toml")
    return folder


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of a version to come."""
    checkout = tmp_path_factory.mktemp("newer")
    for name in ("pyproject.toml", "py.typed", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    module = (ROOT / "connectly_errors.py").read_text()
    module = module.replace(f'"{VERSION}"', '"99.0.0"')
    (checkout / "connectly_errors.py").write_text(module)
    return checkout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory, newer: Path) -> Path:
    """Wheels of this version and of the one to come."""
    wheels = tmp_path_factory.mktemp("wheels")
    for checkout in (ROOT, newer):
        options = ("-q", "--no-deps", "--no-build-isolation", "-w", wheels)
        run(newer, "pip", "wheel", *options, checkout)
    return wheels


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An application whose copy was made by the shell recipe."""
    project = new_project(tmp_path_factory.mktemp("copied"))
    vendor(project, ROOT)
    return project


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    """An application whose copy was made by the tool."""
    project = new_project(tmp_path_factory.mktemp("synced"))
    (project / "acme/_vendor").mkdir()
    (project / "acme/_vendor/__init__.py").touch()
    sync(project, wheels, VERSION)
    return project


@pytest.fixture(params=["copied", "synced"])
def project(request: pytest.FixtureRequest) -> Path:
    project: Path = request.getfixturevalue(request.param)
    return project


def test_the_application_runs(project: Path) -> None:
    assert run(project, sys.executable, "-m", "acme", stdin=CLOSED) == NEXT_STEP


def test_mypy_finds_nothing_in_the_copy(project: Path) -> None:
    run(project, "mypy", "--strict", "--warn-unreachable", "acme")


def test_pyright_finds_nothing_in_the_copy(project: Path) -> None:
    (project / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')

    run(project, "pyright", "--pythonpath", sys.executable, "acme")


def test_ruff_leaves_the_copy_alone(project: Path) -> None:
    rules = ("ruff", "check", "--select=BLE,PLC")

    assert "acme/_vendor" in run(project, *rules, "--isolated", "--exit-zero")
    assert run(project, *rules) == "All checks passed!\n"


def test_the_shell_recipe_updates_the_copy(tmp_path: Path, newer: Path) -> None:
    project = new_project(tmp_path)

    assert vendor(project, newer) == "99.0.0"
    assert vendor(project, ROOT) == VERSION


def test_the_tool_updates_the_copy(synced: Path, wheels: Path, tmp_path: Path) -> None:
    project = shutil.copytree(synced, tmp_path / "project")

    assert sync(project, wheels, "99.0.0") == "99.0.0"


def test_the_tool_brings_the_license_and_changes_nothing(synced: Path) -> None:
    copy = synced / "acme/_vendor/connectly_errors"

    original = (ROOT / "connectly_errors.py").read_bytes()
    assert (copy / "__init__.py").read_bytes() == original
    assert (copy / "LICENSE").exists()


# --- Two copies of different versions in one process ---


@pytest.fixture
def copies(
    tmp_path: Path, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[ModuleType, ModuleType]:
    """The copies of two applications."""
    for package, checkout in (("first", ROOT), ("second", newer)):
        (tmp_path / package).mkdir()
        shutil.copy(checkout / "connectly_errors.py", tmp_path / package)
        for name in (package, f"{package}.connectly_errors"):
            monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return (
        import_module("first.connectly_errors"),
        import_module("second.connectly_errors"),
    )


def test_each_copy_has_its_own_version(copies: tuple[ModuleType, ModuleType]) -> None:
    assert [copy.__version__ for copy in copies] == [VERSION, "99.0.0"]


def test_an_exception_of_one_copy_is_not_caught_as_one_of_the_other(
    copies: tuple[ModuleType, ModuleType],
) -> None:
    first, second = copies

    with pytest.raises(first.ConnectlyError) as caught:
        raise first.ConnectlyError(first.parse(CLOSED))
    assert not isinstance(caught.value, second.ConnectlyError)


@pytest.mark.parametrize("index", [0, 1])
def test_a_response_is_unpickled_by_the_copy_that_read_it(
    index: int, copies: tuple[ModuleType, ModuleType]
) -> None:
    copy = copies[index]

    response = pickle.loads(pickle.dumps(copy.parse(CLOSED)))

    assert type(response) is copy.ErrorResponse
    assert response == copy.parse(CLOSED)


def test_a_code_of_one_copy_keeps_its_advice_in_the_other(
    copies: tuple[ModuleType, ModuleType],
) -> None:
    first, second = copies
    code = first.ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT

    assert second.ErrorResponse(code=code).advice is second.Advice.STOP_SENDING
