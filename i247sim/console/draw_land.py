"""Draws ``static/land.svg`` from Natural Earth's 1:110m countries (public domain). Run by hand, once.

The source is a folder inside one wheel, which is never a dependency:

    pip download --no-deps geopandas==0.14.4
    python -m i247sim.console.draw_land geopandas-0.14.4-py3-none-any.whl i247sim/console/static/land.svg

A shapefile is fixed binary records (ESRI Shapefile Technical Description, 1998), a dBase table likewise, so the
standard library is enough. Every country becomes one path with whole numbers, relative to the last point. Drawn
together, in one colour and without lines, they are one silhouette that takes no side in any dispute about borders;
one alone is drawn as an outline while its bureau is selected. Antarctica has no bureau and is left out.
"""

import struct
import sys
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from i247sim.console.map import CENTRE, WORLD, project_near
from i247sim.vocabulary.parties import members

_FOLDER = "geopandas/datasets/naturalearth_lowres/naturalearth_lowres"
_POLYGON = 5


def outlines(shp: bytes) -> Iterator[list[list[tuple[float, float]]]]:
    """Per record of a polygon shapefile its rings, as lists of (longitude, latitude). Raises ``ValueError``."""
    at = 100
    while at < len(shp):
        (length,) = struct.unpack(">i", shp[at + 4 : at + 8])
        record = shp[at + 8 : at + 8 + 2 * length]
        at += 8 + 2 * length
        kind, parts, points = struct.unpack("<i32x2i", record[:44])
        if kind != _POLYGON:
            raise ValueError(f"expected polygons, found shape type {kind}")
        starts = [*struct.unpack(f"<{parts}i", record[44 : 44 + 4 * parts]), points]
        numbers = struct.unpack(f"<{2 * points}d", record[44 + 4 * parts : 44 + 4 * parts + 16 * points])
        yield [[(numbers[2 * k], numbers[2 * k + 1]) for k in range(first, end)] for first, end in pairwise(starts)]


def table(dbf: bytes) -> list[dict[str, str]]:
    """The rows of a dBase table, all values as text."""
    rows, head, width = struct.unpack("<IHH", dbf[4:12])
    fields = []
    for at in range(32, head - 1, 32):
        fields.append((dbf[at : at + 11].split(b"\0")[0].decode(), dbf[at + 16]))
    found = []
    for number in range(rows):
        at = head + number * width + 1
        row = {}
        for name, size in fields:
            row[name] = dbf[at : at + size].decode("latin-1").strip()
            at += size
        found.append(row)
    return found


def path(rings: list[list[tuple[float, float]]]) -> str:
    """The rings as SVG path data."""
    drawn = []
    for ring in rings:
        # A ring goes to the side of the map's edge on which most of it lies, and stays in one piece.
        middle = sum(lon for lon, _ in ring) / len(ring)
        turn = 360.0 if middle < CENTRE - 180 else 0.0
        points = [project_near(lat, lon + turn) for lon, lat in ring]
        whole = [(round(point.x), round(point.y)) for point in points]
        steps = [(x - a, y - b) for (a, b), (x, y) in pairwise(whole) if (x, y) != (a, b)]
        if len(steps) < 3:
            continue
        text = f"M{whole[0][0]} {whole[0][1]}l"
        for x, y in steps[:-1]:  # the last step is what `z` does
            text += ("" if text[-1] == "l" or x < 0 else " ") + f"{x}" + ("" if y < 0 else " ") + f"{y}"
        drawn.append(text + "z")
    return "".join(drawn)


def main(wheel: Path, out: Path) -> None:
    """Read the wheel, write the drawing."""
    with zipfile.ZipFile(wheel) as archive:
        shapes = list(outlines(archive.read(f"{_FOLDER}.shp")))
        rows = table(archive.read(f"{_FOLDER}.dbf"))
    # The table has three-letter codes; the members' table has two: they are matched by name, once, here.
    drawn = []
    for row, rings in zip(rows, shapes, strict=True):
        if row["name"] == "Antarctica":
            continue
        code = _code(row)
        drawn.append(f'<path{f" id={chr(34)}{code}{chr(34)}" if code else ""} d="{path(rings)}"/>')
    text = "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WORLD} 973">',
            "<!-- Made with Natural Earth. Outlines show who is in control, not who claims; no borders are drawn. -->",
            '<g id="land">',
            *drawn,
            "</g></svg>",
            "",
        ]
    )
    out.write_text(text, encoding="utf-8")


_OTHER_NAMES = {
    "Bosnia and Herz.": "BA",
    "Brunei": "BN",
    "Central African Rep.": "CF",
    "Congo": "CG",
    "Czechia": "CZ",
    "Côte d'Ivoire": "CI",
    "Dem. Rep. Congo": "CD",
    "Dominican Rep.": "DO",
    "Eq. Guinea": "GQ",
    "Gambia": "GM",
    "Laos": "LA",
    "Macedonia": "MK",
    "Moldova": "MD",
    "North Macedonia": "MK",
    "Palestine": "PS",
    "Russia": "RU",
    "S. Sudan": "SS",
    "Solomon Is.": "SB",
    "South Korea": "KR",
    "Syria": "SY",
    "Tanzania": "TZ",
    "Timor-Leste": "TL",
    "Turkey": "TR",
    "United States of America": "US",
    "Vietnam": "VN",
    "eSwatini": "SZ",
}


def _code(row: dict[str, str]) -> str:
    if row["name"] in _OTHER_NAMES:
        return _OTHER_NAMES[row["name"]]
    return next((member.id for member in members().values() if member.name == row["name"]), "")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
