"""What type checkers tell the users of the module, installed and vendored."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import connectly_errors

FILES = [Path(__file__).with_name(name) for name in ("api.py", "mistakes.py")]
STRICT = '{"typeCheckingMode": "strict"}'  # pyright has no option for it
CHECKERS = {
    "mypy": ["mypy", "--strict", "--warn-unreachable"],
    "pyright": ["pyright", "--pythonpath", sys.executable],
    "ty": ["ty", "check", "--output-format=concise", "--python", sys.prefix],
    "pyrefly": [
        *("pyrefly", "check", "--output-format=min-text"),
        *("--python-interpreter-path", sys.executable),
    ],
}


@pytest.fixture(scope="module", params=["installed", "vendored"])
def acme(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A package outside the checkout with the files and, if vendored, the module."""
    acme = tmp_path_factory.mktemp(request.param) / "acme"
    vendor = acme / "_vendor"
    vendor.mkdir(parents=True)
    for package in (acme, vendor):
        (package / "__init__.py").touch()
    for file in FILES:
        text = file.read_text()
        if request.param == "vendored":
            text = re.sub("(?m)^import (connectly)", r"from ._vendor import \1", text)
            text = re.sub("(?m)^from (connectly)", r"from ._vendor.\1", text)
            shutil.copy(connectly_errors.__file__, vendor / "connectly_errors.py")
        (acme / file.name).write_text(text)
    acme.with_name("pyrightconfig.json").write_text(STRICT)
    return acme


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_reports_each_mistake_and_nothing_else(
    checker: str, acme: Path
) -> None:
    marked = {
        (file.name, number)
        for file in FILES
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if line.endswith("# mistake")
    }
    command = [*CHECKERS[checker], *(f"acme/{file.name}" for file in FILES)]

    run = subprocess.run(
        command, cwd=acme.parent, capture_output=True, text=True, check=False
    )

    found = re.findall(r"(\w+\.py):(\d+):", run.stdout)
    reported = {(name, int(line)) for name, line in found}
    assert reported == marked, run.stdout + run.stderr


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_checker_finds_nothing_in_the_blocks_of_the_readme(
    checker: str, tmp_path: Path
) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    assert blocks
    files = [f"block_{number}.py" for number in range(len(blocks))]
    for file, block in zip(files, blocks, strict=True):
        (tmp_path / file).write_text(block, "utf-8")
    (tmp_path / "pyrightconfig.json").write_text(STRICT)

    run = subprocess.run(
        [*CHECKERS[checker], *files],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
