"""What exercise control may know of a message that a party sends: facts, and no plaintext."""

from typing import Any

from i247sim.vocabulary import contents
from i247sim.vocabulary.drafts import Draft
from i247sim.vocabulary.queries import Finding, QueryResult


def facts(draft: Draft, reference: str) -> dict[str, Any]:
    """JSON types, for the journal and the table of what was sent. The content's digest stands for the content.

    ``reference``: the sender's own. ``finding`` and ``records`` say what a query was told.
    """
    found: dict[str, Any] = {
        "ref": reference,
        "kind": draft.kind,
        "channel": draft.channel,
        "to": list(draft.to or draft.audience),
        "classification": draft.classification,
        "plaintext": contents.digest(draft.content),
    }
    if draft.label:
        found["label"] = draft.label
    if draft.your_ref:
        found["answers"] = draft.your_ref
    if isinstance(draft.content, QueryResult):
        found["finding"] = draft.content.finding
        if draft.content.finding is not Finding.NO_RECORD:
            made = (draft.content.record,) if draft.content.record else ()
            found["records"] = [*made, *(hit.record for hit in draft.content.hits)]
    return found
