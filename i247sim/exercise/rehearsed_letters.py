"""What is written in a rehearsal: messages with header and content, without keys, bytes or signatures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from i247sim.exercise.intruder import question
from i247sim.exercise.observe import Sent, Way
from i247sim.node import sent
from i247sim.node.actions import Decide
from i247sim.policy.facts import MessageFacts
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.drafts import Draft, anew
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Header, HubPart
from i247sim.vocabulary.times import to_text

_RUN = "0" * 12
_NOBODYS_KEY = "0" * 16


@dataclass(frozen=True)
class Issue:
    """A directory, and the number of every party's newest key."""

    directory: Directory
    keys: Mapping[str, int]

    def key(self, party: str) -> str:
        """The id of the party's newest key, as headers name it."""
        return f"{self.keys[party]:016x}"


@dataclass
class Letter:
    """A message on its way."""

    sent: Sent
    header: Header
    hub_part: HubPart
    content: Content
    salt: str | None
    facts: MessageFacts | None = None
    """What the hub decides on; from its arrival there."""
    under: dict[str, int] = field(default_factory=dict)
    """Addressee to the state of the world in which it was decided on."""

    @property
    def keys(self) -> dict[str, int | None]:
        """Every named party and which of its keys it was sealed to."""
        named = self.header.to or self.hub_part.audience
        return {one.party: None if one.key is None else int(one.key, 16) for one in named}


@dataclass(frozen=True)
class Said:
    """A statement on its way to the hub."""

    author: str
    type: FrameType
    payload: Word | tuple[str, Decide]
    """What a frame of that type says; for a reviewer's decision its name and what was decided."""


class Letters:
    """Every message so far, and the pens that write more."""

    def __init__(self, parties: Iterable[str], ways: Mapping[str, Way]) -> None:
        """``ways``: what the hub's log says of each message, by id; looked into, never changed."""
        self.sent: list[Sent] = []
        """In the order in which they were written."""
        self._by_id: dict[str, Letter] = {}
        self._by_reference: dict[str, Letter] = {}
        self._ways = ways
        self._counts = dict.fromkeys(parties, 0)

    def __getitem__(self, id_: str) -> Letter:
        return self._by_id[id_]

    def write(self, party: str, draft: Draft, seen: Issue, now: datetime, clock: datetime) -> Letter | Sent:
        """What ``party`` writes, under its own ``clock``, with the keys that it has ``seen``.

        Only a ``Sent``, if the writer knows no key for one of the readers: it never leaves the house.
        """
        reference = self._reference(party, now)
        facts = {"time": to_text(now), **sent.facts(draft, reference)}
        readers = [one for one in draft.to or draft.audience if one not in draft.barred]
        if not readers or not all(seen.directory.enrolled(one) for one in readers):
            message = Sent(party, None, {**facts, "code": Code.ADDR})
            self.sent.append(message)
            return message
        keys = {one: seen.key(one) for one in readers}
        header = self._header(party, draft, reference, self._id(), keys, clock)
        hub_part = HubPart(counter=1, receipted=0, audience=draft.members(keys))
        return self._keep(Letter(Sent(party, header.id, facts), header, hub_part, draft.content, draft.salt))

    def reseal(self, party: str, id_: str, reader: str, seen: Issue, now: datetime) -> Letter:
        """The message ``id_`` once more, for one addressee and to its newest key, under a new id."""
        old = self._by_id[id_]
        reference = self._reference(party, now)
        header, audience = anew(old.header, reader, seen.key(reader), id_=self._id(), own_ref=reference, created=now)
        facts = {
            "time": to_text(now),
            "ref": header.own_ref,
            "to": [reader],
            **{key: old.sent.facts[key] for key in ("kind", "channel", "classification", "plaintext")},
            **({"answers": header.your_ref} if header.your_ref else {}),
        }
        hub_part = HubPart(counter=1, receipted=0, audience=audience)
        return self._keep(Letter(Sent(party, header.id, facts), header, hub_part, old.content, old.salt))

    def steal(self, party: str, to: str, subject: str, seen: Issue, now: datetime, clock: datetime) -> Letter:
        """A message that ``party`` never wrote, under its key: the party itself does not know of it."""
        draft = question(to, subject)
        id_ = f"{len(self._by_id):024x}".rjust(32, "f")
        header = self._header(party, draft, f"{party}-{now.year}-900001", id_, {to: seen.key(to)}, clock)
        facts = {"time": to_text(now), **sent.facts(draft, header.own_ref)}
        hub_part = HubPart(counter=1, receipted=0)
        letter = Letter(Sent(party, header.id, facts), header, hub_part, draft.content, None)
        self._by_id[header.id] = letter
        return letter

    def _keep(self, letter: Letter) -> Letter:
        self._by_id[letter.header.id] = letter
        self._by_reference[letter.header.own_ref] = letter
        self.sent.append(letter.sent)
        return letter

    def _id(self) -> str:
        return f"{len(self.sent) + 1:032x}"

    def _reference(self, party: str, now: datetime) -> str:
        self._counts[party] += 1
        return f"{party}-{now.year}-{self._counts[party]:06d}"

    def _header(
        self, party: str, draft: Draft, reference: str, id_: str, keys: Mapping[str, str], clock: datetime
    ) -> Header:
        return draft.header(
            run=_RUN,
            id_=id_,
            sender=party,
            signing_key=_NOBODYS_KEY,
            keys=keys,
            own_ref=reference,
            in_reply_to=self._answered(party, draft.your_ref),
            created=clock,
            padded_size=1,
        )

    def _answered(self, party: str, reference: str | None) -> str | None:
        """The id of the message that ``party`` answers, if it knows it: its own, or one that it has opened."""
        letter = self._by_reference.get(reference or "")
        if letter is None:
            return None
        way = self._ways.get(letter.header.id)
        known = letter.sent.party == party or (way is not None and party in way.acknowledged)
        return letter.header.id if known else None
