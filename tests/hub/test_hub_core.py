"""The hub's rules as playbooks: something arrives, and exactly this follows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hub_world import EPOCH, NOON, Batch, HubWorld, enrolled

from i247sim.exercise.enrolment import next_directory
from i247sim.hub import admission, news
from i247sim.hub.actions import Answer, Cosigned, Drop, Forget, Keep, Put, Record, Resend, Welcome
from i247sim.hub.decide import Limits
from i247sim.hub.events import Arrived, ControlNoted, DirectoryIssued
from i247sim.policy.engine import Engine
from i247sim.policy.facts import MessageFacts, World
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.framing import sized
from i247sim.security.keys import SigningKey
from i247sim.vocabulary.decisions import Code, Outcome, Verdict
from i247sim.vocabulary.entries import DecisionEntry, FrameEntry, HandoverEntry, MessageEntry, RefusalEntry
from i247sim.vocabulary.errors import FormatError, I247Error, TrustError
from i247sim.vocabulary.frames import (
    Ack,
    AckItem,
    Attestation,
    ControlEntry,
    Cosign,
    FrameType,
    NoteKind,
    NoticeDecision,
    OutcomeUpdate,
    Receipt,
)
from i247sim.vocabulary.frames import (
    Welcome as WelcomePayload,
)
from i247sim.vocabulary.limits import MAX_WIRE_BYTES
from i247sim.vocabulary.messages import Suite
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bars, MeasureSet

QUEUED = (Outcome.QUEUED, None)


@pytest.fixture
def world() -> HubWorld:
    return HubWorld()


def id_of(wire: bytes) -> str:
    return sealed.parse(wire).header.id


def nothing_followed(batch: Batch) -> bool:
    """Nothing but a refusal in the log and its answer."""
    return [type(one) for one in batch] == [Record, Answer] and isinstance(batch.entries[0], RefusalEntry)


# --- the good way


def test_an_accepted_message_is_logged_kept_answered_and_handed_over_in_this_order(world: HubWorld) -> None:
    world.hello("BR")
    batch = world.send("FR", ("BR", "DE"))
    assert [type(one.entry) if isinstance(one, Record) else type(one) for one in batch] == [
        MessageEntry,
        Keep,
        DecisionEntry,
        DecisionEntry,
        Answer,
        HandoverEntry,
        Put,
    ]
    assert batch.verdicts == {"BR": QUEUED, "DE": QUEUED}
    assert [(line.party, line.outcome) for line in batch.receipt.lines] == [("BR", "queued"), ("DE", "queued")]
    assert batch.handed == ["BR"]


def test_the_hand_over_names_the_decision_that_it_rests_on(world: HubWorld) -> None:
    world.hello("BR")
    (put,) = world.send().of(Put)
    entry = world.entries[put.item.decision]
    assert isinstance(entry, DecisionEntry)
    assert (entry.party, entry.outcome, entry.id) == ("BR", Outcome.QUEUED, put.item.message)


def test_what_waits_is_handed_over_at_hello_and_numbers_have_no_gap(world: HubWorld) -> None:
    for _ in range(3):
        assert world.send().handed == []
    assert world.hello("BR").puts == [("BR", number, NoteKind.DELIVERY) for number in (1, 2, 3)]


def test_of_five_addressees_the_four_that_may_get_it(world: HubWorld) -> None:
    world.restrict("FR", "NO")
    world.hello("BR", "DE", "NO", "PT", "IPSG")
    batch = world.send("FR", ("BR", "DE", "NO", "PT", "IPSG"))
    assert batch.handed == ["BR", "DE", "PT", "IPSG"]
    assert batch.verdicts["NO"] == (Outcome.REFUSED, Code.RESTRICT)


def test_an_acknowledgement_settles_the_copy_frees_the_wire_and_tells_the_sender_with_its_proof(
    world: HubWorld,
) -> None:
    world.hello("FR", "BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    batch = world.ack("BR", 1, id_of(wire))
    assert batch.of(Drop) == [Drop(id_of(wire))]
    assert batch.of(Forget) == [Forget("BR", (1,))]
    assert batch.told("FR") == [(id_of(wire), "BR", Outcome.OPENED, None)]
    (put,) = batch.of(Put)
    (source,) = put.item.sources
    assert isinstance(world.entries[source], FrameEntry)
    assert world.outcome(id_of(wire), "BR") is Outcome.OPENED


def test_a_rejection_is_passed_on_with_its_code(world: HubWorld) -> None:
    world.hello("BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    batch = world.ack("BR", 1, id_of(wire), status=Outcome.REJECTED, code=Code.KEY)
    assert batch.told("FR") == [(id_of(wire), "BR", Outcome.REJECTED, Code.KEY)]


# --- 1: form


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"i247e1", id="a magic alone"),
        pytest.param(b"i247c1", id="a frame's magic alone"),
        pytest.param(b"i247e2" + bytes(100), id="another version"),
        pytest.param(b"\xff" * 5000, id="noise"),
        pytest.param(b"i247e1" + bytes(MAX_WIRE_BYTES), id="larger than the limit"),
    ],
)
def test_what_cannot_be_read_is_refused_and_logged_by_its_hash(world: HubWorld, data: bytes) -> None:
    batch = world.arrive("FR", data)
    assert nothing_followed(batch)
    assert batch.code is Code.FORMAT
    assert batch.refusal.size == len(data)
    assert batch.refusal.counter is None


def test_a_slim_copy_does_not_go_to_the_hub(world: HubWorld) -> None:
    batch = world.arrive("FR", sealed.slim(sealed.parse(world.sealed()), 0))
    assert nothing_followed(batch)
    assert batch.code is Code.FORMAT


def test_too_many_copies_of_too_much_name_the_limit(world: HubWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size is that of the sealed body, as the sender reckons it before it sends."""
    wire = world.sealed(to=("BR", "DE"))
    size = 2 * len(sealed.parse(wire).body)
    monkeypatch.setattr(sealed, "MAX_FANOUT_BYTES", size - 1)
    batch = world.arrive("FR", wire)
    assert batch.code is Code.FORMAT
    assert str(size - 1) in batch.refusal.detail
    monkeypatch.setattr(sealed, "MAX_FANOUT_BYTES", size)
    assert world.arrive("FR", wire).code is None


# --- 2: whose it is


def test_a_message_on_another_partys_topic_is_refused(world: HubWorld) -> None:
    batch = world.arrive("DE", world.sealed("FR"))
    assert nothing_followed(batch)
    assert (batch.code, batch.of(Answer)[0].party) == (Code.SIGN, "DE")


def test_a_message_made_for_another_run_is_refused(world: HubWorld) -> None:
    batch = world.send(run="ba9876543210")
    assert nothing_followed(batch)
    assert batch.code is Code.SIGN


@pytest.mark.parametrize("place", [0.3, 0.9, 1.0], ids=["in the stanzas", "in the body", "in the signature"])
def test_a_changed_byte_is_refused(world: HubWorld, place: float) -> None:
    wire = bytearray(world.sealed())
    wire[int(place * (len(wire) - 1))] ^= 1
    batch = world.arrive("FR", bytes(wire))
    assert nothing_followed(batch)
    assert batch.code is Code.SIGN


def test_a_message_signed_by_another_party_in_this_ones_name_is_refused(world: HubWorld) -> None:
    stolen = replace(world.ids["DE"], signing=world.ids["DE"].signing)
    batch = world.send("FR", identity=stolen)
    assert nothing_followed(batch)
    assert batch.code is Code.SIGN


def test_a_key_that_the_directory_does_not_know_is_refused(world: HubWorld) -> None:
    batch = world.send("FR", identity=replace(world.ids["FR"], signing=SigningKey.generate()))
    assert nothing_followed(batch)
    assert batch.code is Code.SIGN


def test_suite_two_with_both_signatures_is_taken(world: HubWorld) -> None:
    assert world.send(suite=Suite.V2).verdicts == {"BR": QUEUED}


@pytest.mark.parametrize("party", ["FR", "FR-cdg-border"], ids=["itself", "a child of a revoked parent"])
def test_a_revoked_party_says_nothing_any_more(world: HubWorld, party: str) -> None:
    world.revoke("FR")
    batch = world.send(party, ("IPSG",))
    assert nothing_followed(batch)
    assert batch.code is Code.KEY
    assert world.hello(party).code is Code.KEY
    assert party not in world.core.online


def test_under_a_directory_that_is_too_old_nothing_goes(world: HubWorld) -> None:
    world.later(days=8)
    batch = world.send()
    assert nothing_followed(batch)
    assert batch.code is Code.KEY
    refused = world.restrict("FR", "BR")
    assert refused.code is Code.KEY, "a statement rests on its author's keys like a message"
    assert "FR" not in world.state.restrictions
    world.reissue()
    assert world.send(counter=1).verdicts == {"BR": QUEUED}


# --- 3: order, life


def test_a_resend_gets_the_stored_receipt_and_nothing_else(world: HubWorld) -> None:
    world.hello("BR")
    wire = world.sealed()
    first = world.arrive("FR", wire)
    world.restrict("NO", "FR")
    assert world.arrive("FR", wire) == [Answer("FR", first.receipt)]


def test_the_stored_receipt_says_what_was_decided_then_not_what_became_of_it(world: HubWorld) -> None:
    world.hello("BR")
    wire = world.sealed()
    first = world.arrive("FR", wire)
    world.ack("BR", 1, id_of(wire))
    assert world.arrive("FR", wire).receipt == first.receipt
    withheld = world.sealed()
    world.bye("BR")
    first = world.arrive("FR", withheld)
    world.revoke("BR")
    assert world.outcome(id_of(withheld), "BR") is Outcome.WITHHELD
    assert world.arrive("FR", withheld).receipt == first.receipt


def test_a_copy_after_the_receipt_was_confirmed_is_a_replay(world: HubWorld) -> None:
    wire = world.sealed()
    world.arrive("FR", wire)
    world.receipted["FR"] = 1
    world.send()
    batch = world.arrive("FR", wire)
    assert nothing_followed(batch)
    assert (batch.code, batch.refusal.alarm, batch.refusal.counter) == (Code.REPLAY, True, None)
    assert world.state.alarms == 1


def test_a_used_number_with_other_bytes_is_an_alarm_and_both_are_kept(world: HubWorld) -> None:
    first = world.sealed()
    world.arrive("FR", first)
    batch = world.send(counter=1)
    assert nothing_followed(batch)
    assert (batch.code, batch.refusal.alarm) == (Code.REPLAY, True)
    assert batch.refusal.signed is not None
    assert world.state.messages[id_of(first)].counter == 1


def test_a_used_id_under_the_next_number_is_an_alarm(world: HubWorld) -> None:
    wire = world.sealed()
    world.arrive("FR", wire)
    batch = world.send(id=id_of(wire), to=("DE",))
    assert nothing_followed(batch)
    assert (batch.code, batch.refusal.alarm, batch.refusal.counter) == (Code.REPLAY, True, None)
    assert list(world.state.messages[id_of(wire)].keys) == ["BR"]


def test_another_partys_id_is_an_alarm_too(world: HubWorld) -> None:
    wire = world.sealed()
    world.arrive("FR", wire)
    assert world.send("DE", ("BR",), id=id_of(wire)).code is Code.REPLAY


def test_a_gap_in_the_numbers_is_asked_for_and_nothing_is_logged(world: HubWorld) -> None:
    world.send()
    assert world.send(counter=3) == [Welcome("FR", 1)]


def test_a_frame_counts_in_the_same_stream_as_messages(world: HubWorld) -> None:
    world.send()
    world.restrict("FR", "NO")
    assert world.state.counters["FR"] == 2
    payload = Bars()
    assert world.arrive("FR", world.frame(FrameType.RESTRICTION, payload, "FR", 4)) == [Welcome("FR", 2)]


def test_a_number_whose_sender_has_its_answer_need_not_come(world: HubWorld) -> None:
    """What could not be read used up no number here; its sender has the receipt and goes on behind it."""
    world.arrive("FR", b"unreadable")
    world.receipted["FR"] = 1
    assert world.send(counter=2).verdicts == {"BR": QUEUED}


@pytest.mark.parametrize(
    ("created", "expires"),
    [
        pytest.param(timedelta(days=-2), timedelta(), id="its life is over"),
        pytest.param(admission.CLOCK_SKEW + timedelta(seconds=1), timedelta(days=1), id="from the future"),
        pytest.param(timedelta(), timedelta(days=90, seconds=1), id="lives too long"),
    ],
)
def test_a_message_outside_of_its_time_is_refused_and_its_number_used_up(
    world: HubWorld, created: timedelta, expires: timedelta
) -> None:
    wire = world.sealed(created=NOON + created, expires=NOON + expires)
    batch = world.arrive("FR", wire)
    assert nothing_followed(batch)
    assert (batch.code, batch.refusal.counter, batch.receipt.counter) == (Code.TIME, 1, 1)
    assert world.arrive("FR", wire) == [Answer("FR", batch.receipt)], "a resend gets the stored receipt"
    assert world.send().verdicts == {"BR": QUEUED}, "the next number goes on"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"created": NOON - timedelta(days=9)}, id="old, and not expired"),
        pytest.param({"created": NOON + admission.CLOCK_SKEW}, id="at the edge of the skew"),
        pytest.param({"expires": NOON + timedelta(days=90)}, id="the longest life"),
    ],
)
def test_fresh_means_neither_expired_nor_from_the_future(world: HubWorld, fields: dict[str, datetime]) -> None:
    assert world.send(**fields).verdicts == {"BR": QUEUED}


# --- 4 to 9, 12: decided


def test_over_the_quota_every_addressee_is_refused_and_a_minute_later_none() -> None:
    world = HubWorld(Limits(messages_per_minute=2))
    assert [world.send().verdicts["BR"] for _ in range(3)] == [QUEUED, QUEUED, (Outcome.REFUSED, Code.RATE)]
    assert world.send("DE").verdicts == {"BR": QUEUED}, "everybody has a quota of its own"
    world.later(minutes=1)
    assert world.send().verdicts == {"BR": QUEUED}


ORDER = {
    "signed by another": Code.SIGN,
    "its number is used": Code.REPLAY,
    "its life is over": Code.TIME,
    "over the quota": Code.RATE,
    "not for its role": Code.RIGHTS,
    "sealed to a retired key": Code.KEY,
}
"""What can be wrong with a message, in the order in which the hub looks at it."""


@pytest.mark.parametrize("wrong", list(combinations(ORDER, 2)), ids=" and ".join)
def test_of_two_things_that_are_wrong_the_first_step_speaks(wrong: tuple[str, str]) -> None:
    """So nobody can have another alarmed about, limited, or told what it did not write."""
    world = HubWorld(Limits(messages_per_minute=1))
    world.send()
    how: dict[str, Any] = {}
    if "signed by another" in wrong:
        how["identity"] = world.ids["DE"]
    if "its number is used" in wrong:
        how["counter"] = 1
    if "its life is over" in wrong:
        how |= {"created": NOON - timedelta(days=2), "expires": NOON}
    if "not for its role" in wrong:
        how |= {"channel": "notice", "kind": "NOTICE_CANCEL"}
    if "over the quota" not in wrong:
        world.later(minutes=1)
    wire = world.sealed(**how)
    if "sealed to a retired key" in wrong:
        world.rotate("BR")
    batch = world.arrive("FR", wire)
    code = batch.code or batch.verdicts["BR"][1]
    assert code is ORDER[wrong[0]]


def test_a_stanza_for_a_retired_key_is_refused(world: HubWorld) -> None:
    old = world.sealed()
    world.rotate("BR")
    assert world.arrive("FR", old).verdicts == {"BR": (Outcome.REFUSED, Code.KEY)}
    assert world.send().verdicts == {"BR": QUEUED}


def test_what_a_receiver_does_not_accept_is_refused(world: HubWorld) -> None:
    assert world.accept("BR", "FR").code is None
    assert world.send().verdicts == {"BR": (Outcome.REFUSED, Code.ACCEPT)}
    assert world.send("DE").verdicts == {"BR": QUEUED}


def test_a_disconnected_sender_reaches_the_secretariat_alone(world: HubWorld) -> None:
    world.measure("FR", State.DISCONNECTED)
    batch = world.send("FR", ("IPSG", "BR"))
    assert batch.verdicts == {"IPSG": QUEUED, "BR": (Outcome.REFUSED, Code.STATE)}


def test_a_supervised_senders_diffusion_is_held_for_all_but_the_secretariat(world: HubWorld) -> None:
    world.measure("FR", State.SUPERVISED)
    world.hello("BR", "IPSG")
    batch = world.send("FR", ("IPSG", "BR"), channel="diffusion", kind="DIFFUSION")
    assert batch.verdicts == {"IPSG": QUEUED, "BR": (Outcome.HELD, Code.STATE)}
    assert batch.handed == ["IPSG"]


def test_a_message_that_is_refused_to_all_keeps_no_wire(world: HubWorld) -> None:
    world.restrict("FR", "BR")
    wire = world.sealed()
    assert world.arrive("FR", wire).of(Drop) == [Drop(id_of(wire))]


def test_what_could_not_be_decided_is_refused_and_logged(world: HubWorld) -> None:
    batch = Batch(world.core.give_up(Arrived("FR", b"anything"), NOON))
    assert nothing_followed(batch)
    assert (batch.code, batch.refusal.topic) == (Code.POLICY, "FR")


# --- 13: once more at hand-over


def test_a_change_before_the_hand_over_withholds_the_copy_and_tells_the_sender(world: HubWorld) -> None:
    wire = world.sealed()
    world.arrive("FR", wire)
    world.restrict("FR", "BR")
    batch = world.hello("BR")
    assert batch.verdicts == {"BR": (Outcome.WITHHELD, Code.RESTRICT)}
    assert batch.handed == []
    assert batch.told("FR") == [(id_of(wire), "BR", Outcome.WITHHELD, Code.RESTRICT)]
    assert batch.of(Drop) == [Drop(id_of(wire))]


def test_who_bars_later_is_hidden_from_the_sender_as_who_barred_before(world: HubWorld) -> None:
    before = world.accept("DE", "FR") and world.send("FR", ("DE",)).receipt.lines[0].code
    wire = world.sealed("FR", ("BR",))
    world.arrive("FR", wire)
    world.accept("BR", "FR")
    batch = world.hello("BR")
    assert batch.verdicts == {"BR": (Outcome.WITHHELD, Code.ACCEPT)}
    assert batch.told("FR") == [(id_of(wire), "BR", Outcome.WITHHELD, before)]
    assert before is Code.ADDR


def test_a_change_that_does_not_matter_needs_no_new_decision(world: HubWorld) -> None:
    world.send()
    world.restrict("DE", "NO")
    batch = world.hello("BR")
    assert batch.verdicts == {}
    assert batch.handed == ["BR"]


def test_a_copy_that_may_not_go_again_leaves_a_void_and_numbers_stay_whole(world: HubWorld) -> None:
    world.hello("BR")
    world.send()
    world.send("DE", ("BR",))
    world.restrict("FR", "BR")
    batch = world.hello("BR", epoch="e1" * 16)
    assert batch.verdicts == {"BR": (Outcome.WITHHELD, Code.RESTRICT)}
    assert batch.puts[0] == ("BR", 1, NoteKind.VOID)
    assert batch.of(Resend) == [Resend("BR")]
    assert {number: item.kind for number, item in world.core.streams["BR"].items.items()} == {
        1: NoteKind.VOID,
        2: NoteKind.DELIVERY,
    }


def test_what_waits_expires_when_its_time_is_over(world: HubWorld) -> None:
    wire = world.sealed(expires=NOON + timedelta(hours=1))
    world.arrive("FR", wire)
    batch = world.later(hours=1)
    assert batch.verdicts == {"BR": (Outcome.EXPIRED, Code.TIME)}
    assert batch.told("FR") == [(id_of(wire), "BR", Outcome.EXPIRED, Code.TIME)]
    assert world.hello("BR").handed == []


def test_a_copy_that_nobody_answered_expires_like_one_that_was_not_handed_over(world: HubWorld) -> None:
    """Whether the hub had noticed that its reader is away must make no difference."""
    world.hello("BR")
    wire = world.sealed(expires=NOON + timedelta(hours=1))
    assert world.arrive("FR", wire).handed == ["BR"]
    batch = world.later(hours=1)
    assert batch.verdicts == {"BR": (Outcome.EXPIRED, Code.TIME)}
    assert batch.puts[0] == ("BR", 1, NoteKind.VOID)


def test_a_revoked_partys_queue_is_withheld_at_once(world: HubWorld) -> None:
    world.hello("FR-cdg-border")
    online = world.sealed("FR", ("FR-cdg-border",))
    world.arrive("FR", online)
    waiting = world.sealed("DE", ("FR",))
    world.arrive("DE", waiting)
    batch = world.revoke("FR")
    assert batch.verdicts == {"FR": (Outcome.WITHHELD, Code.ADDR), "FR-cdg-border": (Outcome.WITHHELD, Code.STATE)}
    assert world.outcome(id_of(online), "FR-cdg-border") is Outcome.WITHHELD
    assert world.outcome(id_of(waiting), "FR") is Outcome.WITHHELD
    assert batch.told("DE") == [(id_of(waiting), "FR", Outcome.WITHHELD, Code.ADDR)]
    assert world.core.waiting().keys().isdisjoint({"FR", "FR-cdg-border"})


def test_nothing_is_put_for_a_revoked_party_not_even_a_checkpoint(world: HubWorld) -> None:
    world.hello("FR", "FR-cdg-border", "BR")
    world.revoke("FR")
    assert [party for party, _, _ in world.show_checkpoint().puts] == ["BR"]


def test_a_sender_revoked_before_the_hand_over_reaches_nobody(world: HubWorld) -> None:
    world.send("FR")
    world.revoke("FR")
    batch = world.hello("BR")
    assert batch.handed == []
    assert batch.verdicts == {"BR": (Outcome.WITHHELD, Code.STATE)}


# --- acknowledgements


def test_only_what_was_handed_over_can_be_acknowledged(world: HubWorld) -> None:
    wire = world.sealed()
    world.arrive("FR", wire)
    for party in ("BR", "DE"):
        batch = world.ack(party, 0, id_of(wire))
        assert nothing_followed(batch)
        assert (batch.code, batch.refusal.alarm) == (Code.ADDR, True)
    assert world.outcome(id_of(wire), "BR") is Outcome.QUEUED


def test_an_acknowledgement_of_something_unknown_changes_nothing(world: HubWorld) -> None:
    assert world.ack("BR", 0, "ab" * 16) == []


def test_an_acknowledgement_in_anothers_name_is_refused(world: HubWorld) -> None:
    world.hello("BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    opened = Ack(upto=1, items=(AckItem(id=id_of(wire), status=Outcome.OPENED),))
    forged = world.frame(FrameType.ACK, opened, "BR", identity=world.ids["DE"])
    assert world.arrive("BR", forged).code is Code.SIGN
    assert world.arrive("DE", world.acked("BR", 1, (id_of(wire), Outcome.OPENED, None))).code is Code.SIGN
    assert world.outcome(id_of(wire), "BR") is Outcome.QUEUED


def test_the_same_acknowledgement_twice_is_logged_once(world: HubWorld) -> None:
    world.hello("BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    frame = world.acked("BR", 1, (id_of(wire), Outcome.OPENED, None))
    assert world.arrive("BR", frame).entries != []
    assert world.arrive("BR", frame) == []


@pytest.mark.parametrize("last", [Outcome.OPENED, Outcome.REJECTED])
def test_opened_and_rejected_are_the_last_word(world: HubWorld, last: Outcome) -> None:
    world.hello("BR")
    first, second = world.sealed(), world.sealed()
    world.arrive("FR", first)
    world.arrive("FR", second)
    world.ack("BR", 1, id_of(first), status=last)
    world.arrive(
        "BR",
        world.acked("BR", 2, (id_of(second), Outcome.OPENED, None), *((id_of(first), one, None) for one in _ANSWERS)),
    )
    assert world.outcome(id_of(first), "BR") is last


_ANSWERS = (Outcome.DELIVERED, Outcome.OPENED, Outcome.REJECTED)


def test_of_contradicting_answers_in_one_frame_the_first_final_one_counts(world: HubWorld) -> None:
    world.hello("BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    items = [(id_of(wire), one, None) for one in (Outcome.DELIVERED, Outcome.REJECTED, Outcome.OPENED)]
    batch = world.arrive("BR", world.acked("BR", 1, *items))
    assert [outcome for _, _, outcome, _ in batch.told("FR")] == [Outcome.DELIVERED, Outcome.REJECTED]
    assert world.outcome(id_of(wire), "BR") is Outcome.REJECTED


def test_a_copy_stays_until_its_reader_has_said_what_became_of_it(world: HubWorld) -> None:
    """The acknowledgement of number 1 was lost; that of number 2 confirms both numbers, but only one copy."""
    world.hello("BR")
    lost, heard = world.sealed(), world.sealed()
    world.arrive("FR", lost)
    world.arrive("FR", heard)
    batch = world.ack("BR", 2, id_of(heard))
    assert batch.of(Forget) == [Forget("BR", (2,))]
    assert list(world.core.streams["BR"].items) == [1]
    again = world.hello("BR", received=2, epoch="e1" * 16)
    assert again.of(Resend) == [Resend("BR")], "sent again, so that it is acknowledged again"
    world.ack("BR", 2, id_of(lost))
    assert list(world.core.streams["BR"].items) == []


def test_what_a_reader_has_stored_is_not_taken_back(world: HubWorld) -> None:
    """It has the copy and may have opened it: to call it withheld would be untrue."""
    world.hello("BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    world.restrict("FR", "BR")
    batch = world.hello("BR", received=1, epoch="e1" * 16)
    assert batch.verdicts == {}
    world.ack("BR", 1, id_of(wire))
    assert world.outcome(id_of(wire), "BR") is Outcome.OPENED


def test_what_was_answered_and_not_stored_leaves_a_void_since_its_wire_is_gone(world: HubWorld) -> None:
    world.hello("BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    batch = world.ack("BR", 0, id_of(wire))
    assert batch.of(Drop) == [Drop(id_of(wire))]
    assert ("BR", 1, NoteKind.VOID) in batch.puts
    world.restrict("FR", "BR")
    world.hello("BR", epoch="e1" * 16)
    assert world.outcome(id_of(wire), "BR") is Outcome.OPENED


def test_a_withheld_copy_that_was_on_its_way_may_still_be_opened_and_then_that_is_said(world: HubWorld) -> None:
    world.hello("BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    world.restrict("FR", "BR")
    world.hello("BR", epoch="e1" * 16)
    assert world.ack("BR", 1, id_of(wire)).told("FR") == [(id_of(wire), "BR", Outcome.OPENED, None)]


def test_an_acknowledgement_beyond_its_size_is_refused(world: HubWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.hello("BR")
    wire = world.sealed()
    world.arrive("FR", wire)
    frame = world.acked("BR", 1, (id_of(wire), Outcome.OPENED, None))
    monkeypatch.setattr(admission, "MAX_ACK_BYTES", len(frame) - 1)
    assert world.arrive("BR", frame).code is Code.FORMAT


def test_the_largest_acknowledgement_is_within_its_size(world: HubWorld) -> None:
    items = [(f"{number:032x}", Outcome.REJECTED, Code.PURPOSE) for number in range(1024)]
    assert world.arrive("BR", world.acked("BR", 10**9, *items)) == []


def test_news_for_a_sender_are_split_where_one_note_would_be_too_large(
    world: HubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "MAX_UPDATES", 2)
    world.hello("FR", "BR", "DE", "NO")
    wire = world.sealed("FR", ("BR", "DE", "NO"))
    world.arrive("FR", wire)
    acks = [Arrived(party, world.acked(party, 1, (id_of(wire), Outcome.OPENED, None))) for party in ("BR", "DE", "NO")]
    batch = world.do(*acks)
    notes = [put.item for put in batch.of(Put)]
    assert [[update.party for update in item.updates] for item in notes] == [["BR", "DE"], ["NO"]]
    assert [len(item.sources) for item in notes] == [2, 1], "each note has the proofs of its own updates"


# --- clear frames: who may say what


@pytest.mark.parametrize(
    ("type_", "payload", "speakers"),
    [
        pytest.param(FrameType.RESTRICTION, Bars(), {"FR", "IPSG"}, id="restriction"),
        pytest.param(FrameType.ACCEPTANCE, Bars(), {"FR"}, id="acceptance"),
        pytest.param(FrameType.MEASURE, MeasureSet(party="BR", state=State.MONITORED), {"IPSG"}, id="measure"),
        pytest.param(
            FrameType.NOTICE_DECISION,
            NoticeDecision(
                decision="0" * 64, request="0" * 32, requester="FR", type="red", publish=True, commitment="0" * 64
            ),
            {"NDTF"},
            id="decision on a notice",
        ),
    ],
)
@pytest.mark.parametrize("party", ["FR", "FR-cdg-border", "IPSG", "NDTF"])
def test_who_may_say_what_in_clear(
    world: HubWorld, type_: FrameType, payload: object, speakers: set[str], party: str
) -> None:
    batch = world.declare(type_, payload, party)
    if party in speakers:
        assert batch.code is None
        assert isinstance(batch.entries[0], FrameEntry)
    else:
        assert nothing_followed(batch)
        assert (batch.code, batch.refusal.counter) == (Code.RIGHTS, 1)
    assert world.state.counters[party] == 1


@pytest.mark.parametrize(
    ("type_", "payload"),
    [
        pytest.param(FrameType.WELCOME, WelcomePayload(epoch=EPOCH, received=9, call=True), id="welcome"),
        pytest.param(FrameType.RECEIPT, Receipt(items=()), id="receipt"),
        pytest.param(FrameType.CONTROL, ControlEntry(what="cut"), id="control"),
    ],
)
def test_a_party_does_not_speak_for_hub_or_control(world: HubWorld, type_: FrameType, payload: object) -> None:
    batch = world.arrive("FR", world.frame(type_, payload, "FR"))
    assert nothing_followed(batch)
    assert batch.code is Code.RIGHTS


@pytest.mark.parametrize(
    "how", [{"run": "ba9876543210"}, {"to": "BR"}], ids=["made for another run", "to somebody else"]
)
def test_a_frame_that_is_not_for_this_hub_is_refused(world: HubWorld, how: dict[str, str]) -> None:
    batch = world.arrive("FR", world.frame(FrameType.RESTRICTION, Bars(), "FR", 1, **how))
    assert nothing_followed(batch)
    assert batch.code is Code.SIGN


def test_a_measure_on_an_unknown_party_is_refused(world: HubWorld) -> None:
    assert world.measure("XX", State.MONITORED).code is Code.ADDR


def test_a_measure_is_told_to_all_and_a_restriction_to_the_secretariat_alone(world: HubWorld) -> None:
    everybody = {"BR", "DE", "FR", "FR-cdg-border", "IPSG", "NDTF", "NO", "PT"}
    assert {party for party, _, kind in world.measure("BR", State.MONITORED).puts} == everybody
    assert world.restrict("FR", "NO").puts == [("IPSG", 2, NoteKind.STATEMENT)]
    assert world.restrict("IPSG", "NO").puts == []
    assert world.accept("BR", "FR").puts == []


def test_a_decision_on_a_notice_is_taken_once(world: HubWorld) -> None:
    decision = world.decided()
    batch = world.declare(FrameType.NOTICE_DECISION, decision, "NDTF")
    assert (batch.code, batch.refusal.alarm) == (Code.REPLAY, True)


def test_a_new_restriction_replaces_the_whole_list_of_its_author(world: HubWorld) -> None:
    world.restrict("FR", "BR", "DE")
    world.restrict("FR", "DE")
    assert world.send("FR", ("BR", "DE")).verdicts == {"BR": QUEUED, "DE": (Outcome.REFUSED, Code.RESTRICT)}


# --- publication


def test_a_publication_rests_on_the_reviewers_decision_which_travels_with_it(world: HubWorld) -> None:
    world.restrict("FR", "NO")
    world.hello("BR")
    decision = world.decided()
    batch = world.publish(decision, barred=("NO",))
    assert batch.verdicts == {"NO": (Outcome.REFUSED, Code.RESTRICT), "BR": QUEUED, "DE": QUEUED}
    (put,) = batch.of(Put)
    (source,) = put.item.sources
    entry = world.entries[source]
    assert isinstance(entry, FrameEntry)
    assert source == world.state.decisions[decision.decision][1]


def test_a_publication_without_a_decision_is_refused(world: HubWorld) -> None:
    assert world.publish(None).verdicts["BR"] == (Outcome.REFUSED, Code.REVIEW)
    assert world.publish(world.decide()).verdicts["BR"] == (Outcome.REFUSED, Code.REVIEW), "one that was never said"


def test_a_decision_against_publishing_or_for_another_type_is_refused(world: HubWorld) -> None:
    assert world.publish(world.decided(publish=False)).verdicts["BR"] == (Outcome.REFUSED, Code.REVIEW)
    decision = world.decided()
    other = {"notice": {"type": "blue", "decision": decision.decision}, "purpose": "locate"}
    assert world.publish(decision, **other).verdicts["BR"] == (Outcome.REFUSED, Code.REVIEW)


def test_a_decision_serves_one_publication(world: HubWorld) -> None:
    decision = world.decided()
    assert world.publish(decision).verdicts["BR"] == QUEUED
    assert world.publish(decision).verdicts["BR"] == (Outcome.REFUSED, Code.REVIEW)


def test_a_publication_that_was_refused_to_all_leaves_the_decision_unused(world: HubWorld) -> None:
    decision = world.decided()
    assert world.publish(decision, to=("FR-cdg-border",)).verdicts["FR-cdg-border"][0] is Outcome.REFUSED
    assert world.publish(decision).verdicts["BR"] == QUEUED


def test_only_the_secretariat_publishes(world: HubWorld) -> None:
    assert world.publish(world.decided(), sender="FR").verdicts["BR"] == (Outcome.REFUSED, Code.RIGHTS)


def test_a_publication_quotes_a_record_of_the_bureau_that_the_decision_names(world: HubWorld) -> None:
    """Else the restrictions of the bureau that asked would not be looked at."""
    world.restrict("FR", "BR")
    assert world.publish(world.decided("FR"), owner="DE").verdicts["BR"] == (Outcome.REFUSED, Code.REVIEW)


# --- sessions, directory, checkpoints


def test_the_goodbye_of_an_older_session_does_not_disconnect_a_newer_one(world: HubWorld) -> None:
    world.hello("BR", epoch="e0" * 16)
    world.hello("BR", epoch="e1" * 16)
    assert world.bye("BR", "e0" * 16) == []
    assert "BR" in world.core.online
    world.bye("BR", "e1" * 16)
    assert world.send().handed == []


def test_hello_is_answered_with_the_newest_number_and_what_is_unconfirmed(world: HubWorld) -> None:
    world.send("BR", ("FR",))
    world.hello("BR")
    world.send()
    world.send()
    batch = world.hello("BR", received=0, epoch="e1" * 16)
    assert batch == [Welcome("BR", 1), Resend("BR")]


def test_directory_changes_reach_everybody_in_order_with_their_messages(world: HubWorld) -> None:
    world.hello("BR")
    world.send()
    batch = world.reissue()
    assert ("BR", 2, NoteKind.DIRECTORY) in batch.puts
    assert {put.item.directory for put in batch.of(Put)} == {2}
    assert {party for party, _, _ in batch.puts} == {"BR", "DE", "FR", "FR-cdg-border", "IPSG", "NDTF", "NO", "PT"}


def test_a_directory_change_that_does_not_follow_changes_nothing(world: HubWorld) -> None:
    issue = next_directory(enrolled().authority, enrolled().trust(NOON), (), NOON)
    skipped = next_directory(enrolled().authority, world.state.trust.advance(issue.frame, (), NOON), (), NOON)
    with pytest.raises((FormatError, TrustError)):
        world.do(DirectoryIssued(skipped.frame, skipped.attached))
    assert world.state.directory.number == 1


def test_a_directory_change_that_comes_again_is_logged_once(world: HubWorld) -> None:
    """Exercise control repeats a command whose answer it did not get."""
    first = enrolled().first
    assert world.do(DirectoryIssued(first.frame, first.attached)) == []
    assert world.state.directory.number == 1


def test_a_checkpoint_is_shown_to_those_who_are_there(world: HubWorld) -> None:
    world.hello("BR")
    assert world.show_checkpoint().puts == [("BR", 1, NoteKind.CHECKPOINT)]


def test_a_cosignature_is_kept_beside_the_log_not_in_it(world: HubWorld) -> None:
    frame = world.frame(FrameType.COSIGN, Cosign(checkpoint="a text"), "BR")
    assert world.arrive("BR", frame) == [Cosigned("BR", frame, "a text")]


def test_what_control_did_is_logged_and_nobody_else_can_say_it(world: HubWorld) -> None:
    entry = ControlEntry(what="cut", target="BR")
    note = ControlNoted(world.frame(FrameType.CONTROL, entry, "CONTROL"))
    (logged,) = world.do(note).entries
    assert isinstance(logged, FrameEntry)
    assert world.do(note) == []  # exercise control repeats what it got no answer to
    with pytest.raises(I247Error):
        world.do(ControlNoted(world.frame(FrameType.CONTROL, entry, "FR")))
    altered = clear.parse(world.frame(FrameType.CONTROL, ControlEntry(what="cut", target="DE"), "CONTROL"))
    signature = bytes([altered.signature[0] ^ 1]) + altered.signature[1:]
    with pytest.raises(TrustError):
        world.do(ControlNoted(clear.MAGIC + sized(altered.frame_bytes) + signature))
    thief = world.frame(FrameType.CONTROL, entry, "CONTROL", identity=world.ids["FR"])
    with pytest.raises(TrustError):
        world.do(ControlNoted(thief))


def test_of_what_control_signs_only_control_entries_are_logged(world: HubWorld) -> None:
    size = world.state.size
    with pytest.raises(I247Error, match="not a control entry"):
        world.do(ControlNoted(world.frame(FrameType.ATTESTATION, Attestation(lines=()), "CONTROL")))
    assert world.state.size == size


def test_a_sender_that_was_revoked_is_told_nothing_more(world: HubWorld) -> None:
    world.send("FR")
    world.revoke("FR")
    batch = world.hello("BR")
    assert batch.told("FR") == []
    assert all(isinstance(update, OutcomeUpdate) for put in batch.of(Put) for update in put.item.updates)


@pytest.mark.parametrize("magic", [clear.MAGIC, sealed.MAGIC], ids=["frame", "message"])
def test_what_is_too_large_is_not_looked_at(world: HubWorld, magic: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in (clear, sealed):
        monkeypatch.setattr(reader, "parse", None)
    refusal = world.arrive("FR", magic + bytes(MAX_WIRE_BYTES)).refusal
    assert (refusal.code, refusal.size) == (Code.FORMAT, MAX_WIRE_BYTES + len(magic))
    assert str(MAX_WIRE_BYTES) in refusal.detail


def test_nobody_is_handed_a_message_without_a_stanza_whatever_the_rules_say(world: HubWorld) -> None:
    class Obliging(Engine):
        def decide_addressees(self, world: World, facts: MessageFacts, parties: Sequence[str]) -> dict[str, Verdict]:
            return dict.fromkeys(parties, Verdict(Outcome.QUEUED, None, ()))

    world.core.engine = Obliging(world.core.engine.rulebook)
    batch = world.publish(world.decided(), to=("BR",), barred=("DE",))
    assert batch.verdicts == {"DE": (Outcome.REFUSED, Code.KEY), "BR": (Outcome.QUEUED, None)}
