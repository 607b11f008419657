"""Each client returns the id of the sent message, or raises what parse says of it."""

from __future__ import annotations

import asyncio
import json
import pickle
import ssl
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.error import URLError

import aiohttp
import httpx
import pytest
import requests
import send_aiohttp
import send_httpx
import send_requests
import send_urllib
from sending import SendError

from connectly_errors import Advice, parse

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from .conftest import Server

MESSAGE = {
    "sender": "+15550100001",
    "recipient": {"id": "+15550100002", "channelType": "whatsapp"},
    "message": {"text": "¿Qué tal?"},
}
SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'
HTML = b"<html><body>Sign in</body></html>"
TLS = ssl.create_default_context()  # takes long to make

Send = Callable[[str, str, dict[str, Any]], str]


def with_requests(url: str, key: str, message: dict[str, Any]) -> str:
    with requests.Session() as session:
        return send_requests.send_message(session, url, key, message)


def with_httpx(url: str, key: str, message: dict[str, Any]) -> str:
    with httpx.Client(verify=TLS) as client:
        return send_httpx.send_message(client, url, key, message)


def with_httpx_async(url: str, key: str, message: dict[str, Any]) -> str:
    async def send() -> str:
        async with httpx.AsyncClient(verify=TLS) as client:
            return await send_httpx.send_message_async(client, url, key, message)

    return asyncio.run(send())


def with_aiohttp(url: str, key: str, message: dict[str, Any]) -> str:
    async def send() -> str:
        async with aiohttp.ClientSession() as session:
            return await send_aiohttp.send_message(session, url, key, message)

    return asyncio.run(send())


class Client(NamedTuple):
    recipe: ModuleType
    send: Send
    refused: type[Exception]  # what the client raises if there is no server


CLIENTS = {
    "urllib": Client(send_urllib, send_urllib.send_message, URLError),
    "requests": Client(send_requests, with_requests, requests.ConnectionError),
    "httpx": Client(send_httpx, with_httpx, httpx.ConnectError),
    "httpx-async": Client(send_httpx, with_httpx_async, httpx.ConnectError),
    "aiohttp": Client(send_aiohttp, with_aiohttp, aiohttp.ClientConnectorError),
}


@pytest.fixture(params=CLIENTS.values(), ids=list(CLIENTS))
def client(request: pytest.FixtureRequest) -> Client:
    chosen: Client = request.param
    return chosen


def failure(client: Client, server: Server) -> SendError:
    with pytest.raises(SendError) as caught:
        client.send(server.url, "secret", MESSAGE)
    return caught.value


@pytest.mark.parametrize("status", [200, 201])
def test_a_sent_message_gives_its_id(
    client: Client, server: Server, status: int
) -> None:
    server.answers_with(status, SENT)

    message_id = client.send(server.url, "secret", MESSAGE)

    assert message_id == "01JQ7Y2V6TPA3D8W5N0K4C9XGE"


def test_the_request_is_the_documented_one(client: Client, server: Server) -> None:
    server.answers_with(201, SENT)

    client.send(server.url, "secret", MESSAGE)

    (request,) = server.received
    assert request.method == "POST"
    assert request.path == "/v1/businesses/b-1/send/messages"
    assert request.headers["X-API-Key"] == "secret"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == MESSAGE


def test_a_failure_is_what_parse_reads_from_the_bytes_and_the_status(
    client: Client, server: Server, payloads: Path
) -> None:
    for path in sorted(payloads.iterdir()):
        server.answers_with(400, path.read_bytes())

        error = failure(client, server).error

        expected = parse(path.read_bytes(), status=400)
        assert (error, error.source) == (expected, expected.source)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        HTML,
        b"null",
        b"[]",
        b'{"id": ""}',
        b'{"id": " "}',
        b'{"id": null}',
        b'{"id": 7}',
        b'{"id": "01JQ7Y2V6TPA3',
        b'{"id": "01JQ7Y2V6TPA3"} and more',
        b'{"data": [{"error": null}]}',
    ],
)
def test_a_2xx_without_an_id_may_have_been_sent(
    client: Client, server: Server, body: bytes
) -> None:
    server.answers_with(201, body)

    error = failure(client, server).error

    assert (error.advice, error.retryable) == (Advice.CHECK_DELIVERY, False)


def test_an_id_beside_an_error_is_not_a_sent_message(
    client: Client, server: Server, payloads: Path
) -> None:
    body = (payloads / "sent_with_error.json").read_bytes()
    server.answers_with(201, body)

    assert failure(client, server).error == parse(body, status=201)


def test_an_id_under_a_5xx_is_not_a_sent_message(
    client: Client, server: Server
) -> None:
    server.answers_with(500, SENT)

    assert failure(client, server).error.advice is Advice.CHECK_DELIVERY


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    client: Client, server: Server, status: int
) -> None:
    server.answers_with(status, HTML, Location="/login")
    server.answers_with(200, SENT)

    assert failure(client, server).error.advice is Advice.FIX_REQUEST
    assert len(server.received) == 1


def test_a_failure_carries_retry_after(client: Client, server: Server) -> None:
    server.answers_with(429, Retry_After="5")
    server.answers_with(429)

    assert failure(client, server).retry_after == "5"
    assert failure(client, server).retry_after == ""


def test_after_a_timeout_the_message_may_have_been_sent(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.recipe, "TIMEOUT", 0.1)
    server.answers_with(201, SENT, delay=0.5)

    error = failure(client, server).error

    assert (error.advice, error.retryable) == (Advice.INCREASE_TIMEOUT, False)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (0, {}),
        (201, {"Content_Length": "1000"}),
        (201, {"Content_Length": "many"}),
        (201, {"Content_Encoding": "gzip"}),
        (201, {"Transfer_Encoding": "chunked"}),
    ],
    ids=["reset", "short body", "not HTTP", "not gzip", "not chunked"],
)
def test_after_a_broken_response_the_message_may_have_been_sent(
    client: Client, server: Server, status: int, headers: dict[str, str]
) -> None:
    server.answers_with(status, b"no JSON", 0, **headers)

    error = failure(client, server).error

    assert (error.advice, error.retryable) == (Advice.CHECK_DELIVERY, False)


def test_a_refused_connection_stays_the_clients_own_exception(client: Client) -> None:
    with pytest.raises(client.refused):
        client.send("http://127.0.0.1:1", "secret", MESSAGE)


@pytest.mark.parametrize("url", ["127.0.0.1/v1", "http://127.0.0.1:port"])
def test_an_invalid_url_stays_the_clients_own_exception(
    client: Client, url: str
) -> None:
    with pytest.raises(Exception, match=r"(?i)url|protocol|port|127") as caught:
        client.send(url, "secret", MESSAGE)

    assert not isinstance(caught.value, SendError)


def test_a_key_may_have_white_space_around_it(client: Client, server: Server) -> None:
    server.answers_with(201, SENT)

    client.send(server.url, " secret\r\n", MESSAGE)

    assert server.received[0].headers["X-API-Key"] == "secret"


@pytest.mark.parametrize("key", ["the\nsecret", "the\0secret", "the\xe9secret"])
def test_a_key_that_no_header_can_have_is_not_shown(client: Client, key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        client.send("http://127.0.0.1:1", key, MESSAGE)

    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_the_text_of_a_failure_is_safe_to_log() -> None:
    body = (
        b'{"code": "NEW\\n", "message": "+15550100002", "user_title": "+15550100002"}'
    )
    failure = SendError(parse(body, status=400))

    assert str(failure) == "NEW (ERROR_TYPE_UNSPECIFIED, HTTP 400)"
    assert repr(failure) == f"SendError({failure})"
    assert "+1555" in failure.error.message


def test_a_failure_survives_pickle() -> None:
    failure = pickle.loads(pickle.dumps(SendError(parse(None, status=429), "7")))

    assert (failure.error.status, failure.retry_after) == (429, "7")
