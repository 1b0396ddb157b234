"""Break the network as ``Broken`` says, and mend it: lines, computers, the machines in the middle, clocks.

A line is not changed verb by verb: what it should be follows from ``Broken``, and is established wherever it is
not so. That is why a restart, a second fault on the same line or a mended line that was whole need no cases here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from i247sim.exercise.acts import Act
from i247sim.exercise.assembly import Network
from i247sim.exercise.broken import MACHINES, Broken
from i247sim.exercise.hubs import ChildHub
from i247sim.exercise.issuing import Ask
from i247sim.exercise.machines import Bounce, Crash, CutPower, FillDisk, FreeDisk, Start, Stop
from i247sim.exercise.orders import Revoke
from i247sim.node.site import Site
from i247sim.node.store import Happened
from i247sim.security import frames as clear
from i247sim.transport.embedded import EmbeddedBroker
from i247sim.transport.faults import Decide, Fate, FaultyLink, Overhear, seeded
from i247sim.transport.topics import Direction
from i247sim.vocabulary.errors import FormatError
from i247sim.vocabulary.frames import FrameType
from i247sim.vocabulary.times import to_text

Quiet = Callable[[], Awaitable[None]]
"""Come to rest (``Rest.quiet``)."""
Handled = Callable[[str], list[tuple[Happened, object]]]
"""Party to what its core has handled so far, each with its cause."""


@dataclass(frozen=True)
class _Line:
    """How a party's line is."""

    on: bool = True
    half: str | None = None
    """``in`` or ``out``, if that direction is broken."""
    shares: tuple[tuple[str, float], ...] = ()
    """What happens to packets, and to how many."""
    overheard: bool = False
    """Whether a captured broker reads along."""


_KEPT = 20
"""Of each party a captured broker keeps so many packets, to play them again."""
_WHOLE = _Line()
_OFF = _Line(on=False)


class Breaking:
    """Carries out ``faults``, and what a revocation means for the lines."""

    def __init__(self, network: Network, site: Site, broken: Broken, seed: int, ask: Ask) -> None:
        """``seed`` decides which packets are lost."""
        self._network = network
        self._site = site
        self._broken = broken
        self._seed = seed
        self._ask = ask
        self._lines: dict[str, _Line] = {}
        """How they were established; whole, if not here."""
        self._faulty: dict[str, FaultyLink] = {}
        self._greeting: set[str] = set()
        """Parties on half a line that say hello at this very moment."""
        self.overheard: dict[str, list[tuple[str, bytes]]] = {}
        """Party to what the broker has carried for it while it was captured: topic and bytes, of the newest."""
        self.sizes: list[int] = []
        """How large everything was that a captured broker has carried."""

    async def begin(self, quiet: Quiet) -> None:
        """Connect everybody as ``Broken`` says: at the start, or after a kill."""
        broken = self._broken
        self._site.skews = broken.skews
        for party in broken.revoked:
            await self._network.broker.revoke(party)
        for what, verb in sorted(broken.stopped.items()):
            await self._stop(what, verb)  # before anybody connects: nothing may go on that was standing still
        self._lines = dict.fromkeys(self._network.parties, _OFF)
        await self.settle(quiet)

    async def carry_out(self, verb: Act, family: list[str], happened: Handled) -> None:
        """What ``Broken`` took in, done, but for the lines (``settle``).

        ``family``: whom a revocation hits. ``happened``: for a computer that starts again.
        """
        match verb:
            case Revoke():
                for one in family:
                    await self._network.broker.revoke(one)
            case Crash(party=party):
                await self._network.nodes[party].crash()
            case CutPower(what=party) if party not in MACHINES:
                await self._network.nodes[party].crash()
            case Bounce(party=party):
                await self._boot(party, happened(party))
            case Start(what=party) if party not in MACHINES:
                await self._boot(party, happened(party))
            case Stop(what=what) | CutPower(what=what) | FillDisk(what=what):
                await self._stop(what, verb)
            case Start(what=what) | FreeDisk(what=what):
                await self._start(what, verb)
            case _:
                pass

    async def settle(self, quiet: Quiet) -> None:
        """Make every line what it should be, and park those that nobody is to wait for.

        Who has something to send is let in last, in order and one at a time, with ``quiet`` in between: what the hub
        takes first, and so what others answer first, must not depend on who is faster. Nor must what a bar hits
        depend on how fast a copy is: a statement goes only when all that went before it has come to rest.
        """
        nodes, later = self._network.nodes, []
        for party, node in nodes.items():
            wanted, found = self._wanted(party), self._lines.get(party, _WHOLE)
            if wanted == found:
                node.parked = party in self._broken.away or not wanted.on
                continue
            if found.on or not wanted.on:
                await node.cut()
                self._lines[party] = _OFF
            if wanted.on and not node.line.unsent:
                await self._connect(party, wanted)
            elif wanted.on:
                node.parked = True  # a computer that has just started, too, is waited for only once it is let in
                later.append((party, wanted))
        for party, wanted in later:
            await quiet()
            if self._lines[party] == _OFF:  # else broker or hub died meanwhile, and it was let in after that
                await self._let_in(party, wanted, quiet)

    async def _let_in(self, party: str, line: _Line, quiet: Quiet) -> None:
        """Connect it, and let what it has to send go portion by portion."""
        node = self._network.nodes[party]
        if line.half is None:
            node.line.hold_back()
        await self._connect(party, line)
        while line.half is None:
            await quiet()
            if not await node.line.next_portion():
                return

    async def _connect(self, party: str, line: _Line) -> None:
        node = self._network.nodes[party]
        self._faulty.pop(party, None)
        if line == _WHOLE:
            await self._network.connect(party)
        else:
            link, epoch = self._network.link(party)
            link = self._faulty[party] = FaultyLink(link, self._fates(line), self._ear(party, line))
            await node.restore(link, epoch)
        node.parked = party in self._broken.away
        node.line.deaf, node.line.mute = line.half == "in", line.half == "out"
        node.line.lossy = "lose" in dict(line.shares)
        self._lines[party] = line

    async def again(self, quiet: Quiet) -> None:
        """Broker or hub has restarted: lines that let only one way through begin anew, for the sake of the hello."""
        half = [party for party, line in self._lines.items() if line.half is not None]
        for party in half:
            await self._network.nodes[party].cut()
            self._lines[party] = _OFF
        if half:
            await self.settle(quiet)

    async def nudge(self) -> None:
        """What is late on a line arrives now."""
        for link in list(self._faulty.values()):
            await link.release()

    def behind(self, numbers: Mapping[str, list[int]]) -> list[str]:
        """Parties on half a line that have not taken, or sent, all that the good half lets through.

        ``numbers``: what the hub has of each: the newest number from the party, and the newest to it.
        """
        found = []
        for party, (heard, told) in numbers.items():
            node, half = self._network.nodes[party], self._broken.half(party)
            if not self._lines.get(party, _WHOLE).on:
                continue  # not let in yet
            if (
                node.working
                or (half == "out" and node.reception.received < told)
                or (half == "in" and node.line.sent > heard)
            ):
                found.append(party)
        return found

    def _wanted(self, party: str) -> _Line:
        broken = self._broken
        half = broken.half(party)
        if broken.stopped or (party in broken.away and half is None):
            return _OFF
        return _Line(True, half, tuple(sorted(broken.shares(party).items())), "broker" in broken.captured)

    def _ear(self, party: str, line: _Line) -> Overhear:
        def overhear(direction: Direction, topic: str, payload: bytes) -> None:
            if direction == line.half == "out":
                (self._greeting.add if _is_hello(payload) else self._greeting.discard)(party)
            if line.overheard:
                self.sizes.append(len(payload))
                if direction == "out":
                    kept = self.overheard.setdefault(party, [])
                    kept.append((topic, payload))
                    del kept[:-_KEPT]

        return overhear

    def _fates(self, line: _Line) -> Decide:
        kinds = {"lose": "drop"}
        shares = seeded(self._seed, **{kinds.get(kind, kind): share for kind, share in line.shares})

        def decide(party: str, direction: Direction, number: int) -> Fate:
            # Hellos come through: without its welcome a party that is heard no more would not believe what it hears.
            if direction == line.half and (direction == "in" or party not in self._greeting):
                return Fate.DROP
            return shares(party, direction, number)

        return decide

    async def _boot(self, party: str, happened: list[tuple[Happened, object]]) -> None:
        """The party's computer starts with what is in its store."""
        await self._network.nodes[party].crash()
        self._lines[party] = _OFF
        node = self._network.boot(party)
        for one, cause in happened:
            node.replay(one, cause, planned=True)

    async def _stop(self, what: str, verb: Act) -> None:
        for party, node in self._network.nodes.items():
            await node.cut()
            self._lines[party] = _OFF
        machine = self._network.broker if what == "broker" else self._network.hub
        match verb:
            case FillDisk() if not isinstance(self._broken.stopped["hub"], FillDisk):
                pass  # it was down before, and who is down is not asked
            case FillDisk():
                await self._ask("disk", {"full": True, "time": to_text(self._site.now)})
            case CutPower():
                assert isinstance(machine, EmbeddedBroker | ChildHub), "`require_possible` has seen to it"
                await machine.kill()
            case _:
                await machine.stop()

    async def _start(self, what: str, verb: Act) -> None:
        if isinstance(verb, FreeDisk):
            if "hub" in self._broken.stopped:
                return  # it is down for another reason, and has room when it starts
            await self._ask("disk", {"full": False, "time": to_text(self._site.now)})
        else:
            await (self._network.broker if what == "broker" else self._network.hub).start()


def _is_hello(wire: bytes) -> bool:
    try:
        return wire.startswith(clear.MAGIC) and clear.parse(wire).frame.type is FrameType.HELLO
    except FormatError:
        return False
