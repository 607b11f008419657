"""A webhook in each runtime logs what failed, and nothing that is sent there stops it."""

from __future__ import annotations

import subprocess
import sys
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import HttpRuntime, Lambda, MakeFunction

RECIPES = Path(__file__).parents[1] / "recipes"
FAILURE = {
    "code": "ERROR_CODE_UNSPECIFIED",
    "advice": "contact_support",
    "traceId": "9204417750613378892",
    "messageId": "01JQ7Y2V6TPA3D8W5N0K4C9XGE",
    "defects": [],
}
UNREAD = FAILURE | {"traceId": "", "messageId": None}


def test_a_failed_delivery_is_logged(runtime: Lambda | HttpRuntime, payloads: Path) -> None:
    assert runtime.deliver((payloads / "webhook_failed.json").read_bytes()) == [FAILURE]


@pytest.mark.parametrize("payload", ["webhook_delivered.json", "inbound_message.json", "empty.txt"])
def test_an_event_without_a_failure_is_not_logged(
    runtime: Lambda | HttpRuntime, payloads: Path, payload: str
) -> None:
    assert runtime.deliver((payloads / payload).read_bytes()) == []


@pytest.mark.parametrize(
    ("event", "defect"),
    [
        (b"<html>", "The text is not JSON."),
        (b'{"statusUpdate": {"error": {"mess', "The text is not JSON."),
        (b"\xff\xfe\xfd", "The text is not JSON."),
        (
            b'{"statusUpdate": ' + b"[" * 100_000,
            "The text is nested too deep to be decoded safely.",
        ),
    ],
    ids=["html", "cut-short", "no-text", "deep"],
)
def test_a_poisoned_event_is_logged_with_what_is_wrong_and_the_next_one_is_read(
    runtime: Lambda | HttpRuntime, payloads: Path, event: bytes, defect: str
) -> None:
    assert runtime.deliver(event) == [UNREAD | {"defects": [defect]}]
    assert runtime.deliver((payloads / "webhook_failed.json").read_bytes()) == [FAILURE]


def test_a_byte_order_mark_does_not_hide_the_message_id(
    runtime: Lambda | HttpRuntime, payloads: Path
) -> None:
    event = b"\xef\xbb\xbf" + (payloads / "webhook_failed.json").read_bytes()

    assert runtime.deliver(event) == [FAILURE]


def test_lambda_reads_an_event_without_base64(aws_lambda: Lambda, payloads: Path) -> None:
    body = (payloads / "webhook_failed.json").read_text()

    assert aws_lambda.invoke({"body": body, "isBase64Encoded": False}) == [FAILURE]


def test_lambda_takes_no_body_for_no_failure(aws_lambda: Lambda) -> None:
    assert aws_lambda.invoke({"body": None, "isBase64Encoded": False}) == []


def test_a_poisoned_event_does_not_fail_its_batch(aws_lambda: Lambda, payloads: Path) -> None:
    body = (payloads / "webhook_failed.json").read_text()

    logged = aws_lambda.invoke({"Records": [{"body": body}, {"body": "<"}, {"body": body}]})

    assert logged == [FAILURE, UNREAD | {"defects": ["The text is not JSON."]}, FAILURE]


def test_lambda_needs_two_files(make_function: MakeFunction) -> None:
    folder = make_function("lambda_handler.py", "handler.py")

    code = "import sys, handler; print(sys.modules['connectly_errors'].__file__)"
    found = subprocess.check_output(["python", "-c", code], cwd=folder, text=True)

    assert len(list(folder.glob("*.py"))) == 2
    assert found.strip() == str(folder / "connectly_errors.py")


def test_a_dead_interpreter_ends_the_worker(
    make_function: MakeFunction, run_worker: Callable[[Path], HttpRuntime]
) -> None:
    folder = make_function("worker_entry.py", "worker_entry.py")
    entry = folder / "worker_entry.py"
    entry.write_text(entry.read_text().replace("parse_all(event)", "json.loads(event)"))
    worker = run_worker(folder)

    with pytest.raises((HTTPException, ConnectionError)):
        worker.deliver(b"[" * 100_000)

    assert worker.process.wait(60) == 70


def test_shipped_bytecode_is_what_is_imported(make_function: MakeFunction, tmp_path: Path) -> None:
    make_function("lambda_handler.py", "handler.py").rename(tmp_path / "function")
    subprocess.run(["sh", "-e", RECIPES / "ship_compiled.sh"], cwd=tmp_path, check=True)
    ZipFile(tmp_path / "function.zip").extractall(tmp_path / "task")

    verbose = subprocess.check_output(
        ["python", "-v", "-c", "import handler"],
        cwd=tmp_path / "task",
        stderr=subprocess.STDOUT,
        text=True,
    )

    for module in ("handler", "connectly_errors"):
        bytecode = tmp_path / f"task/__pycache__/{module}.{sys.implementation.cache_tag}.pyc"
        assert f"# code object from '{bytecode}'" in verbose
