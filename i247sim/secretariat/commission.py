"""The Commission for the Control of Files (``CCF``): independent, a party with keys of its own. Its clocks.

Admissibility within a month; a decision within nine months, four for access (CCF Statute Arts 32 and 40). A revision
is of an earlier decision (Art. 42), and without one not admissible. What it finds is the exercise's will; what it does
with it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold, Wrote
from i247sim.secretariat.office import reply
from i247sim.vocabulary.contents import FileDecision, FileReport, Wants
from i247sim.vocabulary.duties import delay
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Header
from i247sim.vocabulary.parties import COMMISSION
from i247sim.vocabulary.times import in_words, to_text

DAY = 86_400
MAX_ADMISSIBLE = 30 * DAY
MAX_DECIDE = 270 * DAY
MAX_DECIDE_ACCESS = 120 * DAY

Finding = Literal["inadmissible", "compliant", "addendum", "delete", "disclose", "not-disclosed"]
OF_ACCESS: tuple[Finding, ...] = ("disclose", "not-disclosed")
"""What can be found of a request for access, and of no other. Any request may be inadmissible."""


@dataclass(frozen=True)
class Commissioning:
    """How the Commission works in an exercise. Spans in seconds."""

    admissible: tuple[int, int] = (5 * DAY, 25 * DAY)
    decide: tuple[int, int] = (60 * DAY, 120 * DAY)
    """Never later than the Statute's time for what is asked, whatever stands here."""
    finding: Finding = "delete"
    findings: Mapping[Wants, Finding] = field(default_factory=dict)
    """By what is asked for, where that is another than ``finding``."""

    def found(self, wants: Wants | None) -> Finding:
        """What is found of a request. Of one for access, if nothing fits: what the files hold is disclosed."""
        if wants is not None and wants in self.findings:
            return self.findings[wants]
        fits = self.finding == "inadmissible" or wants != "access" or self.finding in OF_ACCESS
        return self.finding if fits else "disclose"


@dataclass(frozen=True)
class Admit:
    """A request waits for the decision on its admissibility."""

    header: Header
    report: FileReport
    since: datetime


@dataclass(frozen=True)
class Conclude:
    """A request waits for the decision itself."""

    header: Header
    report: FileReport
    since: datetime


@dataclass
class CommissionCore:
    """Decides, in its time. It sees the files only through the secretariat's reports, and every applicant's request
    through its own message."""

    seed: int
    how: Commissioning
    _requests: dict[str, int] = field(default_factory=dict)

    def handle(self, event: Event, now: datetime) -> list[Action]:
        """Take one event at simulated time ``now``."""
        match event:
            case MessageOpened(content=FileReport() as report, header=header):
                return self._reported(report, header, now)
            case MessageOpened() | MessageUnreadable() | StatementTold() | DirectoryTold() | Wrote():
                return []
            case CauseDue(cause=Admit() as admit):
                return self._admit(admit, now)
            case CauseDue(cause=Conclude() as conclude):
                return self._conclude(conclude, now)
            case _:
                raise AssertionError(f"not a cause of the Commission: {event!r:.80}")

    def _reported(self, report: FileReport, header: Header, now: datetime) -> list[Action]:
        request = report.request
        if request in self._requests:
            words = "a certificate goes to the applicant" if report.certificate else "taken to the file"
            return [Remark(f"request {request}: {report.subject}; {words}")]
        number = self._requests[request] = len(self._requests) + 1
        after = delay(self.seed, COMMISSION, "admissible", number, self.how.admissible)
        return [
            _started(f"whether {_named(report)} is admissible", MAX_ADMISSIBLE, "one month", now),
            Schedule(after, Admit(header, report, now)),
        ]

    def _admit(self, admit: Admit, now: datetime) -> list[Action]:
        report = admit.report
        without_decision = report.wants == "revision" and report.earlier is None
        if without_decision or self.how.found(report.wants) == "inadmissible":
            why = ", for nothing was decided yet" if without_decision else ""
            said = f"request {report.request} is not admissible{why}"
            return [_stopped(said, admit.since, now), self._decide(report, admit.header, "inadmissible")]
        access = report.wants == "access"
        most = MAX_DECIDE_ACCESS if access else MAX_DECIDE
        first, last = self.how.decide
        number = self._requests[report.request]
        after = delay(self.seed, COMMISSION, "decide", number, (min(first, most), min(last, most)))
        return [
            _stopped(f"request {report.request} is admissible", admit.since, now),
            self._decide(report, admit.header, "admissible"),
            _started(f"the decision on {_named(report)}", most, "four months" if access else "nine months", now),
            Schedule(after, Conclude(admit.header, report, now)),
        ]

    def _conclude(self, conclude: Conclude, now: datetime) -> list[Action]:
        report = conclude.report
        finding = self.how.found(report.wants)
        said = f"request {report.request} is decided: {finding}"
        return [_stopped(said, conclude.since, now), self._decide(report, conclude.header, finding)]

    def _decide(self, report: FileReport, header: Header, finding: Literal["admissible"] | Finding) -> Action:
        content = FileDecision(request=report.request, finding=finding)
        return Send(reply(header, Kind.CCF_DECISION, Channel.ADMIN, content))


def _named(report: FileReport) -> str:
    return f"request {report.request}" + (f" ({report.wants})" if report.wants else "")


def _started(what: str, most: int, words: str, now: datetime) -> Remark:
    return Remark(f"clock started: {what}; at most {words}, until {to_text(now + timedelta(seconds=most))}")


def _stopped(said: str, since: datetime, now: datetime) -> Remark:
    return Remark(f"clock stopped: {said}, after {in_words(now - since)}")
