"""mashumaro: a union tried in order, so an unknown code stays a string."""

from dataclasses import dataclass, field
from typing import Any

from mashumaro import field_options
from mashumaro.mixins.json import DataClassJSONMixin

from .vocabulary import ErrorCode, ErrorType


@dataclass(frozen=True)
class ErrorResponse(DataClassJSONMixin):
    message: str = ""
    type: ErrorType | str = ErrorType.UNSPECIFIED
    code: ErrorCode | str = ErrorCode.UNSPECIFIED
    user_title: str = field(default="", metadata=field_options(alias="userTitle"))
    user_message: str = field(default="", metadata=field_options(alias="userMessage"))
    cnt_trace_id: str = field(default="", metadata=field_options(alias="cntTraceId"))
    details: dict[str, Any] = field(default_factory=dict)


read = ErrorResponse.from_json
convert = ErrorResponse.from_dict
