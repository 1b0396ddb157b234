"""Every colour against what it stands on, in both themes, computed as WCAG 2.2 does (relative luminance)."""

import re
from importlib import resources
from itertools import product

import pytest

STATIC = resources.files("i247sim.console").joinpath("static")
TOKENS = STATIC.joinpath("tokens.css").read_text(encoding="utf-8")
THEMES = ("light", "dark")

Colour = tuple[float, float, float]


def colours(theme: str) -> dict[str, Colour]:
    found = {}
    for name, value in re.findall(r"--([a-z-]+): ([^;]+);", TOKENS):
        pair = re.fullmatch(r"light-dark\((#\w+), (#\w+)\)", value)
        text = pair[1 + THEMES.index(theme)] if pair else value
        if re.fullmatch(r"#[0-9a-f]{6}", text):
            found[name] = (int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255)
    return found


def contrast(a: Colour, b: Colour) -> float:
    def luminance(colour: Colour) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (x * share + y * (1 - share) for x, y in zip(a, b, strict=True))
    return red, green, blue


OUTCOMES = ("read", "locked", "refused", "lost", "queued")
GROUNDS = ("page", "panel", "raised")


@pytest.mark.parametrize(("theme", "ground"), list(product(THEMES, GROUNDS)))
@pytest.mark.parametrize("token", ["text", "quiet", "action", *OUTCOMES])
def test_text_is_legible_on_every_ground(theme: str, token: str, ground: str) -> None:
    known = colours(theme)
    assert contrast(known[token], known[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_main_button_and_the_count_of_faults_are_legible(theme: str) -> None:
    known = colours(theme)
    assert contrast(known["on-action"], known["action"]) >= 4.5
    assert contrast((1, 1, 1) if theme == "light" else known["page"], known["lost"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", [*OUTCOMES, "action"])
def test_arcs_and_dots_stand_out_from_sea_and_from_land(theme: str, token: str) -> None:
    known = colours(theme)
    assert contrast(known[token], known["sea"]) >= 3
    assert contrast(known[token], known["land"]) >= 3


@pytest.mark.parametrize(("theme", "ground"), list(product(THEMES, GROUNDS)))
def test_the_edges_of_fields_and_buttons_are_visible(theme: str, ground: str) -> None:
    known = colours(theme)
    assert contrast(known["edge"], known[ground]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", [*OUTCOMES, "action"])
def test_signs_are_legible_on_the_tint_of_their_cell(theme: str, token: str) -> None:
    css = STATIC.joinpath("console.css").read_text(encoding="utf-8")
    cell = "sent" if token == "action" else token
    share = re.search(rf"\.grid td[:.(a-z]*\b{cell}\b[^{{]*{{[^}}]*var\(--{token}\) (\d+)%", css)
    assert share is not None
    known = colours(theme)
    tint = mix(known[token], known["panel"], int(share[1]) / 100)
    assert contrast(known["text"], tint) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", ["locked", "action"])
def test_text_is_legible_on_bands_and_chosen_rows(theme: str, token: str) -> None:
    css = "".join(STATIC.joinpath(f"{name}.css").read_text(encoding="utf-8") for name in ("seat", "console"))
    shares = [int(share) for share in re.findall(rf"srgb, var\(--{token}\) (\d+)%, var\(--panel\)", css)]
    known = colours(theme)
    assert shares
    for share in shares:
        if share < 50:  # the bars of the timeline hold no text
            assert contrast(known["text"], mix(known[token], known["panel"], share / 100)) >= 4.5


INKS = {
    "red": (1.0, 1.0, 1.0),
    "blue": (1.0, 1.0, 1.0),
    "green": (1.0, 1.0, 1.0),
    "yellow": (0.0, 0.0, 0.0),
    "black": (1.0, 1.0, 1.0),
    "orange": (0.0, 0.0, 0.0),
    "purple": (1.0, 1.0, 1.0),
    "silver": (0.0, 0.0, 0.0),
    "un-special": (1.0, 1.0, 1.0),
}


@pytest.mark.parametrize("notice", INKS)
def test_the_letter_of_a_notice_is_legible_on_its_square(notice: str) -> None:
    assert contrast(INKS[notice], colours("light")[notice]) >= 4.5
    css = STATIC.joinpath("base.css").read_text(encoding="utf-8")
    ink = re.search(rf"\.mark-{notice} {{[^}}]*; color: (#\w+)", css)
    assert ink is not None
    assert ink[1] == ("#fff" if INKS[notice][0] else "#000")


@pytest.mark.parametrize("ink", ["ffffff", "33ff00", "ffc000", "ff2b2b"])
def test_the_letters_of_tlp_labels_are_legible_on_black(ink: str) -> None:
    assert f"color: #{ink}" in STATIC.joinpath("base.css").read_text(encoding="utf-8").replace("#fff;", "#ffffff;")
    red, green, blue = (int(ink[k : k + 2], 16) / 255 for k in (0, 2, 4))
    assert contrast((red, green, blue), (0, 0, 0)) >= 4.5


def test_no_style_sheet_but_the_tokens_invents_a_colour() -> None:
    """Fixed colours elsewhere are only black, white, greys of a shadow, and what TLP prescribes."""
    allowed = {"#fff", "#000", "#ffffff", "#0d1319", "#0d131999", "#8a97a3", "#33ff00", "#ffc000", "#ff2b2b"}
    for name in ("base", "console", "map", "seat", "print"):
        css = STATIC.joinpath(f"{name}.css").read_text(encoding="utf-8")
        assert set(re.findall(r"#[0-9a-f]{3,8}\b", css)) <= allowed, name
