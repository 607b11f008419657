"""Google Cloud Functions and Cloud Run: act on an event.

Deploy it as main.py with connectly_errors.py, log_fields.py, store.py and webhook.py.
"""

import os
from functools import partial

import functions_framework
from flask import Request
from store import save
from webhook import HEADER, act, receive


@functions_framework.http
def webhook(request: Request) -> tuple[str, int]:
    """Verify an event, parse it, and act on what failed."""
    signature = request.headers.get(HEADER)
    secret = os.environ.get("CONNECTLY_WEBHOOK_SECRET")
    return "", receive(request.get_data(), signature, secret, partial(act, save=save))
