"""A webhook in each runtime: it verifies, parses and acts, and nothing gets lost."""

from __future__ import annotations

import hmac
import json
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import lambda_handler
import lambda_queue
import pytest
import webhook
from log_fields import log_fields

from connectly_errors import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Lambda, Runtime, Sqs, Start

RECIPES = Path(__file__).parents[1] / "recipes"
PAYLOADS = Path(__file__).parents[1] / "payloads"
SIGNATURE = "x-connectly-hmac-sha256"
FAILED = (PAYLOADS / "webhook_failed.json").read_bytes()
OPTED_OUT = (PAYLOADS / "webhook_opted_out.json").read_bytes()
DELIVERED = (PAYLOADS / "webhook_delivered.json").read_bytes()
CUT_SHORT = OPTED_OUT[:-90]
DOWN = FAILED.replace(b"01JQ7Y2V6TPA3D8W5N0K4C9XGE", b"DOWN")
MESSAGE_ID = "01JQ7Y2V6TPA3D8W5N0K4C9XGE"
SAVED = [[MESSAGE_ID, "+15550100002", False]]


def sign(body: bytes, secret: str = "whsec-01JQ7Y2V6TPA") -> str:
    return b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()


# --- Act: what is logged, and what is saved ---


def test_a_failed_message_is_saved_by_its_id(runtime: Runtime) -> None:
    delivered = runtime.deliver(FAILED)

    assert (delivered.answer, delivered.saved) == (200, SAVED)


def test_an_opt_out_is_saved_with_its_customer(runtime: Runtime) -> None:
    delivered = runtime.deliver(OPTED_OUT)

    assert delivered.saved == [[MESSAGE_ID, "+15550100002", True]]


def test_a_failure_is_logged_without_phone_numbers(runtime: Runtime) -> None:
    (line,) = runtime.deliver(OPTED_OUT).logged

    expected = log_fields(parse(OPTED_OUT))
    expected |= {"message_id": MESSAGE_ID, "opted_out": True}
    assert json.loads(line) == expected


def test_each_failure_of_a_batch_is_saved(runtime: Runtime) -> None:
    delivered = runtime.deliver((PAYLOADS / "webhook_batch.json").read_bytes())

    assert delivered.saved == [
        ["01JQ7Y2V6TPA3D8W5N0K4C9XG1", "+15550100002", False],
        ["01JQ7Y2V6TPA3D8W5N0K4C9XG3", "+15550100002", False],
    ]


@pytest.mark.parametrize(
    "payload", ["webhook_delivered.json", "inbound_message.json", "empty.txt"]
)
def test_nothing_is_saved_of_an_event_without_a_failure(
    runtime: Runtime, payload: str
) -> None:
    assert runtime.deliver((PAYLOADS / payload).read_bytes()) == (200, [], [])


@pytest.mark.parametrize("event", [b"{}", b"[]", b" ", b"null"])
def test_an_event_with_nothing_in_it_is_acknowledged(
    runtime: Runtime, event: bytes
) -> None:
    assert runtime.deliver(event) == (200, [], [])


@pytest.mark.parametrize(
    "event",
    [
        b'{"detail": %b}' % OPTED_OUT,
        b'{"error": {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}}',
        b'["+15550100002"]',
    ],
)
def test_what_is_not_an_event_is_not_acknowledged(
    runtime: Runtime, event: bytes
) -> None:
    assert runtime.deliver(event) == (500, ["not an event of Connectly"], [])


@pytest.mark.parametrize(
    "event", [b"<html>+15550100002", CUT_SHORT, b'{"statusUpdate": ' + b"[" * 100_000]
)
def test_an_unreadable_event_is_not_acknowledged_and_not_logged(
    runtime: Runtime, event: bytes
) -> None:
    assert runtime.deliver(event) == (500, ["unreadable event"], [])


def test_an_event_that_cannot_be_saved_is_not_acknowledged(runtime: Runtime) -> None:
    delivered = runtime.deliver(DOWN)

    assert delivered.answer == 500
    assert delivered.logged[1:] == ["not saved: OSError"]


def test_what_comes_after_a_failure_that_cannot_be_saved_is_saved(
    runtime: Runtime,
) -> None:
    delivered = runtime.deliver(b"[" + DOWN + b"," + OPTED_OUT + b"]")

    assert delivered.answer == 500
    assert delivered.saved == [[MESSAGE_ID, "+15550100002", True]]


def test_an_event_in_snake_case_has_a_message_id() -> None:
    event = {"status_update": {"id": "m-1", "status": "failed"}}

    (failure,) = webhook.failures(json.dumps(event))

    assert (failure.message_id, failure.customer) == ("m-1", None)


@pytest.mark.parametrize(
    "recipient", [None, {}, {"id": None}, {"id": 15550100002}, "+15550100002"]
)
def test_an_opt_out_of_nobody_is_saved_but_not_acknowledged(
    runtime: Runtime, recipient: object
) -> None:
    event = json.loads(OPTED_OUT) | {"recipient": recipient}
    delivered = runtime.deliver(json.dumps(event).encode())

    assert (delivered.answer, delivered.saved) == (500, [[MESSAGE_ID, None, True]])
    assert delivered.logged[1:] == ["opted out, but the event doesn't say who"]
    assert "1555" not in str(delivered.logged)


def test_an_opt_out_with_an_empty_number_is_not_acknowledged(runtime: Runtime) -> None:
    event = json.loads(OPTED_OUT) | {"recipient": {"id": ""}}

    assert runtime.deliver(json.dumps(event).encode()).answer == 500


# --- Verify: whom the webhook believes ---


@pytest.mark.parametrize("name", ["X-Connectly-Hmac-Sha256", "X-CONNECTLY-HMAC-SHA256"])
def test_the_name_of_the_header_may_be_in_any_case(runtime: Runtime, name: str) -> None:
    assert runtime.post(FAILED, {name: sign(FAILED)}).saved == SAVED


@pytest.mark.parametrize(
    "event",
    [b"\xef\xbb\xbf" + FAILED, FAILED.replace(b"delivered", b"entreg\xf3")],
    ids=["bom", "latin-1"],
)
def test_the_signature_is_over_the_bytes_as_they_were_sent(
    runtime: Runtime, event: bytes
) -> None:
    assert runtime.deliver(event).saved == SAVED


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SIGNATURE: ""},
        {SIGNATURE: "\xe9\xff"},
        {SIGNATURE: b64encode(bytes(32)).decode()},
        {SIGNATURE: sign(FAILED, "another secret")},
        {SIGNATURE: sign(FAILED + b"\n")},
        {"x-hub-signature-256": sign(FAILED)},
    ],
)
def test_an_event_that_connectly_did_not_sign_is_refused(
    runtime: Runtime, headers: dict[str, str]
) -> None:
    assert runtime.post(FAILED, headers) == (401, ["not signed by Connectly"], [])


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_everything_is_refused(
    platform: str, start: Start, secret: str | None
) -> None:
    runtime = start(platform, secret)

    for headers in ({}, {SIGNATURE: sign(FAILED, "")}):
        answer, logged, saved = runtime.post(FAILED, headers)

        assert (answer, saved) == (401, [])
        assert logged == ["CONNECTLY_WEBHOOK_SECRET isn't set"]


def test_a_signature_that_was_made_elsewhere_is_accepted() -> None:
    body = b"The quick brown fox jumps over the lazy dog"  # widely known, with "key"
    signature = "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="

    assert webhook.is_signed(body, signature, "key")


# --- AWS Lambda: the events of API Gateway and of a load balancer ---


@pytest.fixture(scope="session")
def gateway(start: Start) -> Lambda:
    gateway: Lambda = start("lambda_handler")
    return gateway


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
def test_lambda_reads_the_signature_wherever_it_is(
    gateway: Lambda, event: dict[str, object]
) -> None:
    assert gateway.invoke({**event, "body": FAILED.decode()}).saved == SAVED


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"headers": None},
        {"headers": {}},
        {"headers": {SIGNATURE: None}},
        {"multiValueHeaders": {SIGNATURE: []}},
        {"headers": {SIGNATURE: SIGNED}, "body": None},
        {"headers": {SIGNATURE: "\ud800"}, "body": "\ud800"},
    ],
)
def test_lambda_answers_401_to_an_odd_event(
    gateway: Lambda, event: dict[str, object]
) -> None:
    answer = gateway.invoke({"body": FAILED.decode(), **event}).answer

    assert answer["statusCode"] == 401


@pytest.mark.parametrize("body", ["abc", "\xe9", "YQ==!", {"statusUpdate": {}}])
def test_lambda_answers_400_to_broken_base64(gateway: Lambda, body: object) -> None:
    event = {"headers": {SIGNATURE: SIGNED}, "body": body, "isBase64Encoded": True}

    assert gateway.invoke(event).answer["statusCode"] == 400


@pytest.mark.parametrize("headers", ["headers", "multiValueHeaders"])
def test_lambda_answers_all_that_a_load_balancer_requires(
    gateway: Lambda, headers: str
) -> None:
    answer = gateway.invoke({headers: {}}).answer

    assert answer == {"statusCode": 401, headers: {}, "isBase64Encoded": False}


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        (lambda_handler.handler, {"Records": [{"messageId": "1", "body": "{}"}]}),
        (lambda_queue.handler, {"headers": {}, "body": "{}"}),
    ],
)
def test_a_handler_that_gets_the_events_of_another_fails(
    handler: Callable[..., object], event: dict[str, object]
) -> None:
    with pytest.raises((KeyError, ValueError)):
        handler(event, None)


# --- AWS Lambda: a function that verifies and queues, and the one behind the queue ---


@pytest.fixture(scope="session")
def to_queue(start: Start) -> Runtime:
    to_queue: Runtime = start("lambda_to_queue")
    return to_queue


@pytest.fixture(scope="session")
def behind_queue(start: Start) -> Lambda:
    behind_queue: Lambda = start("lambda_queue", None)
    return behind_queue


def records(*bodies: str) -> dict[str, object]:
    """A batch of SQS, whose records have the ids 0, 1, …"""
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


def event_bridge(event: bytes) -> str:
    envelope = {"version": "0", "detail-type": "webhook", "source": "acme"}
    return json.dumps({**envelope, "detail": json.loads(event)})


@pytest.mark.parametrize("event", [FAILED, FAILED.replace(b"autumn", b"\x01\x7f")])
def test_an_event_goes_through_the_queue(
    to_queue: Runtime, behind_queue: Lambda, sqs: Sqs, event: bytes
) -> None:
    assert to_queue.deliver(event) == (200, [], [])

    delivered = behind_queue.invoke(records(sqs.bodies.pop()))

    assert (delivered.answer, delivered.saved) == (failed(), SAVED)


@pytest.mark.parametrize("event", [b"", b"{}", b"[]", b" "])
def test_an_event_with_nothing_in_it_goes_through_the_queue(
    to_queue: Runtime, behind_queue: Lambda, sqs: Sqs, event: bytes
) -> None:
    assert to_queue.deliver(event) == (200, [], [])
    assert behind_queue.invoke(records(sqs.bodies.pop())) == (failed(), [], [])


def test_an_event_that_is_too_long_for_the_queue_is_not_acknowledged(
    to_queue: Runtime, sqs: Sqs
) -> None:
    delivered = to_queue.deliver(b'"' + b"+15550100002" * 90_000 + b'"')

    assert delivered == (500, ["not queued: ClientError, 1080006 bytes"], [])
    assert sqs.bodies == []


def test_nothing_is_queued_that_connectly_did_not_sign(
    to_queue: Runtime, sqs: Sqs
) -> None:
    assert to_queue.post(FAILED, {}).answer == 401
    assert sqs.bodies == []


@pytest.mark.parametrize("envelope", [str, sns])
def test_the_queue_may_be_filled_by_others(
    behind_queue: Lambda, envelope: Callable[[str], str]
) -> None:
    assert behind_queue.invoke(records(envelope(FAILED.decode()))).saved == SAVED


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        CUT_SHORT.decode(),
        "[" * 100_000,
        event_bridge(OPTED_OUT),
        sns(event_bridge(OPTED_OUT)),
        '{"error": {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}}',
        DOWN.decode(),
    ],
)
def test_a_record_that_is_not_read_and_saved_is_reported_and_stops_no_other(
    behind_queue: Lambda, body: str
) -> None:
    delivered = behind_queue.invoke(records(FAILED.decode(), body, FAILED.decode()))

    assert (delivered.answer, delivered.saved) == (failed("1"), SAVED * 2)
    assert "+1555" not in str(delivered.logged)


@pytest.mark.parametrize(
    "payload", ["webhook_delivered.json", "inbound_message.json", "webhook_batch.json"]
)
def test_an_event_in_the_queue_is_acknowledged(
    behind_queue: Lambda, payload: str
) -> None:
    body = (PAYLOADS / payload).read_text()

    assert behind_queue.invoke(records(body)).answer == failed()


@pytest.mark.parametrize("body", ["", "{}", sns("{}"), sns("")])
def test_a_record_with_nothing_in_it_is_acknowledged(
    behind_queue: Lambda, body: str
) -> None:
    assert behind_queue.invoke(records(body)) == (failed(), [], [])


# --- What is shipped ---


@pytest.fixture
def function(make_function: Callable[..., Path], tmp_path: Path) -> Path:
    shutil.copytree(make_function("lambda_handler.py"), tmp_path / "function")
    return tmp_path / "function"


def ship(function: Path) -> int:
    """Run the recipe, without "sh -e"."""
    script = ["sh", str(RECIPES / "ship_compiled.sh")]
    return subprocess.run(script, cwd=function.parent, check=False).returncode


def test_shipped_bytecode_is_what_is_imported(function: Path, tmp_path: Path) -> None:
    assert ship(function) == 0
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


def test_nothing_is_shipped_if_a_file_does_not_compile(
    function: Path, tmp_path: Path
) -> None:
    assert ship(function) == 0
    (function / "store.py").write_text("def save(:")

    assert ship(function) != 0
    assert not (tmp_path / "function.zip").exists()
