"""A commented scenario to begin with."""

import json
from importlib import resources
from pathlib import Path

from i247sim.vocabulary.errors import InputError


def write_starter(name: str) -> Path:
    """Write a scenario called ``name`` that runs as it is; returns its path, ``name`` with ``.yaml`` if it lacks that.

    Raises ``InputError`` for what is no name, or if the file is there already or cannot be written; nothing is
    overwritten.
    """
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if path.name.startswith("."):
        raise InputError(f"`{name}` is no name for an exercise; expected one like `my-exercise`")
    text = resources.files("i247sim.exercise").joinpath("starter.yaml").read_text(encoding="utf-8")
    title = path.stem.replace("-", " ").replace("_", " ")[:120]
    text = text.replace("title: STARTER", f"title: {json.dumps(title.capitalize(), ensure_ascii=False)}", 1)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"`{path}` is there already; choose another name") from None
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"`{path}` cannot be written: {why}") from None
    return path
