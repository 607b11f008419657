"""The README: its blocks run, its links lead somewhere, and its tables are those of the module."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import connectly_errors
from connectly_errors import Advice, DefectKind, ErrorCode, ErrorType

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(?:# (tests/recipes/\S+)\n)?(.*?)^```$", README, re.S | re.M)
RECIPES = {path: code for _, path, code in BLOCKS if path}
SHELL = [code for language, _, code in BLOCKS if language == "sh"]


@pytest.mark.parametrize(
    "block", [code for language, path, code in BLOCKS if language == "python" and not path]
)
def test_python_block_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


@pytest.mark.parametrize("path", RECIPES)
def test_recipe_is_the_tested_file(path: str) -> None:
    assert RECIPES[path] == (ROOT / path).read_text(encoding="utf-8")


def test_every_link_leads_to_a_file_or_a_heading() -> None:
    links = re.findall(r"\]\((?!https:)(.+?)\)", README)
    headings = {
        "#" + re.sub(r"[^a-z -]", "", line.lower()).strip().replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("#")
    }
    assert links
    assert [link for link in links if link not in headings and not (ROOT / link).exists()] == []


def test_every_recipe_is_shown_or_linked() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/recipes/*.*")}
    assert files == {*re.findall(r"tests/recipes/\w+\.\w+", README)}


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """An environment with the command, with stand-ins for curl and jq, and the files named."""
    programs = {
        "connectly-errors": f'exec "{sys.executable}" "{connectly_errors.__file__}" "$@"',
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
    lines = '{"error": null}\n\n{"error": {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}}\n'
    (tmp_path / "events.jsonl").write_text(lines, encoding="utf-8")
    return {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}


def run(script: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout


@pytest.mark.subprocess
def test_the_first_command_explains_a_payload(shell: dict[str, str]) -> None:
    command = next(line for line in SHELL[0].splitlines() if "payloads" in line)
    exit_status, out = run(command, ROOT, shell)
    assert exit_status == 0
    assert out.startswith("What happened: ")


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("start", "shown"),
    [
        ("curl", "HTTP status:   429"),
        ("connectly-errors --status", "HTTP status:   502"),
        ("connectly-errors ERROR", ErrorCode.CAMPAIGN_NOT_FINAL.description),
        ("connectly-errors --list", "ERROR_CODE_PHONE_NUMBER_BAD_FORMAT"),
        ("connectly-errors --json", "contact_support\n"),
        ("while", "ERROR_CODE_MESSAGE_TEXT_EMPTY\n"),
    ],
)
def test_shell_line_does_what_it_says(
    start: str, shown: str, tmp_path: Path, shell: dict[str, str]
) -> None:
    (line,) = (line for line in "".join(SHELL).splitlines() if line.startswith(start))
    exit_status, out = run(line, tmp_path, shell)
    assert exit_status == 0
    assert shown in out


def catalogue() -> str:
    """The sentences as --list prints them, in the same order."""
    rows = ["| advice, code or type | what to do, what happened |", "|---|---|"]
    for known, sentence in connectly_errors._DESCRIPTIONS.items():
        if isinstance(known, Advice):
            rows.append(f"| **`{known.name}`** `{known}` | **{sentence}** |")
        elif not known.startswith("HTTP "):
            rows.append(f"| `{known}` | {sentence} |")
    return "\n".join(rows)


def test_catalogue_is_that_of_the_module() -> None:
    shown = re.search(
        r"<!-- catalogue: begin -->\n(.*?)\n<!-- catalogue: end -->", README, re.DOTALL
    )
    assert shown is not None
    assert shown[1] == catalogue()
    assert all(f"`{member}`" in shown[1] for member in (*Advice, *ErrorCode, *ErrorType))


def test_defect_kinds_are_those_of_the_module() -> None:
    shown = re.findall(r"^\| `([A-Z_]+)` \| (?:is|has) ", README, re.MULTILINE)
    assert shown == [kind.name for kind in DefectKind]


def test_readme_is_no_manual() -> None:
    assert len(README.splitlines()) <= 400
