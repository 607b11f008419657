"""Fuzz the module, guided by coverage, with the oracle: `nox -s fuzz -- SECONDS`.

    python fuzz.py FOLDER SECONDS     keeps inputs that reached something new in FOLDER

The first byte of an input says whether the rest is passed in as bytes, as text or as
what `json.loads` makes of it, and with which HTTP status. A payload that is read in
another way than the oracle says is printed.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["connectly_errors"]):
    from connectly_errors import ErrorCode, ErrorType, parse_all

import oracle

STATUSES = [None, 200, 302, 404, 408, "429", 599]
FORMS = ["bytes", "text", "decoded"]
PAYLOADS = Path(__file__).parent.parent / "payloads"
WORDS = [
    *(name for names in oracle.NAMES.values() for name in names),
    *("error", *oracle.STATUS_UPDATE, "data", "status", *oracle.REJECTED_COUNT),
    *oracle.NOT_SAID_BY_THE_SERVER,
    *oracle.FAILED,
    *ErrorType,
    *ErrorCode,
]


def payload_of(form: str, body: bytes) -> object:
    if form == "bytes":
        return body
    text = body.decode(errors="surrogateescape")
    if form == "decoded":
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    return text


def check(seed: bytes) -> None:
    first = seed[0] if seed else 0
    status = STATUSES[first % len(STATUSES)]
    payload = payload_of(FORMS[first // len(STATUSES) % len(FORMS)], seed[1:])
    before = repr(payload)
    try:
        oracle.assert_read(payload, status)
        assert repr(payload) == before
        if isinstance(payload, bytes | str):
            for response in parse_all(payload, status=status):  # type: ignore[arg-type]
                told = json.dumps(response.to_dict(), ensure_ascii=False)
                told.encode()
    except BaseException:
        print(f"parse({before}, status={status!r})", flush=True)
        raise


def main(folder: Path, seconds: int) -> None:
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for file in sorted(PAYLOADS.iterdir()):
        for number, form in enumerate(FORMS):
            seed = bytes([number * len(STATUSES)]) + file.read_bytes()
            (corpus / f"{file.name}.{form}").write_bytes(seed)
    words = folder / "words.txt"
    words.write_text("".join(f'"{word}"\n' for word in WORDS))
    sys.setrecursionlimit(20_000)  # repr goes deeper here than what is read
    options = [f"-max_total_time={seconds}", f"-dict={words}"]
    options.append(f"-artifact_prefix={folder}/")
    atheris.Setup([sys.argv[0], *options, str(corpus)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
