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
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hostile_runs import SPOILT, spoil
from limited import LOOK

from i247sim.exercise.steering import FILE
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
"""The slowest takes less than half of a second (``docs/reliability.md``); a busy machine may double that."""


NOT_READ = {"hollow_stranger", "deep_injects", "words_for_a_terminal"}
"""What `verify` has no reason to refuse: who signs a list may put a large file on it, or have an odd name."""
READ_BY_DIFF = {
    "endless_view",
    "endless_same_view",
    "huge_entry",
    "loop_in_the_tree",
    "many_lines",
    "many_sent",
    "pipe",
}
READ_BY_EXPLAIN = READ_BY_DIFF | {"deep_rule", "many_rules", "many_report", "nested_report", "wrong_types"}
READ_BY_EXPLAIN |= {"no_certificate", "words_for_a_terminal"}
READ_BY_REPLAY = {"wrong_run", "nested_run", "many_run", "nested_injects", "many_injects", "deep_injects"}
"""They check nothing, but read what they need; what they need and cannot read is refused in the same words."""
NEAR_ANOTHER = {"endless_same_view", "computed_column", "endless_checkpoints", "many_attestations", "filled_journal"}
NEAR_ANOTHER |= {"deep_rule_of_ifs", "hollow_stranger", "many_run", "nested_run", "nested_injects", "many_injects"}
NEAR_ANOTHER |= {"no_certificate", "broken_attestation", "huge_list", "rules_elsewhere", "pipe_for_a_rule"}
"""Those that differ little from one that is tried by default."""


def measured(folder: Path, calls: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """What every call said, and what it took."""
    file = folder / "calls.json"
    file.write_text(json.dumps(list(calls.items())))
    done = subprocess.run(
        [sys.executable, HERE / "limited.py", str(file)], capture_output=True, text=True, cwd=folder, check=True
    )
    return {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}


Said = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def said(request: pytest.FixtureRequest) -> Said:
    """What a call said: all of them, or all of the longer campaign, are made in one go at the first question."""
    return lambda call: request.getfixturevalue("said_deep" if _is_deep(call) else "said_first")[call]


@pytest.fixture(scope="module")
def said_first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The default run's."""
    return _all_said(tmp_path_factory.mktemp("hostile"), deep=False)


@pytest.fixture(scope="module")
def said_deep(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The longer campaign's."""
    return _all_said(tmp_path_factory.mktemp("hostile"), deep=True)


def _is_deep(call: str) -> bool:
    command, _, name = call.partition(" ")
    return command in ("explain", "diff", "replay", "console", "notices") or (
        command == "verify" and name in NEAR_ANOTHER
    )


def cases(command: str, names: Iterable[str]) -> list[Any]:
    """The calls of a command, those of the longer campaign marked."""
    calls = [f"{command} {name}" for name in names]
    return [pytest.param(call, marks=pytest.mark.deep if _is_deep(call) else (), id=call) for call in calls]


def _all_said(here: Path, deep: bool) -> dict[str, dict[str, Any]]:
    good = here / "run"
    story = here / "small.yaml"
    story.write_bytes(STORY)
    # Its keys are kept beside it: the one who means harm has made the exercise himself.
    words = ["run", str(story), "--in-process", "--keep-keys", "--out", str(good)]
    subprocess.run([sys.executable, "-m", "i247sim", *words], capture_output=True, check=True)
    calls: dict[str, list[str]] = {}
    for name in SPOILT:
        if not deep and name in NEAR_ANOTHER:
            continue
        folder = str(spoil(good, here / name, name))
        calls[f"verify {name}"] = ["verify", folder]
        calls[f"console {name}"] = [LOOK, folder]
        calls[f"notices {name}"] = ["notices", folder]
        if name in READ_BY_EXPLAIN:
            calls[f"explain {name}"] = ["explain", folder, "NO#1", "FR"]
        if name in READ_BY_DIFF:
            calls[f"diff {name}"] = ["diff", str(good), folder]
        if name in READ_BY_REPLAY:
            calls[f"replay {name}"] = ["run", "--in-process", "--replay", folder, "--out", str(here / "out")]
    for name in UNFINISHED:
        calls[f"resume {name}"] = ["run", "--resume", str(_unfinished(good, here / f"unfinished {name}", name))]
    for name, make in STEERED.items():
        folder = here / f"steered {name}"
        (folder / "work").mkdir(parents=True)
        make(folder / "work")
        calls[f"control {name}"] = ["control", str(folder), "status"]
    for name, data in SCENARIOS.items():
        path = here / f"{name}.yaml"
        path.write_bytes(data())
        calls[f"check {name}"] = ["check", str(path)]
    os.mkfifo(here / "pipe.yaml")
    (here / "device.yaml").symlink_to("/dev/zero")
    calls |= {f"run {name}": ["run", str(here / f"{name}.yaml")] for name in ("pipe", "device")}
    calls = {call: words for call, words in calls.items() if _is_deep(call) is deep}
    return measured(here, calls) | {"touched": {"files": [path.name for path in here.glob("owned*")]}}


def refused(one: dict[str, Any], passes: bool = False) -> str:
    """In words, within the limits. Returns the words."""
    assert one["status"] in ((0,) if passes else (1, 2)), f"status {one['status']}: {one['err'] or one['out']}"
    lines = [row for row in (one["err"] + one["out"]).splitlines() if not row.startswith("checking ")]
    assert lines, "not a word"
    assert len(lines) < 110, f"{len(lines)} lines"
    assert "Traceback" not in one["err"]
    assert "mistake in i247sim" not in one["err"], one["err"]
    assert "\x1b" not in one["err"] + one["out"], "words that a terminal obeys"
    assert one["seconds"] <= MAX_SECONDS, f"{one['seconds']} processor seconds"
    assert one["mib"] <= MAX_MIB, f"{one['mib']} MiB"
    words: str = one["err"]
    return words


# --- run folders


@pytest.mark.parametrize("call", cases("verify", SPOILT))
def test_a_spoilt_run_folder_is_refused(said: Said, call: str) -> None:
    refused(said(call), passes=call.split()[1] in NOT_READ)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("endless_view", "`log_entry` is missing or not the one"),
        ("loop_in_the_tree", "of the log is missing or no entry"),
        ("deep_rule", "more than 400 brackets"),
        ("many_report", "more than the limit of"),
        ("hollow_file", "goes beyond the largest size"),
        ("link_out", "is a link"),
        ("pipe", "is a pipe"),
        ("many_files", "more than 500 files"),
        ("wrong_run", "does not say how many messages a minute"),
        ("wrong_types", "report"),
    ],
)
def test_the_reason_is_said(said: Said, name: str, reason: str) -> None:
    assert reason in said(f"verify {name}")["err"]


@pytest.mark.parametrize(
    "call",
    [
        *cases("explain", sorted(READ_BY_EXPLAIN)),
        *cases("diff", sorted(READ_BY_DIFF)),
        *cases("replay", sorted(READ_BY_REPLAY)),
    ],
)
def test_what_does_not_check_a_folder_is_not_overrun_by_one_either(said: Said, call: str) -> None:
    command, _, name = call.partition(" ")
    refused(said(call), passes=command == "explain" and name in NOT_READ)


@pytest.mark.parametrize("call", [*cases("console", SPOILT), *cases("notices", SPOILT)])
def test_who_only_shows_a_folder_shows_it_or_refuses_it_within_the_limits(said: Said, call: str) -> None:
    """Whether it holds is `verify`'s to say: what is not read, or is well-formed, is shown."""
    refused(said(call), passes=said(call)["status"] == 0)


# --- unfinished runs


def _raw(text: bytes) -> Callable[[Path, dict[str, Any]], Any]:
    return lambda work, state: (work / "state.json").write_bytes(text)


def _changed(**changes: Any) -> Callable[[Path, dict[str, Any]], Any]:
    return lambda work, state: (work / "state.json").write_text(json.dumps(state | changes))


UNFINISHED: dict[str, Callable[[Path, dict[str, Any]], Any]] = {
    "nested": _raw(b"[" * 1_000_000),
    "large": _raw(b'{"a": "' + b"x" * 5_000_000 + b'"}'),
    "many": _raw(b"[" + b"{}," * 1_000_000 + b"{}]"),
    "no names": _raw(b"[]"),
    "wrong kinds": _raw(b'{"run": 5, "seed": [], "medium": "memory", "pace": {}, "injects": 7}'),
    "number without end": _raw(b'{"seed": ' + b"9" * 500_000 + b"}"),
    "binary": _raw(bytes(range(256)) * 100),
    "pipe": lambda work, state: os.mkfifo(work / "state.json"),
    "link": lambda work, state: (work / "state.json").symlink_to("/dev/zero"),
    "no such medium": _changed(medium="ether"),
    "a step that is none": _changed(injects=[[1, {"explode": {}}]]),
    "no keys": _changed(),
}


def _unfinished(good: Path, folder: Path, name: str) -> Path:
    (folder / "work").mkdir(parents=True)
    (folder / "scenario.yaml").write_bytes((good / "scenario.yaml").read_bytes())
    state = json.loads((good / "run.json").read_text())
    UNFINISHED[name](folder / "work", state | {"broker": None, "broker_keys": None, "hub_apart": None})
    return folder


@pytest.mark.parametrize("name", UNFINISHED)
def test_an_unfinished_run_of_a_stranger_is_not_taken_up(said: Said, name: str) -> None:
    refused(said(f"resume {name}"))


STEERED: dict[str, Callable[[Path], Any]] = {
    "a list": lambda work: (work / FILE).write_bytes(b"[]"),
    "nested": lambda work: (work / FILE).write_bytes(b"[" * 1_000_000),
    "large": lambda work: (work / FILE).write_bytes(b'{"socket":"' + b"x" * 5_000_000 + b'"}'),
    "a long name": lambda work: (work / FILE).write_bytes(b'{"socket":"' + b"x" * 5_000 + b'"}'),
    "a zero byte": lambda work: (work / FILE).write_bytes(b'{"socket":"a\\u0000b"}'),
    "a file": lambda work: (work / FILE).write_bytes(b'{"socket":"/etc/hostname"}'),
    "pipe": lambda work: os.mkfifo(work / FILE),
    "link": lambda work: (work / FILE).symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("name", STEERED)
def test_a_strangers_folder_does_not_say_where_orders_go(said: Said, name: str) -> None:
    one = said(f"control {name}")
    refused(one | {"status": 2} if one["status"] == 3 else one)


# --- scenarios


def _with_rule(condition: str) -> Callable[[], bytes]:
    rule = f'forbid(principal is Party, action == Action::\\"send\\", resource is Message) when {{ {condition} }};'
    return lambda: STORY + f'rules: ["{rule}"]\n'.encode()


SCENARIOS: dict[str, Callable[[], bytes]] = {
    "aliases": lambda: (
        b"a: &a [x,x]\n" + b"".join(b"%c: &%c [*%c,*%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 120))
    ),
    "python": lambda: b"!!python/object/apply:os.system ['touch owned']\n",
    "nested lists": lambda: b"[" * 250_000,
    "nested maps": lambda: b"{a: " * 60_000,
    "nested dashes": lambda: b"- " * 120_000,
    "large": lambda: b"#" * 30_000_000,
    "binary": lambda: bytes(range(256)) * 900,
    "zero bytes": lambda: bytes(200_000),
    "many mistakes": lambda: STORY + b"".join(b"k%d: v\n" % n for n in range(20_000)),
    "long word": lambda: STORY.replace(b"INFO_REQUEST", b"x" * 200_000),
    "a rule of brackets": _with_rule("(" * 1_200 + "true" + ")" * 1_200),
    "a rule of dots": _with_rule("principal" + ".a" * 1_500),
    "many rules": lambda: STORY + b"rules: [" + b'"forbid(principal, action, resource);",' * 5_000 + b"]\n",
    "groups of groups": lambda: STORY.replace(b"to: [FR]", b"to: [" + b"all-members, " * 5_000 + b"FR]"),
    "words for a terminal": lambda: STORY.replace(b"INFO_REQUEST", b'"\\e[2J\\a"'),
}


@pytest.mark.parametrize("name", [*(f"check {one}" for one in SCENARIOS), "run pipe", "run device"])
def test_a_hostile_scenario_is_refused(said: Said, name: str) -> None:
    refused(said(name))


def test_no_hostile_scenario_has_done_anything(said: Said) -> None:
    assert said("touched") == {"files": []}


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
