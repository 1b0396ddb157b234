"""What was expected of a value that a model refuses, in words: for files and for forms. Pure."""

import re
from typing import Final

from pydantic import TypeAdapter
from pydantic_core import ErrorDetails

from i247sim.exercise.choice import cure
from i247sim.exercise.naming import Label
from i247sim.vocabulary.directory import ProfileEntry
from i247sim.vocabulary.messages import CaseReference, NoticeId, OfficerId, RecordId
from i247sim.vocabulary.records import CountryCode, DocumentNumber, PartialDate, Spoken

_FORMS: Final[dict[str, str]] = {
    str(TypeAdapter(kind).json_schema()["pattern"]): words
    for kind, words in (
        (Label, "small letters, digits and hyphens, like `border-check`"),
        (RecordId, "a record id like `NOM-000017`"),
        (NoticeId, "the number of a notice like `2026/1`"),
        (CaseReference, "capital letters, digits and hyphens, like `FICTION-2026-117`"),
        (PartialDate, "a date like `1984`, `1984-05` or `1984-05-17`"),
        (OfficerId, "at most 16 small letters and digits, like `desk7`"),
        (Spoken, "a language code like `fr`"),
        (CountryCode, "a country code like `FR`"),
        (DocumentNumber, "five to fourteen capital letters and digits, like `EXR0000017`"),
        (ProfileEntry, "a right like `sltd:query`"),
    )
}
"""What a pattern means, in words."""


def expected(error: ErrorDetails) -> str:
    """What pydantic has found, as this program says it: without the name of the field and without what it held."""
    context, given = error.get("ctx", {}), error["input"]
    match error["type"]:
        case "missing":
            return "this is needed"
        case "enum" | "literal_error":
            choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
            return cure(str(given), choices).removeprefix("; ")
        case "string_pattern_mismatch":
            pattern = str(context.get("pattern"))
            return f"expected {_FORMS.get(pattern, f'the form `{pattern}`')}"
        case "string_too_short":
            return f"expected at least {context['min_length']} character{'s' * (context['min_length'] > 1)}"
        case "string_too_long":
            return f"expected at most {context['max_length']} characters, found {len(str(given))}"
        case "value_error":
            return str(context.get("error", error["msg"]))
        case "tuple_type" | "list_type":
            return f"expected a list, like `[{given if isinstance(given, str) else '…'}]`"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "expected keys with values"
        case "bool_parsing" | "bool_type":
            return "expected `yes` or `no`"
        case "int_parsing" | "int_type" | "int_from_float":
            return "expected a whole number"
        case "int_parsing_size":
            return "expected a smaller number"
        case "less_than_equal" | "greater_than_equal" as bound:
            most = bound == "less_than_equal"
            return f"expected at {'most' if most else 'least'} {context['le' if most else 'ge']}"
        case "less_than":
            return f"expected less than {context['lt']}"
        case _:
            return f"{error['msg'][:1].lower()}{error['msg'][1:]}"
