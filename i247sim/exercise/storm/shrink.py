"""Make a failing case short: fewer acts, fewer participants, calmer weather, and still the same problem.

Delta debugging (Zeller and Hildebrandt 2002, ``ddmin``) over the story's acts; everything else is left out one by
one. Pure but for the question whether a case still fails, which is asked at most ``tries`` times.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from i247sim.exercise.storm.judge import Case
from i247sim.exercise.storm.story import Act, shorter_heads
from i247sim.exercise.storm.weather import CALM

Fails = Callable[[Case], bool]


@dataclass
class _Shrinker:
    case: Case
    fails: Fails
    tries: int

    def shrink(self) -> Case:
        changed = True
        while changed and self.tries > 0:
            changed = self.weather() | self.acts() | self.heads()
        return self.case

    def accept(self, case: Case) -> bool:
        """Whether the shorter case still fails; then it is the case from now on."""
        if self.tries <= 0:
            return False
        self.tries -= 1
        if not self.fails(case):
            return False
        self.case = case
        return True

    def weather(self) -> bool:
        if self.case.weather == CALM:
            return False
        if self.accept(replace(self.case, weather=replace(CALM, seed=self.case.weather.seed))):
            return True
        return self.first_of(lambda: [replace(self.case, weather=one) for one in self.case.weather.calmer()])

    def heads(self) -> bool:
        return self.first_of(lambda: [replace(self.case, story=one) for one in shorter_heads(self.case.story)])

    def first_of(self, shorter: Callable[[], Sequence[Case]]) -> bool:
        """Take the first that still fails, and look again, until none does."""
        changed = False
        while any(self.accept(case) for case in shorter()):
            changed = True
        return changed

    def acts(self) -> bool:
        """Leave out ever smaller parts."""
        before = len(self.case.story.acts)
        parts = 2
        while len(self.case.story.acts) > 1 and parts <= len(self.case.story.acts) and self.tries > 0:
            acts = self.case.story.acts
            size = -(-len(acts) // parts)
            cuts = [acts[:at] + acts[at + size :] for at in range(0, len(acts), size)]
            if any(self.accept(self._with(left)) for left in cuts if left):
                parts = max(2, parts - 1)
            elif parts == len(acts):
                break
            else:
                parts = min(len(acts), 2 * parts)
        return len(self.case.story.acts) < before

    def _with(self, acts: tuple[Act, ...]) -> Case:
        return replace(self.case, story=replace(self.case.story, acts=acts))


def shrink(case: Case, fails: Fails, tries: int = 150) -> Case:
    """The shortest case found for which ``fails`` holds, as it does for ``case``."""
    return _Shrinker(case, fails, tries).shrink()
