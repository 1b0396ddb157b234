"""One case: a story and a weather. It is played twice, calm and stormy, and everything is checked."""

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path

from i247sim.exercise.loader import loads
from i247sim.exercise.report import Finished
from i247sim.exercise.storm import checks, story, weather
from i247sim.exercise.storm.checks import Problem
from i247sim.exercise.storm.play import play, workplace
from i247sim.exercise.storm.story import Story
from i247sim.exercise.storm.weather import CALM, Weather
from i247sim.exercise.strict_yaml import MAX_FILE_BYTES
from i247sim.security.files import open_plain
from i247sim.vocabulary.errors import I247Error, InputError

_WEATHER = "weather: "


@dataclass(frozen=True)
class Case:
    """What one run of a storm is made of."""

    story: Story
    weather: Weather

    @classmethod
    def of(cls, seed: int) -> "Case":
        """The case of a seed."""
        return cls(story.draw(seed), weather.draw(seed))

    def text(self, says: tuple[str, ...] = ()) -> str:
        """A scenario file that carries its weather as a comment: for ``read``, and for ``run`` without weather."""
        return self.story.text((*says, _WEATHER + self.weather.text()))


@dataclass(frozen=True)
class Outcome:
    """What came of a case. ``counts`` are of the stormy run: copies by what became of them, and log entries."""

    seed: int
    problems: tuple[Problem, ...]
    counts: dict[str, int]


def read(file: Path) -> tuple[str, Weather]:
    """A case's file: its text, and the weather that it names (calm if it names none). Raises ``InputError``."""
    try:
        with open_plain(file) as source:
            data = source.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        why = str(error.strerror).lower()
        raise InputError(f"`{file}` cannot be read: {why}; expected the file of a storm's case") from None
    loads(data, str(file))  # its mistakes under its own name, and not under that of the copy that is played
    text = data.decode()
    for line in text.splitlines():
        if line.startswith(f"# {_WEATHER}"):
            return text, weather.read(line.removeprefix(f"# {_WEATHER}"))
    return text, CALM


def judge(text: str, sky: Weather, seed: int = 0) -> Outcome:
    """Play the scenario ``text`` calm and under ``sky``, and check what both leave behind.

    Raises ``InputError`` if it is no scenario.
    """
    with workplace() as folder:
        file = folder / "storm.yaml"
        file.write_text(text, encoding="utf-8")
        calm, stormy = asyncio.run(_both(file, sky, folder))
        found: list[Problem] = []
        counts: dict[str, int] = {}
        for name, one in (("calm", calm), ("storm", stormy)):
            if isinstance(one, InputError):
                raise one
            if isinstance(one, BaseException):
                kind = "stopped" if isinstance(one, I247Error) else "broke"
                found.append(Problem(kind, f"in the {name}: {type(one).__name__}: {one}"))
        if isinstance(stormy, Finished):
            found += checks.problems(stormy.folder, stormy.code)
            counts = {**asdict(stormy.completeness), "entries": stormy.entries}
        if isinstance(stormy, Finished) and isinstance(calm, Finished):
            found += checks.differences(calm.transcript, stormy.transcript)
        return Outcome(seed, tuple(found), counts)


async def _both(file: Path, sky: Weather, folder: Path) -> tuple[Finished | BaseException, Finished | BaseException]:
    # Both at once, as each of them spends half of its time waiting.
    asyncio.get_running_loop().set_exception_handler(lambda _, __: None)
    runs = (play(file, CALM, folder / "calm"), play(file, sky, folder / "stormy"))
    calm, stormy = await asyncio.gather(*runs, return_exceptions=True)
    for one in (calm, stormy):
        if isinstance(one, BaseException) and not isinstance(one, Exception):
            raise one  # Ctrl-C, and not a result
    return calm, stormy
