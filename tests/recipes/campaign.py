"""Send a campaign with httpx, one request for each entry; needs sending.py.

The response names no customer, and nothing says that its items come in the order of the
entries. With one entry in each request, you know whom a refusal is about.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import httpx
from sending import NO_RESPONSE, TIMED_OUT, TIMEOUT, headers_with

from connectly_errors import Advice, ErrorResponse, parse, parse_all

# The status of an entry that went out. That of one that was refused is "error".
WENT_OUT = ("created", "updated")


class Outcome(NamedTuple):
    """What became of an entry."""

    entry: dict[str, Any]
    error: ErrorResponse | None = None  # None if the entry was accepted
    resend: bool = False  # whether to send this entry again in a few minutes


def send_campaign(
    client: httpx.Client, url: str, key: str, entries: Iterable[dict[str, Any]]
) -> Iterator[Outcome]:
    """Send the entries one by one. Record each outcome before you ask for the next.

    If many fail for the same reason, such as a wrong key, stop asking. Without a
    connection this raises httpx's own exception, and that entry was not sent.
    """
    headers = headers_with(key)
    for entry in entries:
        try:
            response = client.post(
                url,
                json={"entries": [entry]},
                headers=headers,
                timeout=TIMEOUT,
                follow_redirects=False,
            )
        except (httpx.ConnectError, httpx.UnsupportedProtocol):
            raise  # nothing was sent
        except httpx.TimeoutException:
            yield Outcome(entry, TIMED_OUT)
        except httpx.RequestError:  # likewise, the entry may have been sent
            yield Outcome(entry, NO_RESPONSE)
        else:
            yield read(entry, response.content, response.status_code)


def read(entry: dict[str, Any], body: bytes, status: int) -> Outcome:
    """Read the response to a request with this entry alone."""
    errors = parse_all(body, status=status)
    item = only_item(body)
    if item.get("status") in WENT_OUT:
        # An error contradicts that. Report it, but don't send the entry twice.
        return Outcome(entry, errors[0] if errors else None)
    error = parse(body, status=status)
    is_refused = bool(item) and status == 200 and "data" in error.path
    resend = is_refused and error.advice is Advice.RETRY_LATER
    return Outcome(entry, error, resend or error.retryable)


def only_item(body: bytes) -> dict[str, Any]:
    """Return the item in the data of a response, or {} unless there is exactly one."""
    try:
        response = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    match response:
        case {"data": [dict(item)]}:
            return item
        case _:
            return {}
