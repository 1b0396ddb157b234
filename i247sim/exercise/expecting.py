"""What is expected of a live inject, as somebody says it in a form, made whole. Pure; the step is checked later."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from i247sim.exercise.drafting import Wrong
from i247sim.exercise.durations import format_duration, format_offset, parse_duration, parse_offset

ACCESS = {
    "opened": ("is read by", "{party} reads {message}"),
    "delivered": ("arrives at", "{message} arrives at {party}"),
    "refused": ("is refused to", "{message} is refused to {party}"),
    "rejected": ("arrives locked at", "{party} gets {message} and cannot open it"),
    "held": ("is held for", "{message} to {party} is held"),
    "not-opened": ("is not read by", "{party} does not read {message}"),
}
"""How a message may stand at a party (``claims.Access``): in a list of choices, and as a sentence."""
LIVE = "live-"
"""How the labels begin that injects get when something is expected of what they send."""
ANSWERED, COUNTED = "answered", "counted"
WHATS = (*ACCESS, ANSWERED, COUNTED)
"""What can be expected."""


def expecting(wanted: Mapping[str, Any], value: Mapping[str, Any], at: timedelta | None, label: str) -> dict[str, Any]:
    """Keys ``expect`` and, where the inject sends, ``label`` for a step of which ``wanted`` is expected.

    ``wanted``: ``what`` (``WHATS``) and, as it needs them, ``message`` (absent: the one that is sent), ``party``,
    ``kind``, ``number``, ``code``, ``by`` (an offset, or a duration from the inject on) and ``says``. ``value``: the
    step in JSON types. ``at``: when it comes; ``None`` if it waits. Raises ``Wrong`` under ``expect``.
    """
    what = str(wanted.get("what", ""))
    if what not in WHATS:
        raise _wrong("what", f"expected one of {', '.join(WHATS)}")
    sends = "send" in value
    message = wanted.get("message") or (str(value.get("label", label)) if sends else None)
    if message is None and what != COUNTED:
        raise _wrong("message", "this inject sends nothing itself: name the message that is meant")
    party = wanted.get("party")
    if party is None and what != COUNTED:
        raise _wrong("party", "this is needed")
    if wanted.get("kind") is None and what in (ANSWERED, COUNTED):
        raise _wrong("kind", "this is needed")
    by, lasts = _until(wanted.get("by"), at)
    if lasts is not None and by is None and what != ANSWERED:
        raise _wrong("by", "what waits for something has no time yet: give one on the clock, like `T+2h`")
    claim: dict[str, Any]
    if what in ACCESS:
        claim = {"access": {"message": message, "party": party, "is": what}}
        if wanted.get("code"):
            claim["access"]["code"] = wanted["code"]
        says = ACCESS[what][1].format(party=party, message=message)
    elif what == ANSWERED:
        if lasts is None:
            raise _wrong("by", "an answer is expected within a time, like `2h`")
        within = format_duration(lasts)
        claim = {"answer": {"message": message, "from": party, "kind": wanted["kind"], "within": within}}
        says, by = f"{party} answers {message} with {wanted['kind']} within {within}", None
    else:
        number = wanted.get("number") or 1
        claim = {"count": {"kind": wanted["kind"], "at_least": number, **({"from": party} if party else {})}}
        says = f"at least {number} {wanted['kind']}{f' from {party}' if party else ''}"
    found = {"says": wanted.get("says") or says, **claim, **({"by": format_offset(by)} if by is not None else {})}
    return {"expect": found, **({"label": message} if sends and not wanted.get("message") else {})}


def _until(by: object, at: timedelta | None) -> tuple[timedelta | None, timedelta | None]:
    """(On the exercise clock, from the inject on), each ``None`` where it is not known."""
    if by in (None, ""):
        return None, None
    text = str(by)
    try:
        if not text.startswith("T"):
            lasts = parse_duration(text)
            return None if at is None else at + lasts, lasts
        end = parse_offset(text)
    except ValueError as error:
        raise _wrong("by", f"{error}; or an offset like `T+2h`") from error
    if at is not None and end <= at:
        raise _wrong("by", "that is before the inject")
    return end, None if at is None else end - at


def _wrong(field: str, text: str) -> Wrong:
    return Wrong([(("expect", field), text)])
