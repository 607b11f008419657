"""The block of the README that sends a message, against a server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from connectly_errors import Advice, ConnectlyError

if TYPE_CHECKING:
    from .conftest import Server

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def send() -> Any:
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", README.read_text("utf-8"))
    (block,) = [block for block in blocks if "import httpx" in block]
    names: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), names)
    return names["send"]


def test_it_returns_the_id(send: Any, server: Server) -> None:
    server.answers_with(200, b'{"id": "01JQ7Y2V6T"}')
    with httpx.Client() as client:
        assert send(client, server.url, {"text": "Hello"}) == "01JQ7Y2V6T"


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (200, b'{"id": ""}', Advice.CHECK_DELIVERY),
        (200, b"", Advice.CHECK_DELIVERY),
        (200, b"<html>Sign in</html>", Advice.CHECK_DELIVERY),
        (200, b'{"id": "01JQ7Y2V6T", "error": {"code": 5}}', Advice.CHECK_DELIVERY),
        (302, b"", Advice.FIX_REQUEST),
        (429, b"", Advice.RETRY_LATER),
        (502, b"<html>", Advice.CHECK_DELIVERY),
    ],
)
def test_it_raises_what_did_not_succeed(
    status: int, body: bytes, advice: Advice, send: Any, server: Server
) -> None:
    server.answers_with(status, body)
    with httpx.Client() as client, pytest.raises(ConnectlyError) as raised:
        send(client, server.url, {"text": "Hello"})
    assert raised.value.error.advice is advice
