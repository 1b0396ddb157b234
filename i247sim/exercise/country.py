"""National profiles as they are written in YAML: spans and durations as everywhere in a scenario."""

from pydantic import Field

from i247sim.bureau.profile import Instrument, NationalProfile, Office, RedNotice
from i247sim.exercise.durations import Duration, Span
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.messages import Language, Purpose
from i247sim.vocabulary.records import Line
from i247sim.vocabulary.statements import Bar


class WrittenInstrument(Instrument):
    """A treaty: ``papers: 18d``."""

    papers: Duration
    longest: Duration
    warn: Duration


class Country(NationalProfile):
    """A profile: ``normal: 4h..30h``."""

    very_urgent: Span = NationalProfile.model_fields["very_urgent"].default
    urgent: Span = NationalProfile.model_fields["urgent"].default
    normal: Span = NationalProfile.model_fields["normal"].default
    papers: Span = NationalProfile.model_fields["papers"].default
    court: Span = NationalProfile.model_fields["court"].default


class Change(Word):
    """What a scenario changes in a country's profile, for this exercise: every key may be left out."""

    red_notice: RedNotice | None = None
    """What a Red Notice alone is worth there: `basis`, `request-first` or `locate-only`."""
    why: Line | None = None
    """The reason, as its desk writes it."""
    instruments: tuple[str, ...] | None = None
    """Ids of the treaties that bind it."""
    waits: str | None = Field(default=None, pattern="^(papers|longest)$")
    """Until which of a treaty's two days it keeps somebody without papers."""
    shares: tuple[Purpose, ...] | None = None
    """For which purposes it answers requests for information."""
    declines: tuple[Bar, ...] | None = None
    """What it does not accept when the exercise begins."""
    languages: tuple[Language, ...] | None = None
    """In which languages it works."""
    office: Office | None = None
    """When people sit at the desk."""
    very_urgent: Span | None = None
    """How long an answer to something very urgent takes, once somebody is at the desk."""
    urgent: Span | None = None
    """The same for something urgent."""
    normal: Span | None = None
    """The same for everything else."""
    papers: Span | None = None
    """How long its courts take to put extradition papers together."""
    court: Span | None = None
    """How long they take to decide on somebody else's."""

    def apply(self, profile: NationalProfile) -> NationalProfile:
        """``profile`` with these changes."""
        return profile.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})
