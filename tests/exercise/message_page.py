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
from i247sim.policy.engine import Engine, Rulebook
from i247sim.vocabulary import contents
from i247sim.vocabulary.codec import canonical
from i247sim.vocabulary.contents import CONTENTS, Content
from i247sim.vocabulary.messages import CHANNEL_OF, Kind

SAYS: dict[Kind, str] = {
    Kind.INFO_REQUEST: "Somebody asks somebody else: a bureau another bureau, an entity its own bureau.",
    Kind.INFO_REPLY: "The answer to a request, or a word in a matter that is under way.",
    Kind.ACK: "A person has taken an urgent request in hand; the answer follows.",
    Kind.REMINDER: "An answer, or papers, are waited for. From the command centre it wakes the officer on call.",
    Kind.ESCALATION: "To the command centre: somebody has not answered within twice the time.",
    Kind.HIT_NOTICE: "The secretariat tells the owner of a record, and the bureau of whoever asked, that it was hit.",
    Kind.RESTRICTED_HIT: "The same, to the owner alone: whoever asked is barred and was told that there is nothing.",
    Kind.DELAYED_HIT: "A record was entered after somebody had asked for it: told to both.",
    Kind.HIT_CONFIRM_REQUEST: "Who has a hit asks the owner: is it the same, and does it still stand?",
    Kind.HIT_CONFIRM: "The owner confirms.",
    Kind.HIT_DENY: "The owner does not confirm: another person or thing, or its record stands no more.",
    Kind.ARREST_NOTIFY: "Somebody was arrested provisionally: under which treaty, until when papers must come.",
    Kind.LOCATED_NOTIFY: "Somebody or something was found, secured, or let go.",
    Kind.DOC_TRANSFER: "Papers, such as the advance copy of a request for extradition.",
    Kind.NOTICE_REQUEST: "A bureau, or an international body, asks for a notice, or for an update of its own.",
    Kind.NOTICE_QUERY: "The reviewer, or the secretariat, asks the requester something.",
    Kind.NOTICE_DECISION: "The reviewer's decision, with everything that is missing.",
    Kind.NOTICE_PUBLISHED: "A notice, to its audience. A request for cooperation, never an arrest warrant.",
    Kind.NOTICE_UPDATE: "The notice anew, after a change by its owner.",
    Kind.NOTICE_ADDENDUM: "The secretariat adds something to a notice, such as a refused extradition.",
    Kind.NOTICE_SUSPEND: "For a while the notice is not to be used: asked for by its owner, told to its audience.",
    Kind.NOTICE_RESUME: "It holds again.",
    Kind.NOTICE_RENEW: "The owner asks for another term.",
    Kind.NOTICE_REMINDER: "To the owner: the term is nearly over; silence means deletion.",
    Kind.NOTICE_WITHDRAW: "The owner gives the notice up, its purpose being met or abandoned; then all are told.",
    Kind.NOTICE_CANCEL: "The secretariat ends a notice that does not comply; whoever has it deletes it.",
    Kind.DIFFUSION: "A bureau circulates by itself; the secretariat reviews afterwards.",
    Kind.DIFFUSION_CLEARED: "The review of a diffusion has found nothing against it.",
    Kind.DIFFUSION_CANCEL: "A diffusion is recalled, by its sender or by the secretariat.",
    Kind.DB_RECORD: "An owner enters a record.",
    Kind.DB_UPDATE: "An owner changes, or renews, a record of its own.",
    Kind.DB_DELETE: "An owner deletes a record of its own.",
    Kind.DB_QUERY: "A question to the databases.",
    Kind.DB_RESULT: "The answer to a query or an entry. A restriction and an absence read the same.",
    Kind.CONSENT_REQUEST: "May something of yours be passed on?",
    Kind.CONSENT_REPLY: "The owner's answer, with the marks that travel along.",
    Kind.THREAT_RELEASE: "In an urgent threat the secretariat releases restricted data, the owner being told.",
    Kind.COMPLAINT: "A reader of a message doubts that it was right to send it; an examination begins.",
    Kind.COMPLIANCE_QUERY: "A question about keeping the rules.",
    Kind.COMPLIANCE_REPLY: "The answer to it.",
    Kind.REFUGEE_STATUS: "A bureau tells the secretariat that somebody is protected. Nobody else learns who told.",
    Kind.CCF_REQUEST: "The Commission for the Control of Files asks the secretariat what the files hold.",
    Kind.CCF_DECISION: "The Commission decides; the decision binds.",
    Kind.CCF_REPORT: "The secretariat reports to the Commission what it has found, or done.",
    Kind.BROADCAST: "The secretariat writes to all.",
}
"""One sentence for each kind of message."""
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
    return {model for model in CONTENTS.values() if issubclass(model, Content)} - {contents.Content}


if __name__ == "__main__":
    print(page(), end="")
