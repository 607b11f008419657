"""Send up to four times, with tenacity, where waiting helps and nothing can have been sent."""

from retry_after import is_retryable, seconds_to_wait
from send_requests import send_message
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_exception

send_patiently = retry(
    retry=retry_if_exception(is_retryable),
    wait=wait_exception(seconds_to_wait),
    stop=stop_after_attempt(4),
    reraise=True,
)(send_message)
