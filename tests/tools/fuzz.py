"""Fuzz parse and parse_all, guided by coverage: `nox -s fuzz -- SECONDS`.

    python fuzz.py FOLDER SECONDS     inputs that reached something new are kept in FOLDER

The first byte of an input says whether the rest is read as bytes, as text or as what json.loads
makes of it, and with which HTTP status. The payload that breaks a property, or that is read
otherwise than the oracle says, is printed.
"""

import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["connectly_errors"]):
    from connectly_errors import ErrorCode, ErrorResponse, ErrorType, parse, parse_all

import oracle

STATUSES = [None, 200, 302, 404, 408, "429", 599]
FORMS = ["bytes", "text", "decoded"]
WORDS = [
    *oracle.TEXT_MEMBERS,
    *oracle.SNAKE_CASE.values(),
    *("details", "error", "statusUpdate", "data", "status", "rejectedCount", "callbackData"),
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


def answer(response: ErrorResponse) -> str:
    """The response as a text, which tells a member from its value and takes one NaN for another."""
    return f"{response!r} {response.source!r}"


def check(seed: bytes) -> None:
    first = seed[0] if seed else 0
    status = STATUSES[first % len(STATUSES)]
    payload = payload_of(FORMS[first // len(STATUSES) % len(FORMS)], seed[1:])
    before = repr(payload)
    try:
        response = parse(payload, status=status)  # type: ignore[arg-type]
        responses = parse_all(payload, status=status)  # type: ignore[arg-type]
        assert repr(payload) == before
        expected = [answer(each) for each in oracle.responses_to(payload, status)]
        assert answer(response) == expected[0]
        if responses or oracle.all_of(payload, status):
            assert [answer(each) for each in responses] == expected
        for each in (response, *responses):
            check_response(each, is_decoded=not isinstance(payload, (bytes, str)))
    except BaseException:
        print(f"parse({before}, status={status!r})", flush=True)
        raise


def check_response(response: ErrorResponse, is_decoded: bool) -> None:
    oracle.assert_sound(response)
    if not is_decoded:
        explained = response.explain()
        assert repr(json.loads(json.dumps(explained))) == repr(explained)
        json.dumps(explained, ensure_ascii=False).encode()
    if not response.code.strip():  # a blank code alone makes no error
        return
    again = parse(response.to_dict(), status=response.status)
    same = replace(response, path=(), defects=())
    assert repr(again) == repr(same)
    assert hash(again) == hash(same)


def main(folder: Path, seconds: int) -> None:
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for file in sorted((Path(__file__).parent.parent / "payloads").iterdir()):
        for number, form in enumerate(FORMS):
            seed = bytes([number * len(STATUSES)]) + file.read_bytes()
            (corpus / f"{file.name}.{form}").write_bytes(seed)
    words = folder / "words.txt"
    words.write_text("".join(f'"{word}"\n' for word in WORDS))
    sys.setrecursionlimit(20_000)  # repr and == go deeper here than what is read
    options = [f"-max_total_time={seconds}", f"-dict={words}", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
