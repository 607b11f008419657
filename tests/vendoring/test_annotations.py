"""A copy whose annotations are checked at run time answers as it does without that.

A wrong annotation would raise while a payload is read, and make it UNREADABLE.
"""

import json
import shutil
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from beartype.claw import beartype_package
from typeguard import install_import_hook

import connectly_errors


def copy_of_module(package: str, folder: Path, patch: pytest.MonkeyPatch) -> ModuleType:
    (folder / package).mkdir()
    shutil.copy(connectly_errors.__file__, folder / package / "connectly_errors.py")
    patch.syspath_prepend(folder)
    return import_module(f"{package}.connectly_errors")


def answers(module: Any, payloads: Path) -> str:
    """Return what a copy answers to each payload, in each type that it may have."""
    members = (*module.Advice, *module.ErrorCode, *module.ErrorType)
    answers = [member.description for member in members]
    for path in payloads.iterdir():
        body = path.read_bytes()
        inputs: list[Any] = [
            body,
            bytearray(body),
            memoryview(body),
            body.decode("latin-1"),
        ]
        inputs.append(module.parse(body).source)
        for payload in inputs:
            for error in module.parse_all(payload, status=404):
                answers += [repr(error), str(error), json.dumps(error.to_dict())]
            answers.append(repr(module.parse(payload)))
            try:
                answers.append(repr(module.raise_for_error(payload, status=200)))
            except module.ConnectlyError as exception:
                answers.append(repr(exception))
        assert module.main([str(path), "--status=404"]) == 0
    assert module.main(["MESSAGE_TEXT_EMPTY", "--json"]) == module.main(["--list"]) == 0
    return "\n".join(answers)


def test_typeguard_finds_no_wrong_annotation(
    payloads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with install_import_hook("guarded"):
        module = copy_of_module("guarded", tmp_path, monkeypatch)
    assert answers(module, payloads) == answers(connectly_errors, payloads)


def test_beartype_finds_no_wrong_annotation(
    payloads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beartype_package("worn")
    module = copy_of_module("worn", tmp_path, monkeypatch)
    assert answers(module, payloads) == answers(connectly_errors, payloads)
