"""Google Cloud Functions and Cloud Run: log each message that could not be delivered.

Deploy it as main.py, beside connectly_errors.py and the recipe for AWS Lambda, lambda_handler.py.
"""

import os

import functions_framework
from flask import Request
from lambda_handler import receive


@functions_framework.http
def webhook(request: Request) -> tuple[str, int]:
    """Read an event of the webhook."""
    signature = request.headers.get("x-connectly-hmac-sha256")
    secret = os.environ.get("CONNECTLY_WEBHOOK_SECRET")
    return "", receive(request.get_data(), signature, secret)
