"""A hub in the hands of an adversary: it has the hub's keys, its log and its line, and does one thing that it must not.

Each class is one thing. Apart from that it does what the true hub does: an adversary who has taken a hub over wants to
go unnoticed.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar

from i247sim.audit.checkpoint import NoteSigner, log_name, sign_checkpoint
from i247sim.audit.tree import Tree, leaf_hash
from i247sim.hub import admission, decide
from i247sim.hub.actions import Action, Answer, Item, Put
from i247sim.hub.events import Arrived, Event
from i247sim.hub.notes import Notes
from i247sim.hub.service import HubService
from i247sim.hub.state import HubState
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.entries import HandoverEntry
from i247sim.vocabulary.frames import FrameType, NoteKind, ReceiptItem, ReceiptLine


class SkipsARule(HubService):
    """It lets through what an owner has barred."""

    def _handle(self, batch: list[Event]) -> list[Action]:
        true = decide.decide_first

        def obliging(*arguments: Any) -> dict[str, Verdict]:
            found = true(*arguments)
            allowed = next((verdict for verdict in found.values() if verdict.allowed), None)
            return {party: verdict if allowed is None else allowed for party, verdict in found.items()}

        decide.decide_first = obliging
        try:
            return super()._handle(batch)
        finally:
            decide.decide_first = true


class HandsOverWithoutADecision(HubService):
    """It logs the refusal, and hands the copy over all the same."""

    def _handle(self, batch: list[Event]) -> list[Action]:
        core = self._core
        decided = core._decided

        def and_hands_over(carried: Any, party: str, verdict: Verdict, now: Any, actions: list[Action]) -> None:
            decided(carried, party, verdict, now, actions)
            if verdict.outcome is Outcome.REFUSED and party in core.online:
                number = core.streams[party].last + 1
                core._record(HandoverEntry(time=now, id=carried.id, party=party, number=number), actions)
                core._put(party, Item(NoteKind.DELIVERY, message=carried.id, directory=1), actions)

        core._decided = and_hands_over  # type: ignore[method-assign]
        try:
            return super()._handle(batch)
        finally:
            core._decided = decided  # type: ignore[method-assign]


class _AlteredCopies(Notes):
    def attached(self, state: HubState, party: str, item: Item) -> tuple[bytes, ...]:
        attached = super().attached(state, party, item)
        if item.kind is not NoteKind.DELIVERY:
            return attached
        wire = attached[0]
        body = sealed.parse(wire).body
        at = wire.index(body) + 100
        return (wire[:at] + bytes([wire[at] ^ 1]) + wire[at + 1 :], *attached[1:])


class Alters(HubService):
    """It changes a bit of the body that it hands on."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._sending._notes = _AlteredCopies(self._database)


class Replays(HubService):
    """It hands the same message over a second time, under the next number."""

    def _handle(self, batch: list[Event]) -> list[Action]:
        true = self._core._hand_over

        def twice(carried: Any, party: str, now: Any, actions: list[Action]) -> None:
            true(carried, party, now, actions)
            put = next(one for one in reversed(actions) if isinstance(one, Put))
            self._core._put(party, put.item, actions)

        self._core._hand_over = twice  # type: ignore[method-assign]
        try:
            return super()._handle(batch)
        finally:
            self._core._hand_over = true  # type: ignore[method-assign]


class Reorders(HubService):
    """It keeps a sender's message back and takes the next one first."""

    held: ClassVar[list[Event]] = []

    def _handle(self, batch: list[Event]) -> list[Action]:
        true = admission.repeated
        if len(self.held) == 2:
            admission.repeated = lambda *arguments: None
        try:
            return super()._handle(batch)
        finally:
            admission.repeated = true

    def _put(self, event: Event) -> None:
        waited_for = len(self._core.state.messages) >= 4 and len(self.held) < 2
        if waited_for and isinstance(event, Arrived) and event.topic == "FR" and event.data.startswith(sealed.MAGIC):
            if not self.held:
                self.held.append(event)
                return
            first = self.held[0]
            assert isinstance(first, Arrived)
            if event.data != first.data:
                self.held.append(event)
                for one in (event, first):
                    super()._put(one)
            return
        super()._put(event)


class RewritesTheLog(HubService):
    """In the end it makes another log in which a refusal has another reason, and signs it from end to end."""

    old, new = b'"E-RESTRICT"', b'"E-ACCEPT"'

    async def command(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if name == "checkpoint":
            self._rewrite()
        return await super().command(name, arguments)

    def _rewrite(self) -> None:
        log, database = self._database.log, self._database._db
        for (trigger,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        tree = Tree()
        for index, data in list(log.entries()):
            changed = data.replace(self.old, self.new)
            tree.append(leaf_hash(changed))
            values = (changed, leaf_hash(changed), index)
            database.execute("UPDATE log_entry SET data = ?, leaf = ? WHERE idx = ?", values)
        database.execute("DELETE FROM log_checkpoint")
        log._tree, log._newest = tree, None


class ForksTheLog(HubService):
    """It shows one party another log than the others: of the same size, and signed."""

    victim = "BR"

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        mouth = self._sending
        truly = mouth._send_item

        async def otherwise(party: str, number: int, item: Item, now: datetime) -> None:
            true = mouth._checkpoint
            if party == self.victim and true is not None and item.kind is not NoteKind.CHECKPOINT:
                size = int(true.split("\n")[1])
                other = Tree()
                for place in range(size):
                    other.append(bytes([place % 256]) * 32)
                key = self._identity.signing
                mouth._checkpoint = sign_checkpoint(
                    size, other.root(), NoteSigner(log_name(self._identity.run), key.public, key.sign)
                )
            try:
                await truly(party, number, item, now)
            finally:
                mouth._checkpoint = true

        mouth._send_item = otherwise  # type: ignore[method-assign]


class _SwappedCards(Notes):
    def attached(self, state: HubState, party: str, item: Item) -> tuple[bytes, ...]:
        attached = super().attached(state, party, item)
        if item.kind is not NoteKind.DIRECTORY or len(attached) < 2:
            return attached
        card = attached[1]
        at = len(card) // 2
        return (attached[0], card[:at] + bytes([card[at] ^ 1]) + card[at + 1 :], *attached[2:])


class SwapsAKey(HubService):
    """It gives a party another key card for a correspondent than the authority signed."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._sending._notes = _SwappedCards(self._database)


class SaysOkAndDropsIt(HubService):
    """It gives a receipt that says accepted, and logs nothing."""

    def _handle(self, batch: list[Event]) -> list[Action]:
        kept = [one for one in batch if not self._unwanted(one)]
        actions = super()._handle(kept)
        for event in batch:
            if self._unwanted(event):
                actions += self._lied(event)
        return actions

    def _unwanted(self, event: Event) -> bool:
        if not isinstance(event, Arrived) or not event.data.startswith(sealed.MAGIC):
            return False
        return sealed.parse(event.data).header.sender == "FR"

    def _lied(self, event: Event) -> list[Action]:
        assert isinstance(event, Arrived)
        envelope = sealed.parse(event.data)
        assert envelope.hub_part is not None
        self._core.state.counters["FR"] = envelope.hub_part.counter
        lines = tuple(ReceiptLine(party=party, outcome=Outcome.QUEUED) for party in envelope.keyed)
        wire = sha256(event.data).hexdigest()
        item = ReceiptItem(wire=wire, id=envelope.header.id, counter=envelope.hub_part.counter, lines=lines)
        return [Answer("FR", item)]


class DropsABar(HubService):
    """It gives a receipt for what an owner has barred, logs nothing, and decides as if there were no bar."""

    def _handle(self, batch: list[Event]) -> list[Action]:
        bars = [event for event in batch if isinstance(event, Arrived) and self._is_bar(event.data)]
        actions = super()._handle([event for event in batch if event not in bars])
        for event in bars:
            frame = clear.parse(event.data).frame
            self._core.state.counters[frame.sender] = frame.counter
            actions.append(
                Answer(frame.sender, ReceiptItem(wire=sha256(event.data).hexdigest(), counter=frame.counter))
            )
        return actions

    @staticmethod
    def _is_bar(data: bytes) -> bool:
        return data.startswith(clear.MAGIC) and clear.parse(data).frame.type is FrameType.RESTRICTION


class TellsTheSenderOtherwise(HubService):
    """It decides, logs and hands over rightly, and tells the sender that nobody may receive it; or, ``whole``, that it
    was refused altogether."""

    whole = False

    def _handle(self, batch: list[Event]) -> list[Action]:
        actions = super()._handle(batch)
        return [self._lied(one) if isinstance(one, Answer) else one for one in actions]

    def _lied(self, answer: Answer) -> Answer:
        true = answer.item
        lie: dict[str, Any] = {
            "lines": tuple(ReceiptLine(party=one.party, outcome=Outcome.REFUSED, code=Code.ADDR) for one in true.lines)
        }
        if self.whole and true.lines:
            lie = {"lines": (), "code": Code.SIGN}
        return Answer(answer.party, true.model_copy(update=lie))


CAPTURED = {
    one.__name__: one
    for one in (
        SkipsARule,
        HandsOverWithoutADecision,
        Alters,
        Replays,
        Reorders,
        RewritesTheLog,
        ForksTheLog,
        SwapsAKey,
        SaysOkAndDropsIt,
        DropsABar,
        TellsTheSenderOtherwise,
    )
}
"""By name."""
