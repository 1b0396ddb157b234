"""Clocks of a desk: how long an answer may take, and when somebody is at the desk at all. Pure.

The limits are the exercise's own: hit confirmation follows the custom of ten minutes, an hour and twelve hours; for the
rest no official figures are known.
"""

from datetime import datetime, timedelta

from i247sim.bureau.profile import DAYS, Office
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import Urgency

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ACKNOWLEDGE = {Urgency.VERY_URGENT: 1 * MINUTE, Urgency.URGENT: 5 * MINUTE, Urgency.NORMAL: 30 * MINUTE}
"""Until a person has acknowledged."""
FIRST_REPLY = {Urgency.VERY_URGENT: 1 * HOUR, Urgency.URGENT: 24 * HOUR, Urgency.NORMAL: 10 * DAY}
"""Until a request for information has a first answer."""
SUBJECT = {Kind.STOP_PAYMENT: 1 * HOUR, Kind.IOC_REPORT: 24 * HOUR, Kind.THREAT_ALERT: 30 * MINUTE}
"""Until something whose subject does not wait has its answer, whatever its urgency; a warning, its acknowledgement."""
HIT_CONFIRMATION = {Urgency.VERY_URGENT: 10 * MINUTE, Urgency.URGENT: 1 * HOUR, Urgency.NORMAL: 12 * HOUR}
"""Until an owner has confirmed a hit, or denied it."""
ONWARD = 2 * HOUR
"""Until one's own units have what one was warned of."""
LET_GO = 24 * HOUR
"""Without the owner's word nobody is kept longer on a hit. Exercise rule."""
ESCALATION = 2
"""After so many times the limit the command centre is told."""
APPEAL = 4
"""After so many times, whoever runs the exercise: the command centre's call was given as long as the reminder."""


def first_answer(kind: Kind, urgency: Urgency) -> timedelta:
    """Until a message of this kind has its first answer: the shorter of what its subject and its urgency give it."""
    return min(SUBJECT.get(kind, FIRST_REPLY[urgency]), FIRST_REPLY[urgency])


def is_open(office: Office, now: datetime) -> bool:
    """Whether the office is open at ``now`` (aware)."""
    there = now + timedelta(hours=office.utc)
    return DAYS[there.weekday()] not in office.weekend and office.opens <= there.hour < office.closes


def until_open(office: Office, now: datetime) -> timedelta:
    """How long until it is open; nothing, if it is."""
    if is_open(office, now):
        return timedelta()
    there = now + timedelta(hours=office.utc)
    opening = there.replace(hour=office.opens, minute=0, second=0)
    while opening <= there or DAYS[opening.weekday()] in office.weekend:
        opening += DAY
    return opening - there


def wait(office: Office, now: datetime, urgency: Urgency) -> timedelta:
    """How long until somebody takes up something so urgent: the night desk at once, else when the office opens."""
    if urgency is not Urgency.NORMAL and office.night_desk:
        return timedelta()
    return until_open(office, now)
