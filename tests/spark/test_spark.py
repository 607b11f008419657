"""PySpark in local mode, with worker processes that get the module as one shipped file.

The shipped file differs from the installed one, which has another code for no code.
SPARK_LINES=10000 makes a quick run of it.
"""

import os
import subprocess
from collections import Counter
from itertools import cycle, islice
from pathlib import Path

import connectly_errors

LINES = int(os.environ.get("SPARK_LINES", 1_000_000))
RECIPE = Path(__file__).parents[1] / "recipes" / "spark_count.py"
OPTIONS = ("--conf=spark.ui.enabled=false", "--conf=spark.driver.host=127.0.0.1")

UNKNOWN = "ERROR_CODE_SHIPPED check_delivery"
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


def test_the_recipe_counts_failed_sends_by_code_and_advice(tmp_path: Path) -> None:
    module = Path(connectly_errors.__file__).read_text()
    shipped = module.replace("ERROR_CODE_UNSPECIFIED", "ERROR_CODE_SHIPPED")
    (tmp_path / "connectly_errors.py").write_text(shipped)
    sends = list(islice(cycle(SENDS), LINES))
    with (tmp_path / "sends.jsonl").open("wb") as file:
        for number, (line, _) in enumerate(sends):
            file.write(line.replace(b"#", b"%d" % number) + b"\n")

    printed = subprocess.check_output(
        ["spark-submit", *OPTIONS, str(RECIPE), "sends.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONSAFEPATH": "1"},  # else workers look in the folder
        text=True,
    )

    lines = (line.split(maxsplit=1) for line in printed.splitlines())
    counts = {what: int(number) for number, what in lines}
    assert counts == Counter(what for _, what in sends)
