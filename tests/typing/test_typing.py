"""What type checkers tell the users of the module, installed and vendored."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import connectly_errors

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
CHECKERS = {
    "mypy": ["mypy", "--strict", "--warn-unreachable"],
    "pyright": ["pyright", "--pythonpath", sys.executable],
    "ty": ["ty", "check", "--output-format=concise", "--python", sys.prefix],
    "pyrefly": [
        *("pyrefly", "check", "--output-format=min-text"),
        *("--python-interpreter-path", sys.executable),
    ],
}


def reported(checker: str, folder: Path) -> set[tuple[str, int]]:
    """Return the file and line of everything that a checker reports in a folder."""
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [*CHECKERS[checker], *(path.name for path in folder.glob("*.py"))]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    print(run.stdout, run.stderr)
    found = re.findall(r"(\w+\.py):(\d+):", run.stdout)
    assert bool(found) == bool(run.returncode)
    return {(name, int(line)) for name, line in found}


@pytest.mark.parametrize("place", ["installed", "vendored"])
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_reports_each_mistake_and_nothing_else(
    checker: str, place: str, tmp_path: Path
) -> None:
    for name in ("api.py", "mistakes.py"):
        shutil.copy(HERE / name, tmp_path)
    if place == "vendored":
        copy = tmp_path / "connectly_errors" / "__init__.py"
        copy.parent.mkdir()
        shutil.copy(connectly_errors.__file__, copy)
    lines = enumerate((HERE / "mistakes.py").read_text().splitlines(), 1)
    marked = {number for number, line in lines if line.endswith("# mistake")}

    expected = {("mistakes.py", number) for number in marked}
    assert reported(checker, tmp_path) == expected


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_checker_finds_nothing_in_the_blocks_of_the_readme(
    checker: str, tmp_path: Path
) -> None:
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", README.read_text("utf-8"))
    assert blocks
    for number, block in enumerate(blocks):
        (tmp_path / f"block_{number}.py").write_text(block, "utf-8")

    assert reported(checker, tmp_path) == set()
