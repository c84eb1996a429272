"""What language an article is in: its text says it where it can, its feed where it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.language import language
from monitor.text.telling import confirms

POLISH = "Minister obrony zapowiedział, że nowe przepisy wejdą w życie jeszcze w tym roku."
SENTENCES = [
    ("ar", "قال وزير الخارجية إن المحادثات سوف تستأنف الأسبوع المقبل في العاصمة"),
    ("bg", "Правителството обяви, че новият мост ще бъде открит през есента"),
    ("cs", "Ministr obrany oznámil, že nová vyhláška začne platit ještě letos"),
    ("de", "Die Regierung will das neue Gesetz noch vor dem Sommer verabschieden"),
    ("el", "Η κυβέρνηση ανακοίνωσε νέα μέτρα για τις πυρκαγιές"),
    ("en", "The government says the new bridge will be opened before the summer"),
    ("es", "El gobierno anunció que el nuevo puente se abrirá antes del verano"),
    ("fa", "وزیر امور خارجه گفت که گفتگوها هفته آینده در پایتخت از سر گرفته می‌شود"),
    ("fr", "Le gouvernement annonce que le nouveau pont ouvrira avant cet été"),
    ("he", "הממשלה הודיעה כי הגשר החדש ייפתח לפני הקיץ"),
    ("hi", "सरकार ने कहा है कि नया पुल गर्मियों से पहले खोल दिया जाएगा"),
    ("id", "Pemerintah mengumumkan bahwa jembatan baru akan dibuka sebelum akhir tahun"),
    ("it", "Il governo ha annunciato che il nuovo ponte aprirà prima dell'estate"),
    ("ja", "政府は新しい橋を夏までに開通させると発表した"),
    ("ka", "მთავრობამ განაცხადა, რომ ახალი ხიდი ზაფხულამდე გაიხსნება"),
    ("ko", "정부는 새 다리를 여름 전에 개통한다고 발표했다"),
    ("nl", "De regering zegt dat de nieuwe brug nog voor de zomer opengaat"),
    ("pl", POLISH),
    ("pt", "O governo anunciou que a nova ponte não será aberta antes do verão"),
    ("ro", "Guvernul a anunțat că noul pod va fi deschis înainte de vară"),
    ("ru", "Правительство сообщило, что новый мост откроют до начала лета"),
    ("sr", "Влада је саопштила да ће нови мост бити отворен пре почетка лета"),
    ("sv", "Regeringen säger att den nya bron ska öppnas före sommaren"),
    ("th", "รัฐบาลประกาศว่าสะพานใหม่จะเปิดก่อนฤดูร้อน"),
    ("tr", "Hükümet yeni köprünün yaz gelmeden önce açılacağını duyurdu"),
    ("uk", "Уряд повідомив, що новий міст відкриють ще до початку літа"),
    ("vi", "Chính phủ cho biết cây cầu mới sẽ được khánh thành trước mùa hè"),
    ("zh", "政府宣布新大桥将在夏天之前通车"),
    ("zh", "政府宣布新大橋將在夏天之前通車"),
]


@pytest.mark.parametrize("declared", ["right", "", "en-US", "ru", "xx", "not a language"])
def test_a_sentence_tells_its_language_whatever_the_feed_says(declared: str) -> None:
    told = [
        language(text, "", code if declared == "right" else declared) for code, text in SENTENCES
    ]
    assert list(zip(told, SENTENCES, strict=True)) == [(each[0], each) for each in SENTENCES]


@pytest.mark.parametrize(
    ("sentence", "declared", "code"),
    [
        (POLISH, "en-US", "pl"),
        ("Президент підписав указ про нові виплати для родин військових", "ru", "uk"),
        ("Президент подписал указ о новых выплатах семьям военных", "uk", "ru"),
        ("O presidente disse que não há previsão para o fim das negociações", "es", "pt"),
        ("El presidente dijo que no hay fecha para el fin de las negociaciones", "pt", "es"),
    ],
)
def test_near_languages_are_told_apart_against_the_feed(
    sentence: str, declared: str, code: str
) -> None:
    assert language(sentence, "", declared) == code


def test_the_declared_language_is_told_as_a_small_primary_code() -> None:
    assert language("The minister spoke to the press on Monday", "", "EN_gb") == "en"
    assert language("部长星期一对媒体发表讲话", "", "zh-Hant-TW") == "zh"


@pytest.mark.parametrize(
    ("declared", "code"), [("iw", "he"), ("in", "id"), ("ua", "uk"), ("nb-NO", "no"), ("und", "")]
)
def test_withdrawn_codes_and_country_codes_become_the_language_meant(
    declared: str, code: str
) -> None:
    assert language("", "", declared) == code


def test_a_summary_tells_what_a_short_title_does_not() -> None:
    assert language("Minister", POLISH, "en") == "pl"


@pytest.mark.parametrize("declared", ["en", "de", "fr", "pl", "cs"])
def test_of_a_short_title_the_declared_language_stands(declared: str) -> None:
    assert language("Kim in Berlin", "", declared) == declared


def test_a_short_title_in_a_foreign_script_contradicts_the_declared_language() -> None:
    assert language("Москва", "", "en") == "ru"
    assert language("Москва", "", "bg") == "bg"
    assert language("서울", "", "ja") == "ko"
    assert language("NATO", "", "ru") != "ru"


def test_korean_with_english_words_is_korean() -> None:
    assert language("LG Display, OLED 신제품 CES 2025서 공개", "", "en") == "ko"


def test_chinese_characters_in_a_korean_headline_are_korean() -> None:
    assert language("美 국무부 “北 발사 규탄”", "", "") == "ko"


def test_japanese_is_chinese_characters_with_a_little_kana() -> None:
    assert language("首相、訪米へ 首脳会談調整", "", "") == "ja"


def test_a_japanese_title_without_kana_is_what_the_feed_says() -> None:
    assert language("首脳会談開催", "", "ja") == "ja"


def test_long_chinese_is_not_japanese_even_if_declared() -> None:
    chinese = "外交部发言人表示，双方将继续就贸易问题进行磋商，希望早日达成协议，维护两国人民的利益"
    assert language(chinese, "", "ja") == "zh"


def test_serbian_in_latin_letters_and_its_twins_are_what_the_feed_says() -> None:
    latin = "Vlada je saopštila da će novi most biti otvoren prije početka ljeta"
    assert [language(latin, "", code) for code in ("sr", "hr", "bs")] == ["sr", "hr", "bs"]


def test_a_foreign_name_in_its_own_letters_does_not_make_the_text_foreign() -> None:
    assert language("The newspaper Правда reports on the harvest", "", "en") == "en"


def test_a_russian_text_with_foreign_brands_is_russian() -> None:
    assert language("Apple и Microsoft откроют офисы в Казани", "", "en") == "ru"


def test_vowels_that_are_marks_count_as_letters_of_a_short_title() -> None:
    assert language("किसानों ने राजधानी में सड़कें रोकीं", "", "mr") == "hi"


def test_capitals_are_read_like_small_letters() -> None:
    assert language(POLISH.upper(), "", "en") == "pl"
    assert language("THE GOVERNMENT HAS ANNOUNCED NEW RULES FOR BANKS", "", "pl") == "en"


@pytest.mark.parametrize("text", ["", " ", "2024", "10:45 – 3,5 %", "…", "🚀🚀", "।", "\u0345"])
def test_without_letters_only_the_feed_can_tell(text: str) -> None:
    assert language(text, "", "pl-PL") == "pl"
    assert language(text, text, "") == ""


def test_letters_that_are_no_words_tell_nothing() -> None:
    assert language("Xq", "", "") == ""


@given(title=st.text(), text=st.text(), declared=st.text())
def test_any_text_gives_a_code_or_nothing(title: str, text: str, declared: str) -> None:
    code = language(title, text, declared)
    assert not code or (code.isascii() and code.islower() and len(code) in {2, 3})


@given(text=st.text(st.characters(categories=["Cs", "Cc", "Lo", "Mn"])))
def test_lone_surrogates_and_controls_do_no_harm(text: str) -> None:
    assert language(text, text, "uk") is not None


def test_a_short_title_overrules_its_feed_by_clear_evidence_only() -> None:
    assert language("Китай започна военно учение около Тайван", "", "bg") == "bg"
    assert language("Kapal perusak AS tembak jatuh drone di lepas pantai", "", "id") == "id"
    assert language("Żołnierze wycofali się z miasta nad rzeką", "", "en") == "pl"


@pytest.mark.parametrize("title", ["Gangs hijack ship in Red Sea", "Kim Jong Un visits Kursk"])
def test_a_short_title_that_tells_little_is_in_the_language_of_its_feed(title: str) -> None:
    assert language(title, "", "en") == "en"
    assert language(title, "", "") == ""


@pytest.mark.parametrize(("code", "sentence"), SENTENCES)
def test_common_words_and_letters_confirm_no_other_language(code: str, sentence: str) -> None:
    confirmed = {other for other, _ in SENTENCES if confirms(sentence, other)}
    assert confirmed <= {code}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("en", "The government says the new bridge will be opened"),
        ("de", "Die Regierung will das neue Gesetz nicht vor dem Sommer verabschieden"),
        ("pl", "Minister zapowiedział, że przepisy wejdą w życie przed końcem roku"),
        ("ru", "Правительство сообщило, что новый мост открыли"),
        ("pl", "Żołnierze wycofali się z miasta"),
        ("uk", "Уряд повідомив, що її відкриють"),
        ("uk", "Міністр відкрив лікарню"),
        ("es", "Dos años después, nuevo acuerdo"),
        ("ar", "قالت الوزارة إن المحادثات تستأنف"),
        ("zh", "政府宣布了新大桥的通车日期"),
    ],
)
def test_common_words_and_letters_confirm_what_a_feed_declares(code: str, sentence: str) -> None:
    assert confirms(sentence, code)
