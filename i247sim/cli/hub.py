"""``i247sim hub``: the hub alone."""

import asyncio
from pathlib import Path

from i247sim.hub import process


def serve(configuration: Path) -> int:
    """Serve until exercise control hangs up. Raises ``I247Error``."""
    asyncio.run(process.serve(process.read_configuration(configuration)))
    return 0
