"""AWS Lambda: log each message that could not be delivered, from events that waited in SQS.

Deploy it beside connectly_errors.py and the recipe that reads a webhook, lambda_handler.py.
"""

from typing import Any

from lambda_handler import log_failures

from connectly_errors import parse


def handler(event: dict[str, Any], context: object) -> None:
    """Read events from SQS, where their signature is gone: receive has to stand before it."""
    for record in event["Records"]:
        match parse(record["body"]).source:
            case {"Type": "Notification", "Message": str(message)}:  # the envelope of SNS
                log_failures(message)
            case _:  # from SNS with raw message delivery, or without SNS
                log_failures(record["body"])
