"""pydantic: a union tried from left to right, so an unknown code stays a string."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from .vocabulary import ErrorCode, ErrorType


class ErrorResponse(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)

    message: str = ""
    type: Annotated[ErrorType | str, Field(union_mode="left_to_right")] = (
        ErrorType.UNSPECIFIED
    )
    code: Annotated[ErrorCode | str, Field(union_mode="left_to_right")] = (
        ErrorCode.UNSPECIFIED
    )
    user_title: str = ""
    user_message: str = ""
    cnt_trace_id: str = ""
    details: dict[str, Any] = {}


read = ErrorResponse.model_validate_json
convert = ErrorResponse.model_validate
