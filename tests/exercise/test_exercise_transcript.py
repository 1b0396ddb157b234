"""The transcript: one canonical order and text, whatever order things were noted in, and nothing random in it."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from i247sim.exercise.transcript import (
    AppealRow,
    Decision,
    MessageRow,
    Reached,
    Row,
    StatementRow,
    StatementType,
    Transcript,
    logical_name,
)
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.kinds import Channel, Kind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST = MessageRow(
    time=NOON,
    sender="FR",
    name="FR#1",
    kind=Kind.INFO_REQUEST,
    channel=Channel.DIRECT,
    addressees=("NO", "BR"),
    plaintext="ab" * 32,
    decisions=(
        Decision("NO", Outcome.REFUSED, Code.RESTRICT, ("RESTRICT-OWN",)),
        Decision("BR", Outcome.QUEUED, None, ("RECV-DIRECT",)),
    ),
    reached=(
        Reached("BR", NOON, Outcome.DELIVERED),
        Reached("NO", NOON, Outcome.REFUSED, Code.RESTRICT),
        Reached("BR", NOON + timedelta(minutes=1), Outcome.OPENED),
    ),
    label="ask",
)
ANSWER = replace(FIRST, sender="BR", name="BR#1", kind=Kind.INFO_REPLY, addressees=("FR",), answers="FR#1", label=None)
SECOND = replace(FIRST, name="FR#2", label="again")
TENTH = replace(FIRST, name="FR#10", label=None)
BAR = StatementRow(NOON, "FR", StatementType.RESTRICTION, statement='[{"whom":"NO"}]')
LATER = replace(FIRST, name="FR#11", time=NOON + timedelta(seconds=1), label=None)
ROWS: list[Row] = [BAR, FIRST, ANSWER, SECOND, TENTH, LATER]


def test_the_order_in_which_things_were_noted_does_not_matter() -> None:
    digests = set()
    for seed in range(20):
        rows = list(ROWS)
        random.Random(seed).shuffle(rows)
        digests.add(Transcript.of(rows).digest())
    assert len(digests) == 1


def test_rows_stand_by_time_then_author_then_number() -> None:
    rows = Transcript.of(reversed(ROWS)).rows
    assert rows == (ANSWER, BAR, FIRST, SECOND, TENTH, LATER)


def test_the_order_of_addressees_and_decisions_does_not_matter() -> None:
    turned = replace(
        FIRST,
        addressees=FIRST.addressees[::-1],
        decisions=FIRST.decisions[::-1],
        reached=(FIRST.reached[1], FIRST.reached[0], FIRST.reached[2]),
    )
    assert Transcript.of([turned]).digest() == Transcript.of([FIRST]).digest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(FIRST, time=NOON + timedelta(seconds=1)),
        replace(FIRST, sender="PT"),
        replace(FIRST, name="FR#3"),
        replace(FIRST, kind=Kind.INFO_REPLY),
        replace(FIRST, channel=Channel.ADMIN),
        replace(FIRST, addressees=("NO", "PT")),
        replace(FIRST, plaintext="ac" * 32),
        replace(FIRST, code=Code.SIGN),
        replace(FIRST, answers="BR#1"),
        replace(FIRST, decisions=FIRST.decisions[:1]),
        replace(FIRST, decisions=(Decision("NO", Outcome.REFUSED, Code.CLASS, ()), FIRST.decisions[1])),
        replace(FIRST, decisions=(replace(FIRST.decisions[0], rules=("OTHER",)), FIRST.decisions[1])),
        replace(FIRST, reached=FIRST.reached[:2]),
        replace(FIRST, reached=(*FIRST.reached[:2], replace(FIRST.reached[2], time=NOON + timedelta(minutes=2)))),
    ],
    ids=[
        "time", "sender", "number", "kind", "channel", "addressees", "plaintext", "code", "answers", "decision less",
        "decision", "rules", "outcome", "time of the outcome",
    ],
)  # fmt: skip
def test_whatever_happened_otherwise_gives_another_digest(changed: MessageRow) -> None:
    assert Transcript.of([changed]).digest() != Transcript.of([FIRST]).digest()


def test_the_authors_label_is_not_part_of_what_happened() -> None:
    assert Transcript.of([replace(FIRST, label="other")]).digest() == Transcript.of([FIRST]).digest()


def test_the_canonical_text_is_one_line_of_json_per_row() -> None:
    lines = Transcript.of([FIRST, BAR]).canonical_text().splitlines()
    assert lines[0] == (
        '{"code":null,"from":"FR","says":"[{\\"whom\\":\\"NO\\"}]","statement":"restriction","target":"",'
        '"time":"2026-03-02T12:00:00Z"}'
    )
    assert lines[1] == (
        '{"answers":null,"channel":"direct","code":null,"decisions":[["BR","queued",null,["RECV-DIRECT"]],'
        '["NO","refused","E-RESTRICT",["RESTRICT-OWN"]]],"from":"FR","kind":"INFO_REQUEST","name":"FR#1",'
        '"outcomes":[["BR","opened",null,"2026-03-02T12:01:00Z"],["NO","refused","E-RESTRICT","2026-03-02T12:00:00Z"]],'
        '"plaintext":"' + "ab" * 32 + '","time":"2026-03-02T12:00:00Z","to":["BR","NO"]}'
    )


@pytest.mark.parametrize(
    ("reference", "row"),
    [
        ("ask", FIRST),
        ("again", SECOND),
        ("FR#2", SECOND),
        ("FR#10", TENTH),
        ("FR:INFO_REQUEST", FIRST),
        ("FR:INFO_REQUEST:3", TENTH),
        ("BR:INFO_REPLY", ANSWER),
        ("FR:INFO_REQUEST:9", None),
        ("FR:INFO_REPLY", None),
        ("FR#99", None),
        ("nothing", None),
    ],
)
def test_a_message_is_found_by_label_by_number_and_by_kind(reference: str, row: MessageRow | None) -> None:
    assert Transcript.of(ROWS).named(reference) == row


def test_an_outcome_is_that_of_the_time_asked_for() -> None:
    early, late = FIRST.outcome("BR", NOON), FIRST.outcome("BR")
    assert early is not None
    assert early.outcome is Outcome.DELIVERED
    assert late is not None
    assert late.outcome is Outcome.OPENED
    assert FIRST.outcome("BR", NOON - timedelta(seconds=1)) is None
    assert FIRST.outcome("PT") is None


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("FR-2026-000012", "FR#12"),
        ("FR-cdg-border-2026-000003", "FR-cdg-border#3"),
        ("IPSG-2026-123456", "IPSG#123456"),
    ],
)
def test_a_logical_name_is_the_party_and_its_number(reference: str, name: str) -> None:
    assert logical_name(reference) == name


@pytest.mark.parametrize(("silent", "stands"), [("NO", Code.RESTRICT), ("BR", None), ("SE", None)])
def test_who_was_refused_the_question_was_never_asked(silent: str, stands: Code | None) -> None:
    appeal = AppealRow(NOON + timedelta(hours=4), "FR", silent, Kind.INFO_REQUEST, NOON)
    found = Transcript((FIRST, appeal)).never_asked(appeal)
    assert (None if found is None else found.code) == stands
    assert Transcript((FIRST,)).never_asked(replace(appeal, since=NOON - timedelta(hours=1))) is None
