"""Check a run folder from the folder alone: nothing in it is believed because it is there.

1. Every file is the one that the manifest lists, and none is missing or added.
2. The log: every entry under its hash, every checkpoint true and signed by the hub, every cosignature good.
3. The entries one by one, in order, into a fresh hub state: each signature (authority, senders, parties, control)
   by the keys that were in force at that moment, the hub's own checks of order, life and time, and each decision
   decided again under the rules in the folder, once more at the hand-over if anything has changed since.
4. The manifest's own signature, by exercise control, and its checkpoint: the log's last word.
5. Nothing is lost: what the journal says was sent is in the log, and every pair is accounted for. Nobody was told
   otherwise: what the parties have noted of the hub's receipts and outcomes is what the log says.
6. The report says what log, journal and attestations say (of attacks too), and the transcript has its digest.

Without a code from outside this proves consistency, not origin: whoever makes a whole new exercise can make
such a folder. ``expect`` takes the code that the run printed.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from i247sim.audit.checkpoint import NoteVerifier, log_name, witness_name
from i247sim.audit.log import DAMAGED
from i247sim.audit.verify import LogSummary, verify_log
from i247sim.exercise import access, observe, reading
from i247sim.exercise.access import Completeness, Sign
from i247sim.exercise.evidence_code import codes_match, evidence_code, is_code
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.report import told_control
from i247sim.exercise.scoreboard import as_data, by_thieves, scoreboard
from i247sim.exercise.witnesses import contradictions, deceived, tree_of
from i247sim.hub import admission
from i247sim.hub.decide import Limits, decide_first, decide_pairs
from i247sim.hub.state import HubState
from i247sim.policy.remembering import RememberingEngine
from i247sim.policy.rulebook import SCHEMA, Rulebook, packaged
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.keys import verify_ed25519
from i247sim.security.trust import Trust
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.entries import (
    DecisionEntry,
    Entry,
    FrameEntry,
    HandoverEntry,
    MessageEntry,
    OpenedEntry,
    RefusalEntry,
    SignedParts,
)
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError, TrustError
from i247sim.vocabulary.frames import NUMBERED, Ack, Attestation, FrameType
from i247sim.vocabulary.messages import Header, HubPart
from i247sim.vocabulary.parties import AUTHORITY, CONTROL, HUB

_MAX_CERTIFICATE = 64 * 1024


@dataclass(frozen=True)
class Verified:
    """What was checked, and found good."""

    run: str
    scenario: str
    entries: int
    messages: int
    decisions: int
    """How many decisions were decided again."""
    checkpoints: int
    cosigned_by: int
    """How many parties have cosigned the last checkpoint."""
    completeness: Completeness
    transcript: str
    code: str
    """The evidence code of this folder."""
    origin_proven: bool
    """Whether a code from outside was given, and matched."""


def verify(path: Path, expect: str | None = None, progress: Callable[[str], None] = lambda step: None) -> Verified:
    """Check the run folder at ``path``. ``expect``: the evidence code that the run printed.

    ``progress`` is told each step as it begins.
    Raises ``EvidenceError`` with the first thing that is wrong, ``InputError`` if it is no folder of a finished run,
    or ``expect`` no code.
    """
    folder = RunFolder.finished(path)
    if expect is not None and not is_code(expect):
        raise InputError(f"`{expect}` is no evidence code; expected five groups of five, like `I247-7ZK3M-…`")
    try:
        return _Checker(folder, expect, progress).check()
    except (FormatError, TrustError) as error:
        raise EvidenceError(str(error)) from error
    except DAMAGED as error:
        raise EvidenceError(f"`log.db` is damaged: {error}") from error


@dataclass
class Replay:
    """The log taken in entry by entry."""

    state: HubState
    engine: RememberingEngine
    limits: Limits
    index: int = 0
    messages: int = 0
    decisions: int = 0
    _first: tuple[str, dict[str, Verdict]] = ("", {})
    """The message that was just taken in, and what is to be decided at once."""
    _numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, anchor: Trust, rulebook: Rulebook, limits: Limits) -> "Replay":
        """Of a log from its first entry on. ``anchor``: trust in the authority alone; ``limits``: what one may send."""
        return cls(HubState(anchor), RememberingEngine(rulebook), limits)

    def take(self, entry: Entry) -> None:
        """Check one entry against everything before it, then let it have its effect. Raises ``EvidenceError``."""
        try:
            self._check(entry)
            self.state.apply(entry)
            if isinstance(entry, MessageEntry):
                carried = self.state.messages[entry.id]
                self._first = entry.id, decide_first(self.engine, self.state, carried, self.limits, entry.time)
            elif not isinstance(entry, DecisionEntry):
                self._first = "", {}
        except admission.Refused as refused:
            raise EvidenceError(f"log entry {self.index} ({entry.type}): had to be refused: {refused}") from refused
        except (FormatError, TrustError, EvidenceError, KeyError) as error:
            reason = f"names an unknown {error}" if isinstance(error, KeyError) else str(error)
            raise EvidenceError(f"log entry {self.index} ({entry.type}): {reason}") from error
        self.index += 1

    def _check(self, entry: Entry) -> None:
        _require(self.state.time is None or entry.time >= self.state.time, "is older than the entry before")
        match entry:
            case OpenedEntry():
                _require(self.index == 0, "the log is opened a second time")
            case MessageEntry():
                self._message(entry)
            case DecisionEntry():
                self._decision(entry)
            case HandoverEntry():
                self._handover(entry)
            case FrameEntry():
                self._frame(entry)
            case RefusalEntry():
                self._refusal(entry)

    def _signed(self, signed: SignedParts, at: datetime) -> tuple[Header, HubPart]:
        """Header and hub part, as their sender has signed them."""
        header, hub_part = sealed.read_parts(signed)
        sealed.verify_parts(signed, self.state.trust.signer(header.sender, header.signing_key, at))
        return header, hub_part

    def _refusal(self, entry: RefusalEntry) -> None:
        """Of the reasons for it only time can be looked at again: the others are about bytes that are not kept."""
        receipted = 0
        if entry.signed is not None:
            header, hub_part = self._signed(entry.signed, entry.time)
            receipted = hub_part.receipted
            stated = (header.sender, hub_part.counter if entry.counter is not None else None)
            _require(stated == (entry.topic, entry.counter), "is not about the message that was signed")
            late = admission.untimely(header, entry.time)
            _require(entry.code is not Code.TIME or bool(late), "refused for its time, which is right")
        if entry.counter is not None:
            self._in_turn(entry.topic, entry.counter, receipted)

    def _message(self, entry: MessageEntry) -> None:
        header, hub_part = self._signed(entry.signed, entry.time)
        stated = (header.id, header.sender, hub_part.counter)
        _require(stated == (entry.id, entry.sender, entry.counter), "is not the message that was signed")
        _require(header.run == self.state.trust.run, "a message of another run")
        _require(entry.id not in self.state.messages, "an id is used twice")
        self._in_turn(entry.sender, entry.counter, hub_part.receipted)
        why = admission.untimely(header, entry.time)
        _require(not why, f"had to be refused: {why}")
        admission.check_directory(self.state, entry.time)
        self.messages += 1

    def _in_turn(self, party: str, counter: int, receipted: int = 0) -> None:
        newest = self.state.counters.get(party, 0)
        turn = admission.is_next(self.state, party, counter, receipted)
        _require(turn, f"number {counter} of `{party}` after its number {newest}")

    def _decision(self, entry: DecisionEntry) -> None:
        carried = self.state.messages[entry.id]
        _require(entry.party in carried.keys, f"`{entry.party}` is not an addressee")
        under = (entry.directory, entry.statements)
        _require(under == (self.state.directory.number, self.state.statements), "decided under something else")
        if entry.party not in carried.outcomes:
            _require(self._first[0] == entry.id, "a first decision that does not follow its message")
            again = self._first[1][entry.party]
        elif entry.outcome is Outcome.EXPIRED:
            _require(carried.header.expires <= entry.time, "expired before its life was over")
            again = Verdict(Outcome.EXPIRED, entry.code, ())
        else:
            found = decide_pairs(self.engine, self.state, carried, (entry.party,), entry.time)[entry.party]
            if carried.outcomes[entry.party][0] is Outcome.HELD:
                _require(entry.id in self.state.releases, "held, and decided on again without a word on it")
                again = found
            else:
                _require(not found.allowed, "withheld although the rules allow it")
                again = Verdict(Outcome.WITHHELD, found.code, found.rules)
        stated, found_again = (
            _said(entry.outcome, entry.code, entry.rules),
            _said(again.outcome, again.code, again.rules),
        )
        _require(
            stated == found_again,
            f"the decision for `{entry.party}` says {stated}; decided again: {found_again}",
        )
        self.decisions += 1

    def _handover(self, entry: HandoverEntry) -> None:
        carried = self.state.messages[entry.id]
        outcome, _ = carried.outcomes[entry.party]
        _require(outcome is Outcome.QUEUED, f"a copy for `{entry.party}` that no decision allowed")
        _require(carried.header.expires > entry.time, f"a copy for `{entry.party}` after its life was over")
        _, *under = carried.under[entry.party]
        if under != [self.state.directory.number, self.state.statements]:
            again = decide_pairs(self.engine, self.state, carried, (entry.party,), entry.time)[entry.party]
            _require(again.allowed, f"a copy for `{entry.party}` that is not allowed any more")
        _require(entry.number > self._numbers.get(entry.party, 0), "a number was given out twice")
        self._numbers[entry.party] = entry.number

    def _frame(self, entry: FrameEntry) -> None:
        signed = clear.parse(base64.b64decode(entry.frame))
        frame = signed.frame
        _require(frame.run == self.state.trust.run, "a frame of another run")
        if frame.type is FrameType.DIRECTORY:
            return  # checked by `Trust.advance`, when it is applied
        clear.verify(signed, self.state.trust.signer(frame.sender, frame.key, entry.time))
        if frame.type in NUMBERED:
            self._in_turn(frame.sender, frame.counter)
            admission.check_directory(self.state, entry.time)
            admission.check_statement(self.state, signed)
        elif isinstance(signed.payload, Ack):
            for item in signed.payload.items:
                carried = self.state.messages.get(item.id)
                _require(
                    carried is None or frame.sender in carried.handed,
                    f"`{frame.sender}` acknowledges what was never handed over to it",
                )
        else:
            _require(frame.sender == CONTROL and frame.type is FrameType.CONTROL, "a frame that does not belong here")


@dataclass
class _Checker:
    folder: RunFolder
    expect: str | None
    progress: Callable[[str], None]

    def check(self) -> Verified:
        self.progress("files")
        replay: list[tuple[Replay, LogSummary, list[Entry]]] = []

        def follow(signed: clear.SignedFrame) -> None:
            """Runs once every file has its hash: rebuild trust from the log, then judge the manifest's signature."""
            replay.append(self._log())
            trust = replay[0][0].state.trust
            _require(signed.frame.sender == CONTROL, "the manifest is not signed by exercise control")
            clear.verify(signed, trust.witness(CONTROL))

        manifest = self.folder.check_manifest(follow)
        replayed, summary, entries = replay[0]
        _require(summary.unsigned == 0, f"the last {summary.unsigned} log entries are under no checkpoint")
        _require(manifest.checkpoint == summary.newest, "the manifest's checkpoint is not the log's newest")
        code = evidence_code(sha256(self._root()).digest(), manifest.checkpoint)
        if self.expect is not None and not codes_match(self.expect, code):
            raise EvidenceError(
                f"the evidence code is `{code}`, expected `{self.expect}`: this is another run's folder"
            )
        self.progress("report")
        run = reading.settings(self.folder, self.folder.run)
        _require("injects" in reading.settings(self.folder, self.folder.injects), "`injects.json` names no injects")
        _require(run.get("run") == replayed.state.trust.run, "`run.json` is about another run")
        made, digest = self._report(entries, replayed.state)
        return Verified(
            run=run["run"],
            scenario=str(run.get("scenario")),
            entries=replayed.index,
            messages=replayed.messages,
            decisions=replayed.decisions,
            checkpoints=len(summary.checkpoints),
            cosigned_by=sum(one.size == summary.size for one in summary.cosigned),
            completeness=made,
            transcript=digest,
            code=code,
            origin_proven=self.expect is not None,
        )

    def _root(self) -> bytes:
        return self.folder.read(self.folder.root, _MAX_CERTIFICATE)

    def _log(self) -> tuple[Replay, LogSummary, list[Entry]]:
        self.progress("entries, signatures and decisions")
        limits = self._limits()
        rulebook = reading.rules(self.folder)
        entries: list[Entry] = []
        replay: Replay | None = None
        for entry in reading.log_entries(self.folder):
            if replay is None:
                replay = self._opened(entry, rulebook, limits)
            try:
                replay.take(entry)
            except EvidenceError as error:
                raise EvidenceError(f"{error}{_of_another_version(rulebook)}") from error
            entries.append(entry)
        if replay is None:
            raise EvidenceError("the log is empty")
        self._same_hub(entries[0], replay.state.trust)
        self.progress("hashes, checkpoints and cosignatures")
        return replay, self._summary(replay.state.trust), entries

    def _opened(self, entry: Entry, rulebook: Rulebook, limits: Limits) -> Replay:
        if not isinstance(entry, OpenedEntry):
            raise EvidenceError("the log does not begin with its opening")
        root = self._root()
        _require(entry.root == sha256(root).hexdigest(), "the log was opened under another root certificate")
        _require(entry.rules == rulebook.sha256, "the rules in the folder are not those of the log")
        return Replay.begin(Trust.anchor(root, entry.run), rulebook, limits)

    def _same_hub(self, opened: Entry, trust: Trust) -> None:
        assert isinstance(opened, OpenedEntry)
        _require(opened.hub == trust.directory.entries[HUB].certificate, "the log was opened by another hub")

    def _summary(self, trust: Trust) -> LogSummary:
        return verify_log(self.folder.log, *log_verifiers(trust))

    def _limits(self) -> Limits:
        quota = reading.settings(self.folder, self.folder.run).get("messages_per_minute")
        if not isinstance(quota, int):
            raise EvidenceError("`run.json` does not say how many messages a minute a party may send")
        return Limits(quota)

    # --- journal, attestations, report

    def _report(self, entries: list[Entry], state: HubState) -> tuple[Completeness, str]:
        try:
            return self._compare(entries, state)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise EvidenceError(f"journal or report do not have their form: {type(error).__name__}: {error}") from error

    def _compare(self, entries: list[Entry], state: HubState) -> tuple[Completeness, str]:
        sent = reading.journal(self.folder, len(entries))
        journal = list(reading.journal_lines(self.folder, len(entries)))
        report = reading.report(self.folder, len(entries))
        transcript = observe.transcript(sent, entries, observe.appeals(journal))
        digest = transcript.digest()
        _require(report["transcript"] == digest, "the report's transcript is not that of journal and log")
        told = told_control(transcript)
        _require(told == report["appeals"], "what the report says desks told exercise control is not in the journal")
        ways = observe.ways(entries)
        for one in sent:
            if one.id is not None and one.id not in ways and one.receipted:
                raise EvidenceError(f"{one.name} was sent, and the log knows nothing of it: lost")
        if why := deceived(journal, entries, sent, ways, state):
            raise EvidenceError(why)
        known = {one.id for one in sent} | by_thieves(entries)
        for id_ in state.messages:
            _require(id_ in known, f"the log has a message `{id_}` that nobody sent")
        exposed = [(cell["party"], cell["message"]) for cell in report["access"] if cell.get("exposed")]
        by_name = {one.name: one.id for one in sent}
        cells = access.cells(
            sent,
            ways,
            report["parties"],
            self._attested(state.trust, entries),
            [(party, by_name[name] or "") for party, name in exposed],
        )
        shown = [cell.plain() for cell in cells if cell.sign is not Sign.NOT_ADDRESSED or cell.alarm]
        _require(json.loads(json.dumps(shown)) == report["access"], "the report's access matrix is not that of the log")
        defence = as_data(scoreboard(journal, entries))
        _require(defence == report["defence"], "what the report says of attacks is not what log and journal say")
        made = Completeness.of(cells)
        _require(asdict(made) == report["completeness"], "the report's completeness is not that of the log")
        return made, digest

    def _attested(self, trust: Trust, entries: list[Entry]) -> dict[tuple[str, str], bool]:
        """What each party says, signed, that it could open of what it held; and that it was shown this log."""
        shown: dict[str, tuple[str, ...]] = {}
        found: dict[tuple[str, str], bool] = {}
        for line in reading.attestations(self.folder, len(entries)):
            signed = clear.parse(base64.b64decode(line, validate=True))
            _require(isinstance(signed.payload, Attestation), "an attestation of another kind")
            assert isinstance(signed.payload, Attestation)
            party = signed.frame.sender
            clear.verify(signed, trust.witness(party))
            found |= {(party, one.id): one.opened for one in signed.payload.lines}
            shown[party] = signed.payload.shown
        for party, _, why in contradictions(tree_of(entries), shown, log_verifiers(trust)[0]):
            raise EvidenceError(f"the hub showed `{party}` another log: {why}")
        return found


def log_verifiers(trust: Trust) -> tuple[NoteVerifier, Callable[[str], Sequence[NoteVerifier]]]:
    """The key that signs the log's checkpoints, and for a party's id those that it cosigns with."""

    def note_key(name: str, party: str) -> NoteVerifier:
        public = trust.witness(party).ed25519
        return NoteVerifier(name, public, partial(verify_ed25519, public))

    def witnesses(party: str) -> Sequence[NoteVerifier]:
        known = party in trust.directory.entries and party != AUTHORITY
        return (note_key(witness_name(trust.run, party), party),) if known else ()

    return note_key(log_name(trust.run), HUB), witnesses


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise EvidenceError(otherwise)


def _said(outcome: Outcome, code: object, rules: tuple[str, ...]) -> str:
    because = f" ({code}: {', '.join(rules)})" if code else (f" ({', '.join(rules)})" if rules else "")
    return f"{outcome}{because}"


def _of_another_version(rulebook: Rulebook) -> str:
    """What may be behind a decision that comes out differently: facts are made by this version, for its own schema."""
    if dict(rulebook.texts)[SCHEMA] == packaged()[1]:
        return ""
    return (
        "; the rules' schema is not this version's: `run.json` names the version that made the run, check it with that"
    )
