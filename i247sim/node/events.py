"""What can happen to a party's core."""

from dataclasses import dataclass

from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.directory import Directory
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.marked import Content
from i247sim.vocabulary.messages import Header
from i247sim.vocabulary.statements import Bars, MeasureSet


@dataclass(frozen=True)
class MessageOpened:
    """A message for this party was checked, opened and stored."""

    header: Header
    content: Content
    salt: str | None = None
    """Opens the reviewer's commitment, where the body carried one."""


@dataclass(frozen=True)
class MessageUnreadable:
    """A message was handed over and signed by its sender, but this party cannot open it, or may not."""

    header: Header
    code: Code


@dataclass(frozen=True)
class StatementTold:
    """The secretariat set the state of a bureau; or (told to the secretariat alone) an owner restricted its data."""

    author: str
    payload: MeasureSet | Bars


@dataclass(frozen=True)
class DirectoryTold:
    """A new directory is in force."""

    directory: Directory


@dataclass(frozen=True)
class CauseDue:
    """The time of something that the core scheduled, or that the scenario planned for this party, has come."""

    cause: object
    """A frozen value of the core's own (``actions.Schedule``), an ``actions.Action``, or several in a tuple, to be done
    as they are."""


@dataclass(frozen=True)
class Wrote:
    """The scenario, or a person at this party's seat, has this party send a message: for the core to take note."""

    draft: Draft


Event = MessageOpened | MessageUnreadable | StatementTold | DirectoryTold | CauseDue | Wrote
