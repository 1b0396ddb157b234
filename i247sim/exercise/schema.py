"""A JSON Schema of the scenario language, for editors that complete and explain while one writes.

Made from the models: keys by the names that authors write, each with the sentence that stands beside it in the code.
An editor's schema cannot know references (parties, labels); those are checked by ``check``.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

from i247sim.exercise.claims import CLAIMS, Expectation
from i247sim.exercise.happenings import HAPPENINGS, Happening
from i247sim.exercise.scenario import NOTICE, Scenario
from i247sim.exercise.steps import VERBS, Step

_ONE_OF: tuple[tuple[type[BaseModel], tuple[tuple[str, ...], ...]], ...] = (
    (Step, (("at", "after"), VERBS)),
    (Expectation, (CLAIMS,)),
    (Happening, (HAPPENINGS,)),
)
"""What has exactly one of which keys."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def scenario_schema() -> dict[str, Any]:
    """The schema of a scenario file, as JSON types."""
    schema = Scenario.model_json_schema(by_alias=True)
    models = {model.__name__: model for model in _models(Scenario, set())}
    for name, part in ({"Scenario": schema} | schema["$defs"]).items():
        if name in models:
            _describe(part, models[name])
            part.update(_exactly_one(models[name]))
    return {"$schema": DIALECT, "$comment": NOTICE, "title": "i247sim scenario", **_as_written(schema)}


def _describe(part: dict[str, Any], model: type[BaseModel]) -> None:
    said = sentences(model)
    for name, field in model.model_fields.items():
        key = field.alias or name
        if name in said and key in part.get("properties", {}):
            part["properties"][key]["description"] = said[name]


def _exactly_one(model: type[BaseModel]) -> dict[str, Any]:
    """Of which keys a mapping has exactly one: what the models' own validators say (``choice.one_of``)."""
    groups = next((groups for base, groups in _ONE_OF if issubclass(model, base)), ())
    found = [{"oneOf": [{"required": [key]} for key in keys]} for keys in groups]
    return {"allOf": found} if found else {}


def _as_written(node: Any) -> Any:
    """A schema of YAML as authors write it: absent, never null; text also where it looks like a number; yes and no."""
    if isinstance(node, list):
        return [_as_written(one) for one in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            made[key] = {name: _as_written(part) for name, part in value.items()}
        elif key == "anyOf":
            kinds = [_as_written(one) for one in value if one != {"type": "null"}]
            made |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        elif key == "description":
            made[key] = value.replace("``", "`")
        elif key not in ("title", "default"):
            made[key] = _as_written(value)
    if made.get("type") == "boolean":
        made = {"enum": ["yes", "no", True, False]} | {key: one for key, one in made.items() if key != "type"}
    elif made.get("type") == "string" and "enum" not in made:
        made["type"] = ["string", "number"]
    return made


def _models(found: object, seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """Every model that a value of the type ``found`` may hold."""
    if isinstance(found, type) and issubclass(found, BaseModel):
        if found in seen:
            return
        seen.add(found)
        yield found
        for field in found.model_fields.values():
            yield from _models(field.annotation, seen)
    for part in get_args(found):
        yield from _models(part, seen)


def sentences(model: type[BaseModel]) -> dict[str, str]:
    """Attribute to the sentence below it in the code, those of base classes included."""
    said: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if not issubclass(base, BaseModel) or base is BaseModel:
            continue
        body = _classes(base.__module__)[base.__name__].body
        for field, text in pairwise(body):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(sentence))),
                ):
                    said[name] = " ".join(sentence.split())
    return said


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes of a module as they are written. Read once: `inspect` would read all of it for every class."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
