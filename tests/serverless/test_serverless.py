"""A webhook in each runtime logs what failed, if Connectly signed it, and nothing stops it."""

from __future__ import annotations

import hmac
import json
import subprocess
import sys
from base64 import b64encode
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import lambda_handler
import lambda_queue
import pytest

from connectly_errors import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import HttpRuntime, Lambda, MakeFunction, Runtime

RECIPES = Path(__file__).parents[1] / "recipes"
PAYLOADS = Path(__file__).parents[1] / "payloads"
FAILED = (PAYLOADS / "webhook_failed.json").read_bytes()
SIGNATURE = "x-connectly-hmac-sha256"
SECRET = "whsec-01JQ7Y2V6TPA"
REFUSED = ["answered with 401: not signed by Connectly"]


def line(event: bytes, message_id: str | None = "01JQ7Y2V6TPA3D8W5N0K4C9XGE") -> dict[str, Any]:
    """What is to be logged of an event with one error."""
    return {**parse(event).explain(), "message_id": message_id}


# --- What is logged ---


@pytest.mark.parametrize(
    "payload",
    [
        "webhook_failed.json",
        "webhook_opted_out.json",
        "webhook_delivery_failure.json",
        "webhook_error_text.json",
    ],
)
def test_a_failed_delivery_is_logged_with_the_id_of_its_message(
    runtime: Runtime, payload: str
) -> None:
    event = (PAYLOADS / payload).read_bytes()

    assert runtime.deliver(event) == [line(event)]


def test_each_failure_of_a_batch_is_logged_with_the_id_of_its_own_message(
    runtime: Runtime,
) -> None:
    logged = runtime.deliver((PAYLOADS / "webhook_batch.json").read_bytes())

    assert [(failure["path"], failure["message_id"]) for failure in logged] == [
        ("1.statusUpdate.error", "01JQ7Y2V6TPA3D8W5N0K4C9XG1"),
        ("3.statusUpdate.error", "01JQ7Y2V6TPA3D8W5N0K4C9XG3"),
    ]


def test_no_phone_number_is_logged(runtime: Runtime) -> None:
    runtime.deliver(FAILED)

    assert b"+15550100002" in FAILED
    assert "+1555" not in runtime.log.read_text()


@pytest.mark.parametrize("payload", ["webhook_delivered.json", "inbound_message.json", "empty.txt"])
def test_an_event_without_a_failure_is_not_logged(runtime: Runtime, payload: str) -> None:
    assert runtime.deliver((PAYLOADS / payload).read_bytes()) == []


@pytest.mark.parametrize(
    ("event", "defect"),
    [
        (b"<html>", "not_json"),
        (b'{"statusUpdate": {"error": {"mess', "not_json"),
        (b"\xff\xfe\xfd", "not_json"),
        (b'{"statusUpdate": ' + b"[" * 100_000, "too_deep"),
    ],
    ids=["html", "cut-short", "no-text", "deep"],
)
def test_a_poisoned_event_is_logged_with_what_is_wrong_and_the_next_one_is_read(
    runtime: Runtime, event: bytes, defect: str
) -> None:
    logged = runtime.deliver(event)

    assert logged == [line(event, None)]
    assert defect in logged[0]["defects"]
    assert runtime.deliver(FAILED) == [line(FAILED)]


# --- Whom the webhook believes ---


@pytest.mark.parametrize(
    "name", ["x-connectly-hmac-sha256", "X-Connectly-Hmac-Sha256", "X-CONNECTLY-HMAC-SHA256"]
)
def test_the_name_of_the_header_may_be_in_any_case(runtime: Runtime, name: str) -> None:
    assert runtime.post(FAILED, {name: runtime.sign(FAILED)}) == 200
    assert len(runtime.new_lines()) == 1


@pytest.mark.parametrize(
    "event",
    [
        b"\xef\xbb\xbf" + FAILED,
        FAILED.replace(b"delivered", b"entreg\xf3"),
        FAILED.decode().encode("utf-16"),
        FAILED.replace(b"\n", b"\r\n"),
    ],
    ids=["bom", "latin-1", "utf-16", "line-breaks"],
)
def test_the_signature_is_over_the_bytes_as_they_were_sent(runtime: Runtime, event: bytes) -> None:
    assert runtime.deliver(event) == [line(event)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: ""},
        {SIGNATURE: "AAAA"},
        {SIGNATURE: "\xe9\xff"},
        {SIGNATURE: b64encode(bytes(32)).decode()},
        {SIGNATURE: hmac.new(SECRET.encode(), FAILED, "sha256").hexdigest()},
        {"x-hub-signature-256": "sha256=" + hmac.new(b"", FAILED, "sha256").hexdigest()},
    ],
    ids=["missing", "empty", "short", "not-ascii", "wrong", "hex", "other-header"],
)
@pytest.mark.parametrize("body", [FAILED, b"[" * 100_000, b""], ids=["failed", "deep", "no-body"])
def test_what_is_not_signed_is_answered_with_401_and_not_read(
    runtime: Runtime, headers: dict[str, str], body: bytes
) -> None:
    assert runtime.post(body, headers) == 401
    assert runtime.new_lines() == REFUSED


def test_a_signature_of_another_secret_is_refused(runtime: Runtime) -> None:
    assert runtime.post(FAILED, {SIGNATURE: runtime.sign(FAILED, "another")}) == 401
    assert runtime.new_lines() == REFUSED


@pytest.mark.parametrize(
    "changed",
    [FAILED + b"\n", FAILED.replace(b"01JQ7", b"01JQ8"), json.dumps(json.loads(FAILED)).encode()],
    ids=["line-break", "id", "written-anew"],
)
def test_a_signature_of_another_body_is_refused(runtime: Runtime, changed: bytes) -> None:
    assert runtime.post(changed, {SIGNATURE: runtime.sign(FAILED)}) == 401
    assert runtime.new_lines() == REFUSED


@pytest.mark.parametrize("secret", [None, ""], ids=["missing", "empty"])
def test_without_a_secret_everything_is_refused(
    platform: str, start: Callable[..., Runtime], secret: str | None
) -> None:
    runtime = start(platform, secret)

    assert runtime.post(FAILED, {}) == 401
    assert runtime.post(FAILED, {SIGNATURE: ""}) == 401
    assert runtime.post(FAILED, {SIGNATURE: runtime.sign(FAILED, "")}) == 401
    assert runtime.new_lines() == REFUSED * 3


def test_a_signature_that_was_made_elsewhere_is_accepted() -> None:
    body = b"The quick brown fox jumps over the lazy dog"  # its HMAC with "key" is widely known
    signature = "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="

    assert lambda_handler.receive(body, signature, "key") == 200


# --- AWS Lambda: what API Gateway and SQS make of a body ---


def version_1(body: str | None, headers: dict[str, str] | None) -> dict[str, object]:
    """An event of API Gateway, payload format 1.0."""
    several = {name: [value] for name, value in (headers or {}).items()}
    return {
        "version": "1.0",
        "resource": "/webhook",
        "path": "/webhook",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": several if headers is not None else None,
        "queryStringParameters": None,
        "requestContext": {"httpMethod": "POST", "stage": "prod"},
        "body": body,
        "isBase64Encoded": False,
    }


def version_2(body: str | None, headers: dict[str, str]) -> dict[str, object]:
    """An event of API Gateway, payload format 2.0, or of a function URL."""
    event: dict[str, object] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": {"method": "POST", "path": "/"}, "stage": "$default"},
        "isBase64Encoded": False,
    }
    return event if body is None else {**event, "body": body}


def sqs(*bodies: str) -> dict[str, object]:
    """A batch of SQS."""
    return {
        "Records": [
            {
                "messageId": f"059f36b4-{number:04}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
    }


def sns(message: str) -> str:
    """What SNS makes of a message without raw message delivery."""
    envelope = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea",
        "TopicArn": "arn:aws:sns:eu-west-1:000000000000:webhook",
        "Message": message,
        "Timestamp": "2026-11-16T00:00:00.000Z",
        "SignatureVersion": "1",
    }
    return json.dumps(envelope, indent=2)


@pytest.mark.parametrize("envelope", [version_1, version_2])
@pytest.mark.parametrize("payload", ["webhook_failed.json", "webhook_opted_out.json"])
def test_lambda_reads_a_body_that_is_text(
    gateway: Lambda, envelope: Callable[..., dict[str, object]], payload: str
) -> None:
    body = (PAYLOADS / payload).read_bytes()
    event = envelope(body.decode(), {"X-Connectly-Hmac-Sha256": gateway.sign(body)})

    assert gateway.invoke(event) == {"statusCode": 200}
    assert [json.loads(logged) for logged in gateway.new_lines()] == [line(body)]


@pytest.mark.parametrize("envelope", [version_1, version_2])
def test_lambda_takes_no_body_for_an_empty_one(
    gateway: Lambda, envelope: Callable[..., dict[str, object]]
) -> None:
    event = envelope(None, {"X-Connectly-Hmac-Sha256": gateway.sign(b"")})

    assert gateway.invoke(event) == {"statusCode": 200}
    assert gateway.new_lines() == []


@pytest.mark.parametrize(
    "event",
    [
        version_1(FAILED.decode(), {}),
        version_1(FAILED.decode(), None),
        version_1("\ud800", {SIGNATURE: "\ud800"}),
        version_2(FAILED.decode(), {}),
        version_2(None, {SIGNATURE: "\xe9"}),
    ],
    ids=["1-empty", "1-null", "1-no-unicode", "2-empty", "2-no-body"],
)
def test_lambda_refuses_what_is_not_signed(gateway: Lambda, event: dict[str, object]) -> None:
    assert gateway.invoke(event) == {"statusCode": 401}
    assert gateway.new_lines() == REFUSED


def test_lambda_verifies_what_base64_stands_for_and_not_the_base64(gateway: Lambda) -> None:
    encoded = b64encode(FAILED)
    event = {"body": encoded.decode(), "isBase64Encoded": True}

    signed = gateway.invoke({**event, "headers": {SIGNATURE: gateway.sign(FAILED)}})
    assert (signed, len(gateway.new_lines())) == ({"statusCode": 200}, 1)
    encoded_signed = gateway.invoke({**event, "headers": {SIGNATURE: gateway.sign(encoded)}})
    assert (encoded_signed, gateway.new_lines()) == ({"statusCode": 401}, REFUSED)


@pytest.mark.parametrize("envelope", [str, sns], ids=["sqs", "sns"])
def test_the_queue_holds_events_with_or_without_the_envelope_of_sns(
    queue: Lambda, envelope: Callable[[str], str]
) -> None:
    assert queue.invoke(sqs(envelope(FAILED.decode()))) is None
    assert [json.loads(logged) for logged in queue.new_lines()] == [line(FAILED)]


@pytest.mark.parametrize("envelope", [str, sns], ids=["sqs", "sns"])
def test_a_poisoned_event_does_not_fail_its_batch(
    queue: Lambda, envelope: Callable[[str], str]
) -> None:
    events = [FAILED.decode(), "<", "[" * 100_000, FAILED.decode()]

    assert queue.invoke(sqs(*map(envelope, events))) is None

    logged = [json.loads(logged) for logged in queue.new_lines()]
    poisoned = [line(event.encode(), None) for event in events[1:3]]
    assert logged == [line(FAILED), *poisoned, line(FAILED)]


def test_a_delivered_message_in_the_queue_is_not_logged(queue: Lambda) -> None:
    delivered = (PAYLOADS / "webhook_delivered.json").read_text()

    assert queue.invoke(sqs(delivered, sns(delivered), sns(""))) is None
    assert queue.new_lines() == []


def test_no_http_request_gets_around_the_signature_by_looking_like_a_queue(
    gateway: Lambda,
) -> None:
    forged = json.dumps(sqs(FAILED.decode()))

    assert gateway.invoke(version_1(forged, {})) == {"statusCode": 401}
    assert gateway.new_lines() == REFUSED


@pytest.mark.parametrize(
    ("handler", "event"),
    [(lambda_handler.handler, sqs("{}")), (lambda_queue.handler, version_1("{}", {}))],
)
def test_a_lambda_function_that_is_wired_to_the_wrong_handler_fails(
    handler: Callable[..., object], event: dict[str, object]
) -> None:
    with pytest.raises(KeyError):
        handler(event, None)


# --- What is deployed ---


def test_lambda_needs_two_files(make_function: MakeFunction) -> None:
    folder = make_function("lambda_handler.py")

    code = "import sys, lambda_handler; print(sys.modules['connectly_errors'].__file__)"
    found = subprocess.check_output(["python", "-c", code], cwd=folder, text=True)

    assert len(list(folder.glob("*.py"))) == 2
    assert found.strip() == str(folder / "connectly_errors.py")


def test_a_dead_interpreter_ends_the_worker(
    make_function: MakeFunction, run_worker: Callable[..., HttpRuntime]
) -> None:
    folder = make_function("worker_entry.py", "lambda_handler.py")
    module = folder / "lambda_handler.py"
    module.write_text(module.read_text().replace("parse_all(event)", "json.loads(event)"))
    worker = run_worker(folder, CONNECTLY_WEBHOOK_SECRET=SECRET)

    with pytest.raises((HTTPException, ConnectionError)):
        worker.deliver(b"[" * 100_000)

    assert worker.process.wait(60) == 70


def test_shipped_bytecode_is_what_is_imported(make_function: MakeFunction, tmp_path: Path) -> None:
    make_function("lambda_handler.py").rename(tmp_path / "function")
    subprocess.run(["sh", "-e", RECIPES / "ship_compiled.sh"], cwd=tmp_path, check=True)
    ZipFile(tmp_path / "function.zip").extractall(tmp_path / "task")

    verbose = subprocess.check_output(
        ["python", "-v", "-c", "import lambda_handler"],
        cwd=tmp_path / "task",
        stderr=subprocess.STDOUT,
        text=True,
    )

    for module in ("lambda_handler", "connectly_errors"):
        bytecode = tmp_path / f"task/__pycache__/{module}.{sys.implementation.cache_tag}.pyc"
        assert f"# code object from '{bytecode}'" in verbose
