"""What a rehearsal finds in a scenario that reads well: each flaw alone, with its place, and nothing in a sound one."""

from pathlib import Path

import pytest

from i247sim.exercise import rehearsal
from i247sim.exercise.analysis import Weight, flaws
from i247sim.exercise.catalogue import files, find
from i247sim.exercise.loader import load, loads
from i247sim.exercise.naming import Place
from i247sim.exercise.starter import write_starter

WORLD = """\
title: A small story
aim: to have one flaw
participants:
  bureaus: [FR, NO, BR]
  clearances: {BR: confidential}
restrictions:
  FR: [{whom: NO}]
records:
  - owner: FR
    id: NOM-000001
    person: {family_name: Fictus, forename: Exemplar, sex: M, born: 1984-05-17}
officers:
  BR:
    - when: {kind: INFO_REQUEST, from: FR}
      send: INFO_REPLY
      after: 3m..8m
timeline:
  - at: T+0s
    label: ask
    send: {from: FR, kind: INFO_REQUEST, to: [BR, NO], purpose: case-support, subject: Known}
TIMELINE
expect:
  - says: Brazil reads it
    access: {message: ask, party: BR, is: opened}
  - says: Norway does not
    access: {message: ask, party: NO, is: refused, code: E-RESTRICT}
EXPECT
"""


def found(timeline: str = "", expect: str = "", change: str = "") -> list[tuple[Weight, Place, str]]:
    """The flaws of the small story with more steps and expectations; ``change`` is ``old => new`` in its text."""
    text = WORLD.replace("TIMELINE\n", timeline).replace("EXPECT\n", expect)
    old, _, new = change.partition(" => ")
    assert old in text
    return [(flaw.weight, flaw.place, flaw.text) for flaw in flaws(loads(text.replace(old, new, 1).encode()))]


def expectation(claim: str) -> str:
    return f"  - says: something\n    {claim}\n"


def step(rest: str, at: str = "T+1h") -> str:
    return f"  - {{at: {at}, {rest}}}\n"


TO_NORWAY = "send: {from: FR, kind: INFO_REQUEST, to: [NO], purpose: case-support, subject: Alone}"
TO_BRAZIL = "send: {from: FR, kind: INFO_REQUEST, to: [BR], purpose: case-support, subject: Alone}"
YELLOW = (
    "send: {from: FR, kind: NOTICE_REQUEST, purpose: locate, notice: {type: yellow, subject: SUBJECT, person: "
    "{family_name: Fictus, forename: Minima, sex: F, born: 2018-04-01, photo: yes}MISSING}}"
)
REPORTED = ", missing: {recorded_by: a fictional station, recorded_on: 2026-03-01}"
QUERY = "send: {from: BR, kind: DB_QUERY, purpose: border-management, query: {database: sltd, document: EXR}}".replace(
    "EXR", "{number: EXR0000017, country: FR}"
)


def test_a_sound_scenario_has_no_flaw() -> None:
    assert found() == []


@pytest.mark.parametrize(
    "name",
    [pytest.param(path.stem, marks=pytest.mark.deep if path.stem == "world-alert" else ()) for path in files()],
)
def test_the_shipped_scenarios_have_no_flaw(name: str) -> None:
    assert flaws(load(find(name))) == []


def test_the_starter_has_no_flaw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert flaws(load(write_starter("mine"))) == []


ERRORS = [
    pytest.param(
        {"change": "participants: => about: [RESTRICT-OWNN]\nparticipants:"},
        ("about", 0),
        "there is no rule `RESTRICT-OWNN`; did you mean `RESTRICT-OWN`?",
        id="a case about a rule that is not there",
    ),
    pytest.param(
        {"change": "officers: => desks: [BR]\nprofiles: {BR: {instruments: [europaean]}}\nofficers:"},
        ("profiles", "BR", "instruments", 0),
        "there is no treaty `europaean`; expected one of european",
        id="a treaty that is not there",
    ),
    pytest.param(
        {"expect": expectation("access: {message: ask, party: NO, is: opened}")},
        ("expect", 2),
        "FR#1 (ask, INFO_REQUEST) was refused at NO with E-RESTRICT by rule RESTRICT-OWN, T+0s",
        id="what a rule refuses is expected to be read",
    ),
    pytest.param(
        {"expect": expectation("access: {message: ask, party: NO, is: refused, code: E-CLASS}")},
        ("expect", 2),
        "with E-RESTRICT",
        id="a code that no rule gives",
    ),
    pytest.param(
        {"expect": expectation("answer: {message: ask, from: BR, kind: INFO_REPLY, within: 1m}")},
        ("expect", 2),
        "answers FR#1 (ask, INFO_REQUEST) after",
        id="an officer cannot be so fast",
    ),
    pytest.param(
        {"expect": expectation("count: {kind: DIFFUSION, at_least: 1}")},
        ("expect", 2),
        "no DIFFUSION",
        id="what nobody sends is counted",
    ),
    pytest.param(
        {"timeline": "  - {after: {opened: {message: ask, party: NO}}, label: later, " + TO_BRAZIL + "}\n"},
        ("timeline", 1, "after"),
        "`ask` is refused at `NO` with E-RESTRICT",
        id="a step waits for what never happens",
    ),
    pytest.param(
        {"timeline": "  - {after: {sent: {message: BR#7}}, " + TO_BRAZIL + "}\n"},
        ("timeline", 1, "after"),
        "there is no message `BR#7`",
        id="a step waits for a message that never is",
    ),
    pytest.param(
        {"timeline": step("replay: {message: FR#7}", "T+2h")},
        ("timeline", 1, "replay"),
        "nobody ever sends `FR#7`",
        id="an intruder wants a message that never is",
    ),
    pytest.param(
        {"timeline": step("tamper: {message: BR#1}", "T+1s")},
        ("timeline", 1, "tamper"),
        "`BR#1` is sent only at T+",
        id="an intruder comes too early",
    ),
    pytest.param(
        {"timeline": step("cut: {party: FR, stays: yes}") + step(TO_BRAZIL, "T+2h")},
        ("timeline", 2, "send"),
        "never leaves `FR`, whose link is cut",
        id="an author whose link is cut for good",
    ),
    pytest.param(
        {"timeline": step("revoke: {party: FR}") + step(TO_BRAZIL, "T+2h")},
        ("timeline", 2, "send"),
        "never leaves `FR`, whose link is revoked",
        id="an author that is revoked",
    ),
]
WARNINGS = [
    pytest.param(
        {"change": "participants: => about: [CLASS-CLEARANCE]\nparticipants:"},
        ("about", 0),
        "without `CLASS-CLEARANCE` nothing that is expected fails",
        id="a case that is not about what it says",
    ),
    pytest.param(
        {"change": "participants: => about: [PROC-TREATY]\nparticipants:"},
        ("about", 0),
        "without `PROC-TREATY` nothing that is expected fails",
        id="a case that is not about a procedure",
    ),
    pytest.param(
        {"change": "officers: => profiles: {NO: {waits: longest}}\nofficers:"},
        ("profiles", "NO"),
        "no desk of `NO` works by this profile",
        id="a profile by which nobody works",
    ),
    pytest.param(
        {"timeline": step(TO_NORWAY)},
        ("timeline", 1, "send"),
        "nobody receives it (refused at NO with E-RESTRICT), by RESTRICT-OWN",
        id="a message that nobody receives",
    ),
    pytest.param(
        {"timeline": step("measure: {party: FR, state: disconnected}") + step(TO_BRAZIL, "T+2h")},
        ("timeline", 2, "send"),
        "`FR` may not send this, being under a measure, by STATE-DISCONNECTED-LEG",
        id="a sender under a measure",
    ),
    pytest.param(
        {"timeline": step("revoke: {party: BR}") + step(TO_BRAZIL, "T+2h")},
        ("timeline", 2, "send"),
        "cannot be sealed: BR is revoked by then",
        id="a reader that is revoked",
    ),
    pytest.param(
        {"expect": expectation("access: {message: ask, party: IPSG, is: not-opened}")},
        ("expect", 2),
        "cannot fail: `ask` does not name `IPSG`",
        id="not opened by somebody who is not named",
    ),
    pytest.param(
        {"expect": expectation("answer: {message: ask, from: NO, kind: INFO_REPLY, within: never}")},
        ("expect", 2),
        "`NO` has no duty to answer with `INFO_REPLY`",
        id="no answer from somebody who never answers",
    ),
    pytest.param(
        {"expect": expectation("count: {kind: HIT_NOTICE, exactly: 0}")},
        ("expect", 2),
        "nothing here lets anybody send such a `HIT_NOTICE`",
        id="no hits where nobody asks",
    ),
    pytest.param(
        {"timeline": step("label: query, " + QUERY), "expect": expectation("finding: {message: query, is: NO_RECORD}")},
        ("expect", 2),
        "the sltd database is empty all the time",
        id="no record in an empty database",
    ),
    pytest.param(
        {"change": "FR: [{whom: NO}] => FR: [{whom: NO}, {whom: NO, scope: {channel: diffusion}}]"},
        ("restrictions", "FR", 1),
        "nothing would be different",
        id="a restriction that is never exercised",
    ),
    pytest.param(
        {"change": "records: => acceptances: {BR: [{whom: NO}]}\nrecords:"},
        ("acceptances", "BR", 0),
        "nothing would be different",
        id="an acceptance that is never exercised",
    ),
    pytest.param(
        {"change": "records: => measures: {BR: {state: record-suspended}}\nrecords:"},
        ("measures", "BR"),
        "nothing would be different",
        id="a measure that is never exercised",
    ),
    pytest.param(
        {"timeline": step("restrict: {party: FR, bars: []}")},
        ("timeline", 1),
        "nothing would be different",
        id="a restriction lifted for nothing",
    ),
    pytest.param(
        {"change": 'timeline: =>   "NO": [{when: {kind: DIFFUSION}, send: INFO_REPLY, after: 3m}]\ntimeline:'},
        ("officers", "NO", 0),
        "this duty is never exercised: `NO` opens no such `DIFFUSION`",
        id="a duty that is never exercised",
    ),
    pytest.param(
        {"change": "after: 3m..8m => after: 3m..8m\n      to: [parent]"},
        ("officers", "BR", 0),
        "this duty has nobody to write to",
        id="a duty with nobody to write to",
    ),
    pytest.param(
        {"change": "timeline: =>   africa: [{when: {kind: DIFFUSION}, send: INFO_REPLY, after: 3m}]\ntimeline:"},
        ("officers", "africa"),
        "nobody has these duties",
        id="duties of a group that is not here",
    ),
    pytest.param(
        {
            "change": 'timeline: => rules: [\'@id("EX-X") @step("6") @code("E-PURPOSE") @cite("x") @explain("x") '
            'forbid (principal is Party, action == Action::"send", resource is Message) '
            'when { resource.kind == "BROADCAST" };\']\ntimeline:'
        },
        ("rules", 0),
        "the rule `EX-X` never decides anything",
        id="a rule that is never exercised",
    ),
    *(
        pytest.param(
            {"timeline": step("revoke: {party: NO}") + step(verb, "T+2h")},
            ("timeline", 2, verb.partition(":")[0]),
            "this changes nothing: `NO` is revoked, and has",
            id=f"a revoked party and {verb.partition(':')[0]}",
        )
        for verb in ("revoke: {party: NO}", "rotate: {party: NO}", "crash: {party: NO}", "seat: {party: NO}")
    ),
    pytest.param(
        {"timeline": step(YELLOW.replace("SUBJECT", "A child").replace("MISSING", ""))},
        ("timeline", 1, "send", "notice"),
        "`NDTF` refuses it with E-DATA, since it lacks missing: the report",
        id="a request that lacks data",
    ),
    pytest.param(
        {
            "timeline": step(YELLOW.replace("SUBJECT", "A child").replace("MISSING", "")),
            "change": "participants: => review: {incomplete: ask}\nparticipants:",
        },
        ("timeline", 1, "send", "notice"),
        "`NDTF` sends it back and never decides, since it lacks missing: the report",
        id="a request that lacks data, and is returned",
    ),
    pytest.param(
        {"timeline": step(YELLOW.replace("SUBJECT", "The child of a journalist").replace("MISSING", REPORTED))},
        ("timeline", 1, "send", "notice"),
        "it waits for a person to the end, since ",
        id="a request that waits for a person",
    ),
    pytest.param(
        {"timeline": step("rule: {word: cancel, message: ask}")},
        ("timeline", 1, "rule"),
        "this changes nothing: there is no diffusion FR-2026-000001 at this desk",
        id="a decision about what is not open at that desk",
    ),
    pytest.param(
        {"change": "participants: => unheeded: [PROC-TREATY]\nparticipants:"},
        ("unheeded", 0),
        "nothing would be different",
        id="a procedure that nobody would follow anyway",
    ),
    pytest.param(
        {"change": "participants: => agree_to_be_found: [NOM-000001]\nparticipants:"},
        ("agree_to_be_found", 0),
        "nothing would be different",
        id="an agreement that nobody asks for",
    ),
    pytest.param(
        {"change": 'expect: => milestones: [{says: read, when: {opened: {message: ask, party: "NO"}}}]\nexpect:'},
        ("milestones", 0),
        "never reached: `ask` is refused at `NO` with E-RESTRICT",
        id="a milestone that is never reached",
    ),
]


@pytest.mark.parametrize(("parts", "place", "text"), ERRORS)
def test_what_will_not_be_as_the_file_says_is_an_error(parts: dict[str, str], place: Place, text: str) -> None:
    ((weight, where, said),) = [one for one in found(**parts) if one[0] is Weight.ERROR]
    assert (weight, where) == (Weight.ERROR, place)
    assert text in said


@pytest.mark.parametrize(("parts", "place", "text"), WARNINGS)
def test_what_has_no_point_is_a_warning(parts: dict[str, str], place: Place, text: str) -> None:
    ((weight, where, said),) = found(**parts)
    assert (weight, where) == (Weight.WARNING, place)
    assert text in said


@pytest.mark.parametrize(
    "claim",
    [
        "access: {message: alone, party: NO, is: refused, code: E-RESTRICT}",
        "access: {message: alone, party: NO, is: not-opened}",
        "refused: {message: alone, code: E-RESTRICT}",
        "access: {message: FR#2, party: NO, is: refused}",
    ],
)
def test_what_the_author_expects_to_be_refused_is_no_flaw(claim: str) -> None:
    assert found(timeline=step("label: alone, " + TO_NORWAY), expect=expectation(claim)) == []


@pytest.mark.parametrize(
    ("timeline", "claim"),
    [
        pytest.param(step(YELLOW.replace("SUBJECT", "A child").replace("MISSING", REPORTED)), "", id="is published"),
        pytest.param(
            step("label: poor, " + YELLOW.replace("SUBJECT", "A child").replace("MISSING", "")),
            expectation("answer: {message: poor, from: NDTF, kind: NOTICE_DECISION, within: 1h}"),
            id="is expected to come to nothing",
        ),
        pytest.param(
            step(YELLOW.replace("SUBJECT", "The child of a journalist").replace("MISSING", REPORTED))
            + step("rule: {word: refuse, message: FR#2, code: R-ART3}", "T+3h"),
            "",
            id="is decided by a person",
        ),
    ],
)
def test_a_request_that_goes_as_its_author_says_is_no_flaw(timeline: str, claim: str) -> None:
    assert found(timeline=timeline, expect=claim) == []


def test_officers_that_answer_each_other_for_ever_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "MAX_MESSAGES", 100)
    loop = (
        "after: 3m..8m => after: 3m..8m\n    - {when: {kind: INFO_REPLY}, send: INFO_REPLY, after: 3m}\n"
        "  FR: [{when: {kind: INFO_REPLY}, send: INFO_REPLY, after: 3m}]"
    )
    ((weight, place, text),) = found(change=loop)
    assert (weight, place) == (Weight.ERROR, ("officers",))
    assert "no end" in text
