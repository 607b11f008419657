"""AWS Lambda: log each message that could not be delivered."""

import hmac
import json
import os
from base64 import b64decode, b64encode
from typing import Any

from connectly_errors import parse_all


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Read the webhook's event, in the envelope of API Gateway or of a function URL."""
    headers: dict[str, str] = event["headers"] or {}
    signature = {name.lower(): headers[name] for name in headers}.get("x-connectly-hmac-sha256")
    body = event.get("body") or ""
    raw = b64decode(body) if event.get("isBase64Encoded") else body.encode(errors="replace")
    secret = os.environ.get("CONNECTLY_WEBHOOK_SECRET")
    return {"statusCode": receive(raw, signature, secret)}


def receive(body: bytes, signature: str | None, secret: str | None) -> int:
    """Log what failed if Connectly signed the body, and return the HTTP status to answer with."""
    expected = b64encode(hmac.digest((secret or "").encode(), body, "sha256"))
    received = (signature or "").encode(errors="replace")  # bytes, as text has to be ASCII
    if not secret or not hmac.compare_digest(expected, received):
        print("answered with 401: not signed by Connectly", flush=True)
        return 401
    log_failures(body)
    return 200


def log_failures(event: str | bytes) -> None:
    """Log a JSON line for each error, and for what is no event; raise nothing."""
    for error in parse_all(event):
        line = error.explain()
        match error.source:  # never log all of it: it holds phone numbers
            case {"statusUpdate": {"id": str(message_id)}}:
                line["message_id"] = message_id
            case _:
                line["message_id"] = None
        print(json.dumps(line), flush=True)
