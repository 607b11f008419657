"""Require that time and memory grow with a body as in json.loads: `nox -s growth`.

python growth.py [WORD ...]     only kinds with one of these words; not saved
"""

import json
import re
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from math import inf
from operator import truediv
from pathlib import Path
from typing import Any, NamedTuple

from measure import Bound, Call, least_seconds, ratio, report, table

from connectly_errors import parse, parse_all

SMALL, LARGE, STEPS = 1, 8, 3  # MB, and how often the size doubles
ORDINARY = "ordinary JSON"
MANY = 1000  # errors
# The columns of the results with a bound: what must hold, and what to aim for.
BOUNDS = {
    (TIME := "time / ordinary JSON"): (16, 5),
    (SAME_TIME := "time / `json.loads`"): (5, 2.5),
    (TWICE := "twice the size"): (2.3, 2.1),
    (SAME_TWICE := "twice / `json.loads`"): (1.1, 1),
    (MEMORY := "memory / body"): (25, 10),
    (SAME_MEMORY := "memory / `json.loads`"): (4, 2),
}
ABOUT = f"""\
Each kind of body is read in a new process, where all calls take turns, and the least
processor time of each counts. Time is that of 8 MB, for the slower of `parse` and
`parse_all`; memory is the higher of their peaks in `tracemalloc`, without the body. The
first table has the worst kind for each bound, the second table all figures. The bounds:

- time, with fewer than {MANY:,} errors: 16 times `json.loads` on ordinary JSON of that
  size; or, if `json.loads` on the same body is slower, 5 times that;
- memory, with fewer than {MANY:,} errors: 25 times the body; or, if `json.loads` on
  the same body peaks higher than that, 4 times its peak;
- twice the size: 2.3 times the time, as the mean of the three steps from 1 to 8 MB; or,
  if it is more for `json.loads` on the same body, 1.1 times that.

`json.loads` refuses several objects in a row, such as NDJSON. What counts in its place
is `raw_decode`, the documented way to decode one object after another."""

DECODER = json.JSONDecoder()
SPACE = re.compile(r"\s*")
PAYLOADS = Path(__file__).parent.parent / "payloads"


def saved(file: str) -> str:
    return json.dumps(json.loads((PAYLOADS / file).read_bytes()))


ERROR = saved("api_error.json")
ENTRIES = saved("campaign.json")[len('{"data": [') : -len("]}")]
SENT_ENTRY = saved("campaign_created.json")[len('{"data": [') : -len("]}")]
CODE = '{"code": "ERROR_CODE_X", '
MESSAGE = '{"error": {"message": "'
LIST = CODE + '"details": {"list": ['
DATA = '{"data": ['
BLANK_ERROR = '{"error": {"code": "", "message": "", "details": {}}}'
RESULT = saved("agent_stream_result.json")
PAIR = r"\ud83d\ude00"
OBJECT = '{"field": "to", "reason": "The number is not valid."}, '

# The start of the bodies of a kind, the unit that is repeated, and the end. %07d stands
# for the number of the unit.
TEXTS = {
    ORDINARY: ("[", ERROR + ",", "0]"),
    # One error
    "details: errors": (LIST, ERROR + ",", "0]}}"),
    "details: lists": (LIST, '["name", 17, true, null], ', "0]}}"),
    "details: numbers": (LIST, "17, 2.5, 333, ", "0]}}"),
    "details: objects": (LIST, OBJECT, "0]}}"),
    "details: objects and an escaped pair": (LIST + f'"{PAIR}", ', OBJECT, "0]}}"),
    "details: texts": (LIST, '"The number is not valid.", ', "0]}}"),
    "details: texts with escaped pairs": (LIST, f'"On its way {PAIR}", ', "0]}}"),
    "details: lone escaped surrogates": (LIST, r'"On its way \ud83d", ', "0]}}"),
    "details: many members": (CODE + '"details": {', '"%07d": 1, ', '"": 0}}'),
    "leftover: many members": (CODE, '"%07d": 1, ', '"": 0}'),
    "leftover: one long array": (CODE + '"rest": [', '{"a": 1}, ', "0]}"),
    "leftover: one long text": (CODE + '"rest": "', "word ", '"}'),
    "error: array of empty objects": ('{"error": [', "{},", "1]}"),
    "error: array of texts": ('{"error": [', '"word",', "0]}"),
    "message: words": (MESSAGE, "word ", '"}}'),
    "message: many scripts": (MESSAGE, "aé€😀", '"}}'),
    "message: brackets": (MESSAGE, "[{", '"}}'),
    "message: line breaks": (MESSAGE, "\n", '"}}'),
    "message: escaped quotes": (MESSAGE, r"\"", '"}}'),
    "message: escaped backslashes": (MESSAGE, r"\\", '"}}'),
    "message: escaped pairs": (MESSAGE, PAIR, '"}}'),
    "message: lone escaped surrogates": (MESSAGE, r"\ud800", '"}}'),
    # Blank values
    "blank: code of empty arrays": ('{"message": "no", "code": [', "[],", "[]]}"),
    "blank: code of empty texts": ('{"message": "no", "code": [', '"",', '""]}'),
    "blank: code of spaces": ('{"message": "no", "code": "', " ", '"}'),
    "blank: code of zeros": ('{"message": "no", "code": "', "0", '"}'),
    "blank: codes in data": (DATA, '{"code": "", "errorCode": 0},', "{}]}"),
    "blank: error of empty objects": ('{"error": [', "{},", "{}]}"),
    "blank: error of members": ('{"error": {', '"%07d": 0, ', '"": 0}}'),
    "blank: error objects in data": (DATA, '{"error": {}},', "{}]}"),
    "blank: error objects of blank members": (DATA, BLANK_ERROR + ",", "{}]}"),
    "blank: error objects in an array": ("[", '{"error": {}},', "{}]"),
    "blank: nulls in data": (DATA, '{"error": null},', "{}]}"),
    # Small values in arrays and in data
    "array: delivered events": ("[", saved("webhook_delivered.json") + ",", "{}]"),
    "array: empty objects": ("[", "{},", "{}]"),
    "array: objects with one member": ("[", '{"a": 1},', "{}]"),
    "array: empty arrays": ("[", "[],", "0]"),
    "array: 90 deep": ("[", "[" * 90 + "]" * 90 + ",", "0]"),
    "array: numbers": ("[", "0,", "0]"),
    "array: NaN": ("[", "NaN,", "0]"),
    "array: escaped pairs": ("[", f'"{PAIR}",', "0]"),
    "array: lone escaped surrogates": ("[", r'"\ud800",', "0]"),
    "data: entries without errors": (DATA, SENT_ENTRY + ",", "{}]}"),
    "data: empty objects": (DATA, "{},", "{}]}"),
    "data: objects with one member": (DATA, '{"a": 1},', "{}]}"),
    "data: numbers": (DATA, "0,", "0]}"),
    "data: a text": ('{"data": "', "word ", '"}'),
    "object: the same member": ("{", '"error": {},', '"error": {}}'),
    "object: many members": ("{", '"%07d": 1, ', '"": 0}'),
    # Many errors
    "errors: entries in data": (DATA, ENTRIES + ",", "{}]}"),
    "errors: texts in data": (DATA, '{"error": "no"},', "{}]}"),
    "errors: failed events": ("[", saved("webhook_failed.json") + ",", "{}]"),
    # NDJSON, and other objects in a row
    "NDJSON: results": ("", RESULT + "\n", ""),
    "NDJSON: errors": ("", saved("agent_stream_error.json") + "\n", ""),
    "NDJSON: empty objects": ("", "{}\n", ""),
    "NDJSON: objects with one member": ("", '{"a":1}\n', ""),
    "NDJSON: blank errors": ("", '{"error":{}}\n', ""),
    "NDJSON: blank lines between two objects": ('{"a":1}', "\n", '{"a":1}'),
    "objects in a row, nothing between them": ("", '{"a":1}', ""),
    "objects in a row, the last cut short": ("", '{"a":1}\n', '{"a":'),
    # JSON in a JSON string
    "string: errors": ('"[', json.dumps(ERROR + ",")[1:-1], '0]"'),
    "string: details": (r'"{\"details\": [', r"\"word\", ", r'0], \"code\": \"X\"}"'),
    "string: objects in a row": ('"', r"{\"a\":1}\n", '"'),
    "string: cut short": ('"[', r"{\"a\":1},", '"'),
    "string: escaped pairs": (r'"[{\"a\": [', r"\"\\ud83d\\ude00\",", '0]}]"'),
    "string: open brackets": ('"', "[", '"'),
    "string: words": ('"', "word ", '"'),
    "string: words and escaped pairs": ('"', f"word {PAIR} ", '"'),
    "string: escaped line breaks": ('"', r"\n", '"'),
    # Not JSON, or too deep
    "text: HTML": ("", (PAYLOADS / "bad_gateway.html").read_text(), ""),
    "text: white space": ("", " ", ""),
    "text: NULs": ("", "\0", ""),
    "text: quotes": ("", '"', ""),
    "text: digits": ("", "7", ""),
    "text: array of one number": ("[", "7", "]"),
    "text: array of one fraction": ("[0.", "7", "]"),
    "text: errors, cut short": ("[", ERROR + ",", ""),
    "text: JSON and words": (ERROR, " word", ""),
    "text: JSON and brackets": (ERROR, "[]", ""),
    "deep: open brackets": ("", "[", ""),
    "deep: open braces": ("", '{"a":', ""),
    "deep: open brackets and strings": ("", '["",', ""),
    "deep: brackets in and around strings": ("", '"[["[]"', ""),
    "deep: escaped quotes in 101 arrays": ("[" * 101 + '"', r"\"", '"' + "]" * 101),
}
KINDS = {name: (*parts, "utf-8") for name, parts in TEXTS.items()} | {
    "message: bytes that are not UTF-8": (MESSAGE, "\xff", '"}}', "latin-1"),
    "text: bytes that are not UTF-8": ("", "\xff", "", "latin-1"),
    "UTF-16: ordinary JSON": (*TEXTS[ORDINARY], "utf-16-le"),
    "UTF-16: lone surrogates": ("\ufeff", "\ud800", "", "utf-16-le"),
    "UTF-16: letters and lone surrogates": ('"', "a\ud800", '"', "utf-16-le"),
    # No encoding: the payload is a str. Only surrogates make a difference there.
    "str: ordinary JSON": (*TEXTS[ORDINARY], ""),
    "str: many scripts": (*TEXTS["message: many scripts"], ""),
    "str: lone surrogates": ("", "\ud800", "", ""),
    "str: letters and lone surrogates": (MESSAGE, "a\ud800", '"}}', ""),
}


def body_of(kind: str, megabytes: int) -> str | bytes:
    start, unit, end, encoding = KINDS[kind]
    is_numbered = "%07d" in unit
    first = unit % 0 if is_numbered else unit
    size = len(first.encode(encoding or "utf-8", "surrogatepass"))
    count = megabytes * 1_000_000 // size
    units = map(unit.__mod__, range(count)) if is_numbered else [unit * count]
    text = "".join([start, *units, end])
    return text.encode(encoding, "surrogatepass") if encoding else text


def load(body: str | bytes) -> object:
    """Return what json.loads returns, or None if it refuses the body."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def load_objects(body: bytes) -> object:
    """Return the objects in a row, up to the one that is cut short."""
    text, end, objects = body.decode().strip(), 0, []
    with suppress(ValueError):
        while end < len(text):
            value, end = DECODER.raw_decode(text, SPACE.match(text, end).end())  # type: ignore[union-attr]
            objects.append(value)
    return objects


def peak(function: Callable[..., object], body: str | bytes) -> int:
    tracemalloc.start()
    function(body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


class Result(NamedTuple):
    kind: str
    errors: int
    milliseconds: float
    json_loads: str
    ratios: dict[str, float]  # by the names of the columns
    bound: set[str]  # the columns whose bound is for this kind

    def row(self) -> list[str]:
        cells = [self.kind, f"{self.errors:,}", f"{self.milliseconds:.1f}"]
        cells.append(self.json_loads)
        for name, (must, _) in BOUNDS.items():
            cells.append(ratio(self.ratios[name], must if name in self.bound else inf))
        return cells


def read(kind: str) -> Result:
    small, body = body_of(kind, SMALL), body_of(kind, LARGE)
    is_in_a_row = kind.startswith(("NDJSON", "objects in a row"))
    loads: Callable[[Any], object] = load_objects if is_in_a_row else load
    is_refused = loads(body) is None
    functions = (parse, parse_all, loads)
    calls = [Call(each, size) for size in (small, body) for each in functions]
    calls.append(Call(json.loads, body_of(ORDINARY, LARGE)))
    seconds = least_seconds(calls, 2)
    parse_time, parse_all_time, loads_time, ordinary_time = seconds[3:]
    time = max(parse_time, parse_all_time)
    growths = map(truediv, seconds[3:], seconds[:3])
    *twice, loads_twice = [growth ** (1 / STEPS) for growth in growths]
    loads_peak = peak(loads, body)
    memory = max(peak(parse, body), peak(parse_all, body))
    ratios = {
        TIME: time / ordinary_time,
        SAME_TIME: time / loads_time,
        TWICE: max(twice),
        SAME_TWICE: max(twice) / loads_twice,
        MEMORY: memory / len(body),
        SAME_MEMORY: memory / loads_peak,
    }

    # What json.loads refuses is compared with other bodies only.
    is_slower = not is_refused and loads_time > ordinary_time
    grows_faster = not is_refused and loads_twice > BOUNDS[TWICE][0]
    peaks_higher = not is_refused and loads_peak > BOUNDS[MEMORY][0] * len(body)
    errors = len(parse_all(body))
    bound = {SAME_TWICE if grows_faster else TWICE}
    if errors < MANY:
        bound.add(SAME_TIME if is_slower else TIME)
        bound.add(SAME_MEMORY if peaks_higher else MEMORY)
    label = "one by one: " if is_in_a_row else "refused: " if is_refused else ""
    json_loads = f"{label}{loads_time * 1000:.1f}"
    return Result(kind, errors, time * 1000, json_loads, ratios, bound)


def worst(name: str, results: list[Result]) -> Bound:
    ratios = [(each.ratios[name], each.kind) for each in results if name in each.bound]
    return Bound(name, *BOUNDS[name], *max(ratios, default=(0, "no kind")))


def main() -> None:
    words = sys.argv[1:] or [""]
    kinds = [kind for kind in KINDS if any(word in kind for word in words)]
    results = []
    # A new process for each kind: freed memory of another would make it faster.
    with ProcessPoolExecutor(1, max_tasks_per_child=1) as process:
        for result in process.map(read, kinds):
            print(*result.row(), sep=" | ", flush=True)
            results.append(result)
    bounds = [worst(name, results) for name in BOUNDS]
    header = ["kind | errors | ms | `json.loads`, ms", *BOUNDS]
    rows = table(" | ".join(header), [result.row() for result in results])
    report("growth", ABOUT, bounds, rows, save=not sys.argv[1:])


if __name__ == "__main__":
    main()
