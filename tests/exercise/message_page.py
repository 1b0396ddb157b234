"""Writes `docs/messages.md`: run `python tests/exercise/message_page.py > docs/messages.md`.

Its examples are messages of the shipped cases, rehearsed; a test holds the page to the models without rehearsing again.
"""

import json
from collections.abc import Iterator

import yaml
from pydantic import BaseModel

from i247sim.exercise import rehearsal
from i247sim.exercise.catalogue import files
from i247sim.exercise.loader import load
from i247sim.exercise.rehearsed_letters import Letter
from i247sim.exercise.schema import sentences
from i247sim.policy.engine import Engine
from i247sim.policy.rulebook import Rulebook
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.contents import CONTENTS
from i247sim.vocabulary.kinds import CHANNEL_OF, SAYS, Kind
from i247sim.vocabulary.marked import Content

_FIRST = ("red-notice", "extradition", "asleep", "papers-late", "stolen-car", "missing-child", "life-of-a-notice")
_NOT_SHOWN = "No shipped case holds one; its content is a {content}, as above."
_LONG = 1200
"""Bytes of content beyond which a shorter example is preferred."""
HEAD = """# Messages

Every kind of message, with an example from one of the cases that come with the package, as its readers see it once it
is open. Header fields, and who sees them: [wire](wire.md). Which rules decide: [rules](rules.md). What a word means:
[glossary](glossary.md). All examples are fictional.

Made by `tests/exercise/message_page.py`; a test holds it to the models.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_kinds(), *_contents()]).rstrip() + "\n"


def _kinds() -> Iterator[str]:
    examples = _examples()
    for kind in Kind:
        model = CONTENTS[kind]
        channels = ", ".join(f"`{channel}`" for channel in CHANNEL_OF[kind])
        link = f"[`{model.__name__}`](#{model.__name__.lower()})"
        yield f"## {kind}\n\n{SAYS[kind]}\n\nChannel {channels}; content {link}.\n"
        if kind not in examples:
            yield _NOT_SHOWN.format(content=model.__name__) + "\n"
            continue
        case, letter = examples[kind]
        header = letter.header
        to = [one.party for one in header.to] if header.to else [f"its audience of {len(letter.hub_part.audience)}"]
        facts = [header.channel, header.purpose, header.classification, header.urgency, header.suite]
        facts += [f"case {header.case_ref}"] if header.case_ref else []
        facts += [f"answers {header.your_ref}"] if header.your_ref else []
        shown = {key: value for key, value in json.loads(canonical(letter.content)).items() if key != "exercise"}
        body = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=112)
        yield f"{letter.sent.name} in `{case}`, {header.sender} to {', '.join(to)}: {', '.join(facts)}.\n"
        yield f"```yaml\n{body}```\n"


def _examples() -> dict[Kind, tuple[str, Letter]]:
    found: dict[Kind, tuple[tuple[bool, int], str, Letter]] = {}
    cases = {path.stem: path for path in files() if path.stem != "world-alert"}
    for rank, name in enumerate(sorted(cases, key=lambda one: (_FIRST.index(one) if one in _FIRST else 99, one))):
        scenario = load(cases[name])
        played = rehearsal._Rehearsal(scenario, Engine(Rulebook.load(scenario.rules)), None)
        played.play()
        for letter in (played.letters[one.id] for one in played.letters.sent if one.id):
            size = len(canonical(letter.content))
            order = (size > _LONG or getattr(letter.content, "text", "?") == "", size if size > _LONG else rank)
            kind = letter.header.kind
            if kind not in found or order < found[kind][0]:
                found[kind] = (order, name, letter)
    return {kind: (name, letter) for kind, (_, name, letter) in found.items()}


def _contents() -> Iterator[str]:
    yield "# Contents\n\nEvery content carries the mark `exercise: EXERCISE EXERCISE EXERCISE`.\n"
    for model in sorted(content_models(), key=lambda one: one.__name__):
        said = sentences(model)
        doc = (model.__doc__ or "").split("\n\n")[0].replace("``", "`")
        yield f"## {model.__name__}\n\n{' '.join(doc.split())}\n"
        yield "| Field | Needed | What |\n|---|---|---|"
        for name, field in model.model_fields.items():
            if name == "exercise":
                continue
            what = " ".join(said.get(name, "").replace("``", "`").split()).replace("|", "\\|")
            yield f"| `{field.alias or name}` | {'yes' if field.is_required() else ''} | {what} |"
        yield ""


def content_models() -> set[type[BaseModel]]:
    """The contents that messages have, without the parts within them."""
    return {model for model in CONTENTS.values() if issubclass(model, Content)} - {Content}


if __name__ == "__main__":
    print(page(), end="")
