"""Send a message with aiohttp; needs sending.py."""

from typing import Any

import aiohttp
from sending import (
    NO_RESPONSE,
    TIMED_OUT,
    TIMEOUT,
    SendError,
    headers_with,
    message_id,
)


async def send_message(
    session: aiohttp.ClientSession, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""
    headers = headers_with(key)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    try:
        async with session.post(
            url, json=message, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            body = await response.read()
    except (aiohttp.ClientConnectorError, aiohttp.InvalidURL):
        raise  # nothing was sent
    except TimeoutError as timed_out:
        raise SendError(TIMED_OUT) from timed_out
    except aiohttp.ClientError as broken:
        raise SendError(NO_RESPONSE) from broken
    return message_id(body, response.status, response.headers.get("Retry-After"))
