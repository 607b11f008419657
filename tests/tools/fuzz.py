"""Fuzz parse and parse_all, guided by coverage: `nox -s fuzz -- SECONDS`.

    python fuzz.py FOLDER SECONDS     inputs that reached something new are kept in FOLDER

The first byte of an input says whether the rest is read as bytes, as text or as what json.loads
makes of it, and with which HTTP status. The payload that breaks a property is printed.
"""

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["connectly_errors"]):
    from connectly_errors import (
        Advice,
        Defect,
        DefectKind,
        ErrorCode,
        ErrorResponse,
        ErrorType,
        parse,
        parse_all,
    )

STATUSES = [None, 200, 404, 599]
FORMS = ["bytes", "text", "decoded"]
TEXTS = ["message", "type", "code", "user_title", "user_message", "cnt_trace_id"]
PLACES = ["userTitle", "userMessage", "cntTraceId", "details", "error", "statusUpdate", "data"]


def payload_of(form: str, body: bytes) -> object:
    if form == "bytes":
        return body
    text = body.decode(errors="surrogateescape")
    if form == "decoded":
        with suppress(ValueError):
            return json.loads(text)
    return text


def check(seed: bytes) -> None:
    first = seed[0] if seed else 0
    status = STATUSES[first % len(STATUSES)]
    payload = payload_of(FORMS[first // len(STATUSES) % len(FORMS)], seed[1:])
    before = repr(payload)
    try:
        response = parse(payload, status=status)  # type: ignore[arg-type]
        responses = parse_all(payload, status=status)  # type: ignore[arg-type]
        assert response in responses[:1] or (not responses and (status or 0) < 400)
        assert repr(payload) == before
        for each in (response, *responses):
            check_response(each, payload, status)
    except BaseException:
        print(f"parse({before}, status={status})", flush=True)
        raise


def check_response(response: ErrorResponse, payload: object, status: int | None) -> None:
    assert type(response) is ErrorResponse
    assert response.raw is payload
    assert response.status == status
    for name in TEXTS:
        text = getattr(response, name)
        assert type(text) in {"type": (ErrorType, str), "code": (ErrorCode, str)}.get(name, (str,))
        text.encode()
    assert response.type
    assert response.code
    assert type(response.advice) is Advice
    assert response.description
    assert isinstance(response.details, Mapping)
    assert all(type(step) in (str, int) for step in response.path)
    for defect in response.defects:
        assert type(defect) is Defect
        assert type(defect.kind) is DefectKind
    for line in (str(response), *map(str, response.defects)):
        assert line.isprintable()
        assert 0 < len(line) <= 500
    again = parse(response.to_dict(), status=status)
    assert again == replace(response, path=(), defects=())
    assert hash(again) == hash(replace(response, path=(), defects=()))


def main(folder: Path, seconds: int) -> None:
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for file in sorted((Path(__file__).parent.parent / "payloads").iterdir()):
        for number, form in enumerate(FORMS):
            seed = bytes([number * len(STATUSES)]) + file.read_bytes()
            (corpus / f"{file.name}.{form}").write_bytes(seed)
    words = folder / "words.txt"
    words.write_text("".join(f'"{word}"\n' for word in [*TEXTS, *PLACES, *ErrorType, *ErrorCode]))
    sys.setrecursionlimit(20_000)  # repr and == go deeper here than what is read
    options = [f"-max_total_time={seconds}", f"-dict={words}", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
