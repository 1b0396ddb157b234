"""One party's clerk: files what comes in, lays it before the core, and has written what the core decides.

All of it up to the point of sending: what a turn comes to is gathered in a ``Turn``. Nothing here waits.
"""

from dataclasses import dataclass, field
from typing import Any

from i247sim.node.actions import Action, Appeal, Core, Decide, Declare, Remark, Reseal, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold, Wrote
from i247sim.node.known import Known
from i247sim.node.line import Line
from i247sim.node.mailbox import Mailbox
from i247sim.node.reception import Reception
from i247sim.node.site import Site
from i247sim.node.store import Happened
from i247sim.node.taken import (
    CheckpointShown,
    Duplicate,
    Gap,
    MessageRejected,
    MessageTaken,
    NumberTaken,
    OutcomesTold,
    Receipted,
    Refused,
    Several,
    StatementTaken,
    Taken,
    TooSoon,
    Welcomed,
)
from i247sim.node.writer import Writer
from i247sim.security.cards import parse_card
from i247sim.security.keys import Identity
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.frames import AckItem, NoteKind, OutcomeUpdate, ReceiptItem
from i247sim.vocabulary.times import TICK, from_text, to_text

_FOR_THE_HUB_TO_REFUSE = frozenset({Code.ADDR, Code.RIGHTS, Code.REPLAY, Code.REVIEW})
"""Codes of a genuine message that no hub which keeps to the rules hands over."""


@dataclass
class Turn:
    """What one turn has gathered, to be answered and sent once it is on disk."""

    outgoing: list[bytes] = field(default_factory=list)
    """What was written, in order; it is in the outbox."""
    acks: list[AckItem] = field(default_factory=list)
    confirm: bool = False
    """Whether the hub is owed an acknowledgement, be it one without items."""
    cosign: str | None = None
    """A checkpoint to be cosigned."""


class Clerk:
    """What a party makes of an item of the hub, and of a cause that is due."""

    def __init__(
        self,
        identity: Identity,
        core: Core,
        reception: Reception,
        known: Known,
        writer: Writer,
        line: Line,
        site: Site,
    ) -> None:
        """Brings ``reception`` to where the mailbox file has it."""
        self._party = identity.party
        self._core = core
        self._reception = reception
        self._known = known
        self._writer = writer
        self._line = line
        self._site = site
        self._mailbox = Mailbox(self._party, site.store)
        self._mailbox.take_up(reception)
        self._filed = reception.received
        """How far the mailbox file says that the hub's stream was taken."""
        self._last_refused = ""
        self._own_cards = {identity.card_hash, parse_card(identity.card).card.previous}

    def renew(self, identity: Identity) -> None:
        """The party has these keys now."""
        self._own_cards.add(identity.card_hash)

    # --- what happens

    def take(self, item: bytes, turn: Turn) -> None:
        """An item from the hub, or from whoever says that it is the hub."""
        taken = self._reception.take(item, self._site.clock(self._party))
        for one in taken.taken if isinstance(taken, Several) else (taken,):
            self._take(one, item, turn)

    def _take(self, taken: Taken, item: bytes, turn: Turn) -> None:
        match taken:
            case MessageTaken():
                self._opened(taken, turn)
            case Receipted():
                for one in taken.items:
                    self._receipt(one)
            case OutcomesTold():
                for update in taken.updates:
                    self._outcome(update)
            case CheckpointShown():
                turn.cosign = taken.text
            case MessageRejected():
                self._rejected(taken, turn)
            case StatementTaken():
                self._mailbox.told(taken, self._site.now)
                self._lay_before(StatementTold(taken.author, taken.payload), turn)
            case NumberTaken(kind=NoteKind.DIRECTORY):
                self._moved(item, turn)
            case Duplicate():
                self._confirm_again(taken.number, turn)
            case Gap():
                self._line.missed()
                self._site.journal("gap", self._party, expected=taken.expected, got=taken.got)
            case Welcomed():
                self._line.welcomed(taken)
            case Refused():
                self._refused(taken)
            case NumberTaken() | TooSoon():
                pass

    def release(self, cause: object, number: int, turn: Turn) -> None:
        """The time of a cause has come; ``number`` names it for a replay.

        A core's own cause is laid before it. What the scenario or a seat has the party do is done as it is, and the
        core takes note of what was written.
        """
        self._mailbox.released(number, self._site.now)
        for one in cause if isinstance(cause, tuple) else (cause,):
            if not isinstance(one, Action):
                self._lay_before(CauseDue(one), turn)
                continue
            self._carry_out(one, turn)
            if isinstance(one, Send):
                self._lay_before(Wrote(one.draft), turn)

    def file(self, turn: Turn) -> None:
        """The turn takes nothing more: how far the hub's stream was taken, and what contradicted itself."""
        if self._reception.received != self._filed:
            self._mailbox.standing(self._reception)
            self._filed = self._reception.received
            turn.confirm = True
        for alarm in self._reception.log.alarms:
            # A proof is worth keeping: two signatures of the hub convict it before anybody.
            self._alarm(alarm.text, **({"proof": alarm.proof} if alarm.proof else {}))
        self._reception.log.alarms.clear()

    def replay(self, happened: Happened, cause: object = None, planned: bool = False) -> None:
        """Let the core handle again what it handled before a kill. Only its plans count: all else is on disk.

        ``cause`` is the cause of that number, where a cause is what happened. ``planned``: its plans are known
        already, and only the core has to remember.
        """
        if happened.what == "reseal":
            if not planned:
                self._site.schedule(self._party, TICK, self._mailbox.reseal(happened))
            return
        if happened.what == "cause":
            causes = cause if isinstance(cause, tuple) else (cause,)
            events: list[Event] = [
                Wrote(one.draft) if isinstance(one, Send) else CauseDue(one)
                for one in causes
                if isinstance(one, Send) or not isinstance(one, Action)
            ]
        else:
            events = [self._mailbox.event(happened, self._reception)]
        for event in events:
            for action in self._core.handle(event, from_text(happened.time)):
                if isinstance(action, Schedule) and not planned:
                    self._site.schedule(self._party, action.after, action.cause)

    # --- the core

    def _lay_before(self, event: Event, turn: Turn) -> None:
        """Let the core decide, and carry it out."""
        for action in self._core.handle(event, self._site.now):
            self._carry_out(action, turn)

    def _carry_out(self, action: Action, turn: Turn) -> None:
        """Up to the point of sending."""
        match action:
            case Send():
                turn.outgoing += self._writer.seal(action.draft)
            case Declare():
                turn.outgoing.append(self._writer.declare(action.type, action.payload))
                self._site.journal("declared", self._party, type=action.type)
            case Decide():
                turn.outgoing += self._writer.decide(action)
            case Reseal():
                turn.outgoing += self._writer.reseal(action)
            case Schedule():
                self._site.schedule(self._party, action.after, action.cause)
            case Remark():
                self._site.journal("remark", self._party, text=action.text)
            case Appeal(silent=silent, asked=asked, since=since):
                self._site.journal("appeal", self._party, silent=silent, asked=asked, since=to_text(since))

    # --- what came from the hub

    def _opened(self, taken: MessageTaken, turn: Turn) -> None:
        header = taken.header
        self._known.read(header.own_ref, header.id)
        self._mailbox.taken(taken, self._site.now)
        turn.acks.append(AckItem(id=header.id, status=Outcome.OPENED))
        self._site.journal("opened", self._party, ref=header.own_ref, kind=header.kind, sender=header.sender)
        self._lay_before(MessageOpened(header, taken.content, taken.body.proofs.salt), turn)

    def _rejected(self, taken: MessageRejected, turn: Turn) -> None:
        self._mailbox.rejected(taken, self._site.now)
        turn.acks.append(AckItem(id=taken.id, status=Outcome.REJECTED, code=taken.code))
        # What the hub had to refuse, and handed over: either it was taken over, or somebody stands between.
        more = {"alarm": True} if taken.header is None or taken.code in _FOR_THE_HUB_TO_REFUSE else {}
        self._site.journal("rejected", self._party, id=taken.id, code=taken.code, text=taken.reason, **more)
        if taken.header is not None:
            self._lay_before(MessageUnreadable(taken.header, taken.code), turn)

    def _moved(self, item: bytes, turn: Turn) -> None:
        """The directory has changed.

        Every party watches its own name in it: a key that somebody else put there would read along. One of before may
        still name a card of before: the hub was away while keys were renewed.
        """
        directory = self._reception.trust.directory
        self._mailbox.moved(item, directory.number, self._site.now)
        entry = directory.entries.get(self._party)
        if entry is None or entry.card not in self._own_cards:
            self._alarm("the directory names a key card of this party that is not its own")
        self._lay_before(DirectoryTold(directory), turn)

    def _confirm_again(self, number: int, turn: Turn) -> None:
        """Its acknowledgement was lost, and with it perhaps a cosignature."""
        turn.confirm = True
        turn.acks += self._mailbox.acknowledged(number)
        if self._reception.log.checked is not None:
            turn.cosign = self._reception.log.checked[1]

    def _refused(self, taken: Refused) -> None:
        """Whoever says it again and again says no more by that."""
        if taken.reason != self._last_refused:
            self._last_refused = taken.reason
            self._site.journal("alarm", self._party, code=taken.code, text=taken.reason)

    def _receipt(self, item: ReceiptItem) -> None:
        outgoing = self._line.receipted(item.wire)
        if outgoing is None:
            if item.code is None and not self._writer.has_sent(item.wire):
                self._alarm("a receipt for a message that this party never wrote: somebody else signs with its key")
            return
        self._site.journal(
            "receipt",
            self._party,
            ref=None if outgoing.id is None else self._known.reference_of(outgoing.id),
            code=item.code,
            detail=item.detail,
            lines=[line.plain() for line in item.lines],
            # A statement has no reference: by these bytes the log must know it.
            **({"frame": item.wire} if outgoing.id is None else {}),
        )
        for line in item.lines:
            if outgoing.id is not None and line.code is Code.KEY:
                self._plan_reseal(outgoing.id, line.party)

    def _outcome(self, update: OutcomeUpdate) -> None:
        self._site.journal(
            "outcome",
            self._party,
            ref=self._known.reference_of(update.id),
            about=update.party,
            outcome=update.outcome,
            code=update.code,
        )
        if update.code is Code.KEY and update.outcome in (Outcome.REJECTED, Outcome.WITHHELD):
            self._plan_reseal(update.id, update.party)

    def _plan_reseal(self, id_: str, party: str) -> None:
        """The key it was sealed to is gone: seal it anew, once this is known to be so and not at once."""
        reseal = Reseal(id_, party)
        self._mailbox.planned(reseal, self._site.now)
        self._site.schedule(self._party, TICK, reseal)

    def _alarm(self, text: str, **more: Any) -> None:
        self._site.journal("alarm", self._party, text=text, **more)
