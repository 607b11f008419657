"""Send up to four times, with stamina, if nothing can have been sent.

It may take half an hour: right for a worker, wrong in a web request.
"""

from typing import Any

import httpx
import stamina
from send_httpx import send_message_async
from sending import is_retryable, seconds_to_wait


def wait(failure: Exception) -> bool | float:
    return seconds_to_wait(failure) if is_retryable(failure) else False


async def send_patiently(
    client: httpx.AsyncClient, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""

    # Without parameters: stamina logs them, and the key is a secret.
    @stamina.retry(on=wait, attempts=4, timeout=None)
    async def send() -> str:
        return await send_message_async(client, url, key, message)

    return await send()
