"""The schema for editors: it accepts what the loader accepts, names every key, and explains what the code explains."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from i247sim.exercise.catalogue import files
from i247sim.exercise.schema import scenario_schema

HERE = Path(__file__).parent
SCHEMA = scenario_schema()


class Texts(yaml.SafeLoader):
    """Reads every scalar as text, as the scenario loader does."""


Texts.yaml_implicit_resolvers = {}


def complaints(value: Any, schema: dict[str, Any], place: str = "") -> list[str]:
    """What does not fit: as much of JSON Schema as the models use. A text may stand where a number is wanted."""
    if "$ref" in schema:
        return complaints(value, SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]], place)
    if "anyOf" in schema:
        tried = [complaints(value, one, place) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    if "enum" in schema or "const" in schema:
        return [] if value in schema.get("enum", [schema.get("const")]) else [f"{place}: `{value}` is not listed"]
    for choice in schema.get("allOf", ()):
        found = [key for one in choice["oneOf"] for key in one["required"] if key in value]
        if len(found) != 1:
            return [f"{place}: expected exactly one of some keys, found {found}"]
    match value:
        case dict() if schema.get("type") == "object":
            known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
            found = [f"{place}: `{key}` is missing" for key in schema.get("required", ()) if key not in value]
            for key, part in value.items():
                if key in known:
                    found += complaints(part, known[key], f"{place}.{key}")
                elif patterns := schema.get("patternProperties"):
                    (form,) = [one for one in patterns if re.search(one, key)] or [None]
                    found += (
                        [f"{place}: `{key}` has another form"]
                        if form is None
                        else complaints(part, patterns[form], f"{place}.{key}")
                    )
                elif others is False:
                    found.append(f"{place}: `{key}` is unknown")
                else:
                    found += complaints(part, others, f"{place}.{key}")
            return found
        case list() if schema.get("type") == "array":
            each = schema.get("prefixItems") or [schema["items"]] * len(value)
            if len(each) != len(value):
                return [f"{place}: {len(value)} items, expected {len(each)}"]
            pairs = enumerate(zip(value, each, strict=True))
            return [text for n, (one, form) in pairs for text in complaints(one, form, f"{place}.{n}")]
        case str() if schema.get("type") == "integer":
            return [] if value.isdecimal() else [f"{place}: `{value}` is no number"]
        case str() if "string" in schema.get("type", ()):
            return [] if re.search(schema.get("pattern", ""), value) else [f"{place}: `{value}` has another form"]
    return [f"{place}: {type(value).__name__} does not fit {schema.get('type')}"]


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Texts)


GOOD = [*files(), HERE / "injects.yaml", HERE / "waits.yaml"]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_what_the_loader_accepts_fits_the_schema(path: Path) -> None:
    assert complaints(read(path), SCHEMA) == []


@pytest.mark.parametrize(
    "name",
    [
        "unknown-key-at-the-top", "unknown-key-in-a-send", "kind-misspelt", "claim-with-unknown-outcome",
        "duration-without-unit", "offset-without-t", "one-addressee-instead-of-a-list", "label-with-blanks",
        "number-that-is-none", "yes-or-no", "unknown-state", "unknown-code", "two-verbs", "no-verb", "two-claims",
        "at-and-after", "neither-at-nor-after", "after-two-things", "after-nothing",
    ],
)  # fmt: skip
def test_mistakes_of_form_do_not_fit_it(name: str) -> None:
    assert complaints(read(HERE / "bad" / f"{name}.yaml"), SCHEMA) != []


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    named = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(SCHEMA)))
    assert named == set(SCHEMA["$defs"])


def test_keys_are_explained_with_the_sentences_of_the_code() -> None:
    defs = SCHEMA["$defs"]
    assert defs["Step"]["properties"]["at"]["description"] == "Its time. Exactly one of `at` and `after`."
    assert "sub-bureaus" not in defs["Cut"]["description"]
    assert defs["AccessClaim"]["properties"]["code"]["description"].startswith("The reason")
    assert SCHEMA["properties"]["aim"]["description"].startswith("What a trainee")
    assert defs["OfficerDuty"]["properties"]["once"]["description"] == "Only for the first such message."


def test_nothing_may_be_null_and_yes_is_a_word() -> None:
    assert '"null"' not in json.dumps(SCHEMA)
    assert defs_of("Cut")["stays"]["enum"] == ["yes", "no", True, False]


def defs_of(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = SCHEMA["$defs"][name]["properties"]
    return properties
