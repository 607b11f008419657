"""A server that answers as Connectly's two send endpoints do, and what stands before them."""

from __future__ import annotations

from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from platform import python_version
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

PACKAGES = ("requests", "httpx", "aiohttp", "tenacity", "stamina")


class Received(NamedTuple):
    """What reached the server."""

    method: str
    path: str
    headers: Message
    body: bytes


class Server:
    """Gives the answers that it was told, in turn, and keeps what it received."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.received: list[Received] = []
        self.answers: deque[tuple[int, bytes, dict[str, str]]] = deque()

    def endpoint(self, name: str = "messages") -> str:
        """Return the address of a send endpoint."""
        return f"{self.url}/v1/businesses/b-1/send/{name}"

    def answers_with(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Add an answer; its Content-Length is the true one, unless another is given."""
        self.answers.append((status, body, {"Content_Length": str(len(body))} | headers))


@pytest.fixture
def server() -> Iterator[Server]:
    """Run the server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            running.received.append(Received(self.command, self.path, self.headers, sent))
            status, body, headers = running.answers.popleft()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # what follows a redirect

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        running = Server(f"http://127.0.0.1:{httpd.server_port}")
        thread = Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        httpd.shutdown()
        thread.join()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the README's table of versions is made from."""
    terminalreporter.write_line(f"ran on: Python {python_version()}")
    for package in PACKAGES:
        terminalreporter.write_line(f"ran on: {package} {version(package)}")
