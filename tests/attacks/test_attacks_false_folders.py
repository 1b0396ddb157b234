"""A run folder in which one thing says something false, listed and signed anew by who has all the keys of that run.

``verify`` names what it is. (A folder that is merely damaged, or made to do harm: ``test_attacks_files``.)
"""

import asyncio
import base64
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile_runs import key_of, relist, without_triggers

from i247sim.audit.tree import leaf_hash
from i247sim.exercise import reading
from i247sim.exercise.folder import MANIFEST, RunFolder
from i247sim.exercise.medium import Medium
from i247sim.exercise.session import Options, Session, Watch
from i247sim.exercise.verify import verify
from i247sim.security import frames
from i247sim.security.authority import Authority
from i247sim.vocabulary.errors import EvidenceError
from i247sim.vocabulary.frames import Attestation

STORY = """\
title: A small story
aim: nothing
participants: {bureaus: [FR, NO, BR]}
restrictions: {FR: [{whom: BR}]}
timeline:
  - {at: T+0s, label: ask, send: {from: FR, kind: INFO_REQUEST, to: [NO, BR], purpose: case-support, subject: eh}}
"""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A true folder, and beside it the keys."""
    here = tmp_path_factory.mktemp("true")
    (here / "small.yaml").write_text(STORY)
    options = Options(here / "small.yaml", medium=Medium.MEMORY, out=here / "run", keep_keys=True)
    asyncio.run(Session.create(options, Watch()).run())
    return here / "run"


@pytest.fixture
def copied(good: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "run"))


@pytest.fixture
def keys(good: Path) -> Path:
    return good.with_name("run-keys")


def another_root(folder: Path, keys: Path) -> None:
    root = folder / "authority" / "root.der"
    root.write_bytes(Authority.create("b" * 12, datetime.now(UTC)).root)


def another_rule(folder: Path, keys: Path) -> None:
    rules = sorted((folder / "rules").glob("*.cedar"))[0]
    rules.write_text(rules.read_text() + "// and no more\n")


def opened_by_another_hub(folder: Path, keys: Path) -> None:
    with without_triggers(folder) as log:
        (data,) = log.execute("SELECT data FROM log_entry WHERE idx = 0").fetchone()
        changed = json.dumps(json.loads(data) | {"hub": "0" * 64}, sort_keys=True, separators=(",", ":")).encode()
        log.execute("UPDATE log_entry SET data = ?, leaf = ? WHERE idx = 0", (changed, leaf_hash(changed)))


def last_checkpoint_gone(folder: Path, keys: Path) -> None:
    with without_triggers(folder) as log:
        newest = "(SELECT max(size) FROM log_checkpoint)"
        log.execute(f"DELETE FROM log_cosignature WHERE size = {newest}")
        log.execute(f"DELETE FROM log_checkpoint WHERE size = {newest}")


def journal_without_the_message(folder: Path, keys: Path) -> None:
    journal = folder / "journal.jsonl"
    lines = [line for line in journal.read_text().splitlines() if '"event":"sent"' not in line]
    journal.write_text("\n".join(lines) + "\n")


def journal_and_transcript_without_the_message(folder: Path, keys: Path) -> None:
    journal_without_the_message(folder, keys)
    run = RunFolder.finished(folder)
    digest = reading.transcript(run, list(reading.log_entries(run))).digest()
    report_of("transcript", lambda _: digest)(folder, keys)


def signed_by_somebody_else(folder: Path, keys: Path) -> None:
    attestations = folder / "attestations.jsonl"
    first, *others = attestations.read_bytes().splitlines()
    frame = frames.parse(base64.b64decode(first)).frame
    party = next(one for one in ("FR", "NO") if one != frame.sender)
    key = key_of(party, keys).signing
    forged = frames.sign(frame.model_copy(update={"key": key.id}), key)
    attestations.write_bytes(b"\n".join((base64.b64encode(forged), *others)) + b"\n")


def report_of(name: str, changed: Callable[[object], object]) -> Callable[[Path, Path], None]:
    def change(folder: Path, keys: Path) -> None:
        report = json.loads((folder / "report.json").read_text())
        report[name] = changed(report[name])
        (folder / "report.json").write_text(json.dumps(report))

    return change


def another_run(folder: Path, keys: Path) -> None:
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"run": "b" * 12}))


def bigger_quota(folder: Path, keys: Path) -> None:
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"messages_per_minute": 0}))


FALSE = {
    "another root": (another_root, "the log was opened under another root certificate"),
    "another rule": (another_rule, "the rules in the folder are not those of the log"),
    "another hub": (opened_by_another_hub, "the log was opened by another hub"),
    "no last checkpoint": (last_checkpoint_gone, "log entries are under no checkpoint"),
    "another quota": (bigger_quota, "decided again: refused (E-RATE: hub-quota)"),
    "another run": (another_run, "`run.json` is about another run"),
    "a message that nobody wrote": (journal_without_the_message, "transcript is not that of journal and log"),
    "a message that nobody wrote, and a transcript without it": (
        journal_and_transcript_without_the_message,
        "that nobody sent",
    ),
    "an attestation of somebody else": (signed_by_somebody_else, "with key"),
    "another transcript": (report_of("transcript", lambda _: "0" * 64), "transcript is not that of journal and log"),
    "another matrix": (report_of("access", lambda cells: cells[1:]), "access matrix is not that of the log"),
    "another sum": (report_of("completeness", lambda made: made | {"lost": 1}), "completeness is not that of the log"),
    "an attack that was not": (report_of("defence", lambda _: {}), "what the report says of attacks"),
    "an appeal that was not": (report_of("appeals", lambda _: ["FR"]), "told exercise control is not in the journal"),
}


def test_a_true_folder_that_is_listed_anew_still_holds(copied: Path, keys: Path) -> None:
    """Otherwise the refusals below would prove nothing."""
    relist(copied, keys)
    verified = verify(copied)
    assert (verified.messages, verified.decisions, verified.completeness.refused) == (1, 2, 1)


@pytest.mark.parametrize(("falsify", "why"), FALSE.values(), ids=FALSE)
def test_what_is_false_in_a_folder_is_named(
    copied: Path, keys: Path, falsify: Callable[[Path, Path], None], why: str
) -> None:
    falsify(copied, keys)
    relist(copied, keys)
    with pytest.raises(EvidenceError) as caught:
        verify(copied)
    assert why in str(caught.value)


def test_what_a_party_says_it_was_shown_counts_only_with_the_hubs_signature(copied: Path, keys: Path) -> None:
    """Otherwise a party could accuse an honest hub."""
    attestations = copied / "attestations.jsonl"
    first, *others = attestations.read_bytes().splitlines()
    signed = frames.parse(base64.b64decode(first))
    assert isinstance(signed.payload, Attestation)
    origin, _, *rest = signed.payload.shown[0].split("\n")
    of_its_own = "\n".join((origin, "1", *rest))
    lying = signed.payload.model_copy(update={"shown": (of_its_own,)}).plain()
    frame = signed.frame.model_copy(update={"payload": lying})
    forged = frames.sign(frame, key_of(frame.sender, keys).signing)
    attestations.write_bytes(b"\n".join((base64.b64encode(forged), *others)) + b"\n")
    relist(copied, keys)
    assert verify(copied).messages == 1


def test_a_list_that_somebody_else_has_signed_is_none(copied: Path, keys: Path) -> None:
    relist(copied, keys, author="FR")
    with pytest.raises(EvidenceError, match="not signed by exercise control"):
        verify(copied)


def test_a_list_in_the_name_of_exercise_control_needs_its_signature(copied: Path, keys: Path) -> None:
    relist(copied, keys)
    manifest = copied / MANIFEST
    data = manifest.read_bytes()
    manifest.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(EvidenceError, match="the manifest's signature does not hold"):
        verify(copied)


def test_a_list_of_an_earlier_moment_is_not_that_of_the_whole_log(copied: Path, keys: Path) -> None:
    with without_triggers(copied) as log:
        (earlier,) = log.execute("SELECT text FROM log_checkpoint ORDER BY size LIMIT 1").fetchone()
    relist(copied, keys, checkpoint=earlier)
    with pytest.raises(EvidenceError, match="the manifest's checkpoint is not the log's newest"):
        verify(copied)
