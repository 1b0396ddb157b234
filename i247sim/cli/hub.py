"""``i247sim hub``: the hub alone."""

import asyncio
import sys
import time
from pathlib import Path

from i247sim.hub import process
from i247sim.vocabulary.errors import InputError, NetworkFailed

_LOOK_SECONDS = 0.2
_REST_SECONDS = 1.0


def serve(configuration: Path, wait: bool) -> int:
    """Serve until exercise control hangs up; with ``wait``, wait for ``configuration``, again and again, until killed.

    Raises ``I247Error``.
    """
    if not wait:
        asyncio.run(process.serve(process.read_configuration(configuration)))
        return 0
    said = ""
    while True:
        while not configuration.is_file():
            time.sleep(_LOOK_SECONDS)
        try:
            asyncio.run(process.serve(process.read_configuration(configuration)))
            said = ""
        except (InputError, NetworkFailed) as error:
            # A run that was killed leaves its configuration behind; the next one brings another.
            if str(error) != said:
                said = str(error)
                sys.stderr.write(f"error: {said}\n")
                sys.stderr.flush()
            time.sleep(_REST_SECONDS)
