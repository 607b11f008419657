"""The runtimes, each a process of its own on this machine with a function's folder in it."""

from __future__ import annotations

import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import time
from base64 import b64encode
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from platform import python_version
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    MakeFunction: TypeAlias = Callable[..., Path]

HERE = Path(__file__).parent
SECRET = "whsec-01JQ7Y2V6TPA"
SIGNATURE = "x-connectly-hmac-sha256"
PYODIDE = Path(os.environ["PYODIDE"])  # the folder of the npm package
PACKAGES = ("awslambdaric", "functions-framework", "workers-runtime-sdk")


class Runtime:
    """A process, and what the function in it logs."""

    def __init__(self, folder: Path, *command: str | Path, **env: str) -> None:
        self.log = folder.with_suffix(".log")
        self.logged = 0
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | env,
                start_new_session=True,
            )

    def new_lines(self) -> list[str]:
        """Return the lines that were logged since the last call, but for gunicorn's own."""
        text = self.log.read_text()
        lines = text[self.logged :].splitlines()
        self.logged = len(text)
        return [line for line in lines if not line.startswith("[20")]

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send a body to the webhook, and return the HTTP status of the answer."""
        raise NotImplementedError

    @staticmethod
    def sign(body: bytes, secret: str = SECRET) -> str:
        """Sign a body as Connectly does."""
        return b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()

    def deliver(self, event: bytes) -> list[dict[str, Any]]:
        """Send an event as Connectly does, and return what the function logs of it."""
        assert self.post(event, {SIGNATURE: self.sign(event)}) == 200
        return [json.loads(line) for line in self.new_lines()]

    def stop(self) -> None:
        """End the process and its children: the node of a wheel is started by a script."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)


class HttpRuntime(Runtime):
    """A runtime that calls the function for each HTTP request."""

    def __init__(self, folder: Path, *command: str | Path, **env: str) -> None:
        super().__init__(folder, *command, **env)
        deadline = time.monotonic() + 60
        while not (match := re.search(r"Listening at: http://(\S+)", self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.address = match[1]
        self.new_lines()

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send a body over HTTP, with the names of the headers as they are given."""
        with closing(HTTPConnection(self.address, timeout=60)) as connection:
            connection.request("POST", "/", body, headers)
            return connection.getresponse().status


class Lambda(Runtime):
    """The runtime client of AWS Lambda, and the Runtime API that it asks for its next event."""

    def __init__(self, folder: Path, handler: str, **env: str) -> None:
        events: SimpleQueue[object] = SimpleQueue()
        answers: SimpleQueue[tuple[str, bytes]] = SimpleQueue()

        class RuntimeApi(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path == "/2018-06-01/runtime/invocation/next"
                if (event := events.get()) is None:
                    return
                body = json.dumps(event).encode()
                self.send_response(200)
                # The client dies of a segmentation fault where the type is missing.
                self.send_header("Content-Type", "application/json")
                self.send_header("Lambda-Runtime-Aws-Request-Id", "request-1")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() + 60) * 1000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                answers.put((self.path, body))

            def log_message(self, *_: object) -> None:
                pass

        self.events = events
        self.answers = answers
        self.api = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
        Thread(target=self.api.serve_forever, kwargs={"poll_interval": 0.01}).start()
        super().__init__(
            folder,
            *("python", "-m", "awslambdaric", handler),
            AWS_LAMBDA_RUNTIME_API=f"127.0.0.1:{self.api.server_port}",
            **env,
        )

    def invoke(self, event: dict[str, object]) -> Any:
        """Call the function with an event, and return its result."""
        self.events.put(event)
        path, body = self.answers.get(timeout=60)
        assert path == "/2018-06-01/runtime/invocation/request-1/response", body
        return json.loads(body)

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send a body as API Gateway passes it on, in base64."""
        encoded = b64encode(body).decode()
        result = self.invoke({"headers": headers, "body": encoded, "isBase64Encoded": True})
        assert result.keys() == {"statusCode"}
        status: int = result["statusCode"]
        return status

    def stop(self) -> None:
        """End the process and the Runtime API."""
        super().stop()
        self.events.put(None)  # the last request still waits for one
        self.api.shutdown()
        self.api.server_close()


@pytest.fixture(scope="session")
def make_function(tmp_path_factory: pytest.TempPathFactory) -> MakeFunction:
    """Make the folder of a function: the module and recipes."""

    def make(*recipes: str) -> Path:
        folder = tmp_path_factory.mktemp("functions") / Path(recipes[0]).stem
        folder.mkdir()
        for recipe in recipes:
            shutil.copy(HERE.parent / "recipes" / recipe, folder)
        shutil.copy(HERE.parents[1] / "connectly_errors.py", folder)
        return folder

    return make


@pytest.fixture(scope="session")
def run_worker() -> Callable[..., HttpRuntime]:
    """Run the folder of a Worker."""
    sdk = find_spec("workers")
    assert sdk
    assert sdk.submodule_search_locations
    command = ("node", HERE / "worker.mjs", PYODIDE, sdk.submodule_search_locations[0])

    def run(folder: Path, **env: str) -> HttpRuntime:
        return HttpRuntime(folder, *command, folder, **env)

    return run


@pytest.fixture(scope="session")
def start(
    make_function: MakeFunction, run_worker: Callable[..., HttpRuntime]
) -> Iterator[Callable[..., Runtime]]:
    """Run the recipe for a platform, with a secret or without one, until the session ends."""
    running: list[Runtime] = []

    def start(
        platform: str, secret: str | None = SECRET, handler: str = "lambda_handler.handler"
    ) -> Runtime:
        env = {} if secret is None else {"CONNECTLY_WEBHOOK_SECRET": secret}
        if platform == "AWS Lambda":
            folder = make_function("lambda_handler.py", "lambda_queue.py")
            running.append(Lambda(folder, handler, **env))
        elif platform == "Google Cloud":
            folder = make_function("gcf_main.py", "lambda_handler.py")
            command = ("functions-framework", "--source=gcf_main.py", "--target=webhook")
            options = ("--host=127.0.0.1", "--port=0")
            env["GUNICORN_LOG_LEVEL"] = "info"  # it says which port was free
            running.append(HttpRuntime(folder, *command, *options, **env))
        else:
            running.append(run_worker(make_function("worker_entry.py", "lambda_handler.py"), **env))
        return running[-1]

    yield start
    for runtime in running:
        runtime.stop()


@pytest.fixture(scope="session", params=["AWS Lambda", "Google Cloud", "Cloudflare Workers"])
def platform(request: pytest.FixtureRequest) -> str:
    """Take each platform in turn."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="session")
def runtime(platform: str, start: Callable[..., Runtime]) -> Runtime:
    """Run the recipe for each platform."""
    return start(platform)


@pytest.fixture(scope="session")
def gateway(start: Callable[..., Lambda]) -> Lambda:
    """Run the Lambda function that API Gateway calls."""
    return start("AWS Lambda")


@pytest.fixture(scope="session")
def queue(start: Callable[..., Lambda]) -> Lambda:
    """Run the Lambda function that SQS calls, which needs no secret."""
    return start("AWS Lambda", None, "lambda_queue.handler")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the README's table of versions is made from."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    ran_on = {
        "Python": python_version(),
        **{package: version(package) for package in PACKAGES},
        "Pyodide": json.loads((PYODIDE / "package.json").read_text())["version"],
        "Node.js": node.stdout.strip().removeprefix("v"),
    }
    for name, number in ran_on.items():
        terminalreporter.write_line(f"ran on: {name} {number}")
