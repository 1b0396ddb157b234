"""Frames are bounded, say what was left out, and differ by role. Viewers lose their oldest and nobody waits."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from i247sim.console.frames import (
    MAX_ARCS,
    MAX_BYTES,
    MAX_MSGS,
    Gathered,
    Moment,
    clock,
    key_of,
    name_of,
    packed,
    seat_frame,
    worst,
)
from i247sim.console.live import QUEUE, Viewer, mail_counts
from i247sim.exercise.access import Sign
from i247sim.exercise.observe import Sent
from i247sim.exercise.picture import Phase, Wire
from i247sim.exercise.port import Change, Role, Who
from i247sim.exercise.seen import Moved
from i247sim.vocabulary.decisions import Code

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
COUNTS = {"sent": 9, "read": 4, "locked": 1, "refused": 2, "lost": 1, "queued": 1, "held": 0}


def sent(number: int, kind: str = "DIFFUSION", to: tuple[str, ...] = ("BR", "NO")) -> Sent:
    facts = {
        "ref": f"FR-2026-{number:06d}",
        "kind": kind,
        "channel": "diffusion",
        "to": list(to),
        "classification": "official-use",
        "time": "2026-03-02T08:00:30Z",
        "label": "secret-label",
    }
    return Sent("FR", f"{number:032x}", facts)


def moment(**more: Any) -> Moment:
    values: dict[str, Any] = {"phase": Phase.RUNNING, "pace": 60.0, "counts": COUNTS, "alarms": 1, "faults": ()}
    return Moment(START, START + timedelta(minutes=1), **{**values, **more})


def gathered(*letters: Sent) -> Gathered:
    return Gathered({one.id or one.name: one for one in letters}, {}, {}, START)


def tell(frames: Gathered, change: Change) -> None:
    """A change, as the fold of journal and log tells it."""
    frames.standing = {**frames.standing, **{(one.message, one.party): (one.sign, one.code) for one in change.moved}}
    frames.add(change)


def moved(one: Sent, party: str, sign: Sign, code: Code | None = None) -> Moved:
    return Moved(one.id or one.name, party, sign, code)


def ids(letters: list[Sent]) -> tuple[str, ...]:
    return tuple(one.id or one.name for one in letters)


def test_a_frame_has_the_newest_messages_first_and_says_how_many_were_left_out() -> None:
    letters = [sent(number) for number in range(1, 51)]
    frames = gathered(*letters)
    tell(frames, Change(tuple(moved(one, party, Sign.READ) for one in letters for party in ("BR", "NO")), ids(letters)))
    full, _ = frames.frames(moment())
    assert (full["n"], full["skip"], len(full["msgs"]), len(full["arcs"])) == (50, 38, MAX_MSGS, 2)
    assert [one["name"] for one in full["msgs"]][:2] == ["FR#50", "FR#49"]
    assert (full["clock"], full["s"], full["seq"]) == ("T+00:01:00", 60, 1)
    again, _ = frames.frames(moment())
    assert (again["n"], again["msgs"], again["seq"]) == (0, [], 2), "what was told is not told again"


def test_a_message_that_moves_on_is_an_arc_and_no_new_message() -> None:
    one = sent(1)
    frames = gathered(one)
    tell(frames, Change((moved(one, "BR", Sign.QUEUED),), ids([one])))
    frames.frames(moment())
    tell(frames, Change((moved(one, "BR", Sign.READ),)))
    full, _ = frames.frames(moment())
    assert (full["n"], full["arcs"]) == (0, [["FR", "BR", "read"]])
    assert full["late"] == [{"key": "FR.1", "sign": "read", "code": None}], "its row in the feed says so"
    tell(frames, Change((moved(one, "NO", Sign.REFUSED, Code.RESTRICT),)))
    full, wall = frames.frames(moment())
    assert full["late"] == [{"key": "FR.1", "sign": "refused", "code": "E-RESTRICT"}], "the worst of all its readers"
    assert wall["late"] == []


def test_arcs_are_bounded_and_the_wall_sees_only_what_arrived() -> None:
    one = sent(1, to=tuple(f"A{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    frames = gathered(one)
    signs = [Sign.READ, Sign.REFUSED, Sign.WITHHELD]
    tell(
        frames, Change(tuple(moved(one, party, signs[n % 3], Code.RESTRICT) for n, party in enumerate(one.facts["to"])))
    )
    full, wall = frames.frames(moment())
    assert len(full["arcs"]) == MAX_ARCS
    assert {arc[2] for arc in full["arcs"]} == {"read", "refused", "lost"}
    assert {arc[2] for arc in wall["arcs"]} == {"read"}
    assert wall["msgs"] == []
    assert (wall["counts"]["refused"], wall["alarms"], wall["faults"]) == (0, 0, [])
    assert wall["counts"]["sent"] == wall["counts"]["read"] + wall["counts"]["queued"]
    assert "E-RESTRICT" not in json.dumps(wall)


def test_a_silent_hit_is_nothing_for_the_wall() -> None:
    one = sent(1, kind="RESTRICTED_HIT", to=("BR",))
    frames = gathered(one)
    tell(frames, Change((moved(one, "BR", Sign.READ),)))
    _, wall = frames.frames(moment())
    assert wall["arcs"] == []


def test_frames_hold_header_fields_and_no_words_of_anybody() -> None:
    one = sent(1)
    frames = gathered(one)
    tell(frames, Change((moved(one, "BR", Sign.REFUSED, Code.RESTRICT),), ids([one]), {"NO": Wire("cut", "cut")}))
    full, wall = frames.frames(moment())
    assert full["msgs"][0]["code"] == "E-RESTRICT"
    assert full["links"] == {"NO": "cut"}
    assert wall["links"] == {"NO": "down"}
    assert "secret-label" not in json.dumps([full, wall])


@pytest.mark.parametrize("letters", [1, 40, 400])
def test_no_frame_is_larger_than_its_limit_and_all_of_it_is_accounted_for(letters: int) -> None:
    wide = [sent(number, to=tuple(f"XP-{'longest-name-of-all-'}{n}" for n in range(8))) for number in range(letters)]
    frames = gathered(*wide)
    tell(frames, Change(tuple(moved(one, party, Sign.READ) for one in wide for party in one.facts["to"]), ids(wide)))
    full, _ = frames.frames(moment())
    text = packed(full)
    assert len(text.encode()) <= MAX_BYTES
    found = json.loads(text)
    assert found["n"] == found["skip"] + len(found["msgs"]) == letters


def test_a_seats_frame_says_nothing_of_others() -> None:
    frame = seat_frame(3, moment(), Wire("cut", "cut"), 4, 2, [{"kind": "warn", "text": "a\u202eb"}])
    assert set(frame) == {"seq", "time", "clock", "s", "phase", "pace", "rev", "link", "new", "receipts", "bands"}
    assert frame["bands"][0]["text"] == "a‹U+202E›b"
    assert frame["link"] == "cut"
    assert seat_frame(4, moment(), Wire("held", "held"), 4, 2, [])["link"] == "up", "who holds it does not say so"


def test_keys_and_names_are_each_others_inverse() -> None:
    for name in ("FR#1", "FR-cdg-border#12", "XP-airline#3"):
        assert name_of(key_of(name)) == name
    assert worst(["read", "queued", "refused"]) == "refused"
    assert worst([]) == "none"
    assert clock(timedelta(hours=31, seconds=5)) == "T+1d 07:00:05"


async def test_a_slow_viewer_loses_its_oldest_frames_and_never_holds_anybody_up() -> None:
    viewer = Viewer(Who(Role.INSTRUCTOR))
    for number in range(QUEUE + 5):
        viewer.put(str(number))
    assert viewer.dropped == 5
    assert [await viewer.next() for _ in range(QUEUE)] == [str(number) for number in range(5, QUEUE + 5)]


async def test_a_viewer_that_is_dismissed_hears_nothing_more() -> None:
    viewer = Viewer(Who(Role.SEAT, "FR"))
    waiting = asyncio.create_task(viewer.next())
    await asyncio.sleep(0)
    viewer.put("late")
    viewer.close(4401)
    assert await waiting == 4401


def test_mail_is_counted_by_what_the_journal_says() -> None:
    lines = [
        {"event": "opened"},
        {"event": "rejected"},
        {"event": "receipt", "lines": [1, 2]},
        {"event": "receipt", "lines": []},
        {"event": "outcome"},
        {"event": "sent"},
    ]
    assert mail_counts(lines) == (2, 4)
