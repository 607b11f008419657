"""The fields of an error that are safe to log, to queue and to trace.

message, user_title, user_message and details are left out: they may hold personal data.
If the defects include not_json or no_error, message is the payload itself.

logging:    logger.error("not sent", extra={"connectly": log_fields(error)})
structlog:  logger.error("not sent", **log_fields(error))
JSON queue: queue.put(json.dumps(log_fields(error)))

The receiver reads advice and retryable from the JSON. A code or type that this version
of the module doesn't know is logged as the server sent it.
"""

from connectly_errors import ErrorResponse

SAFE = (
    "description",
    "advice",
    "retryable",
    "code",
    "type",
    "cnt_trace_id",
    "status",
    "path",
    "defects",
)


def log_fields(error: ErrorResponse) -> dict[str, object]:
    """Return the safe fields in JSON types."""
    fields = error.to_dict()
    return {name: fields[name] for name in SAFE}
