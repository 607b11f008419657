"""Send a message with httpx; needs sending.py."""

from typing import Any

import httpx
from sending import TIMED_OUT, TIMEOUT, SendError, message_id


def send_message(
    client: httpx.Client, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""
    headers = {"X-API-Key": key}
    try:
        response = client.post(
            url, json=message, headers=headers, timeout=TIMEOUT, follow_redirects=False
        )
    except httpx.TimeoutException as timeout:
        raise SendError(TIMED_OUT) from timeout
    retry_after = response.headers.get("Retry-After")
    return message_id(response.content, response.status_code, retry_after)


async def send_message_async(
    client: httpx.AsyncClient, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""
    headers = {"X-API-Key": key}
    try:
        response = await client.post(
            url, json=message, headers=headers, timeout=TIMEOUT, follow_redirects=False
        )
    except httpx.TimeoutException as timeout:
        raise SendError(TIMED_OUT) from timeout
    retry_after = response.headers.get("Retry-After")
    return message_id(response.content, response.status_code, retry_after)
