"""A random scenario from a seed: who takes part, who bars whom, and what everybody does.

Pure: the same seed gives the same text. The story is kept as *acts*, steps that only make sense together (a cable
is cut, a cable is mended), so that it can be made shorter without becoming another story. Everything is fictional.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from i247sim.vocabulary.parties import groups_of

Data = dict[str, Any]
Act = tuple[Data, ...]

_BUREAUS = ("FR", "DE", "BR", "AR", "JP", "KE", "NO", "AU", "EG", "CA", "IN", "IS")
_PAUSES = (0, 0, 1, 60, 60, 600, 3600, 86_400)
"""Simulated seconds from one act to the next."""
_OUTAGES = (60, 1800, 7200, 100_000)
_FAULTS: tuple[tuple[str, Data, str], ...] = (
    ("cut", {}, "restore"),
    ("cut", {}, "restore"),
    ("slow", {"by": "5m"}, "restore"),
    ("hold", {}, "release"),
    ("partition", {}, "repair"),
    ("lose", {"share": 30}, "restore"),
    ("duplicate", {"share": 30}, "restore"),
    ("reorder", {"share": 30}, "restore"),
    ("delay", {"share": 30}, "restore"),
    ("crash", {}, "bounce"),
)
"""A party's faults: verb, its parameters, and what mends it."""
_PURPOSES = ("wanted-person", "locate", "case-support", "warn", "identify")
_GROUPS = ("members", "europe", "africa", "americas")
_NAMES = (("Fictus", "Exemplar", "1984-05-17"), ("Muster", "Fabula", "1990"), ("Nemo", "Nullius", "1971-02"))
_PASSPORTS = ("EXR0000017", "EXR0000018", "EXR0000019")
_LETTERS = (
    "INFO_REQUEST",
    "INFO_REQUEST",
    "INFO_REQUEST",
    "INFO_REPLY",
    "CONSENT_REQUEST",
    "BROADCAST",
    "COMPLIANCE_QUERY",
)
_STATES = ("active", "active", "monitored", "supervised", "record-suspended", "query-suspended", "disconnected")


@dataclass(frozen=True)
class Story:
    """A scenario as data. ``head`` is everything but the timeline."""

    seed: int
    head: Data
    acts: tuple[Act, ...]

    def text(self, says: Sequence[str] = ()) -> str:
        """The scenario file. ``says``: lines for its head, as comments."""
        lines = [f"# {line}" for line in (*says, "All persons, documents and cases are fictional.")]
        lines += ["", *(f"{key}: {_flow(value)}" for key, value in self.head.items()), "timeline:"]
        steps = sorted((step for act in self.acts for step in act), key=lambda step: int(step["at"]))
        lines += ["- " + _flow({**step, "at": f"T+{step['at']}s"}) for step in steps]
        return "\n".join(lines) + "\n"

    def without(self, key: str) -> "Story":
        """The same without a part of its head."""
        return replace(self, head={name: value for name, value in self.head.items() if name != key})


def _flow(value: object) -> str:
    # JSON in one line is YAML too, and needs no second writer.
    return json.dumps(value, ensure_ascii=False)


def draw(seed: int, length: int = 8) -> Story:
    """The story of ``seed``, about ``length`` acts long."""
    return _Author(seed).write(length)


@dataclass
class _Author:
    """Draws one story."""

    seed: int
    acts: list[Act] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    """Of the sends so far."""
    troubled: set[str] = field(default_factory=set)
    """Parties, broker and hub that have their outage already: one each."""
    at: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(f"story/{self.seed}")  # noqa: S311 - no secret
        self.bureaus = self.random.sample(_BUREAUS, self.random.randint(3, 5))

    def write(self, length: int) -> Story:
        head = self.head()
        for _ in range(length):
            self.at += self.random.choice(_PAUSES)
            kinds = list(_ACTS)
            kind = self.random.choices(kinds, [weight for weight, _ in _ACTS.values()])[0]
            self.acts += [act for act in _ACTS[kind][1](self) if act]
        if not self.acts:
            self.acts += self.letter()
        return Story(self.seed, head, tuple(self.acts))

    # --- who, and what holds at the start

    def head(self) -> Data:
        who: Data = {"bureaus": self.bureaus}
        self.queriers = list(self.bureaus)
        if self.maybe(0.4):
            unit = f"{self.bureau()}-border"
            who["entities"] = {
                unit: {"parent": unit[:2], "name": "Border post", "profile": ["sltd:query", "nominal:query"]}
            }
            self.queriers.append(unit)
        if self.maybe(0.2):
            parent = self.bureau()
            who["sub_bureaus"] = {f"{parent}-islands": {"parent": parent, "name": "Office of the fictional islands"}}
            self.queriers.append(f"{parent}-islands")
        if self.maybe(0.15):
            who["partners"] = {"XP-airline": {"name": "A fictional airline"}}
            self.queriers.append("XP-airline")
        who["clearances"] = {
            one: self.random.choice(("official-use", "confidential")) for one in self.bureaus if self.maybe(0.25)
        }
        head: Data = {
            "title": f"Storm {self.seed}",
            "aim": "To come out the same however rough the network is",
            "seed": self.seed,
            "participants": who,
            "review": self.review(),
            "records": self.records(),
            "restrictions": {one: self.bars(one) for one in self.bureaus if self.maybe(0.25)},
            "acceptances": {one: self.bars(one) for one in self.bureaus if self.maybe(0.15)},
            "measures": {one: {"state": self.random.choice(_STATES)} for one in self.bureaus if self.maybe(0.1)},
            "officers": self.officers(),
        }
        return {key: value for key, value in head.items() if value}

    def review(self) -> Data:
        verdict: Data = {"after": "2m..20m"}
        return verdict if self.maybe(0.8) else {**verdict, "decide": "refuse", "code": "R-ART3"}

    def records(self) -> list[Data]:
        found: list[Data] = []
        for number in range(self.random.randint(0, 3)):
            if self.maybe(0.5):
                one: Data = {"id": f"NOM-00010{number}", "person": self.person(), "summary": "a fictional suspicion"}
            else:
                one = {"id": f"SLTD-00010{number}", "document": {"document": self.document(), "fraud": "stolen"}}
            found.append({"owner": self.bureau(), **one})
        return found

    def officers(self) -> Data:
        duties: Data = {}
        for one in self.bureaus:
            if self.maybe(0.6):
                reply: Data = {"when": {"kind": "INFO_REQUEST"}, "send": "INFO_REPLY", "after": "1m..20m"}
                duties[one] = [{**reply, "subject": "Nothing known here"}]
            if self.maybe(0.3):
                hit: Data = {"when": {"kind": "HIT_NOTICE"}, "send": "HIT_CONFIRM_REQUEST", "to": ["owner"]}
                more = {"after": "1m..9m", "subject": "Is it he", "purpose": "identify"}
                duties.setdefault(one, []).append({**hit, **more})
            if self.maybe(0.3):
                confirm: Data = {"when": {"kind": "HIT_CONFIRM_REQUEST"}, "send": "HIT_CONFIRM", "after": "1m..9m"}
                duties.setdefault(one, []).append({**confirm, "subject": "It is he"})
        return duties

    # --- words and persons

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def bureau(self) -> str:
        return self.random.choice(self.bureaus)

    def person(self) -> Data:
        family, given, born = self.random.choice(_NAMES)
        return {"family_name": family, "forename": given, "sex": "U", "born": born}

    def document(self) -> Data:
        return {"number": self.random.choice(_PASSPORTS), "country": "FR"}

    def bars(self, author: str) -> list[Data]:
        found: list[Data] = []
        for _ in range(self.random.randint(1, 2)):
            others = [one for one in self.bureaus if one != author]
            whom = self.random.choice(_GROUPS) if self.maybe(0.15) else self.random.choice(others)
            scopes: tuple[Data, ...] = (
                {},
                {},
                {},
                {"channel": "direct"},
                {"channel": "diffusion"},
                {"kind": "INFO_REQUEST"},
                {"purpose": "locate"},
                {"record": "NOM-000100"},
            )
            scope = self.random.choice(scopes)
            found.append({"whom": whom, "scope": scope} if scope else {"whom": whom})
        return found

    def label(self) -> str:
        self.labels.append(f"m{len(self.labels) + 1}")
        return self.labels[-1]

    def send(self, sender: str, kind: str, **more: Any) -> list[Act]:
        life: Data = {"life": "1h"} if self.maybe(0.15) else {}
        send = {"from": sender, "kind": kind, "purpose": self.random.choice(_PURPOSES), **life, **more}
        return [({"at": self.at, "label": self.label(), "send": send},)]

    def level(self) -> Data:
        level = self.random.choices(("official-use", "restricted", "confidential"), (8, 2, 1))[0]
        return {"classification": level} if level != "official-use" else {}

    # --- acts

    def letter(self) -> list[Act]:
        sender = self.bureau()
        others = [one for one in (*self.bureaus, "IPSG") if one != sender]
        to = self.random.sample(others, self.random.randint(1, min(3, len(others))))
        groups = sorted({group for one in self.bureaus if one != sender for group in groups_of(one)})
        if self.maybe(0.1):
            to = [self.random.choice(groups)]
        more: Data = {"text": "words " * self.random.choice((1, 1, 1, 700))}
        if self.maybe(0.1):
            more["quotes"] = [{"owner": self.bureau(), "record": "NOM-000100"}]
        if self.labels and self.maybe(0.2):
            # It must have been sent at an earlier time.
            self.at += 1
            more["answers"] = self.random.choice(self.labels)
        return self.send(sender, self.random.choice(_LETTERS), to=to, subject="A question", **self.level(), **more)

    def diffusion(self) -> list[Act]:
        sender = self.bureau()
        to = [one for one in self.bureaus if one != sender]
        if self.maybe(0.9):
            to = ["IPSG", *to]
        return self.send(sender, "DIFFUSION", to=to, subject="Look out", **self.level())

    def notice(self) -> list[Act]:
        type_ = self.random.choice(("yellow", "blue", "green", "red"))
        notice = {"type": type_, "subject": "Wanted or missing", "person": self.person()}
        return self.send(self.bureau(), "NOTICE_REQUEST", notice=notice)

    def query(self) -> list[Act]:
        if self.maybe(0.5):
            asked: Data = {"database": "sltd", "document": self.document()}
        else:
            person = self.person()
            asked = {"database": "nominal", **{key: person[key] for key in ("family_name", "forename", "born")}}
        return self.send(self.random.choice(self.queriers), "DB_QUERY", query=asked)

    def record(self) -> list[Act]:
        entry: Data = {"database": "nominal", "person": self.person(), "summary": "a fictional suspicion"}
        kind = self.random.choice(("DB_RECORD", "DB_RECORD", "DB_UPDATE", "DB_DELETE"))
        if kind != "DB_RECORD":
            entry["id"] = "NOM-000100"
        if kind == "DB_DELETE":
            entry = {"database": "nominal", "id": "NOM-000100"}
        return self.send(self.bureau(), kind, record=entry)

    def restrict(self) -> list[Act]:
        who = self.bureau()
        verb = self.random.choice(("restrict", "restrict", "accept"))
        return [({"at": self.at, verb: {"party": who, "bars": self.bars(who) if self.maybe(0.7) else []}},)]

    def measure(self) -> list[Act]:
        return [({"at": self.at, "measure": {"party": self.bureau(), "state": self.random.choice(_STATES)}},)]

    def rotate(self) -> list[Act]:
        grace = self.random.choice(("0s", "5m", "1d"))
        return [({"at": self.at, "rotate": {"party": self.random.choice(self.queriers), "grace": grace}},)]

    def revoke(self) -> list[Act]:
        who = self.bureau()
        if who in self.troubled:
            return []
        self.troubled.add(who)
        return [({"at": self.at, "revoke": {"party": who}},)]

    def outage(self) -> list[Act]:
        """Something fails, and (nearly always) comes back later."""
        who = self.random.choice([*self.queriers, "IPSG", "broker", "hub"])
        if who in self.troubled:
            return []
        self.troubled.add(who)
        end = self.at + self.random.choice(_OUTAGES)
        if who in ("broker", "hub"):
            return [({"at": self.at, "stop": {"what": who}}, {"at": end, "start": {"what": who}})]
        if self.maybe(0.15):
            return [({"at": self.at, "cut": {"party": who, "stays": True}},)]
        verb, fault, mend = self.random.choice(_FAULTS)
        named: Data = {"parties": [who]} if verb == "partition" else {"party": who}
        # One way or both, without another draw: stories that have no such fault stay what they are.
        ways = {"way": ("both", "in", "out")[self.at % 3]} if verb == "partition" else {}
        return [({"at": self.at, verb: {**named, **fault, **ways}}, {"at": end, mend: named})]

    def intruder(self) -> list[Act]:
        if not self.labels or self.maybe(0.4):
            by, claims, to = self.random.sample([*self.bureaus, "IPSG"], 3)
            return [({"at": self.at, "spoof": {"by": by, "claims": claims, "to": to}},)]
        message = self.random.choice(self.labels)
        if self.maybe(0.5):
            return [({"at": self.at, "replay": {"message": message}},)]
        part = self.random.choice(("header", "stanza", "body", "signature"))
        return [({"at": self.at, "tamper": {"message": message, "part": part}},)]


_ACTS: Mapping[str, tuple[float, Callable[[_Author], list[Act]]]] = {
    "letter": (8, _Author.letter),
    "diffusion": (3, _Author.diffusion),
    "notice": (2, _Author.notice),
    "query": (3, _Author.query),
    "record": (2, _Author.record),
    "restrict": (3, _Author.restrict),
    "measure": (1.5, _Author.measure),
    "rotate": (1.5, _Author.rotate),
    "revoke": (0.6, _Author.revoke),
    "outage": (4, _Author.outage),
    "intruder": (1.5, _Author.intruder),
}
"""What may happen, how often, and who writes it."""


def shorter_heads(story: Story) -> Iterator[Story]:
    """The same story with one thing less beside its acts: a part of the head, or a party that nobody names."""
    for key in ("officers", "records", "acceptances", "restrictions", "measures", "review"):
        if key in story.head:
            yield story.without(key)
    who: Data = story.head["participants"]
    for key in ("entities", "sub_bureaus", "partners", "clearances"):
        if who.get(key):
            yield replace(story, head={**story.head, "participants": {**who, key: {}}})
    for one in who["bureaus"]:
        left = [other for other in who["bureaus"] if other != one]
        if left:
            yield replace(story, head={**story.head, "participants": {**who, "bureaus": left}})
