"""The forms of a term, from the one that a linguist wrote."""

from __future__ import annotations

import subprocess
import sys

import pytest
from amounts import many
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.terms.inflection import forms, signed_forms
from monitor.matching.terms.spelling import MOST_FORMS, languages_of

examples = settings(derandomize=True, max_examples=many(300), deadline=None)
LANGUAGES = (
    "en",
    "de",
    "sv",
    "nl",
    "fr",
    "es",
    "pt",
    "it",
    "pl",
    "tr",
    "ar",
    "ru",
    "uk",
    "ko",
    "xx",
)
PIECES = (
    "man party soldat misil żołnierz füze صاروخ الجيش ракета Курск военный солдат Ын КНДР"
    " атаковать of de take a İ ICBM 19 - ' _ 北 북한 é"
)


def assert_forms(lang: str, term: str, expected: str) -> None:
    wanted = {form.strip() for form in expected.split(",")}
    assert wanted <= forms(term, lang)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("soldier", "soldiers"),
        ("army", "armies"),
        ("serviceman", "servicemen"),
        ("foot", "feet"),
        ("deploy", "deploys, deployed, deploying"),
        ("shell", "shells, shelled, shelling"),
        ("ship", "ships, shipped, shipping"),
        ("strike", "strikes, struck, striking"),
        ("surrender", "surrendered, surrendering"),
        ("supply", "supplies, supplied, supplying"),
        ("patrol", "patrols, patrolled, patrolling"),
        ("North Korean", "North Koreans"),
        ("special force", "special forces"),
        ("prisoner of war", "prisoners of war"),
        ("take prisoner", "takes prisoner, took prisoner, taken prisoner"),
        ("shoot down", "shot down, shooting down"),
        ("ICBM", "ICBMs"),
        ("F-16", "F-16s"),
        ("S-400", "S-400s"),
    ],
)
def test_english_plurals_and_verbs(term: str, expected: str) -> None:
    assert_forms("en", term, expected)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("Angriff", "Angriffe, Angriffs, Angriffen"),
        ("Soldat", "Soldaten"),
        ("General", "Generäle, Generälen, Generals"),
        ("Land", "Landes, Länder, Ländern"),
        ("Streitkraft", "Streitkräfte, Streitkräften"),
        ("nordkoreanisch", "nordkoreanische, nordkoreanischen, nordkoreanischer"),
        ("ballistische Rakete", "ballistischen Raketen, ballistischer Raketen"),
        ("nordkoreanischer Soldat", "nordkoreanische Soldaten, nordkoreanischen Soldaten"),
        ("angreifen", "angegriffen, anzugreifen, angriff"),
        ("stationieren", "stationiert, stationierte"),
        ("abfeuern", "abgefeuert, abfeuerte"),
        ("töten", "tötet, getötet, töteten"),
    ],
)
def test_german_endings_and_changed_vowels(term: str, expected: str) -> None:
    assert_forms("de", term, expected)


@pytest.mark.parametrize(
    ("lang", "term", "expected"),
    [
        ("fr", "nord-coréen", "nord-coréens, nord-coréenne, nord-coréennes"),
        ("fr", "missile balistique intercontinental", "missiles balistiques intercontinentaux"),
        ("fr", "Corée du Nord", "Corée du Nord"),
        ("fr", "arme nucléaire", "armes nucléaires"),
        ("fr", "attaquer", "attaque, attaquent, attaqua, attaqué, attaquées, attaquera"),
        ("es", "misil balístico intercontinental", "misiles balísticos intercontinentales"),
        ("es", "soldado norcoreano", "soldados norcoreanos"),
        ("es", "desplegar", "despliega, desplegó, desplegaron, desplegadas, desplegará"),
        ("es", "militar", "militares"),
        ("pt", "míssil balístico", "mísseis balísticos"),
        ("pt", "norte-coreano", "norte-coreanos, norte-coreana"),
        ("pt", "avião", "aviões"),
        ("it", "missile balistico", "missili balistici"),
        ("it", "forza armata", "forze armate"),
        ("it", "attaccare", "attacca, attaccò, attaccato, attaccata, attaccherà"),
        ("it", "arma nucleare", "armi nucleari"),
    ],
)
def test_romance_nouns_agree_with_their_adjectives(lang: str, term: str, expected: str) -> None:
    assert_forms(lang, term, expected)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("żołnierz", "żołnierza, żołnierze, żołnierzy, żołnierzom, żołnierzami"),
        ("pocisk", "pociski, pocisków, pociskiem"),
        ("rakieta", "rakiety, rakiet, rakiecie, rakietą"),
        ("wojsko", "wojska, wojsk, wojskami"),
        ("dron", "drony, dronów, dronem"),
        ("jeniec", "jeńca, jeńcy, jeńców"),
        ("wróg", "wroga, wrogów"),
        ("Kursk", "Kurska, Kurskowi, Kurskiem, Kursku"),
        ("Korea Północna", "Korei Północnej, Koreę Północną, Koreą Północną"),
        ("siły zbrojne", "sił zbrojnych, siłami zbrojnymi, siłom zbrojnym"),
        ("prezydent Rosji", "prezydenta Rosji, prezydentowi Rosji"),
        ("północnokoreański", "północnokoreańscy, północnokoreańskich, północnokoreańskiego"),
        ("atakować", "atakuje, atakują, atakowali, atakowany"),
    ],
)
def test_polish_stems_soften(term: str, expected: str) -> None:
    assert_forms("pl", term, expected)


@pytest.mark.parametrize(
    ("lang", "term", "expected"),
    [
        ("ru", "ракета-носитель", "ракеты-носителя, ракетой-носителем, ракет-носителей"),
        ("ru", "пресс-секретарь", "пресс-секретаря, пресс-секретарём"),
        ("ru", "самолет-заправщик", "самолёта-заправщика, самолётов-заправщиков"),
        ("ru", "военно-морской флот", "военно-морского флота, военно-морским флотом"),
        ("ru", "Южно-Китайское море", "Южно-Китайского моря, Южно-Китайском море"),
        ("ru", "Порт-Судан", "Порт-Судана, Порт-Судане"),
        ("uk", "ракета-носій", "ракети-носія, ракетою-носієм"),
        ("uk", "зенітно-ракетний", "зенітно-ракетного, зенітно-ракетних"),
    ],
)
def test_the_parts_of_a_russian_or_ukrainian_compound_change_together(
    lang: str, term: str, expected: str
) -> None:
    assert_forms(lang, term, expected)


def test_a_russian_nominative_is_known_where_it_is_the_rarest_case() -> None:
    assert_forms("ru", "боевой самолет", "боевого самолёта, боевые самолёты, боевых самолётов")
    assert_forms("ru", "Северный морской путь", "Северного морского пути")
    assert_forms("ru", "Голанские высоты", "Голанских высот, Голанскими высотами")


def test_a_ukrainian_word_with_an_apostrophe_is_one_word() -> None:
    assert_forms("uk", "ядерний об'єкт", "ядерного об'єкта, ядерні об'єкти, ядерних об'єктів")
    assert_forms("uk", "перемир’я", "перемир'ю, перемир'ям")


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("asker", "askerler, askerleri, askerlerin, askerin, askere"),
        ("füze", "füzeler, füzeyi, füzenin, füzesi, füzelerini"),
        ("ordu", "ordusu, ordunun, orduya, orduları"),
        ("uçak", "uçağı, uçaklar, uçaktan"),
        ("savaş esiri", "savaş esirleri, savaş esirini"),
        ("saldırmak", "saldırdı, saldırıyor, saldıracak"),
    ],
)
def test_turkish_vowels_are_in_harmony(term: str, expected: str) -> None:
    assert_forms("tr", term, expected)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("جندي", "الجندي, وجندي, بجندي, للجندي, والجندي"),
        ("قوات", "القوات, وقوات, قواته, قواتها"),
        ("الجيش", "والجيش, للجيش, بالجيش"),
        ("صاروخ باليستي", "الصاروخ الباليستي, بصاروخ باليستي"),
        ("كوريا الشمالية", "وكوريا الشمالية, لكوريا الشمالية"),
        ("صاروخ", "فالصاروخ, كالصاروخ, فبصاروخ"),
    ],
)
def test_arabic_words_take_particles_and_the_article(term: str, expected: str) -> None:
    assert_forms("ar", term, expected)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("Курск", "Курска, Курску, Курском, Курске"),
        ("Суджа", "Суджи, Судже, Суджу, Суджей"),
        ("Пхеньян", "Пхеньяна, Пхеньяном, Пхеньяне"),
        ("Курская область", "Курской области, Курскую область, Курской областью"),
        (
            "межконтинентальная баллистическая ракета",
            "межконтинентальной баллистической ракеты, межконтинентальных баллистических ракет",
        ),
        ("вооружённые силы", "вооружённых сил, вооружёнными силами"),
        ("армия КНДР", "армии КНДР, армией КНДР"),
        ("ЧВК Вагнер", "ЧВК Вагнера"),
        ("Ким Чен Ын", "Ким Чен Ына, Ким Чен Ыном"),
        ("Владимир Путин", "Владимира Путина, Владимиром Путиным"),
        ("военный", "военного, военные, военных, военная"),
        ("атаковать", "атаковал, атаковала, атаковали, атакует, атакуют, атаковав, атакованы"),
        ("взять в плен", "взят в плен, взяли в плен"),
    ],
)
def test_russian_words_are_declined_together(term: str, expected: str) -> None:
    assert_forms("ru", term, expected)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("Курськ", "Курська, Курську, Курськом"),
        ("загін", "загону, загони, загонів"),
        ("Північна Корея", "Північної Кореї, Північну Корею, Північній Кореї"),
        ("північнокорейський солдат", "північнокорейські солдати"),
        ("запустити", "запустив, запустила, запустили"),
        ("Кім Чен Ин", "Кім Чен Ина, Кім Чен Ином"),
    ],
)
def test_ukrainian_words_are_declined_together(term: str, expected: str) -> None:
    assert_forms("uk", term, expected)


@pytest.mark.parametrize(
    ("lang", "term", "other"),
    [
        ("de", "Kursk", "kurskrasch"),
        ("de", "Un", "Uns"),
        ("en", "base", "based"),
        ("en", "German", "Germen"),
        ("es", "militar", "milita"),
        ("it", "stato", "stata"),
        ("ru", "стать", "статью"),
        ("ru", "правый", "прав"),
        ("ru", "армия КНДР", "армия кндр"),
        ("ru", "войска", "войско"),
        ("ru", "умереть", "ум"),
        ("es", "cercar", "cerca"),
        ("fr", "port", "porte"),
    ],
)
def test_forms_leave_out_other_words(lang: str, term: str, other: str) -> None:
    assert other not in forms(term, lang)


@pytest.mark.parametrize(("lang", "term"), [("ko", "북한"), ("zh", "朝鲜"), ("xx", "soldier")])
def test_a_language_without_rules_leaves_the_term_alone(lang: str, term: str) -> None:
    assert forms(term, lang) == {term}


@pytest.mark.parametrize(
    ("term", "languages"),
    [
        ("Kursk", ("en",)),
        ("żołnierz", ("pl",)),
        ("España", ("es",)),
        ("Straße", ("de",)),
        ("saldırı", ("tr",)),
        ("Курск", ("ru", "uk")),
        ("Київ", ("uk",)),
        ("мобилизационный", ("ru",)),
        ("Объект", ("ru",)),
        ("كوريا", ("ar",)),
        ("북한", ("ko",)),
        ("ミサイル", ("ja",)),
        ("北朝鮮", ("zh", "ja")),
        ("2024", ("en",)),
    ],
)
def test_letters_tell_the_languages_of_a_term(term: str, languages: tuple[str, ...]) -> None:
    assert languages_of(term) == languages


def test_the_dictionaries_of_russian_are_loaded_only_for_russian() -> None:
    code = (
        "import sys; from monitor.matching.terms.inflection import forms;"
        "forms('soldier', 'en'); sys.exit('pymorphy3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@examples
@given(st.text(), st.sampled_from(LANGUAGES))
def test_any_text_has_forms(term: str, lang: str) -> None:
    found = signed_forms(term, lang)
    assert term in found
    assert len(found) <= MOST_FORMS
    assert languages_of(term)


@examples
@given(st.lists(st.sampled_from(PIECES.split()), max_size=9), st.sampled_from(LANGUAGES))
def test_any_words_have_a_bounded_number_of_forms(words: list[str], lang: str) -> None:
    term = " ".join(words)
    found = signed_forms(term, lang)
    assert term in found
    assert len(found) <= MOST_FORMS


def test_a_korean_name_with_titles_is_also_its_surname_with_them() -> None:
    assert forms("윤 석열 대통령", "ko") == {"윤 석열 대통령", "윤석열", "윤 대통령"}
    assert forms("군 복귀 탄원", "ko") == {"군 복귀 탄원"}


@pytest.mark.parametrize(
    ("term", "found"),
    [("insansız hava aracı", "insansız hava araçlarını"), ("savaş uçağı", "savaş uçakları"),
     ("esir kampı", "esir kamplarında")],
)  # fmt: skip
def test_a_turkish_compound_hardens_its_consonant_in_the_plural(term: str, found: str) -> None:
    assert found in forms(term, "tr")


@pytest.mark.parametrize("found", ["صواريخنا", "وصواريخها", "بالصواريخ", "للصواريخ"])
def test_an_arabic_noun_has_prefixes_and_possessive_endings(found: str) -> None:
    assert found in forms("صواريخ", "ar")


def test_hebrew_words_take_several_particles_at_once() -> None:
    assert_forms("he", "חייל", "מהחיילים, שהחיילים, ולחיילים, ובחיילים, כשהחייל")


def test_persian_words_take_the_ending_of_a_single_one() -> None:
    assert_forms("fa", "موشک", "موشکی, موشکهایی")
    assert_forms("fa", "پهپاد", "پهپادی, پهپادهایی")
