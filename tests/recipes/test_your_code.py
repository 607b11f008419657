"""Test your own code, with responses built by hand and with the payload files.

Copy the folder tests/payloads too: it has what Connectly and the servers in front of it
answer. Run pytest in the folder that has tests in it.
"""

from pathlib import Path

import httpx
import pytest
from next_step import next_step
from send_httpx import send_message

from connectly_errors import ConnectlyError, ErrorCode, ErrorResponse, parse

PAYLOADS = Path("tests/payloads")


def test_an_opt_out_built_by_hand() -> None:
    error = ErrorResponse(code=ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT)
    assert next_step(error) == "send no more templates to this customer"


@pytest.mark.parametrize(
    ("status", "step"),
    [(429, "resend it later"), (502, "check whether it was sent")],
)
def test_an_http_status_alone(status: int, step: str) -> None:
    assert next_step(parse(None, status=status)) == step


@pytest.mark.parametrize("file", sorted(PAYLOADS.iterdir()), ids=lambda file: file.name)
def test_every_payload_gets_a_next_step(file: Path) -> None:
    assert next_step(parse(file.read_bytes(), status=400))


def test_a_refused_call_without_a_network() -> None:
    refused = httpx.MockTransport(lambda request: httpx.Response(429))
    with httpx.Client(transport=refused) as client, pytest.raises(ConnectlyError) as it:
        send_message(client, "https://example.invalid", "key", {"text": "Hello"})
    assert next_step(it.value.error) == "resend it later"
