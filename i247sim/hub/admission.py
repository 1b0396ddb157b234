"""Steps 1 to 3 of the hub: what is read at all, who said it, and whether it is its turn. Pure; nothing changes here.

Every function raises ``Refused`` where its step says no. What is common to messages and clear frames is here once.
"""

from datetime import datetime, timedelta

from i247sim.hub.actions import Answer, Welcome
from i247sim.hub.events import Arrived
from i247sim.hub.state import Carried, HubState
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.envelope import Envelope
from i247sim.security.frames import SignedFrame
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import FormatError, TrustError
from i247sim.vocabulary.frames import Ack, AckItem, FrameType, NoticeDecision, ReceiptItem, Release
from i247sim.vocabulary.limits import MAX_LIFE, MAX_WIRE_BYTES
from i247sim.vocabulary.messages import Header
from i247sim.vocabulary.parties import HUB, Role
from i247sim.vocabulary.statements import MeasureSet

CLOCK_SKEW = timedelta(minutes=5)
"""How far in the future a message may claim to have been made."""
MAX_ACK_BYTES = 160 * 1024
"""The largest acknowledgement: a full list of items fits, and a note can carry ``news.MAX_PROOFS`` of them."""

SPEAKERS: dict[FrameType, frozenset[Role]] = {
    FrameType.RESTRICTION: frozenset({Role.BUREAU, Role.SUB_BUREAU, Role.INTERNATIONAL, Role.SECRETARIAT}),
    FrameType.ACCEPTANCE: frozenset({Role.BUREAU, Role.SUB_BUREAU, Role.INTERNATIONAL}),
    FrameType.MEASURE: frozenset({Role.SECRETARIAT}),
    FrameType.NOTICE_DECISION: frozenset({Role.REVIEWER}),
    FrameType.RELEASE: frozenset({Role.SECRETARIAT}),
}
"""Who may say what in clear: a signature proves who spoke, this says whether it may."""


class Refused(Exception):
    """A step said no: the code, and what the log may say about it."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        alarm: bool = False,
        envelope: Envelope | None = None,
        counter: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.alarm, self.envelope, self.counter = code, detail, alarm, envelope, counter


# --- step 1: form


def check_size(event: Arrived) -> None:
    """Nothing that is too large is looked at."""
    if len(event.data) > MAX_WIRE_BYTES:
        raise Refused(Code.FORMAT, f"{len(event.data)} bytes, the limit is {MAX_WIRE_BYTES}")


def read_message(event: Arrived) -> Envelope:
    """A message in full. Its hub part is there."""
    try:
        envelope = sealed.parse(event.data)
    except FormatError as error:
        raise Refused(Code.FORMAT, str(error)) from None
    if envelope.hub_part is None:
        raise Refused(Code.FORMAT, "a slim copy does not go to the hub")
    return envelope


def read_frame(event: Arrived) -> SignedFrame:
    """A clear frame."""
    try:
        return clear.parse(event.data)
    except FormatError as error:
        raise Refused(Code.FORMAT, str(error)) from None


# --- step 2: who said it

_FOREIGN_TOPIC = "the sender is not the party of this topic"


def check_message_signature(state: HubState, topic: str, envelope: Envelope, now: datetime) -> None:
    """Of this topic's party, for this run, by a key that counts ``now``."""
    header = envelope.header
    if header.sender != topic:
        raise Refused(Code.SIGN, _FOREIGN_TOPIC)
    _check_run(state, header.run)
    check_directory(state, now)
    try:
        sealed.verify(envelope, state.trust.signer(header.sender, header.signing_key, now))
    except TrustError as error:
        raise Refused(Code(error.code), str(error)) from None


def check_frame_signature(state: HubState, topic: str, signed: SignedFrame, now: datetime) -> None:
    """As for a message; how old the directory is matters only to statements (``check_directory``)."""
    frame = signed.frame
    if frame.sender != topic or frame.to != HUB:
        raise Refused(Code.SIGN, _FOREIGN_TOPIC)
    _check_run(state, frame.run)
    try:
        clear.verify(signed, state.trust.signer(frame.sender, frame.key, now))
    except TrustError as error:
        raise Refused(Code(error.code), str(error)) from None


def _check_run(state: HubState, run: str) -> None:
    if state.opened is not None and run != state.opened.run:
        raise Refused(Code.SIGN, "made for another run")


def check_directory(state: HubState, now: datetime) -> None:
    """Without a recent directory nobody is believed: a change may have been kept from the hub."""
    if not state.directory.fresh(now):
        raise Refused(Code.KEY, "the directory is too old to trust")


# --- step 3: whose turn it is


def is_next(state: HubState, party: str, counter: int, receipted: int = 0) -> bool:
    """Whether it is this number's turn. ``receipted``: see ``repeated``."""
    newest = state.counters.get(party, 0)
    return newest < counter <= max(newest, receipted) + 1


def repeated(
    state: HubState, party: str, counter: int, wire: str, envelope: Envelope | None = None, receipted: int = 0
) -> Answer | Welcome | None:
    """Resend, replay, or too early? ``None`` if this is the next number, else all that is to be done about it.

    Numbers up to ``receipted`` need not come any more: their sender has its answer (a refusal of bytes
    that could not be read uses up no number here).
    """
    if is_next(state, party, counter, receipted):
        return None
    newest = state.counters.get(party, 0)
    if counter > newest:
        return Welcome(party, newest)
    stored = stored_receipt(state, party, counter)
    if stored is not None and stored.wire == wire and counter > state.receipted.get(party, 0):
        return Answer(party, stored)
    if stored is not None and stored.wire == wire:
        detail = "came again after its receipt was confirmed"
    else:
        detail = "its number was used before"
    raise Refused(Code.REPLAY, detail, alarm=True, envelope=envelope)


def stored_receipt(state: HubState, party: str, counter: int) -> ReceiptItem | None:
    """What the party was, or is to be, told of its number."""
    stored = state.answers.get(party, {}).get(counter)
    if stored is not None:
        return stored
    carried = state.message_numbered(party, counter)
    return carried.receipt() if carried else None


def check_new(state: HubState, envelope: Envelope, counter: int, now: datetime) -> None:
    """An id that was never used, at its time."""
    if state.used(envelope.header.id):
        raise Refused(Code.REPLAY, "this id was used before", alarm=True, envelope=envelope)
    if why := untimely(envelope.header, now):
        raise Refused(Code.TIME, why, envelope=envelope, counter=counter)


def untimely(header: Header, now: datetime) -> str:
    """Why it is not the time for a message at ``now``; empty if its life has begun, goes on, and is not too long."""
    if header.expires <= now:
        return "its life is over"
    if header.created > now + CLOCK_SKEW:
        return "made in the future"
    if header.expires - header.created > MAX_LIFE:
        return f"lives longer than {MAX_LIFE.days} days"
    return ""


# --- what clear frames may say


def acknowledged(state: HubState, event: Arrived, ack: Ack) -> list[tuple[AckItem, Carried]]:
    """What an acknowledgement says, of messages that are still remembered: each was handed over to the party."""
    if len(event.data) > MAX_ACK_BYTES:
        raise Refused(Code.FORMAT, f"{len(event.data)} bytes, the limit is {MAX_ACK_BYTES}")
    found = []
    for item in ack.items:
        carried = state.messages.get(item.id)
        if carried is None:
            continue
        if event.topic not in carried.handed:
            raise Refused(Code.ADDR, "acknowledges what was never handed over to it", alarm=True)
        found.append((item, carried))
    return found


def check_statement(state: HubState, signed: SignedFrame) -> None:
    """Said by a role that may, about something that is there, and for the first time."""
    frame, payload = signed.frame, signed.payload
    entry = state.directory.entries.get(frame.sender)
    if entry is None or entry.role not in SPEAKERS[frame.type]:
        raise Refused(Code.RIGHTS, f"this role does not say `{frame.type}`", counter=frame.counter)
    match payload:
        case MeasureSet() if payload.party not in state.directory.entries:
            raise Refused(Code.ADDR, "a measure on an unknown party", counter=frame.counter)
        case NoticeDecision() if payload.decision in state.decisions:
            raise Refused(Code.REPLAY, "this decision was taken before", alarm=True, counter=frame.counter)
        case Release():
            _check_release(state, payload, frame.counter)
        case _:
            pass


def _check_release(state: HubState, release: Release, counter: int) -> None:
    """It must be about something that is held, and be the first word on it."""
    carried = state.messages.get(release.message)
    if carried is None or Outcome.HELD not in {outcome for outcome, _ in carried.outcomes.values()}:
        raise Refused(Code.ADDR, "nothing of that message is held", counter=counter)
    if release.message in state.releases:
        raise Refused(Code.REPLAY, "there was a word on it before", alarm=True, counter=counter)
    if release.release != (release.code is None):
        raise Refused(Code.FORMAT, "a refusal, and only that, has a code", counter=counter)
