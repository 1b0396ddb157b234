"""Temporary entry: only the hub's process."""
import asyncio, sys
from pathlib import Path
from i247sim.hub import process
from i247sim.vocabulary.errors import I247Error

def main() -> None:
    if sys.argv[1]=="hub":
        try:
            asyncio.run(process.serve(process.read_configuration(Path(sys.argv[2]))))
        except I247Error as e:
            sys.exit(str(e))
