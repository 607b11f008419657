"""Send a campaign with httpx, one request for each entry; needs sending.py.

The response names no customer, and nothing says that its items come in the order of the
entries. With one entry in each request, you know whom a refusal is about.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import httpx
from sending import NO_RESPONSE, TIMED_OUT, TIMEOUT, headers_with

from connectly_errors import Advice, ErrorResponse, parse, parse_all


class Outcome(NamedTuple):
    """What became of an entry."""

    entry: dict[str, Any]
    error: ErrorResponse | None = None  # None if the entry was accepted
    resend: bool = False  # whether to send this entry again in a few minutes


def send_campaign(
    client: httpx.Client, url: str, key: str, entries: Iterable[dict[str, Any]]
) -> Iterator[Outcome]:
    """Send the entries one by one. Record each outcome before you ask for the next.

    If many fail for the same reason, such as a wrong key, stop asking.
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
        except httpx.TimeoutException:
            yield Outcome(entry, TIMED_OUT)
        except httpx.RequestError:  # likewise, the entry may have been sent
            yield Outcome(entry, NO_RESPONSE)
        else:
            yield read(entry, response.content, response.status_code)


def read(entry: dict[str, Any], body: bytes, status: int) -> Outcome:
    """Read the response to a request with this entry alone."""
    error = parse(body, status=status)
    has_one_item = count_items(body) == 1
    if has_one_item and not parse_all(body, status=status):
        return Outcome(entry)
    is_refused = has_one_item and status == 200 and "data" in error.path
    resend = is_refused and error.advice is Advice.RETRY_LATER
    return Outcome(entry, error, resend or error.retryable)


def count_items(body: bytes) -> int:
    """Return the number of items in the data of a response."""
    with suppress(ValueError, RecursionError):
        match json.loads(body):
            case {"data": [*items]}:
                return len(items)
            case _:
                pass
    return 0
