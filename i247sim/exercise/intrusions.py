"""Adversaries at work in a running exercise: what they put on the line, and that the hub has seen it all afterwards."""

import base64
import json
from collections.abc import Callable, Sequence

from i247sim.exercise import intruder
from i247sim.exercise.acts import Layer
from i247sim.exercise.assembly import Network
from i247sim.exercise.attacks import Compromise, Replay, RogueBureau, RogueClient, Spoof, Tamper
from i247sim.exercise.issuing import Issuing
from i247sim.node import actions
from i247sim.node.shell import Node
from i247sim.node.site import Site
from i247sim.security import frames as clear
from i247sim.transport.topics import in_topic, out_topic
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.entries import Entry, FrameEntry, MessageEntry, RefusalEntry
from i247sim.vocabulary.frames import Ack, AckItem, FrameType
from i247sim.vocabulary.parties import CONTROL, SECRETARIAT, State
from i247sim.vocabulary.statements import MeasureSet

OnLine = Replay | Tamper | Spoof | Compromise | RogueBureau
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
        if party is None:
            return
        node = self._network.nodes[party]
        wires: list[tuple[str, bytes]] = []
        match verb:
            case Compromise(to=to, subject=subject):
                wire = intruder.written(
                    node.identity, self._issuing.trust, party, to, subject, self._site.now, node.line.sent + 1
                )
                wires = [(out_topic(self._site.run, party), wire)]
            case RogueBureau():
                wires = await self._rogue(verb, node)
            case Replay(message=message):
                wires = [(out_topic(self._site.run, party), self._captured(message)[1])]
            case Tamper(message=message, part=part):
                wires = [(out_topic(self._site.run, party), intruder.flipped(self._captured(message)[1], part))]
            case Spoof():
                wire = intruder.forged(node.identity, self._issuing.trust, verb, self._site.now)
                # On its own topic, where the hub must notice, and on the other's, where the broker must.
                wires = [(out_topic(self._site.run, name), wire) for name in (verb.by, verb.claims)]
        if wires and wires[0][1]:
            await node.line.intrude(wires)

    async def _rogue(self, verb: RogueBureau, node: Node) -> list[tuple[str, bytes]]:
        """What a bureau gone bad says: numbered things through its own outbox; the rest as wires for its line."""
        topic = out_topic(self._site.run, verb.party)
        match verb.does:
            case "measure":
                payload = MeasureSet(party=SECRETARIAT, state=State.DISCONNECTED, reason="exercise: by a bureau")
                await node.misbehave(actions.Declare(FrameType.MEASURE, payload))
                return []
            case "publish":
                await node.misbehave(actions.Send(intruder.unreviewed(verb.party)))
                return []
            case "acknowledge":
                id_ = self._id(verb.message or "")
                ack = Ack(upto=node.reception.received, items=(AckItem(id=id_, status=Outcome.OPENED),) if id_ else ())
                return [(topic, node.sign(FrameType.ACK, ack))]
            case _:
                id_ = self._id(verb.message or "")
                if id_ is None:
                    return []  # there is nothing whose id could be used again
                trust, now = self._issuing.trust, self._site.now
                wire = intruder.written(
                    node.identity, trust, verb.party, SECRETARIAT, "exercise: otherwise", now, node.line.sent + 1, id_
                )
                return [(topic, wire)]

    async def stranger(self, verb: RogueClient) -> None:
        """Try to get into the broker, and say in the journal how far that went."""
        layer = Layer.BROKER
        match verb.does:
            case "no-certificate" | "foreign-authority" as does:
                layer = Layer.TLS
                why = await self._network.knock(self._network.strangers_tls(foreign=does == "foreign-authority"))
            case "others-topics":
                assert verb.victim is not None, "`others-topics` has one"
                why = await self._network.try_as(verb.party, (in_topic(self._site.run, verb.victim),))
            case _:
                why = await self._network.try_as(verb.party, ("i247/#",))
        if why:
            self._site.journal("met", CONTROL, layer=layer, by="broker", text=why)
        else:
            self._site.journal("alarm", CONTROL, text=f"the broker let somebody in as `{verb.party}` ({verb.does})")

    def noticed(self, verb: OnLine, entries: Sequence[Entry]) -> bool:
        """Whether the hub has refused, since exercise control's last note, what came on the intruder's line.

        Also if there was nothing for the intruder to say.
        """
        party = self.line(verb)
        if party is None:
            return True
        for entry in reversed(entries):
            if isinstance(entry, RefusalEntry) and entry.topic == party:
                return True
            if isinstance(entry, MessageEntry) and entry.sender == party:
                return True
            if isinstance(entry, FrameEntry) and clear.parse(base64.b64decode(entry.frame)).frame.sender == CONTROL:
                return False
        return False

    def line(self, verb: OnLine) -> str | None:
        """The party on whose line the intruder sits; ``None``: the message that he wants was never sent."""
        match verb:
            case Spoof(by=party) | Compromise(party=party) | RogueBureau(party=party):
                return party
            case Replay(message=message) | Tamper(message=message):
                return self._captured(message)[0] or None

    def was_sent(self, message: str) -> bool:
        """Whether a message that a scenario names has been sent so far."""
        return self._id(message) is not None

    def _id(self, message: str) -> str | None:
        """The id of a message that a scenario names."""
        reference = self._reference(message)
        for id_, facts in self._site.store.rows("SELECT id, facts FROM sent"):
            if json.loads(facts)["ref"] == reference:
                found: str | None = id_
                return found
        return None

    def _captured(self, message: str) -> tuple[str, bytes]:
        """Sender and wire of a message that was sent; both empty, if it was not."""
        reference = self._reference(message)
        for party, id_, facts in self._site.store.rows("SELECT party, id, facts FROM sent"):
            if json.loads(facts)["ref"] == reference and id_ is not None:
                row = self._site.store.row("SELECT wire FROM outbox WHERE id = ?", (id_,))
                assert row is not None, "what was sent stays in the outbox"
                return party, row[0]
        return "", b""
