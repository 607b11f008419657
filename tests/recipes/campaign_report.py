"""Count the rows of a campaign report by what to do, and list who opted out.

python campaign_report.py report.csv

With pandas: summarize(pandas.read_csv(path, dtype=str).to_dict("records"))
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from connectly_errors import Advice, parse_all


class Action(StrEnum):
    RESEND_LATER = "wait a few minutes, then resend this row"
    WAIT_A_DAY = "not an opt-out: wait at least a day before you send again"
    WAIT_FOR_CUSTOMER = "not an opt-out: wait until the customer writes"
    STOP_SENDING = "an opt-out: stop sending"
    SEND_TEMPLATE = "send a template"
    CHECK_NUMBER = "don't resend: check the number"
    FIX_REQUEST = "fix the request or the template"
    FIX_ACCOUNT = "fix the account"
    ASK_CONNECTLY = "ask Connectly"


# WhatsApp's own codes (developers.facebook.com, "WhatsApp error codes").
ACTIONS = {
    "130429": Action.RESEND_LATER,  # throughput limit reached
    "131016": Action.RESEND_LATER,  # service overloaded
    "131056": Action.RESEND_LATER,  # too many messages to one customer at once
    "131057": Action.RESEND_LATER,  # account in maintenance
    "131049": Action.WAIT_A_DAY,  # the customer gets enough marketing messages
    "130472": Action.WAIT_FOR_CUSTOMER,  # the customer is in an experiment
    "131050": Action.STOP_SENDING,  # the customer stopped your marketing messages
    "131047": Action.SEND_TEMPLATE,  # over 24 hours since the customer's last message
    "131021": Action.CHECK_NUMBER,  # the sender's own number
    "131026": Action.CHECK_NUMBER,  # no WhatsApp, an old app, or you are blocked
    "131008": Action.FIX_REQUEST,  # a parameter is missing
    "131009": Action.FIX_REQUEST,  # a parameter isn't valid
    "131051": Action.FIX_REQUEST,  # unsupported type of message
    "131053": Action.FIX_REQUEST,  # unusable media file
    "132000": Action.FIX_REQUEST,  # wrong number of variables
    "132001": Action.FIX_REQUEST,  # no approved template in this language
    "132005": Action.FIX_REQUEST,  # text too long once filled in
    "132007": Action.FIX_REQUEST,  # content against the policy
    "132012": Action.FIX_REQUEST,  # wrong format of a variable
    "132015": Action.FIX_REQUEST,  # template paused for low quality: use another
    "132016": Action.FIX_REQUEST,  # template disabled for low quality: use another
    "130497": Action.FIX_ACCOUNT,  # not allowed to message this country
    "131031": Action.FIX_ACCOUNT,  # account locked
    "131037": Action.FIX_ACCOUNT,  # display name not approved
    "131042": Action.FIX_ACCOUNT,  # payment method missing or declined
    "131045": Action.FIX_ACCOUNT,  # number without a certificate
    "131048": Action.FIX_ACCOUNT,  # too many messages blocked or reported as spam
    "133010": Action.FIX_ACCOUNT,  # number not registered
    "131000": Action.ASK_CONNECTLY,  # unknown
}


def action(row: Mapping[Any, Any]) -> Action | None:
    """Return what to do about a row, or None if there is no error in it."""
    for error in parse_all(row):
        if error.advice is Advice.STOP_SENDING:  # one of Connectly's codes
            return Action.STOP_SENDING
        return ACTIONS.get(error.code.strip(), Action.ASK_CONNECTLY)
    return None


def has_opt_out_date(row: Mapping[Any, Any]) -> bool:
    """Whether the customer opted out, maybe after a message that was delivered."""
    # pandas has nan, NaT or <NA> for an empty cell.
    date = str(row.get("opt_out_at")).strip()
    return date not in ("", "None", "nan", "NaT", "<NA>")


def summarize(
    rows: Iterable[Mapping[Any, Any]],
) -> tuple[Counter[Action], set[str]]:
    """Return how many rows need each action, and the ids of who opted out."""
    counts: Counter[Action] = Counter()
    opted_out = set()
    for row in rows:
        if "error_code" not in row:
            raise ValueError("not a campaign report, or not separated by commas")
        todo = action(row)
        if todo is not None:
            counts[todo] += 1
        if todo is Action.STOP_SENDING or has_opt_out_date(row):
            opted_out.add(str(row["customer_external_id"]))
    return counts, opted_out


if __name__ == "__main__":
    # utf-8-sig: otherwise a BOM becomes part of the first column's name.
    with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
        counts, opted_out = summarize(csv.DictReader(file))
    for todo, number in counts.most_common():
        print(f"{number:6} {todo}")
    print(f"{len(opted_out):6} opted out")
