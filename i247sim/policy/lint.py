"""Checking a scenario's own rules before they join the book: they may forbid more, and nothing else.

Found are: what does not parse or does not fit the schema; a permit, a template; a scope that is not typed; a rule
without a condition or with one that is constant; missing, taken, unknown or wrong labels; words that are not in the
vocabulary (such a rule would never fire). Not found are two conditions that contradict each other.
"""

import re
from collections.abc import Iterator, Sequence

import cedarpy
from cedarpy import pst

from i247sim.policy.bounds import too_much
from i247sim.policy.facts import Consent, Emergency, Review
from i247sim.policy.rulebook import children, in_file_order, packaged, paths, rule_of
from i247sim.vocabulary.decisions import Code, Outcome
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.kinds import Channel, Kind
from i247sim.vocabulary.messages import Database, Handling, NoticeType, Operation, Purpose, Suite
from i247sim.vocabulary.parties import Role, State

MAX_RULES = 200
"""How many rules a scenario may add: so many times 195 addressees are still decided in well under a second."""

STEP_OF_CODE = {Code.STATE: 4, Code.RIGHTS: 5, Code.PURPOSE: 6, Code.ADDR: 7, Code.CLASS: 8, Code.RESTRICT: 9}
"""The codes that a scenario's rule may give, and the hub's step of each. The others say something about the log,
about a receiver or about a failure, which a scenario cannot."""

_ID = re.compile(r"[A-Z][A-Z0-9-]{2,40}")
_LABELS = frozenset({"id", "step", "cite", "code", "explain", "outcome"})
_MAX_LABEL = 200

VOCABULARY: dict[str, frozenset[str]] = {
    "role": frozenset(Role),
    "channel": frozenset(Channel),
    "kind": frozenset(Kind),
    "purpose": frozenset(Purpose),
    "notice_type": frozenset(NoticeType) | {""},
    "database": frozenset(Database) | {""},
    "operation": frozenset(Operation) | {""},
    "suite": frozenset(Suite),
    "review": frozenset(Review),
    "handling": frozenset(Handling),
    "consent": frozenset(Consent),
    "emergency": frozenset(Emergency),
    "measures": frozenset(State),
}
"""The closed lists behind the text attributes, by the attribute's name."""


def lint(texts: Sequence[str]) -> list[str]:
    """All problems of a scenario's rules, each with its place; empty if they may be added. Never raises.

    ``texts``: Cedar texts, as for ``Rulebook.load(extra)``.
    """
    own, schema = packaged()
    names = {template.annotations["id"] for _, text in own for _, template in _rules(cedarpy.PolicySet.from_str(text))}
    problems: list[str] = []
    count = 0
    for position, text in enumerate(texts, 1):
        where = f"text {position}"
        if said := too_much(text):
            problems.append(f"{where}: {said}")
            continue
        try:
            parsed = cedarpy.PolicySet.from_str(text)
            templates = parsed.to_pst().templates
            rules = _rules(parsed)
        except ValueError as error:
            problems.append(f"{where}: does not parse: {error}")
            continue
        count += len(rules)
        places = {
            policy_id: f"{where}, rule {number} `{template.annotations.get('id') or 'without id'}`"
            for number, (policy_id, template) in enumerate(rules, 1)
        }
        problems += [f"{where}: a template, expected a rule without `?principal` and `?resource`" for _ in templates]
        if not rules and not templates:
            problems.append(f"{where}: no rule in it")
        for policy_id, template in rules:
            problems += [f"{places[policy_id]}: {problem}" for problem in _problems(template, names)]
            names.add(template.annotations.get("id") or "")
        for found in cedarpy.validate_policies(text, schema).errors:
            problem = found.error.removeprefix(f"for policy `{found.policy_id}`, ")
            problems.append(f"{places.get(found.policy_id, where)}: {problem}")
    if count > MAX_RULES:
        problems.append(f"{count} rules, more than the limit of {MAX_RULES}")
    return problems


def unknown_words(template: pst.Template) -> list[str]:
    """Texts that a rule compares with an attribute whose closed list does not hold them: such a test never holds."""
    return [
        f"`{word}` is not a {attribute.replace('_', ' ')}"
        for clause in template.clauses
        for attribute, word in _comparisons(clause.expr)
        if word not in VOCABULARY[attribute]
    ]


def _rules(parsed: cedarpy.PolicySet) -> list[tuple[str, pst.Template]]:
    return in_file_order(parsed.to_pst())


def _problems(template: pst.Template, names: set[str]) -> Iterator[str]:
    if template.effect != "forbid":
        yield "a permit, expected `forbid`: a scenario only forbids"
    if not _is_party(template.principal):
        yield "expected `principal is Party` or one party"
    if template.resource != pst.ScopeIs(pst.EntityType("Message")):
        yield "expected `resource is Message`"
    if not template.clauses:
        yield "no condition, expected at least one `when` or `unless`"
    for number, clause in enumerate(template.clauses, 1):
        if not any(True for _ in paths(clause.expr)) or _has_constant(clause.expr):
            party = 'a rule about one party begins with `principal == Party::"FR"`'
            yield f"condition {number} asks about no attribute, or holds a literal `true` or `false`; {party}"
    yield from unknown_words(template)
    yield from _label_problems(template, names)


def _label_problems(template: pst.Template, names: set[str]) -> Iterator[str]:
    labels = template.annotations
    name = labels.get("id") or ""
    if name in names and name:
        yield f"the id `{name}` is taken"
    if name and not _ID.fullmatch(name):
        yield f"the id `{name:.60}` is not of the form `EX-NO-FORENSIC`"
    for label in sorted(set(labels) - _LABELS):
        yield f"unknown label `@{label}`"
    for label in sorted(set(labels) & _LABELS):
        if len(labels[label]) > _MAX_LABEL or not labels[label].isprintable():
            yield f"`@{label}` is not one line of at most {_MAX_LABEL} characters"
    if template.effect == "forbid":
        allowed = ", ".join(STEP_OF_CODE)
        code = next((code for code in STEP_OF_CODE if code == labels.get("code")), None)
        if code is None:
            yield f"`@code` is `{labels.get('code', '')}`, expected one of {allowed}"
        elif labels.get("step", "").isdecimal() and int(labels["step"]) != STEP_OF_CODE[code]:
            yield f"`@step` is `{labels['step']}`, expected {STEP_OF_CODE[code]} for {code}"
        if labels.get("outcome", Outcome.REFUSED) == Outcome.HELD and code is not Code.STATE:
            yield f"only a rule with {Code.STATE} may hold"
    try:
        rule_of(template)
    except InputError as error:
        yield str(error)


def _is_party(scope: pst.PrincipalOrResourceConstraint) -> bool:
    match scope:
        case pst.ScopeIs(entity_type=kind) | pst.ScopeIsIn(entity_type=kind):
            return kind == pst.EntityType("Party")
        case pst.ScopeEq(entity=pst.EntityUid(type=kind)) | pst.ScopeIn(entity=pst.EntityUid(type=kind)):
            return kind == pst.EntityType("Party")
    return False


def _has_constant(node: object) -> bool:
    return isinstance(node, pst.BoolLit) or any(_has_constant(child) for child in children(node))


def _comparisons(node: object) -> Iterator[tuple[str, str]]:
    """(attribute, text) wherever a text is compared with, or looked up in, an attribute with a closed list."""
    if isinstance(node, pst.BinaryOp):
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, pst.GetAttr) and one.attr in VOCABULARY:
                yield from ((one.attr, word) for word in _texts(other))
    for child in children(node):
        yield from _comparisons(child)


def _texts(node: object) -> Iterator[str]:
    match node:
        case pst.StringLit(value=value):
            yield value
        case pst.Set(elements=elements):
            for element in elements:
                yield from _texts(element)
