"""What the benchmark and the growth check share: timing, bounds, and RESULTS.md."""

import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from math import inf
from pathlib import Path
from timeit import Timer
from typing import Any, NamedTuple

import connectly_errors

RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = """# What was measured

`nox -s bench` and `nox -s growth` write this file: each run replaces its own section.
The times are those of one machine, so look at the ratios. A ratio over its bound is
**bold**."""
IMPLEMENTATION = platform.python_implementation()
PYTHON = f"{IMPLEMENTATION} {sys.version_info.major}.{sys.version_info.minor}"


class Call(NamedTuple):
    function: Callable[[Any], object]
    argument: object


class Bound(NamedTuple):
    what: str
    must: float
    aim_for: float
    measured: float
    worst: str = ""  # the body or kind that was measured, if there were several

    @property
    def holds(self) -> bool:
        return round(self.measured, 2) <= self.must

    def row(self) -> list[str]:
        measured = ratio(self.measured, self.must)
        return [self.what, f"{self.must:g}", f"{self.aim_for:g}", measured, self.worst]


def ratio(value: float, must: float = inf) -> str:
    """Write a ratio, in bold if it is over its bound."""
    text = f"{value:,.2f}"
    return f"**{text}**" if round(value, 2) > must else text


def least_seconds(calls: Sequence[Call], seconds: float) -> list[float]:
    """Return the least processor time of each call, in runs of 2 ms or one call.

    The calls take turns for so many seconds. What slows down one of them slows down the
    others too, and can only add to the least.
    """
    timers = []
    for function, argument in calls:
        names = {"function": function, "argument": argument}
        timer = Timer("function(argument)", timer=time.process_time, globals=names)
        timer.timeit(1)  # The first call takes longer.
        timers.append((timer, max(1, int(0.002 / timer.timeit(1)))))
    least = [inf] * len(calls)
    end = time.monotonic() + seconds
    while inf in least or time.monotonic() < end:
        for index, (timer, number) in enumerate(timers):
            least[index] = min(least[index], timer.timeit(number) / number)
    return least


def table(header: str, rows: Iterable[Sequence[str]]) -> str:
    rule = " | ".join(["---", *["--:"] * header.count("|")])
    return "".join(f"| {line} |\n" for line in (header, rule, *map(" | ".join, rows)))


def report(
    name: str, about: str, bounds: Sequence[Bound], *tables: str, save: bool
) -> None:
    """Print a section, save it in RESULTS.md, and exit with 1 if a bound is broken."""
    system = f"{platform.system()} {platform.machine()}"
    python = f"{IMPLEMENTATION} {platform.python_version()}"
    module = f"connectly_errors {connectly_errors.__version__}"
    summary = table(
        "| must | aim for | measured | worst", [bound.row() for bound in bounds]
    )
    first_line = f"{date.today()}, {python}, {system}, {module}.\n"
    section = "\n".join([first_line, f"{about}\n", summary, *tables])
    print(section)
    if save:
        old = RESULTS.read_text(encoding="utf-8")
        sections = dict(part.split("\n", 1) for part in old.split("\n## ")[1:])
        sections[f"{name}, {PYTHON}"] = f"\n{section}"
        parts = [f"{title}\n{text}".strip() for title, text in sorted(sections.items())]
        RESULTS.write_text("\n\n## ".join([HEAD, *parts]) + "\n", encoding="utf-8")
    broken = [bound.what for bound in bounds if not bound.holds]
    sys.exit(f"Over the bound: {'; '.join(broken)}" if broken else 0)
