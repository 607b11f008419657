"""AWS Lambda behind SQS: act on events that lambda_to_queue.py has verified.

Turn on ReportBatchItemFailures for the queue's trigger, and give the queue a
dead-letter queue: what can't be read or saved ends up there. Otherwise it gets lost.
"""

from typing import Any

from store import save
from webhook import act

from connectly_errors import parse


def handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """Act on each event, and report those that can't be read or saved."""
    failed = [
        {"itemIdentifier": record["messageId"]}
        for record in event["Records"]
        if not act_on(record["body"])
    ]
    return {"batchItemFailures": failed}


def act_on(body: str) -> bool:
    """Return whether the body could be read, and everything was saved."""
    match parse(body).source:
        case {"Type": "Notification", "Message": str(body)}:  # the envelope of SNS
            pass
        case str(body):  # the content of a JSON string, which lambda_to_queue.py writes
            pass
        case _:
            pass
    return act(body, save)
