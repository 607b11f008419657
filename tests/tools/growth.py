"""What large bodies cost, beside what the standard library makes of them: `nox -s growth`.

Each kind of body is read in 1, 2, 4 and 8 MB. The columns of the table are, for the 8 MB,
- ms: the time in milliseconds;
- growth: the most that a doubling of the body multiplied the time by;
- peer: the time as a multiple of the peer's, which is json.loads, or, where that refuses the body,
  bytes.decode or str.encode;
- JSON: the time as a multiple of that of json.loads on ordinary JSON of the same size;
- memory: the peak as a multiple of the peer's.
A figure past its bound is marked with "!", and the exit status is then 1. Before that the kind is
measured again, up to 6 times, and the least time counts: other programs can only add to it.

    python growth.py [WORD ...]     reads the kinds with one of the words in their names
"""

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from math import inf
from pathlib import Path

from connectly_errors import parse, parse_all

SIZES = [1_000_000, 2_000_000, 4_000_000, 8_000_000]
BOUNDS = {"growth": 2.3, "peer": inf, "JSON": 5, "memory": 3}

PAYLOADS = Path(__file__).parent.parent / "payloads"
ERROR = (PAYLOADS / "api_error.json").read_text()
ENTRIES = json.dumps(json.loads((PAYLOADS / "campaign.json").read_bytes())["data"])[1:-1]
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
    "one long string": ('{"error": {"message": "', "word ", '"}}'),
    "one long string of many scripts": ('{"error": {"message": "', "aé€😀", '"}}'),
    "brackets in a string": ('{"error": {"message": "', "[{", '"}}'),
    "brackets in strings and around them": ("", '"[["[]', ""),
    "escaped quotes": ('{"error": {"message": "', r"\"", '"}}'),
    "escaped quotes in 101 arrays": ("[" * 101 + '"', r"\"", '"' + "]" * 101),
    "escaped backslashes": ('{"error": {"message": "', r"\\", '"}}'),
    "escaped lone surrogates": ('{"error": {"message": "', r"\ud800", '"}}'),
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
    "data of empty objects": ('{"data": [', "{},", "{}]}"),
    "data of numbers": ('{"data": [', "0,", "0]}"),
    "data of null errors": ('{"data": [', '{"error":null},', "{}]}"),
    "data of empty errors": ('{"data": [', '{"error":{}},', "{}]}"),
    "data that is a string": ('{"data": "', "word ", '"}'),
    "the same key": ("{", '"error":{},', '"error":{}}'),
}
TEXTS_THAT_ARE_NOT_UNICODE = {
    "lone surrogates": ("", "\ud800", ""),
    "lone surrogates after letters": ("", "a\ud800", ""),
    "lone surrogates in a string": ('{"error": {"message": "', "\ud800", '"}}'),
}
BYTES: dict[str, tuple[bytes, bytes, bytes]] = {
    "invalid bytes": (b"", b"\xff", b""),
    "invalid bytes in a string": (b'{"error": {"message": "', b"\xff", b'"}}'),
    "UTF-16 with lone surrogates": (b'\xff\xfe"\0', b"\0\xd8", b'"\0'),
    "UTF-16 with lone surrogates after letters": (b'\xff\xfe"\0', b"a\0\0\xd8", b'"\0'),
    **{name: (a.encode(), b.encode(), c.encode()) for name, (a, b, c) in TEXTS.items()},
}


def text_of(parts: tuple[str, str, str], size: int) -> str:
    start, unit, end = parts
    return start + unit * (size // len(unit.encode(errors="surrogatepass"))) + end


def bytes_of(parts: tuple[bytes, bytes, bytes], size: int) -> bytes:
    start, unit, end = parts
    return start + unit * (size // len(unit)) + end


def peer_of(body: str | bytes) -> Callable[[], object]:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        if isinstance(body, str):
            return partial(body.encode, errors="surrogatepass")
        return partial(body.decode, json.detect_encoding(body), "replace")
    return partial(json.loads, body)


def seconds(*calls: Callable[[], object]) -> list[float]:
    """The least time that each call took of the processor, as other programs may run beside this.

    The calls take turns, so that what slows one slows the others too.
    """
    least = [inf] * len(calls)
    rounds, until = 0, time.process_time() + 1
    while rounds < 3 or time.process_time() < until:
        for place, call in enumerate(calls):
            start = time.process_time()
            call()
            least[place] = min(least[place], time.process_time() - start)
        rounds += 1
    return least


def peak(call: Callable[[], object]) -> int:
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def failures(kind: str, make: Callable[[int], str | bytes], ordinary: Callable[[], object]) -> int:
    """Measure one kind, print its rows, and count the figures past their bounds."""
    sizes = [make(size) for size in SIZES]
    peer = peer_of(sizes[-1])
    peer_peak = peak(peer)
    past = 0
    bounds = dict(BOUNDS)
    if kind.startswith("details"):
        bounds["peer"] = 1.15
    for read in (parse, parse_all):
        calls = [partial(read, body) for body in sizes]
        figures = {"memory": peak(calls[-1]) / peer_peak}
        least = [inf] * 6
        for _ in range(6):
            once_more = seconds(peer, ordinary, *calls)
            least = [min(pair) for pair in zip(least, once_more, strict=True)]
            peer_seconds, ordinary_seconds, *times = least
            figures["growth"] = max(after / before for before, after in pairwise(times))
            figures["peer"] = times[-1] / peer_seconds
            figures["JSON"] = times[-1] / ordinary_seconds
            if all(round(figures[name], 2) <= bound for name, bound in bounds.items()):
                break
        print(f"{kind:50}{read.__name__:10}{times[-1] * 1000:7.1f}", end="")
        for name, bound in bounds.items():
            is_past = round(figures[name], 2) > bound
            past += is_past
            print(f"{figures[name]:9.2f}{'!' if is_past else ' '}", end="")
        print(flush=True)
    return past


def main() -> int:
    kinds: dict[str, Callable[[int], str | bytes]] = {}
    for name, text in {**TEXTS, **TEXTS_THAT_ARE_NOT_UNICODE}.items():
        kinds[f"{name}, str"] = partial(text_of, text)
    for name, body in BYTES.items():
        kinds[f"{name}, bytes"] = partial(bytes_of, body)
    gc.disable()  # as timeit does
    ordinary = partial(json.loads, bytes_of(BYTES["ordinary JSON"], SIZES[-1]))
    print(f"{'':60}{'ms':>7}" + "".join(f"{name:>9} " for name in BOUNDS))
    past = 0
    for kind in sorted(kinds):
        if any(word in kind for word in sys.argv[1:]) or not sys.argv[1:]:
            past += failures(kind, kinds[kind], ordinary)
    print(f"{past} figures are past their bounds" if past else "All figures are within bounds")
    return 1 if past else 0


if __name__ == "__main__":
    sys.exit(main())
