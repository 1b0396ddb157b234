"""A party's part of the mailbox file: what lies in it is what came."""

from pathlib import Path

from node_world import NOON, Reader

from i247sim.node.mailbox import Mailbox
from i247sim.node.store import Store
from i247sim.node.taken import MessageTaken, Refused, StatementTaken
from i247sim.security import envelope as sealed
from i247sim.vocabulary.frames import FrameType, NoteKind
from i247sim.vocabulary.statements import Bars


async def test_what_the_copies_of_a_message_share_lies_there_once_and_every_copy_comes_out_whole(
    tmp_path: Path,
) -> None:
    brazil, germany = Reader("BR"), Reader("DE")
    alone = brazil.message()
    full = brazil.full(to=("BR", "DE"))
    came = {"BR": [alone, sealed.slim(full, 0)], "DE": [sealed.slim(full, 1)]}
    store = Store(tmp_path / "node.db")
    for reader in (brazil, germany):
        for copy in came[reader.party]:
            taken = reader.take(reader.delivery(copy))
            assert isinstance(taken, MessageTaken), taken
            Mailbox(reader.party, store).taken(taken, NOON)
    await store.flush()
    store.close()
    again = Store(tmp_path / "node.db")
    for party, copies in came.items():
        rows = again.rows("SELECT copy FROM received WHERE party = ? ORDER BY number", (party,))
        assert [copy for (copy,) in rows] == copies
    assert again.row("SELECT count(*) FROM shared") == (1,)
    again.close()


def test_after_a_kill_a_statement_of_before_is_still_one_of_before() -> None:
    store = Store(None)
    killed, resumed = Reader("IPSG"), Reader("IPSG")
    statement = killed.frame(FrameType.RESTRICTION, Bars(), "FR", counter=2)
    taken = killed.take(killed.note(NoteKind.STATEMENT, statement))
    assert isinstance(taken, StatementTaken)
    Mailbox("IPSG", store).told(taken, NOON)
    (happened,) = store.all_happened()
    Mailbox("IPSG", store).event(happened, resumed.reception)
    assert isinstance(resumed.take(resumed.note(NoteKind.STATEMENT, statement)), Refused)
    store.close()
