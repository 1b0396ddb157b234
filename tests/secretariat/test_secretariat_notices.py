"""The life of a notice at the secretariat's desk: who moves it, who hears of it, what the databases follow."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office_cases import ADA, NOON, NOTICE, ORANGE, directory, happen, header

from i247sim.node.actions import Remark, Schedule, Send
from i247sim.node.events import CauseDue, MessageOpened, StatementTold
from i247sim.secretariat.core import SecretariatCore
from i247sim.secretariat.lives import OPEN, NoticeState, after
from i247sim.secretariat.wording import LANGUAGES, extract, wordings
from i247sim.vocabulary.contents import Note, Notice, NoticePublication, NoticeVerdict, RefugeeStatus, Translation
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.kinds import Kind
from i247sim.vocabulary.messages import NoticeReason, NoticeRef, NoticeType
from i247sim.vocabulary.rulings import Ruling, Word
from i247sim.vocabulary.statements import Bar, Bars, Scope

SALT = "aa" * 32


def drafts(found: list) -> list[Draft]:
    return [one.draft for one in found if isinstance(one, Send)]


def publish(core: SecretariatCore, notice: Notice = NOTICE, requester: str = "FR", number: str | None = None) -> Draft:
    ref = NoticeRef(type=notice.type, id=number, decision="d0" * 32)
    about = header("NDTF", Kind.NOTICE_DECISION, notice=ref, purpose="compliance")
    verdict = NoticeVerdict(request=f"{requester}-2026-000007", publish=True, notice=notice)
    (plan,) = core.handle(MessageOpened(about, verdict, SALT), NOON)
    sent, *_ = core.handle(CauseDue(plan.cause), NOON + plan.after)
    assert isinstance(sent, Send)
    return sent.draft


def asks(kind: Kind, sender: str = "FR", reason: str | None = None, colour: str = "red") -> MessageOpened:
    ref = NoticeRef(type=colour, id="2026/1", reason=reason)
    return MessageOpened(
        header(sender, kind, channel="admin", notice=ref, purpose="compliance"), Note(subject="please")
    )


@pytest.fixture
def core() -> SecretariatCore:
    made = SecretariatCore(directory(), 1)
    publish(made)
    return made


def found(core: SecretariatCore) -> list[str]:
    return [one.id for one in core.databases.records.values()]


# --- the requester's word


@pytest.mark.parametrize(
    ("kind", "state", "records"),
    [
        pytest.param(Kind.NOTICE_SUSPEND, NoticeState.SUSPENDED, [], id="suspend"),
        pytest.param(Kind.NOTICE_WITHDRAW, NoticeState.WITHDRAWN, [], id="withdraw"),
    ],
)
def test_the_requesters_word_is_carried_out_told_to_all_and_followed_by_the_database(
    core: SecretariatCore, kind: Kind, state: NoticeState, records: list[str]
) -> None:
    assert found(core) == ["NOM-900001"]
    (told,) = drafts(happen(core, asks(kind, reason="purpose-met"))[0])
    assert (told.kind, told.audience) == (kind, ("BR", "DE", "FR", "GB", "GB-gibraltar"))
    assert told.notice == NoticeRef(type="red", id="2026/1", reason="purpose-met")
    assert told.quoted[0].owner == "FR"
    assert core.notices.files["2026/1"].state is state
    assert found(core) == records


def test_a_suspended_notice_comes_back_with_its_record(core: SecretariatCore) -> None:
    happen(core, asks(Kind.NOTICE_SUSPEND))
    (told,) = drafts(happen(core, asks(Kind.NOTICE_RESUME))[0])
    assert told.kind is Kind.NOTICE_RESUME
    assert (core.notices.files["2026/1"].state, found(core)) == (NoticeState.PUBLISHED, ["NOM-900001"])


@pytest.mark.parametrize(
    ("before", "kind", "sender", "word"),
    [
        pytest.param(None, Kind.NOTICE_RESUME, "FR", "published", id="resume what is published"),
        pytest.param(Kind.NOTICE_WITHDRAW, Kind.NOTICE_SUSPEND, "FR", "withdrawn", id="suspend what is over"),
        pytest.param(None, Kind.NOTICE_WITHDRAW, "DE", "unknown", id="another's notice, as if there were none"),
    ],
)
def test_what_cannot_be_done_is_answered_with_what_it_is(
    core: SecretariatCore, before: Kind | None, kind: Kind, sender: str, word: str
) -> None:
    if before is not None:
        happen(core, asks(before))
    (told,) = drafts(happen(core, asks(kind, sender))[0])
    assert (told.kind, told.to) == (Kind.NOTICE_QUERY, (sender,))
    assert word in told.content.text


def test_what_the_secretariat_has_suspended_the_requester_cannot_resume(core: SecretariatCore) -> None:
    happen(core, CauseDue(Ruling(Word.SUSPEND, notice="2026/1")))
    (told,) = drafts(happen(core, asks(Kind.NOTICE_RESUME))[0])
    assert (told.kind, "under examination" in told.content.text) == (Kind.NOTICE_QUERY, True)
    (again,) = drafts(happen(core, CauseDue(Ruling(Word.RESUME, notice="2026/1")))[0])
    assert again.kind is Kind.NOTICE_RESUME


def test_nothing_stays_suspended_for_more_than_six_months(core: SecretariatCore) -> None:
    happen(core, asks(Kind.NOTICE_SUSPEND))
    note = MessageOpened(header("DE", Kind.INFO_REQUEST, channel="direct"), Note(subject="s"))
    assert core.handle(note, NOON + timedelta(days=180)) == []
    (told,) = drafts(core.handle(note, NOON + timedelta(days=184)))
    assert (told.kind, told.notice.reason) == (Kind.NOTICE_WITHDRAW, NoticeReason.ABANDONED)


def test_what_the_secretariat_has_suspended_waits_longer(core: SecretariatCore) -> None:
    """The Commission may take nine months; the requester could not resume it, so it has not given it up."""
    happen(core, CauseDue(Ruling(Word.SUSPEND, notice="2026/1")))
    note = MessageOpened(header("DE", Kind.INFO_REQUEST, channel="direct"), Note(subject="s"))
    assert core.handle(note, NOON + timedelta(days=270)) == []


# --- a person's word


@pytest.mark.parametrize(
    ("ruling", "kind", "state"),
    [
        pytest.param(Ruling(Word.CANCEL, notice="2026/1", reason=NoticeReason.ARTICLE_3), Kind.NOTICE_CANCEL,
                     NoticeState.CANCELLED, id="cancel"),
        pytest.param(Ruling(Word.ADDENDUM, notice="2026/1", reason=NoticeReason.EXTRADITION_REFUSED),
                     Kind.NOTICE_ADDENDUM, NoticeState.PUBLISHED, id="a refused extradition ends nothing"),
    ],
)  # fmt: skip
def test_a_person_moves_a_notice(core: SecretariatCore, ruling: Ruling, kind: Kind, state: NoticeState) -> None:
    (told,) = drafts(core.handle(CauseDue(ruling), NOON))
    assert (told.kind, told.notice.reason, core.notices.files["2026/1"].state) == (kind, ruling.reason, state)


def test_a_word_about_no_notice_is_remarked(core: SecretariatCore) -> None:
    (remark,) = core.handle(CauseDue(Ruling(Word.CANCEL, notice="2026/9")), NOON)
    assert isinstance(remark, Remark)


def test_an_addendum_leaves_a_suspension_as_it_is(core: SecretariatCore) -> None:
    happen(core, asks(Kind.NOTICE_SUSPEND))
    since = core.notices.files["2026/1"].since
    core.handle(CauseDue(Ruling(Word.ADDENDUM, notice="2026/1")), NOON + timedelta(days=1))
    assert core.notices.files["2026/1"].since == since
    (told,) = drafts(happen(core, asks(Kind.NOTICE_RESUME))[0])
    assert told.kind is Kind.NOTICE_RESUME


WORDS = st.one_of(
    st.sampled_from([Kind.NOTICE_SUSPEND, Kind.NOTICE_RESUME, Kind.NOTICE_RENEW, Kind.NOTICE_WITHDRAW]).map(asks),
    st.sampled_from([Word.SUSPEND, Word.RESUME, Word.ADDENDUM, Word.CANCEL]).map(
        lambda word: CauseDue(Ruling(word, notice="2026/1"))
    ),
)


@given(st.lists(WORDS, max_size=8))
@settings(max_examples=40, deadline=None)
def test_whatever_is_said_the_database_follows_and_an_end_is_an_end(words: list) -> None:
    core = SecretariatCore(directory(), 1)
    publish(core)
    file = core.notices.files["2026/1"]
    over = False
    for word in words:
        was = file.state
        told = drafts(happen(core, word)[0])
        assert not over or file.state is was
        over = file.state not in OPEN
        assert (found(core) == ["NOM-900001"]) == (file.state is NoticeState.PUBLISHED)
        assert (file.since is not None) == (file.state is NoticeState.SUSPENDED)
        # A change of state is told to all who have the notice, and nothing else is.
        to_all = [one for one in told if one.audience]
        assert len(to_all) <= 1
        assert file.state is was or len(to_all) == 1


# --- updates


def test_an_update_keeps_its_number_and_its_record_and_says_the_new_words(core: SecretariatCore) -> None:
    changed = NOTICE.model_copy(update={"person": ADA.model_copy(update={"description": "tall"})})
    told = publish(core, changed, number="2026/1")
    assert (told.kind, told.notice.id, told.content.record) == (Kind.NOTICE_UPDATE, "2026/1", "NOM-900001")
    assert core.databases.records["NOM-900001"].data.description == "tall"


@pytest.mark.parametrize(
    ("notice", "requester"),
    [pytest.param(NOTICE, "DE", id="another's"), pytest.param(ORANGE, "FR", id="in another colour")],
)
def test_an_update_that_is_not_ones_own_is_dropped(core: SecretariatCore, notice: Notice, requester: str) -> None:
    ref = NoticeRef(type=notice.type, id="2026/1", decision="d0" * 32)
    about = header("NDTF", Kind.NOTICE_DECISION, notice=ref, purpose="compliance")
    verdict = NoticeVerdict(request=f"{requester}-2026-000007", publish=True, notice=notice)
    (remark,) = happen(core, MessageOpened(about, verdict, SALT))[0]
    assert isinstance(remark, Remark)


# --- its end


def test_the_requester_is_reminded_and_silence_is_deletion() -> None:
    core = SecretariatCore(directory(), 1)
    publish(core)
    short = NOTICE.model_copy(update={"until": "2026-04-01"})
    ref = NoticeRef(type="red", decision="d1" * 32)
    verdict = NoticeVerdict(request="FR-2026-000008", publish=True, notice=short)
    about = header("NDTF", Kind.NOTICE_DECISION, 2, notice=ref, purpose="compliance")
    told = drafts(happen(core, MessageOpened(about, verdict, SALT))[0])
    assert [one.kind for one in told] == [Kind.NOTICE_PUBLISHED, Kind.NOTICE_REMINDER, Kind.NOTICE_CANCEL]
    assert (told[1].to, told[2].notice.reason) == (("FR",), NoticeReason.EXPIRED)
    assert core.notices.files["2026/2"].state is NoticeState.EXPIRED
    assert found(core) == ["NOM-900001"]


def test_renewed_it_does_not_end() -> None:
    core = SecretariatCore(directory(), 1)
    publish(core, NOTICE.model_copy(update={"until": "2026-04-01"}))
    happen(core, asks(Kind.NOTICE_RENEW))
    file = core.notices.files["2026/1"]
    assert (file.state, file.expires.year) == (NoticeState.PUBLISHED, 2031)


def test_five_years_are_not_waited_for(core: SecretariatCore) -> None:
    ref = NoticeRef(type="red", decision="d0" * 32)
    about = header("NDTF", Kind.NOTICE_DECISION, 3, notice=ref, purpose="compliance")
    (plan,) = core.handle(
        MessageOpened(about, NoticeVerdict(request="FR-2026-000009", publish=True, notice=NOTICE), SALT), NOON
    )
    assert [one for one in core.handle(CauseDue(plan.cause), NOON) if isinstance(one, Schedule)] == []


# --- who hears of it


@pytest.mark.parametrize(
    "scope", [Scope(), Scope(kind=Kind.NOTICE_PUBLISHED)], ids=["from everything", "from published notices"]
)
def test_who_is_barred_hears_neither_of_the_notice_nor_of_its_end(core: SecretariatCore, scope: Scope) -> None:
    core.handle(StatementTold("FR", Bars(bars=(Bar(whom="DE", scope=scope),))), NOON)
    (told,) = drafts(happen(core, asks(Kind.NOTICE_WITHDRAW))[0])
    assert told.barred == {"DE"}


@pytest.mark.parametrize(
    ("circulation", "audience"),
    [
        pytest.param(("BR",), ("BR", "FR"), id="one bureau and the requester"),
        pytest.param(("GB",), ("FR", "GB", "GB-gibraltar"), id="a bureau with what is under it"),
        pytest.param(("americas",), ("BR", "FR"), id="a region"),
    ],
)
def test_a_notice_may_be_circulated_to_some(circulation: tuple[str, ...], audience: tuple[str, ...]) -> None:
    core = SecretariatCore(directory(), 1)
    assert publish(core, NOTICE.model_copy(update={"circulation": circulation})).audience == audience


def test_nobody_outside_of_the_pilot_gets_a_silver_notice() -> None:
    core = SecretariatCore(directory(), 1)
    assert publish(core, NOTICE.model_copy(update={"type": NoticeType.SILVER})).audience == ()


# --- refugees


def test_only_what_the_feared_country_asked_for_is_deleted_and_nobody_learns_who_protects(
    core: SecretariatCore,
) -> None:
    publish(core, NOTICE, requester="DE")
    status = RefugeeStatus(person=ADA, feared="FR", granted=True)
    (told,) = drafts(happen(core, MessageOpened(header("GB", Kind.REFUGEE_STATUS), status))[0])
    assert (told.kind, told.notice.id, told.notice.reason) == (Kind.NOTICE_CANCEL, "2026/1", NoticeReason.REFUGEE)
    assert "GB" not in f"{told.content.subject} {told.content.text}"
    assert core.notices.files["2026/2"].state is NoticeState.PUBLISHED
    assert not hasattr(core.office.refugees, "by")


# --- states and words


def test_no_state_after_the_end() -> None:
    ends = [state for state in NoticeState if state not in OPEN]
    assert {after(state, kind) for state in ends for kind in Kind} == {None}


def test_fixed_phrases_are_in_four_languages_and_free_text_says_which_it_is_in() -> None:
    notice = NOTICE.model_copy(
        update={"lang": "fr", "subject": "recherchée", "translations": {"es": Translation(subject="buscada")}}
    )
    said = wordings(notice)
    assert tuple(said) == LANGUAGES
    assert [said[lang].title for lang in LANGUAGES] == [
        "Red Notice",
        "Notice rouge",
        "Notificación roja",
        "النشرة الحمراء",
    ]
    assert {lang: (one.subject, one.free_text, one.label is None) for lang, one in said.items()} == {
        "en": ("recherchée", "fr", False),
        "fr": ("recherchée", "fr", True),
        "es": ("buscada", "es", True),
        "ar": ("recherchée", "fr", False),
    }
    assert "no arrest warrant" in said["en"].caution


@pytest.mark.parametrize("colour", NoticeType)
def test_every_colour_has_its_words_in_every_language(colour: NoticeType) -> None:
    said = wordings(Notice(type=colour, subject="s"))
    assert len({one.title for one in said.values()}) >= 3
    assert len({one.purpose for one in said.values()}) == 4


def test_an_extract_shows_no_case_data_and_only_if_asked_for() -> None:
    assert extract(NOTICE, "2026/1", "FR") is None
    shown = extract(NOTICE.model_copy(update={"public": True}), "2026/1", "FR")
    assert shown is not None
    assert (shown.entity_id, shown.name, shown.date_of_birth, shown.charge) == ("2026-1", "Fiction", "1980/01/02", "c")
    assert {"facts", "warrant", "law"} & set(type(shown).model_fields) == set()


def test_an_extract_says_where_somebody_was_born_and_what_he_speaks_and_not_how_dangerous_he_is() -> None:
    person = ADA.model_copy(update={"birth_country": "FR", "languages": ("fr",), "dangers": ("armed",)})
    shown = extract(NOTICE.model_copy(update={"public": True, "person": person}), "2026/1", "FR")
    assert shown is not None
    assert (shown.country_of_birth_id, shown.languages_spoken_ids) == ("FR", ("fr",))
    assert "armed" not in shown.model_dump_json()


def test_a_publication_carries_words_and_extract() -> None:
    core = SecretariatCore(directory(), 1)
    content = publish(core, NOTICE.model_copy(update={"public": True})).content
    assert isinstance(content, NoticePublication)
    assert content.wordings is not None
    assert content.extract is not None
