"""Text as a reader sees it, and what makes two links the same page."""

from __future__ import annotations

import re
import unicodedata
from html import escape

import pytest
from amounts import many
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text.normalize import (
    absolute_link,
    canonical_link,
    clean,
    digest,
    of_any_markup,
    plain,
    shorten,
    title_form,
)

examples = settings(derandomize=True, max_examples=many(100), deadline=None)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  two\n\t lines\r\n", "two lines"),
        ("no-break\u00a0space\u3000wide", "no-break space wide"),
        ("soft\u00adhyphen", "softhyphen"),
        ("zero\u200bwidth", "zerowidth"),
        ("\ufeffmark", "mark"),
        ("\u202egnorw\u202c right", "gnorw right"),
        ("\u2066isolated\u2069", "isolated"),
        ("nul\x00 and \x1b[31mescape\x07", "nul and [31mescape"),
        ("lone \ud83d surrogate", "lone surrogate"),
        ("Zu\u0308rich", "Zürich"),
        ("می\u200cخواهد", "می\u200cخواهد"),
        ("", ""),
    ],
)
def test_clean_text_is_one_line_without_what_a_reader_cannot_see(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@examples
@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@examples
@given(st.text())
def test_clean_text_has_one_space_between_words_and_none_around_them(text: str) -> None:
    spaced = clean(f" {text}  {text} ")
    assert spaced == " ".join(spaced.split())


@examples
@given(st.text(st.characters()))
def test_clean_text_can_be_stored_and_shows_no_control_characters(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode().decode() == cleaned
    assert not [c for c in cleaned if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a <b>bold</b> word", "a bold word"),
        ("un<b>believ</b>able", "unbelievable"),
        ("<p>one</p><p>two</p>", "one two"),
        ("one<br>two<br/>three", "one two three"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ("<table><tr><td>one</td><td>two</td></tr></table>", "one two"),
        ("R&amp;D &lt;x&gt; &#8217; &#x2019; &nbsp;.", "R&D <x> ’ ’ ."),
        ("shown<script>hidden()</script><style>p{}</style>", "shown"),
        ("shown<!-- a comment --> on", "shown on"),
        ('shown<iframe src="x">hidden</iframe><svg><text>x</text></svg>', "shown"),
        ('<img src="x" onerror="alert(1)">shown', "shown"),
        ("never <b>closed", "never closed"),
        ("<<b>a</b>", "<a"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("AT&T, R & D", "AT&T, R & D"),
        ("I <3 you", "I <3 you"),
        ("<b>\u202ereversed\x00</b>", "reversed"),
        ("&#55357;", "\ufffd"),
        ("<script>only()</script>", ""),
        ("", ""),
    ],
)
def test_plain_text_is_what_a_browser_shows(markup: str, text: str) -> None:
    assert plain(markup) == text


@examples
@given(st.text(st.characters()))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert plain(escape(text)) == clean(text)


@examples
@given(st.lists(st.sampled_from(["<p>", "</", "<b", ">", "&", "&#", "x", ";", "<!--", "]]>", '"'])))
def test_no_markup_is_too_broken_to_read(pieces: list[str]) -> None:
    text = plain("".join(pieces))
    assert text == clean(text)


def test_deeply_nested_markup_is_read() -> None:
    assert plain("<div><b>" * 5_000 + "deep") == "deep"


def test_digests_of_the_same_parts_are_equal_and_eight_bytes_long() -> None:
    assert digest("a", "b") == digest("a", "b")
    assert len(digest("a", "b")) == 8
    assert len(digest("a", size=16)) == 16


@pytest.mark.parametrize("other", [("ab",), ("b", "a"), ("a", "b", ""), ("a",), ("A", "b"), ()])
def test_digests_of_other_parts_differ(other: tuple[str, ...]) -> None:
    assert digest("a", "b") != digest(*other)


def test_a_lone_surrogate_has_a_digest() -> None:
    assert digest("\ud83d") != digest("\ud83e")


@pytest.mark.parametrize(
    "variant",
    ["NORTH KOREA FIRES ICBM!", "  North  Korea: fires “ICBM”…", "North-Korea fires ＩＣＢＭ"],
)
def test_case_punctuation_and_spacing_make_no_other_title(variant: str) -> None:
    assert title_form(variant) == title_form("North Korea fires ICBM")


@pytest.mark.parametrize("other", ["North Korea fires ICBMs", "Korea North fires ICBM", ""])
def test_other_words_make_another_title(other: str) -> None:
    assert title_form(other) != title_form("North Korea fires ICBM")


@examples
@given(st.text())
def test_the_form_of_a_title_is_its_letters_and_digits_between_single_spaces(title: str) -> None:
    folded = unicodedata.normalize("NFKC", title).casefold()
    assert title_form(title) == " ".join(re.findall(r"[^\W_]+", folded))


BASE = "https://news.example/world/feed.xml"


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("https://a.example/x?b=1#c", "https://a.example/x?b=1#c"),
        ("http://a.example/x", "http://a.example/x"),
        ("/a/1", "https://news.example/a/1"),
        ("a/1", "https://news.example/world/a/1"),
        ("../a", "https://news.example/a"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("?id=7", "https://news.example/world/feed.xml?id=7"),
        (" https://a.example/x\n", "https://a.example/x"),
    ],
)
def test_a_link_is_made_absolute(link: str, absolute: str) -> None:
    assert absolute_link(link, BASE) == absolute


@pytest.mark.parametrize(
    "link",
    [
        "",
        " ",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.example",
        "ftp://a.example/x",
        "file:///etc/passwd",
        "urn:uuid:1",
        "tag:a.example,2024:1",
        "http://[broken",
    ],
)
def test_what_is_no_web_address_is_no_link(link: str) -> None:
    assert absolute_link(link, BASE) == ""


@pytest.mark.parametrize("link", ["/a/1", "a", "https:///no-host"])
def test_a_link_without_a_host_is_none(link: str) -> None:
    assert absolute_link(link, "") == ""


def test_a_script_split_over_lines_is_no_script() -> None:
    assert absolute_link("java\nscript:alert(1)", BASE).startswith("https://news.example/")


PAGE = "https://news.example/a/1?id=7"


@pytest.mark.parametrize(
    "same",
    [
        "http://news.example/a/1?id=7",
        "https://www.news.example/a/1?id=7",
        "https://NEWS.example/a/1?id=7",
        "https://news.example:443/a/1?id=7",
        "https://news.example/a/1/?id=7",
        "https://news.example/a/1?id=7#comments",
        "https://news.example/a/1?utm_source=rss&id=7&utm_medium=feed",
        "https://news.example/a/1?id=7&at_medium=RSS&at_campaign=KARANGA",
        "https://news.example/a/1?id=7&fbclid=x&gclid=y&UTM_Source=z",
        "https://reader:secret@news.example/a/1?id=7",
    ],
)
def test_how_a_reader_came_makes_no_other_page(same: str) -> None:
    assert canonical_link(same) == canonical_link(PAGE)


@pytest.mark.parametrize(
    "other",
    [
        "https://news.example/a/2?id=7",
        "https://news.example/a/1?id=8",
        "https://news.example/a/1",
        "https://news.example/A/1?id=7",
        "https://news.example:8080/a/1?id=7",
        "https://m.news.example/a/1?id=7",
        "https://news.example/a/1?id=7&page=2",
        "https://news.example/a/1?id=7&reference=1",
    ],
)
def test_what_a_reader_reads_makes_another_page(other: str) -> None:
    assert canonical_link(other) != canonical_link(PAGE)


def test_the_order_of_parameters_makes_no_other_page() -> None:
    assert canonical_link("https://a.example/?x=1&y=2") == canonical_link(
        "https://a.example/?y=2&x=1"
    )


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://news.example",
        "https://www.news.example/",
        "https://news.example/?utm_source=rss",
        "https://news.example/#top",
        "/a/1",
        "http://[broken/a",
        "https://news.example:99999/a",
    ],
)
def test_a_start_page_or_a_broken_link_names_no_page(link: str) -> None:
    assert canonical_link(link) == ""


NAMES = st.text("abcxyz019-_é한 &=%+", min_size=1, max_size=6)


@examples
@given(path=NAMES, query=st.dictionaries(st.sampled_from(["id", "p", "q", "utm_x"]), NAMES))
def test_a_canonical_link_is_its_own_canonical_link(path: str, query: dict[str, str]) -> None:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    canonical = canonical_link(f"https://www.news.example/{path}/?{pairs}#x")
    assert canonical_link(f"https://{canonical}") == canonical


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("short", 10, "short"),
        ("exactly 10", 10, "exactly 10"),
        ("one two three four", 12, "one two…"),
        ("one two, three four", 13, "one two…"),
        ("a verylongwordwithoutaspace", 12, "a verylongw…"),
        ("북한군이러시아에파병되었다", 6, "북한군이러…"),
        ("", 5, ""),
    ],
)
def test_long_text_is_cut_at_a_word(text: str, width: int, short: str) -> None:
    assert shorten(text, width) == short


@examples
@given(text=st.text(), width=st.integers(1, 40))
def test_shortened_text_is_a_beginning_no_longer_than_asked(text: str, width: int) -> None:
    short = shorten(text, width)
    assert len(short) <= width
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@examples
@given(st.from_regex(r"http://(www\.)?[a-c.]{1,6}(/[a/~%.]{0,6})?(#[a-z]{0,2})?", fullmatch=True))
def test_the_short_way_to_a_canonical_link_gives_what_the_long_one_gives(link: str) -> None:
    page, mark, fragment = link.partition("#")
    assert canonical_link(link) == canonical_link(f"{page}?{mark}{fragment}")


# Tags and references that need no parser, and others that do; no shuffle may read them otherwise.
_PIECES = (
    *("<p>", "</p>", "<br/>", "</br>", "<b>", "</b>", "<a href='x&y'>", '<a title="<p>">', "</a>"),
    *(
        "<div class='q'>",
        "</div>",
        "<li>",
        "<ul>",
        "<H2>",
        "</h3>",
        '<img src="a" alt="b">',
        "<hr>",
    ),
    *(
        '<p q="a"r="b">',
        '<p\x0bq="a">',
        "<\u017fpan>",
        "<table>",
        "<td>",
        "<!-- ",
        "-->",
        "<script>",
    ),
    *(
        "&amp;",
        "&lt;b&gt;",
        "&#8217;",
        "&#150;",
        "&#x41;",
        "&copy",
        "& ",
        "&",
        "&nbsp;",
        "&hellip;",
    ),
    *("<", "< p>", ">", '"', "word", "a b", "\n", "\u200b", "\x00", "é", "&amp;lt;"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
@examples
def test_markup_of_plain_tags_is_read_as_by_the_parser(markup: str) -> None:
    assert plain(f"<p>{markup}") == of_any_markup(f"<p>{markup}")
