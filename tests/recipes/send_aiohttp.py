"""Send a message with aiohttp."""

import json
from contextlib import suppress
from typing import Any

import aiohttp

from connectly_errors import ConnectlyError, parse


async def send_message(
    session: aiohttp.ClientSession, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise ConnectlyError."""
    async with session.post(
        url, json=message, headers={"X-API-Key": key}, allow_redirects=False
    ) as response:
        status, body = response.status, await response.read()
    with suppress(ValueError, RecursionError):
        match status // 100, json.loads(body):
            case 2, {"id": str(message_id)}:
                return message_id
    raise ConnectlyError(parse(body, status=status))
