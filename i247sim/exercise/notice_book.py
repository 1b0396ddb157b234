"""The book of notices: every request, notice, diffusion, complaint and petition of a run, with state, history, reason.

Read off the log's signed headers and the desks' remarks, so it holds for a finished run and for one under way, and says
nothing that exercise control may not know. Pure. Contents are not in it: the log has none.
"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from i247sim.exercise.observe import Way, ways
from i247sim.exercise.transcript import REFERENCE, logical_name, with_logical_names
from i247sim.secretariat.diffusions import DiffusionState, is_silver
from i247sim.secretariat.lives import NoticeState, after
from i247sim.security import frames as clear
from i247sim.vocabulary.codec import decode
from i247sim.vocabulary.decisions import Outcome
from i247sim.vocabulary.entries import Entry, FrameEntry, MessageEntry
from i247sim.vocabulary.frames import NoticeDecision, Release
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.limits import MAX_HEADER_BYTES
from i247sim.vocabulary.messages import Header, Purpose
from i247sim.vocabulary.parties import REVIEWER, SECRETARIAT
from i247sim.vocabulary.times import from_text, to_text

_NUMBER = re.compile(r"notice ([0-9]{4}/[0-9]{1,6})")


class Family(StrEnum):
    """What a matter is."""

    NOTICE = "notice"
    """A request for a notice, and the notice that comes of it."""
    DIFFUSION = "diffusion"
    COMPLAINT = "complaint"
    PETITION = "petition"
    """A person's request to the Commission for the Control of Files."""


@dataclass(frozen=True)
class Page:
    """One thing that happened in a matter."""

    time: datetime
    what: str
    """A sentence without names of people: kinds, numbers, codes and reasons."""
    by: str
    """The party that did it."""
    message: str | None = None
    """Logical name of the message that says so, as ``IPSG#2``."""


@dataclass
class Matter:
    """One request, notice, diffusion, complaint or petition."""

    family: Family
    name: str
    """The notice's number once it has one; until then, and for all others, the logical name of the first message."""
    owner: str
    """At whose request it is."""
    type: str
    """Colour of a notice, purpose of a diffusion; empty otherwise."""
    state: str
    reason: str = ""
    """Why it stands where it stands: a code or a reason, or what it waits for."""
    pages: list[Page] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """JSON types; times as text, UTC."""
        return {
            "family": self.family,
            "name": self.name,
            "owner": self.owner,
            "type": self.type,
            "state": self.state,
            "reason": self.reason,
            "history": [
                {"time": to_text(one.time), "what": one.what, "by": one.by}
                | ({"message": one.message} if one.message else {})
                for one in self.pages
            ],
        }


def book(entries: Sequence[Entry], journal: Iterable[Mapping[str, Any]]) -> list[Matter]:
    """All matters in the order in which they began. ``journal``: its lines; only the desks' remarks are read."""
    found = _Book(ways(entries))
    events: list[tuple[datetime, int, Header | tuple[str, NoticeDecision | Release | str]]] = []
    for index, entry in enumerate(entries):
        if isinstance(entry, MessageEntry):
            events.append((entry.time, index, decode(Header, entry.signed.header.encode(), MAX_HEADER_BYTES)))
        elif isinstance(entry, FrameEntry):
            signed = clear.parse(base64.b64decode(entry.frame))
            if isinstance(signed.payload, NoticeDecision | Release):
                events.append((entry.time, index, (signed.frame.sender, signed.payload)))
    # A remark stands behind what the log says of the same moment.
    events += [
        (from_text(line["time"]), len(entries), (line["party"], line["text"]))
        for line in journal
        if line.get("event") == "remark" and line.get("party") in (SECRETARIAT, REVIEWER)
    ]
    for time, _, what in sorted(events, key=lambda one: one[:2]):
        match what:
            case Header() as header:
                found.message(time, header)
            case (str() as by, NoticeDecision() as decision):
                found.decision(time, by, decision)
            case (str() as by, Release() as release):
                found.release(time, by, release)
            case (str() as by, str() as text):
                found.remark(time, by, text)
    return found.matters


class _Book:
    def __init__(self, ways: Mapping[str, Way]) -> None:
        self.ways = ways
        self.matters: list[Matter] = []
        self.by_reference: dict[str, Matter] = {}
        self.by_id: dict[str, Matter] = {}
        self.by_number: dict[str, Matter] = {}
        self.by_decision: dict[str, Matter] = {}

    # --- what happens

    def message(self, time: datetime, header: Header) -> None:
        """A message came to the hub."""
        matter = self._matter(header)
        if matter is None:
            return
        self.by_reference.setdefault(header.own_ref, matter)
        self.by_id.setdefault(header.id, matter)
        what, refused = _said(header), self._refused(header)
        if refused:
            what = f"{what}: refused by the hub, {refused}"
        matter.pages.append(Page(time, what + self._readers(header), header.sender, logical_name(header.own_ref)))
        if refused:
            if len(matter.pages) == 1:
                matter.state, matter.reason = NoticeState.REFUSED, refused
            return
        self._move(matter, header)

    def decision(self, time: datetime, by: str, decision: NoticeDecision) -> None:
        """The reviewer has decided."""
        matter = self.by_id.get(decision.request)
        if matter is None:
            return
        self.by_decision[decision.decision] = matter
        said = "granted" if decision.publish else f"refused, {decision.code}"
        matter.pages.append(Page(time, f"decided after review: {said}", by))
        if not decision.publish and matter.name not in self.by_number:
            matter.state, matter.reason = NoticeState.REFUSED, str(decision.code or "")

    def release(self, time: datetime, by: str, release: Release) -> None:
        """What was held goes out or not."""
        matter = self.by_id.get(release.message)
        if matter is None:
            return
        said = "released" if release.release else f"not released, {release.code}"
        matter.pages.append(Page(time, f"held, and now {said}", by))
        if matter.family is Family.DIFFUSION or not release.release:
            matter.state = DiffusionState.RELEASED if release.release else DiffusionState.REFUSED
            matter.reason = str(release.code or "")
        else:
            matter.state, matter.reason = NoticeState.SUBMITTED, ""

    def remark(self, time: datetime, by: str, text: str) -> None:
        """A desk says something to itself about a matter."""
        numbers = _NUMBER.findall(text)
        references = REFERENCE.findall(text)
        matter = next((self.by_number[one] for one in numbers if one in self.by_number), None)
        matter = matter or next((self.by_reference[one] for one in references if one in self.by_reference), None)
        if matter is None:
            return
        text = with_logical_names(text)
        matter.pages.append(Page(time, text, by))
        if "waits for a person" in text:
            matter.reason = text[text.index("waits for a person") :]
        elif " closed: " in text:
            matter.state, matter.reason = "closed", text.partition(" closed: ")[2]
        elif matter.state == DiffusionState.CANCELLED and (code := re.search(r"is cancelled \((.+)\)", text)):
            matter.reason = code[1]

    # --- which matter, and where it stands

    def _matter(self, header: Header) -> Matter | None:
        number = header.notice.id if header.notice else None
        if header.kind is Kind.NOTICE_PUBLISHED and header.notice is not None:
            matter = self.by_decision.get(header.notice.decision or "")
            if matter is not None and number is not None:
                matter.name = number
                self.by_number[number] = matter
            return matter
        if number is not None and header.kind.startswith("NOTICE_"):
            return self.by_number.get(number)
        purpose = str(header.purpose)
        match header.kind:
            case Kind.NOTICE_REQUEST:
                colour = str(header.notice.type) if header.notice else ""
                return self._open(Family.NOTICE, header, colour, NoticeState.SUBMITTED)
            case Kind.DIFFUSION:
                wanted = header.purpose is Purpose.WANTED
                state = DiffusionState.PENDING if wanted else DiffusionState.SENT
                type_ = "silver" if is_silver(header) else purpose
                return self._open(Family.DIFFUSION, header, type_, self._held(header) or state)
            case Kind.COMPLAINT:
                return self._open(Family.COMPLAINT, header, "", "open")
            case Kind.CCF_REQUEST:
                return self._open(Family.PETITION, header, "", "received")
            case Kind.NOTICE_QUERY | Kind.DIFFUSION_CLEARED | Kind.DIFFUSION_CANCEL | Kind.NOTICE_DECISION:
                return self.by_reference.get(header.your_ref or "")
            case Kind.COMPLIANCE_REPLY | Kind.CCF_REPORT | Kind.CCF_DECISION:
                return self.by_reference.get(header.your_ref or "")
            case _:
                return None

    def _open(self, family: Family, header: Header, type_: str, state: str) -> Matter:
        matter = Matter(family, logical_name(header.own_ref), header.sender, type_, state)
        if state == DiffusionState.HELD:
            whose = "a Silver diffusion" if is_silver(header) else "of a supervised bureau"
            matter.reason = f"{whose}; waits for release"
        self.matters.append(matter)
        return matter

    def _move(self, matter: Matter, header: Header) -> None:
        reason = str(header.notice.reason) if header.notice and header.notice.reason else ""
        match header.kind:
            case Kind.NOTICE_PUBLISHED:
                matter.state, matter.reason = NoticeState.PUBLISHED, ""
            case Kind.NOTICE_QUERY if matter.state == NoticeState.SUBMITTED:
                matter.state = NoticeState.INFO_NEEDED
            case Kind.DIFFUSION_CLEARED:
                matter.state, matter.reason = DiffusionState.CLEARED, ""
            case Kind.DIFFUSION_CANCEL if matter.state != DiffusionState.REFUSED:
                matter.state = DiffusionState.CANCELLED
            case Kind.CCF_DECISION:
                matter.state = "decided" if matter.state == "admissibility decided" else "admissibility decided"
            case Kind.CCF_REPORT if matter.state == "decided":
                matter.state = "carried out"
            case kind if header.channel is Channel.NOTICE and matter.state in list(NoticeState):
                moved = after(NoticeState(matter.state), kind, header.notice.reason if header.notice else None)
                if moved is not None:
                    matter.state, matter.reason = moved, reason
            case _:
                pass

    def _refused(self, header: Header) -> str:
        """The code, if nobody was let have it."""
        way = self.ways.get(header.id, Way())
        if way.code is not None:
            return str(way.code)
        made = [lines[0][1] for lines in way.decisions.values()]
        if made and all(one.outcome is Outcome.REFUSED for one in made):
            return str(made[0].code)
        return ""

    def _held(self, header: Header) -> DiffusionState | None:
        lines = self.ways.get(header.id, Way()).decisions.values()
        held = any(one[0][1].outcome is Outcome.HELD for one in lines)
        return DiffusionState.HELD if held else None

    def _readers(self, header: Header) -> str:
        """How many read what went to many."""
        if header.channel not in (Channel.NOTICE, Channel.DIFFUSION):
            return ""
        way = self.ways.get(header.id, Way())
        opened = sum(any(line[2] is Outcome.OPENED for line in lines) for lines in way.acknowledged.values())
        return f" (read by {opened} of {len(way.decisions)})"


def _said(header: Header) -> str:
    """What a message says, in words."""
    reason = f", {header.notice.reason}" if header.notice and header.notice.reason else ""
    if header.channel is Channel.ADMIN and header.notice is not None and header.notice.id is not None:
        wish = "an update" if header.kind is Kind.NOTICE_REQUEST else header.kind.removeprefix("NOTICE_").lower()
        if header.kind in (Kind.NOTICE_DECISION, Kind.NOTICE_QUERY, Kind.NOTICE_REMINDER):
            return f"{header.kind.lower().replace('_', ' ')}{reason}"
        return f"asks for it: {wish}{reason}"
    return header.kind.lower().replace("_", " ") + reason
