"""Decide what to do about an error. Type checkers find an advice without a case."""

from typing import assert_never

from connectly_errors import Advice, ErrorResponse


def next_step(error: ErrorResponse) -> str:
    """Return what your code should do about an error."""
    match error.advice:
        case Advice.RETRY_LATER if error.retryable:
            return "resend it later"
        case Advice.RETRY_LATER:
            return "check what was refused, and resend only that later"
        case Advice.SEND_TEMPLATE:
            return "send a template"
        case Advice.CHANGE_RECIPIENT:
            return "ask for another number"
        case Advice.STOP_SENDING:
            return "send no more templates to this customer"
        case Advice.INCREASE_TIMEOUT | Advice.CHECK_DELIVERY:
            return "check whether it was sent"
        case Advice.FIX_REQUEST | Advice.FIX_ACCOUNT | Advice.CONTACT_SUPPORT:
            return "tell a developer"
        case _ as other:
            assert_never(other)
