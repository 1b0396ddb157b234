"""``i247sim console`` as a command: what it prints, what it refuses, how it ends."""

import re
import signal
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from command_line import Call, Start


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["nothing"], "no scenario `nothing`", id="no scenario"),
        pytest.param(["red-notice", "--seat", "XX"], "`--seat XX`: there is no such desk", id="no desk"),
        pytest.param(
            ["red-notice", "--seat", "IPSG"], "`--seat IPSG`: there is no such desk", id="not a bureau's desk"
        ),
        pytest.param(["red-notice", "--bind", "0.0.0.0"], "names no address", id="everywhere is no address"),
        pytest.param(["red-notice", "--bind", "no.such.name.invalid"], "`--bind no.such.name.invalid`", id="no name"),
        pytest.param(["red-notice", "--pace", "fast"], "`--pace` is `fast`", id="no pace"),
        pytest.param(["."], "`.` is not a run folder: it has no `run.json`", id="no run"),
    ],
)
def test_wrong_words_end_in_one_line_and_leave_nothing(call: Call, tmp_path: Path, words: list[str], said: str) -> None:
    found = call("console", *words)
    assert found.status in (1, 2)
    assert said in " ".join(found.err.split())
    assert "Traceback" not in found.err
    assert not list(tmp_path.iterdir())


def test_a_port_that_is_taken_is_said_at_once(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = call("console", "red-notice", "--port", port)
    assert found.status == 2
    assert f"`127.0.0.1:{port}` cannot be listened on" in found.err


def _printed(process: "object", until: str) -> str:
    text = ""
    while until not in text:
        line = process.stdout.readline()  # type: ignore[attr-defined]
        assert line, text
        text += line
    return text


def test_it_prints_address_and_tokens_serves_and_ends_with_ctrl_c(start: Start, tmp_path: Path) -> None:
    process = start("console", "red-notice", "--in-process", "--seat", "FR", "--out", "run", "--port", _free())
    text = _printed(process, "Ctrl-C")
    address = re.search(r"http://127\.0\.0\.1:\d+/", text)
    assert address is not None
    assert len(re.findall(r"^(?:instructor|evaluator|wall|seat FR) +(?:[A-Z2-7]{5}-){5}[A-Z2-7]$", text, re.M)) == 4
    with urllib.request.urlopen(f"{address.group()}login") as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "to go on: i247sim run --resume run" in " ".join(err.split())
    assert "Traceback" not in err


@pytest.mark.deep
def test_any_other_address_is_served_with_tls_of_the_exercises_own_authority(start: Start, tmp_path: Path) -> None:
    own = _own_address()
    process = start("console", "red-notice", "--in-process", "--out", "run", "--bind", own, "--port", _free())
    text = _printed(process, "fingerprint") + process.stdout.readline()
    address = re.search(r"https://[^ ]+/", text)
    assert address is not None
    root = tmp_path / "run" / "work" / "console-root.pem"
    trusting = ssl.create_default_context(cafile=str(root))
    with urllib.request.urlopen(f"{address.group()}login", context=trusting) as answer:
        assert "strict-transport-security" in answer.headers
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address.group()}login", context=ssl.create_default_context())
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143


def _own_address() -> str:
    """This machine's address as others see it; nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unsent:
        try:
            unsent.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but its own")
        return str(unsent.getsockname()[0])


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
