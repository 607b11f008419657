"""Only what was certainly not sent is sent again; nobody gets a message twice."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import requests
import retry_stamina
import retry_tenacity
import stamina
import structlog
from sending import SendError, is_retryable, seconds_to_wait

from connectly_errors import parse

from .conftest import Server

SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'
RATE_LIMIT = b'{"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}'
MESSAGE = {"recipient": {"id": "+15550100002"}, "message": {"text": "Hola"}}

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
        async with httpx.AsyncClient() as client:
            return await retry_stamina.send_patiently(client, url, "secret", MESSAGE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", note)
        return asyncio.run(send())


@pytest.fixture(params=[with_tenacity, with_stamina], ids=["tenacity", "stamina"])
def send(request: pytest.FixtureRequest) -> Send:
    chosen: Send = request.param
    return chosen


# --- Each library ---


def test_a_rate_limit_is_waited_for(send: Send, server: Server) -> None:
    server.answers_with(429, Retry_After="7")
    server.answers_with(400, RATE_LIMIT)
    server.answers_with(201, SENT)
    waits: list[float] = []

    assert send(server.url, waits) == "01JQ7Y2V6TPA3D8W5N0K4C9XGE"
    assert waits == [7, 120]


def test_the_failure_of_the_fourth_attempt_is_raised(
    send: Send, server: Server
) -> None:
    for _ in range(4):
        server.answers_with(429)

    with pytest.raises(SendError, match="HTTP 429"):
        send(server.url, [])

    assert len(server.received) == 4


@pytest.mark.parametrize(
    ("status", "headers"),
    [(503, {"Retry_After": "7"}), (201, {"Content_Length": "1000"})],
)
def test_what_may_have_been_sent_is_not_sent_again(
    send: Send, server: Server, status: int, headers: dict[str, str]
) -> None:
    server.answers_with(status, b"", 0, **headers)

    with pytest.raises(SendError):
        send(server.url, [])

    assert len(server.received) == 1


def test_stamina_logs_no_secret_and_no_personal_data(
    server: Server, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    hooks = stamina.instrumentation
    request.addfinalizer(lambda: hooks.set_on_retry_hooks(None))
    hooks.set_on_retry_hooks([hooks.StructlogOnRetryHook, hooks.LoggingOnRetryHook])
    server.answers_with(429, b'{"message": "+15550100002: too many"}')
    server.answers_with(201, SENT)

    with structlog.testing.capture_logs() as events:
        with_stamina(server.url, [])

    (event,) = events
    (record,) = (record for record in caplog.records if record.name == "stamina")
    logged = f"{event} {vars(record)}"
    assert "HTTP 429" in logged
    assert [word for word in ("secret", "+1555", "Hola") if word in logged] == []


# --- What they share: whether to wait, and for how long ---


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, RATE_LIMIT),
        (400, b'{"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}'),
        (429, b'{"data": [{"error": %b}]}' % RATE_LIMIT),
        (500, RATE_LIMIT),
    ],
)
def test_only_what_was_not_sent_is_retryable(status: int, body: bytes) -> None:
    assert is_retryable(SendError(parse(None, status=429)))
    assert not is_retryable(SendError(parse(body, status=status)))
    assert not is_retryable(OSError())


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("5", 5),
        ("600", 600),
        (format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), 3600),
        ("0", 120),  # not four attempts at once
        ("Sun, 06 Nov 1994 08:49:37 GMT", 120),
        ("", 120),
        ("-7", 120),
        ("soon", 120),
        ("\xb2", 120),  # a digit, but not a number
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", 120),
    ],
)
def test_a_wait_is_as_long_as_retry_after_says_or_else_two_minutes(
    retry_after: str, seconds: float
) -> None:
    failure = SendError(parse(None, status=429), retry_after)

    assert seconds_to_wait(failure) == pytest.approx(seconds, rel=0.05)


@pytest.mark.parametrize(
    "retry_after", ["601", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 1000]
)
def test_a_wait_of_more_than_ten_minutes_is_left_to_the_caller(
    retry_after: str,
) -> None:
    assert not is_retryable(SendError(parse(None, status=429), retry_after))
