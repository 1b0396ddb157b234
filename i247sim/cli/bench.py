"""``i247sim bench``: how fast it is on this machine, and how much of what is possible that is."""

import asyncio
import os
import platform
from typing import Any

from rich.table import Table

from i247sim.cli.screen import document, results, talk
from i247sim.exercise import bench
from i247sim.exercise.bench_databases import databases
from i247sim.exercise.bench_world import world


def show(quick: bool, qos: int, as_json: bool) -> int:
    """Measure and print. ``quick``: the first line of each table, shorter."""
    found = asyncio.run(_measure(quick, qos))
    if as_json:
        document(found)
    else:
        _print(found)
    return 0


def show_console(seconds: float, network: bool, as_json: bool) -> int:
    """Measure the console with ten viewers: before invented traffic, or before the real ``network`` at full rate."""
    from dataclasses import asdict

    from i247sim.console.bench import Measured, measure
    from i247sim.console.bench_network import MeasuredNetwork, measure_network

    what = "the real network at full rate" if network else "500 messages a second"
    _say(f"{what} for ten viewers, {seconds:.0f} seconds")
    found: Measured | MeasuredNetwork
    found = asyncio.run(measure_network(seconds=seconds)) if network else asyncio.run(measure(seconds=seconds))
    if as_json:
        document({"machine": machine(), "console": asdict(found)})
        return 0
    screen = results()
    screen.print(", ".join(machine().values()))
    late = found.lateness_ms
    table = _table(f"the console, {what}, ten viewers", "figure", "measured", "budget")
    figures = [
        ("lateness p99", f"{late['p99']:.1f} ms", "10 ms"),
        ("lateness p50", f"{late['p50']:.1f} ms", ""),
        ("largest frame", f"{found.largest_bytes:,} bytes", "4,096 bytes"),
        ("frames dropped", f"{found.dropped} of {found.frames:,}", "0"),
        ("memory grown", f"{found.grown_mib:.1f} MiB", "" if network else "about 0"),
    ]
    if isinstance(found, MeasuredNetwork):
        figures += [
            ("  a message", f"{found.grown_bytes_a_message:,.0f} bytes", ""),
            ("messages a second, nobody looks", f"{found.rate_alone:,.0f}", ""),
            ("messages a second, ten viewers", f"{found.rate:,.0f}", ""),
            ("slower by, for each viewer", f"{found.cost_per_viewer:.2f} points", "1 point"),
        ]
    else:
        figures.append(("CPU per viewer", f"{found.cpu_per_viewer:.2f} points", "1 point"))
    for name, value, budget in figures:
        table.add_row(name, value, budget)
    screen.print(table)
    return 0


async def _measure(quick: bool, qos: int) -> dict[str, Any]:
    cases = [(1, 2_048, 64, 4.0)]
    if not quick:
        cases += [(10, 2_048, 16, 4.0), (195, 2_048, 3, 8.0)]
        cases += [(1, 200_000, 16, 4.0), (10, 200_000, 4, 6.0), (195, 200_000, 1, 10.0)]
    rates, latencies = [], []
    for addressees, size, window, seconds in cases:
        _say(f"{addressees} addressees, {size} bytes: network, relay, cryptography in turn")
        one = await bench.throughput(addressees, size, window, seconds, 1 if quick else 3, qos)
        rates.append(bench.as_data(one))
        _say(f"  {one.network:,.1f} messages per second, {one.share:.2f} of the bound; now")
        _say(f"{addressees} addressees, {size} bytes: latency at half that rate")
        latencies.append(bench.as_data(await bench.latency(addressees, size, max(0.5, one.network / 2), seconds, qos)))
    found: dict[str, Any] = {"machine": machine(), "qos": qos, "throughput": rates, "latency": latencies}
    _say("stages")
    found["stages_us"] = await bench.stages()
    _say("196 bureaus")
    found["world"] = await world()
    _say("72 hours with 500 messages, over the embedded broker")
    found["long_run_seconds"] = await bench.long_run()
    _say("databases")
    found["databases"] = databases(100_000, 10_000, 200) if quick else databases(1_000_000, 100_000)
    if not quick:
        _say("verification of 100,000 entries")
        found["verification"] = await bench.verification(100_000)
    return found


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "cpu": model,
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _print(found: dict[str, Any]) -> None:
    screen = results()
    screen.print(", ".join(found["machine"].values()))
    columns = ("to", "bytes", "network", "relay", "envelopes", "share", "primitives", "share")
    table = _table("messages per second, closed loop", *columns)
    for one in found["throughput"]:
        rate, relay, envelopes, primitives = (
            f"{one[key]:,.{1 if one[key] < 100 else 0}f}" for key in ("network", "relay", "envelopes", "primitives")
        )
        shares = [f"{one[key]:.2f}" for key in ("share", "share_of_primitives")]
        table.add_row(
            str(one["addressees"]), f"{one['body_bytes']:,}", rate, relay, envelopes, shares[0], primitives, shares[1]
        )
    screen.print(table)
    screen.print("share: of what the bare relay and cryptography (in envelopes, or primitives alone) allow together")
    table = _table(
        "milliseconds, open loop at half that rate", "addressees", "bytes", "per second", "p50", "p95", "p99"
    )
    for one in found["latency"]:
        figures = [f"{one[key]:,.1f}" for key in ("rate", "p50_ms", "p95_ms", "p99_ms")]
        table.add_row(str(one["addressees"]), f"{one['body_bytes']:,}", *figures)
    screen.print(table)
    table = _table("microseconds per stage, one addressee, 2 KB", "stage", "median")
    for name, value in found["stages_us"].items():
        table.add_row(name, f"{value:,.0f}")
    screen.print(table)
    world = found["world"]
    memory = ", ".join(f"{name.removesuffix(' MiB')} {value:.0f} MiB" for name, value in world.items() if "MiB" in name)
    screen.print(f"196 bureaus up and welcomed in {world['seconds']:.1f} s; {memory}")
    screen.print(f"72 exercise hours with 500 messages at pace max: {found['long_run_seconds']:.1f} s")
    _print_databases(found["databases"])
    if "verification" in found:
        one = found["verification"]
        screen.print(f"{one['entries']:,.0f} log entries verified, every decision anew: {one['seconds']:.1f} s")


def _print_databases(found: dict[str, Any]) -> None:
    screen = results()
    kept = f"{found['sltd']:,} travel documents and {found['nominal']:,} persons"
    screen.print(f"{kept} made in {found['generate_seconds']:.0f} s, {found['file_bytes'] / 1e6:,.0f} MB")
    table = _table("milliseconds to search among them", "stage", "median", "p95", "max")
    for name, times in found.items():
        if name.endswith("_ms"):
            shown = [f"{times[key]:,.2f}" for key in ("median", "p95", "max")]
            table.add_row(name.removesuffix("_ms").replace("_", " "), *shown)
    screen.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 and column == "stage" else "right")
    return table


def _say(text: str) -> None:
    talk().print(f"measuring {text} …", style="dim", highlight=False)
