"""The block of the README that sends a message, against a server."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectly_errors import Advice, ConnectlyError

from .conftest import Server

README = Path(__file__).parents[2] / "README.md"


def send(server: Server) -> str:
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", README.read_text("utf-8"))
    (block,) = [block for block in blocks if "import httpx" in block]
    names: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), names)
    with httpx.Client() as client:
        message_id: str = names["send"](client, server.url, {"text": "Hello"})
        return message_id


def test_it_returns_the_id(server: Server) -> None:
    server.answers_with(200, b'{"id": "01JQ7Y2V6T"}')

    assert send(server) == "01JQ7Y2V6T"


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (200, b'{"id": ""}', Advice.CHECK_DELIVERY),
        (200, b'{"id": "01JQ7Y2V6T", "error": {"code": 5}}', Advice.CHECK_DELIVERY),
        (500, b'{"id": "01JQ7Y2V6T"}', Advice.CHECK_DELIVERY),
        (302, b"", Advice.FIX_REQUEST),
        (429, b"", Advice.RETRY_LATER),
    ],
)
def test_it_raises_what_did_not_succeed(
    status: int, body: bytes, advice: Advice, server: Server
) -> None:
    server.answers_with(status, body)

    with pytest.raises(ConnectlyError) as raised:
        send(server)
    assert raised.value.error.advice is advice
