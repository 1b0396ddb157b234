"""The map as functions: where things are, that no two dots cover each other, and what its outlines are made of."""

import math
import re
import struct
from importlib import resources
from itertools import combinations

import pytest

from i247sim.console import draw_land
from i247sim.console.map import CENTRE, DOT, WORLD, Place, Point, apart, project, sheet
from i247sim.vocabulary.parties import members

WORLD_OF_MEMBERS = sheet(dict.fromkeys(members()))
LAND = resources.files("i247sim.console").joinpath("static/land.svg").read_text(encoding="utf-8")


def distance(a: Point | Place, b: Point | Place) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)


# What the projection is published with: the poles are lines 0.59 as long as the equator, and the globe is 2.05 times
# as wide as high.
@pytest.mark.parametrize(("lat", "length"), [(0, 1.0), (90, 0.59), (-90, 0.59)], ids=["equator", "north", "south"])
def test_the_poles_are_lines_as_long_as_equal_earth_has_them(lat: float, length: float) -> None:
    west, east = project(lat, CENTRE - 179.999), project(lat, CENTRE + 179.999)
    assert (east.x - west.x) / WORLD == pytest.approx(length, abs=0.005)


def test_the_globe_is_as_wide_by_high_as_equal_earth_has_it() -> None:
    assert project(90, 0).y == pytest.approx(0, abs=1e-9)
    assert WORLD / project(-90, 0).y == pytest.approx(2.05, abs=0.005)


def test_equal_areas_stay_equal() -> None:
    def area(lat: float) -> float:
        a, b, c = project(lat, 0), project(lat + 1, 0), project(lat, 1)
        return abs((b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y))

    assert area(60) / area(0) == pytest.approx(math.cos(math.radians(60.5)) / math.cos(math.radians(0.5)), rel=0.02)


def test_the_middle_meridian_is_in_the_middle_and_turns_do_not_matter() -> None:
    assert project(0, CENTRE).x == WORLD / 2
    assert project(10, -175).x == pytest.approx(project(10, 185).x)
    assert project(64.8, -175.5).x > project(55.75, 37.62).x, "the far east of Russia lies east of Moscow"


def test_no_dot_covers_another_in_the_world_of_all_members() -> None:
    view = WORLD_OF_MEMBERS.view
    closest = min(distance(a, b) for a, b in combinations(WORLD_OF_MEMBERS.places.values(), 2))
    assert closest >= 1.8 * DOT * view.unit


def test_nudging_moves_nobody_far_and_leaves_the_lonely_alone() -> None:
    wanted = {party: project(member.lat, member.lon) for party, member in members().items()}
    moved = {party: distance(wanted[party], place) for party, place in WORLD_OF_MEMBERS.places.items()}
    assert max(moved.values()) < 25
    assert moved["NZ"] < 0.2
    assert 0 < moved["CD"] < 10


def test_points_in_one_place_are_pulled_apart() -> None:
    points = apart([Point(0, 0)] * 4, 10)
    assert min(distance(a, b) for a, b in combinations(points, 2)) >= 9
    assert apart([Point(0, 0)] * 4, 10) == points


def test_everybody_is_inside_the_view() -> None:
    for parties in (list(members()), ["FR", "BR"], ["NZ", "WS", "TO"], ["IS"]):
        found = sheet(dict.fromkeys(parties))
        view = found.view
        for place in found.places.values():
            assert view.x < place.x < view.x + view.width, place
            assert view.y < place.y < view.y + view.height, place


def test_an_entity_stands_beside_its_parent_whatever_its_name_says() -> None:
    found = sheet({"FR": None, "JP": None, "FR-harbour": "JP", "FR-harbour-desk": "FR-harbour"})
    for party in ("FR-harbour", "FR-harbour-desk"):
        assert (
            distance(found.places[party], found.places["JP"]) < 60 < distance(found.places[party], found.places["FR"])
        )


def test_a_partner_without_a_country_still_has_a_place_of_its_own() -> None:
    found = sheet({"FR": None, "XP-airline": None, "XP-bank": None})
    assert distance(found.places["XP-airline"], found.places["XP-bank"]) > 2 * DOT * found.view.unit


def test_control_and_hub_have_no_dot() -> None:
    assert list(sheet(dict.fromkeys(["HUB", "FR", "CONTROL", "AUTHORITY", "IPSG"])).places) == ["FR", "IPSG"]


def test_labels_do_not_cover_each_other_and_give_way_where_there_is_no_room() -> None:
    few = sheet(dict.fromkeys(["FR", "BE", "LU", "DE", "BR", "NO"]))
    assert few.places["BR"].label is not None
    assert few.places["NO"].label is not None
    labels = [place.label for place in few.places.values() if place.label is not None]
    assert min(distance(a, b) for a, b in combinations(labels, 2)) > DOT * few.view.unit
    assert all(place.label is None for place in WORLD_OF_MEMBERS.places.values())


def test_the_land_is_one_silhouette_of_whole_numbers_and_small() -> None:
    assert len(LAND) < 46_000
    assert "Natural Earth" in LAND
    paths = re.findall(r' d="([^"]*)"', LAND)
    assert len(paths) == 176
    for path in paths:
        assert re.fullmatch(r"(M-?\d+ -?\d+l[-\d ]+z)*", path), path[:60]


def test_the_land_lies_under_the_bureaus_that_have_an_outline() -> None:
    """A bureau's dot is inside or beside its own country's box: outlines and dots use the same projection."""
    boxes = {}
    for code, path in re.findall(r'<path id="([A-Z]{2})" d="([^"]*)"', LAND):
        xs, ys = [], []
        for ring in re.findall(r"M(-?\d+) (-?\d+)l([-\d ]+)z", path):
            x, y = int(ring[0]), int(ring[1])
            numbers = [int(n) for n in re.findall(r"-?\d+", ring[2])]
            for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = x + dx, y + dy
                xs.append(x)
                ys.append(y)
        boxes[code] = (min(xs) - 12, min(ys) - 12, max(xs) + 12, max(ys) + 12)
    assert len(boxes) >= 160
    for party, (left, top, right, bottom) in boxes.items():
        at = project(members()[party].lat, members()[party].lon)
        assert left <= at.x <= right, party
        assert top <= at.y <= bottom, party


def test_outlines_are_read_from_a_shapefile_and_drawn_relative() -> None:
    ring = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
    record = struct.pack("<i4d2i", 5, 0, 0, 10, 10, 1, len(ring)) + struct.pack("<i", 0)
    record += b"".join(struct.pack("<2d", *point) for point in ring)
    shp = bytes(100) + struct.pack(">2i", 1, len(record) // 2) + record
    assert list(draw_land.outlines(shp)) == [[ring]]
    assert draw_land.path([ring]) == "M939 487l55 0 0-75-55 0z"


def test_a_shapefile_of_something_else_is_refused() -> None:
    record = struct.pack("<i4d2i", 3, 0, 0, 0, 0, 1, 0) + struct.pack("<i", 0)
    shp = bytes(100) + struct.pack(">2i", 1, len(record) // 2) + record
    with pytest.raises(ValueError, match="expected polygons, found shape type 3"):
        list(draw_land.outlines(shp))
