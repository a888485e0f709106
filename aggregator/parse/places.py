"""Where an entry says something is: GeoRSS (Simple and GML), W3C geo, Podcasting 2.0."""

from __future__ import annotations

import math
import re
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.model import Place
from aggregator.parse import claims
from aggregator.parse.names import Children, attribute, common, content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

COUNT = 20
POINTS = 1000
"""Of one shape: enough for any warning area; a coast line belongs into a file."""

_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_SIMPLE = {"georss:point": "point", "georss:line": "line", "georss:polygon": "polygon", "georss:box": "box"}
_GML = {"gml:point": "point", "gml:linestring": "line", "gml:polygon": "polygon", "gml:envelope": "box"}
_POSITIONS = frozenset({"gml:pos", "gml:poslist", "gml:coordinates", "gml:lowercorner", "gml:uppercorner"})
PLACES = frozenset({*_SIMPLE, "georss:circle", "georss:where", "geo:point", "geo:lat", "podcast:location"})
"""The elements that say something of a place."""
_LEAST = {"point": 1, "line": 2, "polygon": 3, "box": 2, "circle": 1}
_GEO_URI = re.compile(r"geo:([^,;]{1,30}),([^,;]{1,30})", re.IGNORECASE)


def places(given: Children) -> tuple[Place, ...]:
    """The places, each once, in the order GeoRSS, W3C geo, podcast. Coordinates that no place on Earth has are not
    read."""
    return claims.distinct(_all(given))[:COUNT]


def _all(given: Children) -> Iterator[Place | None]:
    name = given.text("georss:featurename")
    elevation = _decimal(given.text("georss:elev"))
    for tag, shape in _SIMPLE.items():
        for each in given.all(tag):
            own = attribute(each, "featurename")  # as an attribute in the GeoRSS of OGC 06-050r3
            yield _place(shape, content(each), own or name, _decimal(attribute(each, "elev")) or elevation)
    for each in given.all("georss:circle"):
        *centre, radius = _numbers(content(each))[:3] or (math.nan,)
        yield _place("circle", " ".join(map(str, centre)), name, elevation, radius)
    for where in given.all("georss:where"):
        for kind, shape in _shapes(where):
            yield _place(kind, _positions(shape), name, elevation)
    for each in given.all("geo:point"):
        yield _w3c(Children(each), name)
    yield _w3c(given, name)
    for each in given.all("podcast:location"):
        found = _GEO_URI.match(attribute(each, "geo") or "")
        yield _place("point", f"{found[1]} {found[2]}" if found else None, content(each), None)


def _w3c(given: Children, name: str | None) -> Place | None:
    latitude, longitude = given.text("geo:lat"), given.text("geo:long", "geo:lon")
    return _place("point", f"{latitude} {longitude}", name, _decimal(given.text("geo:alt")))


def _shapes(within: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The outermost GML shapes and their kinds."""
    for each in within:
        kind = _GML.get(common(each.tag)) if isinstance(each.tag, str) else None
        if kind is not None:
            yield kind, each
        else:
            yield from _shapes(each)


def _positions(shape: etree._Element) -> str:
    """The positions in a GML shape; of a polygon its outer ring, which is the first: its holes are not told."""
    rings = [each for each in shape.iter() if isinstance(each.tag, str) and common(each.tag) == "gml:linearring"]
    within = rings[0] if rings else shape
    said = (
        content(each) or "" for each in within.iter() if isinstance(each.tag, str) and common(each.tag) in _POSITIONS
    )
    return " ".join(islice(said, POINTS))


def _place(
    shape: str, written: str | None, name: str | None, elevation: float | None, radius: float | None = None
) -> Place | None:
    numbers = _numbers(written)[: 2 * POINTS]
    points = tuple(zip(numbers[::2], numbers[1::2], strict=False))
    if len(points) < _LEAST[shape] or len(numbers) % 2:
        return None
    if any(abs(latitude) > 90 or abs(longitude) > 180 for latitude, longitude in points):
        return None
    if shape == "circle" and (radius is None or not radius > 0):
        return None
    return Place(
        shape=shape,
        points=points[:1] if shape == "point" else points,
        radius=radius,
        elevation=elevation,
        name=name,
    )


def _numbers(written: str | None) -> list[float]:
    """The numbers, parted by white space (GeoRSS) or commas (what many write); none where a word is among them."""
    words = (written or "")[: 50 * POINTS].replace(",", " ").split()
    return [float(each) for each in words] if all(_NUMBER.fullmatch(each) for each in words) else []


def _decimal(written: str | None) -> float | None:
    numbers = _numbers(written)
    return numbers[0] if len(numbers) == 1 else None
