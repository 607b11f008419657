"""Say what to do about the error on standard input."""

import sys

from ._vendor.connectly_errors import Advice, ErrorResponse, parse


def next_step(error: ErrorResponse) -> str:
    """Tell who has to act."""
    if error.advice in {Advice.RETRY_LATER, Advice.SEND_TEMPLATE}:
        return f"we: {error.advice.description}"
    return (
        f"a person: {error.advice.description} Trace id: {error.cnt_trace_id or 'none'}"
    )


def main() -> None:
    """Read the error, and print the next step."""
    sys.stdout.write(next_step(parse(sys.stdin.buffer.read())) + "\n")


if __name__ == "__main__":
    main()
