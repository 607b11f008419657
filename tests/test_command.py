"""The command: what it explains, its exit status, and what never happens to the terminal."""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

import connectly_errors
from connectly_errors import Advice, Defect, DefectKind, ErrorCode, ErrorType, parse, parse_all

MODULE = connectly_errors.__file__
# Whatever Python would warn of in the command shows on its standard error, and fails a test.
PYTHON = [sys.executable, "-X", "dev", "-bb", "-W", "error", MODULE]
ENVIRONMENT = {"PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": ""}
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")

ERROR = b'{"message": "No text", "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}'
NOTHING = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each test runs: a folder that holds an error, a success and a folder."""
    monkeypatch.chdir(tmp_path)
    Path("error").write_bytes(ERROR)
    Path("nothing").write_bytes(NOTHING)
    Path("folder").mkdir()


def main(*arguments: object, body: object = None, **streams: TextIO | None) -> tuple[Any, str, str]:
    """The command in this process: its exit status, standard output and standard error.

    A body, bytes or what json.dumps takes, is in the file "body", the last of the arguments; a
    stream called out, if None a closed one, takes the place of standard output.
    """
    if body is not None:
        Path("body").write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
        arguments = (*arguments, "body")
    printed, err = io.StringIO(newline=""), io.StringIO(newline="")
    out = streams.get("out", printed)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            exit_status: Any = connectly_errors.main([str(argument) for argument in arguments])
        except SystemExit as ended:
            exit_status = ended.code
    return exit_status, printed.getvalue(), err.getvalue()


def shell(command: str, *arguments: str) -> tuple[int, str, str]:
    """The same in a process, under a shell that can close and redirect: the command is "$@"."""
    process = subprocess.run(
        ["sh", "-c", command, "sh", *PYTHON, *arguments],
        capture_output=True,
        env={**os.environ, **ENVIRONMENT},
        timeout=60,
    )
    return process.returncode, process.stdout.decode(), process.stderr.decode()


def explanations(out: str) -> list[dict[str, str]]:
    """The rows of each explanation, put back on a line each."""
    row = re.compile(r"^([A-Z][\w ]+):(.*(?:\n +.*)*)", re.MULTILINE)
    blocks = [block for block in out.split("\n\n") if block]
    return [{m[1]: " ".join(m[2].split()) for m in row.finditer(block)} for block in blocks]


def unprintable(out: str) -> list[str]:
    return [line for line in out.split("\n") if not line.isprintable()]


# --- What it shows ---


def test_rows_stand_in_this_order() -> None:
    members = {"message": "No text", "userTitle": 7, "userMessage": "Write one"}
    facts = {"code": "ERROR_CODE_MESSAGE_TEXT_EMPTY", "type": 5, "cntTraceId": "1387321460"}
    error = {**members, **facts, "details": {"limit": 4096}}
    exit_status, out, err = main(
        "--status", 200, body={"data": [{"error": None}, {"error": error}]}
    )
    assert (exit_status, err) == (0, "")
    assert list(explanations(out)[0].items()) == [
        ("What happened", ErrorCode.MESSAGE_TEXT_EMPTY.description),
        ("What to do", f"{Advice.FIX_REQUEST.description} (fix_request)"),
        ("Message", "No text"),
        ("User message", "Write one"),
        ("Code", "ERROR_CODE_MESSAGE_TEXT_EMPTY"),
        ("Type", "5"),
        ("HTTP status", "200"),
        ("Details", '{"limit": 4096}'),
        ("Path", "data.1.error"),
        ("Trace id", "1387321460"),
        ("Defects", " ".join(str(Defect(DefectKind.WRONG_TYPE, n)) for n in ("type", "userTitle"))),
    ]


def test_rows_are_filled_beside_their_labels() -> None:
    assert (
        main("ERROR_CODE_MESSAGE_TEMPLATE_NOT_FOUND")[1]
        == """\
What happened: No template has this name in this language: it must be created
               and approved first.
What to do:    Put the request right, or the template or campaign that it
               refers to. (fix_request)
Code:          ERROR_CODE_MESSAGE_TEMPLATE_NOT_FOUND
Type:          ERROR_TYPE_UNSPECIFIED
"""
    )


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({}, {}),
        ({"message": " ", "userTitle": " ", "userMessage": " "}, {}),
        ({"message": "m", "userTitle": "t"}, {"Message": "m"}),
        ({"message": " ", "userTitle": "t"}, {"Message": "t"}),
        ({"userTitle": "t", "error": "e"}, {"Message": "e"}),
        ({"userMessage": "u"}, {"User message": "u"}),
        ({"details": {"é": [1, "消"]}}, {"Details": '{"é": [1, "消"]}'}),
        ({"cntTraceId": "9" * 64}, {"Trace id": "9" * 64}),
        ({"message": "word " * 90 + "end"}, {"Message": "word " * 90 + "end"}),
        ({"message": "mm " * 999}, {"Message": "mm " * 166 + "m…"}),
    ],
)
def test_row_is_there_where_something_is(members: dict[str, object], shown: dict[str, str]) -> None:
    [found] = explanations(main(body={"code": "X", **members})[1])
    always = ("What happened", "What to do", "Code", "Type")
    assert {label: text for label, text in found.items() if label not in always} == shown


def test_every_error_of_every_file_with_its_name(payloads: Path) -> None:
    campaign = (payloads / "campaign.json").read_bytes()
    exit_status, out, err = main("ERROR_CODE_X", body=campaign)
    assert (exit_status, err) == (0, "")
    shown = explanations(out)
    assert [each.get("Path") for each in shown] == [None, "data.1.error", "data.3.error"]
    assert [each["File"] for each in shown] == ["ERROR_CODE_X", "body", "body"]


def test_json_is_a_line_for_each_error(payloads: Path) -> None:
    file = str(payloads / "campaign.json")
    errors = [*parse_all(Path(file).read_bytes()), parse({"code": "ERROR_CODE_X"})]
    expected = zip(errors, [file, file, "ERROR_CODE_X"], strict=True)
    lines = [json.dumps({**error.explain(), "file": name}) for error, name in expected]
    assert main("--json", file, "ERROR_CODE_X") == (0, "\n".join([*lines, ""]), "")


# --- The HTTP status: of the option, else of the last head ---


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\n\r\n", 404),
        (b"HTTP/1.1 404 Not Found\nserver: nginx\n\n", 404),
        (b"HTTP/1.0 503 Service Unavailable\r\n\r\n", 503),
        (b"\n HTTP/1.1 404 Not Found\nx.y: nginx\n\n", 404),
        (b"HTTP/2 404 \r\nserver: nginx\r\n\r\n", 404),
        (b"HTTP/3 429\r\n\r\n", 429),
        (b"HTTP/1.1 400 Requ\xeate\r\nx: \xff\r\n folded: HTTP/1.1 200\r\n\r\n", 400),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 409 Conflict\r\na: b\r\n\r\n", 409),
        (b"HTTP/1.1 301 Moved\r\nlocation: /\r\n\r\nHTTP/2 302\r\n\r\nHTTP/2 401 \r\n\r\n", 401),
        (b"HTTP/1.1 200 Connection established\n\nHTTP/1.1 502 Bad Gateway\r\n\r\n", 502),
    ],
)
def test_head_gives_the_status(head: bytes, status: int | None) -> None:
    for option, expected in ((), status), (("--status", 403), 403):
        exit_status, out, err = main("--json", *option, body=head + ERROR)
        assert (exit_status, err) == (0, "")
        assert json.loads(out) == {**parse(ERROR, status=expected).explain(), "file": "body"}


@pytest.mark.parametrize(
    ("body", "arguments", "expected"),
    [
        (b"HTTP/1.1 429 Too Many Requests\r\n\r\n", [], (0, ["429"])),
        (b"HTTP/2 302 \r\nlocation: /\r\n\r\n", [], (0, ["302"])),
        (b"HTTP/1.1 204 No Content\r\n\r\n", [], (1, [])),
        (b"HTTP/1.1 200 OK\r\n\r\n" + NOTHING, [], (1, [])),
        (b"HTTP/1.1 200 OK\r\n\r\n" + NOTHING, ["--status", "500"], (0, ["500"])),
        (b"HTTP/1.1 500 Oh\r\n\r\n" + NOTHING, ["--status", "200"], (1, [])),
        (b"", ["--status", "401"], (0, ["401"])),
    ],
)
def test_status_makes_a_failure_of_what_holds_no_error(
    body: bytes, arguments: list[str], expected: tuple[int, list[str]]
) -> None:
    exit_status, out, _ = main(*arguments, body=body)
    assert (exit_status, [each["HTTP status"] for each in explanations(out)]) == expected


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/1.1 502 Bad Gateway\nupstream: connect error",
        "HTTP/1.1 Not Found\n\n{}",
        "HTTP/1.1 4040 Not Found\n\n{}",
        "HTTP error 404\n\n{}",
        "It said\nHTTP/1.1 404 Not Found\n\n{}",
    ],
)
def test_what_is_no_whole_head_is_a_message(text: str) -> None:
    exit_status, out, _ = main("--json", body=text.encode())
    assert (exit_status, json.loads(out)["message"]) == (0, text.strip())


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("start", "repeated"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 100 Continue\n"),
        (b"HTTP/1.1 200 OK\n", b"a: b\r\n"),
        (b"HTTP/1.1", b" "),
        (b"HTTP/", b"1."),
    ],
)
def test_time_grows_with_the_heads_and_no_faster(start: bytes, repeated: bytes) -> None:
    Path("body").write_bytes(start + repeated * (8_000_000 // len(repeated)))
    # It takes less than a second; with the square of the length, minutes at the least.
    process = subprocess.run([*PYTHON, "body"], capture_output=True, timeout=20)
    assert process.returncode in (0, 1)


# --- Names, the catalogue, the version, and wrong arguments ---


@pytest.mark.parametrize(
    ("name", "label", "status", "entry"),
    [
        ("ERROR_CODE_CAMPAIGN_NOT_FINAL", "Code", None, ErrorCode.CAMPAIGN_NOT_FINAL),
        ("ERROR_CODE_CAMPAIGN_NOT_FINAL", "Code", 401, ErrorCode.CAMPAIGN_NOT_FINAL),
        ("ERROR_TYPE_RATE_LIMIT", "Type", None, ErrorType.RATE_LIMIT),
        ("ERROR_TYPE_NEW", "Type", None, ErrorType.UNSPECIFIED),
        ("ERROR_CODE_NEW", "Code", 404, ErrorType.NOT_FOUND),
        ("ERROR_CODE_" + "LONG" * 99, "Code", None, ErrorType.UNSPECIFIED),
    ],
)
def test_name_is_explained(
    name: str, label: str, status: int | None, entry: ErrorCode | ErrorType
) -> None:
    exit_status, out, err = main(name, *(["--status", status] if status else []))
    assert (exit_status, err) == (0, "")
    [found] = explanations(out)
    assert found["What happened"] == entry.description
    assert found["What to do"] == f"{entry.advice.description} ({entry.advice})"
    assert found[label].replace(" ", "") == name
    assert found.get("HTTP status") == (str(status) if status else None)
    assert "Defects" not in found


def test_file_wins_over_a_name() -> None:
    Path("ERROR_TYPE_RATE_LIMIT").write_bytes(ERROR)
    assert explanations(main("ERROR_TYPE_RATE_LIMIT")[1])[0]["Message"] == "No text"


ENTRIES = [
    *(f"{advice}  {advice.description}" for advice in Advice),
    *(f"{each}  {each.advice}  {each.description}" for each in (*ErrorCode, *ErrorType)),
]


@pytest.mark.parametrize(
    "words", ["", "CAMPAIGN", "campaign", "opted", "stop_sending RATE_LIMIT", "nowhere"]
)
def test_list_is_the_catalogue_or_what_contains_a_word(words: str) -> None:
    exit_status, out, err = main("--list", *words.split())
    listed = [re.sub(r"\n +", " ", entry.strip()) for entry in out.split("\n\n")]
    listed = [entry for entry in listed if entry and not entry.startswith("HTTP ")]
    wanted = words.lower().split() or [""]
    expected = [entry for entry in ENTRIES if any(word in entry.lower() for word in wanted)]
    assert sorted(listed) == sorted(expected)
    assert all(len(line) < 80 for line in out.splitlines())
    assert (exit_status, err) == (0 if expected else 1, "")


def test_version() -> None:
    assert main("--version") == (0, f"{connectly_errors.__version__}\n", "")


HELP = """
Explain the Connectly errors in saved response bodies and webhook events.

positional arguments:
  FILE|NAME  a body, with or without its response's head; - for standard input; a code or type

options:
  -h, --help  show this help message and exit
  --status N  the HTTP status, 100 to 999
  --json  print a line of JSON for each error
  --list [WORD ...]  list all, or what has a WORD
  --version  print the version

Exit status: 0 where something was explained, 1 where there was nothing to explain, 2 where a FILE
could not be read or the answer not be written, 130 after Ctrl-C.
"""


def test_help_tells_the_arguments_and_the_exit_statuses() -> None:
    exit_status, out, err = main("--help")
    usage, _, text = out.partition("\n\n")
    assert (exit_status, err) == (0, "")
    assert usage.startswith("usage: connectly-errors [")
    assert text.split() == HELP.split()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("--lost", "unrecognized arguments: --lost"),
        ("--status=x", "argument --status: invalid int value: 'x'"),
        ("--status=99", "argument --status: not from 100 to 999"),
        ("--status=1000", "argument --status: not from 100 to 999"),
    ],
)
def test_wrong_arguments(wrong: str, reason: str) -> None:
    exit_status, out, err = main("error", wrong)
    assert (exit_status, out) == (2, "")
    assert err.startswith("usage: connectly-errors ")
    assert err.endswith(f"connectly-errors: error: {reason}\n")


# --- Exit statuses, with their reasons on standard error ---


NO_ERROR = "no error in it (a failed call? give its --status)"


@pytest.mark.parametrize(
    ("arguments", "expected", "reasons"),
    [
        ("error", 0, []),
        ("nothing", 1, [f"nothing: {NO_ERROR}"]),
        ("nothing --status 200", 1, ["nothing: no error in it"]),
        ("missing", 2, ["missing: No such file or directory"]),
        ("ERROR_X", 2, ["ERROR_X: No such file or directory"]),
        ("x" * 200, 2, [f"{'x' * 200}: No such file or directory"]),
        ("x" * 201, 2, [f"{'x' * 199}…: No such file or directory"]),
        ("folder", 2, ["folder: Is a directory"]),
        ("a\0b", 2, [r"a\x00b: embedded null byte"]),
        ("nothing error", 0, [f"nothing: {NO_ERROR}"]),
        ("missing ERROR_CODE_X", 2, ["missing: No such file or directory"]),
        ("nothing folder error", 2, [f"nothing: {NO_ERROR}", "folder: Is a directory"]),
    ],
)
def test_exit_status(arguments: str, expected: int, reasons: list[str]) -> None:
    exit_status, out, err = main(*arguments.split())
    assert exit_status == expected
    explained = arguments.split().count("error") + arguments.count("ERROR_CODE_X")
    assert len(explanations(out)) == explained
    assert err == "".join(f"connectly-errors: {reason}\n" for reason in reasons)


@pytest.mark.subprocess
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is part of util-linux")
def test_file_without_read_permission() -> None:
    Path("secret").touch(0o000)
    # Root reads such a file too, unless it gives these capabilities up.
    capabilities = "-dac_override,-dac_read_search"
    setpriv = f"setpriv --bounding-set={capabilities} --inh-caps={capabilities}"
    exit_status, out, err = shell(f'{"" if os.geteuid() else setpriv} "$@"', "secret", "error")
    assert (exit_status, err) == (2, "connectly-errors: secret: Permission denied\n")
    assert len(explanations(out)) == 1


@pytest.fixture
def standard_input() -> Iterator[None]:
    """One error in standard input, which capturing leaves empty."""
    before = os.dup(0)
    with open("error", "rb") as body:
        os.dup2(body.fileno(), 0)
    yield
    os.dup2(before, 0)
    os.close(before)


@pytest.mark.usefixtures("standard_input")
@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(arguments: list[str]) -> None:
    exit_status, out, err = main("--json", *arguments)
    assert (exit_status, err) == (0, "")
    assert json.loads(out) == {**parse(ERROR).explain(), "file": "-"}


@pytest.mark.usefixtures("standard_input")
def test_standard_input_beside_a_name_is_read_once() -> None:
    exit_status, out, err = main("-", "ERROR_CODE_X", "-")
    assert [each["File"] for each in explanations(out)] == ["standard input", "ERROR_CODE_X"]
    assert (exit_status, err.count("\n")) == (0, 1)
    assert err.startswith("connectly-errors: standard input: no error in it")


# --- Nothing but printable lines ---

# Surrogates are none of them: U+FFFD stands for those that were sent.
CONTROLS = "".join(
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
)
PLACES: dict[str, Callable[[str], object]] = {
    "message": lambda text: {"message": text},
    "user title": lambda text: {"code": "X", "userTitle": text},
    "user message": lambda text: {"code": "X", "userMessage": text},
    "type": lambda text: {"code": "X", "type": text},
    "code": lambda text: {"code": text},
    "trace id": lambda text: {"cntTraceId": text},
    "key of details": lambda text: {"code": "X", "details": {text: 1}},
    "value in details": lambda text: {"code": "X", "details": {"": [text]}},
    "no JSON": lambda text: text.encode(),
}


@pytest.mark.parametrize("place", PLACES)
def test_control_characters_are_escaped(place: str) -> None:
    for start in range(0, len(CONTROLS), 40):  # more at once would be cut
        sent = f"<p>{CONTROLS[start : start + 40]}</p>"
        exit_status, out, err = main("--status", 400, body=PLACES[place](sent))
        assert (exit_status, err, unprintable(out)) == (0, "", [])
        escaped = re.sub(r"\n? +", "", out).encode("ascii")
        assert sent in escaped.decode("unicode_escape")

        exit_status, out, err = main("--json", "--status", 400, body=PLACES[place](sent))
        assert (exit_status, err) == (0, "")
        assert re.fullmatch(r"[ -~]+\n", out)
        assert sent in json.loads(out).values() or place.endswith("details")


@pytest.mark.parametrize(
    "before",
    ["\n", "\u2028", "x" * 64 + " ", "x" * 65, "消" * 32 + " ", "消" * 99],
    ids=["line break", "line separator", "words", "word", "wide words", "wide word"],
)
def test_no_message_passes_for_another_row(before: str) -> None:
    # A terminal of 80 columns goes on at the left with what is wider, where labels stand.
    _, out, _ = main(body={"message": f"{before}What to do:    Call +1 555 0100"})
    widths = [
        [2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line]
        for line in out.splitlines()
    ]
    assert max(map(sum, widths)) <= 80
    assert len(re.findall("^What to do:", out, re.MULTILINE)) == 1


def test_control_characters_in_names_of_files_are_escaped() -> None:
    name, escaped = "\x1b[31m\r\n\x7f\x9b\u2028\u202e", r"\x1b[31m\r\n\x7f\x9b\u2028\u202e"
    Path(f"{name}1").write_bytes(ERROR)
    Path(f"{name}2").write_bytes(NOTHING)
    exit_status, out, err = main(f"{name}1", f"{name}2", f"{name}3")
    assert (exit_status, unprintable(out + err)) == (2, [])
    assert explanations(out)[0]["File"] == f"{escaped}1"
    assert [line.split(": ")[1] for line in err.splitlines()] == [f"{escaped}2", f"{escaped}3"]

    _, out, _ = main("--json", f"{name}1")
    assert re.fullmatch(r"[ -~]+\n", out)
    assert json.loads(out)["file"] == f"{name}1"


TEXTS = st.text() | st.text(CONTROLS) | st.sampled_from(["", " ", "a\n" * 99])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = SCALARS | st.lists(SCALARS) | st.dictionaries(TEXTS, SCALARS)
MEMBERS = "message", "type", "code", "userTitle", "userMessage", "cntTraceId", "details", "error"
OBJECTS = st.dictionaries(st.sampled_from(MEMBERS), VALUES)
JSON_VALUES = OBJECTS | st.lists(OBJECTS) | st.fixed_dictionaries({"data": st.lists(OBJECTS)})
BODIES = st.binary() | JSON_VALUES.map(lambda value: json.dumps(value).encode())
HEADS = st.tuples(
    st.integers(100, 599),
    st.sampled_from([b"", b" ", b" OK", b" No\xff"]),
    st.lists(st.binary().map(lambda value: b"a: " + value.replace(b"\n", b"")), max_size=3),
    st.sampled_from([b"\n", b"\r\n"]),
)


@given(heads=st.lists(HEADS, max_size=3), body=BODIES.filter(lambda body: body[:5] != b"HTTP/"))
def test_whatever_is_in_a_file(
    heads: list[tuple[int, bytes, list[bytes], bytes]], body: bytes
) -> None:
    errors, content = parse_all(body, status=heads[-1][0] if heads else None), b""
    for status, reason, fields, end in heads:
        content += end.join([b"HTTP/1.1 %d%s" % (status, reason), *fields, b"", b""])

    exit_status, out, err = main(body=content + body)
    assert (exit_status, err.count("\n")) == ((0, 0) if errors else (1, 1))
    assert unprintable(out) == []
    assert max(map(len, out.split("\n"))) < 80
    assert len(re.findall("^What happened: ", out, re.MULTILINE)) == len(errors)

    exit_status, out, json_err = main("--json", body=content + body)
    assert (exit_status, json_err) == (0 if errors else 1, err)
    assert re.fullmatch(r"([ -~]+\n)*", out)
    # Compared as texts, for the order of the keys, and as NaN does not equal itself.
    assert [json.dumps(json.loads(line)) for line in out.splitlines()] == [
        json.dumps({**error.explain(), "file": "body"}) for error in errors
    ]


# --- Streams that are closed or full, readers that go away, and what interrupts ---


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (MemoryError, (2, "", "connectly-errors: out of memory\n")),
        (KeyboardInterrupt, (130, "", "")),
    ],
)
def test_what_interrupts_it_where_it_prints(
    raised: type[BaseException], expected: tuple[int, str, str]
) -> None:
    class Interrupted(io.StringIO):
        def write(self, text: str) -> int:
            raise raised

    assert main("error", out=Interrupted()) == expected


@contextlib.contextmanager
def pipe_that_nobody_reads() -> Iterator[TextIO]:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as pipe:
        yield pipe


@pytest.mark.parametrize(
    ("opened", "reason"),
    [
        (contextlib.nullcontext, "it is closed"),
        (partial(open, "error"), "not writable"),
        pytest.param(partial(open, "/dev/full", "w"), "No space left on device", marks=FULL),
        (pipe_that_nobody_reads, ""),
    ],
)
def test_output_that_takes_nothing(
    opened: Callable[[], contextlib.AbstractContextManager[TextIO]], reason: str
) -> None:
    with opened() as stream:
        exit_status, _, err = main("error", "error", out=stream)
    assert exit_status == (2 if reason else 0)
    assert err == (f"connectly-errors: standard output: {reason}\n" if reason else "")


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("command", "expected", "reason"),
    [
        ('"$@" <error', (0, 1), ""),
        ('"$@" </dev/null', (1, 0), f"standard input: {NO_ERROR}"),
        ('"$@" - error <&-', (2, 1), "standard input: Bad file descriptor"),
        ('"$@" error >&-', (2, 0), "standard output: "),
        ('"$@" --list >&-', (2, 0), "standard output: "),
        ('"$@" --json error <&- >&-', (2, 0), "standard output: "),
        pytest.param('"$@" error >/dev/full', (2, 0), "standard output: No space", marks=FULL),
        ('"$@" missing error 2>&-', (2, 1), ""),
        pytest.param('"$@" missing error 2>/dev/full', (2, 1), "", marks=FULL),
        ('"$@" <&- >&- 2>&-', (2, 0), ""),
    ],
)
def test_redirections(command: str, expected: tuple[int, int], reason: str) -> None:
    exit_status, out, err = shell(command)
    assert (exit_status, len(explanations(out))) == expected
    assert err.count("\n") == bool(reason)
    assert err.startswith(f"connectly-errors: {reason}" if reason else "")


@pytest.mark.subprocess
@pytest.mark.parametrize("reader", ["true", "head -1"])
@pytest.mark.parametrize("arguments", ["", "--json", "missing", "--list"])
def test_reader_that_goes_away(reader: str, arguments: str) -> None:
    files = ["error"] * 500 if arguments != "--list" else []
    command = f'{{ "$@"; echo "exit status $?" >&2; }} | {{ sleep 0.2; {reader}; }}'
    _, out, err = shell(command, *arguments.split(), *files)
    reason = "connectly-errors: missing: No such file or directory\n"
    assert err == (f"{reason}exit status 2\n" if arguments == "missing" else "exit status 0\n")
    assert out.count("\n") == (reader != "true")


@pytest.mark.parametrize(
    ("encoding", "message"),
    [("ascii", r"n\xfamero \u6d88"), ("latin-1", r"número \u6d88"), ("utf-8", "número 消")],
)
def test_terminal_that_cannot_encode(encoding: str, message: str) -> None:
    terminal = io.BytesIO()
    stream = io.TextIOWrapper(terminal, encoding, "strict")
    assert main(body={"message": "número 消"}, out=stream) == (0, "", "")
    assert explanations(terminal.getvalue().decode(encoding))[0]["Message"] == message


@pytest.mark.subprocess
def test_program_without_site_packages_and_environment() -> None:
    command = [sys.executable, "-I", "-S", "-W", "error", MODULE, "error"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert (process.returncode, process.stdout, process.stderr) == main("error")


@pytest.mark.subprocess
def test_control_c_while_it_reads() -> None:
    # A process whose parent ignores the signal would ignore it too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen([*PYTHON, "error", "-"], stdin=pipe, stdout=pipe, stderr=pipe)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout is not None
        process.stdout.readline()  # once this is there, it goes on to standard input
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")


@pytest.mark.subprocess
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ulimit does not bound memory")
@pytest.mark.parametrize(
    ("text", "size", "megabytes"),
    [
        pytest.param("", 4_000_000_000, 1000, id="of the file"),
        pytest.param('{"details": [%s0]}' % ("[0]," * 5_000_000), None, 200, id="of its value"),
        pytest.param('{"message": "%s"}' % ("é" * 10_000_000), None, 110, id="of the answer"),
    ],
)
def test_memory_that_runs_out(text: str, size: int | None, megabytes: int) -> None:
    with open("large", "w", encoding="utf-8") as large:
        large.write(text)
        large.flush()
        large.truncate(size)
    command = f'ulimit -v {megabytes}000; "$@"'
    exit_status, out, err = shell(command, "--json", "large", "error")
    assert (exit_status, err) == (2, "connectly-errors: large: out of memory\n")
    assert [json.loads(line)["file"] for line in out.splitlines()] == ["error"]
