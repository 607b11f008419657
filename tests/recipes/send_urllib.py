"""Send a message with the standard library; needs sending.py."""

import json
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from sending import (
    NO_RESPONSE,
    TIMED_OUT,
    TIMEOUT,
    SendError,
    headers_with,
    message_id,
)


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow none: urllib would send a GET without the message."""


def send_message(url: str, key: str, message: dict[str, Any]) -> str:
    """Send a message, and return its id or raise SendError."""
    headers = {"Content-Type": "application/json"} | headers_with(key)
    request = Request(url, json.dumps(message).encode(), headers)
    try:
        try:
            response = build_opener(NoRedirect).open(request, timeout=TIMEOUT)
        except HTTPError as refused:
            response = refused
        with response:
            body = response.read()
    except (InvalidURL, URLError):
        raise  # nothing was sent
    except TimeoutError as timeout:
        raise SendError(TIMED_OUT) from timeout
    except (HTTPException, OSError) as broken:
        raise SendError(NO_RESPONSE) from broken
    return message_id(body, response.code, response.headers.get("Retry-After"))
