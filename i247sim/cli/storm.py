"""``i247sim storm``: thousands of random exercises under random faults, each one checked."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from i247sim.cli.bench import machine
from i247sim.cli.exits import FAILED
from i247sim.cli.screen import document, hang, results, talk
from i247sim.exercise.durations import parse_duration
from i247sim.exercise.scenario import NOTICE
from i247sim.exercise.storm import campaign
from i247sim.exercise.storm import kills as killing
from i247sim.exercise.storm import soak as soaking
from i247sim.exercise.storm.campaign import Storm
from i247sim.exercise.storm.judge import judge, read
from i247sim.exercise.storm.kills import Kills
from i247sim.exercise.storm.soak import Sample
from i247sim.vocabulary.errors import InputError

_NAME_WIDTH = 14
_SAY_SECONDS = 5.0
_JOBS_PER_CORE = 2
"""A run waits a third of its time, for what its weather has lost."""


def run(runs: int, seed: int, jobs: int | None, out: Path, as_json: bool) -> int:
    """A campaign. Exit status 1 if a run failed. Ctrl-C shows how far it has come, and is raised again."""
    said, reached = 0.0, Storm()

    def heard(storm: Storm) -> None:
        nonlocal said, reached
        reached = storm
        if storm.runs == runs or time.monotonic() - said > _SAY_SECONDS:
            said = time.monotonic()
            rate = storm.runs / max(storm.seconds, 0.001)
            left = f", {_duration((runs - storm.runs) / rate)} left" if storm.runs < runs else ""
            _say(f"{storm.runs:,} of {runs:,} runs, {len(storm.failed)} failed, {60 * rate:.0f} a minute{left}")

    _say(f"{runs} runs, seeds {seed} to {seed + runs - 1}; {NOTICE}")
    try:
        campaign.run(seed, runs, jobs or _JOBS_PER_CORE * (os.cpu_count() or 1), out, heard)
    finally:
        if as_json:
            document(_data(reached, seed))
        else:
            _show(reached)
    return FAILED if reached.failed else 0


def again(file: Path, as_json: bool) -> int:
    """One case from its file. Exit status 1 if it still fails. Raises ``InputError``."""
    text, weather = read(file)
    outcome = judge(text, weather)
    if as_json:
        document({"weather": json.loads(weather.text()), **asdict(outcome)})
    elif outcome.problems:
        for problem in outcome.problems:
            hang(results(), Text(problem.kind, "bold red"), problem.text, _NAME_WIDTH)
    else:
        results().print("passed: the same calm and in its storm, and nothing is wrong with either")
    return FAILED if outcome.problems else 0


def kill(kills: int, seed: int, as_json: bool) -> int:
    """A campaign with real processes. Exit status 1 if something was lost, came twice, or is not in the log."""
    began = time.monotonic()

    def heard(found: Kills) -> None:
        _say(f"{found.kills} of {kills} processes killed in {found.runs} runs, {len(found.failed)} problems")

    _say(f"{kills} processes are going to be killed, over the embedded broker; {NOTICE}")
    found = killing.run(kills, seed, heard)
    seconds = time.monotonic() - began
    screen = results()
    if as_json:
        data: dict[str, Any] = {"machine": machine(), "seed": seed}
        data |= {"runs": found.runs, "killed": dict(found.killed), "resumed": found.resumed, "seconds": seconds}
        data |= {"copies": dict(found.copies), "failed": [[at, asdict(problem)] for at, problem in found.failed]}
        document(data)
        return FAILED if found.failed else 0
    victims = ", ".join(f"{count} × {name}" for name, count in found.killed.most_common())
    verdict = f"{len(found.failed)} problems" if found.failed else "nothing lost, nothing twice"
    screen.print(Text(f"{found.kills} processes killed: {verdict}", "bold red" if found.failed else "bold green"))
    hang(screen, "killed", f"{victims}, in {found.runs} runs; {found.resumed} × taken up again", _NAME_WIDTH)
    hang(screen, "copies", _copies(found.copies), _NAME_WIDTH)
    hang(screen, "took", f"{seconds:,.0f} s on {', '.join(machine().values())}", _NAME_WIDTH)
    for at, problem in found.failed[:20]:
        hang(screen, Text(f"seed {at}", "bold red"), str(problem), _NAME_WIDTH)
    return FAILED if found.failed else 0


def hold(how_long: str, rate: float, as_json: bool) -> int:
    """A soak. Exit status 1 if memory or open files grew, the rate was not held or a message was lost.

    Raises ``InputError``.
    """
    try:
        seconds = parse_duration(how_long).total_seconds()
    except ValueError as error:
        raise InputError(f"`--soak` is `{how_long}`; {error}") from error
    if not seconds:
        raise InputError("`--soak` is nothing; expected a duration like `30m`")

    def heard(sample: Sample) -> None:
        memory = ", ".join(f"{name} {mib:.0f} MiB" for name, mib in sample.memory.items())
        files = " + ".join(str(count) for count in sample.descriptors.values())
        _say(f"{sample.seconds:,.0f} s: {sample.sent:,} sent, {sample.opened:,} opened; {memory}; {files} open files")

    _say(f"{rate:g} messages a second for {seconds:,.0f} seconds; {NOTICE}")
    found = soaking.run(seconds, rate, heard)
    well = found.steady and found.kept_up and not found.lost
    screen = results()
    if as_json:
        data = {"machine": machine(), **asdict(found)}
        data |= {
            "growth_mib": found.growth(),
            "descriptors_leaked": found.leaked(),
            "steady": found.steady,
            "long_enough": found.long_enough,
            "kept_up": found.kept_up,
        }
        document(data)
        return 0 if well else FAILED
    growth = ", ".join(f"{name} {mib:+.1f} MiB" for name, mib in found.growth().items())
    leaked = ", ".join(f"{name} {count:+d}" for name, count in found.leaked().items())
    verdict = "steady" if found.steady else "not steady"
    if not found.long_enough:
        verdict += f", but too short to tell: memory fills with the first {soaking.WARM_MESSAGES:,} messages"
    verdict += "" if found.kept_up else f": {rate:g} messages a second are more than this machine carries"
    screen.print(Text(verdict, "bold green" if well else "bold red"))
    took = found.samples[-1].seconds
    hang(
        screen,
        "messages",
        f"{found.sent:,} sent = {found.opened:,} opened + {found.expired:,} expired + {found.lost} lost:"
        f" {found.sent / found.seconds:.0f} a second",
        _NAME_WIDTH,
    )
    hang(screen, "held back", f"{found.held_back:,} messages were not sent, as too many were under way", _NAME_WIDTH)
    hang(screen, "memory", f"{growth}, from the second quarter to the last", _NAME_WIDTH)
    hang(screen, "open files", leaked, _NAME_WIDTH)
    hang(screen, "log", f"{found.entries:,} entries, {found.log_bytes / 2**20:,.0f} MiB on disk", _NAME_WIDTH)
    hang(screen, "took", f"{took:,.0f} s on {', '.join(machine().values())}", _NAME_WIDTH)
    return 0 if well else FAILED


def _copies(counts: Mapping[str, int]) -> str:
    became = ("delivered", "refused", "withheld", "rejected", "expired", "held", "queued")
    parts = " + ".join(f"{counts[name]:,} {name}" for name in became if counts.get(name))
    return f"{counts.get('sent', 0):,} sent = {parts or 0}; {counts.get('lost', 0)} lost"


def _data(storm: Storm, seed: int) -> dict[str, Any]:
    return {
        "machine": machine(),
        "seed": seed,
        "runs": storm.runs,
        "seconds": round(storm.seconds, 1),
        "counts": dict(storm.counts),
        "failed": [
            {"seed": one.seed, "problems": [asdict(problem) for problem in one.problems]} for one in storm.failed
        ],
        "files": [str(file) for file in storm.files],
    }


def _show(storm: Storm) -> None:
    screen = results()
    verdict = f"{len(storm.failed)} of {storm.runs} runs failed" if storm.failed else f"{storm.runs} runs, none failed"
    screen.print(Text(verdict, "bold red" if storm.failed else "bold green"))
    counts = dict(storm.counts)
    hang(screen, "copies", _copies(counts), _NAME_WIDTH)
    hang(screen, "log", f"{counts.get('entries', 0):,} entries, every decision decided again", _NAME_WIDTH)
    faults = ", ".join(f"{counts.get(name, 0):,} {name}" for name in ("hub deaths", "broker deaths", "exercise stops"))
    hang(screen, "faults", f"{faults}; messages dropped, repeated, delayed, put in disorder", _NAME_WIDTH)
    pace = 60 * storm.runs / max(storm.seconds, 0.001)
    took = f"{_duration(storm.seconds)}, {pace:.0f} runs a minute, on {', '.join(machine().values())}"
    hang(screen, "took", took, _NAME_WIDTH)
    for one in storm.failed[:20]:
        hang(screen, Text(f"seed {one.seed}", "bold red"), str(one.problems[0]), _NAME_WIDTH)
    for file in storm.files:
        hang(screen, "again", f"i247sim storm --again {file}", _NAME_WIDTH)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _say(text: str) -> None:
    talk().print(text, style="dim", highlight=False)
