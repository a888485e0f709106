"""Front matter, Markdown, HTML, and the articles this repository ships."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import Document, ParsedEntry, Person, Rating
from aggregator.parse import html, markdown, text
from aggregator.parse.frontmatter import split

SEEDS = Path(__file__).resolve().parents[2] / "feeds" / "seeds"
READERS = {".txt": text.parse_seed, ".md": markdown.parse_seed, ".html": html.parse_seed}
SEEN = datetime(2026, 11, 23, tzinfo=UTC)


def read(body: str | bytes, name: str = "post.md") -> tuple[ParsedEntry | None, tuple[str, ...]]:
    document = Document(
        body=body if isinstance(body, bytes) else body.encode(), url=f"https://example.org/{name}", name=name
    )
    result = READERS[Path(name).suffix](document, SEEN)
    return result.entry, result.warnings


def entry(body: str | bytes, name: str = "post.md") -> ParsedEntry:
    found, warnings = read(body, name)
    assert found is not None, warnings
    return found


def content(found: ParsedEntry) -> str:
    return found.contents[0].value if found.contents else ""


def front(block: str, body: str = "Body") -> tuple[ParsedEntry | None, tuple[str, ...]]:
    return read(f"---\n{block}\n---\n{body}")


# -- front matter ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_authors", "people"),
    [
        ("author: Jane Doe", [Person(name="Jane Doe")]),
        ("author: Jane Doe <jane@example.org>", [Person(name="Jane Doe", email="jane@example.org")]),
        ("author: {name: Jane, url: https://j.example}", [Person(name="Jane", url="https://j.example")]),
        ("authors: [Jane, {name: John}]", [Person(name="Jane"), Person(name="John")]),
    ],
)
def test_authors_come_in_several_forms(given_authors: str, people: list[Person]) -> None:
    found, warnings = front(given_authors)
    assert found is not None
    assert (list(found.authors), warnings) == (people, ())


@pytest.mark.parametrize("tags", ["tags: [a, 2025, a]", "tags: a, 2025", "tags:\n  - a\n  - '#2025'"])
def test_tags_are_a_list_or_a_line(tags: str) -> None:
    found, _ = front(tags)
    assert found is not None
    assert [each.term for each in found.categories] == ["a", "2025"]


@pytest.mark.parametrize(
    ("block", "kept", "warning"),
    [
        ("tags: [a, {b: c}, d]", ["a", "d"], "post.md:2: tags: 1 item is no word and left out"),
        ("tags:\n  - a\n  - b: c\n  - [d]\n  -", ["a"], "post.md:2: tags: 2 items are no word and left out"),
        ("tags: [" + ", ".join(map(str, range(120))) + "]", [str(n) for n in range(100)], "post.md:2: tags: 120 tags"),
    ],
)
def test_one_bad_item_does_not_cost_the_list(block: str, kept: list[str], warning: str) -> None:
    found, warnings = front(block)
    assert found is not None
    assert [each.term for each in found.categories] == kept
    assert [each[: len(warning)] for each in warnings] == [warning]


def test_one_bad_author_does_not_cost_the_others() -> None:
    found, warnings = front("authors: [Jane, [x], {name: John, age: 3}]")
    assert found is not None
    assert found.authors == (Person(name="Jane"),)
    assert warnings == ("post.md:2: authors: 2 items are no name and left out",)


def test_a_title_that_looks_like_a_number_is_kept_as_written() -> None:
    found, _ = front("title: 1.10")
    assert found is not None
    assert found.title is not None
    assert found.title.value == "1.10"


@pytest.mark.parametrize(
    ("block", "warning"),
    [
        ("titel: x", "post.md:2: unknown key titel has no effect; did you mean title?"),
        ("title: x\ndescription: y", "post.md:3: unknown key description has no effect; did you mean summary?"),
        ("title: x\ntitle: y", "post.md:3: title is set twice; the first counts"),
        ("tags: {a: b}", "post.md:2: tags wants a list of words"),
        ("title: [x]", "post.md:2: title wants text, not a list"),
        ("link: a b", "post.md:2: link wants one address, not 'a b'"),
        ("title: x\nx: &a 1\ny: *a", "post.md:4: aliases (*name) are not allowed in front matter"),
        ("title: " + "[" * 5000, "post.md:2: lists and mappings more than 4 deep are not read"),
        ("x: " + "a" * 20_000, "post.md:2: front matter of 20003 characters; only the first 16384 are read"),
        ("title: 'x", "post.md:"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_article_is_published(block: str, warning: str) -> None:
    found, warnings = front(block)
    assert found is not None
    assert content(found) == "<p>Body</p>"
    assert warnings[0].startswith(warning)


def test_a_tag_makes_no_object() -> None:
    found, _ = front("title: !!python/object/apply:os.getcwd []\nsummary: !!python/name:os.system x")
    assert found is not None
    assert found.summary is not None
    assert found.summary.value == "x"


def test_what_is_right_in_broken_yaml_still_counts() -> None:
    found, warnings = front("title: Aftermath: a year on\ntags: [a, b]\nsummary: *Fine* words\nauthor: [broken")
    assert found is not None
    assert found.title is not None
    assert found.summary is not None
    assert found.title.value == "Aftermath: a year on"
    assert found.summary.value == "*Fine* words"
    assert [each.term for each in found.categories] == ["a", "b"]
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("block", "published"),
    [
        ("draft: true", False),
        ("Draft: yes", False),
        ("draft: maybe", False),
        ("publish_at: next Monday", False),
        ("title: a: b\ndraft: true", False),
        ("draft: false", True),
        ("draft:", True),
        ("publish-at: 2030-01-01", True),
    ],
)
def test_a_draft_or_an_unreadable_time_is_held_back(block: str, published: bool) -> None:
    found, warnings = front(block)
    assert (found is not None) is published
    assert published or warnings


def test_publish_at_is_passed_on() -> None:
    found, _ = front("publish_at: 2030-01-01")
    assert found is not None
    assert found.not_before == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["---\nA rule, and text.\n---\nmore", "+++\nPluses.\n+++\n", "---", "---\n\n", "no fence", ""]
)
def test_a_rule_drawn_by_the_author_is_no_front_matter(text: str) -> None:
    assert split(text, "x.md").body == text
    assert split(text, "x.md").warnings == ()


@pytest.mark.parametrize("line", ["draft: true", "Publish-At: 2030-01-01"])
def test_an_open_block_that_asks_to_wait_is_held_back(line: str) -> None:
    found, warnings = read(f"---\ntitle: x\n{line}\n\nbody")
    assert found is None
    assert warnings[-1] == "post.md: held back until its front matter is put right"
    assert read(f"---\ntitle: x\n\n{line}")[0] is not None, "below an empty line it is text"


TOML = """+++
title = "T"
date = 2026-11-15T14:30:00+01:00
authors = [{name = "Jane", url = "https://j.example"}, "John"]
tags = ["a", 7]
weight = 3
[params]
+++
Body
"""


def test_toml_fills_the_same_keys() -> None:
    found, warnings = read(TOML)
    assert found is not None
    assert found.title is not None
    assert (found.title.value, content(found)) == ("T", "<p>Body</p>")
    assert found.published == datetime(2026, 11, 15, 13, 30, tzinfo=UTC)
    assert found.authors == (Person(name="Jane", url="https://j.example"), Person(name="John"))
    assert [each.term for each in found.categories] == ["a", "7"]
    assert [each[:27] for each in warnings] == ["post.md:6: unknown key weig", "post.md:7: unknown key para"]


@pytest.mark.parametrize(
    ("block", "published"),
    [
        ("draft = true", False),
        ("draft = false", True),
        ('title = "x\ndraft = false', False),
        ('title = "x', True),
        ("title = " + "[" * 5_000, True),
        ("publish_at = 1", False),
    ],
)
def test_a_draft_in_toml_is_published_nowhere_even_where_it_cannot_be_read(block: str, published: bool) -> None:
    found, warnings = read(f"+++\n{block}\n+++\nBody")
    assert (found is not None) is published
    assert found is None or content(found) == "<p>Body</p>"
    assert warnings or block == "draft = false"


def test_an_open_block_is_text_and_named() -> None:
    found = split("---\ntitle: x\n\nbody", "x.md")
    assert found.body.startswith("---")
    assert found.warnings[0].startswith("x.md:1: the front matter is not closed")


def test_identity_is_the_id_else_the_path_with_the_slug() -> None:
    assert entry("x", "a/b.md").raw_id == "a/b.md"
    assert entry("---\nslug: c\n---\nx", "a/b.md").raw_id == "a/c"
    assert entry("---\nslug: c\nid: 'tag:x'\n---\nx", "a/b.md").raw_id == "tag:x"


# -- Markdown --------------------------------------------------------------------------------------------------


def test_markdown_has_tables_strikethrough_footnotes_and_code() -> None:
    found = content(entry("T[^1] ~~s~~\n\n| a |\n|---|\n| 1 |\n\n```py\nx < 1\n```\n\n[^1]: note\n"))
    for piece in ("<s>s</s>", "<td>1</td>", "x &lt; 1", "footnote", "note"):
        assert piece in found


def test_the_first_heading_is_the_title_and_leaves_the_body() -> None:
    found = entry("# The *one* `x`\n\nText\n\n# Another\n")
    assert found.title is not None
    assert found.title.value == "The one x"
    assert content(found) == "<p>Text</p>\n<h1>Another</h1>"


def test_a_heading_the_text_begins_with_is_its_title_whatever_its_level() -> None:
    found = entry("## Second level\n\nText\n")
    assert found.title is not None
    assert (found.title.value, content(found)) == ("Second level", "<p>Text</p>")
    found = entry("Text\n\n## A part\n", "a-name.md")
    assert found.title is not None
    assert (found.title.value, content(found)) == ("A name", "<p>Text</p>\n<h2>A part</h2>")


def test_footnotes_and_tasks_are_shown_without_links_and_form_fields() -> None:
    found = content(entry("A[^1] B[^1]\n\n- [ ] to do\n- [x] done\n- [y] no box\n\n[^1]: note\n"))
    assert "A<sup>[1]</sup> B<sup>[1]</sup>" in found
    assert "href" not in found
    assert "↩" not in found
    for line in ("<li>☐ to do</li>", "<li>☑ done</li>", "<li>[y] no box</li>"):
        assert line in found


@pytest.mark.parametrize("name", ["x.md", "x.txt"])
def test_a_file_too_long_for_an_article_is_named(name: str) -> None:
    found, warnings = read(b"a" * (1024 * 1024 + 1), name)
    assert found is None
    assert warnings == (f"{name}: 1,048,577 bytes, and an article has at most 1,048,576; make several files of it",)


def test_a_heading_other_than_the_title_of_front_matter_stays() -> None:
    found = entry("---\ntitle: Mine\n---\n# Another\n\nText")
    assert content(found).startswith("<h1>Another</h1>")
    assert content(entry("---\ntitle: Mine\n---\n# Mine\n\nText")) == "<p>Text</p>"


def test_html_and_relative_links_in_markdown_pass_through() -> None:
    found = entry("A <b>b</b> [l](x.html) ![p](p.png)", "a/b.md")
    assert "<b>b</b>" in content(found)
    assert 'href="x.html"' in content(found)
    assert found.base == "https://example.org/a/b.md"


def test_two_parses_of_the_same_footnotes_are_alike() -> None:
    assert content(entry("T[^1]\n\n[^1]: note\n")) == content(entry("T[^1]\n\n[^1]: note\n"))


# -- HTML ------------------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="de"><head><title>Foo | Site</title><link rel="canonical" href="https://site.example/foo">
<meta property="og:site_name" content="Site"><meta property="og:title" content="Other">
<script type="application/ld+json">{"@graph": [{"@type": "Organization"}, {"@type": ["NewsArticle"], "headline": "Foo",
"datePublished": "2026-01-01T10:00:00+01:00", "dateModified": "2026-01-02",
"author": [{"name": "A", "url": "https://a.example"}],
"keywords": "a, b", "description": "D.", "image": {"url": "i.png"}}]}</script></head>
<body><nav>NAV</nav><article>short</article><article><header>KICKER<h1>Foo</h1></header><p>Body <b>b</b></p>
<form>FORM</form><script>SCRIPT</script><aside>ASIDE</aside><footer>FOOT</footer></article><footer>FOOT</footer></body></html>"""


def test_a_page_gives_its_facts_and_its_article() -> None:
    found = entry(PAGE, "x.html")
    assert found.title is not None
    assert found.summary is not None
    assert (found.title.value, found.summary.value, found.language, found.attribution) == ("Foo", "D.", "de", "Site")
    assert found.published == datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert found.updated == datetime(2026, 1, 2, tzinfo=UTC)
    assert found.authors == (Person(name="A", url="https://a.example"),)
    assert [each.term for each in found.categories] == ["a", "b"]
    assert (found.links[0].href, found.image) == ("https://site.example/foo", "i.png")
    assert content(found) == "<p>Body <b>b</b></p>"


def test_front_matter_above_a_page_comes_first() -> None:
    found = entry("---\ntitle: Mine\ndate: 2026-02-02\n---\n" + PAGE, "x.html")
    assert found.title is not None
    assert (found.title.value, found.published) == ("Mine", datetime(2026, 2, 2, tzinfo=UTC))
    assert "<h1>Foo</h1>" in content(found)


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>T</title><h1>H</h1><p>x", "H"),
        ("<title>T</title><p>x", "T"),
        ("<meta property=og:title content=O><title>T</title><h1>H</h1><p>x", "O"),
        ("<script type=application/ld+json>{broken</script><title>T</title><p>x", "T"),
        ("<p>x", "A name"),
    ],
)
def test_the_title_of_a_page(page: str, title: str) -> None:
    found = entry(page, "a-name.html")
    assert found.title is not None
    assert found.title.value == title


def test_a_page_that_is_one_form_keeps_its_text() -> None:
    assert "<p>three</p>" in content(entry("<form><p>one</p><p>two</p><p>three</p></form>", "x.html"))


def test_a_page_declares_its_encoding_and_its_base() -> None:
    page = '<meta charset="iso-8859-2"><base href="/pics/"><p>\u0141\xf3d\u017a</p>'
    found, warnings = read(page.encode("iso-8859-2"), "x.html")
    assert found is not None
    assert (content(found), found.base, warnings) == ("<p>Łódź</p>", "https://example.org/pics/", ())


@pytest.mark.parametrize("page", ["", "<nav>x</nav>", "<!-- x -->", "<html><body></body></html>"])
def test_a_page_without_text_publishes_nothing(page: str) -> None:
    found, warnings = read(page, "x.html")
    assert found is None
    assert warnings == ("x.html: nothing to publish, the file has no text",)


# -- all formats -----------------------------------------------------------------------------------------------

yamlish = st.text(alphabet="-:[]{}&*!|>%@`'\"#\n abtitledraftags0", max_size=120)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(st.one_of(st.binary(max_size=300), yamlish.map(lambda each: f"---\ntitle: x\n{each}\n---\nbody".encode())))
@pytest.mark.parametrize("name", ["x.txt", "x.md", "x.html"])
def test_no_bytes_raise(name: str, body: bytes) -> None:
    found, warnings = read(body, name)
    assert found is not None or warnings
    assert all(each.isprintable() and each.startswith(name) for each in warnings)


@pytest.mark.parametrize("body", ["<div>" * 5_000, "[" * 50_000, "*a " * 30_000, "> " * 20_000, "<p " * 30_000])
@pytest.mark.parametrize("name", ["x.md", "x.html"])
def test_deep_and_broken_markup_is_read(name: str, body: str) -> None:
    read(body + "text", name)


# -- the articles shipped here ---------------------------------------------------------------------------------


def shipped() -> dict[str, ParsedEntry | None]:
    found = {}
    for path in sorted(each for each in SEEDS.rglob("*") if each.suffix in READERS):
        name = path.relative_to(SEEDS).as_posix()
        found[name] = read(path.read_bytes(), name)[0]
    return found


def test_every_shipped_article_but_the_draft_is_published_with_a_title() -> None:
    found = shipped()
    assert [name for name, each in found.items() if each is None] == ["drafts/next.md"]
    assert len(found) >= 6


def test_the_shipped_articles_show_what_the_readme_says() -> None:
    found = shipped()
    atom = found["2026-11-02-what-an-atom-id-is-for.md"]
    assert atom is not None
    assert atom.summary is not None
    assert atom.categories
    assert atom.authors
    lighthouse = found["lighthouse-keeps-its-own-almanac.txt"]
    assert lighthouse is not None
    assert lighthouse.attribution == "Vell Sound Courier"
    assert lighthouse.rating == Rating(helpful=41, total=44)
    assert content(lighthouse).count("<p>") == 3
    for gone in ("Share", "barometer", "contact us", "in one feed for a hundred years"):
        assert gone not in content(lighthouse)
    bridge = found["the-bridge-that-counts.html"]
    assert bridge is not None
    assert content(bridge).count("<p>") == 5
    for gone in ("cookie", "Weather", "Share on", "barometer", "newsletter", "Most read", "Privacy", "device"):
        assert gone not in content(bridge)
    window = found["windows/a-feed-is-a-window.md"]
    assert window is not None
    assert window.image == "window-and-folder.png"
    assert (SEEDS / "windows" / "window-and-folder.png").stat().st_size < 30_000
    note = found["note-on-deleting.txt"]
    assert note is not None
    assert note.title is not None
    assert len(note.title.value) <= 100
    readme = (SEEDS.parent / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in readme for name in found)
