"""Send a message with httpx, asynchronously."""

import json
from contextlib import suppress
from typing import Any

import httpx

from connectly_errors import ConnectlyError, parse


async def send_message(
    client: httpx.AsyncClient, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise ConnectlyError."""
    response = await client.post(url, json=message, headers={"X-API-Key": key}, timeout=30)
    status, body = response.status_code, response.content
    with suppress(ValueError, RecursionError):
        match status // 100, json.loads(body):
            case 2, {"id": str(message_id)}:
                return message_id
    raise ConnectlyError(parse(body, status=status))
