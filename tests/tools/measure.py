"""What the benchmark and the growth check share: taking turns, tables, bounds, and RESULTS.md."""

import json
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from timeit import Timer
from typing import Any, NamedTuple

import connectly_errors

RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = """# What was measured

Written by `nox -s bench` and `nox -s growth`: each run replaces its own section. Read the ratios,
as the times are those of one machine. A figure past its bound stands in **bold**."""
PYTHON = f"{platform.python_implementation()} {platform.python_version()}"


class Call(NamedTuple):
    function: Callable[[Any], object]
    argument: object


class Bound(NamedTuple):
    what: str
    must: float
    reach_for: float
    measured: float

    @property
    def holds(self) -> bool:
        return round(self.measured, 2) <= self.must

    def cells(self) -> list[str]:
        figure = f"{self.measured:.{2 if self.measured < 100 else 0}f}"
        return [
            self.what,
            f"{self.must:g}",
            f"{self.reach_for:g}",
            figure if self.holds else f"**{figure}**",
        ]


def least_seconds(calls: Sequence[Call], seconds: float) -> list[float]:
    """The least time of the processor that each call takes, in runs of 2 ms or one call.

    The calls take turns, two or more, until so many seconds are over: what slows one slows the
    others too, and other programs can only add to the least.
    """
    timers = [Timer("f(x)", timer=time.process_time, globals={"f": f, "x": x}) for f, x in calls]
    numbers = [1] * len(calls)
    for _ in range(2):  # a first call takes longer
        numbers = [
            max(1, int(0.002 * number / timer.timeit(number)))
            for timer, number in zip(timers, numbers, strict=True)
        ]
    least = [float("inf")] * len(calls)
    turns, until = 0, time.monotonic() + seconds
    while turns < 2 or time.monotonic() < until:
        for place, (timer, number) in enumerate(zip(timers, numbers, strict=True)):
            least[place] = min(least[place], timer.timeit(number) / number)
        turns += 1
    return least


REFUSED = object()


def json_loads(body: str | bytes) -> object:
    """What json.loads makes of a body, or REFUSED: the time is that of a refusal as well."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return REFUSED


def table(header: str, rows: Iterable[Sequence[str]]) -> str:
    rule = " | ".join(["---", *["--:"] * header.count("|")])
    return "".join(f"| {line} |\n" for line in (header, rule, *map(" | ".join, rows)))


def report(title: str, about: str, bounds: Sequence[Bound], *tables: str, save: bool) -> None:
    """Print a section, put it into RESULTS.md, and exit with 1 where a bound does not hold."""
    text = "\n".join(
        [
            f"{date.today()}, {PYTHON}, {platform.system()} {platform.machine()}, "
            f"connectly_errors {connectly_errors.__version__}.\n{about}\n",
            table("| must | reach for | measured", [bound.cells() for bound in bounds]),
            *tables,
        ]
    )
    print(text)
    if save:
        old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
        sections = dict(part.split("\n", 1) for part in old.split("\n## ")[1:])
        sections[title] = f"\n{text}"
        parts = [HEAD, *(f"{name}\n{sections[name]}".strip() for name in sorted(sections))]
        RESULTS.write_text("\n\n## ".join(parts) + "\n", encoding="utf-8")
    missed = [bound.what for bound in bounds if not bound.holds]
    sys.exit(f"Past the bound: {'; '.join(missed)}" if missed else 0)
