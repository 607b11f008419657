"""Answer with an error in FastAPI: with what the front end may see, and nothing else.

Needs log_fields.py, whose fields go to the log of the server.

app = FastAPI(
    responses={502: {"model": Problem}}, exception_handlers={ConnectlyError: relay}
)
"""

import json
import logging

from fastapi import Request
from fastapi.responses import JSONResponse
from log_fields import log_fields
from pydantic import BaseModel

from connectly_errors import Advice, ConnectlyError

LOGGER = logging.getLogger(__name__)


class Problem(BaseModel):
    """What the front end gets: no text of Connectly's, which may hold personal data."""

    description: str
    advice: Advice
    retryable: bool
    cnt_trace_id: str


async def relay(request: Request, failure: ConnectlyError) -> JSONResponse:
    """Log the error, and answer with a Problem."""
    fields = log_fields(failure.error)
    LOGGER.error("Connectly: %s", json.dumps(fields))
    return JSONResponse(Problem.model_validate(fields).model_dump(), status_code=502)
