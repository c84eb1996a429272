"""Feeds for benchmarks: generated entries in eight languages, one in sixty of which hits a topic.

An entry's text depends only on the feed's number and the entry's: each run has the same entries.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from ruamel.yaml import YAML

ENTRIES = 30
_SHIPPED = Path(__file__).parents[1] / "config.yaml"
_HIT_IN = 60  # one entry in this many hits a topic

_WORDS = {
    "en": (
        "government minister parliament budget election storm harbour railway bridge hospital "
        "teacher school river market price farmer harvest museum festival stadium champion airport "
        "council court judge appeal company factory union strike wages energy prices village fire "
        "said announced reported opened closed approved rejected delayed after before during with "
        "new old large small first last northern southern local national spring winter morning"
    ),
    "de": (
        "Regierung Minister Bundestag Haushalt Wahl Sturm Hafen Bahn Brücke Krankenhaus Lehrer "
        "Schule Fluss Markt Preis Bauern Ernte Museum Fest Stadion Flughafen Gericht Unternehmen "
        "sagte kündigte berichtete eröffnete schloss nach vor während mit neue alte große kleine"
    ),
    "fr": (
        "gouvernement ministre parlement budget élection tempête port gare pont hôpital professeur "
        "école rivière marché prix agriculteurs récolte musée festival stade aéroport tribunal "
        "annonce rapporte ouvre ferme après avant pendant avec nouveau ancien grand petit"
    ),
    "ru": (
        "правительство министр парламент бюджет выборы шторм порт вокзал мост больница учитель "
        "школа река рынок цена фермеры урожай музей праздник стадион аэропорт суд завод сообщил "
        "заявил открыли закрыли после перед новый старый большой первый северный местный весна"
    ),
    "uk": (
        "уряд міністр парламент бюджет вибори шторм порт вокзал міст лікарня вчитель школа річка "
        "ринок ціна фермери врожай музей свято стадіон летовище суд завод повідомив заявив після"
    ),
    "ko": (
        "정부 장관 국회 예산 선거 폭풍 항구 철도 다리 병원 교사 학교 시장 가격 농민 수확 "
        "박물관 축제 공항 법원 회사 공장 노조 파업 에너지 마을 발표했다 보도했다 열렸다 "
        "새로운 오래된 지역 전국 봄 겨울 아침"
    ),
    "es": (
        "gobierno ministro parlamento presupuesto elecciones tormenta puerto estación puente "
        "hospital maestro escuela río mercado precio agricultores cosecha museo fiesta estadio "
        "tribunal empresa fábrica huelga anunció informó abrió cerró después antes nuevo grande"
    ),
    "ar": (
        "الحكومة الوزير البرلمان الميزانية الانتخابات العاصفة الميناء المحطة الجسر المستشفى المعلم "
        "المدرسة النهر السوق السعر المزارعون الحصاد المتحف المهرجان الملعب المطار المحكمة أعلن قال"
    ),
}
_LANGS = {lang: words.split() for lang, words in _WORDS.items()}
_HITS = {
    "en": "North Korean soldiers were sent to the Kursk region, the ministry said",
    "de": "Nordkoreanische Soldaten kämpfen in der Region Kursk",
    "fr": "Des soldats nord-coréens déployés dans la région de Koursk",
    "ru": "Солдаты КНДР переброшены в Курскую область",
    "uk": "Солдати КНДР на війні: Курська область",
    "ko": "북한군 쿠르스크 지역 파병 확인",
    "es": "Soldados norcoreanos desplegados en la región de Kursk",
    "ar": "جنود كوريون شماليون في منطقة كورسك",
}


def documents(number: int, edition: int) -> bytes:
    """Document of a feed; each edition has one new entry in front, and drops the last one."""
    lang = sorted(_LANGS)[number % len(_LANGS)]
    names = range(edition + ENTRIES - 1, edition - 1, -1)
    entries = "\n".join(entry(number, name, lang) for name in names)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Feed {number}</title><link>https://feed{number}.example/</link>"
        f"<language>{lang}</language><description>Generated</description>"
        f"<lastBuildDate>Thu, 31 Oct 2024 10:{edition % 60:02}:00 GMT</lastBuildDate>\n{entries}\n"
        "</channel></rss>"
    ).encode()


def entry(feed: int, name: int, lang: str) -> str:
    """One entry, always the same for the same feed and name."""
    chance = random.Random(feed * 100_003 + name)  # noqa: S311 - the same text each time
    words = _LANGS[lang]
    title = " ".join(chance.choices(words, k=9)) + f" {feed}-{name}"
    text = " ".join(chance.choices(words, k=40))
    if chance.randrange(_HIT_IN) == 0:
        title = f"{_HITS[lang]} {feed}-{name}"
    address = f"https://feed{feed}.example/news/{name}"
    return (
        f"<item><title>{escape(title)}</title><link>{address}</link>"
        f'<guid isPermaLink="false">{feed}-{name}</guid>'
        f"<description>&lt;p&gt;{escape(text)}.&lt;/p&gt;</description>"
        f"<dc:creator>Desk</dc:creator><category>News</category>"
        f"<pubDate>Thu, 31 Oct 2024 09:{name % 60:02}:00 GMT</pubDate></item>"
    )


def configuration(folder: Path, address: str, feeds: int, **polling: Any) -> Path:
    """Write the shipped configuration with generated feeds; return its path."""
    yaml = YAML()
    config = yaml.load(_SHIPPED)
    config["feeds"] = [
        {"url": f"{address}/{number}", "allow_private": True} for number in range(feeds)
    ]
    config["channels"] = {"desk": {"type": "console"}}
    config["database"] = str(folder / "monitor.db")
    config["polling"] = polling
    path = folder / "config.yaml"
    with path.open("w") as file:
        yaml.dump(config, file)
    return path
