"""Send a message with requests."""

import json
from contextlib import suppress
from typing import Any

import requests

from connectly_errors import ConnectlyError, parse


def send_message(session: requests.Session, url: str, key: str, message: dict[str, Any]) -> str:
    """Send a message, and return its id or raise ConnectlyError."""
    response = session.post(
        url, json=message, headers={"X-API-Key": key}, timeout=30, allow_redirects=False
    )
    status, body = response.status_code, response.content
    with suppress(ValueError, RecursionError):
        match status // 100, json.loads(body):
            case 2, {"id": str(message_id)}:
                return message_id
    raise ConnectlyError(parse(body, status=status))
