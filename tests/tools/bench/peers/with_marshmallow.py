"""marshmallow: a field of our own, so an unknown code stays a string."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

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


class EnumOrString(fields.String):
    def __init__(self, enum: type[Enum]) -> None:
        super().__init__()
        self.enum = enum

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self.enum(text)
        except ValueError:
            return text


class ErrorSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    message = fields.String()
    type = EnumOrString(ErrorType)
    code = EnumOrString(ErrorCode)
    user_title = fields.String(data_key="userTitle")
    user_message = fields.String(data_key="userMessage")
    cnt_trace_id = fields.String(data_key="cntTraceId")
    details = fields.Dict(keys=fields.String())

    @post_load
    def make_response(self, members: dict[str, Any], **kwargs: Any) -> ErrorResponse:
        return ErrorResponse(**members)


schema = ErrorSchema()
read = schema.loads
convert = schema.load
