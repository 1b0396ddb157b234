"""Why could, or could not, this party read this message? Three layers, read off a finished run's folder.

*Rule*: the decision in the log, explained by the rules and the world that were in force at that entry. *Broker*:
whether a copy was handed over. *Key*: what the party's keys open. What a viewer other than exercise control is
shown is what it may know: explanations have an audience (``policy.explain``).

Does not verify anything: ``verify`` does.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from i247sim.audit.log import DAMAGED
from i247sim.exercise import observe, reading
from i247sim.exercise.choice import cure
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.observe import Sent, Way
from i247sim.hub.decide import RELEASE_REFUSED
from i247sim.hub.state import HubState
from i247sim.policy.engine import Engine
from i247sim.policy.explain import Explanation, explain
from i247sim.security.trust import Trust
from i247sim.vocabulary.decisions import Outcome, Verdict
from i247sim.vocabulary.entries import DecisionEntry, Entry, OpenedEntry
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError, TrustError
from i247sim.vocabulary.parties import CONTROL
from i247sim.vocabulary.times import to_text


@dataclass(frozen=True)
class Layers:
    """What ``viewer`` is shown about one message and one party."""

    message: str
    """Logical name, ``FR#1``."""
    label: str | None
    kind: str
    sender: str
    time: str
    """When it was sent (UTC)."""
    party: str
    viewer: str
    addressed: bool
    rule: Explanation | None
    """``None``: nothing was decided, since the party was not addressed or the message never came so far."""
    decided: str
    """One sentence: what the log says was decided, and where."""
    broker: str
    key: str
    exposure: str
    """Teaching, not alarm; empty for every viewer but exercise control."""
    alarm: str


def explain_access(path: Path, message: str, party: str, viewer: str) -> Layers:
    """The layers for one message (label, ``FR#3``, ``IPSG:KIND`` or ``IPSG:KIND:2``) and party of a finished run.

    Raises ``InputError`` if folder, message, party or viewer are not there, ``EvidenceError`` if the folder is damaged.
    """
    folder = RunFolder.finished(path)
    try:
        return _explain(folder, message, party, viewer)
    except (FormatError, TrustError) as error:
        raise EvidenceError(f"`{path}` is damaged: {error}; check it with `i247sim verify`") from error
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, OSError) as error:
        # Journal and report are of whatever form their maker liked.
        reason = f"{type(error).__name__}: {error}"
        raise EvidenceError(f"`{path}` is damaged: {reason}; check it with `i247sim verify`") from error
    except DAMAGED as error:
        raise EvidenceError(f"`log.db` of `{path}` is damaged: {error}; check it with `i247sim verify`") from error


def _explain(folder: RunFolder, message: str, party: str, viewer: str) -> Layers:
    entries = list(reading.log_entries(folder))
    sent = reading.journal(folder, len(entries))
    report = reading.report(folder, len(entries))
    transcript = reading.transcript(folder, entries)
    row = transcript.named(message)
    if row is None:
        known = [word for one in transcript.messages() for word in (one.label, one.name) if word]
        first = ", ".join(one.label or one.name for one in transcript.messages()[:12])
        raise InputError(f"no message `{message}` in this run{cure(message, known, f'there are {first} …')}")
    for role, one in (("party", party), ("viewer", viewer)):
        if one not in report["parties"] and one != CONTROL:
            raise InputError(f"no {role} `{one}` in this run{cure(one, report['parties'])}")
    subject = next(one for one in sent if one.name == row.name)
    way = observe.ways(entries).get(subject.id or "", Way())
    cell = next(
        (one for one in report["access"] if (one["message"], one["party"]) == (row.name, party)),
        {"sign": "not-addressed"},
    )
    control = viewer == CONTROL
    own = viewer in (party, row.sender)
    rule = _rule(folder, entries, subject, way, party, viewer)
    concerned = viewer == row.sender or viewer in way.handed or (rule is not None and rule.audience == "full")
    if not control and not concerned:
        # What never arrived does not appear: neither that it exists, nor that something was decided about it.
        raise InputError(f"`{viewer}` knows of no message `{message}`")
    return Layers(
        message=row.name,
        label=row.label,
        kind=row.kind,
        sender=row.sender,
        time=to_text(row.time),
        party=party,
        viewer=viewer,
        addressed=party in row.addressees,
        rule=rule,
        decided=_decided(subject, way, party, viewer),
        broker=_broker(way, cell, party, report) if control or own else "not for this viewer",
        key=_key(cell, party) if control or viewer == party else "not for this viewer",
        exposure=_exposure(cell, party) if control else "",
        alarm=cell.get("alarm", "") if control else "",
    )


def _rule(folder: RunFolder, entries: list[Entry], sent: Sent, way: Way, party: str, viewer: str) -> Explanation | None:
    """Explained under the world in force at the newest decision on the pair."""
    made = way.decisions.get(party)
    if not made or sent.id is None:
        return None
    index, decision = made[-1]
    opened = entries[0]
    if not isinstance(opened, OpenedEntry):
        raise EvidenceError("the log does not begin with its opening")
    state = HubState(Trust.anchor(folder.read(folder.root, 64 * 1024), opened.run))
    for entry in entries[:index]:
        state.apply(entry)
    engine = Engine(reading.rules(folder))
    carried = state.messages[sent.id]
    explanation = explain(engine, state.world, carried.facts, party, viewer)
    if explanation.verdict.outcome is decision.outcome or decision.outcome is Outcome.WITHHELD:
        return explanation
    # The hub's own checks (key, quota, life) are not rules of the book: say what the log says.
    if decision.rules == (RELEASE_REFUSED,):
        sentence = f"{decision.code}: it was held, and the secretariat has looked at it and does not release it"
    else:
        sentence = f"{decision.code}: decided by the hub itself ({', '.join(decision.rules) or 'life over'})"
    verdict = Verdict(decision.outcome, decision.code, decision.rules)
    return Explanation("full" if viewer == CONTROL else "coarse", verdict, (sentence,))


def _decided(sent: Sent, way: Way, party: str, viewer: str) -> str:
    made = way.decisions.get(party)
    if made is None:
        if way.code:
            return f"the hub refused the whole message with {way.code}"
        if sent.id is None:
            return f"it never left the sender: {sent.facts.get('code')}"
        return "nothing was decided: the party is not an addressee"
    if viewer != CONTROL:
        return f"{made[-1][1].outcome}"
    return "; then ".join(_decision_sentence(index, decision) for index, decision in made)


def _decision_sentence(index: int, decision: DecisionEntry) -> str:
    because = f" with {decision.code}" if decision.code else ""
    rules = f" by {', '.join(decision.rules)}" if decision.rules else ""
    word = "allowed" if decision.outcome is Outcome.QUEUED else str(decision.outcome)
    return f"{word}{because}{rules} (log entry {index}, directory {decision.directory})"


def _broker(way: Way, cell: dict[str, Any], party: str, report: dict[str, Any]) -> str:
    handed = way.handed.get(party)
    if cell["sign"] == "sent":
        return "it is the sender: the copy it made is its own"
    if handed is None:
        probe = report["probes"].get(party)
        tried = {
            True: "; a try to listen on other parties' topics with its own certificate got nothing from the broker",
            False: "; a try to listen on other parties' topics was NOT kept from them",
            None: "",
        }[probe]
        return f"no copy was handed to `{party}`'s topic{tried}"
    index, entry = handed
    said = way.acknowledgement(party)
    return f"a copy was handed to `{party}`'s topic as number {entry.number} of its stream (log entry {index}), {said}"


def _key(cell: dict[str, Any], party: str) -> str:
    if cell["sign"] == "sent":
        return "it wrote the message"
    opens = cell.get("opens")
    if opens is None and "handed" not in cell:
        return f"`{party}` holds no copy, so there is nothing its keys could open"
    if opens is None:
        return f"a copy was handed over and `{party}` has not taken it, so there is nothing its keys could open"
    if opens:
        return f"the copy that `{party}` holds opens with its key (tried; its signed attestation is in the folder)"
    return f"the copy that `{party}` holds does not open with its keys (tried)"


def _exposure(cell: dict[str, Any], party: str) -> str:
    if not cell.get("exposed"):
        return ""
    return (
        f"`{party}`'s key would open the full wire, because the sender had sealed to it before the hub said no: "
        "a captured hub could have leaked it"
    )
