"""A look into the secretariat's databases from outside the story: nobody is told, nothing is registered. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from i247sim.node.actions import Core, Send
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.hits import Match, finding_of, search, whole_of
from i247sim.secretariat.queries import AnswerQuery, QueryDesk
from i247sim.secretariat.wellformed import wrong_with_search
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.directory import PartyEntry
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Addressee, Header, Operation, Purpose, Suite
from i247sim.vocabulary.parties import SECRETARIAT
from i247sim.vocabulary.queries import Finding, Query, QueryResult
from i247sim.vocabulary.times import TICK, to_text


@dataclass(frozen=True)
class Place:
    """The databases at one moment."""

    core: SecretariatCore
    now: datetime
    faithful: bool = True
    """Whether they are known to be as they were in the run."""

    @classmethod
    def of(cls, core: Core, now: datetime, faithful: bool = True) -> "Place":
        """``core``: the secretariat's."""
        assert isinstance(core, SecretariatCore), "the secretariat is played by its own core"
        return cls(core, now, faithful)


def answer(place: Place, viewer: str | None, query: Query) -> QueryResult:
    """What ``viewer`` would be answered now, or (``None``) what there is, restrictions or not.

    Raises ``InputError`` if there is no such party.
    """
    if viewer is None:
        return _everything(place, query)
    directory = place.core.office.directory
    if viewer not in directory.entries:
        raise InputError(f"no party `{viewer}` in this run; there are {', '.join(sorted(directory.entries))}")
    # A desk with registers of its own: those of the exercise do not notice.
    desk = QueryDesk(place.core.office, place.core.databases)
    action = desk.due(AnswerQuery(_header(directory.entries[viewer], query, place.now), query), place.now)[0]
    assert isinstance(action, Send), "a query is answered first of all"
    assert isinstance(action.draft.content, QueryResult), "with a result"
    return action.draft.content.model_copy(update={"fill": None})


def extracts(place: Place) -> list[dict[str, Any]]:
    """What the public is shown of published notices, as JSON types in the shape of the real public service."""
    return [one.plain() for one in place.core.notices.public()]


def registers(place: Place, record: str | None) -> dict[str, Any]:
    """The register of hits; of one record also who has looked at it. JSON types, in order of time."""
    register = place.core.queries.register
    hits = [
        {"time": to_text(one.time), "kind": one.kind, "record": one.record, "owner": one.owner}
        | {"querier": one.querier, "query": one.query, "state": one.state}
        for one in register.hits
        if record in (None, one.record)
    ]
    looks = [look.model_dump(mode="json") for look in register.looks(record)] if record is not None else []
    return {"hits": hits, "looks": looks}


def _everything(place: Place, query: Query) -> QueryResult:
    today = place.now.date()
    if query.record is not None:
        record = place.core.databases.get(query.record, today)
        if record is None:
            return QueryResult(finding=Finding.NO_RECORD, as_of=place.now)
        hit = Match(record, 100, ("record",), True).hit()
        return QueryResult(finding=Finding.HIT, hits=(hit,), as_of=place.now, whole=whole_of(record))
    problems = wrong_with_search(query.database, query)
    if problems:
        return QueryResult(finding=Finding.REFUSED, code=Code.DATA, problems=problems, as_of=place.now)
    found = search(place.core.databases, query.database, query, today)
    hits = tuple(match.hit() for match in found)
    return QueryResult(finding=finding_of(query.database, found), hits=hits, as_of=place.now)


def _header(viewer: PartyEntry, query: Query, now: datetime) -> Header:
    """The header that a query of ``viewer`` would have, asked at the highest level it may see."""
    nothing = "0" * 16
    return Header(
        suite=Suite.V1,
        run="0" * 12,
        id="0" * 32,
        sender=viewer.party,
        signing_key=nothing,
        to=(Addressee(party=SECRETARIAT, key=nothing),),
        channel=Channel.QUERY,
        kind=Kind.DB_QUERY,
        database=query.database,
        operation=Operation.QUERY,
        purpose=Purpose.CASE,
        classification=viewer.clearance,
        own_ref=f"{viewer.party}-{now.year}-000000",
        created=now,
        expires=now + TICK,
        padded_size=1,
    )
