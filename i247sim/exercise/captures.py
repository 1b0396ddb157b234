"""Broker and hub in wrong hands: what they do from their capture on, and what came of it when they are free."""

from i247sim.exercise.acts import Layer
from i247sim.exercise.attacks import CaptureBroker, CaptureHub
from i247sim.exercise.evidence_check import check_now
from i247sim.exercise.issuing import Issuing
from i247sim.exercise.rest import Rest
from i247sim.vocabulary.parties import CONTROL, HUB


class Captures:
    """Carries out ``capture_broker`` and ``capture_hub``, and reckons up when they end."""

    def __init__(self, rest: Rest, issuing: Issuing) -> None:
        self._rest = rest
        self._network = rest.network
        self._site = rest.site
        self._breaking = rest.breaking
        self._issuing = issuing
        self._ask = rest.ask

    async def begin(self, verb: CaptureBroker | CaptureHub) -> None:
        """From now on it is captured. The lines of a captured broker follow with ``Breaking.settle``."""
        if isinstance(verb, CaptureBroker):
            self._breaking.sizes.clear()
            self._breaking.overheard.clear()
            return
        if verb.does == "rewrite-log":
            # What was never shown cannot be rewritten: everybody has seen the log as it stands now.
            await self._ask("checkpoint", {})
            await self._rest.quiet()
        await self.tell_hub(verb)
        await self._ask("lie-now", {})
        if verb.does == "swap-key":
            # A key can be swapped only where the directory is on its way.
            self._issuing.reissue()
            await self._issuing.inform()

    async def tell_hub(self, verb: CaptureBroker | CaptureHub | None) -> None:
        """Tell the hub what to do from now on: its work, unless ``verb`` captures it. Also after it has restarted."""
        said = {"does": verb.does, "party": verb.party} if isinstance(verb, CaptureHub) else {"does": "", "party": ""}
        await self._ask("capture", said)

    async def reckon(self, verb: CaptureBroker | CaptureHub) -> None:
        """What came of it, for the journal: before it is free again."""
        if isinstance(verb, CaptureHub):
            holds, lines = await self._check()
            if not holds:
                self._met(Layer.LOG, "verify", f"the evidence does not hold: {lines[0]}")
            return
        sizes = self._breaking.sizes
        seen = f"{len(sizes)} packets of {min(sizes)} to {max(sizes)} bytes" if sizes else "no packet"
        self._site.journal("remark", CONTROL, text=f"the captured broker has seen {seen}, who sent them, and no word")
        if verb.does == "replay":
            for party, wires in self._breaking.overheard.items():
                if not self._network.nodes[party].parked:
                    await self._network.nodes[party].line.intrude(wires)
            text = (
                "what is played again is answered with its old receipt or refused with E-REPLAY; nothing counts twice"
            )
            self._met(Layer.REPLAY, HUB, text)
        elif verb.does != "read" and sizes:
            text = "what was lost, late or doubled is recognised by its number, and sent again until it is answered for"
            self._met(Layer.REPLAY, "everybody", text)

    async def _check(self) -> tuple[bool, list[str]]:
        """Whether the log holds as it stands, and what was found."""
        network = self._network
        return await check_now(network.hub_database, self._issuing.anchor, network.rulebook, network.limits)

    def _met(self, layer: Layer, by: str, text: str) -> None:
        self._site.journal("met", CONTROL, layer=layer, by=by, text=text)
