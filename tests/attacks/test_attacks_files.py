"""Files of strangers: run folders, unfinished runs, scenarios and key files that were made to do harm.

Each is refused with one line, within a second of processor time and 200 MiB: measured in a process that has loaded
everything beforehand, and that is killed where it goes far beyond (``limited.py``). The product reads no archive, so
nothing can climb out of one; and it believes nobody's folder with an unfinished run, see ``docs/security.md``.
"""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_runs import SPOILT, spoil

from i247sim.security import keyfiles
from i247sim.vocabulary.errors import I247Error

HERE = Path(__file__).parent
STORY = b"""\
title: A small story
aim: nothing
participants: {bureaus: [FR, NO]}
timeline:
  - at: T+0s
    label: ask
    send: {from: NO, kind: INFO_REQUEST, to: [FR], purpose: case-support, subject: yes}
"""
MAX_SECONDS, MAX_MIB = 1.0, 200
SLACK = 3
"""Processor seconds are not the same on a machine that does much else: what is refused at all is refused in this."""


NOT_READ = {"hollow_stranger", "deep_injects", "words_for_a_terminal"}
"""What `verify` has no reason to refuse: who signs a list may put a large file on it, or have an odd name."""


def refused(folder: Path, calls: dict[str, list[str]], passes: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Every call within the limits, and refused in words (but those that ``passes``). Returns what was said."""
    file = folder / "calls.json"
    file.write_text(json.dumps(list(calls.items())))
    done = subprocess.run(
        [sys.executable, HERE / "limited.py", str(file)], capture_output=True, text=True, cwd=folder, check=True
    )
    said = {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert said.keys() == calls.keys()
    for name, one in said.items():
        expected = (0,) if name in passes else (1, 2)
        assert one["status"] in expected, f"{name}: status {one['status']}: {one['err'] or one['out'] or done.stderr}"
        lines = [row for row in (one["err"] + one["out"]).splitlines() if not row.startswith("checking ")]
        assert lines, f"{name}: not a word"
        assert len(lines) < 110, f"{name}: {len(lines)} lines"
        assert "Traceback" not in one["err"], name
        assert "mistake in i247sim" not in one["err"], f"{name}: {one['err']}"
        assert "\x1b" not in one["err"] + one["out"], f"{name}: words that a terminal obeys"
        assert one["seconds"] <= SLACK * MAX_SECONDS, f"{name}: {one['seconds']} processor seconds"
        assert one["mib"] <= MAX_MIB, f"{name}: {one['mib']} MiB"
    return said


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, its keys kept beside it: the one who means harm has made the exercise himself."""
    path = tmp_path_factory.mktemp("good") / "run"
    story = path.with_name("small.yaml")
    story.write_bytes(STORY)
    words = ["run", str(story), "--in-process", "--keep-keys", "--out", str(path)]
    subprocess.run([sys.executable, "-m", "i247sim", *words], capture_output=True, check=True)
    return path


# --- run folders


def test_a_spoilt_run_folder_is_refused(good: Path, tmp_path: Path) -> None:
    calls = {name: ["verify", str(spoil(good, tmp_path / name, name))] for name in SPOILT}
    said = refused(tmp_path, calls, passes=NOT_READ)
    for name, reason in (
        ("endless_view", "`log_entry` is missing or not the one"),
        ("loop_in_the_tree", "entry `4` of the log is missing"),
        ("deep_rule", "more than 400 brackets"),
        ("many_report", "more than the limit of"),
        ("hollow_file", "goes beyond the largest size"),
        ("link_out", "is a link"),
        ("pipe", "is a pipe"),
        ("many_files", "more than 500 files"),
        ("wrong_run", "does not say how many messages a minute"),
        ("wrong_types", "report"),
    ):
        assert reason in said[name]["err"], said[name]["err"]


@pytest.mark.parametrize("words", [("explain", "NO#1", "FR"), ("diff",)], ids=["explain", "diff"])
def test_what_does_not_check_a_folder_is_not_overrun_by_one_either(
    good: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """They read only what they need; what they need and cannot read is refused in the same words."""
    names = ["endless_view", "endless_same_view", "huge_entry", "loop_in_the_tree", "many_lines", "many_sent", "pipe"]
    if words[0] == "explain":
        names += [
            "words_for_a_terminal",
            "deep_rule",
            "many_rules",
            "many_report.json",
            "nested_report.json",
            "wrong_types",
            "no_certificate",
        ]
    names = [name.split(".")[0] for name in names]
    calls = {}
    for name in names:
        folder = str(spoil(good, tmp_path / name, name))
        calls[name] = [words[0], folder, *words[1:]] if words[1:] else [words[0], str(good), folder]
    refused(tmp_path, calls, passes=NOT_READ)


def test_a_spoilt_folder_is_not_played_again(good: Path, tmp_path: Path) -> None:
    names = ["wrong_run", "nested_run", "many_run", "nested_injects", "many_injects", "deep_injects"]
    calls = {
        name: ["run", "--in-process", "--replay", str(spoil(good, tmp_path / name, name)), "--out", str(tmp_path / "o")]
        for name in names
    }
    refused(tmp_path, calls)


# --- unfinished runs


def _state(text: bytes) -> Callable[[Path], None]:
    return lambda work: (work / "state.json").write_bytes(text)  # type: ignore[return-value]


UNFINISHED: dict[str, Callable[[Path], Any]] = {
    "nested": _state(b"[" * 1_000_000),
    "large": _state(b'{"a": "' + b"x" * 50_000_000 + b'"}'),
    "many": _state(b"[" + b"{}," * 10_000_000 + b"{}]"),
    "no names": _state(b"[]"),
    "wrong kinds": _state(b'{"run": 5, "seed": [], "medium": "memory", "pace": {}, "injects": 7}'),
    "number without end": _state(b'{"seed": ' + b"9" * 1_000_000 + b"}"),
    "binary": _state(bytes(range(256)) * 100),
    "pipe": lambda work: os.mkfifo(work / "state.json"),
    "link": lambda work: (work / "state.json").symlink_to("/dev/zero"),
}


def test_an_unfinished_run_of_a_stranger_is_not_taken_up(good: Path, tmp_path: Path) -> None:
    state = json.loads((good / "run.json").read_text())
    state |= {"broker": None, "broker_keys": None, "hub_apart": None}
    cases = dict(UNFINISHED)
    for name, changed in (
        ("no such medium", {"medium": "ether"}),
        ("a step that is none", {"injects": [[1, {"explode": {}}]]}),
        ("no keys", {}),
    ):
        cases[name] = _state(json.dumps(state | changed).encode())
    calls = {}
    for name, make in cases.items():
        folder = tmp_path / name.replace(" ", "-")
        (folder / "work").mkdir(parents=True)
        (folder / "scenario.yaml").write_bytes((good / "scenario.yaml").read_bytes())
        make(folder / "work")
        calls[name] = ["run", "--resume", str(folder)]
    refused(tmp_path, calls)


# --- scenarios


def scenarios() -> Iterator[tuple[str, bytes]]:
    yield "aliases", b"a: &a [x,x]\n" + b"".join(b"%c: &%c [*%c,*%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 120))
    yield "python", b"!!python/object/apply:os.system ['touch owned']\n"
    yield "nested lists", b"[" * 250_000
    yield "nested maps", b"{a: " * 60_000
    yield "nested dashes", b"- " * 120_000
    yield "large", b"#" * 300_000_000
    yield "binary", bytes(range(256)) * 900
    yield "zero bytes", bytes(200_000)
    yield "a million mistakes", STORY + b"".join(b"k%d: v\n" % n for n in range(20_000))
    yield "long word", STORY.replace(b"INFO_REQUEST", b"x" * 200_000)
    for name, deep in (("brackets", "(" * 1_200 + "true" + ")" * 1_200), ("dots", "principal" + ".a" * 1_500)):
        rule = f'forbid(principal is Party, action == Action::\\"send\\", resource is Message) when {{ {deep} }};'
        yield f"a rule of {name}", STORY + f'rules: ["{rule}"]\n'.encode()
    yield "many rules", STORY + b"rules: [" + b'"forbid(principal, action, resource);",' * 5_000 + b"]\n"
    yield "groups of groups", STORY.replace(b"to: [FR]", b"to: [" + b"all-members, " * 5_000 + b"FR]")
    yield "words for a terminal", STORY.replace(b"INFO_REQUEST", b'"\\e[2J\\a"')


def test_a_hostile_scenario_is_refused(tmp_path: Path) -> None:
    calls = {}
    for name, data in scenarios():
        path = tmp_path / f"{name.replace(' ', '-')}.yaml"
        path.write_bytes(data)
        calls[name] = ["check", str(path)]
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "device.yaml").symlink_to("/dev/zero")
    calls |= {name: ["run", str(tmp_path / f"{name}.yaml")] for name in ("pipe", "device")}
    refused(tmp_path, calls)
    assert not (tmp_path / "owned").exists()


# --- key files


def _exported(path: Path, content: bytes) -> Path:
    """A bundle whose passphrase (``x``) the maker knows, around anything."""
    salt, nonce = bytes(16), bytes(12)
    magic = keyfiles._EXPORT_MAGIC
    sealed = keyfiles.AESGCM(keyfiles._stretch("x", salt)).encrypt(
        nonce, content, keyfiles._bound(magic, "identity", path)
    )
    path.write_bytes(magic + salt + nonce + sealed)
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b"{}", id="no parts"),
        pytest.param(None, id="parts of another size"),
    ],
)
def test_a_bundle_around_something_else_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        short = b64encode(b"short").decode()
        parts = dict.fromkeys(("signing", "signing_cert", "tls_key", "tls_cert", "card"), short)
        content = json.dumps({**parts, "run": "0" * 12, "party": "FR", "role": "bureau", "kem": [short]}).encode()
    with pytest.raises(I247Error):
        keyfiles.import_identity(_exported(tmp_path / "FR.identity", content), "x")


@pytest.mark.parametrize("read", [keyfiles.load_workspace_key, lambda path: keyfiles.import_identity(path, "x")])
def test_a_pipe_in_place_of_a_key_file_holds_nobody_up(tmp_path: Path, read: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "FR.key", 0o600)
    with pytest.raises(I247Error, match="not a plain file"):
        read(tmp_path / "FR.key")
