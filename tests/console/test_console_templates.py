"""What the strict content policy needs of templates, scripts and style sheets, read from the files themselves."""

import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest

from i247sim.console.house import environment
from i247sim.console.pages.access import MOST_CELLS

CONSOLE = Path(str(resources.files("i247sim.console")))
TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
SCRIPTS = sorted((CONSOLE / "static").glob("*.js"))
SHEETS = sorted((CONSOLE / "static").glob("*.css"))
DRAWINGS = sorted((CONSOLE / "static").glob("*.svg"))
SAVED = "report_file.html"
"""The saved report is one file that opens from a disk, so its style stands inside it; it is never a page."""


class Tags(HTMLParser):
    """Start tags with their attributes, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "a script without src"
    assert not re.search(r"\son[a-z]+\s*=", text), "an event handler"
    assert not re.search(r"\sstyle\s*=", text), "a style attribute"
    assert "javascript:" not in text
    if path.name != SAVED:
        assert "<style" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_never_switch_escaping_off(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "|safe" not in text.replace(" ", "")
    assert "autoescape" not in text


@pytest.mark.parametrize("path", TEMPLATES + SHEETS + SCRIPTS + DRAWINGS, ids=lambda path: path.name)
def test_nothing_comes_from_another_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|//[a-z]+\.[a-z]|@import|url\((?!/static/)", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_use_no_sink_that_trusted_types_forbid(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "createContextualFragment",
        "eval(",
        "new Function",
        "srcdoc",
        "setHTMLUnsafe",
    ):
        assert sink not in text, sink
    assert not re.search(r"setTimeout\(\s*[\"'`]", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_attributes_with_values_are_quoted(path: Path) -> None:
    """An unquoted value could be left by a blank in somebody's text."""
    text = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"<[a-z][^<>]*\s[a-z-]+=\{\{", text)


def test_every_template_compiles_and_every_icon_exists() -> None:
    icons = set(re.findall(r'<symbol id="(\w+)"', (CONSOLE / "static/icons.svg").read_text(encoding="utf-8")))
    for path in TEMPLATES:
        environment().get_template(path.name)
        asked = set(re.findall(r'icon\("(\w+)"', path.read_text(encoding="utf-8")))
        assert asked <= icons, path.name
    assert {"read", "locked", "refused", "lost", "queued", "held", "sent", "none"} <= icons


def test_every_class_of_a_sign_has_a_colour() -> None:
    css = (CONSOLE / "static/base.css").read_text(encoding="utf-8")
    for sign in ("read", "locked", "refused", "lost", "queued", "held", "sent", "none"):
        assert f".sign-{sign}" in css


def test_a_page_with_its_scripts_and_styles_is_small() -> None:
    """The budget of a page: at most 300 kB, all told."""
    assert sum(path.stat().st_size for path in SCRIPTS + SHEETS + DRAWINGS) < 200_000


def test_hostile_values_stay_text() -> None:
    parts = environment().get_template("parts.html").module
    evil = "\"><script>alert(1)</script>' onload=x"
    field = {"name": "p.x", "title": evil, "type": "text", "value": evil, "choices": [], "required": True}
    made = [
        parts.field({**field, "unit": None, "help": evil, "error": evil}),  # type: ignore[attr-defined]
        parts.mark("D", evil, "diffusion"),  # type: ignore[attr-defined]
        parts.sign("read", True, evil),  # type: ignore[attr-defined]
        parts.facts([[evil, evil]]),  # type: ignore[attr-defined]
    ]
    for html in map(str, made):
        assert "<script" not in html
        assert evil not in html


@pytest.mark.parametrize(
    "kind", ["text", "area", "choice", "choices", "party", "parties", "duration", "number", "bool", "message", "yaml"]
)
def test_a_field_of_every_type_has_name_label_value_and_error(kind: str) -> None:
    parts = environment().get_template("parts.html").module
    field = {
        "name": "p.some.thing",
        "title": "Some thing",
        "type": kind,
        "value": ["BR"] if kind in ("choices", "parties") else "BR",
        "choices": [{"value": "BR", "title": "Brazil"}, {"value": "NO", "title": "Norway"}],
        "required": True,
        "unit": None,
        "help": "what it is",
        "error": "this is needed",
    }
    seen = Tags()
    seen.feed(str(parts.field(field)))  # type: ignore[attr-defined]
    controls = [
        at for tag, at in seen.found if tag in ("input", "select", "textarea") and at.get("name") == field["name"]
    ]
    assert controls, seen.found
    labels = {at.get("for") for tag, at in seen.found if tag == "label"}
    assert kind == "choices" or controls[0]["id"] in labels
    assert kind == "choices" or controls[0]["aria-invalid"] == "true"
    assert kind == "choices" or set(controls[0]["aria-describedby"].split()) <= {at.get("id") for _, at in seen.found}
    assert "this is needed" in seen.text
    values = [at.get("value") for _, at in seen.found]
    assert ("yes" if kind == "bool" else "BR") in values or "BR" in seen.text


def test_a_matrix_of_the_whole_world_is_a_light_page() -> None:
    """196 bureaus and as many rows as a page may have, every cell read: the heaviest that there can be."""
    cell = {"look": "read", "text": "read", "sign": "read", "alarm": False}
    row = {"key": "FR.1", "href": "?open=message:FR.1", "letter": "R", "notice": "red", "channel": "notice"}
    row |= {"at": "T+00:00:00", "name": "FR#1", "label": None, "cells": [cell] * 198}
    template = environment().get_template("access.html")
    block = template.blocks["main"]
    view = {"rows": [row] * (MOST_CELLS // 198), "parties": [{"id": "FR", "name": "France"}] * 198, "legend": []}
    view |= {"sort": "time", "group": "none", "shown": 40, "total": 40, "alarms": 0, "csv_href": "/access.csv"}
    parts = environment().get_template("parts.html").module
    text = "".join(block(template.new_context({"view": view, "shell": {"may": []}, "drawer": None, "p": parts})))
    assert text.count("<td") == 40 * 198
    assert len(text.encode()) < 250_000, "with the frame around it a page stays below 300 kB"
