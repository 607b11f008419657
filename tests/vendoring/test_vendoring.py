"""An application with a copy of the module in it: made by hand, and by the vendoring tool."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import tomllib
import zipapp
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import connectly_errors

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RECIPES = HERE.parent / "recipes"
VERSION = connectly_errors.__version__
CLOSED = b'{"code": "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"}'
NEXT_STEP = "we: Send a template message instead: the session is closed.\n"


def run(
    project: Path, *command: str | Path, stdin: bytes = b"", env: Mapping[str, str] = {}
) -> str:
    """What a command prints, run in the folder of the application and outside the checkout."""
    ran = subprocess.run(
        command,
        cwd=project,
        input=stdin,
        stdout=subprocess.PIPE,
        env={**os.environ, **env},
        check=False,
    )
    output = ran.stdout.decode()
    assert ran.returncode == 0, output
    return output


def version(project: Path) -> str:
    """What the last line of the recipe prints."""
    show = (RECIPES / "vendor.sh").read_text().splitlines()[-1]
    return run(project, "sh", "-euc", show).strip()


def rewrite_version(module: Path, version: str) -> None:
    module.write_text(module.read_text().replace(f'"{VERSION}"', f'"{version}"'))


def sync(project: Path, wheels: Path, version: str) -> None:
    """Run the vendoring tool, with a folder of wheels in the place of the registry."""
    (project / "acme/_vendor/vendor.txt").write_text(f"connectly-errors=={version}\n")
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    run(project, "vendoring", "sync", env=index | {"TMPDIR": str(wheels)})


def new_project(folder: Path) -> Path:
    shutil.copytree(HERE / "acme", folder / "acme", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(RECIPES / "vendoring.toml", folder / "pyproject.toml")
    return folder


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheels of this version and of one to come."""
    source, wheels = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheels")
    for name in ("pyproject.toml", "connectly_errors.py", "py.typed", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = ("pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", wheels, source)
    run(ROOT, *build)
    rewrite_version(source / "connectly_errors.py", "99.0.0")
    run(ROOT, *build)
    return wheels


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An application whose copy the recipe for a shell has made."""
    project = new_project(tmp_path_factory.mktemp("copied"))
    run(project, "sh", "-eu", RECIPES / "vendor.sh")
    return project


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    """An application whose copy the vendoring tool has made."""
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


def test_a_zipapp_of_it_runs(project: Path, tmp_path: Path) -> None:
    zipapp.create_archive(project, tmp_path / "acme.pyz", main="acme.__main__:main")
    isolated = (sys.executable, "-I", "-S")

    assert run(tmp_path, *isolated, "acme.pyz", stdin=CLOSED) == NEXT_STEP


def test_the_copy_says_which_version_it_is(project: Path) -> None:
    assert version(project) == VERSION


def test_mypy_finds_nothing_in_the_application_or_the_copy(project: Path) -> None:
    run(project, "mypy", "--strict", "--warn-unreachable", "acme")


def test_pyright_in_strict_mode_finds_nothing_in_the_copy(project: Path) -> None:
    (project / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')

    run(project, "pyright", "--pythonpath", sys.executable, "acme")


def test_all_rules_of_ruff_find_nothing_in_the_copy_but_what_the_recipe_names(
    project: Path,
) -> None:
    ignores = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    all_rules = ("ruff", "check", "--select=ALL", "--target-version=py311", "acme/_vendor")

    run(project, *all_rules)
    found = run(project, *all_rules, "--isolated", "--exit-zero", "--output-format=json")

    named = ignores["per-file-ignores"]["acme/_vendor/*"]
    assert sorted({finding["code"] for finding in json.loads(found)}) == named


def test_the_shell_recipe_updates_the_copy(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    run(project, "sh", "-eu", RECIPES / "vendor.sh")
    rewrite_version(project / "acme/_vendor/connectly_errors.py", "0.9.0")
    assert version(project) == "0.9.0"

    run(project, "sh", "-eu", RECIPES / "vendor.sh")

    assert version(project) == VERSION


def test_the_vendoring_tool_updates_the_copy(synced: Path, wheels: Path, tmp_path: Path) -> None:
    project = shutil.copytree(synced, tmp_path / "project")

    sync(project, wheels, "99.0.0")

    assert version(project) == "99.0.0"


def test_the_vendoring_tool_brings_the_license_and_changes_nothing(synced: Path) -> None:
    copy = synced / "acme/_vendor/connectly_errors"

    assert (copy / "__init__.py").read_bytes() == Path(connectly_errors.__file__).read_bytes()
    assert sorted(path.name for path in copy.iterdir() if path.is_file()) == [
        "LICENSE",
        "__init__.py",
        "py.typed",
    ]


# --- Two copies of different versions in one process ---


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    """The copies of two applications, of which the second has another version."""
    for package in ("first", "second"):
        (tmp_path / package / "_vendor").mkdir(parents=True)
        shutil.copy(connectly_errors.__file__, tmp_path / package / "_vendor/connectly_errors.py")
        monkeypatch.delitem(sys.modules, f"{package}._vendor.connectly_errors", raising=False)
    rewrite_version(tmp_path / "second/_vendor/connectly_errors.py", "99.0.0")
    monkeypatch.syspath_prepend(tmp_path)
    return (
        import_module("first._vendor.connectly_errors"),
        import_module("second._vendor.connectly_errors"),
    )


def test_each_copy_has_its_own_version(copies: tuple[ModuleType, ModuleType]) -> None:
    assert [copy.__version__ for copy in copies] == [VERSION, "99.0.0"]


def test_a_response_of_one_copy_is_none_of_the_other(
    copies: tuple[ModuleType, ModuleType],
) -> None:
    first, second = copies

    assert not isinstance(first.parse(CLOSED), second.ErrorResponse)
    assert first.parse(CLOSED) != second.parse(CLOSED)


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
    assert response.code is copy.ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW


def test_members_of_both_copies_are_equal_by_value_and_not_the_same(
    copies: tuple[ModuleType, ModuleType],
) -> None:
    first, second = copies

    assert first.Advice.SEND_TEMPLATE == second.Advice.SEND_TEMPLATE
    assert first.Advice.SEND_TEMPLATE is not second.Advice.SEND_TEMPLATE


def test_a_code_of_one_copy_keeps_its_meaning_in_a_response_of_the_other(
    copies: tuple[ModuleType, ModuleType],
) -> None:
    first, second = copies
    code = first.ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT

    assert second.ErrorResponse(code=code).advice is second.Advice.STOP_SENDING
