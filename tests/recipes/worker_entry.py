"""Cloudflare Workers: log each message that could not be delivered.

Deploy it beside connectly_errors.py and the recipe for AWS Lambda, lambda_handler.py.
"""

from lambda_handler import receive
from workers import Request, Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    """The Worker."""

    async def fetch(self, request: Request) -> Response:
        """Read an event of the webhook."""
        signature = request.headers.get("x-connectly-hmac-sha256")
        secret = getattr(self.env, "CONNECTLY_WEBHOOK_SECRET", None)
        return Response("", status=receive(await request.bytes(), signature, secret))
