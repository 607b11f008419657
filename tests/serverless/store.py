"""The user's part: it prints what it saves, and can't save the message DOWN."""

import json

from webhook import Failure


def save(failure: Failure) -> None:
    if failure.message_id == "DOWN":
        raise OSError("no database for +15550100002")
    print("saved:" + json.dumps(failure[:3]), flush=True)


async def save_async(failure: Failure) -> None:
    save(failure)
