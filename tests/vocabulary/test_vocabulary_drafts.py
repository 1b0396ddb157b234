"""A draft and the header it becomes."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.drafts import Draft, anew
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import (
    Addressee,
    AudienceMember,
    Classification,
    Database,
    Handling,
    Header,
    NoticeRef,
    NoticeType,
    Operation,
    Purpose,
    QuotedRecord,
    Suite,
    Tlp,
    Urgency,
    UrgencyReason,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KEYS = {"JP": "1" * 16, "NO": "2" * 16}
NOTE = Note(subject="a question")
NEVER_TRAVELS = {"content", "barred", "salt", "label"}
ANOTHER_WAY = {"to", "audience", "suite", "reply_within", "life"}
FULL = Draft(
    kind=Kind.DB_QUERY,
    channel=Channel.QUERY,
    purpose=Purpose.BORDER,
    content=NOTE,
    to=("JP", "NO"),
    classification=Classification.RESTRICTED,
    suite=Suite.V2,
    handling=(Handling.NOT_IN_COURT,),
    tlp=Tlp.AMBER,
    grading="B2",
    notice=NoticeRef(type=NoticeType.RED, id="2026/00001"),
    database=Database.SLTD,
    operation=Operation.QUERY,
    urgency=Urgency.URGENT,
    urgency_reason=next(iter(UrgencyReason)),
    lang="fr",
    on_behalf_of="FR",
    case_ref="CASE-1",
    your_ref="JP-2026-000007",
    in_reply_to="a" * 32,
    quoted=(QuotedRecord(owner="JP", record="PER-000007"),),
    consent_ref="JP-2026-000008",
    officer="desk7",
    approvals=("officer1", "officer2"),
    reply_within=timedelta(hours=4),
    life=timedelta(days=3),
    salt="b" * 64,
    label="a name",
)


def header_of(draft: Draft, in_reply_to: str | None = None) -> Header:
    return draft.header(
        run="0123456789ab",
        id_="c" * 32,
        sender="FR-cdg-border",
        signing_key="3" * 16,
        keys=KEYS,
        own_ref="FR-cdg-border-2026-000001",
        in_reply_to=in_reply_to,
        created=NOW,
        padded_size=2048,
    )


@pytest.mark.parametrize("name", [one.name for one in fields(Draft) if one.name not in NEVER_TRAVELS | ANOTHER_WAY])
def test_all_that_an_author_says_stands_in_the_header(name: str) -> None:
    said = getattr(FULL, name)
    assert said != Header.model_fields[name].default, "an example that could not be told from saying nothing"
    assert getattr(header_of(FULL), name) == said


def test_addressees_stand_with_the_keys_they_are_sealed_to() -> None:
    assert header_of(FULL).to == (Addressee(party="JP", key="1" * 16), Addressee(party="NO", key="2" * 16))


def test_spans_count_from_when_it_is_written() -> None:
    header = header_of(FULL)
    assert (header.reply_by, header.expires) == (NOW + timedelta(hours=4), NOW + timedelta(days=3))


def test_what_an_author_says_it_answers_goes_before_what_a_reference_is_known_to_mean() -> None:
    assert header_of(FULL, "d" * 32).in_reply_to == "a" * 32
    plain = Draft(Kind.INFO_REPLY, Channel.DIRECT, Purpose.CASE, NOTE, ("JP",), your_ref="JP-2026-000007")
    assert header_of(plain, "d" * 32).in_reply_to == "d" * 32


@pytest.mark.parametrize(
    ("channel", "kind", "classification", "suite"),
    [
        (Channel.DIRECT, Kind.INFO_REQUEST, Classification.OFFICIAL_USE, Suite.V1),
        (Channel.DIRECT, Kind.INFO_REQUEST, Classification.CONFIDENTIAL, Suite.V2),
        (Channel.NOTICE, Kind.NOTICE_PUBLISHED, Classification.OFFICIAL_USE, Suite.V2),
    ],
    ids=["traffic", "a secret", "a notice"],
)
def test_without_a_word_about_the_suite_it_is_the_least_that_will_do(
    channel: Channel, kind: Kind, classification: Classification, suite: Suite
) -> None:
    assert header_of(Draft(kind, channel, Purpose.CASE, NOTE, ("JP",), classification=classification)).suite is suite


def test_an_audience_is_named_to_the_hub_alone_and_who_is_barred_has_no_key() -> None:
    draft = Draft(
        Kind.NOTICE_PUBLISHED, Channel.NOTICE, Purpose.WARN, NOTE, audience=("JP", "KE"), barred=frozenset({"KE"})
    )
    header = header_of(draft)
    assert header.to is None
    assert header.audience == "members"
    assert draft.members(KEYS) == (AudienceMember(party="JP", key="1" * 16), AudienceMember(party="KE", key=None))


def test_refuse_what_may_not_stand_in_a_header_together() -> None:
    with pytest.raises(ValidationError):
        header_of(Draft(Kind.INFO_REQUEST, Channel.NOTICE, Purpose.CASE, NOTE, ("JP",)))


@pytest.mark.parametrize("addressed", [{"to": ("JP", "NO")}, {"audience": ("JP", "NO")}], ids=["named", "audience"])
def test_what_is_sent_once_more_goes_to_one_reader_supersedes_and_lives_as_long(addressed: dict[str, Any]) -> None:
    notice = "audience" in addressed
    kind, channel = (Kind.NOTICE_PUBLISHED, Channel.NOTICE) if notice else (Kind.INFO_REQUEST, Channel.DIRECT)
    old = header_of(Draft(kind, channel, Purpose.CASE, NOTE, life=timedelta(days=3), **addressed))
    later = NOW + timedelta(hours=5)
    header, audience = anew(old, "JP", "b" * 16, id_="e" * 32, own_ref="FR-cdg-border-2026-000009", created=later)
    named = tuple((one.party, one.key) for one in (audience if notice else header.to or ()))
    assert named == (("JP", "b" * 16),)
    assert (header.supersedes, header.id, header.own_ref) == (old.id, "e" * 32, "FR-cdg-border-2026-000009")
    assert (header.created, header.expires) == (later, later + timedelta(days=3))
    assert (header.kind, header.audience, bool(audience)) == (old.kind, old.audience, notice)
