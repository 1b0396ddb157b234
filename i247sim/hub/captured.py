"""A hub in wrong hands, for drills: the lies that the one in the middle could tell, each in its own way.

None of them is more than its own keys allow: it signs what it likes in its own name, and hands over what it has. It
lies to one party; a lie that the party refuses is told once, and then the truth, so that the exercise goes on.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from i247sim.audit.checkpoint import NoteSigner, read_checkpoint, sign_checkpoint
from i247sim.hub.actions import Item, Put
from i247sim.hub.core import HubCore
from i247sim.hub.log_keys import log_keys
from i247sim.policy.engine import Engine
from i247sim.policy.facts import MessageFacts, World
from i247sim.policy.rulebook import Rulebook
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.keys import Identity
from i247sim.vocabulary.decisions import Outcome, Verdict
from i247sim.vocabulary.directory import Directory, DirectoryDelta
from i247sim.vocabulary.frames import DirectoryChange, Frame, FrameType, NoteKind
from i247sim.vocabulary.parties import AUTHORITY


class Lenient(Engine):
    """The rules, and one party whom nothing is refused."""

    def __init__(self, rulebook: Rulebook, party: str) -> None:
        super().__init__(rulebook)
        self._party = party

    def decide_addressees(self, world: World, facts: MessageFacts, parties: Sequence[str]) -> dict[str, Verdict]:
        """As the rules say, but for one."""
        found = super().decide_addressees(world, facts, parties)
        if self._party in found and not found[self._party].allowed:
            found[self._party] = replace(found[self._party], outcome=Outcome.QUEUED, code=None)
        return found


@dataclass
class Lie:
    """What a captured hub does to whom."""

    does: str
    """``skip-rule``, ``alter``, ``replay``, ``reorder``, ``rewrite-log``, ``fork-log`` or ``swap-key``."""
    party: str
    told: bool = False
    """Whether it was told once; most are not told twice."""
    other_log: str | None = None
    """The checkpoint of another log that the party is shown, once a fork has begun."""

    def once(self, does: str) -> bool:
        """Whether this is the moment for a lie that is told once."""
        if self.does != does or self.told:
            return False
        self.told = True
        return True

    def instead(
        self,
        number: int,
        kind: NoteKind,
        attached: tuple[bytes, ...],
        checkpoint: str | None,
        hub: Identity,
        directory: Directory,
        now: datetime,
    ) -> tuple[int, tuple[bytes, ...], str | None]:
        """What the party is sent instead of a note's true number, what is attached, and the checkpoint."""
        signer, _ = log_keys(hub)
        match kind:
            case NoteKind.DELIVERY if self.does == "alter":
                attached = (altered(attached[0]), *attached[1:])
            case NoteKind.CHECKPOINT if checkpoint is not None and self.once("rewrite-log"):
                checkpoint = rewritten(checkpoint, signer)
            case NoteKind.CHECKPOINT:
                pass  # a fork is not shown where it would have to be proven
            case _ if self.does == "fork-log" and checkpoint is not None:
                self.other_log = self.other_log or rewritten(checkpoint, signer)
                checkpoint = self.other_log
            case NoteKind.DELIVERY if self.once("reorder"):
                number += 1
            case NoteKind.DIRECTORY if self.once("swap-key"):
                attached = (swapped(hub, directory, self.party, now),)
            case _:
                pass
        return number, attached, checkpoint


def altered(copy: bytes) -> bytes:
    """A copy with one bit of its body changed."""
    body = sealed.parse(copy).body
    at = copy.index(body) + len(body) // 2
    return copy[:at] + bytes([copy[at] ^ 1]) + copy[at + 1 :]


def rewritten(checkpoint: str, log: NoteSigner) -> str:
    """A checkpoint of the same size over another log, signed all the same."""
    said = read_checkpoint(checkpoint)
    return sign_checkpoint(said.size, hashlib.sha256(b"rewritten" + said.root).digest(), log)


def once_more(core: HubCore, party: str, known: Iterable[str]) -> Put | None:
    """A copy, of the messages ``known``, that ``party`` has opened already, as if it were new; if there is one."""
    for id_ in known:
        carried = core.state.messages.get(id_)
        if carried is None or carried.rests_on is not None or party not in carried.outcomes:
            continue
        if carried.outcomes[party][0] is Outcome.OPENED:
            item = Item(
                NoteKind.DELIVERY,
                message=id_,
                decision=carried.under[party][0],
                directory=core.state.directory.number,
            )
            return core.streams[party].put(item)
    return None


def swapped(identity: Identity, directory: Directory, party: str, now: datetime) -> bytes:
    """A directory change that gives ``party`` another key card. Only the authority could sign it; the hub tries."""
    entry = directory.entries[party].model_copy(update={"card": hashlib.sha256(b"the hub's own").hexdigest()})
    delta = DirectoryDelta(number=directory.number, issued=now, valid_until=directory.valid_until, entries=(entry,))
    frame = Frame(
        type=FrameType.DIRECTORY,
        run=identity.run,
        sender=AUTHORITY,
        to=AUTHORITY,
        key=identity.signing.id,
        counter=directory.number,
        time=now,
        payload=DirectoryChange(delta=delta).plain(),
    )
    return clear.sign(frame, identity.signing)
