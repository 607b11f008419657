"""AWS Lambda: log each message that could not be delivered."""

import json
from base64 import b64decode
from typing import Any

from connectly_errors import parse_all


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Read the webhook's events: one from API Gateway, or a batch that waited in SQS."""
    for record in event.get("Records", [event]):
        body = record["body"] or ""
        if record.get("isBase64Encoded"):
            body = b64decode(body).decode(errors="replace")
        log_failures(body)
    return {"statusCode": 200}


def log_failures(event: str) -> None:
    """Log a JSON line for each error, and for what is no event; raise nothing."""
    for error in parse_all(event):
        update = {}
        if error.path == ("statusUpdate", "error"):  # so it is JSON, and not nested too deep
            update = json.loads(event.lstrip("\ufeff"))["statusUpdate"]
        line = {
            "code": error.code,
            "advice": error.advice,
            "traceId": error.cnt_trace_id,
            "messageId": update.get("id"),
            "defects": [str(defect) for defect in error.defects],
        }
        print(json.dumps(line), flush=True)
