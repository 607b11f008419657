"""Send a message with aiohttp."""

from typing import Any

import aiohttp

from connectly_errors import ConnectlyError, parse, parse_all


async def send_message(
    session: aiohttp.ClientSession, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise ConnectlyError."""
    async with session.post(
        url, json=message, headers={"X-API-Key": key}, allow_redirects=False
    ) as response:
        status, body = response.status, await response.read()
    error = parse(body, status=status)
    match error.source:
        case {"id": str(message_id)} if not parse_all(body, status=status):  # no error in it
            return message_id
        case _:
            raise ConnectlyError(error)
