"""Measure the module beside json.loads, and beside other libraries: `nox -s bench`.

python run.py [--quick]     a quick run is not saved, because it is less steady
"""

import json
import re
import resource
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from functools import partial
from importlib import import_module, metadata
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from measure import Bound, Call, least_seconds, ratio, report, table

import connectly_errors
from connectly_errors import parse, parse_all, raise_for_error

HERE = Path(__file__).parent
PAYLOADS = HERE.parent.parent / "payloads"
# peers/with_….py is the model that the documentation of each leads to.
PEERS = ["pydantic", "msgspec"]
SEVEN, FIVE = "api_error.json", "five_members.json"
MUST, AIM_FOR = 3, 2  # times json.loads

# The payloads that Connectly sends: documented, or seen in its responses. The bound is
# for these. The others come from proxies, gateways and other APIs, were damaged or
# rewritten on the way, or are shapes that were only made up to test a rule: no failure
# without a reason was seen, no array of events, and no error of the web chat.
SENT = {  # by HTTP status
    400: """
        api_error.json five_members.json failed_precondition.json missing_message.json
        unknown_code.json conversion_refused.txt
    """,
    200: """
        sent.json templates.json reports.json unhealthy.json report_row.json
        campaign.json campaign_created.json
        campaign_rate_limited.json campaign_not_found.json campaign_not_final.json
        campaign_entry_invalid.json campaign_entry_client_invalid.json
        webhook_deleted.json webhook_delivered.json webhook_callback_data.json
        webhook_failed.json webhook_opted_out.json
        inbound_message.json button_reply.json
        agent_stream.ndjson agent_stream_ok.ndjson agent_stream_blank.txt
        agent_stream_result.json agent_stream_error.json grpc_ok.json
    """,
}
SENT_BY_CONNECTLY = {
    file: status for status, files in SENT.items() for file in files.split()
}
ABOUT = """\
All calls take turns in one process, and the least processor time of each counts.
`json.loads` gets NDJSON line by line; if it refuses a body, its time is that of the
refusal. `raise_for_error` gets status 400 for failed calls and 200 for the rest; it is
bound only if it returns. Decoded means that a library gets what `json.loads` returned,
and pydantic's time is that of `model_validate`.

A cold start is an import and the first read, in a new process without `site` (`-S`).
The least processor time of many counts, less that of an empty process. The floor is
`import dataclasses, enum, json`, {floor:.1f} ms. Without `.pyc` means without that of
the module; the standard library has its own."""
Function = Callable[[Any], Any]


class Reader(NamedTuple):
    name: str
    read: Function  # takes the bytes of a body
    convert: Function  # takes what json.loads returned


def body_of(file: Path) -> bytes:
    """Return a payload as it is sent, without the white space for human readers."""
    body = file.read_bytes()
    if file.suffix == ".json":
        return re.sub(rb'("(?:[^"\\]|\\.)*(?:"|$))|\s', rb"\1", body)
    return body


def load_lines(body: bytes) -> object:
    return [json.loads(line) for line in body.splitlines() if line]


def succeeds(function: Function, body: bytes) -> bool:
    try:
        function(body)
    except Exception:
        return False
    return True


# --- Time in one process ---

BODIES = {file.name: body_of(file) for file in sorted(PAYLOADS.iterdir())}
PARSE, PARSE_ALL, RAISE = FUNCTIONS = ("`parse`", "`parse_all`", "`raise_for_error`")
LOADS = "`json.loads`"


def functions_for(file: str) -> dict[str, Function]:
    status = SENT_BY_CONNECTLY.get(file, 200)
    return {
        LOADS: load_lines if file.endswith(".ndjson") else json.loads,
        PARSE: parse,
        PARSE_ALL: parse_all,
        RAISE: partial(raise_for_error, status=status),
    }


class Times:
    """The least seconds of every function and library, by its name and the payload."""

    def __init__(self, readers: list[Reader], seconds: float) -> None:
        self.failures: set[tuple[str, str]] = set()
        calls: dict[tuple[str, str], Call] = {}
        for file, body in BODIES.items():
            for name, function in functions_for(file).items():
                calls[name, file] = Call(function, body)
                if not succeeds(function, body):
                    self.failures.add((name, file))
                    calls[name, file] = Call(partial(succeeds, function), body)
        for file in (SEVEN, FIVE):
            decoded = json.loads(BODIES[file])
            for name, read, convert in readers:
                calls[name, file] = Call(read, BODIES[file])
                calls[f"{name}, decoded", file] = Call(convert, decoded)
        least = least_seconds(list(calls.values()), seconds * len(calls))
        self.seconds = dict(zip(calls, least, strict=True))

    def to_loads(self, name: str, file: str) -> float:
        return self.seconds[name, file] / self.seconds[LOADS, file]

    def to_pydantic(self, name: str, file: str) -> float:
        pydantic = self.seconds["pydantic, decoded", file]
        return self.seconds[f"{name}, decoded", file] / pydantic

    def is_bound(self, name: str, file: str) -> bool:
        return file in SENT_BY_CONNECTLY and (name, file) not in self.failures

    def worst(self, name: str) -> Bound:
        files = [file for file in BODIES if self.is_bound(name, file)]
        worst = max(files, key=partial(self.to_loads, name))
        what = f"{name}, sent by Connectly / {LOADS}"
        return Bound(what, MUST, AIM_FOR, self.to_loads(name, worst), worst)

    def row(self, file: str) -> list[str]:
        microseconds = f"{self.seconds[LOADS, file] * 1e6:.2f}"
        if (LOADS, file) in self.failures:
            microseconds = f"refused: {microseconds}"
        cells = [file, f"{len(BODIES[file]):,}", microseconds]
        for name in FUNCTIONS:
            must = MUST if self.is_bound(name, file) else inf
            cell = ratio(self.to_loads(name, file), must)
            cells.append(f"raises: {cell}" if (name, file) in self.failures else cell)
        return cells


# --- Processor time of a cold start ---


def process_seconds(code: str, folders: list[str], *options: str) -> float:
    command = [sys.executable, "-I", "-S", *options, "-c"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.check_call([*command, f"import sys; sys.path += {folders}; {code}"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cold_starts(turns: int) -> dict[str, float]:
    """Return the least time of the floor, the module and each peer, in turns."""
    use = f"import connectly_errors; connectly_errors.parse({BODIES[SEVEN]!r})"
    with TemporaryDirectory() as cached, TemporaryDirectory() as uncached:
        for folder in (cached, uncached):
            module = Path(folder, "connectly_errors.py")
            shutil.copy(str(connectly_errors.__file__), module)
        processes = {
            "interpreter": partial(process_seconds, "", []),
            "floor": partial(process_seconds, "import dataclasses, enum, json", []),
            "connectly_errors": partial(process_seconds, use, [cached]),
            "without .pyc": partial(process_seconds, use, [uncached], "-B"),
        }
        folders = [str(HERE), sysconfig.get_path("purelib")]
        for name in PEERS:
            use = f"from peers.with_{name} import read; read({BODIES[SEVEN]!r})"
            processes[name] = partial(process_seconds, use, folders)
        least = dict.fromkeys(processes, inf)
        for _ in range(turns):
            for name, run in processes.items():
                least[name] = min(least[name], run())
    interpreter = least.pop("interpreter")
    return {name: seconds - interpreter for name, seconds in least.items()}


def main() -> None:
    is_quick = "--quick" in sys.argv
    readers = [Reader("connectly_errors", parse, parse)]
    for name in PEERS:
        peer = import_module(f"peers.with_{name}")
        readers.append(Reader(name, peer.read, peer.convert))
    times = Times(readers, 0.05 if is_quick else 1)
    starts = cold_starts(5 if is_quick else 100)
    floor = starts["floor"]

    bounds = [times.worst(name) for name in FUNCTIONS]
    for file in (SEVEN, FIVE):
        figure = times.to_pydantic("connectly_errors", file)
        bounds.append(Bound("`parse`, decoded / pydantic", 2, 1.2, figure, file))
    figure = starts["connectly_errors"] / floor
    bounds.append(Bound("cold start / floor", 1.22, 1.1, figure, SEVEN))
    figure = starts["without .pyc"] / floor
    bounds.append(Bound("cold start without `.pyc` / floor", 1.55, 1.4, figure, SEVEN))

    header = " | ".join(
        ["bytes", f"{LOADS}, µs", *(f"{f} / {LOADS}" for f in FUNCTIONS)]
    )
    others = [file for file in BODIES if file not in SENT_BY_CONNECTLY]
    tables = [
        table(f"sent by Connectly | {header}", map(times.row, SENT_BY_CONNECTLY)),
        table(f"other payloads | {header}", map(times.row, others)),
    ]
    rows = []
    for name, read, _ in readers:
        code = read(BODIES["unknown_code.json"]).code
        rows.append(
            [
                f"{name} {metadata.version(name)}",
                *(ratio(times.to_loads(name, file)) for file in (SEVEN, FIVE)),
                *(ratio(times.to_pydantic(name, file)) for file in (SEVEN, FIVE)),
                ratio(starts[name] / floor),
                str(sum(succeeds(read, body) for body in BODIES.values())),
                f"becomes {code.name}" if hasattr(code, "name") else "kept",
            ]
        )
    header = (
        f"library | seven members / {LOADS} | five members / {LOADS} | "
        "seven, decoded / pydantic | five, decoded / pydantic | cold start / floor | "
        f"of {len(BODIES)} payloads, read without raising | an unknown code"
    )
    tables.append(table(header, rows))
    about = ABOUT.format(floor=floor * 1000)
    report("bench", about, bounds, *tables, save=not is_quick)


if __name__ == "__main__":
    main()
