"""The module as a file: its names, its annotations, and the places where it works."""

import re
import shutil
import subprocess
import sys
import typing
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import connectly_errors

FILE = Path(connectly_errors.__file__)

# It prints and doesn't assert, because -O drops assertions.
USE = """
error = parse(b'{"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}', status=400)
print(error, error.to_dict(), parse_all("{}"))
print(raise_for_error('{"id": "1"}', status=200))
try:
    raise_for_error("<html>", status=502)
except ConnectlyError as exception:
    print(exception)
for member in (*ErrorType, *ErrorCode, *Advice):
    print(member.description)
"""


def used() -> str:
    """What USE prints in this process."""
    with redirect_stdout(StringIO()) as printed:
        exec(f"from connectly_errors import *{USE}", {})
    return printed.getvalue()


def python(*arguments: str | Path) -> str:
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.check_output(command, text=True)


# --- Names ---


def own_names() -> dict[str, typing.Any]:
    """What the module itself defines."""
    name = connectly_errors.__name__
    return {
        key: value
        for key, value in vars(connectly_errors).items()
        if getattr(value, "__module__", name) == name
        and not isinstance(value, ModuleType)
        and not key.startswith("__")
    }


def test_all_lists_the_public_names_and_no_other_is_public() -> None:
    public = [
        *("Advice", "ConnectlyError", "Defect", "DefectKind", "ErrorCode"),
        *("ErrorResponse", "ErrorType", "parse", "parse_all", "raise_for_error"),
    ]
    assert sorted(connectly_errors.__all__) == sorted([*public, "__version__"])
    names = {name for name in own_names() if not name.startswith("_")}
    # Type checkers know the block that only they read by the name TYPE_CHECKING.
    assert names - {"TYPE_CHECKING"} == {*public, "main"}


def functions_of(cls: type) -> Iterator[FunctionType]:
    for value in vars(cls).values():
        function = getattr(value, "fget", getattr(value, "__func__", value))
        if isinstance(function, FunctionType):
            yield function


CLASSES = [value for value in own_names().values() if isinstance(value, type)]
DEFINED: list[type | FunctionType] = [
    *CLASSES,
    *(value for value in own_names().values() if isinstance(value, FunctionType)),
    *(function for cls in CLASSES for function in functions_of(cls)),
]


def test_everything_public_has_a_docstring() -> None:
    for each in DEFINED:
        is_private = re.search(r"\b_(?!_str__)", each.__qualname__)
        assert is_private or each.__doc__, each.__qualname__


def test_every_annotation_resolves_at_run_time() -> None:
    names = {each.__qualname__ for each in DEFINED}
    assert {"Defect", "parse", "ErrorResponse.retryable"} <= names
    for each in DEFINED:
        typing.get_type_hints(each)


# --- The file ---


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with a copy of the file and nothing else."""
    shutil.copy(FILE, tmp_path / "connectly_errors.py")
    return tmp_path


def on_path(folder: Path) -> str:
    return f"import sys; sys.path.insert(0, {str(folder)!r}); "


@pytest.mark.subprocess
def test_a_copy_works_alone_without_docstrings_and_assertions(copied: Path) -> None:
    program = f"{on_path(copied)}from connectly_errors import *{USE}"
    assert python("-ISOObb", "-c", program) == used()


@pytest.mark.subprocess
def test_importing_the_module_does_not_import_typing(copied: Path) -> None:
    program = "import connectly_errors; print('typing' in sys.modules)"
    assert python("-IS", "-c", on_path(copied) + program) == "False\n"


@pytest.mark.subprocess
def test_a_copy_works_in_any_package_even_in_a_zip(copied: Path) -> None:
    client = (
        f"import pickle\nfrom ._vendor.connectly_errors import *{USE}"
        "print(pickle.loads(pickle.dumps(error)) == error, type(error).__module__)\n"
    )
    module = "acme/_vendor/connectly_errors.py"
    with zipfile.ZipFile(copied / "program.pyz", "w") as archive:
        archive.write(copied / "connectly_errors.py", module)
        archive.writestr("acme/__init__.py", "")
        archive.writestr("acme/_vendor/__init__.py", "")
        archive.writestr("acme/client.py", client)
        archive.writestr("__main__.py", "import acme.client")
    (copied / "connectly_errors.py").unlink()
    printed = python("-IS", copied / "program.pyz")
    assert printed == f"{used()}True acme._vendor.connectly_errors\n"
