"""Whether the log is the one that the parties were shown while it grew, and says what they were told. Pure.

Every delivery carries the hub's newest signed checkpoint, and parties keep them. A log that was rewritten meanwhile can
be consistent in itself and signed from end to end; it cannot have been what they saw.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from i247sim.audit.checkpoint import NoteVerifier, open_checkpoint
from i247sim.audit.log import check_prefix
from i247sim.audit.tree import Tree, leaf_hash
from i247sim.exercise.observe import Sent, Way
from i247sim.hub.state import Carried, HubState
from i247sim.vocabulary.decisions import Verdict
from i247sim.vocabulary.entries import Entry, FrameEntry, to_bytes
from i247sim.vocabulary.errors import EvidenceError, FormatError


def tree_of(entries: Iterable[Entry]) -> Tree:
    """The Merkle tree over ``entries``."""
    tree = Tree()
    for entry in entries:
        tree.append(leaf_hash(to_bytes(entry)))
    return tree


def contradictions(tree: Tree, shown: Mapping[str, Iterable[str]], hub: NoteVerifier) -> Iterator[tuple[str, str, str]]:
    """(Party, checkpoint text, why) for each checkpoint that a party was ``shown`` and that is not true of ``tree``.

    What the hub did not sign is left out: it says nothing of the log.
    """
    known: dict[str, str] = {}
    for party, texts in shown.items():
        for text in texts:
            if text not in known:
                known[text] = _contradiction(tree, text, hub)
            if known[text]:
                yield party, text, known[text]


def deceived(
    journal: Sequence[Mapping[str, Any]],
    entries: Iterable[Entry],
    sent: Iterable[Sent],
    ways: Mapping[str, Way],
    state: HubState,
) -> str:
    """Whom the hub has told what its log does not say, in words; empty if nobody.

    ``entries``: the whole log; ``ways`` and ``state``: what it comes to.
    """
    return _dropped(journal, entries) or _misled(journal, sent, ways, state)


def _dropped(journal: Iterable[Mapping[str, Any]], entries: Iterable[Entry]) -> str:
    """Who has the hub's receipt for a statement (a bar, a measure) that is not in the log.

    Whoever drops a bar may decide rightly ever after. Dropped messages are *lost*, and counted (``access``).
    """
    held = {
        line["frame"]: line["party"]
        for line in journal
        if line["event"] == "receipt" and line["code"] is None and line.get("frame") is not None
    }
    for entry in entries:
        if not held:
            break
        if isinstance(entry, FrameEntry):
            held.pop(sha256(base64.b64decode(entry.frame)).hexdigest(), None)
    said = (
        f"`{party}` has a receipt for a statement of which the log knows nothing: dropped" for party in held.values()
    )
    return next(said, "")


def _misled(
    journal: Iterable[Mapping[str, Any]], sent: Iterable[Sent], ways: Mapping[str, Way], state: HubState
) -> str:
    """Who was told of a message of its own what the log does not say.

    A hub could decide rightly, and tell the sender that nobody may receive it.
    """
    ids = {(one.party, one.facts["ref"]): one.id for one in sent}
    for line in journal:
        if line["event"] not in ("receipt", "outcome"):
            continue
        id_ = ids.get((line["party"], line["ref"]))
        if id_ is None:
            continue
        if line["event"] == "receipt":
            told = [(one["party"], one["outcome"], one.get("code")) for one in line["lines"]]
        else:
            told = [(line["about"], line["outcome"], line["code"])]
        true = all(one in _said(ways.get(id_, Way()), state.messages.get(id_), one[0]) for one in told)
        if not true or (line["event"] == "receipt" and line["code"] and id_ in state.messages):
            return f"`{line['party']}` was told of `{line['ref']}` what the log does not say"
    return ""


def _said(way: Way, carried: Carried | None, party: str) -> Iterator[tuple[str, str, str | None]]:
    """All that the log says of one copy, as its sender may be told it."""
    if carried is None:
        return
    for _, entry in way.decisions.get(party, ()):
        yield party, entry.outcome, carried.told(Verdict(entry.outcome, entry.code, entry.rules))
    for _, _, outcome, code in way.acknowledged.get(party, ()):
        yield party, outcome, code


def _contradiction(tree: Tree, text: str, hub: NoteVerifier) -> str:
    try:
        checkpoint = open_checkpoint(text, hub)
    except (EvidenceError, FormatError):
        return ""
    try:
        check_prefix(tree, checkpoint)
    except EvidenceError as error:
        return str(error)
    return ""
