"""The story of a run: one line per event, and each event once."""

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
from command_line import SCENARIO

from i247sim.cli.narrate import Narrator, Told, some
from i247sim.exercise.durations import format_clock
from i247sim.exercise.loader import loads
from i247sim.security import frames as clear
from i247sim.security.keys import SigningKey
from i247sim.vocabulary.codec import Word
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import DecisionEntry, Entry, FrameEntry, RefusalEntry
from i247sim.vocabulary.frames import Ack, AckItem, ControlEntry, Frame, FrameType
from i247sim.vocabulary.parties import CONTROL, HUB
from i247sim.vocabulary.times import to_text

ID = "ab" * 16
DIGEST = "00" * 32


@pytest.fixture
def narrator() -> Narrator:
    return Narrator(loads(SCENARIO.encode()))


def _at(narrator: Narrator, minutes: int) -> datetime:
    return narrator.scenario.start + timedelta(minutes=minutes)


def _line(narrator: Narrator, minutes: int, event: str, party: str, **facts: Any) -> dict[str, Any]:
    return {"time": to_text(_at(narrator, minutes)), "event": event, "party": party, **facts}


def _sent(narrator: Narrator, minutes: int = 5, **facts: Any) -> dict[str, Any]:
    told = {"id": ID, "ref": "FR-2026-000007", "kind": "DIFFUSION", "to": ["BR", "NO"], **facts}
    return _line(narrator, minutes, "sent", "FR", **told)


def _decided(narrator: Narrator, party: str, outcome: Outcome, code: Code | None = None, minutes: int = 5) -> Entry:
    return DecisionEntry(
        time=_at(narrator, minutes),
        id=ID,
        party=party,
        outcome=outcome,
        code=code,
        rules=("SOME-RULE",),
        directory=1,
        statements=DIGEST,
    )


def _frame(narrator: Narrator, minutes: int, type_: FrameType, sender: str, payload: Word) -> Entry:
    key, time = SigningKey.generate(), _at(narrator, minutes)
    said = payload.model_dump(mode="json", by_alias=True, exclude_none=True)
    frame = Frame(type=type_, run="00" * 6, sender=sender, to=HUB, key=key.id, counter=0, time=time, payload=said)
    return FrameEntry(time=time, frame=base64.b64encode(clear.sign(frame, key)).decode())


def _texts(told: list[Told]) -> list[str]:
    return [one.text.plain for one in told if one.offset is not None]


def test_a_message_and_its_fate_at_everybody_is_told_at_the_quiet_moment(narrator: Narrator) -> None:
    assert narrator.line(_sent(narrator, label="warning")) == []
    told = narrator.entries(
        [
            _decided(narrator, "BR", Outcome.QUEUED),
            _decided(narrator, "NO", Outcome.REFUSED, Code.RESTRICT),
            _frame(narrator, 5, FrameType.ACK, "BR", Ack(upto=1, items=(AckItem(id=ID, status=Outcome.OPENED),))),
        ]
    )
    assert _texts(told) == ["FR#7 DIFFUSION `warning`\n  ✓ read by BR\n  ⊘ refused to NO: E-RESTRICT (SOME-RULE)"]
    assert narrator.rest() == []


def test_the_note_of_a_step_comes_before_its_event_and_once(narrator: Narrator) -> None:
    narrator.line(_sent(narrator, 0))
    told = narrator.entries([_decided(narrator, "BR", Outcome.QUEUED, minutes=0)])
    assert [one.offset for one in told] == [None, timedelta()]
    assert told[0].text.plain == "A letter with two readers, one of them barred."
    narrator.line(_sent(narrator, 1))
    assert [one.offset for one in narrator.rest()] == [timedelta(minutes=1)]


def test_later_news_of_a_message_is_told_at_its_time(narrator: Narrator) -> None:
    narrator.line(_sent(narrator))
    narrator.entries([_decided(narrator, "BR", Outcome.QUEUED)])
    told = narrator.entries([_decided(narrator, "BR", Outcome.WITHHELD, Code.ADDR, minutes=90)])
    assert [(one.offset, one.text.plain) for one in told if one.offset] == [
        (timedelta(minutes=90), "FR#7 DIFFUSION  ⊖ withheld from BR: E-ADDR (SOME-RULE)")
    ]


def test_what_exercise_control_does_is_told_at_once_and_not_again_from_the_log(narrator: Narrator) -> None:
    told = narrator.line(_line(narrator, 5, "control", CONTROL, what="cut", target="BR", note=""))
    assert _texts(told) == ["BR is cut off from the network"]
    log = [_frame(narrator, 5, FrameType.CONTROL, CONTROL, ControlEntry(what="cut", target="BR"))]
    assert narrator.entries(log) == []


def test_after_a_resume_the_log_alone_tells_what_exercise_control_did(narrator: Narrator) -> None:
    log = [_frame(narrator, 5, FrameType.CONTROL, CONTROL, ControlEntry(what="cut", target="BR"))]
    assert _texts(narrator.entries(log)) == ["BR is cut off from the network"]


def test_an_inject_without_words_of_its_own_is_told_by_its_name(narrator: Narrator) -> None:
    log = [_frame(narrator, 5, FrameType.CONTROL, CONTROL, ControlEntry(what="coffee", target="BR", note="black"))]
    assert _texts(narrator.entries(log)) == ["coffee BR: black"]


def test_what_is_sent_while_the_hub_is_away_is_told_when_the_clock_moves_on(narrator: Narrator) -> None:
    narrator.line(_sent(narrator, 5))
    told = narrator.line(_line(narrator, 9, "receipt", "FR"))
    assert _texts(told) == ["FR#7 DIFFUSION  ◷ sent, and not decided yet"]


@pytest.mark.parametrize(
    ("event", "facts", "text"),
    [
        ("alarm", {"text": "a copy twice \x1b[2J"}, "ALARM at FR: a copy twice ?[2J"),
        ("gap", {"expected": 3, "got": 5}, "FR misses something: number 3 was due, 5 came; it asks again"),
        ("remark", {"text": "thinks about it"}, "FR: thinks about it"),
        ("remark", {"text": "BR-2026-000009 waits until 2026-03-02T10:00:00Z"}, "FR: BR#9 waits until T+02:00:00"),
        (
            "unsendable",
            {"ref": "FR-2026-000002", "kind": "DIFFUSION", "code": "E-ADDR", "detail": "no key of `IS`"},
            "FR#2 DIFFUSION  ⊘ never left FR: E-ADDR, no key of `IS`",
        ),
        ("sent", {"id": ID, "ref": "FR-2026-000002", "kind": "DIFFUSION", "answers": "BR-2026-000009"}, None),
    ],
    ids=["alarm", "gap", "remark", "remark with moment and reference", "unsendable", "sent"],
)
def test_each_kind_of_line_has_its_sentence(
    narrator: Narrator, event: str, facts: dict[str, Any], text: str | None
) -> None:
    narrator.line(_line(narrator, 5, event, "FR", **facts))
    assert _texts(narrator.rest()) == [text or "FR#2 DIFFUSION to BR#9  ◷ sent, and not decided yet"]


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        ({"id": ID}, "FR#7 DIFFUSION  ⊘ refused by the hub: E-TIME, too old"),
        ({}, "the hub refuses what FR sent: E-TIME, too old"),
        ({"id": ID, "alarm": True}, "ALARM at the hub: E-TIME from FR, too old"),
    ],
    ids=["of-a-message", "of-something", "alarm"],
)
def test_a_refusal_as_a_whole(narrator: Narrator, refusal: dict[str, Any], text: str) -> None:
    narrator.line(_sent(narrator))
    time = _at(narrator, 5)
    entry = RefusalEntry(time=time, topic="FR", wire=DIGEST, size=1, code=Code.TIME, detail="too old", **refusal)
    assert text in _texts(narrator.entries([entry]))


def test_of_many_parties_a_line_names_the_first_and_counts_the_others() -> None:
    assert some([f"P{number}" for number in range(8)]) == "P0, P1, P2, P3, P4, P5, P6, P7"
    assert some([f"P{number}" for number in range(100)]) == "P0, P1, P2, P3, P4, P5 and 94 more"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "T+00:00:00"), (494, "T+00:08:14"), (93_600, "T+1d 02:00:00"), (-60, "T-00:01:00"), (86_399, "T+23:59:59")],
)
def test_the_exercise_clock(seconds: int, text: str) -> None:
    assert format_clock(timedelta(seconds=seconds)) == text
