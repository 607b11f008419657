"""Cloudflare Workers: log each message that could not be delivered."""

import json

from workers import Request, Response, WorkerEntrypoint

from connectly_errors import parse_all


class Default(WorkerEntrypoint):
    """The Worker."""

    async def fetch(self, request: Request) -> Response:
        """Read an event of the webhook."""
        log_failures(await request.text())
        return Response("")


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
