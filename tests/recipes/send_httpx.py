"""Send a message with httpx."""

from typing import Any

import httpx

from connectly_errors import ConnectlyError, parse, parse_all


def send_message(client: httpx.Client, url: str, key: str, message: dict[str, Any]) -> str:
    """Send a message, and return its id or raise ConnectlyError."""
    response = client.post(
        url, json=message, headers={"X-API-Key": key}, timeout=30, follow_redirects=False
    )
    status, body = response.status_code, response.content
    error = parse(body, status=status)
    match error.source:
        case {"id": str(message_id)} if not parse_all(body, status=status):  # no error in it
            return message_id
        case _:
            raise ConnectlyError(error)
