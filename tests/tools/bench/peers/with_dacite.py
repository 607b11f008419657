"""dacite: a union with an enum to cast to, so an unknown code stays a string."""

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from dacite import Config, from_dict

from .vocabulary import ErrorCode, ErrorType


@dataclass(frozen=True)
class ErrorResponse:
    message: str = ""
    type: ErrorType | str = ErrorType.UNSPECIFIED
    code: ErrorCode | str = ErrorCode.UNSPECIFIED
    user_title: str = ""
    user_message: str = ""
    cnt_trace_id: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def to_camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


CONFIG = Config(cast=[Enum], convert_key=to_camel)


def convert(error: dict[str, object]) -> ErrorResponse:
    return from_dict(ErrorResponse, error, CONFIG)


def read(body: bytes) -> ErrorResponse:
    return convert(json.loads(body))
