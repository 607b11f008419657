"""A copy whose annotations are checked at run time answers as it does without that.

A wrong annotation would raise while a payload is read, and make it UNREADABLE.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import connectly_errors

PAYLOADS = Path(__file__).parents[1] / "payloads"
USE = """
import json, os
from pathlib import Path
from app.connectly_errors import *
from app.connectly_errors import main

def test_use():
    answers = []
    for file in sorted(Path(os.environ["PAYLOADS"]).iterdir()):
        body = file.read_bytes()
        payloads = [body, bytearray(body), memoryview(body), body.decode("latin-1")]
        try:
            payloads.append(json.loads(body))
        except ValueError:
            pass
        for payload in payloads:
            for status in (200, 404):
                answers.append(parse(payload, status=status))
                answers += map(str, parse_all(payload, status=status))
                answers.append(parse(payload).to_dict())
                try:
                    answers.append(raise_for_error(payload, status=status))
                except ConnectlyError as exception:
                    answers.append(exception)
        assert main([str(file), "--status=404"]) == 0
    answers += [member.description for member in (*Advice, *ErrorCode, *ErrorType)]
    assert main(["MESSAGE_TEXT_EMPTY", "--json"]) == main(["--list"]) == 0
    Path("answers").write_text(repr(answers))
"""
BEARTYPE = "from beartype.claw import beartype_package; beartype_package('app')"


def answers(folder: Path, conftest: str, *options: str) -> str:
    """What a copy in a package app answers to each payload, under pytest."""
    (folder / "app").mkdir()
    shutil.copy(connectly_errors.__file__, folder / "app" / "connectly_errors.py")
    (folder / "app" / "__init__.py").touch()
    (folder / "conftest.py").write_text(conftest)
    (folder / "test_use.py").write_text(USE)
    command = [sys.executable, "-m", "pytest", "-q", *options]
    env = {"PAYLOADS": str(PAYLOADS)}
    run = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    return (folder / "answers").read_text()


@pytest.fixture(scope="module")
def unchecked(tmp_path_factory: pytest.TempPathFactory) -> str:
    return answers(tmp_path_factory.mktemp("unchecked"), "")


def test_under_the_pytest_plugin_of_typeguard(tmp_path: Path, unchecked: str) -> None:
    assert answers(tmp_path, "", "--typeguard-packages=app") == unchecked


def test_under_the_import_hook_of_beartype(tmp_path: Path, unchecked: str) -> None:
    assert answers(tmp_path, BEARTYPE) == unchecked
