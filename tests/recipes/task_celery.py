"""A Celery task that sends; needs log_fields.py, sending.py and send_urllib.py.

It logs and returns the error instead of raising it: with JSON, Celery turns an
exception into text, from which nothing can be read again. So for Celery the task has
succeeded: let your alerts look for "not sent" in the log.

Leave acks_late off: with it, a task whose worker dies is run again, and the message may
be sent twice.
"""

import logging
import os
from typing import Any

from celery import Task, shared_task
from log_fields import log_fields
from send_urllib import send_message
from sending import SendError, is_retryable, seconds_to_wait

LOGGER = logging.getLogger(__name__)


@shared_task(bind=True, max_retries=3, acks_late=False)
def send(self: Task[Any, Any], message: dict[str, Any]) -> dict[str, object]:
    """Send a message, and return its id, or the fields of the error that are safe.

    The key isn't a parameter, because parameters are stored in the broker.
    """
    url, key = os.environ["CONNECTLY_URL"], os.environ["CONNECTLY_API_KEY"]
    try:
        return {"id": send_message(url, key, message)}
    except SendError as failure:
        if is_retryable(failure) and self.request.retries < 3:
            raise self.retry(countdown=seconds_to_wait(failure)) from None
        error = log_fields(failure.error)
        LOGGER.error("not sent", extra={"connectly": error})
        return {"error": error}
