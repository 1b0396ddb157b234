"""How much memory a process holds, as Linux tells it."""

from pathlib import Path


def resident_mib(pid: int | str = "self") -> float:
    """What the process holds in memory now, in MiB.

    Raises ``OSError`` where there is no such process, or no such file as Linux has of each.
    """
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("VmRSS"))
