"""A webhook on each platform: it verifies, parses and acts, and nothing gets lost."""

import hmac
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import boto3
import functions_framework
import lambda_handler
import lambda_queue
import pytest
import webhook
from log_fields import log_fields
from moto import mock_aws

from connectly_errors import parse

HERE = Path(__file__).parent
PAYLOADS = HERE.parent / "payloads"
RECIPES = HERE.parent / "recipes"
SECRET = "whsec-01JQ7Y2V6TPA"
SIGNATURE = "x-connectly-hmac-sha256"
FAILED = (PAYLOADS / "webhook_failed.json").read_bytes()
OPTED_OUT = (PAYLOADS / "webhook_opted_out.json").read_bytes()
DOWN = FAILED.replace(b"01JQ7Y2V6TPA3D8W5N0K4C9XGE", b"DOWN")  # can't be saved
MESSAGE_ID = "01JQ7Y2V6TPA3D8W5N0K4C9XGE"
SAVED = [[MESSAGE_ID, "+15550100002", False]]


Handler = Callable[[dict[str, Any], object], object]


class Delivered(NamedTuple):
    """What a function made of an event."""

    answer: Any
    logged: list[str]  # lines
    saved: list[list[object]]  # message id, customer, whether they opted out


Post = Callable[[bytes, dict[str, str]], Delivered]
Deliver = Callable[[bytes], Delivered]


def delivered(answer: object, lines: list[str]) -> Delivered:
    """Divide the lines that a function printed into what was logged and saved."""
    saved = [line.removeprefix("saved:") for line in lines if line[:6] == "saved:"]
    logged = [line for line in lines if line[:6] != "saved:"]
    return Delivered(answer, logged, [json.loads(line) for line in saved])


def invoke(handler: Handler, event: dict[str, Any]) -> Delivered:
    """Call a function of AWS Lambda."""
    with redirect_stdout(StringIO()) as printed:
        answer = json.loads(json.dumps(handler(event, None)))
    return delivered(answer, printed.getvalue().splitlines())


def sign(body: bytes, secret: str = SECRET) -> str:
    """Sign a body as Connectly does."""
    return b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()


# --- The platforms ---


@pytest.fixture(autouse=True)
def set_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTLY_WEBHOOK_SECRET", SECRET)


def post_to_lambda(
    body: bytes, headers: dict[str, str], handler: Handler = lambda_handler.handler
) -> Delivered:
    """Send a body as API Gateway passes it on, in base64."""
    encoded = b64encode(body).decode()
    event = {"headers": headers, "body": encoded, "isBase64Encoded": True}
    answered = invoke(handler, event)
    return answered._replace(answer=answered.answer["statusCode"])


def post_to_google(body: bytes, headers: dict[str, str]) -> Delivered:
    create_app: Any = functions_framework.create_app
    app = create_app("webhook", str(RECIPES / "gcf_main.py"))
    with redirect_stdout(StringIO()) as printed:
        answer = app.test_client().post("/", data=body, headers=headers)
    return delivered(answer.status_code, printed.getvalue().splitlines())


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """Run the Worker in Pyodide, as Cloudflare does."""
    folder = make_function(tmp_path_factory.mktemp("worker"), "worker_entry.py")
    sdk = Path(sysconfig.get_path("purelib"), "workers")
    command: list[str | Path] = ["node", HERE / "worker.mjs"]
    command += [os.environ["PYODIDE"], sdk, folder]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as worker:
        yield worker


def post_to_worker(
    worker: subprocess.Popen[str], body: bytes, headers: dict[str, str]
) -> Delivered:
    assert worker.stdin
    assert worker.stdout
    env = {key: text for key, text in os.environ.items() if key.startswith("CONNECTLY")}
    request = {"headers": headers, "body": b64encode(body).decode(), "env": env}
    print(json.dumps(request), file=worker.stdin, flush=True)
    lines: list[str] = []
    for line in worker.stdout:
        if line.startswith("answered:"):
            return delivered(int(line.removeprefix("answered:")), lines)
        lines.append(line.removesuffix("\n"))
    raise EOFError("the Worker died")


@pytest.fixture(params=["aws", "google", "cloudflare"])
def post(request: pytest.FixtureRequest) -> Post:
    """Send a body to the webhook on each platform."""
    if request.param == "aws":
        return post_to_lambda
    if request.param == "google":
        return post_to_google
    worker = request.getfixturevalue("worker")
    return lambda body, headers: post_to_worker(worker, body, headers)


@pytest.fixture
def deliver(post: Post) -> Deliver:
    """Send an event as Connectly does."""
    return lambda event: post(event, {"X-Connectly-Hmac-SHA256": sign(event)})


# --- Act: what is logged, and what is saved ---


@pytest.mark.parametrize(
    ("event", "saved"),
    [
        ("webhook_failed.json", SAVED),
        ("webhook_snake_case.json", SAVED),
        ("webhook_opted_out.json", [[MESSAGE_ID, "+15550100002", True]]),
        (
            "webhook_batch.json",
            [
                ["01JQ7Y2V6TPA3D8W5N0K4C9XG1", "+15550100002", False],
                ["01JQ7Y2V6TPA3D8W5N0K4C9XG3", "+15550100002", False],
            ],
        ),
        ("webhook_delivered.json", []),
        ("inbound_message.json", []),
        ("empty.txt", []),
    ],
)
def test_what_failed_in_an_event_is_saved(
    deliver: Deliver, event: str, saved: list[list[object]]
) -> None:
    answer, _, what = deliver((PAYLOADS / event).read_bytes())

    assert (answer, what) == (200, saved)


def test_a_failure_is_logged_without_phone_numbers(deliver: Deliver) -> None:
    (line,) = deliver(OPTED_OUT).logged

    expected = log_fields(parse(OPTED_OUT))
    expected |= {"message_id": MESSAGE_ID, "opted_out": True}
    assert json.loads(line) == expected


@pytest.mark.parametrize("event", [b"{}", b"[]", b" ", b"null"])
def test_an_event_with_nothing_in_it_is_acknowledged(event: bytes) -> None:
    assert webhook.failures(event) == []


@pytest.mark.parametrize(
    "event",
    [
        b'{"topic": "report", "last_run": {"status": "failed"}}',
        b'{"topic": "delivery_status", "statusUpdate": null}',
        b'{"statusUpdate": {"status": "read"}}',
        b'[{"status_update": {"status": "read"}}, {"sender": {}, "recipient": {}}]',
    ],
)
def test_an_event_without_a_failure_is_acknowledged(event: bytes) -> None:
    assert webhook.failures(event) == []


@pytest.mark.parametrize(
    "event",
    [
        b"[[%b]]" % OPTED_OUT,
        OPTED_OUT.replace(b"statusUpdate", b"StatusUpdate"),
        b'{"topic": "delivery_status", "payload": %b}' % OPTED_OUT,
        b'{"statusUpdate": [{"error": {"code": "NEW"}}]}',
        b'{"statusUpdate": "failed"}',
    ],
)
def test_an_event_that_is_not_built_as_documented_is_not_acknowledged(
    event: bytes,
) -> None:
    with pytest.raises(ValueError, match="not an event"):
        webhook.failures(event)


def test_a_failure_shows_no_phone_number_wherever_it_is_printed() -> None:
    found = webhook.failures(OPTED_OUT)

    assert "+1555" not in f"{found} {found[0]!r}"


@pytest.mark.parametrize(
    ("event", "logged"),
    [
        (b"<html>+15550100002", "unreadable event"),
        (b'{"statusUpdate": ' + b"[" * 100_000, "unreadable event"),
        (b'["+15550100002"]', "not an event of Connectly"),
        (b'{"detail": %b}' % OPTED_OUT, "not an event of Connectly"),
        (b'{"error": {"code": "NEW"}}', "not an event of Connectly"),
    ],
)
def test_what_cannot_be_read_is_not_acknowledged_and_not_logged(
    deliver: Deliver, event: bytes, logged: str
) -> None:
    assert deliver(event) == (500, [logged], [])


def test_a_failure_that_cannot_be_saved_comes_again_and_stops_no_other(
    deliver: Deliver,
) -> None:
    answer, logged, saved = deliver(b"[" + DOWN + b"," + OPTED_OUT + b"]")

    assert (answer, logged[1]) == (500, "not saved: OSError")
    assert saved == [[MESSAGE_ID, "+15550100002", True]]


@pytest.mark.parametrize("recipient", [None, {"id": 15550100002}, {"id": " "}])
def test_an_opt_out_of_nobody_is_not_acknowledged(
    deliver: Deliver, recipient: object
) -> None:
    event = json.loads(OPTED_OUT) | {"recipient": recipient}

    answer, logged, saved = deliver(json.dumps(event).encode())

    assert (answer, saved[0][0]) == (500, MESSAGE_ID)
    assert logged[1] == "opted out, but the event doesn't say who"
    assert "1555" not in str(logged)


# --- Verify: whom the webhook believes ---


def test_the_signature_is_over_the_bytes_as_they_were_sent(deliver: Deliver) -> None:
    assert deliver(FAILED.replace(b"delivered", b"entreg\xf3")).saved == SAVED


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: ""},
        {SIGNATURE: "\xe9\xff"},
        {SIGNATURE: sign(FAILED, "another secret")},
        {SIGNATURE: sign(FAILED + b"\n")},
    ],
)
def test_an_event_that_connectly_did_not_sign_is_refused(
    post: Post, headers: dict[str, str]
) -> None:
    assert post(FAILED, headers) == (401, ["not signed by Connectly"], [])


def test_without_a_secret_everything_is_refused(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {SIGNATURE: sign(FAILED, "")}
    refused = Delivered(401, ["CONNECTLY_WEBHOOK_SECRET isn't set"], [])

    monkeypatch.setenv("CONNECTLY_WEBHOOK_SECRET", "")
    assert post(FAILED, headers) == refused
    monkeypatch.delenv("CONNECTLY_WEBHOOK_SECRET")
    assert post(FAILED, headers) == refused


def test_a_secret_may_have_white_space_around_it() -> None:
    assert webhook.is_signed(FAILED, sign(FAILED), f" {SECRET}\r\n")


def test_a_secret_of_white_space_is_none() -> None:
    assert not webhook.is_signed(FAILED, sign(FAILED, ""), "\n")


def test_a_signature_that_was_made_elsewhere_is_accepted() -> None:
    body = b"The quick brown fox jumps over the lazy dog"  # widely known, with "key"
    signature = "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="

    assert webhook.is_signed(body, signature, "key")


# --- AWS Lambda: the events of API Gateway and of a load balancer ---

SIGNED = sign(FAILED)


@pytest.mark.parametrize(
    "event",
    [
        {"headers": {"X-Connectly-Hmac-Sha256": SIGNED}, "multiValueHeaders": None},
        {"headers": {SIGNATURE: SIGNED}},
        {"multiValueHeaders": {SIGNATURE: [SIGNED]}},
        {"headers": None, "multiValueHeaders": {SIGNATURE: [SIGNED]}},
    ],
    ids=["api-gateway-1", "api-gateway-2", "load-balancer", "headers-null"],
)
def test_lambda_reads_the_signature_wherever_it_is(event: dict[str, object]) -> None:
    event = {**event, "body": FAILED.decode()}

    assert invoke(lambda_handler.handler, event).saved == SAVED


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({}, 401),
        ({"headers": {SIGNATURE: None}}, 401),
        ({"multiValueHeaders": {SIGNATURE: []}}, 401),
        ({"headers": {SIGNATURE: SIGNED}, "body": None}, 401),
        ({"headers": {SIGNATURE: "\ud800"}, "body": "\ud800"}, 401),
        ({"body": {"statusUpdate": {}}}, 400),
        ({"body": "\xe9", "isBase64Encoded": True}, 400),
        ({"body": "YQ==!", "isBase64Encoded": True}, 400),
    ],
)
def test_lambda_refuses_an_odd_event(event: dict[str, object], status: int) -> None:
    answer, _, saved = invoke(lambda_handler.handler, event)

    assert (answer["statusCode"], saved) == (status, [])


@pytest.mark.parametrize("headers", ["headers", "multiValueHeaders"])
def test_lambda_answers_all_that_a_load_balancer_requires(headers: str) -> None:
    answer = invoke(lambda_handler.handler, {headers: {}}).answer

    assert answer == {"statusCode": 401, headers: {}, "isBase64Encoded": False}


# --- AWS Lambda: a function that verifies and queues, and the one behind the queue ---


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run moto's SQS."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        queue = boto3.resource("sqs").create_queue(QueueName="events")
        monkeypatch.setenv("CONNECTLY_QUEUE_URL", queue.url)
        yield queue


def put(body: bytes, headers: dict[str, str]) -> Delivered:
    """Send a body to the function that fills the queue."""
    import lambda_to_queue  # after the region is set: it makes its client at once

    return post_to_lambda(body, headers, lambda_to_queue.handler)


def records(*bodies: str) -> dict[str, object]:
    """Return a batch of SQS, whose records have the ids 0, 1, …"""
    return {
        "Records": [
            {"messageId": str(number), "body": body, "eventSource": "aws:sqs"}
            for number, body in enumerate(bodies)
        ]
    }


def failed(*ids: str) -> dict[str, object]:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}


def sns(message: str) -> str:
    envelope = {"Type": "Notification", "MessageId": "22b80b92", "Message": message}
    return json.dumps(envelope)


@pytest.mark.parametrize(
    ("event", "saved"),
    [
        (FAILED, SAVED),
        (FAILED.replace(b"autumn", b"\x01\x7f"), SAVED),
        (b"", []),
        (b"{}", []),
    ],
)
def test_an_event_goes_through_the_queue(
    queue: Any, event: bytes, saved: list[list[object]]
) -> None:
    assert put(event, {SIGNATURE: sign(event)}) == (200, [], [])
    (message,) = queue.receive_messages()
    assert message.body.isprintable()  # SQS refuses control characters, moto doesn't

    answer, _, what = invoke(lambda_queue.handler, records(message.body))

    assert (answer, what) == (failed(), saved)


@pytest.mark.usefixtures("queue")
def test_an_event_that_is_too_long_for_the_queue_is_not_acknowledged() -> None:
    event = b'"' + b"+15550100002" * 90_000 + b'"'

    answered = put(event, {SIGNATURE: sign(event)})

    assert answered == (500, ["not queued: ClientError, 1080006 bytes"], [])


def test_nothing_is_queued_that_connectly_did_not_sign(queue: Any) -> None:
    assert put(FAILED, {}).answer == 401
    assert queue.receive_messages() == []


@pytest.mark.parametrize("envelope", [str, sns])
def test_the_queue_may_be_filled_by_others(envelope: Callable[[str], str]) -> None:
    event = records(envelope(FAILED.decode()))

    assert invoke(lambda_queue.handler, event).saved == SAVED


@pytest.mark.parametrize(
    "body", ["<html>+15550100002", f'{{"detail": {OPTED_OUT.decode()}}}', DOWN.decode()]
)
def test_a_record_that_is_not_read_and_saved_is_reported_and_stops_no_other(
    body: str,
) -> None:
    event = records(FAILED.decode(), body, FAILED.decode())

    answer, logged, saved = invoke(lambda_queue.handler, event)

    assert (answer, saved) == (failed("1"), SAVED * 2)
    assert "+1555" not in str(logged)


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        (lambda_handler.handler, records("{}")),
        (lambda_queue.handler, {"headers": {}, "body": "{}"}),
    ],
)
def test_a_handler_that_gets_the_events_of_another_fails(
    handler: Callable[..., object], event: dict[str, object]
) -> None:
    with pytest.raises((KeyError, ValueError)):
        handler(event, None)


# --- What is shipped ---


def make_function(folder: Path, recipe: str) -> Path:
    """Make the folder of a function, with the files that the cookbook names."""
    function = folder / "function"
    function.mkdir()
    for file in (recipe, "lambda_handler.py", "log_fields.py", "webhook.py"):
        shutil.copy(RECIPES / file, function)
    shutil.copy(HERE / "store.py", function)
    shutil.copy(HERE.parents[1] / "connectly_errors.py", function)
    return function


@pytest.mark.parametrize("recipe", ["gcf_main", "lambda_queue", "lambda_to_queue"])
def test_a_function_needs_no_other_file(
    recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    function = make_function(tmp_path, f"{recipe}.py")

    subprocess.check_call([sys.executable, f"{recipe}.py"], cwd=function)


def ship(folder: Path) -> int:
    """Run the recipe in the folder that the function is in."""
    script = ["sh", str(RECIPES / "ship_compiled.sh")]
    return subprocess.run(script, cwd=folder, check=False).returncode


def test_shipped_bytecode_is_what_is_imported(tmp_path: Path) -> None:
    for file in make_function(tmp_path, "lambda_handler.py").iterdir():
        os.utime(file, (1e9, 1e9))  # what is extracted is of now
    assert ship(tmp_path) == 0
    ZipFile(tmp_path / "function.zip").extractall(tmp_path / "task")

    verbose = subprocess.check_output(
        ["python", "-v", "-c", "import lambda_handler"],
        cwd=tmp_path / "task",
        stderr=subprocess.STDOUT,
        text=True,
    )

    for module in ("lambda_handler", "connectly_errors"):
        cache = f"__pycache__/{module}.{sys.implementation.cache_tag}.pyc"
        assert f"# code object from '{tmp_path / 'task' / cache}'" in verbose


def test_nothing_is_shipped_if_a_file_does_not_compile(tmp_path: Path) -> None:
    function = make_function(tmp_path, "lambda_handler.py")
    assert ship(tmp_path) == 0
    (function / "store.py").write_text("def save(:")

    assert ship(tmp_path) != 0
    assert not (tmp_path / "function.zip").exists()
