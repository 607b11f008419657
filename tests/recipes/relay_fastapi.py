"""Answer with an error in FastAPI: with what the front end may see, and nothing else.

app = FastAPI(
    responses={502: {"model": Problem}}, exception_handlers={ConnectlyError: relay}
)
"""

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from connectly_errors import Advice, ConnectlyError


class Problem(BaseModel):
    """What the front end gets. Connectly writes user_title to be shown to users."""

    description: str
    advice: Advice
    retryable: bool
    user_title: str
    cnt_trace_id: str


async def relay(request: Request, failure: ConnectlyError) -> JSONResponse:
    """Answer with a Problem wherever the application raises a ConnectlyError."""
    problem = Problem.model_validate(failure.error.to_dict())
    return JSONResponse(problem.model_dump(), status_code=502)
