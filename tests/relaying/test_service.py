"""A service made with FastAPI answers with what its front end may see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from log_fields import log_fields
from relay_fastapi import Problem, relay

from connectly_errors import Advice, ConnectlyError, parse

if TYPE_CHECKING:
    from pathlib import Path


def client(body: bytes, status: int | None = None) -> TestClient:
    """Return a client of a service that fails with this error."""
    app = FastAPI(
        responses={502: {"model": Problem}}, exception_handlers={ConnectlyError: relay}
    )

    @app.post("/send")
    def send() -> None:
        raise ConnectlyError(parse(body, status=status))

    return TestClient(app)


def test_the_answer_is_a_named_subset(payloads: Path) -> None:
    body = (payloads / "api_error.json").read_bytes()
    answer = client(body, 400).post("/send")

    error = parse(body, status=400)
    assert answer.status_code == 502
    assert answer.json() == {
        "description": error.description,
        "advice": "send_template",
        "retryable": False,
        "cnt_trace_id": error.cnt_trace_id,
    }


@pytest.mark.parametrize("payload", ["webhook_opted_out.json", "cut_short.json"])
def test_the_answer_has_no_phone_number(payloads: Path, payload: str) -> None:
    body = (payloads / payload).read_bytes() + b'{"id": "+15550100002"}'

    assert "+1555" not in client(body).post("/send").text


def test_the_answer_has_no_text_of_connectlys() -> None:
    body = b'{"code": "ERROR_CODE_NEW", "userTitle": "+15550100002", "message": "no"}'

    assert "+1555" not in client(body).post("/send").text


def test_the_error_is_logged_without_personal_data(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = b'{"code": "ERROR_CODE_NEW", "userTitle": "+15550100002"}'
    client(body, 400).post("/send")

    (record,) = (each for each in caplog.records if each.name == "relay_fastapi")
    fields = json.loads(record.getMessage().removeprefix("Connectly: "))
    assert fields == log_fields(parse(body, status=400))


def test_every_payload_gets_an_answer(payloads: Path) -> None:
    for path in payloads.iterdir():
        assert client(path.read_bytes(), 400).post("/send").status_code == 502


def test_the_answer_is_documented() -> None:
    schemas = client(b"").get("/openapi.json").json()["components"]["schemas"]

    assert list(schemas["Problem"]["properties"]) == list(Problem.model_fields)
    assert schemas["Advice"]["enum"] == list(Advice)
