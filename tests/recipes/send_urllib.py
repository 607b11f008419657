"""Send a message with the standard library."""

import json
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from connectly_errors import ConnectlyError, parse


def send_message(url: str, key: str, message: dict[str, Any]) -> str:
    """Send a message, and return its id or raise ConnectlyError."""
    request = Request(url, json.dumps(message).encode(), {"Content-Type": "application/json"})
    request.add_unredirected_header("X-API-Key", key)  # no redirect takes it elsewhere
    try:
        response = urlopen(request, timeout=30)
    except HTTPError as refusal:
        response = refusal
    with response:
        status, body = response.status, response.read()
    with suppress(ValueError, RecursionError):
        match status // 100, json.loads(body):
            case 2, {"id": str(message_id)}:
                return message_id
    raise ConnectlyError(parse(body, status=status))
