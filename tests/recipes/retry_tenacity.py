"""Send up to four times, with tenacity, if nothing can have been sent.

It may take half an hour: right for a worker, wrong in a web request.
"""

from typing import Any

import requests
from send_requests import send_message
from sending import is_retryable, seconds_to_wait
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exception

RETRYING = Retrying(
    retry=retry_if_exception(is_retryable),
    wait=wait_exception(seconds_to_wait),
    stop=stop_after_attempt(4),
    reraise=True,
)


def send_patiently(
    session: requests.Session, url: str, key: str, message: dict[str, Any]
) -> str:
    """Send a message, and return its id or raise SendError."""
    return RETRYING(send_message, session, url, key, message)
