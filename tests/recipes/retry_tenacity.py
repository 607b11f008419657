"""Send once more, with tenacity, where waiting helps and nothing can have been sent."""

from send_requests import send_message
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exponential

from connectly_errors import ConnectlyError


def is_retryable(failure: BaseException) -> bool:
    """False for a timeout, a broken connection, a 502 or a 504: the message may be under way."""
    return isinstance(failure, ConnectlyError) and failure.error.retryable


send_patiently = retry(
    retry=retry_if_exception(is_retryable),
    wait=wait_exponential(multiplier=60, max=600),
    stop=stop_after_attempt(4),
    reraise=True,
)(send_message)
