"""The README: every Python block runs, and its catalogue is that of the module."""

import re
from pathlib import Path

import pytest

import connectly_errors
from connectly_errors import Advice, ErrorCode, ErrorType

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(?:# (tests/recipes/\S+)\n)?(.*?)^```$", README, re.S | re.M)
RECIPES = {path: code for _, path, code in BLOCKS if path}


@pytest.mark.parametrize(
    "block", [code for language, path, code in BLOCKS if language == "python" and not path]
)
def test_python_block_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


@pytest.mark.parametrize("path", RECIPES)
def test_recipe_is_the_tested_file(path: str) -> None:
    assert RECIPES[path] == (ROOT / path).read_text(encoding="utf-8")


def test_every_recipe_is_shown() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/recipes/*.*")}
    assert files == RECIPES.keys()


def catalogue() -> str:
    rows = ["| code or type | advice | what happened |", "|---|---|---|"]
    rows += [
        f"| `{member}` | `{member.advice.name}` | {member.description} |"
        for kind in (ErrorCode, ErrorType)
        for member in sorted(kind, key=lambda member: list(Advice).index(member.advice))
    ]
    return "\n".join(rows)


def test_catalogue_is_that_of_the_module() -> None:
    shown = re.search(
        r"<!-- catalogue: begin -->\n(.*?)\n<!-- catalogue: end -->", README, re.DOTALL
    )
    assert shown is not None
    assert shown[1] == catalogue()


def test_advice_sentences_are_those_of_the_module() -> None:
    for advice in Advice:
        assert f"| `{advice.name}` | `{advice}` | {advice.description} |" in README


def test_defect_kinds_are_those_of_the_module() -> None:
    shown = re.findall(r"^\| `([A-Z_]+)` \| (?:is|has) ", README, re.MULTILINE)
    assert shown == [kind.name for kind in connectly_errors.DefectKind]
