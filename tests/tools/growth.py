"""Require that time and memory grow with a body as they do in json.loads: `nox -s growth`.

    python growth.py [WORD ...]     reads the kinds with one of the words in their names

The figures go to RESULTS.md, but for those of some kinds alone.
"""

import json
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise
from math import inf
from pathlib import Path

from measure import REFUSED, Bound, Call, json_loads, least_seconds, report, table

from connectly_errors import parse, parse_all

SIZES = [1, 2, 4, 8, 16, 32, 64]  # MB
LEAST = 0.02  # seconds
MANY = 1000  # errors
# What must hold and what to reach for, of the worst kind.
BOUNDS = {
    "details: time / `json.loads`": (1.6, 1.2),
    "others: time / `json.loads` of ordinary JSON": (16, 5),
    "memory / body": (25, 10),
    "time of twice the size": (2.3, 2.3),
}
DETAILS_TIME, OTHERS_TIME, MEMORY, TWICE = BOUNDS
KNOWN_TO_BE_PAST = {
    f"details of texts with escaped {what}, {form}"
    for what in ("pairs", "lone surrogates")
    for form in ("bytes", "str")
}

PAYLOADS = Path(__file__).parent.parent / "payloads"


def saved(name: str) -> str:
    return json.dumps(json.loads((PAYLOADS / name).read_bytes()))


ERROR = saved("api_error.json")
ENTRIES = saved("campaign.json")[len('{"data": [') : -len("]}")]
SENT_ENTRY = saved("campaign_created.json")[len('{"data": [') : -len("]}")]
DETAILS = '{"code": "X", "details": {"list": ['

# What the bodies of a kind begin with, repeat, and end with.
TEXTS: dict[str, tuple[str, str, str]] = {
    "ordinary JSON": ("[", ERROR + ",", "0]"),
    "details of errors": (DETAILS, ERROR + ",", "0]}}"),
    "details of lists": (DETAILS, '["name", 17, true, null], ', "0]}}"),
    "details of numbers": (DETAILS, "17, 2.5, 333, ", "0]}}"),
    "details of objects": (
        DETAILS,
        '{"field": "to", "reason": "The number is not valid."}, ',
        "0]}}",
    ),
    "details of texts": (DETAILS, '"The number is not valid.", ', "0]}}"),
    "details of objects and an escaped pair": (
        DETAILS + r'"On its way \ud83d\ude00", ',
        '{"field": "to", "reason": "The number is not valid."}, ',
        "0]}}",
    ),
    "details of texts with escaped pairs": (DETAILS, r'"On its way \ud83d\ude00", ', "0]}}"),
    "details of texts with escaped lone surrogates": (DETAILS, r'"On its way \ud83d", ', "0]}}"),
    "one long string": ('{"error": {"message": "', "word ", '"}}'),
    "one long string of many scripts": ('{"error": {"message": "', "aé€😀", '"}}'),
    "brackets in a string": ('{"error": {"message": "', "[{", '"}}'),
    "brackets in strings and around them": ("", '"[["[]', ""),
    "escaped quotes": ('{"error": {"message": "', r"\"", '"}}'),
    "escaped quotes in 101 arrays": ("[" * 101 + '"', r"\"", '"' + "]" * 101),
    "escaped backslashes": ('{"error": {"message": "', r"\\", '"}}'),
    "escaped lone surrogates": ('{"error": {"message": "', r"\ud800", '"}}'),
    "escaped lone surrogates in many strings": ("[", r'"\ud800",', "0]"),
    "escaped pairs": ('{"error": {"message": "', r"\ud83d\ude00", '"}}'),
    "escaped pairs in many strings": ("[", r'"\ud83d\ude00",', "0]"),
    "open brackets": ("", "[", ""),
    "open braces": ("", '{"a":', ""),
    "open brackets, each with a string": ("", '["",', ""),
    "brackets that open and close": ("[", "[],", "0]"),
    "brackets 90 deep": ("[", "[" * 90 + "]" * 90 + ",", "0]"),
    "quotes": ("", '"', ""),
    "digits": ("", "7", ""),
    "digits in an array": ("[", "7", "]"),
    "digits of a fraction": ("[0.", "7", "]"),
    "white space": ("", " ", ""),
    "NUL bytes": ("", "\0", ""),
    "data of entries": ('{"data": [', ENTRIES + ",", "{}]}"),
    "data of entries without errors": ('{"data": [', SENT_ENTRY + ",", "{}]}"),
    "data of empty objects": ('{"data": [', "{},", "{}]}"),
    "data of numbers": ('{"data": [', "0,", "0]}"),
    "data of null errors": ('{"data": [', '{"error":null},', "{}]}"),
    "data of empty errors": ('{"data": [', '{"error":{}},', "{}]}"),
    "data of text errors": ('{"data": [', '{"error":"no"},', "{}]}"),
    "data that is a string": ('{"data": "', "word ", '"}'),
    "the same key": ("{", '"error":{},', '"error":{}}'),
    "an array of failed events": ("[", saved("webhook_failed.json") + ",", "{}]"),
    "an array of delivered events": ("[", saved("webhook_delivered.json") + ",", "{}]"),
    "an array of empty objects": ("[", "{},", "{}]"),
    "lines of JSON": ("", saved("agent_stream_result.json") + "\n", ""),
    "lines of JSON with errors": ("", saved("agent_stream_error.json") + "\n", ""),
    "text behind JSON": (ERROR, " word", ""),
    "brackets behind JSON": (ERROR, "[]", ""),
    "JSON within JSON": ('"[', json.dumps(ERROR + ",")[1:-1], '0]"'),
    "JSON within JSON with escaped pairs": ('"[', r"\"\\ud83d\\ude00\",", '0]"'),
    "a JSON string of text": ('"', "word ", '"'),
    "a JSON string of text with escaped pairs": ('"', r"word \ud83d\ude00 ", '"'),
    "a JSON string of line breaks": ('"', r"\n", '"'),
    "a JSON string of open brackets": ('"', "[", '"'),
    "HTML": ("", (PAYLOADS / "bad_gateway.html").read_text(), ""),
}
TEXTS_THAT_ARE_NOT_UNICODE = {
    "lone surrogates": ("", "\ud800", ""),
    "lone surrogates after letters": ("", "a\ud800", ""),
    "lone surrogates in a string": ('{"error": {"message": "', "\ud800", '"}}'),
}
BYTES_THAT_ARE_NOT_UTF_8 = {  # written as Latin-1
    "invalid bytes": ("", "\xff", ""),
    "invalid bytes in a string": ('{"error": {"message": "', "\xff", '"}}'),
    "UTF-16 with lone surrogates": ('\xff\xfe"\0', "\0\xd8", '"\0'),
    "UTF-16 with lone surrogates after letters": ('\xff\xfe"\0', "a\0\0\xd8", '"\0'),
}
KINDS = {
    **{f"{name}, str": (*parts, "") for name, parts in TEXTS.items()},
    **{f"{name}, str": (*parts, "") for name, parts in TEXTS_THAT_ARE_NOT_UNICODE.items()},
    **{f"{name}, bytes": (*parts, "utf-8") for name, parts in TEXTS.items()},
    **{f"{name}, bytes": (*parts, "latin-1") for name, parts in BYTES_THAT_ARE_NOT_UTF_8.items()},
}
ABOUT = f"""\
Each kind of body is read in a new process, in which all calls take turns, and the least processor
time of each counts. What is past its bound by less than a fifth is measured up to five times more.
Of `parse` and `parse_all` the slower counts, and the larger peak of memory, as `tracemalloc` sees
it, the body itself aside. Where `json.loads` refuses a body, its time is that of the refusal. The
bounds, of which the first table has the worst kinds:

- 8 MB with an error object and large `details`: 1.6 times `json.loads` of the same;
- 8 MB of anything else with fewer than {MANY:,} errors: 16 times `json.loads` of ordinary JSON of
  that size, or 3 times `json.loads` of the same where that is more;
- the peak of memory of both: 25 times the body, or 3 times that of `json.loads` of the same where
  that is more;
- twice the size: 2.3 times the time, or what it is for `json.loads` where that is more.

The first bound does not hold, and is not required, for `details` each of whose texts has an escaped
surrogate: each pair has to be found; and a value with lone ones to be written, mended and decoded
once more. Let alone, these would break whoever encodes `details`.

Where `json.loads` of the same decides, the first table has the figure in proportion to its bound.
What takes less than {LEAST * 1000:.0f} ms doubles by chance: the sizes compared are 1, 2, 4 and 8
MB, or those from the first that takes so long to its double, or else 32 and 64 MB."""


def make(start: str, unit: str, end: str, encoding: str, megabytes: int) -> str | bytes:
    unit_size = len(unit.encode(encoding or "utf-8", "surrogatepass"))
    text = start + unit * (megabytes * 1_000_000 // unit_size) + end
    return text.encode(encoding) if encoding else text


def peak(function: Callable[..., object], body: str | bytes) -> int:
    tracemalloc.start()
    function(body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def is_past(name: str, value: float) -> bool:
    return round(value, 2) > BOUNDS[name][0]


def read(kind: str) -> tuple[list[str], dict[str, float]]:
    """The row of a kind, and its figures by the names of their bounds."""
    body_of = partial(make, *KINDS[kind])
    body = body_of(8)
    errors = len(parse_all(body))
    [once] = least_seconds([Call(parse, body)], 0)
    first = next((size for size in SIZES[:-1] if once * size / 8 >= LEAST), SIZES[-2])
    sizes = [size for size in SIZES if min(first, 8) <= size <= max(2 * first, 8)]
    bodies = [body_of(size) for size in sizes]
    calls = [Call(function, each) for function in (parse, parse_all, json_loads) for each in bodies]
    calls.append(Call(json.loads, make(*KINDS["ordinary JSON, bytes"], 8)))
    least = [inf] * len(calls)
    figures: dict[str, float] = {}
    for _ in range(6):
        least = list(map(min, least, least_seconds(calls, 1)))
        *times, ordinary = least
        one, every, peer = (
            dict(zip(sizes, times[start:], strict=False))
            for start in range(0, len(times), len(sizes))
        )
        slower = max(one[8], every[8])
        of_same, of_ordinary = slower / peer[8], slower / ordinary
        if kind.startswith("details"):
            figures[DETAILS_TIME] = of_same
        elif errors < MANY:
            figures[OTHERS_TIME] = min(of_ordinary, of_same * 16 / 3)
        pairs = [pair for pair in pairwise(sizes) if pair[0] >= first]
        twice = max(times[double] / times[size] for times in (one, every) for size, double in pairs)
        peer_twice = max(peer[double] / peer[size] for size, double in pairs)
        figures[TWICE] = twice * min(1, 2.3 / peer_twice)
        shares = [round(value, 2) / BOUNDS[name][0] for name, value in figures.items()]
        if not any(1 < share < 1.2 for share in shares):
            break
    memory, peer_memory = max(peak(parse, body), peak(parse_all, body)), peak(json_loads, body)
    if errors < MANY:
        figures[MEMORY] = min(memory / 8e6, memory / peer_memory * 25 / 3)

    def cell(value: float, name: str = "") -> str:
        past = name in figures and is_past(name, figures[name])
        return f"**{value:,.2f}**" if past else f"{value:,.2f}"

    return [
        kind,
        f"{errors:,}",
        *(f"{seconds * 1000:.1f}" for seconds in (one[8], every[8])),
        f"{'refused: ' if json_loads(body) is REFUSED else ''}{peer[8] * 1000:.1f}",
        cell(of_same, DETAILS_TIME),
        cell(of_ordinary, OTHERS_TIME),
        cell(twice, TWICE),
        cell(peer_twice),
        cell(memory / 8e6, MEMORY),
        cell(memory / peer_memory),
    ], figures


def main() -> None:
    words = sys.argv[1:]
    kinds = [kind for kind in sorted(KINDS) if not words or any(word in kind for word in words)]
    rows, worst = [], dict.fromkeys(BOUNDS, (0.0, ""))
    # A new process for each kind: what others left of the memory would make small bodies faster.
    with ProcessPoolExecutor(1, max_tasks_per_child=1) as process:
        for row, figures in process.map(read, kinds):
            print(*row, sep=" | ", flush=True)
            rows.append(row)
            for name, value in figures.items():
                if name == DETAILS_TIME and row[0] in KNOWN_TO_BE_PAST:
                    assert is_past(name, value), f"{row[0]} is within its bound"
                else:
                    worst[name] = max(worst[name], (value, row[0]))
    bounds = [Bound(f"{name} ({worst[name][1]})", *BOUNDS[name], worst[name][0]) for name in BOUNDS]
    header = (
        "kind | errors | `parse`, ms | `parse_all`, ms | `json.loads`, ms | / `json.loads` | "
        "/ ordinary JSON | twice the size | of `json.loads` | memory / body | / `json.loads`"
    )
    report("growth", ABOUT, bounds, table(header, rows), save=not words)


if __name__ == "__main__":
    main()
