"""Yours to write: keep what failed. The recipes for webhooks call it.

An event may come twice: saving the same failure again must change nothing.
"""

from webhook import Failure


def save(failure: Failure) -> None:
    """Mark the message as failed, and the customer as opted out if they opted out.

    message_id and customer are None if the event doesn't have them, or not as text.
    An opt-out without a customer isn't acknowledged, whatever this does.

    If this raises, the event is not acknowledged and comes again.
    """
    raise NotImplementedError


async def save_async(failure: Failure) -> None:
    """The same for Cloudflare Workers, where a database is awaited."""
    raise NotImplementedError
