"""Send a message with requests; needs sending.py."""

from typing import Any

import requests
from sending import TIMED_OUT, TIMEOUT, SendError, message_id


def send_message(
    session: requests.Session, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""
    headers = {"X-API-Key": key}
    try:
        response = session.post(
            url, json=message, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
    except requests.Timeout as timeout:
        raise SendError(TIMED_OUT) from timeout
    retry_after = response.headers.get("Retry-After")
    return message_id(response.content, response.status_code, retry_after)
