"""AWS Lambda behind API Gateway, a function URL or a load balancer: act on an event.

Deploy it with connectly_errors.py, log_fields.py, store.py and webhook.py.
"""

import os
from base64 import b64decode
from collections.abc import Callable
from functools import partial
from typing import Any

from store import save
from webhook import HEADER, act, receive


def handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """Verify an event, parse it, and act on what failed."""
    return respond(event, partial(act, save=save))


def respond(event: dict[str, Any], act: Callable[[bytes], bool]) -> dict[str, object]:
    """Call act with the body if Connectly signed it, and return the response."""
    if "Records" in event:
        raise ValueError("records of a queue are for lambda_queue.py")
    try:
        body = body_of(event)
    except ValueError:
        status = 400
    else:
        secret = os.environ.get("CONNECTLY_WEBHOOK_SECRET")
        status = receive(body, signature_of(event), secret, act)
    # A load balancer requires all three.
    headers = "headers" if "headers" in event else "multiValueHeaders"
    return {"statusCode": status, headers: {}, "isBase64Encoded": False}


def body_of(event: dict[str, Any]) -> bytes:
    """Return the body as it was sent. Raises ValueError if its base64 is broken."""
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise ValueError("the body must be text")
    if event.get("isBase64Encoded"):
        return b64decode(body, validate=True)
    return body.encode(errors="replace")


def signature_of(event: dict[str, Any]) -> str | None:
    """Return the signature, whatever the case of its header's name."""
    for kind in ("headers", "multiValueHeaders"):
        headers: dict[str, Any] = event.get(kind) or {}
        for name, value in headers.items():
            if name.lower() == HEADER:
                return "".join(value or [])  # text, or a list of one text
    return None
