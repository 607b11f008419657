"""The runtimes, each in a process of its own, with the folder of a function."""

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
from hashlib import md5
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    Start: TypeAlias = Callable[..., Any]

HERE = Path(__file__).parent
RECIPES = HERE.parent / "recipes"
SHARED = ("log_fields.py", "webhook.py")
SECRET = "whsec-01JQ7Y2V6TPA"
SIGNATURE = "x-connectly-hmac-sha256"
PYODIDE = Path(os.environ["PYODIDE"])  # the folder of the npm package

# The user's part. The one message that it cannot save has the id DOWN.
STORE = """\
import json

def save(failure):
    if failure.message_id == "DOWN":
        raise OSError("no database for +15550100002")
    print("saved:" + json.dumps(failure[:3]), flush=True)

async def save_async(failure):
    save(failure)
"""


class Delivered(NamedTuple):
    """What a function made of an event."""

    answer: Any
    logged: list[str]  # lines
    saved: list[list[object]]  # message id, customer, whether they opted out


def sign(body: bytes, secret: str = SECRET) -> str:
    """Sign a body as Connectly does."""
    return b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()


class Runtime:
    """A process with a function in it."""

    def __init__(self, folder: Path, *command: str | Path, **env: str) -> None:
        self.log = folder.with_suffix(".log")
        self.logged = 0
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | env | {"PYTHONPATH": ""},
                start_new_session=True,
            )

    def delivered(self, answer: object) -> Delivered:
        """Return what happened since the last call, with the answer to it."""
        text = self.log.read_text()
        lines = text[self.logged :].splitlines()
        self.logged = len(text)
        saved = [line[6:] for line in lines if line.startswith("saved:")]
        # gunicorn's own lines begin with a date.
        logged = [line for line in lines if not line.startswith(("saved:", "[20"))]
        return Delivered(answer, logged, [json.loads(line) for line in saved])

    def post(self, body: bytes, headers: dict[str, str]) -> Delivered:
        """Send a body to the webhook."""
        raise NotImplementedError

    def deliver(self, event: bytes) -> Delivered:
        """Send an event as Connectly does."""
        return self.post(event, {SIGNATURE: sign(event)})

    def stop(self) -> None:
        """End the process and its children: the node of a wheel has one."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)


class HttpRuntime(Runtime):
    """A runtime that calls the function for each HTTP request."""

    def __init__(self, folder: Path, *command: str | Path, **env: str) -> None:
        super().__init__(folder, *command, **env)
        deadline = time.monotonic() + 60
        listening = re.compile(r"Listening at: http://(\S+)")
        while not (match := listening.search(self.log.read_text())):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.address = match[1]
        self.delivered(None)

    def post(self, body: bytes, headers: dict[str, str]) -> Delivered:
        with closing(HTTPConnection(self.address, timeout=60)) as connection:
            connection.request("POST", "/", body, headers)
            return self.delivered(connection.getresponse().status)


class Lambda(Runtime):
    """The runtime client of AWS Lambda, and the Runtime API that it asks for events."""

    def __init__(self, folder: Path, handler: str, **env: str) -> None:
        events: SimpleQueue[object] = SimpleQueue()
        answers: SimpleQueue[tuple[str, bytes]] = SimpleQueue()

        class RuntimeApi(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert self.path == "/2018-06-01/runtime/invocation/next"
                if (event := events.get()) is None:
                    return
                body = json.dumps(event).encode()
                deadline = int(time.time() + 60) * 1000
                self.send_response(200)
                # Without a type, the client dies of a segmentation fault.
                self.send_header("Content-Type", "application/json")
                self.send_header("Lambda-Runtime-Aws-Request-Id", "request-1")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws")
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
        self.api = serve(RuntimeApi)
        super().__init__(
            folder,
            *("python", "-m", "awslambdaric", handler),
            AWS_LAMBDA_RUNTIME_API=f"127.0.0.1:{self.api.server_port}",
            **env,
        )

    def invoke(self, event: dict[str, object]) -> Delivered:
        """Call the function with an event."""
        self.events.put(event)
        path, body = self.answers.get(timeout=60)
        assert path == "/2018-06-01/runtime/invocation/request-1/response", body
        return self.delivered(json.loads(body))

    def post(self, body: bytes, headers: dict[str, str]) -> Delivered:
        """Send a body as API Gateway passes it on, in base64."""
        encoded = b64encode(body).decode()
        event = {"headers": headers, "body": encoded, "isBase64Encoded": True}
        delivered = self.invoke(event)
        return delivered._replace(answer=delivered.answer["statusCode"])

    def stop(self) -> None:
        super().stop()
        self.events.put(None)  # the last request still waits for one
        self.api.shutdown()
        self.api.server_close()


def serve(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """Run a server on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    return server


class Sqs:
    """A stand-in for SQS, and what it was sent.

    As SQS does, it refuses control characters, and bodies over 1 MiB.
    """

    def __init__(self) -> None:
        self.bodies = bodies = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = self.rfile.read(int(self.headers["Content-Length"]))
                body: str = json.loads(request)["MessageBody"]
                assert not re.search("[\0-\x08\x0b\x0c\x0e-\x1f]", body)
                if len(body) > 2**20:
                    self.send_response(400)
                    self.end_headers()
                    self.wfile.write(b'{"__type": "com.amazonaws.sqs#TooLong"}')
                    return
                bodies.append(body)
                checksum = md5(body.encode()).hexdigest()
                answer = {"MessageId": "1", "MD5OfMessageBody": checksum}
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = serve(Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="session")
def sqs() -> Iterator[Sqs]:
    """Run a stand-in for SQS."""
    sqs = Sqs()
    yield sqs
    sqs.server.shutdown()
    sqs.server.server_close()


@pytest.fixture(scope="session")
def make_function(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make the folder of a function: the module, the recipes and the store."""

    def make(*recipes: str) -> Path:
        folder = tmp_path_factory.mktemp("functions") / Path(recipes[0]).stem
        folder.mkdir()
        for recipe in (*recipes, *SHARED):
            shutil.copy(RECIPES / recipe, folder)
        shutil.copy(HERE.parents[1] / "connectly_errors.py", folder)
        (folder / "store.py").write_text(STORE)
        return folder

    return make


@pytest.fixture(scope="session")
def start(make_function: Callable[..., Path], sqs: Sqs) -> Iterator[Start]:
    """Run a recipe on its platform until the session ends."""
    running: list[Runtime] = []

    def start(recipe: str, secret: str | None = SECRET) -> Any:
        env = {} if secret is None else {"CONNECTLY_WEBHOOK_SECRET": secret}
        if recipe == "gcf_main":
            command = ("functions-framework", "--source=gcf_main.py")
            options = ("--target=webhook", "--host=127.0.0.1", "--port=0")
            env["GUNICORN_LOG_LEVEL"] = "info"  # it says which port was free
            folder = make_function("gcf_main.py")
            running.append(HttpRuntime(folder, *command, *options, **env))
        elif recipe == "worker_entry":
            sdk = find_spec("workers")
            assert sdk
            assert sdk.submodule_search_locations
            folders = (PYODIDE, sdk.submodule_search_locations[0])
            folder = make_function("worker_entry.py")
            run = ("node", HERE / "worker.mjs", *folders, folder)
            running.append(HttpRuntime(folder, *run, **env))
        else:
            env |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "x")
            env |= {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL": sqs.url}
            env["CONNECTLY_QUEUE_URL"] = f"{sqs.url}/1/events"
            folder = make_function(f"{recipe}.py", "lambda_handler.py")
            running.append(Lambda(folder, f"{recipe}.handler", **env))
        return running[-1]

    yield start
    for runtime in running:
        runtime.stop()


@pytest.fixture(scope="session", params=["lambda_handler", "gcf_main", "worker_entry"])
def platform(request: pytest.FixtureRequest) -> str:
    """Take the recipe of each platform in turn."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="session")
def runtime(platform: str, start: Start) -> Runtime:
    """Run the recipe of each platform."""
    runtime: Runtime = start(platform)
    return runtime
