"""Whether the log is the one that the parties were shown while it grew. Pure.

Every delivery carries the hub's newest signed checkpoint, and parties keep them. A log that was rewritten meanwhile can
be consistent in itself and signed from end to end; it cannot have been what they saw.
"""

from collections.abc import Iterable, Iterator, Mapping

from i247sim.audit.checkpoint import NoteVerifier, open_checkpoint
from i247sim.audit.log import check_prefix
from i247sim.audit.tree import Tree, leaf_hash
from i247sim.vocabulary.entries import Entry, to_bytes
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
