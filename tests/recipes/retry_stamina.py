"""Send once more, with stamina, where waiting helps and nothing can have been sent."""

import stamina
from send_httpx_async import send_message

from connectly_errors import ConnectlyError


def is_retryable(failure: Exception) -> bool:
    """False for a timeout, a broken connection, a 502 or a 504: the message may be under way."""
    return isinstance(failure, ConnectlyError) and failure.error.retryable


send_patiently = stamina.retry(
    on=is_retryable, attempts=4, timeout=None, wait_initial=60, wait_max=600
)(send_message)
