"""A server that answers as Connectly does, and as what stands in front of it does."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest


class Request(BaseHTTPRequestHandler):
    """A request with its body, which gets the next answer."""

    server: "Server"
    body: bytes

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.received.append(self)
        status, body, delay, headers = self.server.answers.pop(0)
        time.sleep(delay)
        if status:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

    do_GET = do_POST  # after a redirect

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Gives its answers in turn, and keeps what it received."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        origin = f"http://127.0.0.1:{self.server_port}"
        self.url = f"{origin}/v1/businesses/b-1/send/messages"
        self.received: list[Request] = []
        self.answers: list[tuple[int, bytes, float, dict[str, str]]] = []

    def answers_with(
        self, status: int, body: bytes = b"", delay: float = 0, **headers: str
    ) -> None:
        """Add an answer, after a delay in seconds. Status 0: close the connection.

        Its Content-Length is right, unless another is given.
        """
        headers = {"Content_Length": str(len(body))} | headers
        self.answers.append((status, body, delay, headers))


@pytest.fixture
def server() -> Iterator[Server]:
    """Run the server on a free port."""
    with Server() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()
