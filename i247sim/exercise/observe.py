"""From what was sent and what the hub logged to the canonical transcript. Pure, and the same for a finished run."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from i247sim.exercise.transcript import (
    AppealRow,
    Decision,
    MessageRow,
    Reached,
    Row,
    StatementRow,
    StatementType,
    Transcript,
    logical_name,
)
from i247sim.hub.state import acknowledges
from i247sim.security import frames as clear
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.decisions import MEANINGS, Code, Outcome
from i247sim.vocabulary.directory import Enrolment
from i247sim.vocabulary.entries import DecisionEntry, Entry, FrameEntry, HandoverEntry, RefusalEntry
from i247sim.vocabulary.frames import Ack, DirectoryChange, FrameType, NoticeDecision, Release
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.queries import Finding
from i247sim.vocabulary.statements import Bars, MeasureSet
from i247sim.vocabulary.times import from_text


@dataclass(frozen=True)
class Sent:
    """What exercise control knows of a message that a party sent: the facts of its journal line, no plaintext."""

    party: str
    id: str | None
    """``None``: it could not be sealed and never left."""
    facts: Mapping[str, Any]
    receipted: bool = True
    """Whether the hub's receipt came. Without one it still waits in its sender's outbox: accepted by nobody."""

    @property
    def name(self) -> str:
        """Its logical name, ``FR#12``."""
        return logical_name(self.facts["ref"])


@dataclass
class Way:
    """What the log says of one message, in the order of the log."""

    code: Code | None = None
    """Why the whole was refused."""
    decisions: dict[str, list[tuple[int, DecisionEntry]]] = field(default_factory=dict)
    """Per party: (log index, decision), the first one and those that changed it."""
    handed: dict[str, tuple[int, HandoverEntry]] = field(default_factory=dict)
    acknowledged: dict[str, list[tuple[int, datetime, Outcome, Code | None]]] = field(default_factory=dict)

    def acknowledgement(self, party: str) -> str:
        """What ``party`` has signed of its copy last, in words: why it took it not, if it did not."""
        if party not in self.acknowledged:
            return "not acknowledged"
        _, _, outcome, code = self.acknowledged[party][-1]
        why = f" with {code} ({MEANINGS[code]})" if code else ""
        return f"acknowledged as {outcome}{why}, signed by {party}"


def ways(entries: Sequence[Entry]) -> dict[str, Way]:
    """Message id to what the log says of it."""
    found: dict[str, Way] = {}
    follow(found, entries)
    return found


def follow(found: dict[str, Way], entries: Iterable[Entry], first: int = 0) -> None:
    """Go on where ``found`` ends: ``entries`` come next in the log, from index ``first`` on."""
    for index, entry in enumerate(entries, first):
        match entry:
            case RefusalEntry(id=str() as id_):
                way = found.setdefault(id_, Way())
                # Played again by somebody, what was accepted stays accepted; a number that a thief took stays taken.
                if not (entry.alarm and (way.decisions or way.code)):
                    way.code = entry.code
            case DecisionEntry():
                found.setdefault(entry.id, Way()).decisions.setdefault(entry.party, []).append((index, entry))
            case HandoverEntry():
                found.setdefault(entry.id, Way()).handed[entry.party] = (index, entry)
            case FrameEntry():
                signed = clear.parse(base64.b64decode(entry.frame))
                if isinstance(signed.payload, Ack):
                    _acknowledge(found, signed.frame.sender, signed.payload, index, entry.time)
            case _:
                pass


def _acknowledge(found: dict[str, Way], reader: str, ack: Ack, index: int, time: datetime) -> None:
    for item in ack.items:
        lines = found.setdefault(item.id, Way()).acknowledged.setdefault(reader, [])
        # A frame is logged for what is new in it, and may say again what is not.
        if acknowledges(lines[-1][2] if lines else Outcome.QUEUED, item.status):
            lines.append((index, time, item.status, item.code))


def appeals(journal: Iterable[Mapping[str, Any]]) -> list[AppealRow]:
    """What exercise control was told by desks, from the lines of a journal. Raises ``KeyError`` and ``ValueError``."""
    return [
        AppealRow(from_text(one["time"]), one["party"], one["silent"], Kind(one["asked"]), from_text(one["since"]))
        for one in journal
        if one["event"] == "appeal"
    ]


def transcript(sent: Iterable[Sent], entries: Sequence[Entry], told: Iterable[AppealRow]) -> Transcript:
    """The transcript of everything that was sent and logged, and ``told`` to exercise control (``appeals``)."""
    known = list(sent)
    names = {one.id: one.name for one in known if one.id is not None}
    by_id = ways(entries)
    rows: list[Row] = [message_row(one, by_id.get(one.id or "", Way())) for one in known]
    rows += _statements(entries, names)
    rows += told
    return Transcript.of(rows)


def message_row(sent: Sent, way: Way) -> MessageRow:
    """What the transcript says of one message."""
    facts = sent.facts
    local = facts.get("code")
    decisions = [
        Decision(party, entry.outcome, entry.code, entry.rules)
        for party, made in way.decisions.items()
        for _, entry in made
    ]
    reached = [
        (index, Reached(party, entry.time, entry.outcome, entry.code))
        for party, made in way.decisions.items()
        for index, entry in made
    ]
    reached += [
        (index, Reached(party, time, outcome, code))
        for party, lines in way.acknowledged.items()
        for index, time, outcome, code in lines
    ]
    answers = facts.get("answers")
    return MessageRow(
        time=from_text(facts["time"]),
        sender=sent.party,
        name=sent.name,
        kind=Kind(facts["kind"]),
        channel=Channel(facts["channel"]),
        addressees=tuple(facts["to"]),
        plaintext=facts["plaintext"],
        code=Code(local) if local else way.code,
        decisions=tuple(decisions),
        reached=tuple(one for _, one in sorted(reached, key=lambda pair: pair[0])),
        answers=logical_name(answers) if answers else None,
        finding=Finding(facts["finding"]) if "finding" in facts else None,
        records=tuple(facts.get("records", ())),
        label=facts.get("label"),
    )


def _statements(entries: Sequence[Entry], names: Mapping[str, str]) -> list[StatementRow]:
    rows: list[StatementRow] = []
    for entry in entries:
        if not isinstance(entry, FrameEntry):
            continue
        signed = clear.parse(base64.b64decode(entry.frame))
        author, time = signed.frame.sender, entry.time
        match signed.payload:
            case Bars() as bars:
                kind = (
                    StatementType.RESTRICTION
                    if signed.frame.type is FrameType.RESTRICTION
                    else StatementType.ACCEPTANCE
                )
                rows.append(StatementRow(time, author, kind, statement=canonical(bars).decode()))
            case MeasureSet() as measure:
                rows.append(
                    StatementRow(time, author, StatementType.MEASURE, measure.party, canonical(measure).decode())
                )
            case NoticeDecision() as decision:
                says = "publish" if decision.publish else f"refuse {decision.code}"
                target = names.get(decision.request, "")
                rows.append(StatementRow(time, author, StatementType.NOTICE_DECISION, target, says))
            case Release() as release:
                says = "release" if release.release else f"refuse {release.code}"
                rows.append(StatementRow(time, author, StatementType.RELEASE, names.get(release.message, ""), says))
            case DirectoryChange(delta=delta) if delta.number > 1:
                rows += [
                    StatementRow(time, author, StatementType.REVOCATION, changed.party, "revoked")
                    for changed in delta.entries
                    if changed.enrolment is Enrolment.REVOKED
                ]
            case _:
                pass
    return rows
