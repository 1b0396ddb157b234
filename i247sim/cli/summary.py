"""What a finished run says: the access matrix, the expectations with evidence, and what to keep."""

from dataclasses import asdict
from shlex import quote

from rich.console import Console
from rich.text import Text

from i247sim.cli.matrix import matrix
from i247sim.cli.screen import ascii_only, hang, printable
from i247sim.cli.signs import LOOKS, clocked
from i247sim.exercise.access import Sign
from i247sim.exercise.durations import format_clock
from i247sim.exercise.report import Finished
from i247sim.exercise.scenario import NOTICE

_SHOWN_ALARMS = 20
_SHOWN_LINES = 120
"""Of the case file."""
_NAME_WIDTH = 14


def show(screen: Console, run: Finished) -> None:
    """Print ``run`` on ``screen``, at its width."""
    plain = ascii_only(screen)
    screen.print(Text(printable(run.scenario.title), "bold"))
    screen.print(Text(NOTICE, "italic"))
    _case_file(screen, run)
    _matrix(screen, run, plain)
    _expectations(screen, run, plain)
    _milestones(screen, run)
    _defence(screen, run)
    _appeals(screen, run)
    _facts(screen, run)
    verdict = "PASSED" if run.passed else "FAILED"
    screen.print()
    screen.print(Text.assemble((verdict, "bold green" if run.passed else "bold red"), f"  {_because(run)}"))


def _case_file(screen: Console, run: Finished) -> None:
    _title(screen, "Case file")
    shown = run.case_file[:_SHOWN_LINES]
    for line in shown:
        text = clocked(printable(line.text), run.scenario.start)
        when = Text(f"{format_clock(line.time - run.scenario.start):<14} ", "dim")
        said = Text.assemble((f"{line.party}: {text}", "italic")) if line.why else Text(f"{line.party} {text}")
        hang(screen, when, said)
    if len(run.case_file) > len(shown):
        screen.print(Text(f"and {len(run.case_file) - len(shown)} more lines: see `report.json`", "dim"))


def _matrix(screen: Console, run: Finished, plain: bool) -> None:
    _title(screen, "Who could read what")
    made = matrix(run.cells, run.transcript.messages(), run.parties, run.scenario.start, screen.width, plain)
    for line in made.table:
        screen.print(line, soft_wrap=True)
    screen.print()
    hang(screen, "  ", _side_by_side(made.signs, screen.width - 2))
    for line in made.remarks:
        hang(screen, "  ", line)
    for fault in run.faults:
        screen.print(Text(f"! {printable(fault)}", "bold red"))


def _expectations(screen: Console, run: Finished, plain: bool) -> None:
    met = sum(result.passed for result in run.results)
    _title(screen, f"Expectations: {met} of {len(run.results)} met")
    for result in run.results:
        look = LOOKS[Sign.READ if result.passed else Sign.REJECTED]
        word = "yes" if result.passed else "NO "
        mark = look.mark(plain)
        hang(screen, Text(f"{mark} {word}  ", look.style), result.expectation.says)
        evidence = clocked(result.evidence, run.scenario.start)
        hang(screen, "       ", Text(evidence, "dim" if result.passed else ""))


def _milestones(screen: Console, run: Finished) -> None:
    if not run.milestones:
        return
    _title(screen, "Milestones")
    for one in run.milestones:
        reached = "not reached" if one.reached is None else format_clock(one.reached - run.scenario.start)
        hang(screen, f"{reached:<12}  ", one.milestone.says)


def _defence(screen: Console, run: Finished) -> None:
    """What adversaries tried, who met it, and what got through."""
    if not run.trials:
        return
    fooled = sum(not trial.noticed for trial in run.trials)
    _title(screen, f"Attacks: {len(run.trials) - fooled} of {len(run.trials)} stopped or noticed")
    for trial in run.trials:
        at = format_clock(trial.time - run.scenario.start)
        how = f" ({trial.remark})" if trial.remark else ""
        said = printable(f" {trial.target}{how}: {trial.title}")
        hang(screen, f"{at}  ", Text.assemble((trial.verb, "bold"), said))
        for one in trial.met:
            after = f" after {one.delay}" if one.delay else ""
            often = f" ({one.times} times)" if one.times > 1 else ""
            hang(screen, Text(f"    {one.layer}: ", "green"), printable(f"{one.by}{after}: {one.text}{often}"))
        if trial.fruitless:
            hang(screen, "    ", printable(f"nothing came of it: {trial.fruitless}"))
        elif not trial.met:
            hang(screen, "    ", Text("nobody noticed", "bold red"))
        for said in trial.through:
            hang(screen, Text("    got through: ", "red"), printable(said))


def _appeals(screen: Console, run: Finished) -> None:
    """Who did not answer, whoever called: what desks left to the instructor."""
    found = run.transcript.appeals()
    if not found:
        return
    _title(screen, f"Left to the instructor: {len(found)}")
    for row in found:
        said = clocked(f"{row.party} {row.says}", run.scenario.start)
        if (stands := run.transcript.never_asked(row)) is not None:
            said += f"; the question never arrived: {stands.outcome}{f' with {stands.code}' if stands.code else ''}"
        hang(screen, f"{format_clock(row.time - run.scenario.start)}  ", said)


def _facts(screen: Console, run: Finished) -> None:
    _title(screen, "Evidence")
    counts = asdict(run.completeness)
    parts = [f"{count} {name}" for name, count in counts.items() if name != "sent" and count]
    _fact(screen, "completeness", f"{counts['sent']} copies sent = {' + '.join(parts) or 0}; {counts['lost']} lost")
    refused = sum(run.probes.values())
    _fact(screen, "broker", f"refused {refused} of {len(run.probes)} parties that asked for what goes to others")
    for number, text in enumerate(
        [*(f"{one}: mended at the end" for one in run.mended), *(f"{one}, and stays so" for one in run.left)]
    ):
        _fact(screen, "" if number else "faults", text)
    for number, alarm in enumerate(run.alarms[:_SHOWN_ALARMS]):
        _fact(screen, "" if number else "alarms", clocked(printable(alarm), run.scenario.start))
    if len(run.alarms) > _SHOWN_ALARMS:
        _fact(screen, "", f"and {len(run.alarms) - _SHOWN_ALARMS} more: see `journal.jsonl`")
    _fact(screen, "log", f"{run.entries} entries, the last checkpoint cosigned by {run.cosigned} parties")
    _fact(screen, "seed", str(run.seed))
    _fact(screen, "transcript", run.transcript.digest())
    _fact(screen, "run folder", str(run.folder))
    _fact(screen, "code", Text(run.code, "bold"))
    screen.print()
    hang(screen, "", "Write the code down: with it, anybody can check that the folder is this run, unchanged:")
    screen.print(Text(f"  i247sim verify {quote(str(run.folder))} --expect {run.code}"), soft_wrap=True)


def _fact(screen: Console, name: str, value: str | Text) -> None:
    hang(screen, Text(name, "dim"), value, _NAME_WIDTH)


def _side_by_side(parts: list[Text], width: int) -> Text:
    """Parts in as few lines as they need, none of them broken."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + 3 + part.cell_len <= width:
            lines[-1].append("   ").append_text(part)
        else:
            lines.append(part.copy())
    return Text("\n").join(lines)


def _because(run: Finished) -> str:
    failed = [result for result in run.results if not result.passed]
    if run.faults:
        return "the network did what must never be: see the lines with ! above"
    if failed:
        return f"{len(failed)} of {len(run.results)} expectations not met"
    met = f"all {len(run.results)} expectations met" if run.results else "nothing was expected"
    if run.broken:
        return f"{met}; nothing lost, but the hub's log does not hold: a hub was captured, see above"
    return f"{met}; nothing lost, no access without permission"


def _title(screen: Console, text: str) -> None:
    screen.print()
    screen.print(Text(text, "bold underline"))
