"""What the recipes for webhooks share: verify an event, parse it, act on what failed.

Needs log_fields.py, and a store.py of your own.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

from log_fields import log_fields

from connectly_errors import Advice, DefectKind, ErrorResponse, parse, parse_all

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

    def __repr__(self) -> str:
        """Return the same line, because a list shows its items like this."""
        return str(self)


def is_signed(body: bytes, signature: str | None, secret: str | None) -> bool:
    """Whether Connectly signed the body. Without a secret, nothing counts as signed."""
    secret = (secret or "").strip()  # one from a file ends with a line feed
    if not secret or not signature:
        return False
    expected = b64encode(hmac.digest(secret.encode(), body, "sha256"))
    # As bytes, because compare_digest accepts no other text than ASCII.
    return hmac.compare_digest(expected, signature.encode(errors="replace"))


def is_event(source: Any) -> bool:
    """Whether this is an event of Connectly, or an array of them, or blank."""
    if isinstance(source, list):
        return all(map(is_single_event, source))
    return is_single_event(source)


def is_single_event(source: Any) -> bool:
    match source:
        case {"statusUpdate": update} | {"status_update": update}:
            return update is None or isinstance(update, dict)
        case {"topic": "delivery_status"}:
            return False  # it lacks its status update
        case {"topic": _} | {"sender": _, "recipient": _}:
            return True
        case _:
            return not source


def failures(event: str | bytes) -> list[Failure]:
    """Return what failed in an event, nothing if it's empty.

    Raises ValueError if the event can't be read, or isn't one of Connectly's.
    """
    found: list[Failure] = []
    first = parse(event)
    kinds = {defect.kind for defect in first.defects}
    if DefectKind.EMPTY in kinds:
        return found
    if kinds & UNREADABLE:
        raise ValueError("unreadable event")
    if not is_event(first.source):
        raise ValueError("not an event of Connectly")
    for error in parse_all(event):
        message_id: str | None = None
        customer: str | None = None
        match error.source:
            case {"statusUpdate": {"id": str(message_id)}}:
                pass
            case {"status_update": {"id": str(message_id)}}:
                pass
            case _:
                pass
        match error.source:
            case {"recipient": {"id": str(recipient)}} if recipient.strip():
                customer = recipient
            case _:
                pass
        opted_out = error.advice is Advice.STOP_SENDING
        found.append(Failure(message_id, customer, opted_out, error))
    return found


def act(event: str | bytes, save: Callable[[Failure], None]) -> bool:
    """Log and save what failed. False if something couldn't be read or saved."""
    try:
        found = failures(event)
    except ValueError as problem:
        print(problem, flush=True)
        return False
    saved = True
    for failure in found:
        print(failure, flush=True)
        if failure.opted_out and not failure.customer:
            print("opted out, but the event doesn't say who", flush=True)
            saved = False
        try:
            save(failure)
        except Exception as problem:  # the next one may be an opt-out
            print(f"not saved: {type(problem).__name__}", flush=True)
            saved = False
    return saved


def is_accepted(body: bytes, signature: str | None, secret: str | None) -> bool:
    """Whether Connectly signed the body. If not, log why."""
    if not secret or not secret.strip():
        print("CONNECTLY_WEBHOOK_SECRET isn't set", flush=True)
        return False
    if not is_signed(body, signature, secret):
        print("not signed by Connectly", flush=True)
        return False
    return True


def receive(
    body: bytes,
    signature: str | None,
    secret: str | None,
    act: Callable[[bytes], bool],
) -> int:
    """Return the HTTP status to answer with. Connectly may resend unless it is 200."""
    if not is_accepted(body, signature, secret):
        return 401
    return 200 if act(body) else 500
