"""Send a message with the standard library."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from connectly_errors import ConnectlyError, parse, parse_all


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow none: urllib would ask for what is there, without the message."""


def send_message(url: str, key: str, message: dict[str, Any]) -> str:
    """Send a message, and return its id or raise ConnectlyError."""
    headers = {"Content-Type": "application/json", "X-API-Key": key}
    request = Request(url, json.dumps(message).encode(), headers)
    try:
        response = build_opener(NoRedirect).open(request, timeout=30)
    except HTTPError as refusal:
        response = refusal
    with response:
        status, body = response.status, response.read()
    error = parse(body, status=status)
    match error.source:
        case {"id": str(message_id)} if not parse_all(body, status=status):  # no error in it
            return message_id
        case _:
            raise ConnectlyError(error)
