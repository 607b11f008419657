"""Send a message with requests; needs retry_after.py beside it."""

from typing import Any

import requests
from retry_after import Refusal

from connectly_errors import parse, parse_all


def send_message(session: requests.Session, url: str, key: str, message: dict[str, Any]) -> str:
    """Send a message, and return its id or raise ConnectlyError: a Refusal."""
    response = session.post(
        url, json=message, headers={"X-API-Key": key}, timeout=30, allow_redirects=False
    )
    status, body = response.status_code, response.content
    error = parse(body, status=status)
    match error.source:
        case {"id": str(message_id)} if not parse_all(body, status=status):  # no error in it
            return message_id
        case _:
            raise Refusal(error, response.headers.get("Retry-After", ""))
