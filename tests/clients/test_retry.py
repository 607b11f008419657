"""What is sent again is what was certainly not sent; nobody gets a message twice."""

from __future__ import annotations

import asyncio
import pickle
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import httpx
import pytest
import requests
import retry_stamina
import retry_tenacity
from retry_after import Refusal

from connectly_errors import ConnectlyError, parse

if TYPE_CHECKING:
    from .conftest import Server

SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'
TLS = ssl.create_default_context()
# Returns the id, and adds to the list each wait in seconds, without waiting.
Send = Callable[[str, list[float]], str]


def send_with_tenacity(url: str, waits: list[float]) -> str:
    send = retry_tenacity.send_patiently.retry_with(sleep=waits.append)
    with requests.Session() as session:
        return send(session, url, "secret", {})


def send_with_stamina(url: str, waits: list[float]) -> str:
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    async def send() -> str:
        async with httpx.AsyncClient(verify=TLS) as client:
            return await retry_stamina.send_patiently(client, url, "secret", {})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", note)
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
    waits: list[float] = []

    assert send(server.endpoint(), waits) == "01JQ7Y2V6TPA3D8W5N0K4C9XGE"
    assert waits == [120, 120]


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("600", 600),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        ("Sun Nov  6 08:49:37 1994", 0),
        ("", 120),
        ("-7", 120),
        ("7.5", 120),
        ("soon", 120),
        ("\xb2", 120),  # a digit, but no number
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", 120),
    ],
)
def test_a_wait_is_as_long_as_retry_after_says_or_else_two_minutes(
    send: Send, server: Server, retry_after: str, seconds: float
) -> None:
    server.answers_with(429, Retry_After=retry_after)
    server.answers_with(201, SENT)
    waits: list[float] = []

    send(server.endpoint(), waits)

    assert waits == [seconds]


def test_a_wait_lasts_until_the_date_of_retry_after(send: Send, server: Server) -> None:
    then = datetime.now(UTC) + timedelta(minutes=5)
    server.answers_with(429, Retry_After=format_datetime(then, usegmt=True))
    server.answers_with(201, SENT)
    waits: list[float] = []

    send(server.endpoint(), waits)

    assert waits == [pytest.approx(300, abs=10)]


@pytest.mark.parametrize("retry_after", ["601", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 1000])
def test_a_wait_of_more_than_ten_minutes_is_left_to_the_caller(
    send: Send, server: Server, retry_after: str
) -> None:
    server.answers_with(429, Retry_After=retry_after)
    server.answers_with(201, SENT)

    with pytest.raises(Refusal) as caught:
        send(server.endpoint(), [])

    assert caught.value.retry_after == retry_after
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [400, 500, 503])
def test_retry_after_makes_nothing_retryable(send: Send, server: Server, status: int) -> None:
    server.answers_with(status, Retry_After="7")
    server.answers_with(201, SENT)

    with pytest.raises(ConnectlyError):
        send(server.endpoint(), [])

    assert len(server.received) == 1


def test_a_refusal_keeps_its_retry_after_when_it_is_pickled() -> None:
    refusal = pickle.loads(pickle.dumps(Refusal(parse(None, status=429), "7")))

    assert (refusal.error.status, refusal.retry_after) == (429, "7")


def test_the_error_comes_through_after_the_fourth_attempt(send: Send, server: Server) -> None:
    for _ in range(5):
        server.answers_with(429)

    with pytest.raises(ConnectlyError) as caught:
        send(server.endpoint(), [])

    assert caught.value.error.status == 429
    assert len(server.received) == 4


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b"<html>"),
        (200, b'{"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}'),
        (400, b'{"message": "", "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}'),
        (429, b'{"data": [{"error": {"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}}]}'),
        (403, b'{"message": "Forbidden"}'),
        (408, b""),
        (499, b""),
        (500, b""),
        (500, b'{"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}'),
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
        send(server.endpoint(), [])

    assert len(server.received) == 1


def test_a_message_is_not_sent_again_after_a_broken_connection(send: Send, server: Server) -> None:
    server.answers_with(201, SENT, Content_Length="1000")
    server.answers_with(201, SENT)

    with pytest.raises((requests.exceptions.ChunkedEncodingError, httpx.RemoteProtocolError)):
        send(server.endpoint(), [])

    assert len(server.received) == 1
