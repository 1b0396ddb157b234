"""Two cases whose expectations stand close together: for each there is a change by which it alone is not met.

That an expectation fails without the rules that a case is about, the analysis finds (``about``); there many fail.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from i247sim.exercise.catalogue import find
from i247sim.exercise.expectations import evaluate
from i247sim.exercise.loader import load, loads
from i247sim.exercise.rehearsal import rehearse
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.secretariat import commission, office
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.duties import delay


@dataclass(frozen=True)
class Change:
    """What is done to a case: words of its file, more steps, a rule left out, a part of the program set otherwise."""

    words: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()
    without: str = ""
    patch: tuple[Any, str, Any] | None = None


def words(old: str, new: str) -> Change:
    return Change(words=((old, new),))


def steps(*lines: str) -> Change:
    return Change(steps=lines)


def failing(name: str, change: Change, patch: pytest.MonkeyPatch) -> list[str]:
    """What is not met when the case is played with ``change``."""
    text = find(name).read_text(encoding="utf-8")
    for old, new in change.words:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    if change.steps:
        added = "".join(f"  - {one}\n" for one in change.steps)
        text = text.replace("\nexpect:\n", f"\n{added}\nexpect:\n")
    if change.patch is not None:
        patch.setattr(*change.patch)
    scenario = loads(text.encode())
    rulebook = Rulebook.load(scenario.rules)
    played = rehearse(scenario, Engine(rulebook.without(change.without) if change.without else rulebook))
    return [one.expectation.says for one in evaluate(scenario, played.transcript) if not one.passed]


def declines(reader: str, author: str) -> Change:
    return steps(f"{{at: T+1s, accept: {{party: {reader}, bars: [{{whom: {author}, scope: {{kind: INFO_REPLY}}}}]}}}}")


MONEY = {
    "For a quarter of an hour Spain has nothing in its hands": words("after: 20m..40m", "after: 5m..10m"),
    "The secretariat has the diffusion at once": steps(
        "{at: T+0s, cut: {party: IPSG}}", "{at: T+2m, restore: {party: IPSG}}"
    ),
    "After the review Spain reads the diffusion": steps(
        "{at: T+16m, cut: {party: ES}}", "{at: T+46m, restore: {party: ES}}"
    ),
    "Brazil is not in the pilot, and reads nothing": Change(without="ADDR-SILVER"),
    "Brazil, outside of the pilot, cannot circulate a Silver diffusion": Change(without="RIGHTS-SILVER"),
    "The pilot knows no coercion": Change(without="PURPOSE-SILVER"),
    "What is incomplete reaches nobody": words(
        "      person: {family_name: Fictus, forename: Sextus, sex: M, born: \"1966\"}\n      assets:",
        "      person: {family_name: Fictus, forename: Sextus, sex: M, born: \"1966\"}\n"
        "      judicial: {facts: f, charge: c, law: l, warrant: w, issued_by: a court}\n      assets:",
    ),
    "A journalist's money is not looked for": words(
        "word: stop, message: critic, code: R-ART3", "word: release, message: critic"
    ),
    "Italy hears of the villa": declines("IT", "ES"),
    "Italy hears of the accounts": declines("IT", "CY"),
    "The pilot's five hundredth Silver Notice is published, to the pilot": steps(
        "{at: T+1d9h, cut: {party: CY, stays: yes}}"
    ),
    "The request after it is reviewed as well": steps("{at: T+1d11h1m, cut: {party: NDTF, stays: yes}}"),
    "No Silver Notice after it is published: the pilot is full": words("silver_before: 499", "silver_before: 498"),
}  # fmt: skip


def told_to_the_owner(*given: Any) -> Draft:
    """What the Commission writes, as it would be if it wrote to the owner of the data as well."""
    draft = office.reply(*given)
    return replace(draft, to=(*draft.to, "FR"))


def too_late_for_the_deletion(seed: int, party: str, purpose: str, count: int, after: tuple[int, int]) -> timedelta:
    """The Commission's delays; the third request, that for deletion, is decided later than it may be."""
    return timedelta(days=280) if (purpose, count) == ("decide", 3) else delay(seed, party, purpose, count, after)


FACTS = {
    "What was never decided cannot be revised, and within a month the Commission says so": steps(
        "{at: T+24d, cut: {party: CCF}}", "{at: T+31d, restore: {party: CCF}}"
    ),
    "Who only asks what the files hold hears it within four months of the admission": Change(
        patch=(commission, "MAX_DECIDE_ACCESS", commission.MAX_DECIDE)
    ),
    "Deletion takes longer, and at most nine months": Change(
        words=(("at: T+300d", "at: T+360d"),), patch=(commission, "delay", too_late_for_the_deletion)
    ),
    "While its deletion is examined the notice is suspended": steps(
        "{at: T+39d, cut: {party: KE}}", "{at: T+61d, restore: {party: KE}}"
    ),
    "Found compliant, it is in force again within a month of the decision": steps(
        "{at: T+231d, cut: {party: KE}}", "{at: T+343d, restore: {party: KE}}"
    ),
    "On new facts the Commission decides anew, and the notice is cancelled": steps(
        "{at: T+360d, cut: {party: JP, stays: yes}}"
    ),
    "Nobody but the secretariat hears what the Commission finds": Change(
        patch=(commission, "reply", told_to_the_owner)
    ),
    "Seven decisions, three of them that a request is admissible and one that it is not": steps(
        "{at: T+350d, send: {from: CCF, kind: CCF_REQUEST, to: [IPSG], purpose: compliance,"
        " file: {wants: access, subject: s, notice: 2026/1}}}"
    ),
    "Each decision is carried out and reported": words("when: {kind: COMPLIANCE_QUERY}", "when: {kind: NOTICE_QUERY}"),
}


@pytest.mark.parametrize("says", FACTS)
def test_each_expectation_of_the_commission_fails_alone(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing("new-facts", FACTS[says], monkeypatch) == [says]


@pytest.mark.parametrize(("name", "changes"), [("follow-the-money", MONEY), ("new-facts", FACTS)])
def test_no_expectation_is_left_out(name: str, changes: dict[str, Change]) -> None:
    assert set(changes) == {one.says for one in load(find(name)).expect}


@pytest.mark.parametrize("says", MONEY)
def test_each_expectation_of_the_money_fails_alone(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing("follow-the-money", MONEY[says], monkeypatch) == [says]
