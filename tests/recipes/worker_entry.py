"""Cloudflare Workers: act on an event.

Deploy it with connectly_errors.py, log_fields.py, store.py and webhook.py.
"""

from store import save_async
from webhook import HEADER, failures, is_accepted
from workers import Request, Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    """The Worker."""

    async def fetch(self, request: Request) -> Response:
        """Verify an event, parse it, and act on what failed."""
        body = await request.bytes()
        secret = getattr(self.env, "CONNECTLY_WEBHOOK_SECRET", None)
        if not is_accepted(body, request.headers.get(HEADER), secret):
            return Response("", status=401)
        return Response("", status=200 if await act(body) else 500)


async def act(event: bytes) -> bool:
    """Log and save what failed. False if something couldn't be read or saved."""
    try:
        found = failures(event)
    except ValueError as problem:
        print(problem)
        return False
    saved = True
    for failure in found:
        print(failure)
        if failure.opted_out and not failure.customer:
            print("opted out, but the event doesn't say who")
            saved = False
        try:
            await save_async(failure)
        except Exception as problem:  # the next one may be an opt-out
            print(f"not saved: {type(problem).__name__}")
            saved = False
    return saved
