"""What is read off the log about one message."""

import base64
from datetime import UTC, datetime, timedelta

from i247sim.exercise.observe import Way, ways
from i247sim.security import frames as clear
from i247sim.security.keys import SigningKey
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.entries import FrameEntry
from i247sim.vocabulary.frames import Ack, AckItem, Frame, FrameType

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = SigningKey.generate()


def acknowledgement(time: datetime, *items: tuple[str, Outcome]) -> FrameEntry:
    ack = Ack(upto=1, items=tuple(AckItem.model_validate({"id": id_, "status": status}) for id_, status in items))
    frame = Frame(
        type=FrameType.ACK,
        run="0" * 12,
        sender="BR",
        to="HUB",
        key=KEY.id,
        counter=0,
        time=time,
        payload=ack.model_dump(mode="json", exclude_none=True),
    )
    return FrameEntry(time=time, frame=base64.b64encode(clear.sign(frame, KEY)).decode())


def test_an_answer_that_is_said_again_keeps_the_time_it_was_said_first() -> None:
    """A reader that hears a copy twice answers twice, in one frame with what is new."""
    first, second = "a" * 32, "b" * 32
    later = NOON + timedelta(seconds=1)
    entries = [
        acknowledgement(NOON, (first, Outcome.OPENED)),
        acknowledgement(later, (first, Outcome.OPENED), (second, Outcome.OPENED)),
    ]
    found = ways(entries)
    assert [(time, outcome) for _, time, outcome, _ in found[first].acknowledged["BR"]] == [(NOON, Outcome.OPENED)]
    assert [time for _, time, _, _ in found[second].acknowledged["BR"]] == [later]


def test_stored_and_then_opened_are_two_answers() -> None:
    entries = [acknowledgement(NOON, ("a" * 32, one)) for one in (Outcome.DELIVERED, Outcome.OPENED, Outcome.REJECTED)]
    lines = ways(entries)["a" * 32].acknowledged["BR"]
    assert [outcome for _, _, outcome, _ in lines] == [Outcome.DELIVERED, Outcome.OPENED]


def test_what_a_party_has_signed_of_its_copy_is_said_with_its_reason() -> None:
    way = Way(acknowledged={"BE": [(1, NOON, Outcome.DELIVERED, None), (2, NOON, Outcome.REJECTED, Code.KEY)]})
    assert way.acknowledgement("FR") == "not acknowledged"
    assert way.acknowledgement("BE").startswith("acknowledged as rejected with E-KEY (")
    assert way.acknowledgement("BE").endswith("), signed by BE")
