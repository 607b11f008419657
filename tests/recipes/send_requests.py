"""Send a message with requests; needs sending.py."""

from typing import Any

import requests
from requests.exceptions import ChunkedEncodingError, ContentDecodingError
from sending import (
    NO_RESPONSE,
    TIMED_OUT,
    TIMEOUT,
    SendError,
    headers_with,
    message_id,
)
from urllib3.exceptions import MaxRetryError, NewConnectionError


def send_message(
    session: requests.Session, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""
    headers = headers_with(key)
    try:
        response = session.post(
            url, json=message, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
    except requests.Timeout as timeout:
        raise SendError(TIMED_OUT) from timeout
    except (ChunkedEncodingError, ContentDecodingError) as broken:
        raise SendError(NO_RESPONSE) from broken
    except requests.ConnectionError as broken:
        match broken.args:
            case [MaxRetryError(reason=NewConnectionError())]:
                raise  # there was no connection, so nothing was sent
            case _:
                raise SendError(NO_RESPONSE) from broken
    retry_after = response.headers.get("Retry-After")
    return message_id(response.content, response.status_code, retry_after)
