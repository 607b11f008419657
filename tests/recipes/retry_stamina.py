"""Send up to four times, with stamina, where waiting helps and nothing can have been sent."""

import stamina
from retry_after import is_retryable, seconds_to_wait
from send_httpx_async import send_message

send_patiently = stamina.retry(
    on=lambda failure: is_retryable(failure) and seconds_to_wait(failure),
    attempts=4,
    timeout=None,
)(send_message)
