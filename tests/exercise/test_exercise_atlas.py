"""The countries' profiles: enough of them, whole, different from each other, and marked as invented."""

from i247sim.bureau.profile import NationalProfile, RedNotice
from i247sim.exercise.atlas import FILE, acceptances, atlas, shipped
from i247sim.exercise.catalogue import folder
from i247sim.exercise.country import Change, Country
from i247sim.exercise.loader import loads
from i247sim.exercise.rehearsal import rehearse
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.parties import members

ENOUGH = 30


def test_there_are_profiles_for_many_members_and_a_default_for_the_rest() -> None:
    book = shipped()
    assert len(book.countries) >= ENOUGH
    assert set(book.countries) <= set(members())
    rest = next(party for party in members() if party not in book.countries)
    assert book.of(rest) == book.default
    assert len({members()[party].region for party in book.countries}) == 5


def test_they_are_invented_and_say_so() -> None:
    assert "INVENTED" in (folder() / FILE).read_text(encoding="utf-8").splitlines()[2]
    assert [party for party, one in shipped().countries.items() if "exercise law" not in one.why.lower()] == []


def test_they_differ_where_a_class_can_discuss_it() -> None:
    countries = shipped().countries.values()
    assert {one.red_notice for one in countries} == set(RedNotice)
    assert {one.waits for one in countries} == {"papers", "longest"}
    assert {one.office.night_desk for one in countries} == {True, False}
    assert len({one.office.utc for one in countries}) > 10
    assert any(len(one.languages) == 1 for one in countries)
    assert any(one.declines for one in countries)


def test_every_treaty_that_a_country_names_is_described_and_used() -> None:
    book = shipped()
    named = {name for one in book.countries.values() for name in one.instruments}
    assert named == set(book.instruments)
    assert book.instruments["european"].papers.days == 18
    assert book.instruments["european"].longest.days == 40
    assert book.instruments["ecowas"].papers.days == 20
    assert book.instruments["inter-american"].papers.days == 60
    assert (book.instruments["arab"].papers.days, book.instruments["arab"].longest.days) == (30, 60)


def test_a_scenario_changes_single_keys_of_a_profile() -> None:
    text = (
        "title: t\naim: a\nparticipants: {bureaus: [FR, PE]}\n"
        "profiles: {FR: {red_notice: locate-only, papers: 1d..2d}, PE: {instruments: [european]}}\n"
        "timeline: [{at: T+1h, measure: {party: FR, state: active}}]\n"
    )
    book = atlas(loads(text.encode()))
    assert book.of("FR").red_notice is RedNotice.LOCATE_ONLY
    assert book.of("FR").papers == (86_400, 2 * 86_400)
    assert book.of("FR").languages == shipped().of("FR").languages
    assert book.treaty("PE", "FR") == shipped().instruments["european"]
    assert shipped().of("FR").red_notice is RedNotice.BASIS


def test_every_key_of_a_profile_can_be_changed() -> None:
    assert set(Change.model_fields) == set(Country.model_fields) == set(NationalProfile.model_fields)


def test_what_a_profile_declines_holds_for_a_bureau_whose_desk_works_beside_what_the_scenario_says() -> None:
    text = (
        "title: t\naim: a\nparticipants: {bureaus: [FR, KE, NZ]}\ndesks: [KE]\n"
        "acceptances: {KE: [{whom: NZ}], NZ: [{whom: FR}]}\n"
        "timeline:\n- at: T+1h\n  label: check\n"
        "  send: {from: FR, kind: INFO_REQUEST, to: [KE], purpose: security-check, subject: s}\n"
    )
    scenario = loads(text.encode())
    declared = acceptances(scenario)
    assert declared["NZ"] == scenario.acceptances["NZ"]
    assert declared["KE"] == (*scenario.acceptances["KE"], *shipped().of("KE").declines)
    assert acceptances(scenario.model_copy(update={"desks": ()})) == scenario.acceptances
    row = rehearse(scenario, Engine(Rulebook.load())).transcript.named("check")
    assert row is not None
    assert [one.code for one in row.decisions] == [Code.ACCEPT]
