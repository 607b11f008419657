"""The command: what it explains, its exit status, and what never reaches a terminal."""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import connectly_errors
from connectly_errors import (
    Advice,
    ErrorCode,
    ErrorResponse,
    ErrorType,
    parse,
    parse_all,
)

MODULE = connectly_errors.__file__
# A warning that Python would print goes to standard error, and fails a test.
PYTHON = [sys.executable, "-X", "dev", "-bb", "-W", "error", MODULE]
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
NO_SPACE = "standard output: No space left on device"

ERROR = b'{"message": "No text", "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY"}'
SENT = b'{"id": "01JQ7Y2V6TPA3D8W5N0K4C9XGE"}'
HINT = "; if the call failed, give its HTTP status with --status"
NO_ERROR = f"sent: no error in it{HINT}"
CONTROLS = "\x1b[31m\r\n\x7f\x9b\u2028\u202e"
ESCAPED = r"\x1b[31m \x7f\x9b \u202e"  # white space becomes one space


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a folder that holds an error, a success and a folder."""
    monkeypatch.chdir(tmp_path)
    Path("error").write_bytes(ERROR)
    Path("sent").write_bytes(SENT)
    Path("folder").mkdir()


def main(*arguments: object, body: object = None) -> tuple[Any, str, str]:
    """Run the command in this process: exit status, standard output, standard error.

    A body, bytes or a JSON value, is written to the file "body", the last argument.
    """
    if body is not None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        Path("body").write_bytes(content)
        arguments = (*arguments, "body")
    out, err = io.StringIO(newline=""), io.StringIO(newline="")
    exit_status: Any
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            exit_status = connectly_errors.main([str(each) for each in arguments])
        except SystemExit as ended:
            exit_status = ended.code
    return exit_status, out.getvalue(), err.getvalue()


def shell(command: str, *arguments: str) -> tuple[int, str, str]:
    """Run the command, which is "$@", under a shell that can close and redirect."""
    process = subprocess.run(
        ["sh", "-c", command, "sh", *PYTHON, *arguments],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": ""},
        timeout=60,
    )
    return process.returncode, process.stdout.decode(), process.stderr.decode()


def explanations(out: str) -> list[dict[str, str]]:
    """Return the rows of each explanation, with wrapped lines joined."""
    row = re.compile(r"^([A-Z][\w ]+):(.*(?:\n +.*)*)", re.MULTILINE)
    blocks = [block for block in out.split("\n\n") if block]
    return [{m[1]: " ".join(m[2].split()) for m in row.finditer(b)} for b in blocks]


def is_printable(out: str) -> bool:
    return all(line.isprintable() for line in out.split("\n"))


# --- What it shows ---

FACTS = {
    "message": "No text",
    "userTitle": 7,
    "userMessage": "Write one",
    "code": "ERROR_CODE_MESSAGE_TEXT_EMPTY",
    "type": 5,
    "cntTraceId": "1387321460",
    "details": {"limit": 4096},
}


def test_rows_come_in_this_order() -> None:
    update = {"id": "01JQ7Y", "error": FACTS}
    entry = {"campaignName": "autumn-sale", "error": FACTS}
    body = {"statusUpdate": update, "data": [None, entry]}
    exit_status, out, err = main("--status", 400, body=body)
    assert (exit_status, err) == (0, "")
    of_update, of_entry = explanations(out)
    assert list(of_entry.items()) == [
        ("What happened", ErrorCode.MESSAGE_TEXT_EMPTY.description),
        ("What to do", f"{Advice.FIX_REQUEST.description} (fix_request)"),
        ("Message", "No text"),
        ("Title", "7"),
        ("User message", "Write one"),
        ("Code", "ERROR_CODE_MESSAGE_TEXT_EMPTY"),
        ("Type", "5"),
        ("Campaign", "autumn-sale"),
        ("HTTP status", "400"),
        ("Details", '{"limit": 4096}'),
        ("Path", "data.1.error"),
        ("Trace id", "1387321460"),
        ("Defects", "wrong_type type, wrong_type userTitle"),
    ]
    assert list(of_update)[7] == "Message id"
    assert of_update["Message id"] == "01JQ7Y"


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({"userTitle": "t", "code": "ERROR_CODE_UNSPECIFIED"}, {"Title": "t"}),
        ({"userMessage": "u", "message": " "}, {"User message": "u"}),
        ({"userTitle": "t", "message": "t"}, {"Message": "t"}),
        ({"type": "ERROR_TYPE_NEW"}, {"Type": "ERROR_TYPE_NEW"}),
        ({"code": 7, "details": {}}, {"Code": "7", "Defects": "wrong_type code"}),
        ({"message": "word " * 300 + "end"}, {"Message": "word " * 300 + "end"}),
    ],
)
def test_rows_without_content_are_left_out(
    members: dict[str, object], shown: dict[str, str]
) -> None:
    [rows] = explanations(main(body=members)[1])
    assert list(rows)[:2] == ["What happened", "What to do"]
    assert dict(list(rows.items())[2:]) == shown


def test_path_of_the_first_of_several_objects_is_shown() -> None:
    [rows] = explanations(main(body=ERROR + b"\n" + SENT)[1])
    assert rows["Path"] == "0"


@pytest.mark.parametrize(
    "before",
    ["\n", "\u2028", "word " * 13, "x" * 65, "x" * 79, "x" * 300],
    ids=["line break", "line separator", "words", "65", "79", "300"],
)
def test_long_rows_are_indented_so_no_message_passes_for_a_row(before: str) -> None:
    _, out, _ = main(body={"message": f"{before}What to do:    Call +1 555 0100"})
    assert max(map(len, out.splitlines())) < 80
    assert len(re.findall("^What to do:", out, re.MULTILINE)) == 1
    assert re.search(r"^Message: +\S", out, re.MULTILINE)


def test_rows_are_wrapped_between_words() -> None:
    name = "summer-and-autumn-and-winter-sale"
    _, out, _ = main(body={"message": f"{name} {name} {name}"})
    assert out.count(f"{name}\n") == 3


def test_rows_go_on_to_the_end_of_a_long_text() -> None:
    _, out, _ = main(body={"message": "word " * 10_000 + "end"})
    assert explanations(out)[0]["Message"].endswith(" word end")


@pytest.mark.parametrize("name", ["campaignName", "campaign_name", "campaignId"])
def test_the_campaign_is_shown_under_each_of_its_names(name: str) -> None:
    _, out, _ = main(body={"data": [{name: "autumn-sale", "error": "full"}]})
    assert explanations(out)[0]["Campaign"] == "autumn-sale"


def test_each_answer_names_its_file_if_there_are_several() -> None:
    _, out, _ = main("error", "RATE_LIMIT", body={"data": [{"error": "a"}] * 2})
    files = [rows["File"] for rows in explanations(out)]
    assert files == ["error", "RATE_LIMIT", "body", "body"]
    assert "File" not in explanations(main("error")[1])[0]


def test_json_is_to_dict_and_the_file_on_one_line_for_each_error() -> None:
    body: object = {"data": [{"error": {"message": "é"}}, {"error": FACTS}]}
    answers = [{**parse(ERROR).to_dict(), "file": "error"}]
    for error in parse_all(json.dumps(body)):
        answers.append({**error.to_dict(), "file": "body"})
    expected = "".join(json.dumps(answer) + "\n" for answer in answers)
    assert main("--json", "error", body=body) == (0, expected, "")


# --- The head of a response ---

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nserver: nginx\r\n\r\n"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (ERROR, None),
        (NOT_FOUND + ERROR, 404),
        (NOT_FOUND.replace(b"\r", b"") + ERROR, 404),
        (b"HTTP/2 404 \r\nserver: nginx\r\n\r\n" + ERROR, 404),
        (b"HTTP/3 429\r\n\r\n" + ERROR, 429),
        (b"HTTP/1.1 400 Requ\xeate\r\nx: \xff\r\n folded: 1\r\n\r\n" + ERROR, 400),
        (b"HTTP/1.1 429 Too Many Requests\nretry-after: 5\n", 429),
        (b"HTTP/1.1 429 Too Many Requests\n!#$%&'*+-.^_`|~9: 5\n\n" + ERROR, 429),
        (b"HTTP/1.1 404 Not Found\r\nserver: nginx\r\n \r\n" + ERROR, 404),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 409 No\r\na: b\r\n\r\n" + ERROR, 409),
        (b"HTTP/1.1 301 Moved\r\na: /\r\n\r\nHTTP/2 302\r\n\r\n" + NOT_FOUND, 404),
        (b"HTTP/1.1 200 Connection established\r\n\r\n" + NOT_FOUND + ERROR, 404),
        (b"\xef\xbb\xbf" + NOT_FOUND + ERROR, 404),
        ((NOT_FOUND + ERROR).decode().encode("utf-16"), 404),
        (b"\xfe\xff" + (NOT_FOUND + ERROR).decode().encode("utf-16-be"), 404),
    ],
)
def test_last_head_gives_the_status_unless_the_option_does(
    content: bytes, status: int | None
) -> None:
    body = ERROR if b"code" in content.replace(b"\0", b"") else b""
    for option, expected in ((), status), (("--status", 403), 403):
        exit_status, out, _ = main("--json", *option, body=content)
        answer = {**parse(body, status=expected).to_dict(), "file": "body"}
        assert (exit_status, json.loads(out)) == (0, answer)


def test_head_of_a_file_cut_within_a_character_is_read() -> None:
    content = (NOT_FOUND + ERROR).decode().encode("utf-16")[:-1]
    assert json.loads(main("--json", body=content)[1])["status"] == 404


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/1.1 502 Bad Gateway\nupstream connect error",
        "HTTP/1.1 502 Bad Gateway\n{}",
        'HTTP/1.1 429 Too Many Requests\n{"code":"ERROR_CODE_MESSAGE_TEXT_EMPTY"}',
        'HTTP/1.1 429 Too Many Requests\nretry-after: 5\n{"code": "X"}',
        "HTTP/1.1 Not Found\n\n{}",
        "HTTP/1.1 4040 Not Found\n\n{}",
        "HTTP error 404\n\n{}",
        "It said\nHTTP/1.1 404 Not Found\n\n{}",
    ],
)
def test_text_that_resembles_a_head_is_a_message(text: str) -> None:
    exit_status, out, err = main("--json", body=text.encode())
    answer = json.loads(out)
    assert (answer["message"], answer["status"]) == (text, None)
    assert (exit_status, err) == (0, f"connectly-errors: body: not JSON{HINT}\n")


def test_body_that_begins_like_a_head_is_a_message() -> None:
    content = b"HTTP/1.1 502 Bad Gateway\r\n\r\nHTTP/1.1 429 from upstream"
    answer = json.loads(main("--json", body=content)[1])
    assert answer["message"] == "HTTP/1.1 429 from upstream"
    assert answer["status"] == 502


def test_impossible_status_in_a_head_is_none() -> None:
    _, out, err = main("--json", body=b"HTTP/1.1 099 No\r\n\r\n<html>")
    assert json.loads(out)["status"] is None
    assert err == f"connectly-errors: body: not JSON{HINT}\n"


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("start", "repeated"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 100 Continue\n"),
        (b"HTTP/1.1 200 OK\n", b"a: b\r\n"),
        (b"HTTP/1.1 200 OK\n\n", b"\n"),
        (b"HTTP/1.1", b" "),
        (b"HTTP/", b"1."),
    ],
)
def test_time_grows_with_the_heads_and_no_faster(start: bytes, repeated: bytes) -> None:
    Path("body").write_bytes(start + repeated * (8_000_000 // len(repeated)))
    # It takes about a second. With the square of the length, it would take minutes.
    process = subprocess.run([*PYTHON, "body"], capture_output=True, timeout=20)
    assert process.returncode in (0, 1)


# --- Names, the catalogue, the version ---


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        *((entry, entry.value) for entry in (*ErrorCode, *ErrorType)),
        (ErrorType.CONTEXT_CANCLED, "ERROR_TYPE_CONTEXT_CANCELLED"),
    ],
)
def test_name_is_found_with_and_without_prefix_in_any_case(
    entry: ErrorCode | ErrorType, name: str
) -> None:
    is_code = isinstance(entry, ErrorCode)
    error = ErrorResponse(code=entry) if is_code else ErrorResponse(type=entry)
    short = re.sub("^ERROR_(CODE|TYPE)_", "", name)
    for spelled in (name, name.lower(), short, short.lower()):
        exit_status, out, err = main(spelled)
        assert (exit_status, err) == (0, "")
        shown = [(row["What happened"], row["What to do"]) for row in explanations(out)]
        advice = f"{error.advice.description} ({error.advice})"
        assert (error.description, advice) in shown
        assert len(shown) == 1


def test_other_spelling_of_a_type_is_shown_as_documented() -> None:
    for name in ("ERROR_TYPE_CONTEXT_CANCELED", "context_cancelled"):
        _, out, _ = main("--json", name)
        assert json.loads(out)["type"] == ErrorType.CONTEXT_CANCLED


@pytest.mark.parametrize("label", ["Code", "Type"])
def test_unknown_code_or_type_is_explained_as_unknown(label: str) -> None:
    name = f"error_{label}_brand_new"
    exit_status, out, err = main("--status", 404, name)
    [rows] = explanations(out)
    assert rows["What happened"] == ErrorType.NOT_FOUND.description
    assert rows[label] == name.upper()
    version = connectly_errors.__version__
    reason = f"{name}: no file, and not known to version {version}"
    assert (exit_status, err) == (0, f"connectly-errors: {reason}\n")


@pytest.mark.parametrize(
    ("name", "exit_status", "suggested"),
    [
        ("ERROR_CODE_MESSAGE_TEXT_EMTPY", 0, "ERROR_CODE_MESSAGE_TEXT_EMPTY?"),
        ("error_type_rate_limt", 0, "ERROR_TYPE_RATE_LIMIT?"),
        ("ERROR_CODE_RATE_LIMIT", 0, "ERROR_TYPE_RATE_LIMIT or "),
        ("EROR_CODE_MESSAGE_TEXT_EMPTY", 2, "ERROR_CODE_MESSAGE_TEXT_EMPTY or "),
        ("message text empty", 2, "ERROR_CODE_MESSAGE_TEXT_EMPTY or "),
        ("opted_out", 2, "ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT?"),
        ("zzz", 2, "ERROR_"),
    ],
)
def test_misspelt_name_gets_the_closest_suggested(
    name: str, exit_status: int, suggested: str
) -> None:
    shown, out, err = main(name)
    assert (shown, out == "") == (exit_status, exit_status == 2)
    assert err.startswith(f"connectly-errors: {name}: ")
    assert f"\nconnectly-errors: did you mean {suggested}" in err
    assert err.count("ERROR_") - name.count("ERROR_") <= 3


def test_file_wins_over_a_name() -> None:
    Path("RATE_LIMIT").write_bytes(ERROR)
    [rows] = explanations(main("RATE_LIMIT")[1])
    assert rows["Message"] == "No text"


def test_list_is_the_catalogue_with_an_entry_on_each_line() -> None:
    exit_status, out, err = main("--list")
    assert (exit_status, err) == (0, "")
    entries = (*ErrorCode, *ErrorType)
    listed = [line for line in out.splitlines() if not line.startswith("HTTP ")]
    assert sorted(listed) == sorted(
        [f"{advice}  {advice.description}" for advice in Advice]
        + [f"{entry}  {entry.advice}  {entry.description}" for entry in entries]
    )


def test_help_says_what_the_command_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    exit_status, out, err = main("--help")
    assert (exit_status, err) == (0, "")
    told = " ".join(out.split())
    for part in (
        "usage: connectly-errors [-h] [--status N] [--json] [--list] [--version] "
        "[FILE|NAME ...] "
        "Explain the errors in files (- is standard input), or a code or type by its "
        "NAME. A file holds a response, with or without its head (curl -i), or a "
        "webhook event. The exit status is 0 if something was explained, 1 if there "
        "was nothing to explain, 2 if a file could not be read or the output could not "
        "be written, and 130 after Ctrl-C. ",
        " --status N the HTTP status ",
        " --json print JSON lines ",
        " --list print the catalogue ",
        " --version print the version",
    ):
        assert part in told


def test_version() -> None:
    assert main("--version") == (0, f"{connectly_errors.__version__}\n", "")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("--lost", "unrecognized arguments: --lost"),
        (f"--{CONTROLS}", f"unrecognized arguments: --{ESCAPED}"),
        ("--status=x", "argument --status: invalid int value: 'x'"),
        ("--status=99", "argument --status: not a number from 100 to 999"),
    ],
)
def test_wrong_arguments(wrong: str, reason: str) -> None:
    exit_status, out, err = main("error", wrong)
    assert (exit_status, out) == (2, "")
    assert err == f"connectly-errors: {reason}; see --help\n"


# --- Exit statuses, and the reasons on standard error ---


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "nothing to read"),
        (b" \r\n", "nothing to read"),
        (SENT, "no error in it"),
        (b"<html>", "not JSON"),
        (b"[" * 101, "nested too deep to be read"),
    ],
)
@pytest.mark.parametrize("status", [None, 200, 500])
def test_what_was_there_instead_of_an_error(
    body: bytes, reason: str, status: int | None
) -> None:
    errors = parse_all(body, status=status)
    option = [] if status is None else ["--status", status]
    exit_status, out, err = main(*option, body=body)
    assert (exit_status, len(explanations(out))) == (not errors, len(errors))
    assert err == f"connectly-errors: body: {reason}{'' if status else HINT}\n"


def test_message_of_a_success_is_no_error() -> None:
    body = b'HTTP/1.1 200 OK\n\n{"message": "Queued"}'
    assert main(body=body) == (1, "", "connectly-errors: body: no error in it\n")


@pytest.mark.parametrize(
    ("names", "expected", "reasons"),
    [
        (["error"], 0, []),
        (["sent", "error"], 0, [NO_ERROR]),
        (["sent", "sent"], 1, [NO_ERROR, NO_ERROR]),
        (["folder", "sent"], 2, ["folder: Is a directory", NO_ERROR]),
        (["error", "error/x"], 2, ["error/x: Not a directory"]),
        (["a\0b", "error"], 2, [r"a\x00b: embedded null byte"]),
    ],
)
def test_exit_status_of_several_files(
    names: list[str], expected: int, reasons: list[str]
) -> None:
    exit_status, out, err = main(*names)
    assert (exit_status, len(explanations(out))) == (expected, names.count("error"))
    assert err.splitlines() == [f"connectly-errors: {reason}" for reason in reasons]


def test_long_name_leaves_room_for_the_reason() -> None:
    folder = Path("/".join(["d" * 200] * 4))
    folder.mkdir(parents=True)
    (folder / "sent").write_bytes(SENT)
    assert main(folder / "sent")[2].endswith(f"/sent: no error in it{HINT}\n")
    assert "/none: no file" in main(folder / "none")[2]


@pytest.mark.subprocess
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs util-linux")
def test_file_without_read_permission() -> None:
    Path("secret").touch(0o000)
    # Root can read such a file, unless it gives up these capabilities.
    capabilities = "-dac_override,-dac_read_search"
    setpriv = f"setpriv --bounding-set={capabilities} --inh-caps={capabilities}"
    command = f'{"" if os.geteuid() else setpriv} "$@"'
    exit_status, out, err = shell(command, "secret", "error")
    assert (exit_status, err) == (2, "connectly-errors: secret: Permission denied\n")
    assert len(explanations(out)) == 1


@pytest.fixture
def standard_input() -> Iterator[None]:
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
    assert json.loads(out) == {**parse(ERROR).to_dict(), "file": "-"}


@pytest.mark.subprocess
def test_standard_input_that_would_have_to_be_waited_for() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    process = subprocess.run(PYTHON, stdin=reader, capture_output=True, check=False)
    os.close(reader)
    os.close(writer)
    expected = f"connectly-errors: standard input: nothing to read{HINT}\n"
    assert (process.returncode, process.stderr.decode()) == (1, expected)


@pytest.mark.usefixtures("standard_input")
def test_standard_input_beside_a_name_is_read_once() -> None:
    exit_status, out, err = main("-", "RATE_LIMIT", "-")
    assert [rows.get("Message") for rows in explanations(out)] == ["No text", None]
    reason = f"standard input: nothing to read{HINT}"
    assert (exit_status, err) == (0, f"connectly-errors: {reason}\n")


# --- Nothing reaches the terminal unescaped ---


def test_control_characters_are_escaped_not_lost() -> None:
    names = ("message", "userTitle", "userMessage", "code", "type", "cntTraceId")
    error = {name: f"{name}{CONTROLS}." for name in names}
    Path(f"{CONTROLS}1").write_text(json.dumps(error))
    files = [f"{CONTROLS}1", f"{CONTROLS}2\udcff"]
    exit_status, out, err = main(*files)
    assert (exit_status, is_printable(out + err)) == (2, True)
    assert out.count(f"{ESCAPED}.") == len(names)
    assert explanations(out)[0]["File"] == f"{ESCAPED}1"
    assert err.startswith(rf"connectly-errors: {ESCAPED}2\udcff: no file, and not")

    _, out, _ = main("--json", *files)
    assert re.fullmatch(r"[ -~]+\n", out)
    answer = json.loads(out)
    assert (answer["message"], answer["file"]) == (error["message"], files[0])


TEXTS = st.text() | st.text("\n\r\t \0\x1b\x9b\u2028\u202e-:x")
VALUES = (
    st.none() | st.floats() | TEXTS | st.lists(TEXTS) | st.dictionaries(TEXTS, TEXTS)
)
OBJECTS = st.dictionaries(st.sampled_from([*FACTS, "error"]), VALUES)
DATA = st.fixed_dictionaries({"data": st.lists(OBJECTS)})
BODIES = st.binary() | (OBJECTS | DATA).map(lambda value: json.dumps(value).encode())
HEADS = st.tuples(st.integers(100, 599), st.binary())


@given(st.lists(HEADS, max_size=3), BODIES.filter(lambda body: b"HTTP/" not in body))
def test_whatever_is_in_a_file(heads: list[tuple[int, bytes]], body: bytes) -> None:
    content, status = b"", None
    for status, value in heads:
        value = value.replace(b"\n", b"")
        content += b"HTTP/1.1 %d No\r\na: %b\r\n\r\n" % (status, value)
    errors = parse_all(body, status=status)

    exit_status, out, err = main(body=content + body)
    assert exit_status == (0 if errors else 1)
    assert is_printable(out + err)
    assert max(map(len, out.split("\n"))) < 80
    assert len(re.findall("^What happened: ", out, re.MULTILINE)) == len(errors)

    answers = [{**error.to_dict(), "file": "body"} for error in errors]
    expected = "".join(json.dumps(answer) + "\n" for answer in answers)
    assert main("--json", body=content + body) == (exit_status, expected, err)


def test_what_the_terminal_cannot_encode_is_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("body").write_text('{"message": "número 消"}', "utf-8")
    stream = io.TextIOWrapper(io.BytesIO(), "latin-1", "strict")
    monkeypatch.setattr(sys, "stdout", stream)
    assert connectly_errors.main(["body"]) == 0
    [rows] = explanations(stream.buffer.getvalue().decode("latin-1"))
    assert rows["Message"] == r"número \u6d88"


# --- Streams that are closed or full, readers that go away, Ctrl-C, memory ---


@pytest.mark.parametrize(
    ("raised", "expected"), [(MemoryError, 2), (KeyboardInterrupt, 130)]
)
def test_interruption_in_this_process(
    raised: type[BaseException], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> object:
        raise raised

    monkeypatch.setattr(connectly_errors, "parse_all", interrupted)
    reason = "connectly-errors: out of memory\n" if expected == 2 else ""
    assert main("error") == (expected, "", reason)


@FULL
@pytest.mark.parametrize("argument", ["error", "--json", "--list", "--help"])
def test_output_that_cannot_be_written(
    argument: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with open("/dev/full", "w") as full:
        for stream, reason in (None, "standard output is closed"), (full, NO_SPACE):
            monkeypatch.setattr(sys, "stdout", stream)
            assert connectly_errors.main([argument, "error"]) == 2
            assert capsys.readouterr().err == f"connectly-errors: {reason}\n"


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("command", "expected", "reason"),
    [
        ('"$@" <error', (0, 1), ""),
        ('"$@" </dev/null', (1, 0), f"standard input: nothing to read{HINT}"),
        ('"$@" - error <&-', (2, 1), "standard input: Bad file descriptor"),
        ('"$@" error >&-', (2, 0), "standard output is closed"),
        pytest.param('"$@" error >/dev/full', (2, 0), NO_SPACE, marks=FULL),
        pytest.param('"$@" --help >/dev/full', (2, 0), NO_SPACE, marks=FULL),
        ('"$@" folder error 2>&-', (2, 1), ""),
        pytest.param('"$@" folder error 2>/dev/full', (2, 1), "", marks=FULL),
        pytest.param('"$@" --lost 2>/dev/full', (2, 0), "", marks=FULL),
        ('"$@" <&- >&- 2>&-', (2, 0), ""),
    ],
)
def test_redirections(command: str, expected: tuple[int, int], reason: str) -> None:
    exit_status, out, err = shell(command)
    assert (exit_status, len(explanations(out))) == expected
    assert err == (f"connectly-errors: {reason}\n" if reason else "")


@pytest.mark.subprocess
@pytest.mark.parametrize("reader", ["true", "head -1"])
@pytest.mark.parametrize("argument", ["error", "--json", "folder", "--list", "--help"])
def test_reader_that_goes_away(reader: str, argument: str) -> None:
    command = '{ "$@"; echo "exit status $?" >&2; } | { sleep 0.2; ' + reader + "; }"
    _, out, err = shell(command, argument, *["error"] * 500)
    failure = "connectly-errors: folder: Is a directory\nexit status 2\n"
    assert err == (failure if argument == "folder" else "exit status 0\n")
    assert out.count("\n") == (reader != "true")


@pytest.mark.subprocess
def test_runs_without_site_packages_and_environment() -> None:
    command = [sys.executable, "-I", "-S", "-W", "error", MODULE, "error"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert (process.returncode, process.stdout, process.stderr) == main("error")


@pytest.mark.subprocess
def test_control_c_while_it_reads() -> None:
    # A process whose parent ignores the signal would ignore it too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            [*PYTHON, "error", "-"], stdin=pipe, stdout=pipe, stderr=pipe
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout is not None
        process.stdout.readline()  # after this line, it reads standard input
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")


@pytest.mark.subprocess
@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v bounds it on Linux only")
@pytest.mark.parametrize(
    ("text", "size", "megabytes"),
    [
        pytest.param("", 4_000_000_000, 1000, id="file"),
        pytest.param('{"details": [%s0]}' % ("[0]," * 5_000_000), 0, 200, id="value"),
        pytest.param('{"message": "%s"}' % ("é" * 10_000_000), 0, 110, id="answer"),
    ],
)
def test_memory_that_runs_out(text: str, size: int, megabytes: int) -> None:
    Path("large").write_text(text, "utf-8")
    if size:
        os.truncate("large", size)
    exit_status, out, err = shell(f'ulimit -v {megabytes}000; "$@"', "--json", "large")
    assert (exit_status, out) == (2, "")
    assert err in (
        "connectly-errors: out of memory\n",
        "connectly-errors: large: out of memory\n",
    )


@pytest.mark.subprocess
@pytest.mark.skipif(sys.platform != "linux", reason="ulimit -v bounds it on Linux only")
def test_little_memory_never_changes_an_explanation() -> None:
    entries = '{"a": 1.5}, ' * 400_000
    Path("large").write_text(f'{{"error": {{"code": "X"}}, "data": [{entries}0]}}')
    for megabytes in range(100, 300, 40):
        exit_status, out, err = shell(f'ulimit -v {megabytes}000; "$@"', "large")
        if exit_status == 2:
            assert (out, err) == ("", "connectly-errors: out of memory\n")
        else:
            assert [rows["Code"] for rows in explanations(out)] == ["X"]
