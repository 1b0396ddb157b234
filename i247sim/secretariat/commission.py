"""The Commission for the Control of Files (``CCF``): independent, a party with keys of its own. Its clocks.

Admissibility within a month; a decision within nine months, four for access (CCF Statute Arts 32 and 40). What it
finds is the exercise's will; what it does with it is not.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import CauseDue, DirectoryTold, Event, MessageOpened, MessageUnreadable, StatementTold, Wrote
from i247sim.secretariat.office import reply
from i247sim.vocabulary.contents import FileDecision, FileReport, Wants
from i247sim.vocabulary.duties import delay
from i247sim.vocabulary.messages import Channel, Header, Kind
from i247sim.vocabulary.parties import COMMISSION

DAY = 86_400
MAX_ADMISSIBLE = 30 * DAY
MAX_DECIDE = 270 * DAY
MAX_DECIDE_ACCESS = 120 * DAY

Finding = Literal["inadmissible", "compliant", "addendum", "delete", "disclose", "not-disclosed"]


@dataclass(frozen=True)
class Commissioning:
    """How the Commission works in an exercise. Spans in seconds."""

    admissible: tuple[int, int] = (5 * DAY, 25 * DAY)
    decide: tuple[int, int] = (60 * DAY, 120 * DAY)
    """Never later than the Statute's time for what is asked, whatever stands here."""
    finding: Finding = "delete"


@dataclass(frozen=True)
class Admit:
    """A request waits for the decision on its admissibility."""

    request: str
    header: Header
    wants: Wants | None


@dataclass(frozen=True)
class Conclude:
    """A request waits for the decision itself."""

    request: str
    header: Header


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
                return self._reported(report, header)
            case MessageOpened() | MessageUnreadable() | StatementTold() | DirectoryTold() | Wrote():
                return []
            case CauseDue(cause=Admit() as admit):
                return self._admit(admit)
            case CauseDue(cause=Conclude() as conclude):
                return [self._decide(conclude.request, conclude.header, self.how.finding)]
            case _:
                raise AssertionError(f"not a cause of the Commission: {event!r:.80}")

    def _reported(self, report: FileReport, header: Header) -> list[Action]:
        if report.request in self._requests:
            words = "a certificate goes to the applicant" if report.certificate else "taken to the file"
            return [Remark(f"request {report.request}: {report.subject}; {words}")]
        number = self._requests[report.request] = len(self._requests) + 1
        after = delay(self.seed, COMMISSION, "admissible", number, self.how.admissible)
        return [Schedule(after, Admit(report.request, header, report.wants))]

    def _admit(self, admit: Admit) -> list[Action]:
        if self.how.finding == "inadmissible":
            return [self._decide(admit.request, admit.header, "inadmissible")]
        number = self._requests[admit.request]
        most = MAX_DECIDE_ACCESS if admit.wants == "access" else MAX_DECIDE
        first, last = self.how.decide
        after = delay(self.seed, COMMISSION, "decide", number, (min(first, most), min(last, most)))
        return [
            self._decide(admit.request, admit.header, "admissible"),
            Schedule(after, Conclude(admit.request, admit.header)),
        ]

    def _decide(self, request: str, header: Header, finding: Literal["admissible"] | Finding) -> Action:
        content = FileDecision(request=request, finding=finding)
        return Send(reply(header, Kind.CCF_DECISION, Channel.ADMIN, content))
