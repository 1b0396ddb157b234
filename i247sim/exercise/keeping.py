"""What exercise control keeps in the mailbox file of its process, beside what the parties have there."""

import json
from pathlib import Path

from i247sim.exercise.observe import Sent
from i247sim.exercise.steps import Step
from i247sim.node.store import Store


def open_store(path: Path | None) -> Store:
    """The process's mailbox file, with exercise control's own tables: what it issued, injected and noted."""
    store = Store(path)
    store.execute("CREATE TABLE IF NOT EXISTS noted (number INTEGER PRIMARY KEY, frame BLOB NOT NULL)")
    store.execute("CREATE TABLE IF NOT EXISTS injected (number INTEGER PRIMARY KEY, after INTEGER, step TEXT NOT NULL)")
    store.execute(
        "CREATE TABLE IF NOT EXISTS issued (number INTEGER PRIMARY KEY, time TEXT NOT NULL, issue TEXT NOT NULL)"
    )
    return store


def read_sent(store: Store) -> list[Sent]:
    """Everything that the parties of a process sent, in order of time, party and reference."""
    waiting = {id_ for (id_,) in store.rows("SELECT id FROM outbox WHERE NOT receipted")}
    rows = store.rows("SELECT party, id, facts FROM sent ORDER BY party, ordinal")
    found = [Sent(party, id_, json.loads(facts), id_ not in waiting) for party, id_, facts in rows]
    return sorted(found, key=lambda one: (one.facts["time"], one.party, one.facts["ref"]))


def injects(store: Store) -> list[tuple[int, Step]]:
    """What was injected live, in order: after how many causes, and the step."""
    rows = store.rows("SELECT after, step FROM injected ORDER BY number")
    return [(after, Step.model_validate(json.loads(text))) for after, text in rows]


def keep_inject(store: Store, after: int, step: Step) -> None:
    """Record a live inject that came in after so many causes."""
    text = json.dumps(step.plain())
    store.execute("INSERT INTO injected (after, step) VALUES (?, ?)", (after, text))
