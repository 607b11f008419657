"""Say what to do about the error on standard input."""

import sys

from ._vendor.connectly_errors import ErrorResponse, parse


def next_step(error: ErrorResponse) -> str:
    """Return it as a line."""
    return f"{error.advice}: {error.advice.description}\n"


if __name__ == "__main__":
    sys.stdout.write(next_step(parse(sys.stdin.buffer.read())))
