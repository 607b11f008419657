"""What the recipes that send share: read the response, and say when to send again."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectly_errors import (
    ConnectlyError,
    ErrorResponse,
    ErrorType,
    parse,
    raise_for_error,
)

TIMEOUT = 30  # seconds
# The client gave up waiting: the message may have been sent.
TIMED_OUT = ErrorResponse(type=ErrorType.CONTEXT_CANCLED)
# The connection broke, or the response can't be decoded: likewise.
NO_RESPONSE = parse(None)


class SendError(ConnectlyError):
    """A ConnectlyError with the Retry-After header in retry_after, or "".

    Its text leaves out what the server said, which may hold a phone number. Everything
    is in error. So a traceback is safe to log, unless it shows local variables too, or
    the server doesn't speak HTTP: the cause may quote what came instead.
    """

    def __init__(self, error: ErrorResponse, retry_after: str | None = None) -> None:
        super().__init__(error)
        self.retry_after = retry_after or ""

    def __str__(self) -> str:
        return str(replace(self.error, message="", user_title="", user_message=""))

    def __repr__(self) -> str:
        return f"SendError({self})"


def headers_with(key: str) -> dict[str, str]:
    """Return the header with the API key, without white space around the key.

    HTTP clients show a header that they refuse, so the key is checked first.
    """
    key = key.strip()  # one that was read from a file ends with a line feed
    if not key.isascii() or not key.isprintable():
        raise ValueError("the API key has characters that a header can't have")
    return {"X-API-Key": key}


def message_id(body: bytes, status: int, retry_after: str | None) -> str:
    """Return the id of the sent message, or raise SendError."""
    try:
        sent = raise_for_error(body, status=status)
    except ConnectlyError as failure:
        raise SendError(failure.error, retry_after) from None
    match sent:
        case {"id": str(message_id)} if message_id.strip():
            return message_id
        case _:  # a 2xx without an id
            raise SendError(parse(body, status=status), retry_after)


def is_retryable(failure: BaseException) -> bool:
    """Whether nothing was sent, and waiting up to ten minutes helps."""
    if not isinstance(failure, ConnectlyError):
        return False
    return failure.error.retryable and seconds_to_wait(failure) <= 600


def seconds_to_wait(failure: BaseException) -> float:
    """Return what Retry-After says, or two minutes if it has no usable value."""
    retry_after = failure.retry_after if isinstance(failure, SendError) else ""
    seconds = 0.0
    if retry_after.isdecimal():
        seconds = float(retry_after)
    else:
        with suppress(ValueError, OverflowError):
            date = parsedate_to_datetime(retry_after).replace(tzinfo=UTC)
            seconds = (date - datetime.now(UTC)).total_seconds()
    return seconds if seconds >= 1 else 120.0
