"""The module as a file: its names, what it imports, and the homes in which it works."""

import ast
import importlib.metadata
import inspect
import re
import subprocess
import sys
import typing
import zipfile
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

import connectly_errors
from connectly_errors import (
    Advice,
    ConnectlyError,
    Defect,
    DefectKind,
    ErrorCode,
    ErrorResponse,
    ErrorType,
)

FILE = Path(connectly_errors.__file__)
SOURCE = FILE.read_text("utf-8")
TREE = ast.parse(SOURCE)

# What a program prints, and not what it asserts: -O leaves assertions out.
USE = """
error = parse(b'{"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}', status=400)
print(error.code is ErrorCode.MESSAGE_TEXT_EMPTY, error.advice, error.description, sep="\\n")
print(parse_all("{}"), ConnectlyError(error), sep="\\n")
"""
USED = """\
True
fix_request
The message has no text.
()
ERROR_CODE_MESSAGE_TEXT_EMPTY (ERROR_TYPE_UNSPECIFIED, HTTP 400)
"""


def python(*arguments: str | Path) -> str:
    return subprocess.check_output([sys.executable, "-W", "error", *arguments], text=True)


# --- Names ---


def test_all_lists_the_public_names() -> None:
    assert sorted(connectly_errors.__all__) == [
        "Advice",
        "ConnectlyError",
        "Defect",
        "DefectKind",
        "ErrorCode",
        "ErrorResponse",
        "ErrorType",
        "__version__",
        "parse",
        "parse_all",
    ]
    assert all(hasattr(connectly_errors, name) for name in connectly_errors.__all__)


def test_every_other_name_begins_with_an_underscore() -> None:
    defined = {
        name
        for name, value in vars(connectly_errors).items()
        if getattr(value, "__module__", connectly_errors.__name__) == connectly_errors.__name__
        and not isinstance(value, (ModuleType, ModuleSpec))
    }
    public = {name for name in defined if not name.startswith("_")}
    # TYPE_CHECKING is the name by which type checkers know the block that they alone read; and
    # the future import leaves annotations.
    assert public - {"TYPE_CHECKING", "annotations"} == {
        *connectly_errors.__all__,
        "main",
    } - {"__version__"}


@pytest.mark.parametrize("name", [name for name in connectly_errors.__all__ if name[0] != "_"])
def test_every_public_name_has_a_docstring(name: str) -> None:
    public = getattr(connectly_errors, name)
    assert inspect.getdoc(public)
    assert public.__module__ == connectly_errors.__name__


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        *((ErrorCode, "description"), (ErrorType, "description"), (Advice, "description")),
        *((ErrorCode, "advice"), (ErrorType, "advice")),
        *((ErrorResponse, name) for name in ("description", "advice", "retryable")),
        *((ErrorResponse, name) for name in ("to_dict", "explain", "__str__")),
        (Defect, "__str__"),
    ],
)
def test_every_public_member_has_a_docstring(cls: type, name: str) -> None:
    assert getattr(cls, name).__doc__


def test_type_hints_of_each_public_class() -> None:
    assert typing.get_type_hints(ErrorResponse) == {
        "message": str,
        "type": ErrorType | str,
        "code": ErrorCode | str,
        "user_title": str,
        "user_message": str,
        "cnt_trace_id": str,
        "details": Mapping[str, object],
        "status": int | None,
        "path": tuple[str | int, ...],
        "defects": tuple[Defect, ...],
        "source": object,
    }
    assert typing.get_type_hints(Defect) == {"kind": DefectKind, "field": str}
    for cls in (ConnectlyError, ErrorType, ErrorCode, Advice, DefectKind):
        typing.get_type_hints(cls)  # pydantic and others ask for them
    assert typing.get_type_hints(ConnectlyError.__init__)["error"] is ErrorResponse


@pytest.mark.parametrize("function", [connectly_errors.parse, connectly_errors.parse_all])
def test_signature(function: typing.Callable[..., object]) -> None:
    payload, status = inspect.signature(function).parameters.values()
    assert (payload.name, payload.default) == ("payload", inspect.Parameter.empty)
    assert payload.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert payload.annotation == (
        "str | bytes | bytearray | memoryview | Mapping[str, object] | Sequence[object] | None"
    )
    assert (status.name, status.default, status.annotation) == ("status", None, "int | None")
    assert status.kind is inspect.Parameter.KEYWORD_ONLY


# --- The file ---


def test_the_file_says_what_it_is() -> None:
    first, second, *_ = SOURCE.splitlines()
    assert first == "# SPDX-License-Identifier: MIT"
    assert second.startswith('"""')
    version = re.search(r'^__version__ = "(.+)"$', SOURCE, re.MULTILINE)
    assert version is not None
    assert version[1] == connectly_errors.__version__ == "2.0.0"
    assert SOURCE[: version.start()].count("\n") < 50


def test_the_docstring_shows_the_use() -> None:
    docstring = connectly_errors.__doc__ or ""
    for shown in ("parse(body, status=404)", ".advice", ".description", "raise ConnectlyError("):
        assert shown in docstring


def test_the_standard_library_is_enough() -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(TREE)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


def test_the_installed_package_is_the_file_and_its_marker() -> None:
    try:
        distribution = importlib.metadata.distribution("connectly-errors")
    except importlib.metadata.PackageNotFoundError:
        assert FILE.name == "connectly_errors.py"
        return
    assert distribution.version == connectly_errors.__version__
    assert FILE.name == "__init__.py"
    assert (FILE.parent / "py.typed").read_bytes() == b""


# --- Homes ---


@pytest.fixture
def vendored(tmp_path: Path) -> Path:
    """A folder that holds a copy of the file and nothing else."""
    (tmp_path / "connectly_errors.py").write_text(SOURCE, "utf-8")
    return tmp_path


@pytest.mark.subprocess
@pytest.mark.parametrize("flags", ["-IS", "-ISO", "-ISOO", "-ISbb"])
def test_a_copy_works_alone(vendored: Path, flags: str) -> None:
    program = f"import sys; sys.path.insert(0, {str(vendored)!r}); from connectly_errors import *"
    assert python(flags, "-c", program + USE) == USED


@pytest.mark.subprocess
def test_importing_the_module_imports_no_typing(vendored: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(vendored)!r}); import connectly_errors"
    assert python("-IS", "-c", f"{program}; print('typing' in sys.modules)") == "False\n"


@pytest.mark.subprocess
def test_a_copy_works_in_a_zip(vendored: Path) -> None:
    archive = vendored / "program.pyz"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(vendored / "connectly_errors.py", "acme/connectly_errors.py")
        packed.writestr("acme/__init__.py", "")
        packed.writestr("__main__.py", f"from acme.connectly_errors import *\n{USE}")
    assert python("-IS", archive) == USED


@pytest.mark.subprocess
def test_a_copy_works_under_any_package(vendored: Path) -> None:
    package = vendored / "acme" / "_vendor"
    package.mkdir(parents=True)
    (vendored / "connectly_errors.py").rename(package / "connectly_errors.py")
    (vendored / "acme" / "client.py").write_text(
        f"import pickle\nfrom ._vendor.connectly_errors import *\n{USE}"
        "print(pickle.loads(pickle.dumps(error)) == error, type(error).__module__)\n"
    )
    program = f"import sys; sys.path.insert(0, {str(vendored)!r}); import acme.client"
    assert python("-IS", "-c", program) == f"{USED}True acme._vendor.connectly_errors\n"


@pytest.mark.subprocess
def test_a_copy_runs(vendored: Path, payloads: Path) -> None:
    explained = python("-ISOO", vendored / "connectly_errors.py", payloads / "api_error.json")
    assert ErrorCode.MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW in explained
