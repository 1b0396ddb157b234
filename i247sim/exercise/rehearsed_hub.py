"""What the hub decides in a rehearsal, and what its log would say: rules, clocks, quotas and keys that grow old.

It decides as ``hub.core`` and ``hub.decide`` do, and in their order. Whom anything reaches, and when, is not its
matter: the rehearsal hands over, and tells. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from i247sim.exercise.attacks import CaptureHub
from i247sim.exercise.broken import Broken
from i247sim.exercise.enrolment import DIRECTORY_AGE, directory_entry
from i247sim.exercise.observe import Way
from i247sim.exercise.rehearsed_letters import Issue, Letter, Letters, Said
from i247sim.exercise.scenario import Scenario
from i247sim.exercise.transcript import StatementRow, StatementType
from i247sim.hub.admission import untimely
from i247sim.hub.decide import OWN_WINDOW, QUOTA, RELEASE_REFUSED, Limits, too_many
from i247sim.hub.standing import Precedents
from i247sim.policy.engine import Engine
from i247sim.policy.facts import Standing, World, facts_of, passed_on
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.directory import Directory, Enrolment, PartyEntry
from i247sim.vocabulary.entries import DecisionEntry
from i247sim.vocabulary.frames import FrameType, Release
from i247sim.vocabulary.messages import Header
from i247sim.vocabulary.parties import AUTHORITY, State
from i247sim.vocabulary.statements import Bars, MeasureSet

_DIGEST = "0" * 64
"""Stands for whatever a rehearsal has no bytes to hash of."""


class RehearsedHub:
    """The hub's state and its decisions. Every method gets the time at which it happens."""

    def __init__(self, scenario: Scenario, engine: Engine, broken: Broken, now: datetime) -> None:
        directory = _first_directory(scenario, now)
        self.issue = Issue(directory, dict.fromkeys(directory.entries, 1))
        self.ways: dict[str, Way] = {}
        """What the log says of every message, by id."""
        self.statements: list[StatementRow] = []
        self.letters = Letters(scenario.parties(), self.ways)
        self._engine = engine
        self._captured = broken.captured
        self._world = World(directory, {}, {}, {})
        self._states: dict[str, State] = {}
        self._restrictions: dict[str, Bars] = {}
        self._acceptances: dict[str, Bars] = {}
        self._changes = 0
        self._precedents = Precedents()
        self._releases: dict[str, Release] = {}
        self._expiring: dict[tuple[str, int], datetime] = {}
        """(Party, key) to the last moment at which it may be used."""
        self._moments: dict[str, list[datetime]] = {}
        """Sender to when it has sent in the last minute."""
        self._line = 0

    # --- statements, the directory

    def state(self, said: Said, now: datetime) -> None:
        """A statement comes into force. What was held and is released now is the caller's to ``rule_again``."""
        author = said.author
        match said.payload:
            case Bars() as bars if said.type is FrameType.RESTRICTION:
                self._restrictions[author] = bars
                row = (StatementType.RESTRICTION, "", canonical(bars).decode())
            case Bars() as bars:
                self._acceptances[author] = bars
                row = (StatementType.ACCEPTANCE, "", canonical(bars).decode())
            case MeasureSet() as measure:
                self._states[measure.party] = measure.state
                row = (StatementType.MEASURE, measure.party, canonical(measure).decode())
            case Release() as release:
                self._releases[release.message] = release
                says = "release" if release.release else f"refuse {release.code}"
                row = (StatementType.RELEASE, self.letters[release.message].sent.name, says)
            case (name, decided):
                self._precedents.decisions[name] = decided.statement(name, _DIGEST)
                request = self.letters[decided.request.id].sent.name
                says = "publish" if decided.publish else f"refuse {decided.code}"
                row = (StatementType.NOTICE_DECISION, request, says)
            case _:
                raise AssertionError(f"not a statement: {said!r:.80}")
        self.statements.append(StatementRow(now, author, *row))
        self._change_world()

    def renew(self, now: datetime) -> None:
        """The same directory under a new number: its age begins again."""
        self._change_directory({}, self.issue.keys, now)

    def rotate(self, party: str, until: datetime, now: datetime) -> None:
        """The party has a new key; the old one may be used ``until`` then."""
        old = self.issue.keys[party]
        self._expiring[party, old] = until
        self._change_directory({}, {**self.issue.keys, party: old + 1}, now)

    def revoke(self, party: str, now: datetime) -> None:
        """The party's certificates and keys are believed no more."""
        entry = self.issue.directory.entries[party].model_copy(update={"enrolment": Enrolment.REVOKED})
        self._change_directory({party: entry}, self.issue.keys, now)
        self.statements.append(StatementRow(now, AUTHORITY, StatementType.REVOCATION, party, "revoked"))

    def enrolled(self, party: str) -> bool:
        """Whether the directory has the party, and it is not revoked."""
        return self.issue.directory.enrolled(party)

    def _change_directory(self, entries: Mapping[str, PartyEntry], keys: Mapping[str, int], now: datetime) -> None:
        old = self.issue.directory
        directory = Directory(old.number + 1, now + DIRECTORY_AGE, {**old.entries, **entries})
        self.issue = Issue(directory, keys)
        self._change_world()

    def _change_world(self) -> None:
        statements = (dict(self._states), dict(self._restrictions), dict(self._acceptances))
        self._world = World(self.issue.directory, *statements)
        self._changes += 1

    # --- messages

    def take(self, letter: Letter, now: datetime) -> dict[str, Verdict]:
        """Steps 3 to 9 of the hub: what was decided for every named party; nothing, if the letter came to nothing."""
        header = letter.header
        way = self.ways.setdefault(header.id, Way())
        if untimely(header, now):
            way.code = Code.TIME
            return {}
        onward = passed_on(header, self.issue.directory)
        letter.facts = facts_of(header, letter.hub_part, self._standing(header, now), onward)
        if self._over_quota(header.sender, now):
            verdicts = dict.fromkeys(letter.keys, Verdict(Outcome.REFUSED, Code.RATE, (QUOTA,)))
        else:
            verdicts = self._verdicts(letter, tuple(letter.keys), now)
        for party, verdict in verdicts.items():
            self.decide(letter, party, verdict, now)
        return verdicts

    def stolen(self, letter: Letter) -> None:
        """Somebody else has used up the letter's number: it is taken for a replay."""
        self.ways.setdefault(letter.header.id, Way()).code = Code.REPLAY

    def rule_again(self, letter: Letter, now: datetime) -> dict[str, Verdict]:
        """After the statement about a held letter: the verdict for every party whose copy was held, not yet decided."""
        assert letter.facts is not None, "it was held at the hub"
        release = self._releases[letter.header.id]
        letter.facts = replace(letter.facts, standing=replace(letter.facts.standing, released=release.release))
        decisions = self.ways[letter.header.id].decisions
        held = tuple(party for party, made in decisions.items() if made[-1][1].outcome is Outcome.HELD)
        if letter.header.expires <= now:
            return dict.fromkeys(held, Verdict(Outcome.EXPIRED, Code.TIME, ()))
        return self._verdicts(letter, held, now)

    def look_again(self, letter: Letter, party: str, now: datetime) -> Verdict:
        """At hand-over: what is decided for a copy that was allowed, if something has changed since.

        A copy that is not allowed any more is withheld, and that is decided here.
        """
        if letter.under[party] == self._changes:
            return Verdict(Outcome.QUEUED, None, ())
        verdict = self._verdicts(letter, (party,), now)[party]
        if not verdict.allowed:
            self.decide(letter, party, Verdict(Outcome.WITHHELD, verdict.code, verdict.rules), now)
        return verdict

    def decide(self, letter: Letter, party: str, verdict: Verdict, now: datetime) -> None:
        """One line in the log."""
        entry = DecisionEntry(
            time=now,
            id=letter.header.id,
            party=party,
            outcome=verdict.outcome,
            code=verdict.code,
            rules=verdict.rules,
            directory=self.issue.directory.number,
            statements=_DIGEST,
        )
        self.ways[letter.header.id].decisions.setdefault(party, []).append((self._next_line(), entry))
        letter.under[party] = self._changes
        if verdict.allowed:
            self._precedents.establish(letter.header, now)

    def hear(self, letter: Letter, party: str, wrong: Code | None, now: datetime) -> None:
        """The party says what became of its copy: opened, or rejected for what is ``wrong`` with it."""
        line = (self._next_line(), now, Outcome.REJECTED if wrong else Outcome.OPENED, wrong)
        self.ways[letter.header.id].acknowledged.setdefault(party, []).append(line)

    def lies(self, does: str, party: str) -> bool:
        """Whether the hub is captured and ``does`` that to the party."""
        captured = self._captured.get("hub")
        return isinstance(captured, CaptureHub) and (captured.does, captured.party) == (does, party)

    def _standing(self, header: Header, now: datetime) -> Standing:
        """What the log says of what a header refers to (``hub.state``)."""
        answered = self.ways.get(header.in_reply_to or "")
        received = answered is not None and header.sender in answered.acknowledged
        return self._precedents.standing(header, now, passed_on(header, self.issue.directory), received)

    def _over_quota(self, sender: str, now: datetime) -> bool:
        """Whether this message is one too many (``hub.decide``)."""
        recent = [time for time in self._moments.get(sender, ()) if time > now - OWN_WINDOW]
        self._moments[sender] = [*recent, now]
        return too_many(self._moments[sender], now, Limits(), self.issue.directory.entries[sender].quota)

    def _verdicts(self, letter: Letter, parties: tuple[str, ...], now: datetime) -> dict[str, Verdict]:
        assert letter.facts is not None, "it has arrived at the hub"
        release = self._releases.get(letter.header.id)
        if release is not None and not release.release:
            return dict.fromkeys(parties, Verdict(Outcome.REFUSED, release.code, (RELEASE_REFUSED,)))
        whole = self._engine.decide_message(self._world, letter.facts)
        if not whole.allowed:
            return dict.fromkeys(parties, whole)
        verdicts = self._engine.decide_addressees(self._world, letter.facts, parties)
        for party in verdicts:
            if self.lies("skip-rule", party):
                verdicts[party] = replace(verdicts[party], outcome=Outcome.QUEUED, code=None)
        for party, verdict in verdicts.items():
            if verdict.allowed and not self._key_known(party, letter.keys[party], now):
                verdicts[party] = Verdict(Outcome.REFUSED, Code.KEY, ("hub-key-current",))
        return verdicts

    def _key_known(self, party: str, key: int | None, now: datetime) -> bool:
        """Whether the party's card has this key, and it may still be used: the newest, and one older for a while."""
        newest = self.issue.keys[party]
        if key is None or not newest - 1 <= key <= newest or not self.enrolled(party):
            return False
        return (party, key) not in self._expiring or now <= self._expiring[party, key]

    def _next_line(self) -> int:
        self._line += 1
        return self._line


def _first_directory(scenario: Scenario, now: datetime) -> Directory:
    """Directory number 1, without keys."""
    entries = {party.id: directory_entry(party, _DIGEST, _DIGEST) for party in scenario.parties().values()}
    return Directory(1, now + DIRECTORY_AGE, entries)
