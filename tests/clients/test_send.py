"""Each client gives the id of the sent message, or a ConnectlyError with all that was answered."""

from __future__ import annotations

import asyncio
import json
import ssl
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.error import URLError

import aiohttp
import httpx
import pytest
import requests
import send_aiohttp
import send_httpx
import send_httpx_async
import send_requests
import send_urllib

from connectly_errors import ConnectlyError, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Server

MESSAGE = {
    "sender": "+15550100001",
    "recipient": {"id": "+15550100002", "channelType": "whatsapp"},
    "message": {"text": "¿Qué tal?"},
}
SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'
TLS = ssl.create_default_context()  # httpx takes a tenth of a second to make one for a client
HTML = b"<html><body>Sign in</body></html>"


def send_with_requests(url: str, key: str, message: dict[str, Any]) -> str:
    with requests.Session() as session:
        return send_requests.send_message(session, url, key, message)


def send_with_httpx(url: str, key: str, message: dict[str, Any]) -> str:
    with httpx.Client(verify=TLS) as client:
        return send_httpx.send_message(client, url, key, message)


def send_with_httpx_async(url: str, key: str, message: dict[str, Any]) -> str:
    async def send() -> str:
        async with httpx.AsyncClient(verify=TLS) as client:
            return await send_httpx_async.send_message(client, url, key, message)

    return asyncio.run(send())


def send_with_aiohttp(url: str, key: str, message: dict[str, Any]) -> str:
    async def send() -> str:
        async with aiohttp.ClientSession() as session:
            return await send_aiohttp.send_message(session, url, key, message)

    return asyncio.run(send())


class Client(NamedTuple):
    send: Callable[[str, str, dict[str, Any]], str]
    refused: type[Exception]
    broken: type[Exception]


CLIENTS = {
    "urllib": Client(send_urllib.send_message, URLError, HTTPException),
    "requests": Client(
        send_with_requests,
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
    ),
    "httpx": Client(send_with_httpx, httpx.ConnectError, httpx.RemoteProtocolError),
    "httpx-async": Client(send_with_httpx_async, httpx.ConnectError, httpx.RemoteProtocolError),
    "aiohttp": Client(send_with_aiohttp, aiohttp.ClientConnectorError, aiohttp.ClientPayloadError),
}


@pytest.fixture(params=CLIENTS.values(), ids=list(CLIENTS))
def client(request: pytest.FixtureRequest) -> Client:
    chosen: Client = request.param
    return chosen


def failure(client: Client, server: Server) -> ConnectlyError:
    with pytest.raises(ConnectlyError) as caught:
        client.send(server.endpoint(), "secret", MESSAGE)
    return caught.value


@pytest.mark.parametrize("endpoint", ["messages", "whatsapp_templated_messages"])
@pytest.mark.parametrize("status", [200, 201])
def test_a_sent_message_gives_its_id(
    client: Client, server: Server, endpoint: str, status: int
) -> None:
    server.answers_with(status, SENT)

    message_id = client.send(server.endpoint(endpoint), "secret", MESSAGE)

    assert message_id == "01JQ7Y2V6TPA3D8W5N0K4C9XGE"


def test_the_request_is_the_documented_one(client: Client, server: Server) -> None:
    server.answers_with(201, SENT)

    client.send(server.endpoint(), "secret", MESSAGE)

    (request,) = server.received
    assert (request.method, request.path) == ("POST", "/v1/businesses/b-1/send/messages")
    assert request.headers["X-API-Key"] == "secret"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == MESSAGE


@pytest.mark.parametrize("status", [400, 502])
def test_an_error_is_what_parse_makes_of_every_byte_of_the_body_and_the_status(
    client: Client, server: Server, payloads: Path, status: int
) -> None:
    for path in sorted(payloads.iterdir()):
        server.answers_with(status, path.read_bytes())

        error = failure(client, server).error

        expected = parse(path.read_bytes(), status=status)
        assert (error, error.source) == (expected, expected.source)


@pytest.mark.parametrize(
    ("status", "payload", "advice", "defects"),
    [
        (400, "api_error.json", "send_template", []),
        (400, "unknown_code.json", "fix_request", []),
        (400, "bom.json", "send_template", []),
        (400, "latin1.json", "change_recipient", ["bad_encoding"]),
        (400, "cut_short.json", "fix_request", ["not_json"]),
        (403, "api_gateway_forbidden.json", "fix_account", []),
        (404, "grpc_gateway.json", "fix_request", ["wrong_type", "wrong_type"]),
        (429, "api_gateway_throttled.json", "retry_later", []),
        (429, "empty.txt", "retry_later", ["empty"]),
        (502, "bad_gateway.html", "check_delivery", ["not_json"]),
        (503, "upstream_error.txt", "check_delivery", ["not_json"]),
    ],
)
def test_an_error_gives_advice_and_says_what_was_wrong_with_the_body(
    client: Client,
    server: Server,
    payloads: Path,
    status: int,
    payload: str,
    advice: str,
    defects: list[str],
) -> None:
    server.answers_with(status, (payloads / payload).read_bytes())

    error = failure(client, server).error

    assert (error.advice, [defect.kind for defect in error.defects]) == (advice, defects)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        HTML,
        b"null",
        b"[]",
        b'{"id": null}',
        b'{"id": 7}',
        b'{"id": "01JQ7Y2V6TPA3',
        b'{"id": "01JQ7Y2V6TPA3"} and more',
        b'{"data": [{"error": null}]}',
        b"[" * 100_000,
    ],
)
def test_a_success_that_names_no_message_is_an_error_and_not_retryable(
    client: Client, server: Server, body: bytes
) -> None:
    server.answers_with(201, body)

    error = failure(client, server).error

    assert (error.status, error.retryable) == (201, False)


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "01JQ7Y2V6TPA3", "error": {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}}',
        b'{"id": "01JQ7Y2V6TPA3", "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}',
        b'[{"id": "01JQ7Y2V6TPA3", "error": {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}}]',
        b'{"data": [{"id": "01JQ7Y2V6TPA3", "error": {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}}]}',
    ],
)
def test_an_id_beside_an_error_is_no_sent_message(
    client: Client, server: Server, body: bytes
) -> None:
    server.answers_with(201, body)

    assert failure(client, server).error.code == "ERROR_CODE_MESSAGE_TEXT_EMPTY"


def test_an_id_in_a_failed_answer_is_no_sent_message(client: Client, server: Server) -> None:
    server.answers_with(500, SENT)

    assert failure(client, server).error.status == 500


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_takes_the_key_nowhere(
    client: Client, server: Server, status: int
) -> None:
    server.answers_with(status, HTML, Location="/login")
    server.answers_with(200, SENT)

    error = failure(client, server).error

    assert (error.status, error.source, error.advice) == (status, HTML, "fix_request")
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [201, 400])
def test_a_connection_that_breaks_in_the_body_stays_the_clients_own_exception(
    client: Client, server: Server, status: int
) -> None:
    server.answers_with(status, SENT, Content_Length="1000")

    with pytest.raises(client.broken):
        client.send(server.endpoint(), "secret", MESSAGE)


def test_a_refused_connection_stays_the_clients_own_exception(client: Client) -> None:
    with pytest.raises(client.refused):
        client.send("http://127.0.0.1:1", "secret", MESSAGE)
