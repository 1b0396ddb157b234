"""The hub's state is the fold of its log: whatever happened, a fresh state from the entries is the same one."""

from datetime import timedelta

from hub_world import NOON, RUN, HubWorld, engine, enrolled
from hypothesis import given, settings
from hypothesis import strategies as st

from i247sim.exercise.verify import Replay
from i247sim.hub.decide import QUOTA_WINDOW, Limits
from i247sim.hub.state import HubState, acknowledges
from i247sim.hub.streams import Stream
from i247sim.security.trust import Trust
from i247sim.vocabulary.codec import base64_text
from i247sim.vocabulary.decisions import FINAL, Code, Outcome
from i247sim.vocabulary.entries import DecisionEntry, FrameEntry, HandoverEntry, from_bytes, to_bytes
from i247sim.vocabulary.frames import NoticeDecision
from i247sim.vocabulary.parties import State

BUREAUS = ("FR", "BR", "DE")

party = st.sampled_from(BUREAUS)
sends = st.tuples(st.just("send"), party, st.sets(st.sampled_from((*BUREAUS, "IPSG")), min_size=1))
hellos = st.tuples(st.just("hello"), party, st.integers(0, 6))
acks = st.tuples(st.just("ack"), party, st.integers(0, 6), st.sampled_from(("opened", "delivered", "rejected")))
# What happens often in life stands here often.
verbs = st.one_of(
    *([sends, hellos, acks] * 4),
    st.tuples(st.just("short"), party, st.sets(party, min_size=1)),
    st.tuples(st.just("late"), party, st.sets(party, min_size=1)),
    st.tuples(st.just("again"), party, st.integers(0, 3)),
    st.tuples(st.just("bye"), party),
    st.tuples(st.just("restrict"), party, party),
    st.tuples(st.just("accept"), party, party),
    st.tuples(st.just("measure"), party, st.sampled_from(list(State))),
    st.tuples(st.just("noise"), party, st.binary(max_size=20)),
    st.tuples(st.just("later"), st.integers(1, 7200)),
    st.tuples(st.just("revoke"), party),
    st.tuples(st.just("decide"), st.booleans()),
    st.tuples(st.just("publish"), st.integers(0, 2)),
    st.tuples(st.just("rotate"), party),
)


class Player:
    """Plays verbs on a world, and checks after each what must always hold."""

    def __init__(self) -> None:
        self.world = HubWorld(Limits(messages_per_minute=5))
        self.wires: dict[str, list[bytes]] = {}
        self.decisions: list[NoticeDecision] = []
        self.world.hello(*BUREAUS)

    def play(self, verb: str, *how: object) -> None:
        world = self.world
        match verb, *how:
            case "send", sender, to:
                self._send(sender, to)
            case "short", sender, to:
                self._send(sender, to, expires=world.now + timedelta(hours=1))
            case "late", sender, to:
                self._send(sender, to, created=world.now - timedelta(2), expires=world.now - timedelta(1))
            case "again", sender, index:
                if index < len(self.wires.get(sender, ())):
                    world.arrive(sender, self.wires[sender][index])
            case "hello", one, received:
                world.hello(one, received=received)
            case "bye", one:
                world.bye(one)
            case "ack", one, upto, status:
                handed = [carried.id for carried in world.state.messages.values() if one in carried.handed]
                world.ack(one, upto, *handed[: upto + 1], status=Outcome(status))
            case "restrict", owner, whom:
                world.restrict(owner, whom)
            case "accept", receiver, whom:
                world.accept(receiver, whom)
            case "measure", one, state:
                world.measure(one, state)
            case "noise", one, data:
                world.arrive(one, data)
            case "later", seconds:
                world.later(seconds=seconds)
            case "revoke", one:
                world.revoke(one)
            case "decide", publish:
                self.decisions.append(world.decided(publish=publish))
            case "publish", index:
                world.publish(self.decisions[index] if index < len(self.decisions) else None)
            case "rotate", one:
                world.rotate(one)
        self.check()

    def _send(self, sender: str, to: set[str], **fields: object) -> None:
        wire = self.world.sealed(sender, tuple(sorted(to)), **fields)
        self.wires.setdefault(sender, []).append(wire)
        if self.world.arrive(sender, wire).receipt.code is not None and not self.world.state.directory.enrolled(sender):
            self.world.counters[sender] -= 1

    def check(self) -> None:
        world = self.world
        self._every_hand_over_has_a_decision_that_allowed_it()
        for carried, one, outcome in world.state.pairs():
            queued = carried.id in world.state.queues.get(one, {})
            items = [item for item in world.core.streams.get(one, _EMPTY).items.values() if item.message == carried.id]
            assert len(items) <= 1
            # Where a pair stands, the hub knows why: waiting, on its way, or at its end.
            assert (outcome is Outcome.QUEUED) == (queued or bool(items))
            assert not (queued and items)
            assert (carried.id in world.kept) == (not carried.settled)
            assert outcome in FINAL | {Outcome.QUEUED, Outcome.HELD}
        assert {one: stream.items for one, stream in world.core.streams.items() if stream.items} == {
            one: items for one, items in world.stored.items() if items
        }
        for stream in world.core.streams.values():
            assert all(number <= stream.last for number in stream.items)
            assert list(stream.items) == sorted(stream.items)

    def _every_hand_over_has_a_decision_that_allowed_it(self) -> None:
        newest: dict[tuple[str, str], Outcome] = {}
        handed: set[tuple[str, str]] = set()
        for entry in self.world.entries:
            match entry:
                case DecisionEntry():
                    newest[entry.id, entry.party] = entry.outcome
                case HandoverEntry():
                    assert newest[entry.id, entry.party] is Outcome.QUEUED
                    assert (entry.id, entry.party) not in handed
                    handed.add((entry.id, entry.party))


_EMPTY = Stream("")


def comparable(state: HubState, now: object) -> dict[str, object]:
    """Everything that the hub's answers depend on."""
    return {
        "size": state.size,
        "time": state.time,
        "trust": state.trust,
        "directory": state.directory,
        "states": state.states,
        "restrictions": state.restrictions,
        "acceptances": state.acceptances,
        "statements": state.statements,
        "decisions": state.decisions,
        "precedents": state.precedents,
        "releases": state.releases,
        "counters": state.counters,
        "receipted": state.receipted,
        "messages": {
            id_: (one.wire, one.facts, one.keys, one.outcomes, one.first, one.handed, one.under)
            for id_, one in state.messages.items()
        },
        "numbered": state.numbered,
        "answers": {one: answers for one, answers in state.answers.items() if answers},
        "queues": {one: list(queue) for one, queue in state.queues.items() if queue},
        "moments": {
            one: recent
            for one, moments in state.moments.items()
            if (recent := [moment for moment in moments if moment > now - QUOTA_WINDOW])
        },
        "alarms": (state.alarms, state.refusals),
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(verbs, min_size=5, max_size=40))
def test_after_any_playbook_the_fold_of_the_log_is_the_live_state(playbook: list[tuple[object, ...]]) -> None:
    player = Player()
    for verb, *how in playbook:
        player.play(verb, *how)
    world = player.world
    assert comparable(world.refolded(), world.now) == comparable(world.state, world.now)


@settings(max_examples=15, deadline=None)
@given(st.lists(verbs, max_size=15))
def test_every_entry_is_read_back_as_it_was_written(playbook: list[tuple[object, ...]]) -> None:
    player = Player()
    for verb, *how in playbook:
        player.play(verb, *how)
    for entry in player.world.entries:
        assert from_bytes(to_bytes(entry)) == entry


def test_the_log_alone_knows_what_a_restarted_hub_must_know() -> None:
    world = HubWorld()
    wire = world.sealed()
    first = world.arrive("FR", wire)
    world.restrict("FR", "BR")
    state = world.refolded()
    assert state.message_numbered("FR", 1).receipt() == first.receipt
    assert list(state.queues["BR"]) == [first.receipt.id]
    assert state.counters == {"FR": 2}
    assert [line.code for line in first.receipt.lines] == [None]


def test_a_settled_message_is_forgotten_when_its_life_is_over_and_not_before() -> None:
    world = HubWorld()
    world.restrict("FR", "NO")
    refused = world.send("FR", ("NO",), expires=NOON + timedelta(hours=1)).receipt.id
    waiting = world.send("FR", ("BR",)).receipt.id
    world.state.forget(NOON + timedelta(hours=1))
    assert set(world.state.messages) == {refused, waiting}
    later = NOON + timedelta(hours=1, seconds=1)
    assert world.state.forget(later) == {}, "FR has not confirmed the receipt: it may still ask for it"
    world.receipted["FR"] = 3
    world.send("FR", ("DE",))
    assert world.state.forget(later) == {refused: ()}
    assert waiting in world.state.messages
    assert world.state.message_numbered("FR", 2) is None


def settled_and_forgotten(world: HubWorld) -> str:
    """A message from FR that BR has opened: its life is over, FR has confirmed its receipt, the hub forgets it."""
    world.hello("BR")
    id_ = world.send("FR", ("BR",), expires=NOON + timedelta(hours=1)).receipt.id
    world.ack("BR", 1, id_)
    world.receipted["FR"] = 1
    world.send("FR", ("DE",))
    world.core._forget_above = 0
    world.later(hours=2)
    assert id_ not in world.state.messages
    return str(id_)


def complaint(world: HubWorld, sender: str, about: str) -> bytes:
    how = {"channel": "admin", "kind": "COMPLAINT", "purpose": "compliance", "in_reply_to": about}
    return world.sealed(sender, ("IPSG",), **how)


def test_what_is_decided_does_not_depend_on_what_the_hub_has_forgotten() -> None:
    world = HubWorld()
    id_ = settled_and_forgotten(world)
    by_its_reader = world.arrive("BR", complaint(world, "BR", id_))
    assert by_its_reader.verdicts == {"IPSG": (Outcome.QUEUED, None)}
    by_another = world.arrive("DE", complaint(world, "DE", id_))
    assert by_another.verdicts == {"IPSG": (Outcome.REFUSED, Code.RIGHTS)}
    replay = Replay.begin(Trust.anchor(enrolled().authority.root, RUN), engine().rulebook, Limits())
    for entry in world.entries:
        replay.take(entry)


def test_a_reader_that_was_away_for_longer_than_a_copy_lived_is_still_heard() -> None:
    """It had opened the copy and could not say so: the log says in the end that it was read."""
    world = HubWorld()
    world.hello("BR")
    id_ = world.send("FR", ("BR",), expires=NOON + timedelta(hours=1)).receipt.id
    world.receipted["FR"] = 1
    world.send("FR", ("DE",))
    world.core._forget_above = 0
    assert (id_, "BR", Outcome.EXPIRED, Code.TIME) in world.later(hours=2).told("FR")
    world.core._forget_above = 0
    world.later(hours=1)
    assert (id_, "BR", Outcome.OPENED, None) in world.ack("BR", 1, id_).told("FR")
    world.core._forget_above = 0
    world.later(hours=1)
    assert id_ not in world.state.messages


def test_an_id_is_used_once_even_if_the_hub_has_forgotten_the_message() -> None:
    world = HubWorld()
    id_ = settled_and_forgotten(world)
    again = world.send("FR", ("BR",), id=id_)
    assert (again.refusal.code, again.refusal.alarm) == (Code.REPLAY, True)


def test_a_sender_that_was_away_for_longer_than_its_message_lived_gets_the_stored_receipt() -> None:
    world = HubWorld()
    world.hello("BR")
    wire = world.sealed("FR", ("BR",), expires=NOON + timedelta(hours=1))
    first = world.arrive("FR", wire)
    world.ack("BR", 1, first.receipt.id)
    world.core._forget_above = 0
    world.later(hours=2)
    again = world.arrive("FR", wire)
    assert (again.receipt, again.entries) == (first.receipt, [])


def test_an_answer_says_something_new_until_the_last_word() -> None:
    for outcome in (Outcome.QUEUED, Outcome.WITHHELD, Outcome.EXPIRED):
        assert all(acknowledges(outcome, one) for one in (Outcome.DELIVERED, Outcome.OPENED, Outcome.REJECTED))
    assert acknowledges(Outcome.DELIVERED, Outcome.OPENED)
    assert acknowledges(Outcome.DELIVERED, Outcome.REJECTED)
    assert not acknowledges(Outcome.DELIVERED, Outcome.DELIVERED)
    assert not any(acknowledges(last, one) for last in (Outcome.OPENED, Outcome.REJECTED) for one in Outcome)


def test_an_answer_to_what_was_never_handed_over_changes_nothing() -> None:
    """The core lets none into the log; a log of somebody else's may have one all the same."""
    world = HubWorld()
    batch = world.send("FR", ("BR",))
    id_ = batch.entries[0].id
    wire = world.acked("BR", 0, (id_, Outcome.OPENED, None))
    world.state.apply(FrameEntry(time=NOON, frame=base64_text(wire)))
    assert world.state.messages[id_].outcomes["BR"] == (Outcome.QUEUED, None)


def test_the_time_refusal_of_a_message_is_remembered_as_its_answer() -> None:
    world = HubWorld()
    world.send(created=NOON - timedelta(2), expires=NOON)
    assert world.refolded().answers["FR"][1].code is Code.TIME
