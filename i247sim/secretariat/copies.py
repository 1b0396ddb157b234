"""Copies to take along (MIND): what can be searched by number, for a holder, as it is at one moment.

A copy is never updated: deletions reach it only when its holder asks for a new one, and it says how old it is.
"""

from datetime import datetime

from i247sim.secretariat.databases import COMPOSITE, Databases
from i247sim.secretariat.office import Office
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Database, Header
from i247sim.vocabulary.parties import Role
from i247sim.vocabulary.queries import CopiedRecord, LocalCopy
from i247sim.vocabulary.records import marks


def copy_for(office: Office, databases: Databases, header: Header, database: Database, now: datetime) -> LocalCopy:
    """What ``header``'s sender may take along of ``database``; for the composite one, of all that a border asks."""
    holder = header.sender

    def bars(owner: str, record: str | None, noticed: bool) -> bool:
        channels = [(Channel.QUERY, Kind.DB_RESULT), *([(Channel.NOTICE, Kind.NOTICE_PUBLISHED)] if noticed else [])]
        return owner != holder and any(
            office.bars(owner, holder, channel, kind, header.purpose, record or "") for channel, kind in channels
        )

    found: dict[str, CopiedRecord] = {}
    for one in COMPOSITE if database is Database.BORDER else (database,):
        for record in databases.all_of(one, now.date()):
            hidden = record.classification.level > header.classification.level or any(
                bars(record.owner, id_, record.noticed) for id_ in (record.id, record.part_of) if id_
            )
            for _, mark in () if hidden else marks(record.data):
                found.setdefault(mark, CopiedRecord(record=record.subject, owner=record.owner))
    file = databases.holdings.digest if databases.holdings is not None else None
    return LocalCopy(
        database=database,
        as_of=now,
        marks=found,
        file=file,
        without=tuple(sorted(databases.gone)) if file else (),
        barred=tuple(owner for owner in office.with_role(Role.BUREAU) if bars(owner, None, False)) if file else (),
    )
