"""PySpark in local mode, with worker processes that get the module as one shipped file.

SPARK_LINES=10000 makes a quick run of it.
"""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from itertools import cycle, islice
from pathlib import Path

import pytest
from pyspark import SparkConf, SparkContext

import connectly_errors
from connectly_errors import parse

LINES = int(os.environ.get("SPARK_LINES", 1_000_000))
RECIPE = Path(__file__).parents[1] / "recipes" / "spark_count.py"
OPTIONS = [("spark.ui.enabled", "false"), ("spark.driver.host", "127.0.0.1")]

UNKNOWN = "ERROR_CODE_UNSPECIFIED check_delivery"
# A line, and the code and advice that it counts as. # becomes the number of the line.
SENDS = [
    (
        b'{"type": "ERROR_TYPE_DEADLINE_EXCEEDED", "cntTraceId": "#", "code": '
        b'"ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW"}',
        "ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW send_template",
    ),
    (
        b'{"statusUpdate": {"id": "#", "status": "delivery_failed", '
        b'"error": {"code": "ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT"}}}',
        "ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT stop_sending",
    ),
    (b'{"type": "ERROR_TYPE_NOT_FOUND", "code": "NEW"}', "NEW fix_request"),
    (
        b'{"message": "N\xfamero", "code": "ERROR_CODE_INVALID_SENDER_ID"}',
        "ERROR_CODE_INVALID_SENDER_ID fix_request",
    ),
    (b'{"code": "\\ud800", "cntTraceId": "#"}', "\ufffd contact_support"),
    (b'{"message": "cut short, "code": "ERROR_CODE_MES', UNKNOWN),
    (b"<html>502 Bad Gateway</html>", UNKNOWN),
    (b"[" * 101, UNKNOWN),
    (b"", UNKNOWN),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the module that differs from the installed one."""
    folder = tmp_path_factory.mktemp("spark")
    shutil.copy(connectly_errors.__file__, folder / "connectly_errors.py")
    with (folder / "connectly_errors.py").open("a") as copy:
        copy.write('\n__version__ += "+shipped"\n')
    return folder


@pytest.fixture(scope="module")
def context(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SparkContext]:
    conf = SparkConf().setMaster("local[2]").setAppName("tests").setAll(OPTIONS)
    # Workers look for modules in the current folder too: let there be none.
    with chdir(tmp_path_factory.mktemp("empty")), SparkContext(conf=conf) as context:
        context.addPyFile(str(folder / "connectly_errors.py"))
        yield context


def test_the_recipe_counts_failed_sends_by_code_and_advice(folder: Path) -> None:
    sends = list(islice(cycle(SENDS), LINES))
    with (folder / "sends.jsonl").open("wb") as file:
        for number, (line, _) in enumerate(sends):
            file.write(line.replace(b"#", b"%d" % number) + b"\n")

    options = [f"--conf={name}={value}" for name, value in OPTIONS]
    command = ["spark-submit", *options, str(RECIPE), "sends.jsonl"]
    run = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )

    lines = (line.split(maxsplit=1) for line in run.stdout.splitlines())
    counts = {what: int(number) for number, what in lines}
    assert counts == Counter(what for _, what in sends)


def test_the_workers_import_the_shipped_file(context: SparkContext) -> None:
    def version(_: object) -> str:
        import connectly_errors

        return connectly_errors.__version__

    versions = context.parallelize(range(2), 2).map(version).collect()

    assert versions == [f"{connectly_errors.__version__}+shipped"] * 2


def test_a_response_read_by_a_worker_equals_one_read_here(
    context: SparkContext,
) -> None:
    lines = [line for line, _ in SENDS]

    responses = context.parallelize(lines, 4).map(parse).collect()

    expected = [parse(line) for line in lines]
    assert responses == expected
    assert [error.source for error in responses] == [error.source for error in expected]


def test_a_worker_knows_a_response_that_was_read_here(context: SparkContext) -> None:
    responses = [parse(line, status=429) for line, _ in SENDS]

    advice = context.parallelize(responses, 4).map(lambda error: error.advice).collect()

    assert advice == [response.advice for response in responses]
