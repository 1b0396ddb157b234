"""The scoreboard: who met an attack is read off log and journal, and nobody is credited who said nothing."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from i247sim.exercise.acts import Layer
from i247sim.exercise.injects import catalogue
from i247sim.exercise.scoreboard import Sighting, Trial, as_data, fooled, scoreboard
from i247sim.security import frames as clear
from i247sim.security.keys import SigningKey
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import (
    DecisionEntry,
    Entry,
    FrameEntry,
    HandoverEntry,
    MessageEntry,
    RefusalEntry,
    SignedParts,
)
from i247sim.vocabulary.frames import Ack, AckItem, ControlEntry, Frame, FrameType
from i247sim.vocabulary.times import to_text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = SigningKey.generate()
DIGEST = "ab" * 32
OURS, THEIRS = "01" * 16, "02" * 16


def frame(kind: FrameType, sender: str, payload: Any, time: datetime = NOON) -> FrameEntry:
    made = Frame(
        type=kind, run="0123456789ab", sender=sender, to="HUB", key=KEY.id, counter=0, time=time,
        payload=payload.model_dump(mode="json", exclude_none=True),
    )  # fmt: skip
    return FrameEntry(time=time, frame=base64.b64encode(clear.sign(made, KEY)).decode())


def note(what: str, target: str, time: datetime = NOON) -> FrameEntry:
    return frame(FrameType.CONTROL, "CONTROL", ControlEntry(what=what, target=target), time)


def line(event: str, party: str, time: datetime = NOON, **facts: Any) -> dict[str, Any]:
    return {"time": to_text(time), "event": event, "party": party, **facts}


def control(what: str, target: str, time: datetime = NOON) -> dict[str, Any]:
    return line("control", "CONTROL", time, what=what, target=target, note="")


def refusal(topic: str, code: Code, time: datetime = NOON, alarm: bool = False) -> RefusalEntry:
    return RefusalEntry(time=time, topic=topic, wire=DIGEST, size=9, code=code, detail="why", alarm=alarm)


def message(id_: str, sender: str) -> MessageEntry:
    parts = SignedParts(header="{}", hub_part="{}", salt=DIGEST, stanzas=(), body=DIGEST, signatures=())
    return MessageEntry(time=NOON, id=id_, sender=sender, counter=1, wire=DIGEST, size=9, signed=parts)


def decision(id_: str, party: str, outcome: Outcome, code: Code | None = None) -> DecisionEntry:
    return DecisionEntry(
        time=NOON, id=id_, party=party, outcome=outcome, code=code, directory=1, statements=DIGEST, rules=("A-RULE",)
    )


def one(journal: list[dict[str, Any]], entries: list[Entry]) -> Trial:
    (trial,) = scoreboard(journal, entries)
    return trial


@pytest.mark.parametrize(
    ("code", "layer"),
    [
        (Code.REPLAY, Layer.REPLAY),
        (Code.TIME, Layer.REPLAY),
        (Code.SIGN, Layer.SIGNATURE),
        (Code.KEY, Layer.SIGNATURE),
        (Code.FORMAT, Layer.SIGNATURE),
        (Code.RATE, Layer.RULE),
    ],
)
def test_what_the_hub_refuses_is_credited_to_the_check_that_said_no(code: Code, layer: Layer) -> None:
    trial = one([control("tamper", "FR")], [note("tamper", "FR"), refusal("FR", code, alarm=True)])
    (met,) = trial.met
    assert (met.layer, met.by, met.after) == (layer, "HUB", timedelta())
    assert "with an alarm" in met.text
    assert trial.through == ()


def test_where_nobody_said_anything_the_board_says_so() -> None:
    trials = scoreboard([control("tamper", "FR")], [note("tamper", "FR")])
    assert fooled(trials) == trials
    assert as_data(trials)[0]["met"] == []


def test_faults_are_no_attacks() -> None:
    assert scoreboard([control("cut", "FR")], [note("cut", "FR"), refusal("FR", Code.SIGN)]) == []


def test_what_happens_later_or_after_the_next_note_is_not_credited() -> None:
    later = NOON + timedelta(hours=1)
    journal = [
        control("tamper", "FR"),
        line("rejected", "BR", later, code="E-KEY", text="an old key"),
        control("cut", "BR", later),
        line("alarm", "DE", later, text="the log was forked"),
    ]
    entries = [note("tamper", "FR"), refusal("FR", Code.SIGN, later), note("cut", "BR", later)]
    assert one(journal, entries).met == ()


def test_a_replay_that_got_the_old_receipt_was_met() -> None:
    (met,) = one([control("replay", "FR")], [note("replay", "FR")]).met
    assert met.layer is Layer.REPLAY
    assert "the receipt of the first time" in met.text


def test_a_spoof_is_met_twice_by_the_hub_and_by_the_broker() -> None:
    trial = one([control("spoof", "BR")], [note("spoof", "BR"), refusal("BR", Code.SIGN)])
    assert [(met.layer, met.by) for met in trial.met] == [(Layer.SIGNATURE, "HUB"), (Layer.BROKER, "broker")]


def test_a_spoof_that_came_through_the_broker_is_not_credited_to_it() -> None:
    entries = [note("spoof", "BR"), refusal("BR", Code.SIGN), refusal("FR", Code.SIGN)]
    (met,) = one([control("spoof", "BR")], entries).met
    assert (met.layer, met.times) == (Layer.SIGNATURE, 2)


@pytest.mark.parametrize(
    ("said", "layer"),
    [
        (line("rejected", "BR", code="E-REVIEW", text="x"), Layer.COMMITMENT),
        (line("rejected", "BR", code="E-SIGN", text="x"), Layer.SECOND_CHECK),
        (line("alarm", "BR", code="E-SIGN", text="x"), Layer.SECOND_CHECK),
        (line("alarm", "BR", text="x"), Layer.WITNESS),
        (line("met", "CONTROL", layer="TLS", by="BR", text="x"), Layer.TLS),
    ],
)
def test_what_parties_say_is_credited_to_them(said: dict[str, Any], layer: Layer) -> None:
    (met,) = one([control("tamper", "FR"), said], [note("tamper", "FR")]).met
    assert (met.layer, met.by) == (layer, "BR")


def test_a_message_that_nobody_sent_and_somebody_read_got_through() -> None:
    """An intruder with FR's own key: nothing is wrong with it, and that is what the board must show."""
    acked = frame(FrameType.ACK, "BR", Ack(upto=1, items=(AckItem(id=THEIRS, status=Outcome.OPENED),)))
    entries = [
        note("spoof", "FR"),
        message(OURS, "FR"),
        HandoverEntry(time=NOON, id=OURS, party="DE", number=1),
        message(THEIRS, "FR"),
        decision(THEIRS, "BR", Outcome.QUEUED),
        decision(THEIRS, "NO", Outcome.REFUSED, Code.RESTRICT),
        HandoverEntry(time=NOON, id=THEIRS, party="BR", number=1),
        acked,
    ]
    trial = one([line("sent", "FR", id=OURS), control("spoof", "FR")], entries)
    assert trial.through == ("a message in the name of FR, signed with its key, reached BR: opened",)
    assert Sighting(Layer.RULE, "HUB", "refused to NO with E-RESTRICT by A-RULE", timedelta()) in trial.met


def test_data_of_the_board_is_plain() -> None:
    (data,) = as_data(scoreboard([control("tamper", "FR")], [note("tamper", "FR"), refusal("FR", Code.SIGN)]))
    assert data == {
        "verb": "tamper",
        "title": next(inject.title for inject in catalogue() if inject.verb == "tamper"),
        "target": "FR",
        "remark": "",
        "time": "2026-03-02T12:00:00Z",
        "met": [
            {"layer": "signature", "by": "HUB", "text": "refused with E-SIGN (why)", "after_seconds": 0, "times": 1}
        ],
        "through": [],
    }


def test_how_long_it_took_in_reality_is_told_where_it_is_known() -> None:
    began = {**control("tamper", "FR"), "real": 100.0}
    logged = [line("logged", "CONTROL", size=1) | {"real": 100.1}, line("logged", "CONTROL", size=2) | {"real": 100.25}]
    entries = [note("tamper", "FR"), refusal("FR", Code.SIGN)]
    (data,) = as_data(scoreboard([began, *logged], entries))
    assert data["met"][0]["after_real_seconds"] == 0.25
    earlier = [line("logged", "CONTROL", size=2) | {"real": 3.0}]
    for journal in ([began], [control("tamper", "FR"), *logged], [began, *earlier]):
        (data,) = as_data(scoreboard(journal, entries))
        assert "after_real_seconds" not in data["met"][0], "the computer was started anew, or nobody looked"


def test_an_alarm_says_itself_when_it_was_raised() -> None:
    alarm = line("alarm", "BR", text="forked", proof=["a", "b"]) | {"real": 12.5}
    (trial,) = scoreboard([{**control("capture_hub", "hub"), "real": 10.0}, alarm], [note("capture_hub", "hub")])
    assert [(met.layer, met.real) for met in trial.met] == [(Layer.WITNESS, 2.5)]


def checkpoint_of(size: int) -> str:
    return f"i247sim/0123456789ab/hub\n{size}\n{'A' * 43}=\n\nsignature\n"


def test_what_a_captured_hub_showed_is_credited_to_the_capture_in_which_it_showed_it() -> None:
    """At the end somebody holds a checkpoint of size 3 against the log: it was shown while the first capture lasted."""
    later = NOON + timedelta(hours=1)
    journal = [
        control("capture_hub", "hub"),
        control("free_hub", "hub"),
        control("capture_hub", "hub", later),
        line("alarm", "BR", later, text="another log than the one in the end", proof=[checkpoint_of(3), "x"]),
    ]
    entries = [
        note("capture_hub", "hub"),
        message(OURS, "FR"),
        decision(OURS, "BR", Outcome.QUEUED),
        note("free_hub", "hub"),
        note("capture_hub", "hub", later),
    ]
    first, second = scoreboard(journal[:3] + journal[3:], entries)
    assert [(met.layer, met.by) for met in first.met] == [(Layer.WITNESS, "BR")]
    assert [(met.layer, met.by) for met in second.met] == [(Layer.WITNESS, "BR")], "it was said while that one lasted"


@pytest.mark.parametrize(
    ("size", "noticed"),
    [
        pytest.param(0, False, id="before the capture"),
        pytest.param(1, True, id="at once, the log ends with the capture"),
        pytest.param(3, True, id="at the end, before the hub is free"),
        pytest.param(4, False, id="by a free hub"),
    ],
)
def test_a_checkpoint_is_the_captured_hubs_from_its_first_to_its_last(size: int, noticed: bool) -> None:
    journal = [
        control("capture_hub", "hub"),
        control("free_hub", "hub"),
        line("alarm", "BR", NOON, text="another log than the one in the end", proof=[checkpoint_of(size), "x"]),
    ]
    sent = [message(OURS, "FR"), decision(OURS, "BR", Outcome.QUEUED)]
    (capture,) = scoreboard(journal, [note("capture_hub", "hub"), *sent, note("free_hub", "hub")])
    assert capture.noticed is noticed


def test_a_log_that_does_not_hold_is_credited_to_the_first_lie_only() -> None:
    wrong = "the decision for `NO` says queued (A); decided again: refused (E-RESTRICT: B)"
    journal, entries = [], []
    for hour in range(2):
        time = NOON + timedelta(hours=hour)
        said = line("met", "CONTROL", time, layer="evidence log", by="verify", text=wrong)
        journal += [control("capture_hub", "hub", time), said, control("free_hub", "hub", time)]
        entries += [note("capture_hub", "hub", time), note("free_hub", "hub", time)]
    first, second = scoreboard(journal, entries)
    assert [met.by for met in first.met] == ["verify"]
    assert first.through == (f"a copy that the rules refuse: {wrong}",)
    assert (second.met, second.through) == ((), ())


def test_a_captured_hub_is_no_witness_against_itself() -> None:
    later = NOON + timedelta(hours=1)
    entries = [note("capture_hub", "hub"), refusal("FR", Code.TIME, later)]
    (trial,) = scoreboard([control("capture_hub", "hub")], entries)
    assert not trial.noticed
