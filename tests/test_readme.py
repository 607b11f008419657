"""The README: its blocks run, its links lead somewhere, its tables are the module's.

The block that sends a message runs in tests/clients, against a server.
"""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import connectly_errors
from connectly_errors import Advice, DefectKind, ErrorCode, ErrorResponse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
MODULE = connectly_errors.__file__
COOKBOOK = ROOT / "tests" / "recipes" / "README.md"
PYTHON = [code for language, code in BLOCKS if language == "python"]
SHELL = [code for language, code in BLOCKS if language == "sh"]
(SHOWN,) = [text for language, text in BLOCKS if language == "text"]


@pytest.mark.parametrize("block", [code for code in PYTHON if "httpx" not in code])
def test_a_python_block_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


def test_every_link_leads_to_a_file_or_a_heading() -> None:
    links = re.findall(r"\]\((?!https:)(.+?)\)", README)
    headings = {
        "#" + re.sub(r"[^a-z -]", "", line.lower()).strip().replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("#")
    }
    assert links
    assert [
        link for link in links if link not in headings and not (ROOT / link).exists()
    ] == []


def test_every_recipe_is_in_the_cookbook() -> None:
    files = {path.name for path in COOKBOOK.parent.iterdir() if path.is_file()}
    linked = re.findall(r"\]\((\w+\.\w+)\)", COOKBOOK.read_text(encoding="utf-8"))
    assert {*linked} == files - {"README.md"}


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment with the command, stand-ins for curl and jq, and the files."""
    programs = {
        "connectly-errors": f'exec "{sys.executable}" "{MODULE}" "$@"',
        "python3": f'exec "{sys.executable}" "$@"',
        "curl": "printf 'HTTP/2 429 \\r\\nserver: x\\r\\n\\r\\n'",
        "jq": f"""exec "{sys.executable}" -c '
import json, sys
for line in sys.stdin:
    print(json.loads(line)[sys.argv[2][1:]])' "$@" """,
    }
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "body.html").write_text("<h1>502 Bad Gateway</h1>", encoding="utf-8")
    event = (ROOT / "tests/payloads/webhook_failed.json").read_text(encoding="utf-8")
    (tmp_path / "event.json").write_text(event, encoding="utf-8")
    return {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}


def run(script: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


@pytest.mark.subprocess
def test_the_first_command_prints_what_is_shown(shell: dict[str, str]) -> None:
    command = next(line for line in SHELL[0].splitlines() if "payloads" in line)
    exit_status, out = run(command, ROOT, shell)
    assert exit_status == 0
    assert out.startswith(SHOWN)


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("start", "shown"),
    [
        ("curl", "HTTP status:   429"),
        ("connectly-errors --status", "HTTP status:   502"),
        ("connectly-errors campaign", ErrorCode.CAMPAIGN_NOT_FINAL.description),
        ("connectly-errors --list", "ERROR_CODE_MESSAGE_TEMPLATE_NOT_FOUND"),
        ("connectly-errors --json", "contact_support\n"),
    ],
)
def test_a_shell_line_does_what_it_says(
    start: str, shown: str, tmp_path: Path, shell: dict[str, str]
) -> None:
    (line,) = (line for line in "".join(SHELL).splitlines() if line.startswith(start))
    exit_status, out = run(line, tmp_path, shell)
    assert exit_status == 0
    assert shown in out


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
