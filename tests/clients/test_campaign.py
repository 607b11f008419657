"""A campaign: what was accepted, what was refused, and what to send again."""

from __future__ import annotations

import csv
import json
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

import campaign
import campaign_report
import httpx
import pandas as pd
import pytest
from campaign import Outcome, send_campaign
from campaign_report import Action, summarize

from connectly_errors import Advice

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Server

TLS = ssl.create_default_context()  # takes long to make
ACCEPTED = (
    '{"status": "created", "acceptedCount": 1, "rejectedCount": 0, "error": null}'
)
LIMITED = (
    '{"status": "error", "error": {"code": "ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED"}}'
)


def send(server: Server, *clients: str) -> list[Outcome]:
    entries = [{"client": client, "campaignName": "autumn-sale"} for client in clients]
    with httpx.Client(verify=TLS) as client:
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
    "body", [b"", b"{}", data(), data(ACCEPTED, ACCEPTED), b"<html>", b"[" * 100_000]
)
def test_a_response_without_exactly_one_item_is_to_be_checked(
    server: Server, body: bytes
) -> None:
    server.answers_with(200, body)

    (outcome,) = send(server, "+15550100001")

    assert outcome.error
    assert outcome.error.advice is Advice.CHECK_DELIVERY


def test_a_timeout_does_not_stop_the_campaign(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign, "TIMEOUT", 0.1)
    server.answers_with(200, data(ACCEPTED), delay=0.5)
    server.answers_with(200, data(ACCEPTED))

    first, second = send(server, "+15550100001", "+15550100002")

    assert first.error
    assert (first.error.advice, first.resend) == (Advice.INCREASE_TIMEOUT, False)
    assert second.error is None


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (0, {}),
        (200, {"Content_Length": "1000"}),
        (200, {"Content_Encoding": "gzip"}),
    ],
    ids=["reset", "short body", "not gzip"],
)
def test_a_broken_response_does_not_stop_the_campaign(
    server: Server, status: int, headers: dict[str, str]
) -> None:
    server.answers_with(status, data(ACCEPTED), 0, **headers)
    server.answers_with(200, data(ACCEPTED))

    first, second = send(server, "+15550100001", "+15550100002")

    assert first.error
    assert (first.error.advice, first.resend) == (Advice.CHECK_DELIVERY, False)
    assert second.error is None


def test_a_key_that_no_header_can_have_stops_the_campaign_at_once() -> None:
    with httpx.Client(verify=TLS) as client:
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


def test_a_report_read_with_csv(report: Path) -> None:
    with report.open(encoding="utf-8-sig", newline="") as file:
        assert summarize(csv.DictReader(file)) == (COUNTS, OPTED_OUT)


def test_a_report_read_with_pandas(report: Path) -> None:
    rows = pd.read_csv(report, dtype=str).to_dict("records")

    assert summarize(rows) == (COUNTS, OPTED_OUT)


@pytest.mark.parametrize("empty", ["", float("nan"), pd.NA, pd.NaT])
def test_a_row_whose_cells_are_empty_has_no_error_and_no_opt_out(empty: object) -> None:
    names = ("opt_out_at", "error_code", "error_msg")
    row = dict.fromkeys(names, empty) | {"customer_external_id": "+15550100001"}

    assert summarize([row]) == ({}, set())


@pytest.mark.parametrize("code", [131050, 131050.0, "131050.0", " 131050 "])
def test_an_opt_out_is_read_in_whatever_way_pandas_wrote_its_code(code: object) -> None:
    assert campaign_report.action({"error_code": code}) is Action.STOP_SENDING


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        ("ERROR_CODE_BUSINESS_RATE_LIMIT_REACHED", Action.RESEND_LATER),
        ("ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT ", Action.STOP_SENDING),
        ("ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW", Action.SEND_TEMPLATE),
        ("ERROR_CODE_MESSAGE_PHONE_NUMBER_INVALID", Action.CHECK_NUMBER),
        ("ERROR_CODE_MESSAGE_TEMPLATE_DELETED", Action.FIX_REQUEST),
        ("ERROR_CODE_BUSINESS_REACHED_LIMITS", Action.FIX_ACCOUNT),
        ("ERROR_CODE_NEW", Action.ASK_CONNECTLY),
    ],
)
def test_a_code_of_connectlys_own_is_read_by_its_advice(
    code: str, todo: Action
) -> None:
    assert campaign_report.action({"error_code": code}) is todo


def test_each_advice_has_an_action() -> None:
    assert set(campaign_report.ACTIONS_BY_ADVICE) == set(Advice)


@pytest.mark.parametrize("code", ["131049", "130472"])
def test_a_message_that_whatsapp_held_back_is_not_an_opt_out(code: str) -> None:
    row = {"customer_external_id": "+15550100001", "error_code": code}
    counts, opted_out = summarize([row])

    assert not opted_out
    assert not {*counts} & {Action.STOP_SENDING, Action.RESEND_LATER}


def test_a_row_with_a_cell_too_many_is_read() -> None:
    rows = csv.DictReader(["customer_external_id,error_code", "+15550100001,131026,x"])

    assert summarize(rows) == ({Action.CHECK_NUMBER: 1}, set())


def test_a_file_that_is_not_a_report_is_not_read_as_one_without_errors() -> None:
    rows = csv.DictReader(["customer_external_id;error_code", "+15550100001;131026"])

    with pytest.raises(ValueError, match="not a campaign report"):
        summarize(rows)


@pytest.mark.parametrize("cut", ["+15550100002", "+15550100002,", "+15550100002,,"])
def test_a_row_that_is_cut_short_is_not_read_as_one_without_an_error(cut: str) -> None:
    names = "customer_external_id,opt_out_at,error_code,error_msg"
    rows = csv.DictReader([names, "+15550100001,,,", cut])

    with pytest.raises(ValueError, match="cut short"):
        summarize(rows)


@pytest.mark.parametrize("lines", [[], ["customer_external_id,error_code"]])
def test_a_report_without_rows_is_not_read_as_one_without_errors(
    lines: list[str],
) -> None:
    with pytest.raises(ValueError, match="without rows"):
        summarize(csv.DictReader(lines))


def test_the_report_in_a_shell(report: Path) -> None:
    command = [sys.executable, campaign_report.__file__, str(report)]
    printed = subprocess.check_output(command, text=True)

    assert printed.splitlines()[-1] == "     3 opted out"
    assert "     1 don't resend: check the number" in printed.splitlines()
