"""A server that answers as Connectly does, and as what stands in front of it does."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message


class Received(NamedTuple):
    """What reached the server."""

    method: str
    path: str
    headers: Message
    body: bytes


class Answer(NamedTuple):
    """What the server answers with, after a delay in seconds. Status 0: a reset."""

    status: int
    body: bytes
    delay: float
    headers: dict[str, str]


class Server:
    """Gives its answers in turn, and keeps what it received."""

    def __init__(self, origin: str) -> None:
        self.url = f"{origin}/v1/businesses/b-1/send/messages"
        self.received: list[Received] = []
        self.answers: deque[Answer] = deque()

    def answers_with(
        self, status: int, body: bytes = b"", delay: float = 0, **headers: str
    ) -> None:
        """Add an answer. Its Content-Length is right, unless another is given."""
        headers = {"Content_Length": str(len(body))} | headers
        self.answers.append(Answer(status, body, delay, headers))


@pytest.fixture
def server() -> Iterator[Server]:
    """Run the server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            received = Received(self.command, self.path, self.headers, sent)
            running.received.append(received)
            answer = running.answers.popleft()
            time.sleep(answer.delay)
            if not answer.status:
                linger = struct.pack("ii", 1, 0)  # reset it instead of closing it
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                os.close(self.connection.detach())
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # after a redirect

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        running = Server(f"http://127.0.0.1:{httpd.server_port}")
        poll = {"poll_interval": 0.01}
        thread = Thread(target=httpd.serve_forever, kwargs=poll)
        thread.start()
        yield running
        httpd.shutdown()
        thread.join()
