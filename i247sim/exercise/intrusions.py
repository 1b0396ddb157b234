"""Adversaries at work in a running exercise: what they put on the line, and that the hub has seen it all afterwards."""

import base64
import json
from collections.abc import Callable, Sequence

from i247sim.exercise import intruder
from i247sim.exercise.assembly import Network
from i247sim.exercise.attacks import Replay, Spoof, Tamper
from i247sim.exercise.issuing import Issuing
from i247sim.node.site import Site
from i247sim.security import frames as clear
from i247sim.transport.topics import out_topic
from i247sim.vocabulary.entries import Entry, FrameEntry, RefusalEntry
from i247sim.vocabulary.parties import CONTROL, SECRETARIAT

OnLine = Replay | Tamper | Spoof
"""What an intruder does on one party's line."""


class Intrusions:
    """Carries out ``attacks``."""

    def __init__(self, network: Network, site: Site, issuing: Issuing, reference: Callable[[str], str | None]) -> None:
        """``reference``: the own reference of the message that a scenario names."""
        self._network = network
        self._site = site
        self._issuing = issuing
        self._reference = reference

    async def on_line(self, verb: OnLine) -> None:
        """Play the intruder, and wait until the hub has seen what came of it."""
        party = self.line(verb)
        match verb:
            case Replay(message=message):
                _, wire = self._captured(message)
                wires = [(out_topic(self._site.run, party), wire)]
            case Tamper(message=message, part=part):
                _, wire = self._captured(message)
                wires = [(out_topic(self._site.run, party), intruder.flipped(wire, part))]
            case Spoof():
                identity = self._network.nodes[party].identity
                wire = intruder.forged(identity, self._issuing.trust, verb, self._site.now)
                # On its own topic, where the hub must notice, and on the other's, where the broker must.
                wires = [(out_topic(self._site.run, name), wire) for name in (verb.by, verb.claims)]
        if wires[0][1]:
            await self._network.nodes[party].intrude(wires)

    def noticed(self, verb: OnLine, entries: Sequence[Entry]) -> bool:
        """Whether the hub has refused, since exercise control's last note, what came on the intruder's line."""
        party = self.line(verb)
        for entry in reversed(entries):
            if isinstance(entry, RefusalEntry) and entry.topic == party:
                return True
            if isinstance(entry, FrameEntry) and clear.parse(base64.b64decode(entry.frame)).frame.sender == CONTROL:
                return False
        return False

    def line(self, verb: OnLine) -> str:
        """The party on whose line the intruder sits."""
        return verb.by if isinstance(verb, Spoof) else self._captured(verb.message)[0]

    def _captured(self, message: str) -> tuple[str, bytes]:
        """Sender and wire of a message that was sent; no wire, if it was not."""
        reference = self._reference(message)
        for party, id_, facts in self._site.store.rows("SELECT party, id, facts FROM sent"):
            if json.loads(facts)["ref"] == reference and id_ is not None:
                row = self._site.store.row("SELECT wire FROM outbox WHERE id = ?", (id_,))
                assert row is not None, "what was sent stays in the outbox"
                return party, row[0]
        self._site.journal("control", CONTROL, what="nothing to capture", target=message)
        return SECRETARIAT, b""
