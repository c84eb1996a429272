"""Feeds of Mastodon, Bluesky, YouTube, Reddit, Google News and EUvsDisinfo, in their shapes.

The documents are our own, with the elements that those services write.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from monitor.parse import Source, parse

if TYPE_CHECKING:
    from monitor.model import Article

AT = datetime(2024, 10, 31, 18, 0, tzinfo=UTC)
TEXT = "Seoul says 2,000 troops are on the move"
MASTODON = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:webfeeds="http://webfeeds.org/rss/1.0"
  xmlns:media="http://search.yahoo.com/mrss/"><channel>
  <title>Korea Desk</title><description>Public posts from @desk@social.example</description>
  <link>https://social.example/@desk</link>
  <lastBuildDate>Thu, 31 Oct 2024 18:00:00 +0000</lastBuildDate>
  <generator>Mastodon v4.3.1</generator>
  <item>
    <guid isPermaLink="true">https://social.example/@desk/113400000000000001</guid>
    <link>https://social.example/@desk/113400000000000001</link>
    <pubDate>Thu, 31 Oct 2024 18:00:00 +0000</pubDate>
    <description>&lt;p&gt;{TEXT} &lt;a href="https://social.example/tags/dprk"&gt;#&lt;span&gt;dprk
      &lt;/span&gt;&lt;/a&gt;&lt;/p&gt;</description>
    <media:content url="https://files.example/1.png" type="image/png" medium="image"/>
    <category>dprk</category>
  </item></channel></rss>"""
BLUESKY = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel>
  <description>News of the Korean peninsula</description>
  <link>https://bsky.app/profile/desk.example</link><title>@desk.example - Korea Desk</title>
  <item>
    <link>https://bsky.app/profile/desk.example/post/3l7ab</link>
    <description>{TEXT}

[contains quote post or other embedded content]</description>
    <pubDate>31 Oct 2024 18:00 +0000</pubDate>
    <guid isPermaLink="false">at://did:plc:abcd/app.bsky.feed.post/3l7ab</guid>
  </item></channel></rss>"""
YOUTUBE = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
  <link rel="self" href="http://www.youtube.com/feeds/videos.xml?channel_id=UCabc"/>
  <id>yt:channel:abc</id><yt:channelId>abc</yt:channelId><title>Korea Desk TV</title>
  <link rel="alternate" href="https://www.youtube.com/channel/UCabc"/>
  <entry>
    <id>yt:video:v1</id><yt:videoId>v1</yt:videoId><yt:channelId>UCabc</yt:channelId>
    <title>{TEXT}</title><link rel="alternate" href="https://www.youtube.com/watch?v=v1"/>
    <author><name>Korea Desk TV</name><uri>https://www.youtube.com/channel/UCabc</uri></author>
    <published>2024-10-31T18:00:00+00:00</published><updated>2024-11-02T01:00:00+00:00</updated>
    <media:group><media:title>{TEXT}</media:title>
      <media:description>Our correspondent reports from the border.</media:description>
      <media:community><media:statistics views="1200"/></media:community></media:group>
  </entry></feed>"""
REDDIT = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
  <category term="korea" label="r/korea"/><updated>2024-10-31T18:30:00+00:00</updated>
  <id>/r/korea/.rss</id><title>Korea</title>
  <link rel="self" href="https://www.reddit.com/r/korea/.rss" type="application/atom+xml"/>
  <link rel="alternate" href="https://www.reddit.com/r/korea/" type="text/html"/>
  <entry>
    <author><name>/u/someone</name><uri>https://www.reddit.com/user/someone</uri></author>
    <content type="html">&lt;!-- SC_OFF --&gt;&lt;div class="md"&gt;&lt;p&gt;From the agency.
      &lt;/p&gt;&lt;/div&gt;&lt;!-- SC_ON --&gt; submitted by &lt;a
      href="https://www.reddit.com/user/someone"&gt; /u/someone &lt;/a&gt;</content>
    <id>t3_1abc</id><link href="https://www.reddit.com/r/korea/comments/1abc/seoul_says/"/>
    <updated>2024-10-31T18:00:00+00:00</updated><published>2024-10-31T18:00:00+00:00</published>
    <title>{TEXT}</title>
  </entry></feed>"""
WRAPPED = "https://news.google.com/rss/articles/CBMiexampleexample?oc=5"
GOOGLE = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<rss xmlns:media="http://search.yahoo.com/mrss/" version="2.0"><channel>
  <generator>NFE/5.0</generator><title>"site:news.example" - Google News</title>
  <link>https://news.google.com/search?q=site:news.example&amp;hl=en-US&amp;gl=US</link>
  <language>en-US</language>
  <item>
    <title>{TEXT} - The Example News</title><link>{WRAPPED}</link>
    <guid isPermaLink="false">CBMiexampleexample</guid>
    <pubDate>Thu, 31 Oct 2024 18:00:00 GMT</pubDate>
    <description>&lt;a href="{WRAPPED}" target="_blank"&gt;{TEXT}&lt;/a&gt;&amp;nbsp;&amp;nbsp;
      &lt;font color="#6f6f6f"&gt;The Example News&lt;/font&gt;</description>
    <source url="https://news.example">The Example News</source>
  </item></channel></rss>"""
EUVSDISINFO = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
  <title>EUvsDisinfo</title><link>https://euvsdisinfo.example/</link><language>en-US</language>
  <item>
    <title>{TEXT}</title><link>https://euvsdisinfo.example/seoul-says/</link>
    <dc:creator><![CDATA[editor]]></dc:creator>
    <pubDate>Thu, 31 Oct 2024 18:00:00 +0000</pubDate><category><![CDATA[News]]></category>
    <guid isPermaLink="false">https://euvsdisinfo.example/?p=1</guid>
    <description><![CDATA[<p>How the claim spread [&#8230;]</p>]]></description>
    <content:encoded><![CDATA[<p>How the claim spread, and who repeated it.</p>]]></content:encoded>
  </item></channel></rss>"""
SERVICES = {
    "Mastodon": (MASTODON, "https://social.example/@desk/113400000000000001"),
    "Bluesky": (BLUESKY, "https://bsky.app/profile/desk.example/post/3l7ab"),
    "YouTube": (YOUTUBE, "https://www.youtube.com/watch?v=v1"),
    "Reddit": (REDDIT, "https://www.reddit.com/r/korea/comments/1abc/seoul_says/"),
    "Google News": (GOOGLE, WRAPPED),
    "EUvsDisinfo": (EUVSDISINFO, "https://euvsdisinfo.example/seoul-says/"),
}


def only(service: str) -> Article:
    source = Source(url="https://feeds.example/", publisher="Korea Desk")
    (article,) = parse(SERVICES[service][0].encode(), source).articles
    return article


@pytest.mark.parametrize("service", SERVICES)
def test_an_entry_has_its_words_its_moment_and_its_link(service: str) -> None:
    article = only(service)
    assert article.title.startswith(TEXT)
    assert article.published_at == AT
    assert article.link == SERVICES[service][1]


@pytest.mark.parametrize("service", [each for each in SERVICES if each != "Google News"])
def test_the_publisher_is_the_feeds(service: str) -> None:
    assert only(service).publisher == "Korea Desk"


def test_the_publisher_of_a_google_news_entry_is_its_source() -> None:
    article = only("Google News")
    assert (article.title, article.publisher) == (TEXT, "The Example News")


def test_a_wrapped_link_of_google_news_is_kept_as_it_is() -> None:
    assert only("Google News").link == WRAPPED


def test_the_text_of_a_video_is_its_description() -> None:
    assert "reports from the border" in only("YouTube").text
