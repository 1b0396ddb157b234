"""Where things are on the map: Equal Earth, dots nudged apart, labels where there is room for them. Pure.

Units are those of the drawing: the whole globe is ``WORLD`` wide, x grows to the east from the antimeridian of
``CENTRE``, y grows downwards from the north pole, so that the numbers go straight into SVG. The outlines in
``static/land.svg`` are in the same units (``draw_land.py`` made them with ``project``). Nothing here knows a colour
or a pixel; what lies where is the same in every browser.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from i247sim.vocabulary.parties import AUTHORITY, COMMISSION, CONTROL, HUB, REVIEWER, SECRETARIAT, members

WORLD = 2000
"""Width of the whole globe."""
CENTRE = 11.0
"""The middle meridian, degrees east: the map's edge then runs through the Bering Strait and cuts no country."""
DOT = 5.0
"""Radius of a dot in units of ``View.unit``."""

# Equal Earth: Šavrič, Patterson and Jenny, "The Equal Earth map projection", 2018, equations 1 to 3.
_A = (1.340264, -0.081106, 0.000893, 0.003796)
_WIDEST = math.pi * 2 / math.sqrt(3) / _A[0]
"""x at the equator, 180 degrees from the middle, on a globe of radius 1."""
_SCALE = WORLD / 2 / _WIDEST
_POLE = _A[3] * (math.pi / 3) ** 9 + _A[2] * (math.pi / 3) ** 7 + _A[1] * (math.pi / 3) ** 3 + _A[0] * math.pi / 3

HUB_PLACE = (27.0, -38.0)
"""Where the hub is drawn, in the middle of an ocean: it is nobody's, and refused arcs end there."""
_SEATS: dict[str, tuple[float, float]] = {
    SECRETARIAT: (45.76, 4.84),
    REVIEWER: (45.76, 4.84),
    COMMISSION: (45.76, 4.84),
    "UNSC": (40.75, -73.97),
    "ICC": (52.08, 4.3),
}
_NOWHERE = (-50.0, -32.0)
"""Partners have no country: they stand in a row from here, in the South Atlantic."""
_GAP = 2.2
"""Least distance of two dots, in radii."""
_ROUNDS = 60
_MOST_LABELS = 80
"""With more parties than this, names appear only when a dot is pointed at."""
_FEW, _LARGER = 40, 1.7
"""Up to so many dots are drawn larger by this factor: there is room, and they are what one looks at."""
_SMALLEST_VIEW = 620.0
"""A view is never closer than this: an exercise of three neighbours still shows where on earth they are."""
_ASPECT = 2.05
"""Width by height that a view has at least: the pane on the page is about this shape."""
_FULL = (60.0, 60.0, 1995.0, 880.0)
"""Left, top, right, bottom of the map with all members: from Alaska to Samoa, from Greenland to Cape Horn."""


@dataclass(frozen=True)
class Point:
    """A place in the drawing's units."""

    x: float
    y: float


@dataclass(frozen=True)
class Place:
    """A party's dot and, where there is room, its label."""

    id: str
    x: float
    y: float
    label: Point | None
    """Where the label's baseline begins or ends; ``None``: there is no room for one."""
    anchor: str
    """``start``, ``middle`` or ``end``, as in SVG's ``text-anchor``."""


@dataclass(frozen=True)
class View:
    """The part of the drawing that is shown, and how large things are drawn in it."""

    x: float
    y: float
    width: float
    height: float
    unit: float
    """Factor for sizes: 1 for the whole world with all its members, less the closer the view, more with few dots."""

    @property
    def box(self) -> str:
        """For SVG's ``viewBox``."""
        return f"{self.x:.0f} {self.y:.0f} {self.width:.0f} {self.height:.0f}"


@dataclass(frozen=True)
class Sheet:
    """All that a page needs to draw the map of one exercise."""

    view: View
    places: dict[str, Place]
    hub: Point


def project(lat: float, lon: float) -> Point:
    """Degrees (north and east positive) to the drawing. ``lon`` may be any number of turns off."""
    return project_near(lat, (lon - CENTRE + 180) % 360 - 180 + CENTRE)


def project_near(lat: float, lon: float) -> Point:
    """Like ``project``, but does not wrap: an outline that reaches over the map's edge stays in one piece."""
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    slope = _A[0] + 3 * _A[1] * theta**2 + 7 * _A[2] * theta**6 + 9 * _A[3] * theta**8
    x = 2 / math.sqrt(3) * math.radians(lon - CENTRE) * math.cos(theta) / slope
    y = _A[3] * theta**9 + _A[2] * theta**7 + _A[1] * theta**3 + _A[0] * theta
    return Point(WORLD / 2 + x * _SCALE, (_POLE - y) * _SCALE)


def sheet(parents: Mapping[str, str | None]) -> Sheet:
    """The map of an exercise: ``parents`` names its parties, in the order of drawing, and each one's parent if any.

    Entities and sub-bureaus stand beside their parent; a party without country or parent in a row in the South
    Atlantic. The hub has its own sign and no dot; exercise control and the authority are not in the network.
    """
    listed = [party for party in parents if party not in (HUB, CONTROL, AUTHORITY)]
    homeless = [party for party in listed if _coordinates(party, parents) is None]
    wanted = [
        project(*(_coordinates(party, parents) or (_NOWHERE[0], _NOWHERE[1] + 9 * homeless.index(party))))
        for party in listed
    ]
    hub = project(*HUB_PLACE)
    view = _view([*wanted, hub])
    radius = DOT * view.unit
    spread_out = apart(wanted, _GAP * radius)
    texts = [party if len(listed) <= _MOST_LABELS else "" for party in listed]
    labels = _labels(texts, spread_out, radius)
    places = {
        party: Place(party, round(at.x, 1), round(at.y, 1), *label)
        for party, at, label in zip(listed, spread_out, labels, strict=True)
    }
    return Sheet(view, places, Point(round(hub.x, 1), round(hub.y, 1)))


def apart(wanted: Sequence[Point], gap: float) -> list[Point]:
    """Move points as little as possible until any two are ``gap`` apart. Fixed rounds: always the same answer.

    Points in one place are pulled apart in directions that follow from their order.
    """
    at = [[point.x, point.y] for point in wanted]
    for _ in range(_ROUNDS):
        moved = False
        for i in range(len(at)):
            for j in range(i + 1, len(at)):
                dx, dy = at[j][0] - at[i][0], at[j][1] - at[i][1]
                if abs(dx) >= gap or abs(dy) >= gap:
                    continue
                distance = math.hypot(dx, dy)
                if distance >= gap - 1e-6:
                    continue
                if distance < 1e-6:
                    angle = 2.399963 * (i + j)  # the golden angle: no two directions are alike
                    dx, dy, distance = math.cos(angle), math.sin(angle), 1.0
                    push = gap / 2
                else:
                    push = (gap - distance) / 2
                dx, dy = dx / distance * push, dy / distance * push
                at[i][0], at[i][1] = at[i][0] - dx, at[i][1] - dy
                at[j][0], at[j][1] = at[j][0] + dx, at[j][1] + dy
                moved = True
        if not moved:
            break
    return [Point(x, y) for x, y in at]


def _coordinates(party: str, parents: Mapping[str, str | None]) -> tuple[float, float] | None:
    above: str | None = party
    while above is not None:
        if above in _SEATS:
            return _SEATS[above]
        if (member := members().get(above)) is not None:
            return member.lat, member.lon
        above = parents.get(above)
    return None


def _view(points: Sequence[Point]) -> View:
    left, top, right, bottom = _FULL
    if len(points) > 1:
        pad = 110.0
        left = max(left, min(point.x for point in points) - pad)
        right = min(right, max(point.x for point in points) + pad)
        top = max(top, min(point.y for point in points) - pad)
        bottom = min(bottom, max(point.y for point in points) + pad)
    left, right = _widen(left, right, _SMALLEST_VIEW, _FULL[0], _FULL[2])
    top, bottom = _widen(top, bottom, (right - left) / _ASPECT, _FULL[1], _FULL[3])
    left, right = _widen(left, right, (bottom - top) * _ASPECT, _FULL[0], _FULL[2])
    unit = (right - left) / (_FULL[2] - _FULL[0]) * (_LARGER if len(points) <= _FEW else 1)
    return View(left, top, right - left, bottom - top, unit)


def _widen(low: float, high: float, least: float, floor: float, ceiling: float) -> tuple[float, float]:
    """Grow an interval to both sides until it is ``least`` long, without leaving ``floor`` to ``ceiling``."""
    missing = least - (high - low)
    if missing <= 0:
        return low, high
    low, high = low - missing / 2, high + missing / 2
    if low < floor:
        low, high = floor, min(ceiling, high + floor - low)
    if high > ceiling:
        low, high = max(floor, low - (high - ceiling)), ceiling
    return low, high


def _labels(texts: Sequence[str], dots: Sequence[Point], radius: float) -> list[tuple[Point | None, str]]:
    """For each dot the first of eight sides where its text covers no dot and no other label."""
    size = radius * 3.4  # letters of the map, see `.place text` in the style sheet
    taken = [(dot.x - radius, dot.y - radius, dot.x + radius, dot.y + radius) for dot in dots]
    found: list[tuple[Point | None, str]] = []
    for text, dot in zip(texts, dots, strict=True):
        choice: tuple[Point | None, str] = (None, "start")
        width = len(text) * size * 0.62
        sides = (
            (Point(dot.x + radius * 1.7, dot.y + size * 0.35), "start", 0.0),
            (Point(dot.x - radius * 1.7, dot.y + size * 0.35), "end", -width),
            (Point(dot.x, dot.y - radius * 1.8), "middle", -width / 2),
            (Point(dot.x, dot.y + radius * 1.8 + size * 0.75), "middle", -width / 2),
            *(
                (Point(dot.x + side * radius * 1.3, dot.y + down), anchor, shift)
                for side, anchor, shift in ((1, "start", 0.0), (-1, "end", -width))
                for down in (-radius * 0.9, radius * 0.9 + size * 0.75)
            ),
        )
        for at, anchor, shift in sides if text else ():
            box = (at.x + shift, at.y - size * 0.75, at.x + shift + width, at.y)
            if not any(_meet(box, other) for other in taken):
                taken.append(box)
                choice = (Point(round(at.x, 1), round(at.y, 1)), anchor)
                break
        found.append(choice)
    return found


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
