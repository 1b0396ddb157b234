"""The access matrix as text fits, says everything, and leaves nothing out silently."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from i247sim.cli.matrix import Matrix, matrix
from i247sim.cli.signs import LOOKS
from i247sim.exercise.access import Cell, Sign
from i247sim.exercise.transcript import MessageRow
from i247sim.vocabulary.decisions import MEANINGS, Code
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.parties import members

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MEMBERS = sorted(members())


def _row(name: str, label: str | None = None, minutes: int = 0) -> MessageRow:
    time = START + timedelta(minutes=minutes)
    return MessageRow(
        time, name.split("#", maxsplit=1)[0], name, Kind.DIFFUSION, Channel.DIFFUSION, (), "", label=label
    )


def _lines(texts: list[Text]) -> list[str]:
    return [text.plain for text in texts]


def _all(made: Matrix) -> str:
    return "\n".join(_lines([*made.table, *made.signs, *made.remarks]))


SMALL = [
    Cell("FR#1", "FR", Sign.SENT),
    Cell("FR#1", "BR", Sign.READ),
    Cell("FR#1", "NO", Sign.REFUSED, Code.RESTRICT, exposed=True),
    Cell("FR#1", "KE", Sign.REFUSED, Code.CLASS),
    Cell("FR#1", "PT", Sign.NOT_ADDRESSED),
]


def test_a_small_matrix_in_full() -> None:
    made = matrix(SMALL, [_row("FR#1", "warning")], ["FR", "BR", "NO", "KE", "PT"], START, 80)
    assert _lines(made.table) == [
        "                                   FR  BR  NO   KE",
        "T+00:00:00 FR#1 DIFFUSION warning  ↑   ✓   ⊘1*  ⊘2",
    ]
    assert _lines(made.signs) == ["↑ sent it", "✓ read it", "⊘ refused by the hub"]
    assert _lines(made.remarks) == [
        "* was given no copy, but the sender had sealed to it: what a captured hub could leak",
        "1 E-RESTRICT: the owner of the data has barred this addressee",
        "2 E-CLASS: classified above the addressee's clearance, or with too weak a suite",
        "1 party neither wrote nor was written to, left out: PT",
    ]


def test_where_there_is_little_room_time_goes_first_then_the_label() -> None:
    heads = []
    for width in (50, 40, 32):
        made = matrix(SMALL, [_row("FR#1", "warning")], ["FR", "BR", "NO", "KE", "PT"], START, width)
        heads.append(made.table[1].plain.split("↑")[0].rstrip())
    assert heads == ["T+00:00:00 FR#1 DIFFUSION warning", "FR#1 DIFFUSION warning", "FR#1 DIFFUSION"]


def test_an_alarm_shows_in_its_cell_even_of_a_party_nobody_wrote_to() -> None:
    cells = [Cell("FR#1", "FR", Sign.SENT), Cell("FR#1", "PT", Sign.NOT_ADDRESSED, alarm="holds a copy")]
    made = matrix(cells, [_row("FR#1")], ["FR", "PT"], START, 80)
    assert made.table[-1].plain.endswith("·!")
    assert "! an alarm: see below" in _lines(made.remarks)


def test_a_long_name_is_broken_after_its_hyphens() -> None:
    cells = [Cell("FR#1", "FR", Sign.SENT), Cell("FR#1", "BR-gru-border", Sign.READ)]
    made = matrix(cells, [_row("FR#1")], ["FR", "BR-gru-border"], START, 80)
    assert [line.split() for line in _lines(made.table)[:3]] == [["BR-"], ["gru-"], ["FR", "border"]]


def test_196_parties_with_one_exception_fit_in_80_columns() -> None:
    cells = [Cell("FR#1", party, Sign.READ) for party in MEMBERS]
    cells = [Cell("FR#1", "NO", Sign.REFUSED, Code.RESTRICT) if cell.party == "NO" else cell for cell in cells]
    made = matrix(cells, [_row("FR#1", "warning")], MEMBERS, START, 80)
    assert _lines(made.table)[1].split() == ["195", "NO"]
    assert any(line.startswith("a: 195 parties with the same answers: AD, AE") for line in _lines(made.remarks))


def test_answers_of_the_whole_world_share_a_line_and_who_did_not_answer_is_seen() -> None:
    rows = [_row("FR#1", "warning"), *(_row(f"{party}#1") for party in MEMBERS if party not in ("FR", "NO", "BR"))]
    cells = [Cell(row.name, party, Sign.NOT_ADDRESSED) for row in rows for party in MEMBERS]
    told = {(row.name, row.sender): Sign.SENT for row in rows} | {(row.name, "FR"): Sign.READ for row in rows[1:]}
    told |= {("FR#1", party): Sign.SENT if party == "FR" else Sign.READ for party in MEMBERS}
    told[rows[7].name, "FR"] = Sign.WITHHELD
    cells = [Cell(one.message, one.party, told.get((one.message, one.party), one.sign)) for one in cells]
    odd = rows[7].sender
    made = matrix(cells, rows, MEMBERS, START, 80)
    assert [line.split() for line in _lines(made.table)] == [
        ["a:"],
        ["192", odd, "BR", "NO", "FR"],
        ["T+00:00:00", "FR#1", "DIFFUSION", "warning", *"✓✓✓✓↑"],
        ["192", "times", "DIFFUSION", *"↑···✓"],
        ["T+00:00:00", f"{odd}#1", "DIFFUSION", *"·↑··⊖"],
    ]


def test_nobody_sent_anything() -> None:
    assert _lines(matrix([], [], ["FR"], START, 80).table) == ["nobody sent anything"]


def test_every_sign_and_code_is_explained_and_the_letters_differ() -> None:
    assert set(LOOKS) == set(Sign)
    assert set(MEANINGS) == set(Code)
    assert len({look.glyph for look in LOOKS.values()}) == len(Sign)
    assert len({look.plain for look in LOOKS.values()}) == len(Sign)
    assert all(look.plain.isascii() for look in LOOKS.values())


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[list[Cell], list[MessageRow], list[str]]:
    parties = draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=60, unique=True))
    rows = [_row(f"{parties[0]}#{number + 1}", minutes=number) for number in range(draw(st.integers(1, 4)))]
    signs = st.sampled_from([Sign.READ, Sign.REFUSED, Sign.HELD, Sign.NOT_ADDRESSED])
    cells = []
    for row in rows:
        for party in parties:
            sign = Sign.SENT if party == row.sender else draw(signs)
            code = draw(st.sampled_from([Code.RESTRICT, Code.CLASS])) if sign is Sign.REFUSED else None
            cells.append(Cell(row.name, party, sign, code))
    return cells, rows, parties


@settings(max_examples=40, deadline=None)
@given(world=_worlds(), width=st.sampled_from([60, 80, 140]), ascii_only=st.booleans())
def test_every_party_is_in_the_table_or_counted_and_no_line_is_too_long(
    world: tuple[list[Cell], list[MessageRow], list[str]], width: int, ascii_only: bool
) -> None:
    cells, rows, parties = world
    made = matrix(cells, rows, parties, START, width, ascii_only)
    assert all(line.cell_len <= width for line in made.table)
    if ascii_only:
        assert _all(made).isascii()
    heading = {word for line in made.table if "#" not in line.plain for word in line.plain.split()}
    named = sum(party in heading for party in parties)
    counted = sum(
        int(line.split()[1] if line[1] == ":" else line.split()[0])
        for line in _lines(made.remarks)
        if "same answers" in line or "left out" in line
    )
    assert named + counted == len(parties)
