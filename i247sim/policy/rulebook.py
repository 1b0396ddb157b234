"""The rules as a book: parsed once, every rule with its labels, the whole with its hash.

The rules themselves are ``rules/*.cedar`` and ``rules/network.cedarschema``. Nothing is decided here.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources
from typing import Literal

import cedarpy
from cedarpy import pst

from i247sim.policy.bounds import too_much
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import InputError

SCHEMA = "network.cedarschema"
"""The name of the schema's part."""
LABELS = ("id", "step", "cite", "explain")
"""The annotations that every rule carries; a ``forbid`` also has ``code``, and may have ``outcome``."""

Question = Literal["send", "receive"]
"""What is asked: may this party send the message; may this party receive it."""


@dataclass(frozen=True)
class Rule:
    """One rule's labels. The text is in the rules' files."""

    id: str
    cite: str
    """Article, or ``exercise rule``."""
    code: Code | None
    """What a refusal by this rule is called; ``None`` for a permit."""
    explain: str
    """One sentence for a trainee: what the rule says, without names of third parties."""
    step: int
    """The hub's step; among several refusals the lowest step decides."""
    effect: Literal["permit", "forbid"]
    outcome: Outcome
    """``QUEUED`` for a permit, ``REFUSED`` or ``HELD`` for a forbid."""
    question: Question


@dataclass(frozen=True)
class Condition:
    """One ``when`` or ``unless`` of a rule, alone."""

    id: str
    """Names it among ``Part.alone``."""
    text: str
    reads: tuple[str, ...]
    """The attributes it looks at, as dotted paths."""


class Rulebook:
    """All rules in force: the network's own and a scenario's. Immutable; make one with ``load``."""

    def __init__(self, texts: Sequence[tuple[str, str]], schema: str) -> None:
        """``texts``: (name, Cedar text) in order; ``schema``: Cedar schema text.

        Raises ``InputError`` naming everything that is wrong: what does not parse, what the schema does not know,
        missing or taken labels.
        """
        self.texts: tuple[tuple[str, str], ...] = ((SCHEMA, schema), *texts)
        """(Name, text) of the schema and of every part, as they were read: what evidence keeps."""
        digest = hashlib.sha256(b"i247/v1/rules\0")
        for name, text in self.texts:
            for part in (name.encode(), text.encode()):
                digest.update(len(part).to_bytes(8, "big") + part)
        self.sha256 = digest.hexdigest()
        """SHA-256 (hex) over schema, the network's rules and the scenario's, in order."""
        for name, text in self.texts:
            if said := too_much(text):
                raise InputError(f"`{name}`: {said}")
        source = "\n".join(text for _, text in texts)
        try:
            self.schema = cedarpy.Schema.from_str(schema)
            parsed = cedarpy.PolicySet.from_str(source).to_pst()
        except ValueError as error:
            raise InputError(f"rules do not parse: {error}") from None
        problems = [str(error) for error in cedarpy.validate_policies(source, self.schema).errors]
        problems += [f"`{name}` is a template, expected a rule" for name in parsed.templates]
        self.rules: dict[str, Rule] = {}
        """Each rule's labels by rule id, in file order."""
        self.templates: dict[str, pst.Template] = {}
        """Each rule's syntax tree by rule id, in file order."""
        self.rule_of_policy: dict[str, str] = {}
        """Rule id by the library's own policy id."""
        for policy_id, template in in_file_order(parsed):
            try:
                rule = rule_of(template)
            except InputError as error:
                problems.append(str(error))
                continue
            if rule.id in self.rules:
                problems.append(f"rule id `{rule.id}` is taken")
            self.rules[rule.id] = rule
            self.templates[rule.id] = template
            self.rule_of_policy[policy_id] = rule.id
        if problems:
            raise InputError("; ".join(problems))
        self._parts: dict[tuple[Question, About | None], Part] = {}

    def part(self, question: Question, about: "About | None" = None) -> "Part":
        """The rules that can bear on ``question``, of messages ``about`` a channel and kind or of any. Made once."""
        part = self._parts.get((question, about))
        if part is None:
            templates = {
                rule.id: self.templates[rule.id]
                for rule in self.rules.values()
                if rule.question == question and (about is None or can_bear(self.templates[rule.id], about))
            }
            part = self._parts[question, about] = Part({one: self.rules[one] for one in templates}, templates)
        return part

    @staticmethod
    def load(extra: Sequence[str] = ()) -> "Rulebook":
        """The packaged rules, and after them ``extra``: Cedar texts of a scenario's own forbids.

        Check ``extra`` with ``lint`` before; here a scenario's permit would be taken as it is.
        """
        texts, schema = packaged()
        return Rulebook.made((*texts, *((f"scenario-{number}", text) for number, text in enumerate(extra, 1))), schema)

    @staticmethod
    @lru_cache(maxsize=4)
    def made(texts: tuple[tuple[str, str], ...], schema: str) -> "Rulebook":
        """As the class itself; of the same texts the same rulebook, since parsing and checking it takes a while."""
        return Rulebook(texts, schema)

    def without(self, rule_id: str) -> "Rulebook":
        """The same rules but for one, which must be there: for rehearsals that show what it is good for.

        Its ``texts`` and ``sha256`` are still those of the whole: no log may be written under it.
        """
        rest = copy(self)
        rest.__dict__.pop("conditions", None)
        rest.rules = {one: rule for one, rule in self.rules.items() if one != rule_id}
        rest.templates = {one: self.templates[one] for one in rest.rules}
        rest._parts = {}
        return rest

    @cached_property
    def conditions(self) -> Mapping[str, tuple[Condition, ...]]:
        """Every rule's conditions, one by one. Made on first use: only explanations need them."""
        return {rule_id: tuple(_conditions(rule_id, template)) for rule_id, template in self.templates.items()}


@dataclass(frozen=True)
class About:
    """What a message says it is, as the rules read it: ``resource.channel`` and ``resource.kind``."""

    channel: str
    kind: str


class Part:
    """Some of the rules, ready to be asked."""

    def __init__(self, rules: Mapping[str, Rule], templates: Mapping[str, pst.Template]) -> None:
        """``rules`` and ``templates`` by rule id, in file order."""
        self.permits = tuple(rule.id for rule in rules.values() if rule.effect == "permit")
        """Ids of the rules that permit."""
        self.policies = policy_set(list(templates.values()))
        self._templates = templates
        self._holds = frozenset(rule.id for rule in rules.values() if rule.outcome is Outcome.HELD)

    @cached_property
    def without_holds(self) -> cedarpy.PolicySet:
        """The same without those that only hold back: would it go on after a release?"""
        return policy_set([template for rule, template in self._templates.items() if rule not in self._holds])

    @cached_property
    def alone(self) -> cedarpy.PolicySet:
        """Every condition of every permit as a policy of its own that permits where it holds."""
        return policy_set([one for rule in self.permits for one in single(rule, self._templates[rule])])


def can_bear(template: pst.Template, about: About) -> bool:
    """Whether a rule can permit or refuse messages ``about`` this: it cannot if a condition says another in so many
    words (``when { resource.channel == "notice" }``, ``when { ["ACK", "REMINDER"].contains(resource.kind) }``, or
    ``unless`` this). What is said in any other way may hold.
    """
    for clause in template.clauses:
        literally = _literally(clause.expr, about)
        if literally is not None and literally is not isinstance(clause, pst.When):
            return False
    return True


def _literally(expr: object, about: About) -> bool | None:
    """Whether a condition about channel or kind alone holds; ``None`` if it is not of that form."""
    match expr:
        case pst.BinaryOp(
            op="eq", left=pst.GetAttr(base=pst.Var(name="resource"), attr=attr), right=pst.StringLit(value=value)
        ):
            values = [value]
        case pst.BinaryOp(
            op="contains", left=pst.Set(elements=found), right=pst.GetAttr(base=pst.Var(name="resource"), attr=attr)
        ) if all(isinstance(one, pst.StringLit) for one in found):
            values = [one.value for one in found if isinstance(one, pst.StringLit)]
        case _:
            return None
    match attr:
        case "channel":
            return about.channel in values
        case "kind":
            return about.kind in values
    return None


def packaged() -> tuple[list[tuple[str, str]], str]:
    """The network's own rules as (file name, text) in order of name, and the schema's text."""
    folder = resources.files("i247sim.policy").joinpath("rules")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".cedar"))
    texts = [(name, folder.joinpath(name).read_text(encoding="utf-8")) for name in names]
    return texts, folder.joinpath("network.cedarschema").read_text(encoding="utf-8")


def rule_of(template: pst.Template) -> Rule:
    """The labels of one policy; raises ``InputError`` if one is missing or not of its form."""
    labels = template.annotations
    name = labels.get("id") or template.id
    missing = [label for label in LABELS if not labels.get(label)]
    if missing:
        raise InputError(f"rule `{name}` lacks {', '.join(f'`@{label}`' for label in missing)}")
    if not labels["step"].isdecimal():
        raise InputError(f"rule `{name}`: `@step` is `{labels['step']}`, expected a number")
    question = _question(template)
    if question is None:
        raise InputError(f'rule `{name}`: expected `action == Action::"send"` or `action == Action::"receive"`')
    code: Code | None = None
    outcome = Outcome.QUEUED
    if template.effect == "forbid":
        try:
            code = Code(labels.get("code", ""))
            outcome = Outcome(labels.get("outcome", Outcome.REFUSED))
        except ValueError as error:
            raise InputError(f"rule `{name}`: {error}") from None
        if outcome not in (Outcome.REFUSED, Outcome.HELD):
            raise InputError(f"rule `{name}`: `@outcome` is `{outcome}`, expected `held` or nothing")
    return Rule(
        id=name,
        cite=labels["cite"],
        code=code,
        explain=labels["explain"],
        step=int(labels["step"]),
        effect=template.effect,
        outcome=outcome,
        question=question,
    )


def _question(template: pst.Template) -> Question | None:
    match template.action:
        case pst.ActionEq(entity=entity) if entity.type.basename == "Action" and entity.id == "send":
            return "send"
        case pst.ActionEq(entity=entity) if entity.type.basename == "Action" and entity.id == "receive":
            return "receive"
    return None


def in_file_order(parsed: pst.PolicySet) -> list[tuple[str, pst.Template]]:
    """(The library's own policy id, syntax tree) of each rule as they stand in the text: ``policy0``, ``policy1`` …"""
    return sorted(parsed.static_policies.items(), key=lambda item: int(item[0].removeprefix("policy")))


def policy_set(templates: Sequence[pst.Template]) -> cedarpy.PolicySet:
    """These rules alone, under the library's ids that they already have."""
    chosen = {template.id: template for template in templates}
    return cedarpy.PolicySet.from_pst(pst.PolicySet(templates={}, static_policies=chosen, template_links=()))


def single(rule_id: str, template: pst.Template) -> Iterator[pst.Template]:
    """A rule's conditions as permits with one condition each."""
    for number, clause in enumerate(template.clauses):
        yield replace(template, id=f"{rule_id}/{number}", effect="permit", clauses=(clause,), annotations={})


def _conditions(rule_id: str, template: pst.Template) -> Iterator[Condition]:
    for alone, clause in zip(single(rule_id, template), template.clauses, strict=True):
        text = _readable(str(policy_set([alone])))
        yield Condition(alone.id, text, tuple(dict.fromkeys(paths(clause.expr))))


def paths(node: object) -> Iterator[str]:
    """Every attribute that an expression reads, as a dotted path: ``principal.role``, ``resource.sender.direct``."""
    path = _path(node)
    if path is not None:
        if "." in path:
            yield path
        return
    for child in children(node):
        yield from paths(child)


def children(node: object) -> Iterator[object]:
    """The parts of a syntax tree's node: nodes, and whatever stands in its tuples and mappings."""
    if isinstance(node, Mapping):
        yield from node.values()
    elif isinstance(node, tuple):
        yield from node
    elif is_dataclass(node):
        yield from (getattr(node, one.name) for one in fields(node))


def _path(node: object) -> str | None:
    match node:
        case pst.Var(name=name):
            return name
        case pst.EntityLit(value=value):
            return value.id
        case pst.GetAttr(base=base, attr=attr):
            before = _path(base)
            return None if before is None else f"{before}.{attr}"
    return None


def _readable(text: str) -> str:
    """The `when { … }` of a policy with one condition, without the brackets that the library adds around names."""
    clause = re.search(r"(when|unless) \{.*\}", text, re.DOTALL)
    assert clause is not None, "a single condition is written out as one clause"
    shown, changed = " ".join(clause.group().split()), 1
    while changed:
        shown, changed = re.subn(r"(?<!\w)\(([\w.]+)\)", r"\1", shown)
    return shown
