"""What a scenario may add to the rules, and what is said about the rest."""

import pytest
from policy_cases import ENGINE

from i247sim.policy.lint import MAX_RULES, lint, unknown_words
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.errors import InputError

GOOD = """@id("EX-NO-FORENSIC") @step("6") @code("E-PURPOSE") @cite("exercise rule") @explain("not in this exercise")
forbid (principal is Party, action == Action::"send", resource is Message)
when { resource.purpose == "forensic" };"""
HOLDING = """@id("EX-HOLD") @step("4") @code("E-STATE") @outcome("held") @cite("exercise rule") @explain("wait")
forbid (principal == Party::"DE", action == Action::"receive", resource is Message)
unless { resource.channel == "direct" };"""


def test_good_rules_pass_and_load() -> None:
    assert lint([GOOD, HOLDING]) == []
    assert lint([GOOD + HOLDING]) == []
    assert {"EX-NO-FORENSIC", "EX-HOLD"} <= set(Rulebook.load([GOOD, HOLDING]).rules)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("permit(principal, action, resource);", "a permit, expected `forbid`"),
        (GOOD.replace("forbid", "permit"), "a permit, expected `forbid`"),
        (GOOD.replace('resource.purpose == "forensic"', "false"), "condition 1 asks about no attribute"),
        (GOOD.replace('resource.purpose == "forensic"', "1 == 2"), "condition 1 asks about no attribute"),
        (GOOD.replace('resource.purpose == "forensic"', 'principal == Party::"FR"'), "a rule about one party"),
        (GOOD.replace('"forensic"', '"forensic" && false'), "condition 1 asks about no attribute"),
        (GOOD.replace('when { resource.purpose == "forensic" }', ""), "no condition"),
        (GOOD.replace("principal is Party", "principal"), "expected `principal is Party`"),
        (GOOD.replace("principal is Party", "principal is Message"), "expected `principal is Party`"),
        (GOOD.replace("resource is Message", "resource"), "expected `resource is Message`"),
        (GOOD.replace('action == Action::"send"', "action"), 'expected `action == Action::"send"`'),
        (GOOD.replace("EX-NO-FORENSIC", "RESTRICT-OWNER"), "the id `RESTRICT-OWNER` is taken"),
        (GOOD.replace("EX-NO-FORENSIC", "no forensic"), "is not of the form"),
        (GOOD.replace('@id("EX-NO-FORENSIC")', ""), "lacks `@id`"),
        (GOOD.replace('@cite("exercise rule")', ""), "lacks `@cite`"),
        (GOOD.replace('@explain("not in this exercise")', '@explain("")'), "lacks `@explain`"),
        (GOOD.replace("not in this exercise", "x" * 201), "not one line of at most 200"),
        (GOOD.replace('@step("6")', '@step("9")'), "expected 6 for E-PURPOSE"),
        (GOOD.replace('@step("6")', '@step("last")'), "expected a number"),
        (GOOD.replace("E-PURPOSE", "E-REVIEW"), "expected one of E-STATE"),
        (GOOD.replace('@code("E-PURPOSE")', '@code("E-PURPOSE") @outcome("held")'),
         "only a rule with E-STATE may hold"),
        (GOOD.replace('@code("E-PURPOSE")', '@code("E-PURPOSE") @note("x")'), "unknown label `@note`"),
        (GOOD.replace('"forensic"', '"forensics"'), "`forensics` is not a purpose"),
        (GOOD.replace('resource.purpose == "forensic"', '["direct", "fax"].contains(resource.channel)'),
         "`fax` is not a channel"),
        (GOOD.replace("resource.purpose", "resource.reason"), "attribute `reason`"),
        (GOOD.replace("resource.purpose", "resource.classification"), "the types"),
        ("forbid (principal == ?principal, action, resource) when { true };", "a template"),
        ("forbid (principal", "does not parse"),
        ("// nothing", "no rule in it"),
    ],
)  # fmt: skip
def test_refuse(text: str, expected: str) -> None:
    problems = lint([text])
    assert any(expected in problem for problem in problems), problems
    assert all(problem.startswith("text 1") for problem in problems)


@pytest.mark.parametrize(
    "deep",
    [
        pytest.param("(" * 20_000 + "true" + ")" * 20_000, id="brackets"),
        pytest.param("if true then " * 1_500 + "true" + " else false" * 1_500, id="conditions"),
        pytest.param("true" + " && true" * 5_000, id="a chain of and"),
        pytest.param("principal" + ".a" * 20_000 + " == 1", id="a chain of dots"),
        pytest.param("[" * 20_000 + "]" * 20_000 + " == 1", id="sets"),
        pytest.param("{a:" * 10_000 + "1" + "}" * 10_000 + " == 1", id="records"),
        pytest.param("1" + " + 1" * 10_000 + " == 1", id="a sum"),
        pytest.param('// "\n' + "!(" * 20_000 + "true" + ")" * 20_000, id="behind a comment that opens a string"),
    ],
)
def test_refuse_what_would_end_the_process(deep: str) -> None:
    """The library's parser goes down with every sign, to the end of the stack: nobody would be left to say why."""
    text = GOOD.replace('resource.purpose == "forensic"', deep)
    (problem,) = lint([text])
    assert "a rule with more than 400 brackets" in problem
    with pytest.raises(InputError, match="more than 400"):
        Rulebook.load([text])


def test_refuse_a_text_beyond_its_size() -> None:
    (problem,) = lint([GOOD + "// " + "x" * 70_000])
    assert "more than 65536 bytes" in problem


def test_name_everything_that_is_wrong_with_its_place() -> None:
    problems = lint([GOOD, "forbid (", GOOD + GOOD.replace("EX-NO-FORENSIC", "EX-B").replace('"forensic"', '"x"')])
    assert [problem.split(":")[0] for problem in problems] == [
        "text 2",
        "text 3, rule 1 `EX-NO-FORENSIC`",
        "text 3, rule 2 `EX-B`",
    ]


def test_refuse_more_rules_than_a_hub_can_ask_in_time() -> None:
    many = [GOOD.replace("EX-NO-FORENSIC", f"EX-{number:03}") for number in range(MAX_RULES + 1)]
    assert lint(many) == [f"{MAX_RULES + 1} rules, more than the limit of {MAX_RULES}"]
    assert lint(many[:-1]) == []


def test_the_networks_own_rules_use_words_of_the_vocabulary_only() -> None:
    assert {rule: unknown_words(tree) for rule, tree in ENGINE.rulebook.templates.items() if unknown_words(tree)} == {}
