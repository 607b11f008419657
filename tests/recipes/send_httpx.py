"""Send a message with httpx; needs sending.py."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx
from sending import (
    NO_RESPONSE,
    TIMED_OUT,
    TIMEOUT,
    SendError,
    headers_with,
    message_id,
)


def send_message(
    client: httpx.Client, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""
    headers = headers_with(key)
    with reported():
        response = client.post(
            url, json=message, headers=headers, timeout=TIMEOUT, follow_redirects=False
        )
    retry_after = response.headers.get("Retry-After")
    return message_id(response.content, response.status_code, retry_after)


async def send_message_async(
    client: httpx.AsyncClient, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""
    headers = headers_with(key)
    with reported():
        response = await client.post(
            url, json=message, headers=headers, timeout=TIMEOUT, follow_redirects=False
        )
    retry_after = response.headers.get("Retry-After")
    return message_id(response.content, response.status_code, retry_after)


@contextmanager
def reported() -> Generator[None]:
    """Raise SendError if the message may have been sent, although no response came."""
    try:
        yield
    except (httpx.ConnectError, httpx.UnsupportedProtocol):
        raise  # nothing was sent
    except httpx.TimeoutException as timeout:
        raise SendError(TIMED_OUT) from timeout
    except httpx.RequestError as broken:
        raise SendError(NO_RESPONSE) from broken
