"""The shipped list of feeds to choose from: its facts are in order, though nobody polled them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from monitor.config.edit_feeds import address_key
from monitor.config.fields import Kind
from monitor.config.rewrite import mistake_in
from monitor.feeds.catalogue import REGIONS, SuggestedFeed, catalogue, suggested

# ISO 3166-1
COUNTRIES = """\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
# of ISO 639-1
LANGUAGES = """\
aa ab af am ar as az be bg bn bo bs ca cs cy da de dv dz el en eo es et eu fa fi fo fr ga gl gu ha
he hi hr ht hu hy id ig is it ja ka kk kl km kn ko ku ky la lb lo lt lv mg mi mk ml mn mr ms mt my
nb ne nl nn no om or pa pl ps pt qu rn ro ru rw sd si sk sl sm sn so sq sr st sv sw ta te tg th ti
tk tl tn tr ts tt ug uk ur uz vi wo xh yi yo zh zu
"""
SHARED_HOSTS = frozenset({"feeds.feedburner.com", "www.gov.uk"})
FEEDS = catalogue()


def test_the_list_is_long_enough_and_no_longer() -> None:
    assert 200 <= len(FEEDS) <= 300


def test_each_address_stands_once() -> None:
    counts = Counter(address_key(feed.url) for feed in FEEDS)
    assert [url for url, count in counts.items() if count > 1] == []


def test_each_title_stands_once() -> None:
    counts = Counter(feed.title for feed in FEEDS)
    assert [title for title, count in counts.items() if count > 1] == []


def test_feeds_have_facts_that_can_be_used() -> None:
    assert {feed.url: unusable(feed) for feed in FEEDS if unusable(feed)} == {}


def unusable(feed: SuggestedFeed) -> list[str]:
    """Return the names of the facts that cannot be used."""
    names = ("url", "title", "publisher", "country", "lang", "kind")
    usable = {
        "configuration": mistake_in({name: getattr(feed, name) for name in names}) == "",
        "title": feed.title == feed.title.strip() != "",
        "publisher": feed.publisher == feed.publisher.strip() != "",
        "country": feed.country in COUNTRIES.split(),
        "lang": feed.lang in LANGUAGES.split(),
        "kind": feed.kind in {*get_args(Kind)} - {"state"},  # `state` has a place of its own
        "state": type(feed.state) is bool,
        "regions": bool(feed.regions) and set(feed.regions) <= set(REGIONS),
        "each region once": len(set(feed.regions)) == len(feed.regions),
    }
    return [name for name, is_usable in usable.items() if not is_usable]


def test_facts_that_cannot_be_used_are_noticed() -> None:
    bad = replace(FEEDS[0], kind="leaflet", title=" ", regions=("nowhere", "nowhere"))
    assert unusable(bad) == ["configuration", "title", "kind", "regions", "each region once"]


def test_addresses_are_of_the_publishers_themselves() -> None:
    hosts = {urlsplit(feed.url).hostname for feed in FEEDS}
    assert not hosts & {"news.google.com", "rsshub.app", "localhost"}
    assert [feed.url for feed in FEEDS if "@" in feed.url or "$" in feed.url] == []


def test_each_source_is_a_repository_at_a_commit() -> None:
    shape = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}:[^/].*")
    assert [feed.source for feed in FEEDS if not shape.fullmatch(feed.source)] == []


def test_every_region_has_feeds() -> None:
    counts = Counter(region for feed in FEEDS for region in feed.regions)
    assert {name: counts[name] for name in REGIONS if counts[name] < 5} == {}


def test_a_publisher_has_one_name_as_in_the_shipped_configuration() -> None:
    text = (Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8")
    shipped = [(each["url"], each["publisher"]) for each in YAML(typ="safe").load(text)["feeds"]]
    names = defaultdict(set)
    spellings = defaultdict(set)
    for url, publisher in [*shipped, *((feed.url, feed.publisher) for feed in FEEDS)]:
        host = urlsplit(url).hostname or ""
        spellings[publisher.casefold().removeprefix("the ")].add(publisher)
        if host not in SHARED_HOSTS:
            names[host.removeprefix("www.")].add(publisher)
    assert {host: each for host, each in names.items() if len(each) > 1} == {}
    assert [each for each in spellings.values() if len(each) > 1] == []


def test_feeds_of_the_shipped_configuration_have_its_facts() -> None:
    text = (Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8")
    shipped = {address_key(each["url"]): each for each in YAML(typ="safe").load(text)["feeds"]}
    names = ("title", "publisher", "country", "lang")
    both = [feed for feed in FEEDS if address_key(feed.url) in shipped]
    assert len(both) > 15
    for feed in both:
        known = shipped[address_key(feed.url)]
        assert {name: getattr(feed, name) for name in names} == {
            name: known[name] for name in names
        }


def test_state_media_are_marked() -> None:
    state = {feed.publisher for feed in FEEDS if feed.state}
    assert state >= {"TASS", "RIA Novosti", "RT", "Xinhua", "CGTN", "IRNA", "Tasnim"}
    assert not state & {"BBC", "Meduza", "The Moscow Times", "Yonhap"}
    by_publisher = defaultdict(set)
    for feed in FEEDS:
        by_publisher[feed.publisher].add(feed.state)
    assert [name for name, marks in by_publisher.items() if len(marks) > 1] == []


def test_a_feed_comes_once_beside_the_nearest_region_that_is_wanted() -> None:
    def made(url: str, *regions: str, lang: str = "en") -> SuggestedFeed:
        return SuggestedFeed(url, url, "P", "GB", lang, "wire", regions, "a/b@c:d")

    both, iran, korea = (
        made("b", "iran", "israel"),
        made("a", "iran", lang="fa"),
        made("k", "korea"),
    )
    feeds = [both, iran, korea]

    assert suggested(feeds, ["israel", "iran"]) == [("iran", iran), ("iran", both)]
    assert suggested(feeds, ["israel"]) == [("israel", both)]
    assert suggested(feeds, ["iran"], ["fa"]) == [("iran", iran)]
    assert suggested(feeds) == [("korea", korea), ("iran", iran), ("iran", both)]
    assert suggested(feeds, langs=["ko"]) == []
