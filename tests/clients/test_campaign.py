"""A campaign: what was accepted, what was refused, and what to send again."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import campaign
import campaign_report
import httpx
import pandas as pd
import pytest
from campaign import Outcome, send_campaign
from campaign_report import Action, summarize

from connectly_errors import Advice

from .conftest import Server

ACCEPTED = (
    '{"status": "created", "acceptedCount": 1, "rejectedCount": 0, "error": null}'
)
LIMITED = (
    '{"status": "error", "error": {"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}}'
)


def send(server: Server, *clients: str) -> list[Outcome]:
    entries = [{"client": client, "campaignName": "autumn-sale"} for client in clients]
    with httpx.Client() as client:
        return list(send_campaign(client, server.url, "secret", entries))


def data(*items: str) -> bytes:
    return f'{{"data": [{", ".join(items)}]}}'.encode()


def test_each_entry_has_a_request_and_an_outcome_of_its_own(
    server: Server, payloads: Path
) -> None:
    server.answers_with(200, (payloads / "campaign_created.json").read_bytes())
    server.answers_with(200, (payloads / "campaign_not_found.json").read_bytes())

    first, second = send(server, "+15550100001", "+15550100002")

    assert first.error is None
    assert second.entry["client"] == "+15550100002"
    assert second.error
    assert second.error.advice is Advice.FIX_REQUEST
    assert [json.loads(request.body) for request in server.received] == [
        {"entries": [first.entry]},
        {"entries": [second.entry]},
    ]


@pytest.mark.parametrize(
    ("status", "body", "resend"),
    [
        (200, data(ACCEPTED), False),
        (200, data(LIMITED), True),
        (429, b"", True),
        (200, data(LIMITED, ACCEPTED), False),  # of one entry that was sent
        (200, LIMITED.encode(), False),
        (200, data(LIMITED.replace("error", "created", 1)), False),  # it went out
        (429, data(ACCEPTED), False),
        (500, data(LIMITED), False),
        (503, b"", False),
    ],
)
def test_an_entry_is_sent_again_only_if_it_was_refused(
    server: Server, status: int, body: bytes, resend: bool
) -> None:
    server.answers_with(status, body)

    (outcome,) = send(server, "+15550100001")

    assert outcome.resend is resend


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        data(),
        data(ACCEPTED, ACCEPTED),
        b"[" * 100_000,
        data("null"),
        data("{}"),
        data('{"status": "skipped", "error": null}'),
        data(f"[{LIMITED}]"),
    ],
)
def test_a_response_that_does_not_say_what_became_of_the_entry_is_to_be_checked(
    server: Server, body: bytes
) -> None:
    server.answers_with(200, body)

    (outcome,) = send(server, "+15550100001")

    assert outcome.error
    assert outcome.error.advice is Advice.CHECK_DELIVERY


@pytest.mark.parametrize(
    ("status", "delay", "headers", "advice"),
    [
        (200, 0.5, {}, Advice.INCREASE_TIMEOUT),
        (0, 0, {}, Advice.CHECK_DELIVERY),
        (200, 0, {"Content_Encoding": "gzip"}, Advice.CHECK_DELIVERY),
    ],
    ids=["timeout", "no response", "not gzip"],
)
def test_an_entry_that_may_have_been_sent_does_not_stop_the_campaign(
    server: Server,
    status: int,
    delay: float,
    headers: dict[str, str],
    advice: Advice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(campaign, "TIMEOUT", 0.1)
    server.answers_with(status, data(ACCEPTED), delay, **headers)
    server.answers_with(200, data(ACCEPTED))

    first, second = send(server, "+15550100001", "+15550100002")

    assert first.error
    assert (first.error.advice, first.resend) == (advice, False)
    assert second.error is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1/v1"])
def test_without_a_connection_the_campaign_stops_because_nothing_was_sent(
    url: str,
) -> None:
    with httpx.Client() as client:
        outcomes = send_campaign(client, url, "secret", [{}])
        with pytest.raises((httpx.ConnectError, httpx.UnsupportedProtocol)):
            next(outcomes)


def test_a_key_that_no_header_can_have_stops_the_campaign_at_once() -> None:
    with httpx.Client() as client:
        outcomes = send_campaign(client, "http://127.0.0.1:1", "two\nlines", [{}])
        with pytest.raises(ValueError, match="API key"):
            next(outcomes)


# --- The report ---

REPORT = """\
customer_external_id,sendout_id,opt_out_at,error_code,error_msg
+15550100001,5d0c00,,,
+15550100002,5d0c00,,131026,Message Undeliverable.
+15550100003,5d0c00,,131049,Not delivered
+15550100004,5d0c00,,131050,Stopped
+15550100005,5d0c00,2026-11-16 08:15:14,,
+15550100006,5d0c00,,999999,New
+15550100007,5d0c00,,,No code
+15550100008,5d0c00,,ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT,
"""
COUNTS = {
    Action.CHECK_NUMBER: 1,
    Action.WAIT_A_DAY: 1,
    Action.STOP_SENDING: 2,
    Action.ASK_CONNECTLY: 2,
}
OPTED_OUT = {"+15550100004", "+15550100005", "+15550100008"}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.csv"
    path.write_text(REPORT, encoding="utf-8-sig")
    return path


def test_a_report_read_in_a_shell(report: Path) -> None:
    command = [sys.executable, campaign_report.__file__, str(report)]
    printed = subprocess.check_output(command, text=True)

    lines = [f"{number:6} {action}\n" for action, number in COUNTS.items()]
    assert sorted(printed.splitlines(True)) == sorted([*lines, "     3 opted out\n"])


def test_a_report_read_with_pandas(report: Path) -> None:
    rows = pd.read_csv(report, dtype=str, index_col=False).to_dict("records")

    assert summarize(rows) == (COUNTS, OPTED_OUT)


@pytest.mark.parametrize("empty", ["", float("nan"), pd.NA, pd.NaT])
def test_a_row_whose_cells_are_empty_has_no_error_and_no_opt_out(empty: object) -> None:
    names = ("opt_out_at", "error_code", "error_msg")
    row = dict.fromkeys(names, empty) | {"customer_external_id": "+15550100001"}

    assert summarize([row]) == ({}, set())


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        (131050, Action.STOP_SENDING),
        (131050.0, Action.STOP_SENDING),
        ("131050.0", Action.STOP_SENDING),
        (" 131050 ", Action.STOP_SENDING),
        ("ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT ", Action.STOP_SENDING),
        ("131049", Action.WAIT_A_DAY),  # held back, which is no opt-out
        ("130472", Action.WAIT_FOR_CUSTOMER),
        ("ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED", Action.RESEND_LATER),
        ("ERROR_CODE_NEW", Action.ASK_CONNECTLY),
    ],
)
def test_a_row_is_read_by_its_code(code: object, todo: Action) -> None:
    assert campaign_report.action({"error_code": code}) is todo


def test_each_advice_has_an_action() -> None:
    assert set(campaign_report.ACTIONS_BY_ADVICE) == set(Advice)


@pytest.mark.parametrize("customer", ["", " ", float("nan"), pd.NA, 15550100001.0])
@pytest.mark.parametrize("opt_out", [{"error_code": "131050"}, {"opt_out_at": "2026"}])
def test_an_opt_out_of_nobody_is_not_passed_over(
    customer: object, opt_out: dict[str, str]
) -> None:
    row = {"customer_external_id": customer, "error_code": "", **opt_out}

    with pytest.raises(ValueError, match="who opted out"):
        summarize([row])


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["customer_external_id;error_code", "1;131026"], "not a campaign report"),
        (["customer_external_id,error_code,error_msg", "1"], "cut short"),
        (["customer_external_id,error_code,error_msg", "1,"], "cut short"),
        (["customer_external_id,error_code", "1,131026,"], "too long"),
        (["customer_external_id,error_code"], "without rows"),
        ([], "without rows"),
    ],
)
def test_what_is_not_a_whole_report_is_not_read_as_one_without_errors(
    lines: list[str], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        summarize(csv.DictReader(lines))
