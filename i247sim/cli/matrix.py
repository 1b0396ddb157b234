"""The access matrix as text: messages down, parties across, fitted to a width.

Parties that nobody wrote to are left out and counted. What does not fit is made smaller in four steps: times and
labels go, then parties whose answers are all the same share one column, then messages with the same answers share one
line where that halves them, then the columns are broken into blocks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from rich.cells import cell_len
from rich.text import Text

from i247sim.cli.signs import LOOKS
from i247sim.exercise.access import Cell, Sign
from i247sim.exercise.durations import format_clock
from i247sim.exercise.transcript import MessageRow
from i247sim.vocabulary.decisions import MEANINGS, Code

_GAP = 2
_MIN_ALIKE = 3
"""So many with the same answers at least share a column or a line, where there is no room for all."""
_EXPOSED = "*"
_ALARM = "!"


@dataclass(frozen=True)
class Matrix:
    """Lines for a screen: the table, and the legend to what occurs in it."""

    table: list[Text]
    signs: list[Text]
    """What the signs mean, short."""
    remarks: list[Text]
    """What marks and numbers mean, who shares a column, who is left out: sentences."""


@dataclass(frozen=True)
class _Column:
    """One party, or several with the same answers."""

    heading: tuple[str, ...]
    marks: tuple[Text, ...]
    parties: tuple[str, ...]

    @cached_property
    def width(self) -> int:
        return max(*map(cell_len, self.heading), *(mark.cell_len for mark in self.marks), 1)


@dataclass(frozen=True)
class _Line:
    """One message, or several with the same answers: what stands left of the cells."""

    time: str
    name: str
    kind: str
    label: str


def matrix(
    cells: Iterable[Cell],
    messages: Sequence[MessageRow],
    parties: Sequence[str],
    start: datetime,
    width: int,
    ascii_only: bool = False,
) -> Matrix:
    """The matrix of a run, messages in the order given, in at most ``width`` columns of a terminal.

    (If a party's name alone is wider than that, lines are longer.) ``start``: where the exercise clock is zero.
    """
    by_pair = {(cell.message, cell.party): cell for cell in cells}
    rows = [row for row in messages if any((row.name, party) in by_pair for party in parties)]
    if not rows:
        return Matrix([Text("nobody sent anything")], [], [])
    shown = [
        party
        for party in parties
        if any(
            by_pair[row.name, party].sign is not Sign.NOT_ADDRESSED or by_pair[row.name, party].alarm for row in rows
        )
    ]
    codes = list(dict.fromkeys(code for row in rows for party in shown if (code := by_pair[row.name, party].code)))
    columns = [
        _Column(
            _heading(party),
            tuple(_mark(by_pair[row.name, party], codes, ascii_only) for row in rows),
            (party,),
        )
        for party in shown
    ]
    lines = [_Line(format_clock(row.time - start), row.name, row.kind.value, row.label or "") for row in rows]
    heads, columns, blocks = _fit(lines, columns, width)
    table: list[Text] = []
    for number, block in enumerate(blocks, 1):
        if len(blocks) > 1:
            table.append(Text(f"parties, part {number} of {len(blocks)}", "italic"))
        table += _block(heads, block)
        if number < len(blocks):
            table.append(Text())
    occurring = [by_pair[row.name, party] for row in rows for party in shown]
    signs = {cell.sign for cell in occurring}
    short = [
        Text.assemble((look.mark(ascii_only), look.style), f" {look.meaning}")
        for sign, look in LOOKS.items()
        if sign in signs
    ]
    remarks = _remarks(occurring, codes)
    remarks += [
        Text(f"{column.heading[0]} {len(column.parties)} parties with the same answers: {_named(column.parties)}")
        for column in columns
        if len(column.parties) > 1
    ]
    left_out = [party for party in parties if party not in shown]
    if left_out:
        verb = "party neither wrote nor was" if len(left_out) == 1 else "parties neither wrote nor were"
        remarks.append(Text(f"{len(left_out)} {verb} written to, left out: {_named(left_out)}"))
    return Matrix(table, short, remarks)


def _fit(
    lines: Sequence[_Line], columns: list[_Column], width: int
) -> tuple[list[Text], list[_Column], list[list[_Column]]]:
    """The fullest line heads with which everything fits; else alike columns, then alike lines together, then blocks."""
    for these, alternative in _ever_smaller(lines, columns):
        for depth in (3, 2, 1):
            heads = _heads(these, depth)
            if _room(heads, width) >= _width(alternative):
                return heads, alternative, [alternative]
    # Still the smallest of all: the last one tried.
    blocks: list[list[_Column]] = [[]]
    for column in alternative:
        if blocks[-1] and _width([*blocks[-1], column]) > _room(heads, width):
            blocks.append([])
        blocks[-1].append(column)
    return heads, alternative, blocks


def _ever_smaller(lines: Sequence[_Line], columns: list[_Column]) -> Iterator[tuple[Sequence[_Line], list[_Column]]]:
    yield lines, columns
    yield lines, _together(columns)
    fewer, shorter = _lines_together(lines, columns)
    if 2 * len(fewer) <= len(lines):  # else what each message was called is worth more
        yield fewer, _together(shorter)


def _room(heads: Sequence[Text], width: int) -> int:
    return width - max(head.cell_len for head in heads)


def _width(columns: Iterable[_Column]) -> int:
    return sum(column.width + _GAP for column in columns)


def _heads(lines: Sequence[_Line], depth: int) -> list[Text]:
    """What stands left of the cells: name and kind, then the author's label, then the time."""
    columns = [("name", "bold"), ("kind", "")]
    columns += [("label", "dim")] if depth >= 2 else []
    columns = [("time", "dim"), *columns] if depth >= 3 else columns
    texts = [Text() for _ in lines]
    for name, style in columns:
        words = [getattr(line, name) for line in lines]
        if space := max(map(len, words)):
            for text, word in zip(texts, words, strict=True):
                text.append(" " if text else "").append(word.ljust(space), style)
    return texts


def _together(columns: Sequence[_Column]) -> list[_Column]:
    """Columns with the same marks as one, at the place of the first of them."""
    alike: dict[tuple[str, ...], list[_Column]] = {}
    for column in columns:
        alike.setdefault(tuple(mark.plain for mark in column.marks), []).append(column)
    found: list[_Column] = []
    letter = ord("a")
    for group in alike.values():
        if len(group) < _MIN_ALIKE:
            found += group
            continue
        parties = tuple(party for column in group for party in column.parties)
        found.append(_Column((f"{chr(letter)}:", str(len(parties))), group[0].marks, parties))
        letter = letter + 1 if letter < ord("z") else letter
    return found


def _lines_together(lines: Sequence[_Line], columns: Sequence[_Column]) -> tuple[list[_Line], list[_Column]]:
    """Messages of one kind whose answers are the same, whoever sent them, as one line, at the place of the first.

    In it is marked as sender who sent one of them; nobody of those got another of them, or they were not alike.
    """
    sent, none = ({LOOKS[sign].glyph, LOOKS[sign].plain} for sign in (Sign.SENT, Sign.NOT_ADDRESSED))
    alike: dict[tuple[str, tuple[tuple[int, str], ...]], list[int]] = {}
    for number, line in enumerate(lines):
        marks = ((place, column.marks[number].plain) for place, column in enumerate(columns))
        answers = tuple((place, mark) for place, mark in marks if mark not in sent | none)
        alike.setdefault((line.kind, answers), []).append(number)
    groups = [
        group for some in alike.values() for group in ([some] if len(some) >= _MIN_ALIKE else [[n] for n in some])
    ]
    groups.sort()
    found = [
        lines[group[0]] if len(group) == 1 else _Line("", f"{len(group)} times", lines[group[0]].kind, "")
        for group in groups
    ]
    shorter = []
    for column in columns:
        by_group = [[column.marks[number] for number in group] for group in groups]
        merged = tuple(next((mark for mark in some if mark.plain in sent), some[0]) for some in by_group)
        shorter.append(_Column(column.heading, merged, column.parties))
    return found, shorter


def _block(heads: Sequence[Text], columns: Sequence[_Column]) -> list[Text]:
    lines: list[Text] = []
    side = max(head.cell_len for head in heads)
    tall = max(len(column.heading) for column in columns)
    for level in range(tall):
        line = Text(" " * side)
        for column in columns:
            words = ("",) * (tall - len(column.heading)) + column.heading
            line.append(" " * _GAP).append(words[level].ljust(column.width), "bold")
        line.rstrip()
        lines.append(line)
    for number, head in enumerate(heads):
        line = head.copy()
        for column in columns:
            mark = column.marks[number].copy()
            mark.pad_right(column.width - mark.cell_len)
            line.append(" " * _GAP).append_text(mark)
        line.rstrip()
        lines.append(line)
    return lines


def _heading(party: str) -> tuple[str, ...]:
    """A party's id; a long one in lines, broken after its hyphens."""
    parts = party.split("-")
    return (*(f"{part}-" for part, _ in pairwise(parts)), parts[-1])


def _mark(cell: Cell, codes: Sequence[Code], ascii_only: bool) -> Text:
    look = LOOKS[cell.sign]
    number = str(codes.index(cell.code) + 1) if cell.code else ""
    text = Text(look.mark(ascii_only) + number + (_EXPOSED if cell.exposed else ""), look.style)
    if cell.alarm:
        text.append(_ALARM, "bold red")
    return text


def _remarks(cells: Sequence[Cell], codes: Sequence[Code]) -> list[Text]:
    lines = []
    if any(cell.exposed for cell in cells):
        text = "was given no copy, but the sender had sealed to it: what a captured hub could leak"
        lines.append(Text(f"{_EXPOSED} {text}"))
    if any(cell.alarm for cell in cells):
        lines.append(Text(f"{_ALARM} an alarm: see below", "bold red"))
    lines += [Text(f"{number} {code}: {MEANINGS[code]}") for number, code in enumerate(codes, 1)]
    return lines


def _named(parties: Sequence[str]) -> str:
    few = 12
    more = f" and {len(parties) - few} more" if len(parties) > few else ""
    return ", ".join(parties[:few]) + more
