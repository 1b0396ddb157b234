"""What a party believes of what the hub hands it: every check of the list, each by something that fails it alone."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from node_world import NOON, NOTICE, Reader, opened, refused

from i247sim.node.taken import (
    Duplicate,
    Gap,
    MessageRejected,
    MessageTaken,
    NumberTaken,
    OutcomesTold,
    Receipted,
    Refused,
    Several,
    StatementTaken,
    TooSoon,
    Welcomed,
)
from i247sim.security import envelope as sealed
from i247sim.security import frames as clear
from i247sim.security.keys import KemKey, KemPublic
from i247sim.security.sealing import open_body
from i247sim.vocabulary.contents import Confirmation, Note
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.frames import (
    Bye,
    FrameType,
    NoteKind,
    OutcomeUpdate,
    Receipt,
    Welcome,
)
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import AudienceMember, Body
from i247sim.vocabulary.parties import State
from i247sim.vocabulary.statements import Bar, Bars, MeasureSet

ID = "ab" * 16


def rejected(taken: object, code: Code) -> MessageRejected:
    assert isinstance(taken, MessageRejected), taken
    assert taken.code is code, taken
    return taken


# --- the good way


def test_a_good_copy_is_opened_and_its_number_taken(reader: Reader) -> None:
    taken = opened(reader.take(reader.delivery(reader.message())))
    assert (taken.number, taken.header.sender, taken.content) == (1, "FR", Note(subject="s"))
    assert (reader.reception.received, reader.reception.seen) == (1, {taken.header.id})


def test_receipts_and_welcomes_have_no_number(reader: Reader) -> None:
    assert reader.take(reader.frame(FrameType.RECEIPT, Receipt(items=()))) == Receipted(())
    welcome = Welcome(epoch=ID, received=7, call=True)
    assert reader.take(reader.frame(FrameType.WELCOME, welcome)) == Welcomed(True)
    assert reader.reception.received == 0


def test_a_void_takes_its_number_under_any_directory(reader: Reader) -> None:
    assert reader.take(reader.note(NoteKind.VOID, directory=9)) == NumberTaken(1, NoteKind.VOID)


# --- 1: whose frame it is


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"sender": "FR"}, id="from a party"),
        pytest.param({"to": "DE"}, id="to another party"),
        pytest.param({"run": "ba9876543210"}, id="of another run"),
        pytest.param({"signed_by": "FR"}, id="signed by another key"),
    ],
)
def test_what_is_not_the_hubs_word_to_this_party_has_no_effect(reader: Reader, how: dict) -> None:
    how = {"to": "BR", **how}
    refused(reader.take(reader.frame(FrameType.WELCOME, Welcome(epoch=ID, received=0), **how)), Code.SIGN)
    refused(reader.take(reader.delivery(reader.message(), number=1, frame=how)), Code.SIGN)
    assert reader.reception.received == 0


def test_a_changed_byte_of_a_note_or_of_what_is_attached_has_no_effect(reader: Reader) -> None:
    wire = reader.delivery(reader.message())
    for place in range(7, len(wire), max(1, len(wire) // 200)):
        changed = bytearray(wire)
        changed[place] ^= 1
        assert isinstance(reader.take(bytes(changed)), Refused)
    assert reader.reception.received == 0
    opened(reader.take(wire))


def test_a_party_word_from_the_hub_is_refused(reader: Reader) -> None:
    refused(reader.take(reader.frame(FrameType.BYE, Bye(epoch=ID))), Code.FORMAT)


# --- 2: the number


def test_an_older_number_is_a_duplicate_and_a_later_one_a_gap(reader: Reader) -> None:
    first, second, third = (reader.delivery(reader.message()) for _ in range(3))
    opened(reader.take(first))
    assert reader.take(first) == Duplicate(1)
    assert reader.take(third) == Gap(2, 3)
    opened(reader.take(second))
    opened(reader.take(third))
    assert reader.reception.received == 3


def test_nothing_is_taken_before_the_sessions_welcome(reader: Reader) -> None:
    """The hub checks what waits again when it hears the hello; what it sent before may be barred by now."""
    reader.reception.welcomed = False
    wire = reader.delivery(reader.message())
    assert reader.take(wire) == TooSoon(1)
    reader.reception.welcomed = True
    opened(reader.take(wire))


# --- several copies under one signature


def several(taken: object) -> tuple[object, ...]:
    assert isinstance(taken, Several), taken
    return taken.taken


def test_copies_under_one_signature_are_taken_in_order(reader: Reader) -> None:
    copies = [reader.message() for _ in range(3)]
    taken = several(reader.take(reader.deliveries(*copies)))
    assert [opened(one).number for one in taken] == [1, 2, 3]
    assert [opened(one).envelope.wire for one in taken] == copies
    assert reader.reception.received == 3


@pytest.mark.parametrize("signed", [True, False], ids=["", "not signed by the hub"])
def test_the_one_signature_must_be_the_hubs(reader: Reader, signed: bool) -> None:
    wire = bytearray(reader.deliveries(reader.message(), reader.message()))
    frame, _ = clear.unpack(bytes(wire))
    if not signed:
        wire[len(frame.wire) - 1] ^= 1
    taken = reader.take(bytes(wire))
    assert isinstance(taken, Several) is signed
    if not signed:
        refused(taken, Code.SIGN)
        assert reader.reception.received == 0


def test_each_copy_must_be_the_one_of_its_own_note(reader: Reader) -> None:
    copies = [reader.message() for _ in range(3)]
    frame, _ = clear.unpack(reader.deliveries(*copies))
    first, no = several(reader.take(clear.pack(frame.wire, copies[0], copies[2], copies[1])))
    assert opened(first).number == 1
    refused(no, Code.SIGN)
    assert reader.reception.received == 1


@pytest.mark.parametrize("change", [slice(0, 1), slice(0, 0)], ids=["one missing", "all missing"])
def test_as_many_copies_as_notes_must_be_there(reader: Reader, change: slice) -> None:
    copies = [reader.message() for _ in range(2)]
    frame, _ = clear.unpack(reader.deliveries(*copies))
    refused(reader.take(clear.pack(frame.wire, *copies[change])), Code.FORMAT)
    refused(reader.take(clear.pack(frame.wire, *copies, copies[0])), Code.FORMAT)


@pytest.mark.parametrize("kind", [one for one in NoteKind if one is not NoteKind.DELIVERY])
def test_only_deliveries_come_under_one_signature(reader: Reader, kind: NoteKind) -> None:
    """A directory change in between would be judged before anybody has seen it."""
    refused(reader.take(reader.deliveries(reader.message(), reader.message(), kind=kind)), Code.FORMAT)


def test_a_copy_that_is_refused_uses_up_its_number_and_the_others_are_taken(reader: Reader) -> None:
    copies = [reader.message(), reader.message(to=("DE",)), reader.message()]
    one, no, other = several(reader.take(reader.deliveries(*copies)))
    rejected(no, Code.ADDR)
    assert (opened(one).number, opened(other).number, reader.reception.received) == (1, 3, 3)


def test_of_copies_some_of_which_came_before_the_others_are_taken(reader: Reader) -> None:
    first, second, third = (reader.message() for _ in range(3))
    opened(reader.take(reader.delivery(first)))
    again, *new = several(reader.take(reader.deliveries(first, second, third, number=1)))
    assert again == Duplicate(1)
    assert [opened(one).number for one in new] == [2, 3]


def test_copies_after_a_gap_say_so_once(reader: Reader) -> None:
    assert several(reader.take(reader.deliveries(reader.message(), reader.message(), number=5))) == (Gap(1, 5),)


def test_copies_before_the_sessions_welcome_are_too_soon(reader: Reader) -> None:
    reader.reception.welcomed = False
    assert several(reader.take(reader.deliveries(reader.message(), reader.message()))) == (TooSoon(1),)


@given(cuts=st.lists(st.integers(1, 3), min_size=1, max_size=4), again=st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_whatever_goes_under_one_signature_a_party_takes_the_same(cuts: list[int], again: int) -> None:
    """Cut in any way, and some of it sent again cut in another."""
    reader = Reader()
    copies = [reader.message() for _ in range(sum(cuts))]
    taken: list[object] = []
    at = 0
    for size in cuts:
        for start in sorted({max(0, at - again), at}):
            part = copies[start : at + size]
            wire = (
                reader.deliveries(*part, number=start + 1)
                if len(part) > 1
                else reader.delivery(part[0], number=start + 1)
            )
            one = reader.take(wire)
            taken += one.taken if isinstance(one, Several) else [one]
        at += size
    assert [one.envelope.wire for one in taken if isinstance(one, MessageTaken)] == copies
    assert all(isinstance(one, MessageTaken | Duplicate) for one in taken)
    assert reader.reception.received == len(copies)


# --- 3: what the note says


def test_another_thing_behind_the_note_than_it_says_is_refused(reader: Reader) -> None:
    copy, other = reader.message(), reader.message()
    wire = reader.note(NoteKind.DELIVERY, copy, message=ID)
    refused(reader.take(wire + len(other).to_bytes(4, "big") + other), Code.SIGN)
    lying = reader.note(NoteKind.DELIVERY, copy, number=1, message=ID, attached=clear.attached_digest(other))
    refused(reader.take(lying), Code.SIGN)


def test_a_note_of_another_directory_is_refused_until_the_change_has_come(reader: Reader) -> None:
    early = reader.delivery(reader.message(), number=1, directory=2)
    refused(reader.take(early), Code.KEY)
    assert reader.take(reader.change()) == NumberTaken(1, NoteKind.DIRECTORY)
    opened(reader.take(reader.delivery(reader.message())))


def test_a_directory_change_that_is_not_the_next_is_refused(reader: Reader) -> None:
    change = reader.change()
    reader.take(change)
    _, attached = clear.unpack(change)
    refused(reader.take(reader.note(NoteKind.DIRECTORY, *attached, directory=3)), Code.FORMAT)
    assert (reader.reception.trust.directory.number, reader.reception.received) == (2, 1)


@pytest.mark.parametrize("kind", list(NoteKind))
def test_a_note_with_nothing_behind_it_raises_nothing(reader: Reader, kind: NoteKind) -> None:
    directory = 2 if kind is NoteKind.DIRECTORY else 1
    taken = reader.take(reader.note(kind, directory=directory, message=ID))
    assert isinstance(taken, Refused) == (kind not in (NoteKind.VOID, NoteKind.OUTCOME)), taken


# --- 4 and 5: the copy


def test_a_copy_of_another_message_than_the_note_says_is_rejected(reader: Reader) -> None:
    rejected(reader.take(reader.delivery(reader.message(), message=ID)), Code.SIGN)


def test_what_is_no_copy_is_rejected_and_its_number_taken(reader: Reader) -> None:
    taken = rejected(reader.take(reader.delivery(b"no copy", message=ID)), Code.FORMAT)
    assert (taken.number, taken.id, reader.reception.received) == (1, ID, 1)


@pytest.mark.parametrize("place", [0.5, 0.99], ids=["in the body", "in the signature"])
def test_a_changed_byte_of_a_copy_is_rejected(reader: Reader, place: float) -> None:
    copy = bytearray(reader.message())
    id_ = sealed.parse(bytes(copy)).header.id
    copy[int(place * len(copy))] ^= 1
    rejected(reader.take(reader.delivery(bytes(copy), message=id_)), Code.SIGN)


def test_a_copy_in_anothers_name_is_rejected(reader: Reader) -> None:
    """Whoever the hub let through: the signature must be that of the party in the header."""
    rejected(reader.take(reader.delivery(reader.message("FR", identity=reader.ids["DE"]))), Code.SIGN)


def test_a_message_of_another_run_is_rejected(reader: Reader) -> None:
    rejected(reader.take(reader.delivery(reader.message(run="ba9876543210"))), Code.SIGN)


def test_a_revoked_senders_message_is_rejected(reader: Reader) -> None:
    reader.take(reader.change("FR"))
    rejected(reader.take(reader.delivery(reader.message("FR"))), Code.KEY)
    opened(reader.take(reader.delivery(reader.message("DE"))))


def test_under_a_directory_that_is_too_old_nothing_is_opened(reader: Reader) -> None:
    reader.now += timedelta(days=8)
    rejected(reader.take(reader.delivery(reader.message())), Code.KEY)


def test_a_message_that_does_not_name_this_party_is_rejected(reader: Reader) -> None:
    rejected(reader.take(reader.delivery(reader.message(to=("DE",)))), Code.ADDR)


def test_only_the_secretariat_addresses_an_audience(reader: Reader) -> None:
    member = AudienceMember(party="BR", key=reader.ids["BR"].kem[-1].id)
    rejected(reader.take(reader.delivery(reader.message("FR", (), audience=(member,)))), Code.RIGHTS)
    opened(reader.take(reader.delivery(reader.message("IPSG", (), audience=(member,)))))


def test_the_same_id_under_another_number_is_rejected(reader: Reader) -> None:
    copy = reader.message()
    opened(reader.take(reader.delivery(copy)))
    rejected(reader.take(reader.delivery(copy)), Code.REPLAY)


def test_a_message_whose_life_is_over_is_rejected(reader: Reader) -> None:
    copy = reader.message(expires=NOON + timedelta(hours=1))
    reader.now += timedelta(hours=1)
    rejected(reader.take(reader.delivery(copy)), Code.TIME)


def test_a_copy_sealed_to_a_key_that_is_gone_is_rejected_as_such(reader: Reader) -> None:
    reader.reception.identity = replace(reader.reception.identity, kem=())
    rejected(reader.take(reader.delivery(reader.message())), Code.KEY)


def test_a_stanza_sealed_to_somebody_else_does_not_open(reader: Reader) -> None:
    """The header names this party's key, the stanza was made for another: nothing but a rejection comes out."""
    mine, foreign = reader.ids["BR"].kem[-1], KemKey.generate()
    copy = reader.message(keys=[KemPublic(mine.id, foreign.public)])
    rejected(reader.take(reader.delivery(copy)), Code.SIGN)


def test_the_copy_for_another_addressee_does_not_open(reader: Reader) -> None:
    rejected(reader.take(reader.delivery(reader.message(to=("DE", "BR"), index=0))), Code.SIGN)
    opened(reader.take(reader.delivery(reader.message(to=("DE", "BR"), index=1))))


def test_a_body_of_the_wrong_kind_is_rejected(reader: Reader) -> None:
    body = Body(content={"exercise": "EXERCISE EXERCISE EXERCISE", "nothing": "of the kind"})
    rejected(reader.take(reader.delivery(reader.message(body=body))), Code.FORMAT)


FAULTS = {
    "signed by another": (Code.SIGN, lambda reader, how: how.update(identity=reader.ids["DE"])),
    "not to this party": (Code.ADDR, lambda reader, how: how.update(to=("DE",))),
    "came before": (Code.REPLAY, lambda reader, how: how.update(id=ID)),
    "its life is over": (Code.TIME, lambda reader, how: how.update(expires=NOON)),
    "sealed to a key that is gone": (Code.KEY, lambda reader, how: how.update(kem=())),
    "of the wrong kind": (Code.FORMAT, lambda reader, how: how.update(body=Body(content={"nothing": "of the kind"}))),
}
"""What can be wrong with a copy, in the order in which it is looked at."""


@pytest.mark.parametrize(("first", "later"), list(combinations(FAULTS, 2)))
def test_of_two_things_that_are_wrong_the_first_step_speaks(reader: Reader, first: str, later: str) -> None:
    """So a forger never learns which keys are held, and nobody is asked to seal anew what it did not write."""
    reader.reception.seen.add(ID)
    how: dict = {"to": ("BR",), "created": NOON - timedelta(hours=1)}
    for name in (later, first):
        FAULTS[name][1](reader, how)
    reader.reception.identity = replace(reader.reception.identity, kem=how.pop("kem", reader.reception.identity.kem))
    copy = reader.message("FR", how.pop("to"), **how)
    rejected(reader.take(reader.delivery(copy)), FAULTS[first][0])


# --- 6: publications, and places


@pytest.mark.parametrize(
    ("marks", "place", "taken"),
    [
        pytest.param((), "at the fictional harbour", True, id="nobody has asked for silence"),
        pytest.param(("may-tell",), "at the fictional harbour", True, id="with consent"),
        pytest.param(("place-withheld",), None, True, id="withheld"),
        pytest.param(("place-withheld",), "at the fictional harbour", False, id="withheld, and told"),
    ],
)
def test_a_place_that_is_withheld_is_not_taken(
    reader: Reader, marks: tuple[str, ...], place: str | None, taken: bool
) -> None:
    content = Confirmation(record="NOM-900001", subject="found", place=place)
    body = Body(content=content.plain())
    copy = reader.message(kind=Kind.LOCATED_NOTIFY, handling=marks, body=body)
    if taken:
        opened(reader.take(reader.delivery(copy)))
    else:
        rejected(reader.take(reader.delivery(copy)), Code.CONSENT)


@pytest.mark.parametrize("kind", ["NOTICE_PUBLISHED", "NOTICE_UPDATE"])
def test_a_publication_with_the_reviewers_decision_is_taken(reader: Reader, kind: str) -> None:
    opened(reader.take(reader.delivery(reader.publication(kind=kind), reader.decision())))


@pytest.mark.parametrize(
    ("publication", "decision"),
    [
        pytest.param({}, None, id="no decision"),
        pytest.param({"kind": "NOTICE_UPDATE"}, None, id="an update without a decision"),
        pytest.param(
            {"kind": "NOTICE_UPDATE", "notice": NOTICE.model_copy(update={"subject": "another"})},
            {},
            id="an update with other content",
        ),
        pytest.param({"salt": None}, {}, id="no salt"),
        pytest.param({"salt": "bb" * 32}, {}, id="another salt"),
        pytest.param({"notice": NOTICE.model_copy(update={"subject": "another"})}, {}, id="other content"),
        pytest.param({}, {"decision": "d1" * 32}, id="another decision than the header quotes"),
        pytest.param({}, {"publish": False}, id="a decision against it"),
        pytest.param({}, {"requester": "DE"}, id="for another requester"),
        pytest.param({}, {"type": "blue"}, id="for another type"),
        pytest.param({}, {"sender": "IPSG"}, id="the secretariat's own decision"),
        pytest.param({}, {"run": "b" * 12}, id="a decision of another run"),
        pytest.param({"notice_ref": None}, {}, id="a header without a decision"),
    ],
)
def test_a_publication_that_the_reviewer_did_not_decide_is_rejected(
    reader: Reader, publication: dict, decision: dict | None
) -> None:
    if "notice_ref" in publication:
        content = reader.publication()
        publication = {}
        copy = reader.message(
            "IPSG",
            (),
            channel="notice",
            kind="NOTICE_PUBLISHED",
            audience=(AudienceMember(party="BR", key=reader.ids["BR"].kem[-1].id),),
            body=_body_of(reader, content),
        )
    else:
        copy = reader.publication(**publication)
    attached = () if decision is None else (reader.decision(**decision),)
    rejected(reader.take(reader.delivery(copy, *attached)), Code.REVIEW)


def _body_of(reader: Reader, copy: bytes) -> Body:
    return open_body(sealed.parse(copy), "BR", reader.ids["BR"].kem)


def test_a_decision_in_the_reviewers_name_that_it_did_not_sign_is_rejected(reader: Reader) -> None:
    wire = bytearray(reader.decision())
    wire[-1] ^= 1
    rejected(reader.take(reader.delivery(reader.publication(), bytes(wire))), Code.SIGN)


def test_beside_a_publication_comes_one_decision_and_nothing_else(reader: Reader) -> None:
    decision = reader.decision()
    rejected(reader.take(reader.delivery(reader.publication(), decision, decision)), Code.REVIEW)


def test_a_reader_is_handed_a_slim_copy_and_never_the_full_one(reader: Reader) -> None:
    """The full one would show it a notice's whole audience, and so who is barred."""
    rejected(reader.take(reader.delivery(reader.full().wire)), Code.SIGN)


# --- outcomes


def update(outcome: Outcome, party: str = "DE", code: Code | None = None) -> OutcomeUpdate:
    return OutcomeUpdate(id=ID, party=party, outcome=outcome, code=code)


def test_an_acknowledgement_counts_with_its_addressees_signature(reader: Reader) -> None:
    taken = reader.take(reader.outcomes(update(Outcome.OPENED), acks=(reader.ack("DE", (ID, Outcome.OPENED, None)),)))
    assert taken == OutcomesTold(1, (update(Outcome.OPENED),))


def test_what_the_hub_itself_decided_needs_no_signature_of_others(reader: Reader) -> None:
    news = (update(Outcome.WITHHELD, code=Code.RESTRICT), update(Outcome.EXPIRED, code=Code.TIME))
    assert reader.take(reader.outcomes(*news)) == OutcomesTold(1, news)


def test_every_step_of_an_answer_is_believed_that_was_signed(reader: Reader) -> None:
    """Stored first, then opened: both were said, in two frames of one batch."""
    acks = tuple(reader.ack("DE", (ID, one, None)) for one in (Outcome.DELIVERED, Outcome.OPENED))
    news = (update(Outcome.DELIVERED), update(Outcome.OPENED))
    assert reader.take(reader.outcomes(*news, acks=acks)) == OutcomesTold(1, news)


@pytest.mark.parametrize(
    "ack",
    [
        pytest.param(lambda reader: (), id="no signature"),
        pytest.param(lambda reader: (reader.ack("DE", (ID, Outcome.REJECTED, Code.KEY)),), id="it said otherwise"),
        pytest.param(lambda reader: (reader.ack("DE", ("cd" * 16, Outcome.OPENED, None)),), id="of another message"),
        pytest.param(lambda reader: (reader.ack("FR", (ID, Outcome.OPENED, None)),), id="another party said it"),
        pytest.param(
            lambda reader: (reader.ack("DE", (ID, Outcome.OPENED, None), signed_by="HUB"),), id="the hub signed it"
        ),
        pytest.param(lambda reader: (reader.ack("DE", (ID, Outcome.OPENED, None), run="b" * 12),), id="another run"),
        pytest.param(lambda reader: (reader.decision(),), id="no acknowledgement at all"),
        pytest.param(lambda reader: (b"noise",), id="noise"),
    ],
)
def test_a_forged_acknowledgement_is_not_believed(reader: Reader, ack: object) -> None:
    for said in (Outcome.DELIVERED, Outcome.OPENED, Outcome.REJECTED):
        taken = reader.take(reader.outcomes(update(said), acks=ack(reader)))
        assert isinstance(taken, Refused)
        assert reader.reception.received == 0
        reader.number = 0


def test_of_a_message_that_its_sender_did_not_sign_nothing_is_told_to_the_desk(reader: Reader) -> None:
    """Its header is anybody's; of a signed one that does not open the desk learns who wrote it."""
    forged = bytearray(reader.message())
    forged[-1] ^= 1
    id_ = sealed.parse(bytes(forged)).header.id
    assert rejected(reader.take(reader.delivery(bytes(forged), message=id_)), Code.SIGN).header is None
    late = rejected(
        reader.take(reader.delivery(reader.message(created=NOON - timedelta(hours=1), expires=NOON))), Code.TIME
    )
    assert late.header is not None


# --- statements


def test_a_measure_counts_with_the_secretariats_signature(reader: Reader) -> None:
    measure = MeasureSet(party="DE", state=State.MONITORED)
    good = reader.frame(FrameType.MEASURE, measure, "IPSG", counter=1)
    taken = reader.take(reader.note(NoteKind.STATEMENT, good))
    assert taken == StatementTaken(1, "IPSG", measure, good)
    forged = reader.frame(FrameType.MEASURE, measure, "DE", counter=2)
    refused(reader.take(reader.note(NoteKind.STATEMENT, forged)), Code.SIGN)


def test_a_measure_of_another_run_does_not_count(reader: Reader) -> None:
    measure = MeasureSet(party="DE", state=State.MONITORED)
    old = reader.frame(FrameType.MEASURE, measure, "IPSG", counter=1, run="b" * 12)
    refused(reader.take(reader.note(NoteKind.STATEMENT, old)), Code.SIGN)


def test_a_restriction_is_for_the_secretariat_alone() -> None:
    for party, believed in (("IPSG", True), ("BR", False)):
        reader = Reader(party)
        statement = reader.frame(FrameType.RESTRICTION, Bars(), "FR", counter=1)
        assert isinstance(reader.take(reader.note(NoteKind.STATEMENT, statement)), StatementTaken) == believed


def test_a_bar_that_was_taken_back_does_not_come_again() -> None:
    """The hub could hand over what an owner once said: the secretariat would seal to whom that owner bars now."""
    reader = Reader("IPSG")
    free, barred = (
        reader.frame(FrameType.RESTRICTION, Bars(bars=bars), "FR", counter=number)
        for number, bars in ((1, ()), (3, (Bar(whom="NO"),)))
    )
    of_another = reader.frame(FrameType.RESTRICTION, Bars(), "DE", counter=1)
    for statement in (free, barred, of_another):
        assert isinstance(reader.take(reader.note(NoteKind.STATEMENT, statement)), StatementTaken)
    for statement in (free, barred):
        refused(reader.take(reader.note(NoteKind.STATEMENT, statement, number=4)), Code.REPLAY)


def test_an_acceptance_is_not_taken_for_a_restriction() -> None:
    reader = Reader("IPSG")
    statement = reader.frame(FrameType.ACCEPTANCE, Bars(), "FR", counter=1)
    refused(reader.take(reader.note(NoteKind.STATEMENT, statement)), Code.SIGN)


# --- whatever comes


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda more: b"i247c1" + more)))
def test_whatever_the_bytes_are_nothing_is_raised_and_nothing_changes(data: bytes) -> None:
    reader = _SHARED
    assert isinstance(reader.take(data), Refused)
    assert (reader.reception.received, reader.reception.seen) == (0, set())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(NoteKind)), st.lists(st.binary(max_size=60), max_size=3), st.integers(1, 2))
def test_whatever_a_hub_attaches_nothing_is_raised(kind: NoteKind, attached: list[bytes], directory: int) -> None:
    reader = Reader()
    reader.take(reader.note(kind, *attached, directory=directory, message=ID))
    reader.take(reader.note(kind, *attached, directory=directory, message=ID, checkpoint="a\nb\nc\nd\n"))


_SHARED = Reader()
