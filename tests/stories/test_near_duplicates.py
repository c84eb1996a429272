"""Whose text an article is: near-copies, credits to agencies, and who counts as independent."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured import less_than

from monitor.model import PublisherReport
from monitor.stories.near_duplicates import (
    COPY,
    CarriedArticle,
    agency,
    credited,
    independent,
    is_copy,
    likeness,
    signature,
)
from monitor.text.headlines import reissue

NOW = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
LEAD = (
    "Two brigades of mountain troops crossed the Orlova river before dawn on Friday and took "
    "the railway bridge at Sennitsa, the defence ministry of Varland said, in the first move "
    "across the border since the armistice of last winter."
)
REST = (
    " A spokesman for the northern command said that engineers had laid two pontoon bridges by "
    "noon and that no shots had been fired. People in the town hid in cellars, the mayor told "
    "local radio, and trains to the coast were stopped until further notice. The council of the"
    " alliance meets on Saturday to discuss an answer."
)
OTHER = (
    "Soldiers from Varland have seized a key crossing over the Orlova, residents of Sennitsa "
    "said on Friday morning. Witnesses reached by telephone spoke of columns of trucks without "
    "markings and of helicopters over the station. Officials in the capital called it an "
    "exercise."
)
KOREAN = (
    "바를란트 국방부는 금요일 새벽 산악여단 두 개가 오를로바강을 건너 센니차 철교를 "
    "장악했다고 밝혔다. 지난겨울 휴전 이후 국경을 넘은 첫 움직임이다."
)


def of(text: str, title: str = "A headline") -> bytes:
    return signature(title, text)


def test_the_same_text_under_another_headline_is_a_copy() -> None:
    assert is_copy(signature("Varland crosses", LEAD + REST), signature("Bridge lost", LEAD + REST))


def test_a_text_cut_at_its_end_is_a_copy() -> None:
    assert is_copy(of(LEAD + REST), of(LEAD))
    assert likeness(of(LEAD + REST), of(LEAD)) == 1.0


def test_a_text_with_a_few_words_edited_is_a_copy() -> None:
    edited = LEAD.replace("before dawn", "early").replace("railway bridge", "rail bridge")
    assert is_copy(of(LEAD + REST), of(edited))


def test_a_first_paragraph_kept_before_another_end_is_a_copy() -> None:
    assert is_copy(of(LEAD + REST), of(LEAD + " Shares fell by two per cent in early trading."))


def test_a_lead_kept_before_a_long_text_of_its_own_is_a_copy() -> None:
    assert is_copy(of(LEAD + REST), of(f"{LEAD} {OTHER} {OTHER[::-1]}"))


def test_a_quotation_in_common_makes_no_copy() -> None:
    quoted = "“No shots had been fired and we want none,” the commander said on television."
    assert not is_copy(of(f"{LEAD} {quoted}"), of(f"{OTHER} {quoted}"))


def test_a_headline_repeated_in_the_text_does_not_count() -> None:
    assert of(f"Varland crosses: {LEAD}", "Varland crosses") == of(f": {LEAD}", "")


def test_two_reports_of_one_event_are_no_copies() -> None:
    assert likeness(of(LEAD + REST), of(OTHER)) < COPY / 3


def test_korean_is_compared_by_its_characters() -> None:
    edited = KOREAN.replace("금요일 새벽", "22일 새벽")
    assert is_copy(of(KOREAN), of(edited))
    assert not is_copy(of(KOREAN), of("정부는 오늘 새로운 예산안을 국회에 제출했다고 밝혔다. " * 2))


def test_of_short_texts_nobody_can_tell() -> None:
    short = "Troops cross the river at dawn, the ministry says."
    assert of(short) == b""
    assert of("") == b""
    assert not is_copy(of(short), of(short))


def test_a_signature_is_small() -> None:
    assert len(of((LEAD + REST) * 20)) <= 464


def test_a_signature_is_the_same_in_every_process() -> None:
    program = (
        "import sys; from monitor.stories.near_duplicates import signature;"
        "sys.stdout.write(signature('', sys.argv[1]).hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, LEAD], capture_output=True, text=True, check=True
    )
    assert done.stdout == of(LEAD, "").hex()


def test_stored_signatures_stay_comparable() -> None:
    """What is stored outlives a release: a change of the method needs a migration."""
    assert of(LEAD, "")[:8].hex() == "d42de7cf6e9866d7"


@given(st.text(max_size=400), st.text(max_size=400))
def test_likeness_is_symmetric_and_a_share(one: str, other: str) -> None:
    assert likeness(of(one), of(other)) == likeness(of(other), of(one))
    assert 0.0 <= likeness(of(one), of(other)) <= 1.0


# ── credits ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("WASHINGTON, Oct 18 (Reuters) - The ministry said", "Reuters"),
        ("SEOUL, Oct. 18 (Yonhap) -- The army said", "Yonhap"),
        ("KYIV, Ukraine (AP) — Soldiers crossed", "AP"),
        ("(서울=연합뉴스) 홍길동 기자 = 군은", "Yonhap"),
        ("[서울=뉴시스] 군은", "Newsis"),
        ("【ソウル聯合ニュース】韓国軍は", "Yonhap"),
        ("(ソウル共同)韓国軍は", "Kyodo"),
        ("新华社北京10月18日电 外交部发言人", "Xinhua"),
        ("据新华社报道，外交部发言人", "Xinhua"),
        ("МОСКВА, 18 окт — РИА Новости. Армия", "RIA Novosti"),
        ("МИНСК, 18 октября. /ТАСС/. Армия", "TASS"),
        ("Об этом сообщает агентство «Рейтер».", "Reuters"),
        ("Про це повідомляє Укрінформ.", "Ukrinform"),
        ("Berlin (dpa) - Die Armee", "dpa"),
        ("Die Armee zog ab, berichtet die Nachrichtenagentur Yonhap.", "Yonhap"),
        ("L'armée a franchi le fleuve, selon l'agence Yonhap.", "Yonhap"),
        ("The army crossed, as reported by Yonhap.", "Yonhap"),
        ("The army crossed, Reuters reported on Friday.", "Reuters"),
        ("The army crossed the river. Source: Reuters", "Reuters"),
        ("군이 강을 건넜다고 교도통신이 보도했다.", "Kyodo"),
    ],
)
def test_a_text_names_the_agency_that_it_comes_from(text: str, name: str) -> None:
    assert credited("A headline", text) == name


@pytest.mark.parametrize(
    "text",
    [
        "He told Reuters on Friday that nothing had happened.",
        "The APEC summit ends today.",
        "A party called the People's Truth Initiative (PTI), which lost the vote, protests.",
        "Smoke over the port of Orlova on Nov. 29, 2026. (Jane Doe/Reuters)",
        "Smoke over the port of Orlova on Nov. 29, 2026. (Handout via Reuters)",
        "The bridge at Sennitsa in a file image. (Jane Doe/AFP via Getty Images)",
        "Journalists from Reuters and the BBC were in the room.",
        "",
    ],
)
def test_who_only_mentions_an_agency_credits_none(text: str) -> None:
    assert credited("A headline", text) == ""


def test_a_headline_credits_too() -> None:
    assert credited("North Korea fires a missile: Yonhap", "") == "Yonhap"


def test_a_dateline_counts_more_than_what_the_text_reports() -> None:
    assert credited("", "SEOUL (Reuters) - A missile was fired, KCNA reported.") == "Reuters"


def test_an_agency_is_known_by_all_its_names() -> None:
    assert agency("РИА Новости") == agency("RIA Novosti") == "RIA Novosti"
    assert agency("The Guardian") == ""


# ── who is independent ──────────────────────────────────────────────────────────────────────


def carried(
    publisher: str, minutes: int = 0, text: str = "", credit: str = "", kind: str = "newspaper"
) -> CarriedArticle:
    seen_at = NOW + timedelta(minutes=minutes)
    report = PublisherReport(publisher, kind, "KR", seen_at)
    return CarriedArticle(report, of(text), credit)


def copies_of(*reports: CarriedArticle) -> dict[str, str]:
    return {voice.publisher: voice.copy_of for voice in independent(reports)}


def test_reports_of_their_own_are_independent() -> None:
    assert copies_of(carried("A", 0, LEAD), carried("B", 1, OTHER)) == {"A": "", "B": ""}


def test_feeds_of_one_publisher_are_one_voice_since_the_first() -> None:
    (voice,) = independent([carried("A", 5, LEAD), carried("A", 0, OTHER)])
    assert (voice.publisher, voice.first_seen_at) == ("A", NOW)


def test_a_copy_repeats_who_had_the_text_first() -> None:
    found = copies_of(carried("B", 3, LEAD), carried("A", 1, LEAD + REST), carried("C", 2, OTHER))
    assert found == {"A": "", "C": "", "B": "A"}


def test_a_copy_repeats_the_agency_even_if_that_came_later() -> None:
    found = copies_of(carried("A", 0, LEAD, "Reuters"), carried("Reuters", 9, LEAD, kind="wire"))
    assert found == {"A": "Reuters", "Reuters": ""}


def test_texts_credited_to_one_agency_are_one_though_their_words_differ() -> None:
    found = copies_of(carried("A", 0, LEAD, "Yonhap"), carried("B", 1, OTHER, "Yonhap"))
    assert found == {"A": "", "B": "A"}


def test_who_relays_an_agency_without_a_text_counts_as_that_agency() -> None:
    found = copies_of(carried("연합뉴스", 0, LEAD), carried("A", 1, "", "Yonhap"))
    assert found == {"연합뉴스": "", "A": "연합뉴스"}


def test_a_publisher_with_a_report_of_its_own_is_independent() -> None:
    wire, copy = carried("Reuters", 0, LEAD, "Reuters"), carried("A", 1, LEAD, "Reuters")
    assert copies_of(wire, copy, carried("A", 2, OTHER)) == {"Reuters": "", "A": ""}


def test_two_agencies_stay_two_where_an_outlet_carries_both() -> None:
    found = copies_of(
        carried("Reuters", 0, LEAD),
        carried("AFP", 1, OTHER),
        carried("A", 2, LEAD, "Reuters"),
        carried("A", 3, OTHER, "AFP"),
    )
    assert found == {"Reuters": "", "AFP": "", "A": "Reuters"}


def test_headlines_alone_are_no_copies() -> None:
    assert copies_of(carried("A"), carried("B", 1)) == {"A": "", "B": ""}


def test_the_kind_of_a_publisher_is_kept() -> None:
    (voice,) = independent([carried("TASS", kind="state")])
    assert voice.is_state


@given(st.permutations(range(6)))
def test_the_order_of_reports_makes_no_difference(order: list[int]) -> None:
    reports = [
        carried("A", 0, LEAD, "Reuters"), carried("B", 1, LEAD + REST), carried("C", 2, OTHER),
        carried("Reuters", 3, LEAD), carried("A", 4, OTHER), carried("D", 4),
    ]  # fmt: skip
    assert independent([reports[each] for each in order]) == independent(reports)


def many(alike: float) -> list[CarriedArticle]:
    """200 reports of 60 words; that share of their words is the same in all."""
    chance = random.Random(7)  # noqa: S311 - a test's own texts
    common = [f"w{each}" for each in range(int(60 * alike))]
    return [
        carried(
            f"P{each}",
            each,
            " ".join(
                common
                + [f"x{chance.random()}"] * 1
                + [f"y{chance.randrange(10**6)}" for _ in range(60 - len(common))]
            ),
        )
        for each in range(200)
    ]


def test_texts_that_share_a_phrase_are_not_compared_word_by_word() -> None:
    chance = random.Random(7)  # noqa: S311 - a test's own texts
    phrase = "the ministry of defence said on Thursday"
    reports = [
        carried(f"P{each}", each, " ".join([phrase, *(f"y{chance.random()}" for _ in range(40))]))
        for each in range(600)
    ]
    with less_than(3):
        publisher_reports = independent(reports)
    assert not any(voice.copy_of for voice in publisher_reports)


@pytest.mark.parametrize("alike", [0.0, 0.5, 1.0])
def test_two_hundred_reports_are_grouped_at_once(alike: float) -> None:
    reports = many(alike)
    with less_than(0.5):
        publisher_reports = independent(reports)
    assert len(publisher_reports) == 200


# ── texts issued again ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("(2nd LD) N. Korea fires a missile", "N. Korea fires a missile"),
        ("(LEAD) N. Korea fires a missile", "N. Korea fires a missile"),
        ("UPDATE 3-N.Korea fires a missile", "N.Korea fires a missile"),
        ("BREAKING: (LEAD) Troops cross", "Troops cross"),
        ("Troops cross (updated)", "Troops cross"),
        ("북한, 미사일 발사 (종합2보)", "북한, 미사일 발사"),
        ("북한, 미사일 발사(종합)", "북한, 미사일 발사"),
        ("[속보] 북한, 미사일 발사", "북한, 미사일 발사"),
        ("【速報】北朝鮮がミサイル発射", "北朝鮮がミサイル発射"),
        ("ОБНОВЛЕНО: Войска перешли реку", "Войска перешли реку"),
        ("Войска перешли реку | ОБНОВЛЕНО", "Войска перешли реку"),
        ("Eilmeldung: Truppen am Fluss", "Truppen am Fluss"),
        ("Update on the talks", "Update on the talks"),
        ("Urgent need for aid", "Urgent need for aid"),
        ("(LEAD)", "(LEAD)"),
    ],
)
def test_a_headline_without_the_marks_of_another_issue(title: str, plain: str) -> None:
    assert reissue(title) == plain


@given(st.text(max_size=200))
def test_any_headline_can_be_read(title: str) -> None:
    assert len(reissue(title)) <= len(title)
    assert isinstance(credited(title, title), str)


@pytest.mark.parametrize("row", ["(", "（", "(a", "[[", "— ", " -", "по данным ", "update ", "1 "])
def test_a_long_row_of_anything_takes_no_long_time(row: str) -> None:
    with less_than(1):
        reissue(row * 5000)
        credited(row * 5000, row * 5000)
        of(row * 5000)
