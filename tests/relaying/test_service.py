"""An error as the answer of a web service that is made with FastAPI and pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, TypeAdapter

from connectly_errors import Advice, ConnectlyError, ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Iterator


class Explanation(BaseModel):
    """All of explain(), for a service that documents its answers."""

    model_config = ConfigDict(extra="forbid")

    description: str
    advice: Advice
    retryable: bool
    code: str
    type: str
    message: str
    user_title: str
    user_message: str
    cnt_trace_id: str
    details: dict[str, Any]
    status: int | None
    path: str
    defects: list[str]


class Part(BaseModel):
    """What a customer may see of it."""

    description: str
    advice: Advice


@pytest.fixture
def client(error: ErrorResponse) -> Iterator[TestClient]:
    app = FastAPI()

    @app.get("/explained")
    def explained() -> dict[str, object]:
        return error.explain()

    @app.get("/modelled")
    def modelled() -> Explanation:
        return Explanation.model_validate(error.explain())

    @app.get("/filtered", response_model=Part)
    def filtered() -> dict[str, object]:
        return error.explain()

    @app.get("/raised")
    def raised() -> None:
        raise ConnectlyError(error)

    @app.exception_handler(ConnectlyError)
    def relay(request: Request, failure: ConnectlyError) -> JSONResponse:
        return JSONResponse(failure.error.explain(), status_code=502)

    @app.get("/itself")
    def itself() -> Any:
        return error

    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status"), [("/explained", 200), ("/modelled", 200), ("/raised", 502)]
)
def test_a_service_answers_with_all_that_explain_says(
    client: TestClient, error: ErrorResponse, path: str, status: int
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()) == (status, error.explain())
    assert list(answer.json()) == list(error.explain())


def test_a_service_answers_with_a_part_of_it(client: TestClient, error: ErrorResponse) -> None:
    assert client.get("/filtered").json() == {
        "description": error.description,
        "advice": "stop_sending",
    }


def test_the_model_of_it_is_documented(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]

    assert schemas["Advice"]["enum"] == list(Advice)
    assert list(schemas["Explanation"]["properties"]) == list(ErrorResponse().explain())


def test_the_model_takes_what_every_payload_is_read_as(errors: list[ErrorResponse]) -> None:
    for error in errors:
        assert Explanation.model_validate(error.explain()).model_dump() == error.explain()


@pytest.mark.parametrize("path", ["/explained", "/modelled", "/filtered", "/raised"])
def test_no_answer_holds_a_phone_number(client: TestClient, path: str) -> None:
    assert "+1555" not in client.get(path).text


def test_the_response_itself_would_show_the_phone_numbers_of_its_source(
    client: TestClient,
) -> None:
    assert "+15550100002" in client.get("/itself").text


@pytest.mark.parametrize("mode", ["python", "json"])
def test_pydantic_reads_a_response_back_with_the_same_advice(
    errors: list[ErrorResponse], mode: Literal["python", "json"]
) -> None:
    adapter = TypeAdapter(ErrorResponse)
    for error in errors:
        fields = adapter.dump_python(error, mode=mode, exclude={"source"})

        rebuilt = adapter.validate_python(fields)

        assert rebuilt == error
        assert (rebuilt.advice, rebuilt.retryable) == (error.advice, error.retryable)
