"""A Celery task, run by a worker in a thread with a broker in memory."""

import json
import time
from collections.abc import Iterator

import pytest
import task_celery
from celery import Celery
from celery.contrib.testing.worker import start_worker

from connectly_errors import Advice

from .conftest import Server

SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'
MESSAGE = {"recipient": {"id": "+15550100002"}}


@pytest.fixture(scope="module", autouse=True)
def worker() -> Iterator[None]:
    app = Celery("acme", broker="memory://", backend="cache+memory://")
    app.set_default()
    with start_worker(app, perform_ping_check=False):
        yield


@pytest.fixture(autouse=True)
def settings(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTLY_URL", server.url)
    monkeypatch.setenv("CONNECTLY_API_KEY", "secret")


def run() -> dict[str, object]:
    result: dict[str, object] = task_celery.send.delay(MESSAGE).get(timeout=30)
    return result


def test_a_task_returns_the_id(server: Server) -> None:
    server.answers_with(201, SENT)

    assert run() == {"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}
    assert json.loads(server.received[0].body) == MESSAGE


def test_a_task_tries_four_times_and_waits_as_retry_after_says(server: Server) -> None:
    for _ in range(4):
        server.answers_with(429, Retry_After="1")
    start = time.monotonic()

    assert "error" in run()
    assert len(server.received) == 4
    assert time.monotonic() - start >= 3


def test_a_task_returns_and_logs_the_error_without_personal_data(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers_with(502, b"<html>+15550100002</html>")

    error = run()["error"]

    (record,) = [record for record in caplog.records if record.name == "task_celery"]
    assert record.levelname == "ERROR"
    assert vars(record)["connectly"] == error
    assert "+1555" not in str(vars(record))

    assert isinstance(error, dict)
    assert (error["advice"], error["retryable"]) == (Advice.CHECK_DELIVERY, False)
    assert "+1555" not in str(error)
