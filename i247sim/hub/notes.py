"""What the hub says with everything that it hands over: delivery notes, what is attached to them, and receipts."""

import base64
from collections import OrderedDict
from collections.abc import Iterator

from i247sim.hub.actions import Item
from i247sim.hub.database import HubDatabase
from i247sim.hub.state import HubState
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.envelope import Envelope
from i247sim.vocabulary.entries import FrameEntry, from_bytes
from i247sim.vocabulary.frames import MAX_DELIVERIES, Deliveries, Note, NoteKind, Receipt, ReceiptItem

_KEPT_ENVELOPES = 288
"""A batch of the newest, which are handed over at once, and some more."""
_TOGETHER_BYTES = 64 * 1024
"""How much of sealed bodies goes out under one signature: larger copies gain nothing by it."""
_RECEIPT_LINES = 2048
"""How many addressees' lines one frame of receipts holds: about half of the largest frame."""


class Notes:
    """Makes delivery notes from the hub's database. Keeps the newest messages as they were read when they came."""

    def __init__(self, database: HubDatabase) -> None:
        self._database = database
        self._envelopes: OrderedDict[str, Envelope] = OrderedDict()

    @property
    def kept(self) -> list[str]:
        """The ids of the messages that are kept, oldest first."""
        return list(self._envelopes)

    def keep(self, envelope: Envelope) -> None:
        """It will be handed over soon."""
        self._envelopes[envelope.header.id] = envelope
        while len(self._envelopes) > _KEPT_ENVELOPES:
            self._envelopes.popitem(last=False)

    def attached(self, state: HubState, party: str, item: Item) -> tuple[bytes, ...]:
        """The party's slim copy, if the item is one, and the signed frames that it rests on."""
        attached: list[bytes] = []
        if item.message is not None:
            index = state.messages[item.message].stanza_of(party)
            attached.append(sealed.slim(self._envelope(item.message), index))
        for source in item.sources:
            entry = from_bytes(self._database.frame(source))
            assert isinstance(entry, FrameEntry), "a source is a frame's entry"
            attached.append(base64.b64decode(entry.frame))
            if item.kind is NoteKind.DIRECTORY:
                attached += [base64.b64decode(one) for one in entry.attached]
        return tuple(attached)

    def runs(self, items: list[tuple[int, Item]]) -> Iterator[list[tuple[int, Item]]]:
        """``items`` (number, item) in order, cut into what goes out under one signature: copies with nothing else
        attached, at consecutive numbers, while they are small; everything else by itself."""
        run: list[tuple[int, Item]] = []
        size = 0
        for number, item in items:
            alone = item.kind is not NoteKind.DELIVERY or item.message is None or bool(item.sources)
            of_this = 0 if item.message is None else len(self._envelope(item.message).body)
            if run and (
                alone or number != run[-1][0] + 1 or len(run) == MAX_DELIVERIES or size + of_this > _TOGETHER_BYTES
            ):
                yield run
                run, size = [], 0
            run.append((number, item))
            size += of_this
            if alone:
                yield run
                run, size = [], 0
        if run:
            yield run

    def deliveries(self, party: str, items: list[Item], copies: list[bytes], checkpoint: str | None) -> Deliveries:
        """Their notes, under one signature: one copy each."""
        newest = [None] * (len(items) - 1) + [checkpoint]
        return Deliveries(
            notes=tuple(
                self.note(party, item, (copy,), text) for item, copy, text in zip(items, copies, newest, strict=True)
            )
        )

    def note(self, party: str, item: Item, attached: tuple[bytes, ...], checkpoint: str | None) -> Note:
        """The note for an item of the party's stream. ``checkpoint``: the newest, as text."""
        proof: tuple[str, ...] = ()
        old_size: int | None = None
        if item.kind is NoteKind.CHECKPOINT and checkpoint is not None:
            old_size, proof = self._consistency(party, checkpoint)
        return Note(
            kind=item.kind,
            message=item.message,
            decision=item.decision,
            directory=item.directory,
            checkpoint=checkpoint,
            attached=clear.attached_digest(*attached),
            outcomes=item.updates,
            proof=proof,
            old_size=old_size,
        )

    def _envelope(self, id_: str) -> Envelope:
        if id_ not in self._envelopes:
            wire = self._database.wire(id_)
            assert wire is not None, "a wire is kept until everybody is settled"
            self.keep(sealed.parse(wire))
        return self._envelopes[id_]

    def _consistency(self, party: str, checkpoint: str) -> tuple[int | None, tuple[str, ...]]:
        """From the newest checkpoint that the party has cosigned to the one it is shown now."""
        old = self._database.cosigned_size(party)
        if old is None:
            return None, ()
        new = int(checkpoint.split("\n", 2)[1])
        return old, tuple(one.hex() for one in self._database.log.tree.consistency(old, new))


def receipts(items: list[ReceiptItem]) -> Iterator[Receipt]:
    """As few receipts as hold all the items: a frame has a largest size."""
    gathered: list[ReceiptItem] = []
    lines = 0
    for item in items:
        if gathered and lines + len(item.lines) > _RECEIPT_LINES:
            yield Receipt(items=tuple(gathered))
            gathered, lines = [], 0
        gathered.append(item)
        lines += len(item.lines)
    yield Receipt(items=tuple(gathered))
