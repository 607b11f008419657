"""AWS Lambda: verify an event, put it into SQS, and answer at once.

lambda_queue.py acts on it. Nothing gets lost while your database is down. Deploy both
with connectly_errors.py, lambda_handler.py, log_fields.py, store.py and webhook.py.
"""

import json
import os
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from lambda_handler import respond

SQS = boto3.client("sqs")


def handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """Verify an event, and put it into the queue."""
    return respond(event, put)


def put(body: bytes) -> bool:
    """Put a body into the queue, as a JSON string: SQS refuses control characters.

    Returns False if SQS doesn't take it.
    """
    text = json.dumps(body.decode(errors="replace"))
    url = os.environ["CONNECTLY_QUEUE_URL"]
    try:
        SQS.send_message(QueueUrl=url, MessageBody=text)
    except (BotoCoreError, ClientError) as problem:  # such as one over SQS's limit
        print(f"not queued: {type(problem).__name__}, {len(text)} bytes", flush=True)
        return False
    return True
