"""The desk for diffusions: they have gone out already when they are checked here (RPD Arts 97 to 101)."""

from dataclasses import dataclass
from datetime import datetime

from i247sim.node.actions import Action, Remark, Schedule, Send
from i247sim.node.events import MessageOpened, MessageUnreadable
from i247sim.secretariat.office import Office
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.messages import Channel, Header, Kind
from i247sim.vocabulary.parties import SECRETARIAT

CANCEL_AFTER = (30, 60)
"""Seconds until a diffusion that cannot be checked is cancelled."""


@dataclass(frozen=True)
class CancelDiffusion:
    """A diffusion whose copy for the secretariat does not open."""

    header: Header
    code: Code


@dataclass
class DiffusionDesk:
    """Cancels what it cannot check."""

    office: Office
    causes = (CancelDiffusion,)

    def opened(self, event: MessageOpened, now: datetime) -> list[Action]:
        """Nothing yet."""
        return []

    def unreadable(self, event: MessageUnreadable, now: datetime) -> list[Action]:
        """Plan to cancel a diffusion that does not open."""
        if event.header.kind is not Kind.DIFFUSION:
            return []
        return [Schedule(self.office.after("cancel", CANCEL_AFTER), CancelDiffusion(event.header, event.code))]

    def due(self, cause: CancelDiffusion, now: datetime) -> list[Action]:
        """Cancel it."""
        return self._cancel(cause)

    def _cancel(self, cause: CancelDiffusion) -> list[Action]:
        """A diffusion that the secretariat cannot check: all its addressees, and its sender, are told to drop it."""
        header = cause.header
        told = [one.party for one in header.to or () if one.party != SECRETARIAT]
        note = Note(
            subject=f"diffusion {header.own_ref} is cancelled",
            text=f"The secretariat cannot read its copy ({cause.code}), so nobody has checked it. Delete it.",
        )
        return [
            Remark(
                f"incident: the copy of diffusion {header.own_ref} for the secretariat does not open ({cause.code})"
            ),
            Send(
                Draft(
                    kind=Kind.DIFFUSION_CANCEL,
                    channel=Channel.DIFFUSION,
                    purpose=header.purpose,
                    content=note,
                    to=tuple(dict.fromkeys((*told, header.sender))),
                    classification=header.classification,
                    your_ref=header.own_ref,
                    in_reply_to=header.id,
                )
            ),
        ]
