"""A run as a case file: what was done and why, in the order in which it happened."""

from datetime import UTC, datetime

from i247sim.exercise.case_file import CaseLine, case_file
from i247sim.exercise.catalogue import find
from i247sim.exercise.loader import load
from i247sim.exercise.rehearsal import rehearse
from i247sim.exercise.transcript import Transcript
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook


def played(name: str) -> list[CaseLine]:
    scenario = load(find(name))
    rulebook = Rulebook.load(scenario.rules)
    found = rehearse(scenario, Engine(rulebook))
    return case_file(found.transcript, found.remarks, rulebook.rules)


def test_a_case_reads_from_the_request_to_the_withdrawal_with_the_reasons_of_desks() -> None:
    lines = played("extradition")
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    said = [f"{line.party} {line.text}" for line in lines]
    steps = [
        "FR asks for a notice (`request`)",
        "GB asks FR to confirm a hit",
        "GB tells FR, IPSG what was found",
        "BR notifies FR, IPSG of an arrest",
        "FR sends papers to BR",
        "BR the court grants extradition on NOM-900001 to FR",
        "FR asks IPSG, NDTF to withdraw its notice",
    ]
    assert [line for line in said if line in steps] == steps
    reasons = {line.party: line.text for line in lines if line.why and line.text.startswith("national profile:")}
    assert set(reasons) == {"GB", "BR"}
    assert "nobody is arrested on a Red Notice" in reasons["GB"]


def test_what_was_refused_says_to_whom_and_by_which_rule() -> None:
    said = [line.text for line in played("who-can-read")]
    barred = '"The sender itself has barred this addressee from what it sends" (E-RESTRICT, RESTRICT-OWN)'
    too_low = '"A message goes only to parties whose clearance is at least as high as its classification"'
    assert any(f"; it is kept from NO: {barred}; it is kept from KE: {too_low} (E-CLASS, " in text for text in said)
    quoted = '"An owner of what the message quotes, or a parent bureau, has barred this addressee"'
    assert f"answers AU (`forwarded`); it does not reach AU: {quoted} (E-RESTRICT, RESTRICT-OWNER)" in said
    assert any('; it is held for FR: "The sender is supervised: ' in text for text in said)


def test_what_no_rule_refused_says_what_its_code_means() -> None:
    said = [line.text for line in played("follow-the-money")]
    assert any("; it is kept from IT, CY: minimum data are missing (E-DATA)" in text for text in said)


def test_what_the_databases_answer_and_who_asks_whom_to_withdraw_is_said_in_plain_words() -> None:
    said = {f"{line.party} {line.text}" for name in ("every-database", "red-notice") for line in played(name)}
    assert {"IPSG answers IT: no record", "IPSG answers DE: not taken", "IPSG answers XP-airline: `REFER`"} <= said
    assert "IPSG answers BR-gru-border: a hit, NOM-900001" in said
    assert {"IPSG tells 5 parties that a notice is withdrawn"} <= {
        f"{line.party} {line.text}" for line in played("extradition")
    }


def test_many_messages_alike_are_one_line() -> None:
    said = [line.text for line in played("world-alert")]
    assert len(said) < 80
    assert any("more messages like it follow" in text for text in said)


def test_what_desks_say_to_themselves_calls_messages_as_everything_else_does() -> None:
    when = datetime(2026, 3, 2, tzinfo=UTC)
    said = [(when, "GB", "request of FR-cdg-border-2026-000012 and BR-2026-000002 not answered, SLTD-2026 was no hit")]
    [line] = case_file(Transcript(), said, {})
    assert line.text == "request of FR-cdg-border#12 and BR#2 not answered, SLTD-2026 was no hit"
