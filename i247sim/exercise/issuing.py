"""What authority and exercise control put in writing while an exercise runs: directory changes, keys, notes.

All of it is on disk before the hub is told, and the hub is told again what it does not have: after a kill of either
side nothing is missing and nothing stands twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from i247sim.exercise import enrolment
from i247sim.exercise.assembly import Network
from i247sim.exercise.enrolment import DirectoryIssue, Enrolled
from i247sim.node.site import Site
from i247sim.security import frames as clear
from i247sim.security.cards import parse_card
from i247sim.security.keys import Identity
from i247sim.security.trust import Trust
from i247sim.vocabulary.codec import Word, base64_text
from i247sim.vocabulary.directory import PartyEntry
from i247sim.vocabulary.frames import ControlEntry, Frame, FrameType
from i247sim.vocabulary.parties import CONTROL, HUB
from i247sim.vocabulary.times import from_text, to_text

Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Ask the hub."""


class Issuing:
    """The authority's and exercise control's pen."""

    def __init__(self, enrolled: Enrolled, network: Network, site: Site, begin: datetime, ask: Ask) -> None:
        """``begin``: when directory number 1 was issued."""
        self._enrolled = enrolled
        self._network = network
        self._site = site
        self._begin = begin
        self._ask = ask
        self._trust: Trust | None = None
        self._said = 0
        """Up to which of the notes the hub was told since this process has begun."""

    # --- the directory

    @property
    def trust(self) -> Trust:
        """What holds after every directory change issued so far."""
        if self._trust is None:
            self._trust = self._enrolled.trust(self._begin)
            for number, time, text in self._issued():
                if number > 1:
                    issue = DirectoryIssue.from_json(text)
                    self._trust = self._trust.advance(issue.frame, issue.attached, from_text(time))
        return self._trust

    @property
    def anchor(self) -> Trust:
        """What everybody starts from: the root, and nothing issued yet."""
        return Trust.anchor(self._enrolled.authority.root, self._site.run)

    def family(self, party: str) -> list[str]:
        """The party and everybody under it: what holds for a parent holds for its children."""
        directory = self.trust.directory
        return [one for one in self._network.parties if party in {entry.party for entry in directory.lineage(one)}]

    def reissue(self, changed: tuple[PartyEntry, ...] = (), attached: tuple[bytes, ...] = ()) -> None:
        """The next directory, with these entries changed. On disk at the next ``flush``; ``inform`` tells the hub."""
        issue = enrolment.next_directory(self._enrolled.authority, self.trust, changed, self._site.now, attached)
        self._trust = self.trust.advance(issue.frame, issue.attached, self._site.now)
        self._site.store.execute(
            "INSERT INTO issued (number, time, issue) VALUES (?, ?, ?)",
            (self._trust.directory.number, to_text(self._site.now), issue.to_json()),
        )

    def revoke(self, party: str) -> None:
        """The party's entry says from now on that it is revoked."""
        self.reissue((enrolment.revoked(self.trust, party),))

    def rotate(self, party: str, grace: timedelta) -> None:
        """A new decryption key for ``party``; the old one stays on its card, and with it, for the grace time."""
        now = self._site.now
        fresh = enrolment.rotated(self._enrolled.authority, self._network.nodes[party].identity, now, now + grace)
        self._renew(party, fresh)
        self.reissue((enrolment.renewed(self.trust, fresh),), (fresh.card,))

    def retire(self, party: str) -> None:
        """Those of the party's old decryption keys are deleted that nobody may seal to any more."""
        identity = self._network.nodes[party].identity
        card = parse_card(identity.card).card
        kept = {one.id for one in card.kem if one.not_after > self._site.now} | {identity.kem[-1].id}
        self._renew(party, replace(identity, kem=tuple(one for one in identity.kem if one.id in kept)))

    def _renew(self, party: str, identity: Identity) -> None:
        enrolment.save_keys(identity, self._network.work)
        self._enrolled.identities[party] = identity
        self._network.nodes[party].renew(identity)

    def _issued(self) -> list[tuple[int, str, str]]:
        rows = self._site.store.rows("SELECT number, time, issue FROM issued ORDER BY number")
        return [(number, time, issue) for number, time, issue in rows]

    async def inform(self) -> None:
        """Tell the hub, which must be there, the time, the rules, and what it does not have yet."""
        await self._site.store.flush()
        await self._ask("now", {"time": to_text(self._site.now)})
        answer = await self._ask("open", {"rules": self._network.rulebook.sha256})
        known = answer["directory"]
        issues = [(1, self._enrolled.first), *((n, DirectoryIssue.from_json(text)) for n, _, text in self._issued())]
        for number, issue in issues:
            if number > known:
                attached = [base64_text(one) for one in issue.attached]
                await self._ask("directory", {"frame": base64_text(issue.frame), "attached": attached})
        await self.tell_notes()

    # --- notes

    def note(self, what: str, target: str, note: str, number: int) -> None:
        """Exercise control states what it does: in the journal and, signed, on disk for the log.

        ``number`` tells two equal notes apart.
        """
        self._site.journal("control", CONTROL, what=what, target=target, note=note)
        frame = self.sign(FrameType.CONTROL, ControlEntry(what=what, target=target[:80], note=note[:200]), number)
        self._site.store.execute("INSERT INTO noted (frame) VALUES (?)", (frame,))

    async def tell_notes(self) -> None:
        """Have the hub log every note that it was not told yet; one that it has already, it does not log again."""
        await self._site.store.flush()
        rows = self._site.store.rows("SELECT number, frame FROM noted WHERE number > ? ORDER BY number", (self._said,))
        for number, frame in rows:
            await self._ask("control", {"frame": base64_text(frame)})
            self._said = number

    def sign(self, type_: FrameType, payload: Word, number: int) -> bytes:
        """A frame signed by exercise control."""
        identity = self._enrolled.identities[CONTROL]
        frame = Frame(
            type=type_,
            run=identity.run,
            sender=CONTROL,
            to=HUB,
            key=identity.signing.id,
            counter=number,
            time=self._site.now,
            payload=payload.plain(),
        )
        return clear.sign(frame, identity.signing)
