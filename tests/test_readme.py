"""The README: its blocks run, its links lead somewhere, its catalogue is the module's.

The block that sends a message runs in tests/clients, against a server.
"""

import re
import shutil
from dataclasses import fields
from pathlib import Path

import pytest

import connectly_errors
from connectly_errors import Advice, DefectKind, ErrorResponse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COOKBOOK = ROOT / "tests" / "recipes" / "README.md"
PYTHON = [code for language, code in BLOCKS if language == "python"]
SHELL = "".join(code for language, code in BLOCKS if language == "sh")
(SHOWN,) = [text for language, text in BLOCKS if language == "text"]


@pytest.mark.parametrize("block", [code for code in PYTHON if "httpx" not in code])
def test_a_python_block_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


def test_the_first_command_prints_what_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (file,) = re.findall(r"python3 connectly_errors.py (.*)", SHELL)
    assert connectly_errors.main([file]) == 0
    assert capsys.readouterr().out.startswith(SHOWN)


@pytest.mark.parametrize(
    "arguments", re.findall(r"connectly-errors((?: [\w.-]+)+)", SHELL)
)
def test_a_command_explains_something(
    arguments: str, payloads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(payloads / "bad_gateway.html", tmp_path / "body.html")
    shutil.copy(payloads / "webhook_failed.json", tmp_path / "event.json")
    monkeypatch.chdir(tmp_path)
    assert connectly_errors.main(arguments.split()) == 0


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!https:|#)(.+?)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_recipe_is_in_the_cookbook() -> None:
    files = {path.name for path in COOKBOOK.parent.iterdir() if path.is_file()}
    linked = re.findall(r"\]\((\w+\.\w+)\)", COOKBOOK.read_text(encoding="utf-8"))
    assert {*linked} == files - {"README.md"}


def catalogue() -> str:
    """The table of the README, made from what --list prints."""
    rows = ["| advice, code or type | what to do, what happened |", "|---|---|"]
    for advice in Advice:
        rows.append(f"| **`{advice.name}`** `{advice}` | **{advice.description}** |")
        for entry, description in connectly_errors._CATALOGUE[advice].items():
            name = entry if entry.startswith("HTTP") else f"`{entry}`"
            rows.append(f"| {name} | {description} |")
    return "\n".join(rows)


def test_the_catalogue_is_that_of_the_module() -> None:
    marks = "<!-- catalogue: begin -->\n(.*?)\n<!-- catalogue: end -->"
    shown = re.search(marks, README, re.DOTALL)
    assert shown is not None
    assert shown[1] == catalogue()


def test_the_table_of_fields_has_every_field() -> None:
    table = README.split("## What a response holds")[1].split("##")[0]
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"(?m)^\| (.*?) \|", table)))
    properties = {"description", "advice", "retryable"}
    assert {*named} == properties | {field.name for field in fields(ErrorResponse)}


def test_the_table_of_defects_has_every_kind() -> None:
    table = README.split("| `DefectKind` |")[1].split("##")[0]
    named = re.findall(r"(?m)^\| `([A-Z_]+)` \|", table)
    assert named == [kind.name for kind in DefectKind]
