"""The README: every Python block runs, and its catalogue is that of the module."""

import re
from pathlib import Path

import pytest

import connectly_errors
from connectly_errors import Advice, ErrorCode, ErrorType

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
RECIPE = re.compile(r"# (tests/recipes/\S+)\n")
RECIPES = {
    match[1]: block[match.end() :] for block in BLOCKS if (match := RECIPE.match(block)) is not None
}


@pytest.mark.parametrize("block", [block for block in BLOCKS if not RECIPE.match(block)])
def test_python_block_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


@pytest.mark.parametrize("path", RECIPES)
def test_recipe_is_the_tested_file(path: str) -> None:
    assert RECIPES[path] == (ROOT / path).read_text(encoding="utf-8")


def test_every_recipe_is_shown() -> None:
    python_files = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/recipes/*.py")}
    assert python_files == RECIPES.keys()


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
