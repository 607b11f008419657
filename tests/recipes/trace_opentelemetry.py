"""A span for OpenTelemetry, with the safe fields of the error; needs log_fields.py.

By default a span records the text of an exception and its traceback.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from log_fields import log_fields
from opentelemetry.trace import Span, StatusCode, Tracer

from connectly_errors import ConnectlyError


@contextmanager
def traced(tracer: Tracer, name: str) -> Generator[Span]:
    """Start a span. If a ConnectlyError leaves it, its fields become attributes."""
    with tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as failure:
            span.set_status(StatusCode.ERROR, type(failure).__name__)
            if isinstance(failure, ConnectlyError):
                fields: dict[str, Any] = log_fields(failure.error)
                for field, value in fields.items():
                    if value is not None:
                        span.set_attribute(f"connectly.{field}", value)
            raise
