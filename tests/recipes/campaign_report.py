"""Count the rows of a campaign report by what to do, and who opted out.

python campaign_report.py report.csv

With pandas, so that it neither rounds numbers nor makes the first column an index:
summarize(pandas.read_csv(path, dtype=str, index_col=False).to_dict("records"))
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
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
    CHECK_DELIVERY = "look for the delivery status before you send again"
    ASK_CONNECTLY = "ask Connectly"


# WhatsApp's own codes (developers.facebook.com, "WhatsApp error codes").
ACTIONS = {
    "130429": Action.RESEND_LATER,  # throughput limit reached
    "131016": Action.RESEND_LATER,  # service overloaded
    "131056": Action.RESEND_LATER,  # too many messages to one customer at once
    "131057": Action.RESEND_LATER,  # account in maintenance
    "131049": Action.WAIT_A_DAY,  # the customer already gets enough marketing
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
# For Connectly's own codes, and for codes that aren't above.
ACTIONS_BY_ADVICE = {
    Advice.RETRY_LATER: Action.RESEND_LATER,
    Advice.SEND_TEMPLATE: Action.SEND_TEMPLATE,
    Advice.CHANGE_RECIPIENT: Action.CHECK_NUMBER,
    Advice.STOP_SENDING: Action.STOP_SENDING,
    Advice.FIX_REQUEST: Action.FIX_REQUEST,
    Advice.FIX_ACCOUNT: Action.FIX_ACCOUNT,
    Advice.INCREASE_TIMEOUT: Action.CHECK_DELIVERY,
    Advice.CHECK_DELIVERY: Action.CHECK_DELIVERY,
    Advice.CONTACT_SUPPORT: Action.ASK_CONNECTLY,
}


def action(row: Mapping[Any, Any]) -> Action | None:
    """Return what to do about a row, or None if there is no error in it."""
    for error in parse_all(row):
        code = error.code.strip().removesuffix(".0")  # pandas writes 131050.0
        advice = replace(error, code=code).advice
        return ACTIONS.get(code, ACTIONS_BY_ADVICE[advice])
    return None


def has_opt_out_date(row: Mapping[Any, Any]) -> bool:
    """Whether the customer opted out, maybe after a message that was delivered."""
    # pandas has nan, NaT or <NA> for an empty cell.
    date = str(row.get("opt_out_at")).strip()
    return date not in ("", "None", "nan", "NaT", "<NA>")


def summarize(
    rows: Iterable[Mapping[Any, Any]],
) -> tuple[Counter[Action], set[str]]:
    """Return how many rows need each action, and the ids of who opted out.

    Raises ValueError if this isn't a whole report, or doesn't say who opted out.
    """
    counts: Counter[Action] = Counter()
    opted_out: set[str] = set()
    is_empty = True
    for row in rows:
        is_empty = False
        if "error_code" not in row:
            raise ValueError("not a campaign report, or not separated by commas")
        # csv has None for a cell that is missing, and as the name of cells too many.
        if any(cell is None for cell in row.values()):
            raise ValueError("a row of the campaign report is cut short")
        if None in row:  # a comma without quotes may have shifted the cells
            raise ValueError("a row of the campaign report is too long")
        todo = action(row)
        if todo is not None:
            counts[todo] += 1
        if todo is Action.STOP_SENDING or has_opt_out_date(row):
            customer = row.get("customer_external_id")
            if not isinstance(customer, str) or not customer.strip():
                raise ValueError("the campaign report doesn't say who opted out")
            opted_out.add(customer)
    if is_empty:
        raise ValueError("not a campaign report, or one without rows")
    return counts, opted_out


if __name__ == "__main__":
    # utf-8-sig: otherwise a BOM becomes part of the first column's name.
    with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
        counts, opted_out = summarize(csv.DictReader(file))
    for todo, number in counts.most_common():
        print(f"{number:6} {todo}")
    print(f"{len(opted_out):6} opted out")
