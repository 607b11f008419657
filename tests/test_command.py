"""The command: what it prints, its exit status, and what never happens to the terminal."""

import contextlib
import io
import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import connectly_errors
from connectly_errors import Advice, ErrorCode, ErrorType

MODULE = connectly_errors.__file__
# Whatever Python would warn of in the command shows on its standard error, and fails a test.
PYTHON = [sys.executable, "-X", "dev", "-bb", "-W", "error", MODULE]

EXPLAINED = """\
What happened: No reply from the customer in 24 hours.
What to do:    Send a template message instead: the session is closed.
               (send_template)
Code:          ERROR_CODE_MESSAGE_OUTSIDE_OF_ELIGIBILITY_WINDOW
Type:          ERROR_TYPE_DEADLINE_EXCEEDED
Message:       The message could not be sent, as the session with the customer
               has ended
Trace id:      13873214605582671049
"""
CAMPAIGN = """\
What happened: The recipient's phone number is not valid.
What to do:    Choose another recipient: this one cannot receive the message.
               (change_recipient)
Code:          ERROR_CODE_MESSAGE_PHONE_NUMBER_INVALID
Type:          ERROR_TYPE_INVALID_REQUEST
Message:       The number is not one
Path:          data.1.error
Trace id:      11530077219943812007

What happened: The customer wants no more template messages.
What to do:    Send this customer no more template messages. (stop_sending)
Code:          ERROR_CODE_MESSAGE_CUSTOMER_OPTED_OUT
Type:          ERROR_TYPE_INVALID_REQUEST
Message:       The customer has opted out
Path:          data.3.error
Trace id:      4410392218650027731
"""
DEFECTIVE = """\
What happened: Something went wrong, and no known error says what.
What to do:    Pass the trace id to Connectly: nothing can be done from here.
               (contact_support)
Code:          5
Type:          ERROR_TYPE_UNSPECIFIED
Message:       Not Found
Defects:       code: The value is of another JSON type than documented.
               details: The value is of another JSON type than documented.
"""

HELP = """\
usage: connectly-errors [-h] [--list] [FILE ...]

Explain the Connectly errors in saved response bodies and webhook events.

positional arguments:
  FILE        - for standard input

options:
  -h, --help  show this help message and exit
  --list      list all codes, types and advice

Exit status: 0 where an error was explained, 1 where there was none, 2 where a
FILE could not be read or the answer not written.
"""

Main = Callable[..., tuple[int, str, str]]


@pytest.fixture
def main(capsys: pytest.CaptureFixture[str]) -> Main:
    """The command in this process: its exit status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        exit_status = connectly_errors.main([str(argument) for argument in arguments])
        return (exit_status, *capsys.readouterr())

    return run


def run(
    *arguments: object, stdin: bytes = b"", environment: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """The same in a process of its own, as a shell runs it."""
    process = subprocess.run(
        [*PYTHON, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **(environment or {})},
    )
    return process.returncode, process.stdout.decode(), process.stderr.decode()


def shell(command: str, *arguments: object) -> tuple[int, str, str]:
    """The same under a shell, which can close and redirect: the command is "$@"."""
    process = subprocess.run(
        ["sh", "-c", command, "sh", *PYTHON, *map(str, arguments)], capture_output=True, text=True
    )
    return process.returncode, process.stdout, process.stderr


# --- What it explains ---


def test_one_error(main: Main, payloads: Path) -> None:
    assert main(payloads / "api_error.json") == (0, EXPLAINED, "")


def test_every_error_of_a_file(main: Main, payloads: Path) -> None:
    assert main(payloads / "campaign.json") == (0, CAMPAIGN, "")


def test_defects(main: Main, payloads: Path) -> None:
    assert main(payloads / "grpc_gateway.json") == (0, DEFECTIVE, "")


def test_several_files_each_with_its_name(
    main: Main, payloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(payloads)
    assert main("api_error.json", "grpc_gateway.json") == (
        0,
        f"{EXPLAINED}File:          api_error.json\n\n"
        f"{DEFECTIVE}File:          grpc_gateway.json\n",
        "",
    )


def test_a_page_that_is_no_json(main: Main, payloads: Path) -> None:
    exit_status, out, err = main(payloads / "bad_gateway.html")
    assert exit_status == 0
    assert r"Message:       <html>\r\n<head><title>502 Bad" in out
    assert out.endswith("Defects:       The text is not JSON.\n")
    assert err == ""


@pytest.mark.parametrize("length", [0, 1, 499, 500, 501, 100_000])
def test_a_long_message_is_cut(main: Main, tmp_path: Path, length: int) -> None:
    file = tmp_path / "body"
    file.write_text(json.dumps({"message": "m" * length}))
    _, out, _ = main(file)
    printed = "".join(line.strip() for line in out.partition("Message:")[2].splitlines())
    assert printed == ("m" * length if length <= 500 else "m" * 499 + "…")


@pytest.mark.parametrize(
    "name", ["campaign_created.json", "empty.txt", "inbound_message.json", "sent.json"]
)
def test_nothing_to_explain(main: Main, payloads: Path, name: str) -> None:
    file = payloads / name
    assert main(file) == (1, "", f"connectly-errors: {file}: no error in it\n")


def test_nothing_to_explain_in_one_of_several_files(main: Main, payloads: Path) -> None:
    nothing = payloads / "sent.json"
    exit_status, out, err = main(nothing, payloads / "api_error.json")
    assert exit_status == 0
    assert out.startswith(EXPLAINED)
    assert err == f"connectly-errors: {nothing}: no error in it\n"


def test_binary_input(main: Main, tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    exit_status, out, err = main(file)
    assert exit_status == 0
    assert out.endswith(
        "Message:       \ufffdPNG\\r\\n\\x1a\\n\\x00\\x00\\x00\\rIHDR\n"
        "Defects:       What is not Unicode was replaced by U+FFFD. The text is not\n"
        "               JSON.\n"
    )
    assert err == ""


HOSTILE = "a\x1b[31mb\rc\nd\u2028e\u202ef\x00g\x9bh\ud800i\x7f"


@pytest.mark.parametrize("name", ["message", "type", "code", "cntTraceId"])
def test_what_the_server_sent_reaches_the_terminal_escaped(
    main: Main, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "body"
    file.write_text(json.dumps({"data": [{"error": {name: HOSTILE}}]}))
    exit_status, out, err = main(file)
    assert exit_status == 0
    assert all(line.isprintable() for line in out.split("\n"))
    assert r"a\x1b[31mb\rc\nd\u2028e\u202ef\x00g\x9bh" in out
    assert "i\\x7f" in out.replace("\n", "").replace(" ", "")
    assert err == ""


def test_text_that_is_no_json_reaches_the_terminal_escaped(main: Main, tmp_path: Path) -> None:
    file = tmp_path / "body"
    file.write_bytes(b"\x1b]0;title\x07<html>")
    _, out, _ = main(file)
    assert r"Message:       \x1b]0;title\x07<html>" in out


# --- Standard input ---


@pytest.fixture
def standard_input(payloads: Path) -> Iterator[None]:
    """One error in standard input, which capturing leaves empty."""
    before = os.dup(0)
    with (payloads / "api_error.json").open("rb") as body:
        os.dup2(body.fileno(), 0)
    yield
    os.dup2(before, 0)
    os.close(before)


@pytest.mark.usefixtures("standard_input")
@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input(main: Main, arguments: tuple[str, ...]) -> None:
    assert main(*arguments) == (0, EXPLAINED, "")


@pytest.mark.usefixtures("standard_input")
def test_standard_input_beside_a_file(
    main: Main, payloads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(payloads)
    assert main("grpc_gateway.json", "-") == (
        0,
        f"{DEFECTIVE}File:          grpc_gateway.json\n\n"
        f"{EXPLAINED}File:          standard input\n",
        "",
    )


@pytest.mark.usefixtures("standard_input")
def test_standard_input_is_read_once(main: Main) -> None:
    assert main("-", "-") == (
        0,
        f"{EXPLAINED}File:          standard input\n",
        "connectly-errors: standard input: no error in it\n",
    )


# --- Files that cannot be read ---


def test_missing_file(main: Main, tmp_path: Path) -> None:
    file = tmp_path / "missing"
    assert main(file) == (2, "", f"connectly-errors: {file}: No such file or directory\n")


def test_folder(main: Main, tmp_path: Path) -> None:
    assert main(tmp_path) == (2, "", f"connectly-errors: {tmp_path}: Is a directory\n")


def test_name_that_no_file_can_have(main: Main) -> None:
    exit_status, out, err = main("a\0b")
    assert (exit_status, out) == (2, "")
    assert err.startswith(r"connectly-errors: a\x00b: ")
    assert err.count("\n") == 1


def test_name_reaches_the_terminal_escaped(main: Main, tmp_path: Path) -> None:
    exit_status, out, err = main(tmp_path / "\x1b[31m\n")
    assert (exit_status, out) == (2, "")
    assert err.endswith(r"\x1b[31m\n: No such file or directory" + "\n")
    assert "\x1b" not in err


def test_a_long_name_is_cut(main: Main) -> None:
    for name, printed in ("x" * 200, "x" * 200), ("x" * 201, "x" * 199 + "…"):
        assert main(name) == (2, "", f"connectly-errors: {printed}: No such file or directory\n")


def test_the_other_files_are_explained_all_the_same(
    main: Main, payloads: Path, tmp_path: Path
) -> None:
    missing, nothing = tmp_path / "missing", payloads / "sent.json"
    exit_status, out, err = main(missing, nothing, payloads / "api_error.json", tmp_path)
    assert exit_status == 2
    assert out.startswith(EXPLAINED)
    assert out.count("What happened:") == 1
    assert err == (
        f"connectly-errors: {missing}: No such file or directory\n"
        f"connectly-errors: {nothing}: no error in it\n"
        f"connectly-errors: {tmp_path}: Is a directory\n"
    )


def test_a_file_that_cannot_be_read_counts_before_nothing_to_explain(
    main: Main, payloads: Path, tmp_path: Path
) -> None:
    assert main(payloads / "sent.json", tmp_path)[0] == 2


@pytest.mark.subprocess
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is part of util-linux")
def test_file_without_read_permission(payloads: Path, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.touch(0o000)
    # Root reads such a file too, unless it gives these capabilities up.
    setpriv = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    setpriv += ["--inh-caps=-dac_override,-dac_read_search"]
    process = subprocess.run(
        [*(setpriv if os.geteuid() == 0 else []), *PYTHON, file, payloads / "api_error.json"],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 2
    assert process.stdout.startswith(EXPLAINED)
    assert process.stderr == f"connectly-errors: {file}: Permission denied\n"


# --- The catalogue, the help and wrong arguments ---


def test_list_is_the_whole_catalogue(main: Main) -> None:
    entries = [
        *(f"{m}  {m.advice}\n    {m.description}\n" for m in (*ErrorCode, *ErrorType)),
        *(f"{advice}\n    {advice.description}\n" for advice in Advice),
    ]
    assert main("--list") == (0, "".join(entries), "")
    assert max(len(line) for line in "".join(entries).split("\n")) <= 100


def test_list_reads_no_file(main: Main, tmp_path: Path) -> None:
    exit_status, out, err = main("--list", tmp_path / "missing")
    assert (exit_status, err) == (0, "")
    assert "ERROR_CODE_MESSAGE_TEXT_EMPTY" in out


def test_help_tells_the_arguments_and_the_exit_statuses(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        connectly_errors.main(["--help"])
    assert ended.value.code == 0
    assert capsys.readouterr() == (HELP, "")


def test_unknown_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        connectly_errors.main(["--lost"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --lost" in capsys.readouterr().err


# --- Standard output ---


def test_output_that_is_no_file(payloads: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert connectly_errors.main([str(payloads / "api_error.json")]) == 0
    assert out.getvalue() == EXPLAINED


def test_output_that_cannot_encode(payloads: Path) -> None:
    written = io.BytesIO()
    with io.TextIOWrapper(written, "ascii") as out, contextlib.redirect_stdout(out):
        assert connectly_errors.main([str(payloads / "latin1.json")]) == 0
        assert rb"Message:       El n\ufffdmero no es v\ufffdlido" in written.getvalue()


def test_pipe_that_was_closed_is_no_failure(payloads: Path, main: Main) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as pipe, contextlib.redirect_stdout(pipe):
        exit_status, _, err = main(payloads / "api_error.json")
    assert (exit_status, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")
def test_disk_that_is_full(payloads: Path, main: Main) -> None:
    with open("/dev/full", "w") as full, contextlib.redirect_stdout(full):
        exit_status, _, err = main(payloads / "api_error.json")
    assert exit_status == 2
    assert err == "connectly-errors: standard output: No space left on device\n"


# --- In a process of its own ---


def test_the_file_is_a_program(
    payloads: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [MODULE, str(payloads / "api_error.json")])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(MODULE, run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == EXPLAINED


@pytest.mark.subprocess
@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_of_the_process(payloads: Path, arguments: tuple[str, ...]) -> None:
    body = (payloads / "api_error.json").read_bytes()
    assert run(*arguments, stdin=body) == (0, EXPLAINED, "")


@pytest.mark.subprocess
def test_closed_standard_input() -> None:
    assert shell('"$@" <&-') == (
        2,
        "",
        "connectly-errors: standard input: Bad file descriptor\n",
    )


@pytest.mark.subprocess
def test_empty_standard_input() -> None:
    assert run() == (1, "", "connectly-errors: standard input: no error in it\n")


@pytest.mark.subprocess
def test_exit_statuses_of_the_process(payloads: Path, tmp_path: Path) -> None:
    assert run(payloads / "api_error.json") == (0, EXPLAINED, "")
    assert run(payloads / "sent.json")[0] == 1
    assert run(tmp_path) == (2, "", f"connectly-errors: {tmp_path}: Is a directory\n")


@pytest.mark.subprocess
@pytest.mark.parametrize("reader", ["true", "head -1"])
def test_reader_that_ends_early(payloads: Path, reader: str) -> None:
    exit_status, out, err = shell(
        f'{{ "$@"; echo "exit status $?" >&2; }} | {{ sleep 0.5; {reader}; }}',
        *[payloads / "campaign.json"] * 500,
    )
    assert err == "exit status 0\n"
    assert out in ("", "What happened: The recipient's phone number is not valid.\n")
    assert exit_status == 0


@pytest.mark.subprocess
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")
@pytest.mark.parametrize("files", [1, 500])
def test_disk_that_is_full_for_the_process(payloads: Path, files: int) -> None:
    assert shell('"$@" >/dev/full', *[payloads / "api_error.json"] * files) == (
        2,
        "",
        "connectly-errors: standard output: No space left on device\n",
    )


@pytest.mark.subprocess
@pytest.mark.parametrize("files", [1, 500])
def test_closed_pipe_keeps_the_exit_status_of_a_file_that_could_not_be_read(
    payloads: Path, files: int
) -> None:
    body = payloads / "campaign.json"
    _, _, err = shell(
        '{ "$@"; echo "exit status $?" >&2; } | true', payloads / "lost.json", *[body] * files
    )
    assert err.endswith("lost.json: No such file or directory\nexit status 2\n")


@pytest.mark.subprocess
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")
@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_errors_are_explained_where_standard_error_takes_nothing(
    payloads: Path, redirection: str
) -> None:
    exit_status, out, _ = shell(
        f'"$@" {redirection}', payloads / "lost.json", payloads / "campaign.json"
    )
    assert exit_status == 2
    assert out.startswith("What happened: ")
    assert out.count("What happened") == 2
    assert "lost.json" not in out


@pytest.mark.subprocess
def test_closed_standard_output(payloads: Path) -> None:
    _, out, err = shell('"$@" >&-', payloads / "api_error.json")
    assert (out, err) == ("", "")


@pytest.mark.subprocess
@pytest.mark.parametrize("encoding", ["ascii", "ascii:strict", "utf-8"])
def test_terminal_that_cannot_encode(payloads: Path, tmp_path: Path, encoding: str) -> None:
    exit_status, out, err = run(
        payloads / "latin1.json",
        tmp_path / "café💬",
        environment={"PYTHONIOENCODING": encoding},
    )
    assert exit_status == 2
    replaced = "\ufffd" if encoding == "utf-8" else r"\ufffd"
    assert f"Message:       El n{replaced}mero no es v{replaced}lido\n" in out
    assert err.endswith("No such file or directory\n")
    assert err.count("\n") == 1


@pytest.mark.subprocess
def test_name_that_is_no_unicode(tmp_path: Path) -> None:
    process = subprocess.run(
        [*PYTHON, os.fsencode(tmp_path) + b"/\xff"], capture_output=True, text=True
    )
    assert process.returncode == 2
    assert process.stderr == (f"connectly-errors: {tmp_path}/\\udcff: No such file or directory\n")
