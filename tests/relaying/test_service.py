"""A service made with FastAPI answers with what its front end may see."""

import json
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from log_fields import log_fields
from relay_fastapi import Problem, relay

from connectly_errors import ConnectlyError, parse

# The texts that may hold personal data.
BODY = (
    b'{"code": "NEW", "cntTraceId": "1", "message": "+15550100002", '
    b'"userTitle": "+15550100002", "userMessage": "+15550100002"}'
)


def answer_to(body: bytes) -> httpx2.Response:
    """Return what a service answers that fails with this error."""
    app = FastAPI(
        responses={502: {"model": Problem}}, exception_handlers={ConnectlyError: relay}
    )

    @app.post("/send")
    def send() -> None:
        raise ConnectlyError(parse(body, status=400))

    return TestClient(app).post("/send")


def test_the_front_end_gets_no_text_of_connectlys() -> None:
    answer = answer_to(BODY)

    assert answer.status_code == 502
    assert answer.json() == {
        "description": parse(BODY, status=400).description,
        "advice": "fix_request",
        "retryable": False,
        "cnt_trace_id": "1",
    }


def test_the_error_is_logged_without_personal_data(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer_to(BODY)

    (record,) = (each for each in caplog.records if each.name == "relay_fastapi")
    fields = json.loads(record.getMessage().removeprefix("Connectly: "))
    assert fields == log_fields(parse(BODY, status=400))


def test_every_payload_gets_an_answer(payloads: Path) -> None:
    for path in payloads.iterdir():
        assert answer_to(path.read_bytes()).status_code == 502
