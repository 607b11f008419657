"""Only what was certainly not sent is sent again; nobody gets a message twice."""

from __future__ import annotations

import asyncio
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
import stamina
import structlog
from sending import SendError
from stamina.instrumentation import LoggingOnRetryHook, StructlogOnRetryHook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Server

SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'
RATE_LIMIT = b'{"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}'
MESSAGE = {"recipient": {"id": "+15550100002"}, "message": {"text": "Hola"}}
TLS = ssl.create_default_context()  # takes long to make

# Returns the id, and adds each wait to the list instead of waiting.
Send = Callable[[str, list[float]], str]


def with_tenacity(url: str, waits: list[float]) -> str:
    retrying = retry_tenacity.RETRYING.copy(sleep=waits.append)
    with pytest.MonkeyPatch.context() as patch, requests.Session() as session:
        patch.setattr(retry_tenacity, "RETRYING", retrying)
        return retry_tenacity.send_patiently(session, url, "secret", MESSAGE)


def with_stamina(url: str, waits: list[float]) -> str:
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    async def send() -> str:
        async with httpx.AsyncClient(verify=TLS) as client:
            return await retry_stamina.send_patiently(client, url, "secret", MESSAGE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", note)
        return asyncio.run(send())


@pytest.fixture(params=[with_tenacity, with_stamina], ids=["tenacity", "stamina"])
def send(request: pytest.FixtureRequest) -> Send:
    chosen: Send = request.param
    return chosen


@pytest.mark.parametrize(
    ("status", "body"),
    [(429, b""), (429, b'{"message": "Too Many Requests"}'), (400, RATE_LIMIT)],
)
def test_a_rate_limit_is_waited_for(
    send: Send, server: Server, status: int, body: bytes
) -> None:
    server.answers_with(status, body)
    server.answers_with(status, body)
    server.answers_with(201, SENT)
    waits: list[float] = []

    assert send(server.url, waits) == "01JQ7Y2V6TPA3D8W5N0K4C9XGE"
    assert waits == [120, 120]


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("5", 5),
        ("600", 600),
        ("0", 120),  # not four attempts at once
        ("Sun, 06 Nov 1994 08:49:37 GMT", 120),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 120),
        ("", 120),
        ("-7", 120),
        ("soon", 120),
        ("\xb2", 120),  # a digit, but not a number
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", 120),
    ],
)
def test_a_wait_is_as_long_as_retry_after_says_or_else_two_minutes(
    send: Send, server: Server, retry_after: str, seconds: float
) -> None:
    server.answers_with(429, Retry_After=retry_after)
    server.answers_with(201, SENT)
    waits: list[float] = []

    send(server.url, waits)

    assert waits == [seconds]


def test_a_wait_lasts_until_the_date_of_retry_after(send: Send, server: Server) -> None:
    date = datetime.now(UTC) + timedelta(minutes=5)
    server.answers_with(429, Retry_After=format_datetime(date, usegmt=True))
    server.answers_with(201, SENT)
    waits: list[float] = []

    send(server.url, waits)

    assert waits == [pytest.approx(300, abs=10)]


@pytest.mark.parametrize(
    "retry_after", ["601", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 1000]
)
def test_a_wait_of_more_than_ten_minutes_is_left_to_the_caller(
    send: Send, server: Server, retry_after: str
) -> None:
    server.answers_with(429, Retry_After=retry_after)

    with pytest.raises(SendError) as caught:
        send(server.url, [])

    assert caught.value.retry_after == retry_after


def test_the_failure_of_the_fourth_attempt_is_raised(
    send: Send, server: Server
) -> None:
    for _ in range(4):
        server.answers_with(429)

    with pytest.raises(SendError, match="HTTP 429"):
        send(server.url, [])

    assert len(server.received) == 4


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, RATE_LIMIT),
        (400, b'{"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}'),
        (408, b""),
        (429, b'{"data": [{"error": %b}]}' % RATE_LIMIT),
        (500, RATE_LIMIT),
        (503, b"upstream connect error"),
    ],
)
def test_what_may_have_been_sent_or_cannot_be_is_not_sent_again(
    send: Send, server: Server, status: int, body: bytes
) -> None:
    server.answers_with(status, body, Retry_After="7")

    with pytest.raises(SendError):
        send(server.url, [])

    assert len(server.received) == 1


def test_a_message_is_not_sent_again_after_a_broken_connection(
    send: Send, server: Server
) -> None:
    server.answers_with(201, SENT, Content_Length="1000")

    with pytest.raises(SendError):
        send(server.url, [])

    assert len(server.received) == 1


@pytest.fixture
def stamina_hooks() -> Iterator[None]:
    hooks = (StructlogOnRetryHook, LoggingOnRetryHook)
    stamina.instrumentation.set_on_retry_hooks(hooks)
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.mark.usefixtures("stamina_hooks")
def test_stamina_logs_no_secret_and_no_personal_data(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers_with(429, b'{"message": "+15550100002: too many"}')
    server.answers_with(201, SENT)

    with structlog.testing.capture_logs() as events:
        with_stamina(server.url, [])

    (event,) = events
    (record,) = (record for record in caplog.records if record.name == "stamina")
    logged = f"{event} {vars(record)}"
    assert "HTTP 429" in logged
    assert [word for word in ("secret", "+1555", "Hola") if word in logged] == []
