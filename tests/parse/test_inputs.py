"""Inputs besides RSS and Atom: what each reads, what each refuses, and what none of them does."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.errors import ParseError
from monitor.model import Article, Input
from monitor.parse import Source, parse

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def articles(document: str, kind: str = "", **parts: str) -> tuple[Article, ...]:
    return parse(document.encode(), source(kind, **parts)).articles


def source(kind: str = "", **parts: str) -> Source:
    url = "https://desk.example/list"
    return Source(url, publisher="Desk", now=NOW, input=Input(kind, tuple(parts.items())))


def refused(document: str, kind: str = "", **parts: str) -> str:
    with pytest.raises(ParseError) as caught:
        articles(document, kind, **parts)
    return str(caught.value)


# ── JSON Feed ─────────────────────────────────────────────────────────────────────────────────

ITEM = {
    "id": 7,
    "url": "https://desk.example/7",
    "title": "Ferries & trains stop",
    "content_html": "<p>The <b>strait</b> is closed.</p>",
    "date_published": "2026-11-30T09:00:00+09:00",
}


def json_feed(*items: object, **more: object) -> str:
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "Desk", "items": items, **more})


def test_an_item_of_json_feed_is_an_article() -> None:
    [article] = articles(json_feed(ITEM, language="en-GB"))
    assert (article.id, article.link, article.lang) == ("7", "https://desk.example/7", "en")
    assert (article.title, article.text) == ("Ferries & trains stop", "The strait is closed.")
    assert article.published_at == datetime(2026, 11, 30, tzinfo=UTC)


def test_the_text_of_json_feed_is_meant_letter_by_letter() -> None:
    [article] = articles(json_feed({"id": "1", "content_text": "5 <b> is a unit & so on"}))
    assert article.text == "5 <b> is a unit & so on"


def test_a_json_feed_names_its_hub() -> None:
    hubs = [{"type": "rssCloud", "url": "https://a.example/"},
            {"type": "WebSub", "url": "https://hub.example/"}]  # fmt: skip
    document = json_feed(ITEM, hubs=hubs, feed_url="https://desk.example/feed.json")
    hub = parse(document.encode(), source()).hub
    assert hub
    assert (hub.address, hub.topic) == ("https://hub.example/", "https://desk.example/feed.json")


def test_a_json_feed_of_version_1_with_escaped_slashes_is_one() -> None:
    document = json_feed(ITEM).replace("/version/1.1", "/version/1").replace("/", r"\/")
    assert len(articles(document)) == 1


@pytest.mark.parametrize("items", ["none", 3, [3, None, "x"], {"a": 1}])
def test_items_that_are_no_items_give_no_article(items: object) -> None:
    version = "https://jsonfeed.org/version/1"
    assert articles(json.dumps({"version": version, "items": items})) == ()


def test_other_json_is_not_a_feed() -> None:
    assert "not-a-feed" in refused('{"articles": []}')
    assert "not-a-feed" in refused('{"version": "jsonfeed.org", "items": [')
    assert "no json-feed" in refused("<rss/>", "json-feed")


def test_brackets_in_brackets_by_the_thousand_are_no_json_feed() -> None:
    assert "not-a-feed" in refused('{"version": "jsonfeed.org/version/", "x": ' + "[" * 100_000)


# ── sitemaps ──────────────────────────────────────────────────────────────────────────────────

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
 <url><loc>https://desk.example/a?x=1&amp;y=2</loc>
  <n:news><n:publication><n:name>Desk</n:name><n:language>uk</n:language></n:publication>
   <n:publication_date>2026-11-30T08:00:00Z</n:publication_date>
   <n:title>Міст через річку &amp; дорога закриті</n:title></n:news></url>
 <url><loc>https://desk.example/about</loc></url>
</urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
 <sitemap><loc>https://desk.example/pages.xml</loc><lastmod>2026-11-30</lastmod></sitemap>
 <sitemap><loc>https://desk.example/news-1.xml</loc><lastmod>2026-11-28</lastmod></sitemap>
 <sitemap><loc>https://desk.example/news-2.xml</loc><lastmod>2026-11-29</lastmod></sitemap>
</sitemapindex>"""


def test_a_news_sitemap_gives_the_articles_that_have_a_title() -> None:
    [article] = articles(SITEMAP)
    assert article.link == "https://desk.example/a?x=1&y=2"
    assert article.title == "Міст через річку & дорога закриті"
    assert (article.lang, article.published_at) == ("uk", datetime(2026, 11, 30, 8, tzinfo=UTC))


def test_a_sitemap_without_news_says_that_it_has_no_titles() -> None:
    plain = SITEMAP.replace("n:news>", "n:other>")
    assert "a sitemap without news" in refused(plain)


def test_an_index_leads_to_its_news_sitemaps_the_newest_first() -> None:
    follow = parse(INDEX.encode(), source()).follow
    assert follow == ("https://desk.example/news-2.xml", "https://desk.example/news-1.xml")


def test_a_sitemap_that_declares_entities_is_none() -> None:
    bomb = '<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + SITEMAP.partition("?>")[2]
    assert "not-a-feed" in refused(bomb)


# ── Telegram ──────────────────────────────────────────────────────────────────────────────────


def telegram(*posts: str) -> str:
    head = '<div class="tgme_channel_info_header_title"><span>Harbour Watch</span></div>'
    body = f'<section class="tgme_channel_history">{"".join(posts)}</section>'
    return f"<!DOCTYPE html><html><body>{head}{body}</body></html>"


def post(number: int, text: str, forwarded: str = "") -> str:
    origin = (
        f'<div>Forwarded from <a class="tgme_widget_message_forwarded_from_name">{forwarded}</a>'
        "</div>"
        if forwarded
        else ""
    )
    return f"""<div class="tgme_widget_message" data-post="harbour/{number}">{origin}
      <div class="tgme_widget_message_text js-message_reply_text">An older post</div>
      <div class="tgme_widget_message_text js-message_text">{text}</div>
      <a class="tgme_widget_message_date"><time datetime="2026-11-30T08:0{number}:00+00:00">
      </time></a></div>"""


def test_a_post_of_telegram_is_an_article_with_its_text_link_and_time() -> None:
    [article] = articles(telegram(post(3, "Порт закрыт.<br/>Суда ждут &amp; стоят на рейде.")))
    assert article.link == "https://t.me/harbour/3"
    assert article.text == "Порт закрыт. Суда ждут & стоят на рейде."
    assert article.published_at == datetime(2026, 11, 30, 8, 3, tzinfo=UTC)
    assert article.title.startswith("Порт закрыт.")


def test_a_forwarded_post_belongs_to_its_author() -> None:
    [article] = articles(telegram(post(3, "The port is closed.", forwarded="Sea News")))
    assert article.publisher == "Sea News"


def test_a_post_that_was_edited_is_the_same_one_with_another_text() -> None:
    [before] = articles(telegram(post(3, "The port is closed.")))
    [after] = articles(telegram(post(3, "The port is open again.")))
    assert before.id_key == after.id_key
    assert before.digest != after.digest


def test_a_channel_without_a_public_page_is_blocked_with_that_reason() -> None:
    page = '<!DOCTYPE html><html><body><div class="tgme_page_wrap">Join</div></body></html>'
    assert refused(page) == "html: the channel has no public preview on t.me/s/"


def test_a_feed_that_quotes_a_post_of_telegram_stays_a_feed() -> None:
    quoted = f"<description><![CDATA[{post(1, 'Quoted')}]]></description>"
    rss = f"<rss><channel><item><title>Own words</title>{quoted}</item></channel></rss>"
    assert [each.title for each in articles(rss)] == ["Own words"]


# ── lists on pages ────────────────────────────────────────────────────────────────────────────

PAGE = """<!DOCTYPE html><html lang="de"><head><title>Amt</title></head><body><ul>
 <li class="news"><h3>Erste Meldung</h3><a href="/1">mehr</a><i>vor 3 Tagen</i><p>Der Text.</p></li>
 <li class="news"><h3>Zweite Meldung</h3><a href="/2">mehr</a><i>30.11.2026 09:15</i></li>
</ul></body></html>"""
LIST = {"item": "li.news", "title": "h3", "link": "a", "date": "i", "text": "p"}


def test_selectors_find_the_articles_of_a_page() -> None:
    first, second = articles(PAGE, "list", **LIST)
    assert (first.title, first.text) == ("Erste Meldung", "Der Text.")
    assert first.link == "https://desk.example/1"
    assert second.published_at == datetime(2026, 11, 30, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "words", "day", "hour"),
    [
        ("en", "2 hours ago", 30, 10),
        ("de", "vor 3 Tagen", 27, 12),
        ("ko", "3시간 전", 30, 9),
        ("ru", "2 часа назад", 30, 10),
        ("uk", "2 години тому", 30, 10),
        ("", "yesterday at 08:00", 29, 8),
    ],
)
def test_dates_in_words_count_from_the_poll(lang: str, words: str, day: int, hour: int) -> None:
    page = PAGE.replace("vor 3 Tagen", words)
    where = Source("https://desk.example/", lang=lang, now=NOW, input=source("list", **LIST).input)
    first = parse(page.encode(), where).articles[0]
    assert first.published_at == datetime(2026, 11, day, hour, tzinfo=UTC)


def test_a_selector_takes_an_attribute_and_an_item_may_be_the_link_itself() -> None:
    page = '<html><a class="n" href="/9" title="Neunte Meldung"><time datetime="2026-11-29"></a>'
    [article] = articles(page, "list", item="a.n", title="@title", date="time@datetime")
    assert (article.title, article.link) == ("Neunte Meldung", "https://desk.example/9")
    assert article.published_at == datetime(2026, 11, 29, tzinfo=UTC)


def test_a_link_of_a_script_is_no_link() -> None:
    page = PAGE.replace("/1", "javascript:alert(1)")
    assert articles(page, "list", **LIST)[0].link == ""


def test_a_selector_that_finds_nothing_is_named() -> None:
    assert refused(PAGE, "list", item="div.x") == "empty: `item: div.x` finds nothing on the page"
    reason = refused(PAGE, "list", item="li.news", title="h4")
    assert reason == "empty: `title: h4` finds nothing in 2 items"


# ── lists in JSON ─────────────────────────────────────────────────────────────────────────────

DATA = json.dumps(
    {"data": [{"list": [{"head": "Quake", "at": 1796025600, "to": {"url": "/q"}}, {"head": None}]}]}
)


def test_paths_find_the_articles_of_a_json_document() -> None:
    [article] = articles(DATA, "json", items="data.0.list", title="head", link="to.url", date="at")
    assert (article.title, article.link) == ("Quake", "https://desk.example/q")
    assert article.published_at == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_paths_find_the_articles_in_a_script_of_a_page() -> None:
    page = f'<html><script id="state" type="application/json">{DATA}</script></html>'
    found = articles(page, "json", script="#state", items="data.0.list", title="head")
    assert [each.title for each in found] == ["Quake"]


def test_a_path_that_finds_nothing_is_named() -> None:
    assert "`items: data.5` finds no list" in refused(DATA, "json", items="data.5", title="head")
    assert "`title: x` finds nothing in 2" in refused(DATA, "json", items="data.0.list", title="x")
    assert "`script: #no` finds nothing" in refused(PAGE, "json", script="#no", title="x")
    assert "no JSON" in refused(PAGE, "json", items="a", title="x")


# ── watched pages ─────────────────────────────────────────────────────────────────────────────

NOTICE = """<html lang="en"><head><title>Travel advice</title></head><body><nav>A long menu of
 words</nav><main><p>Do not travel to the border area.</p><p>Updated today</p>{}</main></html>"""


def test_a_page_that_is_new_is_one_article() -> None:
    scan = parse(NOTICE.format("").encode(), source("watch"))
    [article] = scan.articles
    assert (article.title, article.text) == ("Travel advice", "Do not travel to the border area.")
    assert article.link == "https://desk.example/list"


def test_new_sentences_of_a_page_are_one_more_article() -> None:
    first = parse(NOTICE.format("").encode(), source("watch"))
    more = NOTICE.format("<ul><li>All flights have stopped. Stay at home today.</li></ul>")
    [article] = parse(more.encode(), source("watch"), first.known).articles
    assert article.text == "All flights have stopped. Stay at home today."
    assert article.title == article.text
    assert article.id_key != first.articles[0].id_key
    assert article.link_key is None


def test_what_goes_moves_or_is_no_sentence_is_no_news() -> None:
    whole = NOTICE.format("<p>All flights have stopped.</p>")
    known = parse(whole.encode(), source("watch")).known
    for page in (NOTICE.format(""), NOTICE.format("<p>All flights have stopped.</p><p>12:45</p>")):
        assert parse(page.encode(), source("watch"), known).articles == ()


def test_a_part_of_a_page_may_be_chosen_and_another_ignored() -> None:
    page = NOTICE.format('<p class="ad">Buy our very cheap insurance.</p>')
    [article] = articles(page, "watch", select="main", ignore=".ad")
    assert "insurance" not in article.text
    assert "`select: #no` finds no sentence" in refused(page, "watch", select="#no")


def test_a_sitemap_of_news_may_be_empty_for_days() -> None:
    news = "http://www.google.com/schemas/sitemap-news/0.9"
    assert articles(f'<urlset xmlns:news="{news}"></urlset>') == ()
