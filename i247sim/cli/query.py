"""``i247sim query``: a look into the databases of a run, finished or under way."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from i247sim.cli.screen import document, printable, results, talk
from i247sim.cli.signs import clocked
from i247sim.exercise.aftermath import databases_after
from i247sim.exercise.expected import expected
from i247sim.exercise.folder import RunFolder
from i247sim.exercise.loader import load
from i247sim.exercise.lookup import answer, registers
from i247sim.exercise.steering import is_running, order
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.messages import Database
from i247sim.vocabulary.queries import Query
from i247sim.vocabulary.record_ids import PREFIX_OF

_SUGGESTS = {
    "family_name": Database.NOMINAL,
    "document": Database.BORDER,
    "vin": Database.SMV,
    "plate": Database.SMV,
    "serial": Database.FIREARMS,
    "title": Database.ART,
}
"""Which database a field suggests, where `--in` does not say."""
_OPTION = {one: f"--{one}" for one in (*_SUGGESTS, "record")} | {"family_name": "--name", "forename": "--name"}
"""By which option a field was given."""


@dataclass(frozen=True)
class Question:
    """What was asked on the command line."""

    database: str | None
    name: str | None
    born: str | None
    document: str | None
    vin: str | None
    plate: str | None
    serial: str | None
    title: str | None
    record: str | None
    looks: str | None
    hits: bool

    def query(self) -> Query | None:
        """The query, or ``None`` if nothing is searched for. Raises ``InputError``."""
        fields: dict[str, Any] = {"vin": self.vin, "plate": self.plate, "serial": self.serial, "title": self.title}
        if self.name is not None:
            family_name, _, forename = self.name.partition(",")
            fields |= {"family_name": family_name.strip(), "forename": forename.strip() or None}
        elif self.born is not None:
            raise InputError("`--born` goes with `--name`")
        fields |= {"born": self.born, "record": self.record}
        if self.document is not None:
            country, mark, number = self.document.partition(":")
            if not mark:
                raise self._no_document()
            fields["document"] = {"country": country, "number": number}
        fields = {key: value for key, value in fields.items() if value is not None}
        if not fields:
            return None
        try:
            return Query.model_validate({"database": self._database(fields), **fields})
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "the question"
            if place.startswith("document"):
                raise self._no_document() from None
            if place == "born":
                raise InputError(f"`--born` is `{self.born}`; expected a date like `1984-05-17`, or the year") from None
            raise InputError(f"`{_OPTION.get(place, place)}`: {expected(error.errors()[0])}") from None

    def _no_document(self) -> InputError:
        return InputError(f"`--document` is `{self.document}`; expected country and number, like `PT:EXP0000017`")

    def _database(self, fields: dict[str, Any]) -> str:
        if self.database is not None:
            if self.database not in list(Database):
                raise InputError(f"`--in` is `{self.database}`; expected one of {', '.join(Database)}")
            return self.database
        if self.record is not None:
            return _holds(self.record)
        return next(_SUGGESTS[key] for key in fields if key in _SUGGESTS)


def _holds(record: str) -> Database:
    """The database that a record is in, by its id."""
    prefix = record.partition("-")[0]
    for database, its in PREFIX_OF.items():
        if its == prefix:
            return database
    raise InputError(f"`{record}` is no record; expected an id like `NOM-000001`")


def show(folder: Path, viewer: str | None, question: Question, records: Path | None, as_json: bool) -> int:
    """Ask and print. Raises ``InputError``, ``NetworkFailed``."""
    query = question.query()
    listing = question.hits or question.looks is not None
    if (query is None) != listing:
        things = "a search, `--record ID`, `--looks ID` or `--hits`"
        raise InputError(f"ask for one thing: {things}; see `i247sim query --help`")
    if question.looks is not None:
        _holds(question.looks)
    if listing and viewer is not None:
        raise InputError("the registers are the secretariat's; leave out `--as`")
    found = _ask(folder, viewer, query, question.looks, records)
    if as_json:
        document(found)
    elif query is None:
        _print_registers(found, question.looks, load(RunFolder.open(folder).scenario).start)
    else:
        _print_result(found, load(RunFolder.open(folder).scenario).start)
    return 0


def _ask(folder: Path, viewer: str | None, query: Query | None, record: str | None, records: Path | None) -> Any:
    asked = None if query is None else query.plain()
    if is_running(folder):
        arguments = {"viewer": viewer, "query": asked, "record": record}
        return asyncio.run(order(folder, "query", arguments))
    place = databases_after(folder, records)
    if not place.faithful:
        talk().print(
            "the run cannot be told again exactly (a person wrote at a desk, or it is of another version): "
            "these databases may differ from the run's"
        )
    if query is None:
        return registers(place, record)
    return answer(place, viewer, query).plain()


def _print_result(found: dict[str, Any], start: datetime) -> None:
    screen = results()
    screen.out(f"{found['finding']}, as of {clocked(found.get('as_of', '?'), start)}")
    for problem in found.get("problems", ()):
        screen.out(f"  {printable(problem)}")
    for hit in found["hits"]:
        matched = ", ".join(hit["matched"])
        screen.out(f"{hit['record']} of {hit['owner']}, {hit['score']} %: {matched}")
        screen.out(f"  {printable(hit['summary'])}")
        screen.out(f"  {printable(hit['instruction'])}")
    for key, value in _flat(found.get("whole", {})):
        screen.out(f"  {key:<24} {printable(str(value))}")
    if found.get("more"):
        screen.out(f"and {found['more']} more: ask more precisely")


def _flat(value: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for key, one in value.items():
        if isinstance(one, dict):
            lines += _flat(one, f"{above}{key}.")
        elif isinstance(one, list) and one and isinstance(one[0], dict):
            for number, each in enumerate(one, 1):
                lines += _flat(each, f"{above}{key}.{number}.")
        elif one not in (None, [], ""):
            lines.append((f"{above}{key}", ", ".join(map(str, one)) if isinstance(one, list) else one))
    return lines


def _print_registers(found: dict[str, Any], record: str | None, start: datetime) -> None:
    screen = results()
    if record is not None:
        for look in found["looks"]:
            saw = ("the whole record" if look["whole"] else "its summary") if look["shown"] else "nothing (restricted)"
            by = f" (officer {look['officer']})" if look["officer"] else ""
            why = f"{look['query']}, {look['purpose']}, " + (f"case {look['case']}" if look["case"] else "no case")
            said = f" ({printable(look['asked'])})" if look["asked"] else ""
            screen.out(f"{clocked(look['time'], start)} {look['querier']}{by} saw {saw}: {why}{said}")
        if not found["looks"]:
            screen.out(f"nobody has looked at {printable(record)}")
        return
    for hit in found["hits"]:
        line = f"{clocked(hit['time'], start)} {hit['record']} of {hit['owner']} by {hit['querier']} ({hit['query']})"
        screen.out(f"{line}: {hit['kind']}, {hit['state']}")
    if not found["hits"]:
        screen.out("no hits")
