"""What the recipes for webhooks share: verify an event, parse it, act on what failed.

Needs log_fields.py, and a store.py of your own.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from typing import NamedTuple

from log_fields import log_fields

from connectly_errors import Advice, DefectKind, ErrorResponse, parse_all

HEADER = "x-connectly-hmac-sha256"
UNREADABLE = {DefectKind.NOT_JSON, DefectKind.TOO_DEEP, DefectKind.UNREADABLE}


class Failure(NamedTuple):
    """A message that wasn't delivered. The customer is a phone number: don't log it."""

    message_id: str | None
    customer: str | None
    opted_out: bool
    error: ErrorResponse

    def __str__(self) -> str:
        """Return a line of JSON that is safe to log."""
        line = log_fields(self.error)
        line |= {"message_id": self.message_id, "opted_out": self.opted_out}
        return json.dumps(line)


def is_signed(body: bytes, signature: str | None, secret: str | None) -> bool:
    """Whether Connectly signed the body. Nothing is, without a secret."""
    if not secret or not signature:
        return False
    expected = b64encode(hmac.digest(secret.encode(), body, "sha256"))
    # As bytes, because compare_digest accepts no other text than ASCII.
    return hmac.compare_digest(expected, signature.encode(errors="replace"))


def failures(event: str | bytes) -> list[Failure]:
    """Return what failed in an event. Raises ValueError if the event can't be read."""
    found = []
    for error in parse_all(event):
        if any(defect.kind in UNREADABLE for defect in error.defects):
            raise ValueError("unreadable event")
        message_id: str | None = None
        customer: str | None = None
        match error.source:
            case {"statusUpdate": {"id": str(message_id)}}:
                pass
            case {"status_update": {"id": str(message_id)}}:
                pass
        match error.source:
            case {"recipient": {"id": str(customer)}}:
                pass
        opted_out = error.advice is Advice.STOP_SENDING
        found.append(Failure(message_id, customer, opted_out, error))
    return found


def act(event: str | bytes, save: Callable[[Failure], None]) -> bool:
    """Log and save what failed. False if something couldn't be read or saved."""
    try:
        found = failures(event)
    except ValueError:
        print("unreadable event", flush=True)
        return False
    saved = True
    for failure in found:
        print(failure, flush=True)
        try:
            save(failure)
        except Exception as problem:  # the next one may be an opt-out
            print(f"not saved: {type(problem).__name__}", flush=True)
            saved = False
    return saved


def receive(
    body: bytes,
    signature: str | None,
    secret: str | None,
    act: Callable[[bytes], bool],
) -> int:
    """Return the HTTP status to answer with. Connectly may resend unless it is 200."""
    if not is_signed(body, signature, secret):
        print("not signed by Connectly", flush=True)
        return 401
    return 200 if act(body) else 500
