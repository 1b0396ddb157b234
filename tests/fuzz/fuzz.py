"""Fuzz one target for a while: ``python tests/fuzz/fuzz.py TARGET SECONDS [FOLDER]`` (``all`` for each in turn).

With atheris installed it is guided by coverage and keeps in FOLDER every input that reached something new; without
it, inputs are changed by chance. Whatever breaks a promise is written to ``tests/fuzz/corpus/TARGET-<digest>``: put
right what it shows and leave it there, and ``test_fuzz_corpus.py`` plays it for ever.
"""

import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

try:
    import atheris
except ImportError:
    atheris = None

CORPUS = Path(__file__).parent / "corpus"
MAX_BYTES = 64 * 1024
_PIECES = (b"\0", b"\xff\xff\xff\xff", b"[", b"{", b'"', b"null", b"-1", b"\\u", b"1e9")


def changed(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """``data`` after one to eight changes of the kinds that parsers break on."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(found) + 1)
        end = min(len(found), at + chance.choice((1, 1, 2, 4, 16, 64, 1024)))
        match chance.randrange(6):
            case 0 if found:
                found[at % len(found)] ^= 1 << chance.randrange(8)
            case 1:
                del found[at:end]
            case 2:
                found[at:at] = found[at:end]
            case 3:
                found[at:end] = other[at:end]
            case 4:
                found[at:end] = chance.choice(
                    (b"\0", b"\xff\xff\xff\xff", b"[", b"{", b'"', b"null", b"-1", b"\\u", b"1e9")
                )
            case _:
                found[at:at] = chance.randbytes(chance.choice((1, 2, 4, 32)))
    return bytes(found[:MAX_BYTES])


def by_chance(target: Callable[[bytes], None], seeds: list[bytes], runs: int, seed: int = 1) -> None:
    """Call ``target`` with ``runs`` changed seeds, the same ones for the same ``seed``."""
    chance = random.Random(seed)
    for _ in range(runs):
        target(changed(chance.choice(seeds), chance.choice(seeds), chance))


def main() -> None:
    """What the module's head says."""
    name, seconds = sys.argv[1], int(sys.argv[2])
    folder = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(tempfile.mkdtemp(prefix="fuzz-"))
    if name == "all":
        from fuzz_targets import TARGETS

        for one in TARGETS:
            subprocess.run([sys.executable, __file__, one, str(seconds), str(folder)], check=False)
        return
    if atheris is not None:
        with atheris.instrument_imports(include=["i247sim"]):
            from fuzz_targets import TARGETS
    else:
        from fuzz_targets import TARGETS
    target, begin = TARGETS[name]

    def one_input(data: bytes) -> None:
        try:
            target(data)
        except Exception:
            CORPUS.mkdir(exist_ok=True)
            (CORPUS / f"{name}-{sha256(data).hexdigest()[:12]}").write_bytes(data)
            traceback.print_exc()
            raise

    here = folder / name
    here.mkdir(parents=True, exist_ok=True)
    seeds = list(begin())
    for seed in seeds:
        (here / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    if atheris is not None:
        limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=1024", f"-max_len={MAX_BYTES}"]
        atheris.Setup([sys.argv[0], *limits, "-print_final_stats=1", str(here)], one_input)
        atheris.Fuzz()
    end, runs = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        by_chance(one_input, seeds, 100, runs)
        runs += 100
    print(f"{name}: {runs} inputs, nothing found")


if __name__ == "__main__":
    main()
