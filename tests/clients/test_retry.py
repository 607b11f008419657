"""What is sent again is what was certainly not sent; nobody gets a message twice."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import requests
import retry_stamina
import retry_tenacity
import stamina
from tenacity import wait_none

from connectly_errors import ConnectlyError

if TYPE_CHECKING:
    from .conftest import Server

SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'
TLS = ssl.create_default_context()
Send = Callable[[str, str, dict[str, Any]], str]


def send_with_tenacity(url: str, key: str, message: dict[str, Any]) -> str:
    send = retry_tenacity.send_patiently.retry_with(wait=wait_none())
    with requests.Session() as session:
        return send(session, url, key, message)


def send_with_stamina(url: str, key: str, message: dict[str, Any]) -> str:
    async def send() -> str:
        async with httpx.AsyncClient(verify=TLS) as client:
            return await retry_stamina.send_patiently(client, url, key, message)

    with stamina.set_testing(True, attempts=10, cap=True):  # without waits
        return asyncio.run(send())


@pytest.fixture(params=[send_with_tenacity, send_with_stamina], ids=["tenacity", "stamina"])
def send(request: pytest.FixtureRequest) -> Send:
    chosen: Send = request.param
    return chosen


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b""),
        (429, b'{"message": "Too Many Requests"}'),
        (400, b'{"message": "", "code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}'),
    ],
)
def test_a_rate_limit_is_waited_for(send: Send, server: Server, status: int, body: bytes) -> None:
    server.answers_with(status, body)
    server.answers_with(status, body)
    server.answers_with(201, SENT)

    assert send(server.endpoint(), "secret", {}) == "01JQ7Y2V6TPA3D8W5N0K4C9XGE"
    assert len(server.received) == 3


def test_the_error_comes_through_after_the_fourth_attempt(send: Send, server: Server) -> None:
    for _ in range(5):
        server.answers_with(429)

    with pytest.raises(ConnectlyError) as caught:
        send(server.endpoint(), "secret", {})

    assert caught.value.error.status == 429
    assert len(server.received) == 4


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b"<html>"),
        (400, b'{"message": "", "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}'),
        (403, b'{"message": "Forbidden"}'),
        (408, b""),
        (499, b""),
        (500, b""),
        (502, b"<html>502 Bad Gateway</html>"),
        (503, b"upstream connect error"),
        (504, b'{"message": "", "type": "ERROR_TYPE_DEADLINE_EXCEEDED"}'),
    ],
)
def test_what_may_have_been_sent_or_cannot_be_is_not_sent_again(
    send: Send, server: Server, status: int, body: bytes
) -> None:
    server.answers_with(status, body)
    server.answers_with(201, SENT)

    with pytest.raises(ConnectlyError):
        send(server.endpoint(), "secret", {})

    assert len(server.received) == 1


def test_a_message_is_not_sent_again_after_a_broken_connection(send: Send, server: Server) -> None:
    server.answers_with(201, SENT, Content_Length="1000")
    server.answers_with(201, SENT)

    with pytest.raises((requests.exceptions.ChunkedEncodingError, httpx.RemoteProtocolError)):
        send(server.endpoint(), "secret", {})

    assert len(server.received) == 1
