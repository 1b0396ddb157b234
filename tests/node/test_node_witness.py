"""What a party has seen of the hub's log, and what it makes of contradictions."""

import pytest
from node_world import Reader, opened, refused

from i247sim.audit.tree import Tree
from i247sim.node import witness
from i247sim.node.taken import (
    CheckpointShown,
    Refused,
)
from i247sim.vocabulary.contents import Note
from i247sim.vocabulary.decisions import Code
from i247sim.vocabulary.messages import Body, Proofs


def test_a_checkpoint_that_follows_the_last_one_is_to_be_cosigned(reader: Reader) -> None:
    assert isinstance(reader.take(reader.shown()), CheckpointShown)
    reader.grow(3)
    assert reader.take(reader.shown(old=1)) == CheckpointShown(2, reader.checkpoint())
    assert reader.reception.log.alarms == []


def test_a_log_that_was_rewritten_cannot_prove_that_it_follows(reader: Reader) -> None:
    reader.grow(4)
    reader.take(reader.shown())
    other = Tree()
    for number in range(9):
        other.append(bytes([number]) * 32)
    refused(reader.take(reader.shown(old=5, tree=other)), Code.SIGN)
    assert len(reader.reception.log.alarms) == 1
    assert reader.reception.log.checked is not None
    assert reader.reception.log.checked[0].size == 5


def test_without_a_proof_from_the_last_one_the_last_one_is_cosigned_again(reader: Reader) -> None:
    reader.take(reader.shown())
    first = reader.checkpoint()
    reader.grow(2)
    assert reader.take(reader.shown(old=None)) == CheckpointShown(2, first)
    assert reader.take(reader.shown(old=2)) == CheckpointShown(3, first)


def test_a_checkpoint_that_the_hub_did_not_sign_is_refused(reader: Reader) -> None:
    text = reader.checkpoint()
    place = text.index("\n\n") + 30
    forged = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    assert isinstance(reader.take(reader.shown(checkpoint=forged)), Refused)


def test_two_roots_of_one_size_are_an_alarm(reader: Reader) -> None:
    """The hub shows FR another log than us: FR's message carries the proof."""
    reader.take(reader.shown())
    other = Tree()
    other.append(b"\1" * 32)
    body = Body(content=Note(subject="s").model_dump(mode="json"), proofs=Proofs(checkpoint=reader.checkpoint(other)))
    opened(reader.take(reader.delivery(reader.message(body=body))))
    (alarm,) = reader.reception.log.alarms
    assert "forked" in alarm.text
    assert "FR" in alarm.text
    assert alarm.proof == (reader.checkpoint(), reader.checkpoint(other))


def test_a_body_with_something_that_is_no_checkpoint_is_an_alarm_and_still_read(reader: Reader) -> None:
    body = Body(content=Note(subject="s").model_dump(mode="json"), proofs=Proofs(checkpoint="not\na\ncheckpoint\n"))
    opened(reader.take(reader.delivery(reader.message(body=body))))
    (alarm,) = reader.reception.log.alarms
    assert alarm.proof == ()


def test_a_checkpoint_that_a_sender_made_up_accuses_the_sender_and_not_the_hub(reader: Reader) -> None:
    """FR would have us believe that the hub forked its log: what the hub did not sign proves nothing against it."""
    reader.take(reader.shown())
    true = reader.checkpoint()
    made_up = true.replace(true.split("\n")[2], "A" * 43 + "=")
    body = Body(content=Note(subject="s").model_dump(mode="json"), proofs=Proofs(checkpoint=made_up))
    opened(reader.take(reader.delivery(reader.message(body=body))))
    (alarm,) = reader.reception.log.alarms
    assert alarm.text.startswith("`FR` passed on a checkpoint that the hub did not sign")
    assert alarm.proof == ()
    opened(reader.take(reader.delivery(reader.message())))
    assert len(reader.reception.log.alarms) == 1, "what is true is still true"


def test_only_so_many_checkpoints_are_remembered_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "_REMEMBERED", 3)
    reader = Reader("BR")
    texts = []
    for _ in range(6):
        reader.grow(1)
        texts.append(reader.checkpoint())
        reader.reception.log.hear(texts[-1], "HUB", reader.trust)
    assert reader.reception.log.heard(10) == tuple(texts[-3:])
    assert len(reader.reception.log._sizes) == 3
