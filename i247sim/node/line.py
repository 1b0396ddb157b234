"""One party's end of its line to the hub: says hello, sends what was written, and sends it again.

Reliability rests here and in the hub, not on the broker: what was sent is sent again, in order, until its signed
receipt is there. All waiting is in real time.
"""

import asyncio
import contextlib

from i247sim.node.outbox import Outbox, Outgoing
from i247sim.node.reception import Reception
from i247sim.node.site import Site
from i247sim.node.taken import Welcomed
from i247sim.node.writer import Writer
from i247sim.transport.port import Link, LinkClosed, LinkDown, LinkLost, LinkUp
from i247sim.transport.topics import out_topic
from i247sim.vocabulary.frames import Bye, FrameType, Hello

_RESENT = 256
"""How much is sent again at a time."""


class Line:
    """The link, the session on it, and how far the outbox was sent."""

    def __init__(
        self, link: Link, epoch: str, outbox: Outbox, writer: Writer, reception: Reception, site: Site
    ) -> None:
        """``epoch`` is 32 hex digits, new for every start; the link's last will is a ``bye`` that names it."""
        self.link = link
        """For reading what arrives on it."""
        self.deaf = False
        """Whether nothing comes in on it: then the party is never welcomed, and says unasked what it has to say."""
        self.mute = False
        """Whether nothing but hellos goes out: then they alone can tell the hub what was lost on the way here."""
        self.lossy = False
        """Whether packets are lost on purpose: then silence says nothing, and it asks often instead of patiently."""
        self.offline = ""
        """Why it is down, as far as that is known; empty while it is up."""
        self._epoch = epoch
        self._topic = out_topic(site.run, reception.identity.party)
        self._outbox = outbox
        self._writer = writer
        self._reception = reception
        self._patience = site.patience
        self._up = False
        self._hello_at = self._sent_at = float("-inf")
        self._hello_owed = False
        """Whether a hello was asked for so soon after the last that it waits."""
        self._hello_wanted = self._resend_wanted = False
        """What the turn that is under way asks for."""
        self._resend_after = self._patience.first_resend
        self._let: int | None = None
        """Up to which number it may send; everything, if ``None``."""

    # --- up and down

    def renew(self, link: Link, epoch: str) -> None:
        """The line is back: a new link, not started yet, with a new epoch."""
        self.link, self._epoch = link, epoch

    async def turned(self, event: LinkUp | LinkDown) -> None:
        """The link came up, or went down: a session begins with a hello."""
        self.down()
        if isinstance(event, LinkDown):
            self.offline = event.reason
            return
        self._up = True
        self.offline = ""
        self._hello_at = float("-inf")
        await self.say_hello()

    def down(self) -> None:
        """Nothing can be published, and nobody is welcome, until the link is up again."""
        self._up = self._reception.welcomed = False

    async def say_bye(self) -> None:
        """End the session in order, where there is one."""
        if self._up:
            await self.publish(self._writer.sign(FrameType.BYE, Bye(epoch=self._epoch)))

    # --- what the hub says about it

    def welcomed(self, welcome: Welcomed) -> None:
        """The hub has heard a hello, or calls for one."""
        if not welcome.call and welcome.session == self._epoch:
            self._reception.welcomed = True
        else:
            # The hub has restarted, or does not know of this session; or the broker has kept a welcome of an
            # earlier one, and with it copies that the hub would take back now.
            self._reception.welcomed &= not welcome.call
            self._hello_wanted |= not self._reception.welcomed
        self._resend_wanted |= self._reception.welcomed and self.to_send > 0

    def missed(self) -> None:
        """Numbers of the hub's stream are missing: a hello asks for them."""
        self._hello_wanted = True

    def receipted(self, digest: str) -> Outgoing | None:
        """Like ``Outbox.answered``; an answer shows that what is sent gets through."""
        outgoing = self._outbox.answered(digest)
        if outgoing is not None:
            self._resend_after = self._patience.first_resend
        return outgoing

    # --- how much goes out

    @property
    def sent(self) -> int:
        """The newest number that the party has given to something it sent."""
        return self._outbox.counter

    @property
    def unsent(self) -> int:
        """How much has no receipt yet."""
        return len(self._outbox)

    @property
    def to_send(self) -> int:
        """How much has no receipt yet, and may go out."""
        return len(self._outbox) if self._let is None else self._outbox.waiting(self._let)

    def hold_back(self) -> None:
        """Send nothing of what has no receipt, and wait for no receipts, until ``next_portion``."""
        self._let = self._outbox.receipted

    async def next_portion(self) -> bool:
        """After ``hold_back``: send the next of what has waited, up to the next statement (``Outbox.portion``).

        ``False`` once nothing is held back any more: then it sends as usual.
        """
        assert self._let is not None, "it was held back"
        upto = self._outbox.portion(self._let)
        if upto == self._let:
            self._let = None
            return False
        self._let = upto
        if self._reception.welcomed:
            await self._resend()
        return True

    # --- sending

    async def publish(self, wire: bytes) -> None:
        """Send it once, if the link is up."""
        if not self._up:
            return
        try:
            await self.link.publish(self._topic, wire)
        except (LinkLost, LinkClosed):
            self.down()

    async def send(self, outgoing: list[bytes]) -> None:
        """A turn is over: what the hub asked for in it, and what was written (it is in the outbox, on disk)."""
        if self._hello_wanted:
            self._hello_wanted = False
            await self.say_hello()
        resend, self._resend_wanted = self._resend_wanted, False
        now = asyncio.get_running_loop().time()
        if resend and now - self._sent_at > self._patience.calm:
            await self._resend()
        elif outgoing and self._let is None:
            self._sent_at = now
            for wire in outgoing:
                await self.publish(wire)

    async def say_hello(self) -> None:
        """Say how far both streams have come here; not at once if that was said a moment ago."""
        now = asyncio.get_running_loop().time()
        self._hello_owed = now - self._hello_at < self._patience.calm
        if self._hello_owed:
            return
        self._hello_at = now
        hello = Hello(
            epoch=self._epoch,
            sent=self._outbox.counter,
            received=self._reception.received,
            directory=self._reception.trust.directory.number,
        )
        await self.publish(self._writer.sign(FrameType.HELLO, hello))

    async def tick(self) -> None:
        """Call a few times a second while the party is idle: sends again what has waited too long."""
        now = asyncio.get_running_loop().time()
        if not self._up:
            return
        if self.mute or self.lossy or not (self._reception.welcomed or self.deaf):
            # Who was called right after its hello has learnt that this one was lost. A welcome brings what is missing
            # here, and asks for what is missing there.
            soon = self._hello_owed or self.lossy
            if now - self._hello_at > (self._patience.calm if soon else self._patience.first_resend):
                await self.say_hello()
        elif self.to_send and now - self._sent_at > self._resend_after:
            self._resend_after = min(2 * self._resend_after, self._patience.last_resend)
            await self._resend()

    async def intrude(self, wires: list[tuple[str, bytes]]) -> None:
        """Exercise control as an intruder on this line: publish (topic, bytes) that nobody here wrote.

        The hello behind it comes after it at the hub, so its welcome tells that the hub has seen it all.
        """
        for topic, wire in wires:
            with contextlib.suppress(LinkLost, LinkClosed):
                await self.link.publish(topic, wire)
        self._reception.welcomed = False
        self._hello_at = float("-inf")
        await self.say_hello()

    async def _resend(self) -> None:
        """The oldest without a receipt, in order. The hub answers what it knows with the stored receipt."""
        self._sent_at = asyncio.get_running_loop().time()
        upto = self._outbox.counter if self._let is None else self._let
        for wire in self._outbox.oldest(_RESENT, upto):
            await self.publish(wire)
