"""Measure connectly_errors beside json.loads and beside what a user would pick instead.

    nox -s bench -- results.md
    PYTHONPATH=. python tests/tools/bench/run.py --only hot --quick

In one process the contestants take turns, and the best of many short runs counts; of processes in
turn the median counts. Read the ratios: absolute times are those of one machine.
"""

import argparse
import gc
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib import import_module, metadata
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from timeit import Timer
from typing import Any, NamedTuple

from malformed import MALFORMED
from packaging.requirements import Requirement

import connectly_errors
from connectly_errors import parse, parse_all

HERE = Path(__file__).parent
PAYLOADS = HERE.parent.parent / "payloads"
# The distributions; with_….py in peers/ is the model that the documentation of each leads to.
PEERS = ["pydantic", "msgspec", "cattrs", "mashumaro", "dacite", "marshmallow"]


class Reader(NamedTuple):
    name: str
    read: Callable[[Any], object]  # takes the bytes of a body
    convert: Callable[[Any], object]  # takes what json.loads makes of them


class Call(NamedTuple):
    function: Callable[[Any], object]
    argument: object


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def payload(name: str) -> bytes:
    return compact(json.loads((PAYLOADS / name).read_bytes()))


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["--:"] * (len(header) - 1)]
    lines = "".join(f"| {' | '.join(cells)} |\n" for cells in (header, rule, *rows))
    return f"### {title}\n\n{lines}"


BODY = payload("api_error.json")
UNKNOWN = payload("unknown_code.json")

# --- Speed in one process ---


def contest(calls: dict[str, Call], quick: bool) -> dict[str, float]:
    """The seconds that one call takes at best, measured in many short runs in turn."""
    timers = {name: Timer("f(x)", globals={"f": f, "x": x}) for name, (f, x) in calls.items()}
    # Runs of about 2 ms: short enough that some of them are not interrupted.
    numbers = {name: max(1, int(0.04 / min(t.repeat(9, 20)))) for name, t in timers.items()}
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(40 if quick else 400):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(numbers[name]) / numbers[name])
    return best


def hot(readers: list[Reader], quick: bool) -> str:
    calls = {"body": Call(json.loads, BODY), "unknown": Call(json.loads, UNKNOWN)}
    for name, read, convert in readers:
        calls[f"{name} bytes"] = Call(read, BODY)
        calls[f"{name} decoded"] = Call(convert, json.loads(BODY))
        calls[f"{name} unknown"] = Call(read, UNKNOWN)
    best = contest(calls, quick)
    rows = []
    for name, *_ in readers:
        decoded = best[f"{name} decoded"]
        pydantic = best.get("pydantic decoded", float("nan"))
        ratios = (
            best[f"{name} bytes"] / best["body"],
            decoded / best["body"],
            decoded / pydantic,
            best[f"{name} unknown"] / best["unknown"],
        )
        rows.append([name, f"{best[f'{name} bytes'] * 1e6:.2f}", *(f"{r:.2f}" for r in ratios)])
    return table(
        f"Hot: the documented body, {len(BODY)} bytes (`json.loads`: {best['body'] * 1e6:.2f} µs)",
        [
            "",
            "bytes, µs",
            "bytes / `json.loads`",
            "decoded / `json.loads`",
            "decoded / pydantic's `model_validate`",
            "unknown code, bytes / `json.loads`",
        ],
        rows,
    )


def refuse(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def shapes(readers: list[Reader], quick: bool) -> str:
    sent, failed = json.loads(payload("campaign.json"))["data"][:2]
    campaign = compact({"data": [failed if n in (20, 50, 80) else sent for n in range(100)]})
    page = (PAYLOADS / "bad_gateway.html").read_bytes()
    webhook = payload("webhook_failed.json")
    delivered = payload("webhook_delivered.json")
    cases: dict[str, tuple[Callable[[Any], object], Callable[[Any], object], bytes]] = {
        "a webhook, `parse`": (parse, json.loads, webhook),
        "a webhook, `parse_all`": (parse_all, json.loads, webhook),
        "a webhook without error, `parse_all`": (parse_all, json.loads, delivered),
        "3 errors among 100 entries of a campaign, `parse_all`": (parse_all, json.loads, campaign),
        "an unknown code, `parse`": (parse, json.loads, UNKNOWN),
        "an HTML page, `parse` / `json.loads` and `except`": (parse, refuse, page),
    }
    calls = {}
    for name, (function, floor, body) in cases.items():
        calls[name] = Call(function, body)
        calls[f"{name}: floor"] = Call(floor, body)
    best = contest(calls, quick)
    return table(
        "Hot: other shapes, as bytes",
        ["", "bytes", "µs", "/ `json.loads`"],
        [
            [name, f"{len(body):,}", f"{best[name] * 1e6:.2f}", ratio]
            for name, (_, _, body) in cases.items()
            for ratio in [f"{best[name] / best[f'{name}: floor']:.2f}"]
        ],
    )


# --- Speed and memory of a new interpreter ---


def with_dependencies(name: str) -> list[metadata.Distribution]:
    found: dict[str, metadata.Distribution] = {}
    names = [name]
    for each in names:
        distribution = metadata.distribution(each)
        if distribution.name not in found:
            found[distribution.name] = distribution
            wanted = map(Requirement, distribution.requires or [])
            names += [r.name for r in wanted if not r.marker or r.marker.evaluate({"extra": ""})]
    return list(found.values())


def files(name: str) -> list[metadata.PackagePath]:
    """What is installed for a distribution and its dependencies, but what Python compiled."""
    every = (file for each in with_dependencies(name) for file in each.files or [])
    return [file for file in every if file.suffix != ".pyc"]


def place(name: str, folder: Path, vendored: bool) -> str:
    """Copy a reader to a folder, and return the code that reads one body with it."""
    if name != "connectly_errors":
        for file in files(name):
            if ".." not in file.parts:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), folder / file)
        shutil.copytree(HERE / "peers", folder / "peers", ignore=shutil.ignore_patterns("*.pyc"))
        return f"from peers.with_{name} import read; read({BODY!r})"
    module = Path(str(connectly_errors.__file__))
    if module.name == "__init__.py" and not vendored:
        (folder / name).mkdir()
        shutil.copy(module, folder / name)
    else:
        shutil.copy(module, folder / f"{name}.py")
    return f"from connectly_errors import parse; parse({BODY!r})"


class Process(NamedTuple):
    code: str
    folder: Path
    compiled: bool  # whether .pyc files are written, and read from then on

    def run(self, code: str | None = None) -> str:
        settings = {"PYTHONPATH": f"{self.folder}"}
        settings["PYTHONDONTWRITEBYTECODE"] = "" if self.compiled else "1"
        # -P: or else a module in the working folder would be taken instead of the copy.
        command = [sys.executable, "-P", "-c", code or self.code]
        return subprocess.run(
            command, env=os.environ | settings, check=True, capture_output=True, text=True
        ).stdout


def processes(readers: list[Reader], root: Path) -> dict[str, Process]:
    """A bare interpreter, the floor, and every reader, with and without .pyc files."""
    started = {
        "bare": Process("pass", root, compiled=True),
        "floor": Process("import dataclasses, enum, json", root, compiled=True),
    }
    for name, *_ in readers:
        for compiled in (True, False):
            key = f"{name} {'compiled' if compiled else 'source'}"
            folder = root / key
            folder.mkdir()
            started[key] = Process(place(name, folder, vendored=not compiled), folder, compiled)
    for process in started.values():
        process.run()
    return started


def children_time() -> float:
    """The processor time of all processes so far; the clock would count what else runs as well."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cold(readers: list[Reader], quick: bool) -> str:
    rounds = 10 if quick else 30
    with TemporaryDirectory() as root:
        started = processes(readers, Path(root))
        times: dict[str, list[float]] = {key: [] for key in started}
        for _ in range(rounds):
            for key, process in started.items():
                start = children_time()
                process.run()
                times[key].append(children_time() - start)
    bare = median(times["bare"])
    over = {key: median(values) - bare for key, values in times.items()}

    def cells(key: str) -> list[str]:
        return [f"{over[key] * 1000:.1f}", f"{over[key] / over['floor']:.2f}"]

    return table(
        f"Cold: importing and reading one body, less a bare interpreter ({bare * 1000:.1f} ms); "
        f"processor time, medians of {rounds} processes in turn",
        ["", "ms", "/ the floor", "ms without `.pyc`", "/ the floor"],
        [
            ["floor: `import dataclasses, enum, json`", *cells("floor"), "", ""],
            *([name, *cells(f"{name} compiled"), *cells(f"{name} source")] for name, *_ in readers),
        ],
    )


# Importing tracemalloc itself would import what the readers need: its C part does not.
TRACED = "import _tracemalloc, gc; _tracemalloc.start(1); {}; gc.collect(); "
TRACED += "print(_tracemalloc.get_traced_memory()[0])"


def memory(readers: list[Reader], quick: bool) -> str:
    with TemporaryDirectory() as root:
        started = processes(readers, Path(root))
        imports = {
            key: int(process.run(TRACED.format(process.code)))
            for key, process in started.items()
            if process.compiled
        }
    rows = [["floor: `import dataclasses, enum, json`", "", f"{imports['floor']:,}", ""]]
    for name, _, convert in readers:
        added = imports[f"{name} compiled"]
        beyond = added - imports["floor"]
        rows.append([name, f"{held(convert):,.0f}", f"{added:,}", f"{beyond:,}"])
    return table(
        "Memory that Python allocates, in bytes",
        ["", "a response beyond the decoded body", "the import and one body", "beyond the floor"],
        rows,
    )


def held(convert: Callable[[Any], object]) -> float:
    """The bytes that a response holds, the decoded body aside."""
    decoded = json.loads(BODY)
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


def weight(readers: list[Reader], quick: bool) -> str:
    module = Path(str(connectly_errors.__file__)).stat().st_size
    rows = [["connectly_errors, vendored", "1", f"{module:,}", ""]]
    for name, *_ in readers:
        try:
            installed = files(name)
        except metadata.PackageNotFoundError:
            continue  # the module comes from the checkout, nothing is installed
        size = sum(Path(file.locate()).stat().st_size for file in installed)
        others = ", ".join(each.name for each in with_dependencies(name)[1:])
        rows.append([name, f"{len(installed)}", f"{size:,}", others])
    return table("Weight installed, without `.pyc`", ["", "files", "bytes", "with"], rows)


def reads(read: Callable[[Any], object], body: bytes) -> bool:
    try:
        read(body)
    except Exception:
        return False
    return True


def malformed(readers: list[Reader], quick: bool) -> str:
    saved = [path.read_bytes() for path in sorted(PAYLOADS.iterdir())]
    rows = []
    for name, read, _ in [Reader("`json.loads`", json.loads, dict), *readers]:
        code = getattr(read(UNKNOWN), "code", None)
        fate = "" if code is None else f"becomes {code.name}" if hasattr(code, "name") else "kept"
        counts = (sum(reads(read, body) for body in group) for group in (saved, MALFORMED.values()))
        rows.append([name, *map(str, counts), fate])
    return table(
        "Payloads read without raising, be there anything found in them or not",
        ["", f"of {len(saved)} saved", f"of {len(MALFORMED)} malformed", "an unknown code"],
        rows,
    )


def main() -> None:
    figures = {each.__name__: each for each in (hot, shapes, cold, memory, weight, malformed)}
    parser = argparse.ArgumentParser(description="Measure speed, memory and weight.")
    parser.add_argument("file", nargs="?", help="append the tables to this file too")
    parser.add_argument("--only", action="append", choices=figures, help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer runs, for a first impression")
    parser.add_argument("--alone", action="store_true", help="leave the other libraries out")
    arguments = parser.parse_args()

    peers = [] if arguments.alone else PEERS
    readers = [Reader("connectly_errors", parse, parse)]
    for name in peers:
        peer = import_module(f"peers.with_{name}")
        readers.append(Reader(name, peer.read, peer.convert))
    versions = [f"{name} {metadata.version(name)}" for name in (*peers, "attrs") if peers]
    parts = [
        f"## {date.today()}, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}\n\n"
        f"{', '.join([f'connectly_errors {connectly_errors.__version__}', *versions])}\n"
    ]
    print(parts[0])
    for name in arguments.only or figures:
        parts.append(figures[name](readers, arguments.quick))
        print(parts[-1], flush=True)
    if arguments.file:
        with open(arguments.file, "a", encoding="utf-8") as results:
            results.write("\n".join([*parts, ""]))


if __name__ == "__main__":
    main()
