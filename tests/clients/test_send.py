"""Each client returns the id of the sent message, or raises what parse says of it."""

import asyncio
import json
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import send_aiohttp
import send_httpx
import send_requests
import send_urllib
from sending import SendError, headers_with, message_id

from connectly_errors import Advice, parse

from .conftest import Server

MESSAGE = {
    "sender": "+15550100001",
    "recipient": {"id": "+15550100002", "channelType": "whatsapp"},
    "message": {"text": "¿Qué tal?"},
}
SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'

Send = Callable[[str, str, dict[str, Any]], str]


def with_requests(url: str, key: str, message: dict[str, Any]) -> str:
    with requests.Session() as session:
        return send_requests.send_message(session, url, key, message)


def with_httpx(url: str, key: str, message: dict[str, Any]) -> str:
    with httpx.Client() as client:
        return send_httpx.send_message(client, url, key, message)


def with_httpx_async(url: str, key: str, message: dict[str, Any]) -> str:
    async def send() -> str:
        async with httpx.AsyncClient() as client:
            return await send_httpx.send_message_async(client, url, key, message)

    return asyncio.run(send())


def with_aiohttp(url: str, key: str, message: dict[str, Any]) -> str:
    async def send() -> str:
        async with aiohttp.ClientSession() as session:
            return await send_aiohttp.send_message(session, url, key, message)

    return asyncio.run(send())


CLIENTS = {
    "urllib": send_urllib.send_message,
    "requests": with_requests,
    "httpx": with_httpx,
    "httpx-async": with_httpx_async,
    "aiohttp": with_aiohttp,
}


@pytest.fixture(params=CLIENTS.values(), ids=list(CLIENTS))
def send(request: pytest.FixtureRequest) -> Send:
    chosen: Send = request.param
    return chosen


def failure(send: Send, server: Server) -> SendError:
    with pytest.raises(SendError) as caught:
        send(server.url, "secret", MESSAGE)
    return caught.value


# --- Each client ---


def test_a_message_is_sent_as_documented_and_gives_its_id(
    send: Send, server: Server
) -> None:
    server.answers_with(201, SENT)

    assert send(server.url, "secret", MESSAGE) == "01JQ7Y2V6TPA3D8W5N0K4C9XGE"

    (request,) = server.received
    assert request.command == "POST"
    assert request.path == "/v1/businesses/b-1/send/messages"
    assert request.headers["X-API-Key"] == "secret"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == MESSAGE


def test_a_failure_is_what_parse_reads_from_the_bytes_and_the_status(
    send: Send, server: Server, payloads: Path
) -> None:
    body = (payloads / "latin1.json").read_bytes()
    server.answers_with(429, body, Retry_After="5")
    server.answers_with(200)

    limited = failure(send, server)
    assert (limited.error, limited.retry_after) == (parse(body, status=429), "5")
    without_id = failure(send, server)
    assert without_id.error.advice is Advice.CHECK_DELIVERY
    assert without_id.retry_after == ""


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_not_followed(send: Send, server: Server, status: int) -> None:
    server.answers_with(status, Location="/login")
    server.answers_with(200, SENT)

    assert failure(send, server).error.advice is Advice.FIX_REQUEST
    assert len(server.received) == 1


def test_after_a_timeout_the_message_may_have_been_sent(
    send: Send, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for recipe in (send_aiohttp, send_httpx, send_requests, send_urllib):
        monkeypatch.setattr(recipe, "TIMEOUT", 0.1)
    server.answers_with(201, SENT, delay=0.5)

    error = failure(send, server).error

    assert (error.advice, error.retryable) == (Advice.INCREASE_TIMEOUT, False)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (0, {}),
        (201, {"Content_Length": "1000"}),
        (201, {"Content_Encoding": "gzip"}),
        (201, {"Transfer_Encoding": "chunked"}),
    ],
    ids=["no response", "short body", "not gzip", "not chunked"],
)
def test_after_a_broken_response_the_message_may_have_been_sent(
    send: Send, server: Server, status: int, headers: dict[str, str]
) -> None:
    server.answers_with(status, b"no JSON", 0, **headers)

    error = failure(send, server).error

    assert (error.advice, error.retryable) == (Advice.CHECK_DELIVERY, False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "127.0.0.1/v1", "http://127.0.0.1:port"]
)
def test_what_was_not_sent_stays_the_clients_own_exception(
    send: Send, url: str
) -> None:
    with pytest.raises(Exception, match=r"(?i)connect|url|protocol|port|127") as caught:
        send(url, "secret", MESSAGE)

    assert not isinstance(caught.value, SendError)


@pytest.mark.parametrize("key", ["the\nsecret", "the\0secret", "the\xe9secret"])
def test_a_key_that_no_header_can_have_is_not_shown(send: Send, key: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        send("http://127.0.0.1:1", key, MESSAGE)

    assert "secret" not in "".join(traceback.format_exception(caught.value))


# --- What they share ---


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b""),
        (201, b"<html>Sign in</html>"),
        (201, b"[]"),
        (201, b'{"id": " "}'),
        (201, b'{"id": 7}'),
        (201, b'{"id": "01JQ7Y2V6TPA3", "error": {"code": 5}}'),
        (500, SENT),
    ],
)
def test_a_response_that_may_have_been_a_success_is_to_be_checked(
    status: int, body: bytes
) -> None:
    with pytest.raises(SendError) as caught:
        message_id(body, status, None)

    error = caught.value.error
    assert (error.advice, error.retryable) == (Advice.CHECK_DELIVERY, False)


def test_a_key_may_have_white_space_around_it() -> None:
    assert headers_with(" secret\r\n") == {"X-API-Key": "secret"}


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
