"""Who takes part: party ids, their roles, and the table of the 196 members.

A party's *role* and *parent* come from the directory, never from the shape of its id
(``directory.PartyEntry``); the shape only keeps ids harmless in topics and file names.
"""

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated

from pydantic import AfterValidator

HUB = "HUB"
"""The exchange: verifies, decides, delivers, logs. Holds no decryption key."""
SECRETARIAT = "IPSG"
"""The general secretariat as an addressee: databases, publication, measures."""
REVIEWER = "NDTF"
"""The reviewing task force: its signed decision must be in the log before a notice goes out."""
COMMISSION = "CCF"
"""The Commission for the Control of Files: independent, its decisions bind the secretariat."""
CONTROL = "CONTROL"
"""Exercise control: outside the network; signs evidence and control entries."""
AUTHORITY = "AUTHORITY"
"""The issuing authority, as the signer of directory frames."""

BODIES = ("UNSC", "ICC")
"""International bodies: the sanctions committees of the UN Security Council, and a court."""

FIXED = frozenset({HUB, SECRETARIAT, REVIEWER, COMMISSION, CONTROL, AUTHORITY, *BODIES})
"""Ids that are not built from a country code."""

_FORM = re.compile(r"[A-Z]{2}(-[a-z0-9]{1,24}){0,3}")


def is_party_id(text: str) -> bool:
    """Whether ``text`` may name a party: nothing in it means something in an MQTT or NATS topic."""
    return text in FIXED or _FORM.fullmatch(text) is not None


def country_of(party: str) -> str | None:
    """The country code that the id of a bureau, and of whoever stands under it, begins with; ``None`` for a fixed id.

    For comparing with the country in a document or a file. Who stands under whom is the directory's to say.
    """
    return None if party in FIXED else party[:2]


@lru_cache(maxsize=4096)
def _check(text: str) -> str:
    if not is_party_id(text):
        raise ValueError(f"`{text:.40}` is not a party id like `FR`, `FR-cdg-border`, `XP-airline` or `IPSG`")
    return text


PartyId = Annotated[str, AfterValidator(_check)]
"""A pydantic field that holds a party id."""


class Role(StrEnum):
    """What a party is. Decides, with its profile, what it may do."""

    HUB = "hub"
    SECRETARIAT = "secretariat"
    REVIEWER = "reviewer"
    BUREAU = "bureau"
    SUB_BUREAU = "sub-bureau"
    ENTITY = "entity"
    INTERNATIONAL = "international"
    PARTNER = "partner"
    COMMISSION = "commission"
    CONTROL = "control"
    AUTHORITY = "authority"


class State(StrEnum):
    """A bureau under the ladder of measures (RPD Art. 131), mildest first.

    Each rung includes the milder ones, except that ``CONSULT_SUSPENDED`` leaves the right to record: recording,
    consulting, or both (``QUERY_SUSPENDED``) may be suspended. ``DISCONNECTED`` is for security only; messaging stays
    in every other state.
    """

    ACTIVE = "active"
    MONITORED = "monitored"
    SUPERVISED = "supervised"
    RECORD_SUSPENDED = "record-suspended"
    CONSULT_SUSPENDED = "consult-suspended"
    QUERY_SUSPENDED = "query-suspended"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True)
class Member:
    """One of the 196 members. Coordinates in degrees (north and east positive); languages are plausible guesses."""

    id: str
    name: str
    region: str
    city: str
    lat: float
    lon: float
    languages: tuple[str, ...]


REGIONS = {
    "africa": "Africa",
    "americas": "Americas",
    "asia-pacific": "Asia & South Pacific",
    "europe": "Europe",
    "mena": "Middle East & North Africa",
}
"""Group ids that restrictions and audiences may name, and the region each stands for."""


@cache
def members() -> dict[str, Member]:
    """All 196 members by id, in the table's order. The code column is text: Namibia is ``NA``, Norway ``NO``."""
    text = resources.files("i247sim.vocabulary").joinpath("members.csv").read_text(encoding="utf-8")
    return {
        row["iso2"]: Member(
            id=row["iso2"],
            name=row["name"],
            region=row["region"],
            city=row["city"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            languages=tuple(row["languages"].split(";")),
        )
        for row in csv.DictReader(text.splitlines())
    }


def groups_of(party: str) -> tuple[str, ...]:
    """The groups a member belongs to (``members`` and its region), empty for everybody else."""
    member = members().get(party)
    if member is None:
        return ()
    return ("members", *(key for key, name in REGIONS.items() if name == member.region))
