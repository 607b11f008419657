"""attrs with cattrs: a hook for each union, so an unknown code stays a string."""

import json
from typing import Any

from attrs import Factory, frozen
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, override

from .vocabulary import ErrorCode, ErrorType


@frozen
class ErrorResponse:
    message: str = ""
    type: ErrorType | str = ErrorType.UNSPECIFIED
    code: ErrorCode | str = ErrorCode.UNSPECIFIED
    user_title: str = ""
    user_message: str = ""
    cnt_trace_id: str = ""
    details: dict[str, Any] = Factory(dict)


converter = Converter()


@converter.register_structure_hook
def structure_type(value: Any, _: Any) -> ErrorType | str:
    try:
        return ErrorType(value)
    except ValueError:
        return str(value)


@converter.register_structure_hook
def structure_code(value: Any, _: Any) -> ErrorCode | str:
    try:
        return ErrorCode(value)
    except ValueError:
        return str(value)


converter.register_structure_hook(
    ErrorResponse,
    make_dict_structure_fn(
        ErrorResponse,
        converter,
        user_title=override(rename="userTitle"),
        user_message=override(rename="userMessage"),
        cnt_trace_id=override(rename="cntTraceId"),
    ),
)


def convert(error: dict[str, object]) -> ErrorResponse:
    return converter.structure(error, ErrorResponse)


def read(body: bytes) -> ErrorResponse:
    return convert(json.loads(body))
