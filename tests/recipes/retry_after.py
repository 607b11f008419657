"""What the recipes for tenacity and stamina share: a refusal that knows its Retry-After."""

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectly_errors import ConnectlyError, ErrorResponse


class Refusal(ConnectlyError):
    """A ConnectlyError with the Retry-After header of its response, "" where it had none."""

    def __init__(self, error: ErrorResponse, retry_after: str = "") -> None:
        super().__init__(error)
        self.retry_after = retry_after


def is_retryable(failure: BaseException) -> bool:
    """False for a timeout, a broken connection, a 502 or a 504: the message may be under way.

    False as well where the wait would be over ten minutes: let a queue keep the message then.
    """
    retryable = isinstance(failure, ConnectlyError) and failure.error.retryable
    return retryable and seconds_to_wait(failure) <= 600


def seconds_to_wait(failure: BaseException) -> float:
    """What Retry-After says, in seconds or as an HTTP date, else two minutes."""
    retry_after = failure.retry_after if isinstance(failure, Refusal) else ""
    if retry_after.isdecimal():
        return float(retry_after)
    with suppress(ValueError, OverflowError):
        then = parsedate_to_datetime(retry_after).replace(tzinfo=UTC)
        return max(0.0, (then - datetime.now(UTC)).total_seconds())
    return 120.0
