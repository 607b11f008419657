"""Measure connectly_errors beside json.loads and beside what a user would pick instead.

    python run.py FOLDER [--quick]     FOLDER holds an installation of each reader by itself

`nox -s bench` does it. The figures go to RESULTS.md, but for those of a quick run, as they are less
steady.
"""

import gc
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from importlib import import_module, metadata
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from measure import PYTHON, REFUSED, Bound, Call, json_loads, least_seconds, report, table

import connectly_errors
from connectly_errors import parse, parse_all

HERE = Path(__file__).parent
PAYLOADS = HERE.parent.parent / "payloads"
# with_….py in the folder peers is the model that the documentation of each leads to.
PEERS = ["pydantic", "msgspec", "cattrs", "mashumaro", "dacite", "marshmallow"]


class Reader(NamedTuple):
    name: str
    read: Callable[[Any], object]  # takes the bytes of a body
    convert: Callable[[Any], object]  # takes what json.loads makes of them


def body_in(path: Path) -> bytes:
    """A saved payload as it is sent, without the white space that is there for human readers."""
    body = path.read_bytes()
    if path.suffix == ".json":
        body = re.sub(rb'("(?:[^"\\]|\\.)*(?:"|$))|\s', rb"\1", body)
    return body


BODIES = {path.name: body_in(path) for path in sorted(PAYLOADS.iterdir())}
IS_REFUSED = {name: json_loads(body) is REFUSED for name, body in BODIES.items()}
SEVEN, FIVE = "api_error.json", "five_members.json"

# --- Time in one process, by function and name of the body ---


def times(readers: list[Reader], seconds: float) -> dict[tuple[str, str], float]:
    calls: dict[tuple[str, str], Call] = {}
    for name, body in BODIES.items():
        calls["json.loads", name] = Call(json_loads if IS_REFUSED[name] else json.loads, body)
        calls["parse", name] = Call(parse, body)
        calls["parse_all", name] = Call(parse_all, body)
    for reader in readers:
        for name in (SEVEN, FIVE):
            calls[reader.name, name] = Call(reader.read, BODIES[name])
            calls[f"{reader.name}, decoded", name] = Call(reader.convert, json.loads(BODIES[name]))
    least = least_seconds(list(calls.values()), seconds * len(calls))
    return dict(zip(calls, least, strict=True))


def of_saved(best: dict[tuple[str, str], float]) -> str:
    return table(
        "payload | bytes | `json.loads`, µs | `parse`, µs | / `json.loads` | `parse_all`, µs | "
        "/ `json.loads`",
        [
            [
                name,
                f"{len(body):,}",
                f"{'refused: ' if IS_REFUSED[name] else ''}{best['json.loads', name] * 1e6:.2f}",
                *(
                    figure
                    for function in ("parse", "parse_all")
                    for figure in (
                        f"{best[function, name] * 1e6:.2f}",
                        f"{best[function, name] / best['json.loads', name]:.2f}",
                    )
                ),
            ]
            for name, body in BODIES.items()
        ],
    )


# --- Time and memory of a new process ---


class Process(NamedTuple):
    code: str
    folder: Path
    compiled: bool  # whether .pyc files are written, and read from then on

    def run(self, before: str = "", after: str = "") -> str:
        settings = {"PYTHONPATH": f"{self.folder}"}
        settings["PYTHONDONTWRITEBYTECODE"] = "" if self.compiled else "1"
        # -P: or else a module in the working folder would be taken for the one to import.
        command = [sys.executable, "-S", "-P", "-c", before + self.code + after]
        return subprocess.check_output(command, env=os.environ | settings, text=True)

    def seconds(self) -> float:
        """The processor time of one run; the clock would count what else runs as well."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def processes(name: str, installed: Path, root: Path) -> list[Process]:
    """A reader that reads one body, with and without .pyc files, each in a copy of its own."""
    of_peer = f"from peers.with_{name} import read; read({BODIES[SEVEN]!r})"
    code = of_peer if name in PEERS else f"import {name}; {name}.parse({BODIES[SEVEN]!r})"
    started = []
    for compiled in (True, False):
        folder = root / f"{name} {compiled}"
        shutil.copytree(installed, folder)
        if name in PEERS:
            uncompiled = shutil.ignore_patterns("__pycache__")
            shutil.copytree(HERE / "peers", folder / "peers", ignore=uncompiled)
        started.append(Process(code, folder, compiled))
        started[-1].run()
    return started


def medians(started: list[Process], rounds: int) -> list[float]:
    """The processor times of a bare interpreter and of the floor, and the others' ratios to it.

    The processes take turns. From all but the bare interpreter its own time is taken off.
    """
    measured = [[process.seconds() for process in started] for _ in range(rounds)]
    bare, *others = map(median, zip(*measured, strict=True))
    floor, *others = (other - bare for other in others)
    return [bare, floor, *(other / floor for other in others)]


def imported(process: Process) -> int:
    """The bytes that a process holds once it has read a body."""
    # Importing tracemalloc itself would import what the readers need: its C part does not.
    before = "import _tracemalloc, gc; _tracemalloc.start(1); "
    after = "; gc.collect(); print(_tracemalloc.get_traced_memory()[0])"
    return int(process.run(before, after))


def held(convert: Callable[[Any], object]) -> float:
    """The bytes that a response holds, the decoded body aside."""
    decoded = json.loads(BODIES[SEVEN])
    kept = [convert(decoded)] * 1000
    gc.collect()
    tracemalloc.start(1)
    before, _ = tracemalloc.get_traced_memory()
    for index in range(1000):
        kept[index] = convert(decoded)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 1000


# --- What else a choice costs ---


def weight(folder: Path) -> list[str]:
    sizes = [path.stat().st_size for path in folder.rglob("[!.]*") if path.is_file()]
    return [f"{len(sizes)}", f"{sum(sizes):,}"]


def read_without_raising(read: Callable[[Any], object]) -> int:
    count = 0
    for body in BODIES.values():
        try:
            read(body)
        except Exception:
            continue
        count += 1
    return count


def unknown_code(read: Callable[[Any], Any]) -> str:
    code = read(BODIES["unknown_code.json"]).code
    return f"becomes {code.name}" if hasattr(code, "name") else "kept"


def main() -> None:
    installed, quick = Path(sys.argv[1]), "--quick" in sys.argv
    readers = [Reader("connectly_errors", parse, parse)]
    for name in PEERS:
        peer = import_module(f"peers.with_{name}")
        readers.append(Reader(name, peer.read, peer.convert))

    best = times(readers, seconds=0.1 if quick else 1)
    with TemporaryDirectory() as root:
        basis = [
            Process(code, Path(root), compiled=True)
            for code in ("pass", "import dataclasses, enum, json")
        ]
        pairs = [processes(name, installed / name, Path(root)) for name, *_ in readers]
        _, _, with_pyc, without_pyc = medians([*basis, *pairs[0]], 10 if quick else 200)
        bare, floor, *cold = medians([*basis, *chain(*pairs)], 3 if quick else 20)
        memory = [imported(process) for process in (basis[1], *(pair[0] for pair in pairs))]

    def ratio(function: str, body: str) -> float:
        return best[function, body] / best["json.loads", body]

    def decoded(reader: str, body: str) -> float:
        return best[f"{reader}, decoded", body] / best["pydantic, decoded", body]

    module = Path(str(connectly_errors.__file__)).read_bytes()
    failed, refused = "webhook_failed.json", "campaign_not_found.json"
    created, delivered = "campaign_created.json", "webhook_delivered.json"
    bounds = [
        Bound("`parse`: the documented body", 1.8, 1.5, ratio("parse", SEVEN)),
        Bound("`parse`: the body of five members", 1.8, 1.5, ratio("parse", FIVE)),
        Bound("`parse`: a failed webhook", 1.8, 1.5, ratio("parse", failed)),
        Bound("`parse_all`: a campaign of one error", 2.2, 1.8, ratio("parse_all", refused)),
        Bound("`parse_all`: a campaign without errors", 2, 1.4, ratio("parse_all", created)),
        Bound("`parse_all`: a delivered webhook", 2, 1.4, ratio("parse_all", delivered)),
        Bound("decoded, seven members / pydantic", 1.8, 1.2, decoded("connectly_errors", SEVEN)),
        Bound("decoded, five members / pydantic", 1.8, 1.2, decoded("connectly_errors", FIVE)),
        Bound("cold start / floor", 1.22, 1.1, with_pyc),
        Bound("cold start without `.pyc` / floor", 1.55, 1.4, without_pyc),
        Bound("lines of the file", 850, 750, module.count(b"\n")),
    ]
    speed = table(
        "| seven members / `json.loads` | five members / `json.loads` | "
        "decoded, seven / pydantic | decoded, five / pydantic | "
        f"of {len(BODIES)} payloads, read without raising | an unknown code",
        [
            [
                f"{name} {metadata.version(name)}",
                *(f"{ratio(name, body):.2f}" for body in (SEVEN, FIVE)),
                *(f"{decoded(name, body):.2f}" for body in (SEVEN, FIVE)),
                f"{read_without_raising(read)}",
                unknown_code(read),
            ]
            for name, read, _ in readers
        ],
    )
    cost = table(
        "| cold start / floor | without `.pyc` / floor | bytes held by a response | "
        "by import and one body, beyond the floor | files installed | bytes installed",
        [
            [
                name,
                *(f"{figure:.2f}" for figure in cold[2 * place : 2 * place + 2]),
                f"{held(convert):,.0f}",
                f"{memory[1 + place] - memory[0]:,}",
                *weight(installed / name),
            ]
            for place, (name, _, convert) in enumerate(readers)
        ],
    )
    about = f"""\
In one process all calls take turns, and the least processor time of each counts. Of new processes,
which take turns too, the median of the processor times counts, without `site` (`-S`): of 200 in
the first table, of 20 in the last. From all of these the time of a bare interpreter is taken off,
{bare * 1000:.1f} ms; the floor is what then is left of `import dataclasses, enum, json`,
{floor * 1000:.1f} ms. With `.pyc` files means that they are there already; without, that those of
the standard library alone are. Where `json.loads` refuses a body, its time is that of the refusal.
Decoded is what `json.loads` made of a body, and pydantic's the time of `model_validate`. The file
alone weighs {len(module):,} bytes."""
    title = f"bench, {PYTHON.rpartition('.')[0]}"
    report(title, about, bounds, of_saved(best), speed, cost, save=not quick)


if __name__ == "__main__":
    main()
