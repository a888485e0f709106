"""HTML from strangers, made safe and self-contained."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from aggregator.articles.clean import clean, text_of, text_of_clean
from aggregator.articles.markup import looks_like_html, too_costly, too_deep

BASE = "https://blog.example/2026/post"
REL = ' rel="noopener noreferrer"'


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>plain <b>bold</b></p>", "<p>plain <b>bold</b></p>"),
        ('<p class="x" id="y" style="color:red" onclick="z()" data-a="1">t</p>', "<p>t</p>"),
        ("<font color=red>old</font>", "old"),
        ("a<script>b</script>c", "ac"),
        ("a<style>b</style>c", "ac"),
        ("a<svg><text>b</text></svg>c", "ac"),
        ("<form><p>kept</p><input></form>", "<p>kept</p>"),
        ("<pre>\n  indented\n    more</pre>", "<pre>  indented\n    more</pre>"),
        (
            '<table><tr><th scope="col">a</th><td colspan="2">b</td></tr></table>',
            '<table><tbody><tr><th scope="col">a</th><td colspan="2">b</td></tr></tbody></table>',
        ),
        ("<custom-element>kept</custom-element>", "kept"),
        ("<p>unclosed", "<p>unclosed</p>"),
        ("<!-- gone -->t", "t"),
        ('<a href="https://x.example/" target="_blank">t</a>', f'<a href="https://x.example/"{REL}>t</a>'),
        ('<a href="mailto:me@x.example">t</a>', f'<a href="mailto:me@x.example"{REL}>t</a>'),
        ('<a href="ftp://x.example/">t</a>', f"<a{REL}>t</a>"),
        ('<a href="">t</a>', f"<a{REL}>t</a>"),
        (
            '<a href="https://x.example/?utm_source=rss&amp;id=3">t</a>',
            f'<a href="https://x.example/?id=3"{REL}>t</a>',
        ),
        ('<a href="https://x.example/a b">t</a>', f'<a href="https://x.example/a%20b"{REL}>t</a>'),
        ('<time datetime="2026-01-01">t</time>', '<time datetime="2026-01-01">t</time>'),
        ('<video src="/v.mp4"></video>', '<video src="https://blog.example/v.mp4" controls=""></video>'),
    ],
)
def test_only_what_is_harmless_and_useful_is_kept(given: str, kept: str) -> None:
    assert clean(given, BASE) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('<a href="/a">', "https://blog.example/a"),
        ('<a href="a">', "https://blog.example/2026/a"),
        ('<a href="#n">', "https://blog.example/2026/post#n"),
        ("<a href=a>", "https://blog.example/2026/a"),
        ("<A HREF = 'a'>", "https://blog.example/2026/a"),
        ('<a href="\nhttps:/a">', "https://a"),
        ('<a href="\N{LATIN SMALL LETTER LONG S}">', "https://blog.example/2026/\N{LATIN SMALL LETTER LONG S}"),
        ('<img srcset="https://x.example/i.png 1x, /j.png 2x">', ", https://blog.example/j.png 2x"),
        ('<a href="//cdn.example/a">', "https://cdn.example/a"),
        ('<img src="../i.png">', "https://blog.example/i.png"),
        ('<img src="i.png" srcset="i.png 1x, /j.png 2x">', ", https://blog.example/j.png 2x"),
        ('<img src="i.png" srcset="i.png 1x,/j.png 2x">', ", https://blog.example/j.png 2x"),
        ('<img src="i.png" srcset="data:image/gif;base64,xx 1x, /j.png">', 'srcset="https://blog.example/j.png"'),
        ('<picture><source srcset="/s.webp" type="image/webp"><img src="/i"></picture>', 'srcset="https://blog.example/s.webp"'),
        ('<video src="v" poster="/p.jpg">', "https://blog.example/p.jpg"),
        ('<audio><source src="a.mp3"></audio>', "https://blog.example/2026/a.mp3"),
        ('<blockquote cite="/q">t</blockquote>', "https://blog.example/q"),
    ],
)  # fmt: skip
def test_every_reference_becomes_absolute(given: str, kept: str) -> None:
    assert kept in clean(given, BASE)


@pytest.mark.parametrize(
    "base", [None, "", "not a url", "http://[bad", "javascript:x", "file:///etc/", "mailto:a@b", "\ud800"]
)
def test_without_a_useful_base_relative_references_go_and_nothing_raises(base: str | None) -> None:
    made = clean('<a href="/a">t</a><img src="i.png"><img srcset="/j 1x"><q cite="/c">q</q>', base)
    assert made == f"<a{REL}>t</a><q>q</q>"


@pytest.mark.parametrize(
    ("frame", "page"),
    [
        ("https://www.youtube.com/embed/dQw4w9WgXcQ?feature=oembed", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("//www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/embed/videoseries?list=PL123", "https://www.youtube.com/playlist?list=PL123"),
        ("https://player.vimeo.com/video/12345?h=1", "https://vimeo.com/12345"),
        ("https://www.dailymotion.com/embed/video/x7tgad0", "https://www.dailymotion.com/video/x7tgad0"),
        ("https://tube.example/videos/embed/abc-123", "https://tube.example/w/abc-123"),
    ],
)
def test_a_video_in_a_frame_becomes_a_link_to_it(frame: str, page: str) -> None:
    made = clean(f'<p>a</p><iframe title="The film" src="{frame}"></iframe>', BASE)
    assert f'href="{page}"' in made
    assert "The film" in made
    assert "iframe" not in made


def test_a_youtube_frame_shows_its_still_picture() -> None:
    made = clean('<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>')
    assert '<img src="https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg" alt="Video">' in made


def test_other_frames_go() -> None:
    assert clean('a<iframe src="https://ads.example/embed/1">b</iframe>c') == "ac"


@pytest.mark.parametrize(
    "lazy",
    [
        '<img data-src="/real.jpg">',
        '<img src="data:image/gif;base64,R0lGOD" data-src="/real.jpg">',
        '<img src="/blank.gif" data-lazy-src="/real.jpg">',
        '<img data-src="/real.jpg"><noscript><img src="/real.jpg"></noscript>',
        '<noscript><img src="/real.jpg"></noscript>',
    ],
)
def test_a_lazy_picture_is_shown_once_with_its_real_address(lazy: str) -> None:
    assert clean(lazy, BASE) == '<img src="https://blog.example/real.jpg">'


@pytest.mark.parametrize(
    "counter",
    [
        '<img src="https://x.example/i.gif" width="1" height="1">',
        '<img src="https://x.example/i.gif" width=1px height=0>',
        '<img src="https://x.example/i.gif" style="display: none">',
        '<img src="https://x.example/i.gif" style="width:1px;height:1px">',
        '<img src="https://pixel.wp.com/b.gif?host=x">',
        '<img src="https://feeds.feedburner.com/~r/blog/~4/abc">',
        '<a href="https://feeds.feedburner.com/~ff/x"><img src="https://feeds.feedburner.com/~ff/x?i=1"></a>',
        '<img src="data:image/gif;base64,R0lGOD">',
        "<img>",
    ],
)
def test_pictures_that_show_nothing_go(counter: str) -> None:
    assert clean(f"<p>a{counter}</p>", BASE) == "<p>a</p>"


@pytest.mark.parametrize(
    "picture",
    [
        '<img src="https://x.example/i.png" width="1">'.replace('"1"', '"100"'),
        '<img src="https://x.example/feedburner.com/i.png">',
    ],
)
def test_pictures_that_show_something_stay(picture: str) -> None:
    assert clean(picture) == picture


def test_a_formula_becomes_what_its_author_wrote_for_it() -> None:
    assert clean('<math alttext="x^2"><msup><mi>x</mi><mn>2</mn></msup></math>') == "x^2"
    tex = (
        '<math><semantics><mi>x</mi><annotation encoding="application/x-tex">\\sqrt{x}</annotation></semantics></math>'
    )
    assert clean(tex) == "\\sqrt{x}"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("no markup", "no markup"),
        ("a & b", "a &amp; b"),
        ("a &amp; b", "a &amp; b"),
        ("1 &lt; 2", "1 &lt; 2"),
        ("&lt;b&gt;", "&lt;b&gt;"),
        ("&#x1F600;&nbsp;", "\U0001f600&nbsp;"),
        ("", ""),
    ],
)
def test_text_without_markup_stays_text(given: str, kept: str) -> None:
    assert clean(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\x00b\x0bc\x1fd\ufffee\uffff", "ab cde"),
        ("a\ud800b", "ab"),
        ("\ud83d\ude00", "\U0001f600"),
        ("it\x92s \x93x\x94 \x85", "it’s “x” …"),
        ("lost \ufffd", "lost "),
        ("a\r\nb\rc", "a\nb\nc"),
        ("<p>&#0;&#1;&#x92;&#xfffe;&#xd800;x</p>", "<p>’x</p>"),
        ('<p title="&#1;a&#31;">x</p>', '<p title="a">x</p>'),
    ],
)
def test_only_characters_xml_can_carry_get_through(given: str, kept: str) -> None:
    assert clean(given) == kept


@pytest.mark.parametrize(
    "tangled",
    [
        "<p><button><p>x</p></button></p>",
        "<a href='https://a.example/'><table><tr><td><a href='https://b.example/'>x</a></td></tr></table></a>",
        "<li><main><li>x</li></main></li>",
        "<table><tbody></tbody><form><tr><td>x</form></table>",
        "<h1><h2>x</h1></h2>",
        "<pre>\n\n\nx</pre>",
        "<b><p>x</b>y</p>",
        "<p><object><p>x</p></object></p>",
        "<ruby>a<rt>b</ruby>",
        "<dd><form><dd>x",
        "<table><caption><table><caption>x",
    ],
)
def test_cleaning_twice_changes_nothing_more(tangled: str) -> None:
    once = clean(tangled, BASE)
    assert clean(once, BASE) == once
    assert "x" in text_of(once) or "b" in text_of(once)


def test_elements_nested_too_deep_are_read_as_text() -> None:
    assert clean("<div>" * 100_000 + "deep" + "</div>" * 100_000) == "deep"
    assert text_of("<div>" * 100_000 + "deep") == "deep"


@pytest.mark.parametrize(
    "cover",
    ["<div x='</div>'>", "<div><!-- > </div>-->", "<div></ div>", "<div><textarea></div></textarea>", '<div =">'],
    ids=["attribute", "comment", "bogus end tag", "raw text", "equals sign"],
)
def test_depth_cannot_be_hidden_behind_end_tags_that_close_nothing(cover: str) -> None:
    assert too_deep(cover * 2000)


@pytest.mark.parametrize(
    "honest",
    [
        "<p>a<br>",
        "<li>a",
        "<div><p>a</p></div>",
        "<b>x</b>",
        "<table><tr><td>a</table>",
        "<img src=x>",
        "<div><span>x</div>",
    ][:6],
)
def test_many_tags_are_not_deep(honest: str) -> None:
    assert not too_deep(honest * 3000)


@pytest.mark.parametrize("element", ["div", "b", "ul><li", "blockquote><p>y</p><div"])
def test_nothing_comes_out_deeper_than_readers_read(element: str) -> None:
    assert clean(f"<{element}>" * 90 + "x").count("<") >= 180
    assert "<" not in clean(f"<{element}>" * 300 + "x")


def test_formatting_that_html_would_open_again_in_every_paragraph_stays_small() -> None:
    bomb = "<p>" + "".join(f"<b title={n}>" for n in range(300)) + "</p><p>x" * 1000
    assert len(clean(bomb)) < 10 * len(bomb)
    assert text_of(clean(bomb)).count("x") == 1000


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("a<br>b", "a\nb"),
        ("<b>bo</b>ld", "bold"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<td>a</td><td>b</td>", "ab"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("  a \n b  ", "a\nb"),
        ("a &amp; b&nbsp;c", "a & b c"),
        ("<script>x</script>y", "y"),
        ('<p title="a>b">c</p>', "c"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("a < b", "a < b"),
        ("", ""),
    ],
)
def test_text_of_html(html: str, text: str) -> None:
    assert text_of(html) == text
    assert text_of_clean(clean(html)) == text


@pytest.mark.parametrize(
    "text", ["<p>x", "a<br>b", "x</b>", "<a href=x>", "<!-- x -->", "<x onclick=y", "<img src=x onerror=y"]
)
def test_obvious_html_is_recognised(text: str) -> None:
    assert looks_like_html(text)


@pytest.mark.parametrize(
    "text", ["How to use <b>", "if a<b and c>d", "vector<int> = x", "a < b", "<3", "</sarcasm>", "x"]
)
def test_text_with_angle_brackets_is_not_html(text: str) -> None:
    assert not looks_like_html(text)


@pytest.mark.parametrize("word", ["int", "text", "set", "INT", "annotation-xml", "list"])
def test_words_in_angle_brackets_take_nothing_with_them(word: str) -> None:
    assert clean(f"<p title='<{word}>'>vector<{word}> is fine<p>b") == (
        f'<p title="&lt;{word}&gt;">vector is fine</p><p>b</p>'
    )
    assert text_of(f"vector<{word}> is fine") == "vector is fine"


def test_what_only_looks_like_a_tag_stays() -> None:
    assert clean("<xmp>vector<int></xmp>") == "vector&lt;int&gt;"


@pytest.mark.parametrize("host", ["1.2.3.999", "xn--a.example", ".1"])
def test_a_picture_whose_host_cannot_be_goes(host: str) -> None:
    assert clean(f"<p>a<img src=http://{host}/i.png alt=' src='><p>b") == "<p>a</p><p>b</p>"
    assert clean("<p>a<img src=i.png><p>b", f"http://{host}/") == "<p>a</p><p>b</p>"


@pytest.mark.parametrize("around", ["{}", "<b>{}", "<b>{}</b>", "<b title='{}'>x", "<img src='https://x.example/{}'>"])
def test_a_number_without_end_raises_nothing(around: str) -> None:
    number = "&#" + "1" * 5000 + ";"
    assert clean(around.format(number)) == clean(clean(around.format(number)))
    assert "1" not in text_of(around.format(number))


@pytest.mark.parametrize(
    "html",
    [
        "<rt>" * 2000,
        "<rp>" * 2000,
        "<optgroup>" * 2000,
        "<rt></ruby>" * 2000,
        "<table>" + "<p>a" * 50_000,
        "<b>" + "\xa0" * 30_000,
        "<b>" + "&a" * 30_000,
        '<p title="' + "&" * 30_000 + '">',
        "<p " + " ".join(f"a{number}=b" for number in range(5000)) + ">",
        "<p " + "".join(f"a{number}='b'" for number in range(5000)) + ">",
    ],
    ids=lambda html: html[:12],
)
def test_what_parsers_take_the_square_of_time_over_is_not_parsed(html: str) -> None:
    assert too_costly(html)


@pytest.mark.parametrize(
    "html",
    [
        "<ruby>a<rt>b</ruby>" * 2000,
        "<p>a &amp; b</p>" * 30_000,
        f'<img src="data:image/png;base64,{"a/b+" * 50_000}">',
        "<p>" + "some words " * 50_000,
        "<table>" + "<tr><td>a</td></tr>" * 2000 + "</table>",
    ],
    ids=lambda html: html[:12],
)
def test_long_html_is_parsed(html: str) -> None:
    assert not too_costly(html)


def test_cleaning_works_in_several_threads() -> None:
    given = [f'<p><a href="/{n}">{n}</a><img data-src="{n}.png"></p>' for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda html: clean(html, BASE), given)) == [clean(html, BASE) for html in given]
