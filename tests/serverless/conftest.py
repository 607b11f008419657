"""The runtimes, each a process of its own on this machine with a function's folder in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from platform import python_version
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    MakeFunction: TypeAlias = Callable[[str, str], Path]

HERE = Path(__file__).parent
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

    def failures(self) -> list[dict[str, Any]]:
        """Return the lines of JSON that were logged since the last call."""
        text = self.log.read_text()
        lines = text[self.logged :].splitlines()
        self.logged = len(text)
        return [json.loads(line) for line in lines if line.startswith("{")]

    def stop(self) -> None:
        """End the process and its children: the node of a wheel is started by a script."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)


class HttpRuntime(Runtime):
    """A runtime that calls the function for each HTTP request."""

    def __init__(self, folder: Path, *command: str | Path, **env: str) -> None:
        super().__init__(folder, *command, **env)
        deadline = time.monotonic() + 60
        while not (match := re.search(r"Listening at: (\S+)", self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.url = match[1]

    def deliver(self, event: bytes) -> list[dict[str, Any]]:
        """Send an event of the webhook, and return what the function logs of it."""
        with urlopen(self.url, event, timeout=60) as response:
            assert response.status == 200
        return self.failures()


class Lambda(Runtime):
    """The runtime client of AWS Lambda, and the Runtime API that it asks for its next event."""

    def __init__(self, folder: Path) -> None:
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
            *("python", "-m", "awslambdaric", "handler.handler"),
            AWS_LAMBDA_RUNTIME_API=f"127.0.0.1:{self.api.server_port}",
        )

    def invoke(self, event: dict[str, object]) -> list[dict[str, Any]]:
        """Call the function with an event, and return what it logs."""
        self.events.put(event)
        path, body = self.answers.get(timeout=60)
        assert path == "/2018-06-01/runtime/invocation/request-1/response", body
        assert json.loads(body) == {"statusCode": 200}
        return self.failures()

    def deliver(self, event: bytes) -> list[dict[str, Any]]:
        """Send an event of the webhook through API Gateway, and return what the function logs."""
        return self.invoke({"body": b64encode(event).decode(), "isBase64Encoded": True})

    def stop(self) -> None:
        """End the process and the Runtime API."""
        super().stop()
        self.events.put(None)  # the last request still waits for one
        self.api.shutdown()
        self.api.server_close()


@pytest.fixture(scope="session")
def make_function(tmp_path_factory: pytest.TempPathFactory) -> MakeFunction:
    """Make the folder of a function: a recipe, named as the runtime expects, and the module."""

    def make(recipe: str, name: str) -> Path:
        folder = tmp_path_factory.mktemp("functions") / Path(recipe).stem
        folder.mkdir()
        shutil.copy(HERE.parent / "recipes" / recipe, folder / name)
        shutil.copy(HERE.parents[1] / "connectly_errors.py", folder)
        return folder

    return make


@pytest.fixture(scope="session")
def aws_lambda(make_function: MakeFunction) -> Iterator[Lambda]:
    """Run the recipe for AWS Lambda."""
    runtime = Lambda(make_function("lambda_handler.py", "handler.py"))
    yield runtime
    runtime.stop()


@pytest.fixture(scope="session")
def google_cloud(make_function: MakeFunction) -> Iterator[HttpRuntime]:
    """Run the recipe for Google Cloud."""
    runtime = HttpRuntime(
        make_function("gcf_main.py", "main.py"),
        *("functions-framework", "--target=webhook", "--host=127.0.0.1", "--port=0"),
        GUNICORN_LOG_LEVEL="info",  # it says which port was free
    )
    yield runtime
    runtime.stop()


@pytest.fixture(scope="session")
def run_worker() -> Callable[[Path], HttpRuntime]:
    """Run the folder of a Worker."""
    sdk = find_spec("workers")
    assert sdk
    assert sdk.submodule_search_locations
    command = ("node", HERE / "worker.mjs", PYODIDE, sdk.submodule_search_locations[0])
    return lambda folder: HttpRuntime(folder, *command, folder)


@pytest.fixture(scope="session")
def worker(
    make_function: MakeFunction, run_worker: Callable[[Path], HttpRuntime]
) -> Iterator[HttpRuntime]:
    """Run the recipe for Cloudflare Workers."""
    runtime = run_worker(make_function("worker_entry.py", "worker_entry.py"))
    yield runtime
    runtime.stop()


@pytest.fixture(params=["aws_lambda", "google_cloud", "worker"])
def runtime(request: pytest.FixtureRequest) -> Lambda | HttpRuntime:
    """Run each recipe in turn."""
    chosen: Lambda | HttpRuntime = request.getfixturevalue(request.param)
    return chosen


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
