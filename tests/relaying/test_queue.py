"""An error that crosses a queue: as pickle, as JSON, and as the result of a Celery task."""

from __future__ import annotations

import json
import subprocess
import sys
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker

from connectly_errors import ConnectlyError, ErrorCode, ErrorResponse, parse, parse_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A receiver that has nothing but the standard library: it does what the sender was told to do.
RECEIVER = """\
import json, sys

for line in sys.stdin:
    error = json.loads(line)
    print("again" if error["retryable"] else error["advice"], error["code"])
"""


def through_a_process(value: object) -> Any:
    """What arrives of a value that a new process gets, and sends back."""
    context = get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=queue.put, args=(value,))
    process.start()
    arrived = queue.get(timeout=60)
    process.join()
    return arrived


def test_a_response_arrives_as_it_was_as_pickle(error: ErrorResponse) -> None:
    arrived = through_a_process(error)

    assert (arrived, arrived.source) == (error, error.source)
    assert arrived.code is ErrorCode.MESSAGE_CUSTOMER_OPTED_OUT
    assert (arrived.advice, arrived.retryable) == (error.advice, error.retryable)


def test_an_exception_arrives_with_its_response_as_pickle(error: ErrorResponse) -> None:
    arrived = through_a_process(ConnectlyError(error))

    assert isinstance(arrived, ConnectlyError)
    assert (arrived.error, arrived.error.source) == (error, error.source)


def test_a_receiver_of_json_takes_advice_and_retryable_as_they_were_given(payloads: Path) -> None:
    throttled = parse((payloads / "api_gateway_throttled.json").read_bytes(), status=429)
    campaign = parse_all((payloads / "campaign_rate_limited.json").read_bytes(), status=200)
    lines = [json.dumps(error.explain()) for error in (throttled, *campaign)]

    receiver = [sys.executable, "-I", "-S", "-c", RECEIVER]
    decided = subprocess.check_output(receiver, input="\n".join(lines), text=True)

    assert decided.splitlines() == [
        "again ERROR_CODE_UNSPECIFIED",
        *["retry_later ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"] * len(campaign),
    ]
    assert campaign


def test_what_is_derived_again_from_json_is_another_answer(payloads: Path) -> None:
    body = (payloads / "campaign_rate_limited.json").read_bytes()
    (error, *_) = parse_all(body, status=400)

    rebuilt = parse(json.loads(json.dumps(error.to_dict())), status=400)

    # Of the campaign only this entry was refused, and the path that says so did not travel.
    assert (error.retryable, rebuilt.retryable) == (False, True)


# --- Celery: a worker in a thread, and a broker in memory ---


@pytest.fixture(scope="module", params=["json", "pickle"])
def results(request: pytest.FixtureRequest) -> str:
    """What results are written as."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def celery(results: str, payloads: Path) -> Iterator[Celery]:
    """An application with the settings that Celery has by default, but for pickled results."""
    app = Celery("acme", broker="memory://", backend="cache+memory://", set_as_current=False)
    if results == "pickle":
        app.conf.update(result_serializer="pickle", accept_content=["json", "pickle"])
    body = (payloads / "api_gateway_throttled.json").read_bytes()

    @app.task(name="explain", shared=False)
    def explain() -> dict[str, object]:
        return parse(body, status=429).explain()

    @app.task(name="fail", shared=False)
    def fail() -> None:
        raise ConnectlyError(parse(body, status=429))

    with start_worker(app, perform_ping_check=False):
        yield app


def test_a_task_gives_what_explain_says_to_whoever_waits_for_it(celery: Celery) -> None:
    result = celery.send_task("explain").get(timeout=60)

    assert (result["advice"], result["retryable"]) == ("retry_later", True)


def test_an_exception_of_a_task_is_raised_where_its_result_is_waited_for(
    celery: Celery, results: str
) -> None:
    with pytest.raises(ConnectlyError) as caught:
        celery.send_task("fail").get(timeout=60)

    error = caught.value.error
    assert "Too Many Requests" in str(caught.value)
    if results == "json":  # Celery writes the repr of the response, which makes nobody send again
        assert (error.status, error.advice, error.retryable) == (None, "contact_support", False)
    else:
        assert (error.status, error.advice, error.retryable) == (429, "retry_later", True)
