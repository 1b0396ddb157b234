"""The end of a run: what the keys open, whether the log holds, what was expected; and the folder that proves it.

A run judges its own hub: the log is taken in as ``verify`` does it, and held against what every party was shown of it.
"""

import asyncio
import contextlib
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from i247sim.audit.log import TABLES, close_database, open_database
from i247sim.exercise import access, observe
from i247sim.exercise.conduct import Conductor
from i247sim.exercise.evidence_code import evidence_code
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.keeping import injects, read_sent
from i247sim.exercise.mail import can_open
from i247sim.exercise.observe import Sent, Way
from i247sim.exercise.report import Finished, Witnessed, judged, report
from i247sim.exercise.settings import as_json, plain_injects, published
from i247sim.exercise.witnesses import contradictions, deceived, tree_of
from i247sim.hub.log_keys import log_keys
from i247sim.vocabulary.codec import base64_text
from i247sim.vocabulary.entries import Entry
from i247sim.vocabulary.errors import NetworkFailed
from i247sim.vocabulary.frames import MAX_SHOWN, Attestation, AttestationLine, FrameType, Manifest
from i247sim.vocabulary.parties import CONTROL, HUB

_PROBES = 8
"""How many parties try at a time whether the broker keeps them apart."""


class Closing:
    """Closes one run, once everything has been played."""

    def __init__(self, folder: RunFolder, settings: dict[str, Any], conductor: Conductor) -> None:
        """``settings``: what the run says of itself (``settings.py``)."""
        self._folder = folder
        self._settings = settings
        self._conductor = conductor
        self._network = conductor.network
        self._store = conductor.site.store

    async def close(self) -> Finished:
        """Judge the run and close its folder; the network is stopped. Raises ``NetworkFailed``."""
        checkpoint = await self._conductor.finish()
        sent, entries = read_sent(self._store), self._conductor.entries
        ways = observe.ways(entries)
        # While the broker is put to the test, and while broker and hub end, there is enough to work out here.
        probing = asyncio.create_task(self._probe_and_stop())
        try:
            opens, attestations = await self._attest()
            exposed = self._exposures(sent, opens)
            self._compare_logs(entries, checkpoint)
            broken = await self._decide_again(entries, sent, ways)
        finally:
            probes = await probing
        journal = [json.loads(line) for line in self._store.journal_lines()]
        witnessed = Witnessed(
            run=self._settings["run"],
            name=self._settings["scenario"],
            seed=self._settings["seed"],
            folder=self._folder.path,
            cells=access.cells(sent, ways, self._network.parties, opens, exposed),
            parties=self._network.parties,
            probes=probes,
            mended=self._conductor.mended,
            left=[one.says for one in self._conductor.broken.left()],
            code=evidence_code(hashlib.sha256(self._conductor.enrolled.authority.root).digest(), checkpoint),
            cosigned=_cosigned(self._network.hub_database, checkpoint),
            broken=broken,
        )
        live = list(self._conductor.timeline.expected().values())
        outcome = judged(
            witnessed, self._conductor.scenario, live, sent, entries, journal, self._network.rulebook.rules
        )
        try:
            self._write_folder(outcome, checkpoint, attestations)
        except (OSError, sqlite3.Error) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise NetworkFailed(f"the run folder `{self._folder.path}` cannot be written: {why}") from error
        return outcome

    async def _probe_and_stop(self) -> dict[str, bool]:
        """Whether the broker kept each party from what is for others, as far as its line is whole; then all end."""
        asked = [party for party in self._network.parties if party not in self._conductor.away]
        found: dict[str, bool] = {}
        for some in (asked[start : start + _PROBES] for start in range(0, len(asked), _PROBES)):
            found |= zip(some, await asyncio.gather(*map(self._network.probe, some)), strict=True)
        await self._network.stop()
        return found

    async def _attest(self) -> tuple[dict[tuple[str, str], bool], list[bytes]]:
        """Try with every party's keys what it holds; each party signs what came of it."""
        opens: dict[tuple[str, str], bool] = {}
        frames: list[bytes] = []
        for party, node in self._network.nodes.items():
            await asyncio.sleep(0)
            lines = []
            held = self._store.rows("SELECT id, copy FROM received WHERE party = ? ORDER BY number", (party,))
            for id_, copy in held:
                opens[party, id_] = can_open(copy, party, node.identity)
                lines.append(AttestationLine(id=id_, opened=opens[party, id_]))
            shown = node.reception.log.heard(MAX_SHOWN)
            frames.append(node.sign(FrameType.ATTESTATION, Attestation(lines=tuple(lines), shown=shown)))
        return opens, frames

    def _compare_logs(self, entries: list[Entry], checkpoint: str) -> None:
        """Hold what the parties were shown of the log, while it grew, against the log as it is in the end."""
        shown = {party: node.reception.log.heard(MAX_SHOWN) for party, node in self._network.nodes.items()}
        _, hub = log_keys(self._conductor.enrolled.identities[HUB])
        for party, text, why in contradictions(tree_of(entries), shown, hub):
            said = f"the hub showed it another log than the one in the end: {why}"
            self._conductor.site.journal("alarm", party, text=said, proof=[text, checkpoint])

    async def _decide_again(self, entries: list[Entry], sent: list[Sent], ways: Mapping[str, Way]) -> str:
        """Take the log in as ``verify`` does, every signature and decision: a hub that skipped a rule shows here, and
        one that has dropped a statement or told a sender otherwise.

        Returns why it does not hold; empty if it does.
        """
        judge = self._conductor.judge
        await judge.catch_up(entries)
        journal = [json.loads(line) for line in self._store.journal_lines()]
        why = judge.why or deceived(journal, entries, sent, ways, judge.state)
        if why:
            self._conductor.site.journal("alarm", CONTROL, text=f"the hub's log does not hold: {why}", layer="log")
        return why

    def _exposures(self, sent: list[Sent], opens: dict[tuple[str, str], bool]) -> list[tuple[str, str]]:
        """(party, message id) of full wires that would open for a party that was given no copy."""
        found = []
        for one in sent:
            nodes = {party: self._network.nodes.get(party) for party in one.facts["to"] if (party, one.id) not in opens}
            row = self._store.row("SELECT wire FROM outbox WHERE id = ?", (one.id,)) if one.id and nodes else None
            if row is None or one.id is None:
                continue
            for party, node in nodes.items():
                if node is not None and can_open(row[0], party, node.identity):
                    found.append((party, one.id))
        return found

    def _write_folder(self, outcome: Finished, checkpoint: str, attestations: list[bytes]) -> None:
        """Make everything ready beside the folder, then move it there, the manifest last; then remove the work.

        Until the manifest is in its place nothing is lost: whoever takes the run up again closes it anew.
        """
        ready = self._folder.work / "ready"
        shutil.rmtree(ready, ignore_errors=True)
        folder = RunFolder.create(ready)
        folder.add(folder.scenario, self._folder.scenario.read_bytes())
        folder.add(folder.run, as_json(published(self._settings)))
        folder.add(folder.root, self._conductor.enrolled.authority.root)
        for name, text in self._network.rulebook.texts:
            folder.add(folder.rules / name, text.encode())
        folder.add(folder.injects, as_json({"injects": plain_injects(injects(self._store))}))
        folder.add(folder.journal, "".join(line + "\n" for line in self._store.journal_lines()).encode())
        text = "".join(base64_text(frame) + "\n" for frame in attestations)
        folder.add(folder.attestations, text.encode())
        folder.add(folder.report, as_json(report(outcome)))
        _copy_log(self._network.hub_database, folder.log)
        folder.write_manifest(checkpoint, self._sign_manifest)
        self._store.close()
        if self._settings["keep_keys"]:
            keys = self._folder.path.with_name(self._folder.path.name + "-keys")
            keys.mkdir(mode=0o700, exist_ok=True)
            shutil.copytree(self._folder.work / "keys", keys / "keys", dirs_exist_ok=True)
            shutil.copy2(self._folder.work / "workspace.key", keys / "workspace.key")
        for path in sorted(ready.iterdir(), key=lambda path: path == folder.manifest):
            place = self._folder.path / path.name
            if place.is_dir():
                shutil.rmtree(place)  # left by a closing that was killed
            path.replace(place)
        self._network.discard()
        shutil.rmtree(self._folder.work)

    def _sign_manifest(self, manifest: Manifest) -> bytes:
        return self._conductor.sign(FrameType.MANIFEST, manifest)


def _cosigned(hub_database: Path, checkpoint: str) -> int:
    """How many parties have cosigned it."""
    size = int(checkpoint.split("\n", 2)[1])
    with contextlib.closing(open_database(hub_database)) as database:
        (count,) = database.execute("SELECT count(*) FROM log_cosignature WHERE size = ?", (size,)).fetchone()
    return int(count)


def _copy_log(hub_database: Path, target: Path) -> None:
    """The log alone in one closed file: what was still on its way is no evidence."""
    with contextlib.closing(open_database(hub_database)) as source:
        database = open_database(target)
        source.backup(database)
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for table in set(names) - set(TABLES):
        database.execute(f"DROP TABLE {table}")
    database.execute("VACUUM")
    close_database(database)
