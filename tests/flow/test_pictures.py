"""Pictures beside local articles, from the file an author drops to the address a reader loads."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from hashlib import sha256


def png(shade: int) -> bytes:
    """A picture of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes([0, shade])))
        + chunk(b"IEND", b"")
    )


def put(place, name: str, body: bytes) -> None:
    path = place.folder / "seeds" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def address(place, body: bytes, ending: str = "png") -> str:
    return f"http://127.0.0.1:{place.port}/media/{sha256(body).hexdigest()[:32]}.{ending}"


def media(place) -> dict[str, bytes]:
    return {path: body for path, body in place.published.items() if path.startswith("media/")}


def test_a_picture_beside_an_article_is_published_with_it(place) -> None:
    place.configure("seeds")
    one, two = png(1), png(2)
    put(place, "trip/Über Nacht.png", one)
    put(place, "pictures/lead.png", two)
    put(place, "unseen.png", png(3))
    place.seed(
        "trip/day.md",
        "---\nimage: ../pictures/lead.png\n---\n# A day\n\nText ![The quay](<Über Nacht.png>) and more.\n",
    )
    place.run("once")
    (entry,) = place.feed().entries
    assert f'<img alt="The quay" src="{address(place, one)}" />' in entry.content[0].value
    (enclosure,) = entry.enclosures
    assert (enclosure.href, enclosure.type, enclosure.length) == (address(place, two), "image/png", str(len(two)))
    assert sorted(media(place).values()) == sorted([one, two]), "only what is shown, byte for byte"


def test_a_changed_picture_or_a_moved_site_gives_the_article_a_new_reference(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText ![x](p.png)\n")
    put(place, "p.png", png(1))
    place.run("once", "--all")
    put(place, "p.png", png(200))
    (row, _) = place.json_lines("once", "--all")
    assert (row["new"], row["updated"]) == (0, 0)  # another picture of the same place is no edit of the text
    (entry,) = place.feed().entries
    assert address(place, png(200)) in entry.content[0].value
    assert address(place, png(1)) not in entry.content[0].value

    place.configure("seeds", site="{title: T, url: 'https://planet.example/', id: 'tag:test.example,2026:planet'}")
    place.run("once", "--all")
    (entry,) = place.feed().entries
    assert 'src="https://planet.example/media/' in entry.content[0].value


def test_what_is_no_picture_of_the_folder_is_left_out_and_named(place) -> None:
    place.configure("seeds")
    secret = place.folder / "secret.png"
    secret.write_bytes(png(9))
    (place.folder / "seeds").mkdir()
    (place.folder / "seeds" / "link.png").symlink_to(secret)
    put(place, "page.png", b"<script>alert(1)</script>")
    put(place, "draw.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    put(place, "huge.png", png(1) + bytes(5 * 1024 * 1024))
    names = ("link.png", "page.png", "draw.svg", "huge.png", "gone.png", "../secret.png")
    place.seed("a.md", "# A\n\n" + "\n\n".join(f"Text ![x]({each})" for each in names))
    place.run("once")
    (entry,) = place.feed().entries
    assert "<img" not in entry.content[0].value
    assert media(place) == {}
    (article,) = json.loads(place.run("list", "--json").stdout)
    said = "\n".join(article["warnings"])
    assert all(f"the picture '{each}' is left out" in said for each in names)


def test_copies_that_were_lost_are_made_again(place) -> None:
    place.configure("seeds")
    place.seed("a.md", "# A\n\nText ![x](p.png)\n")
    put(place, "p.png", png(1))
    place.run("once", "--all")
    before = place.published
    shutil.rmtree(place.folder / "feeds" / "public")
    place.run("once", "--all")
    assert place.published == before
    (row, _) = place.json_lines("once", "--all")
    assert row["code"] == "not_modified"
