"""Agreement of the forms of a term with a dictionary: recall and danger.

    python scripts/measure_forms.py [LANG ...] [--show] [--text FILE]

Needs simplemma, whose dictionaries (word → lemma) are inverted here. Prints for some lemmas of
military and political news in each language, for nouns, adjectives and verbs apart:

- recall: the share of the dictionary's forms of a lemma that `forms` makes too; with `--text`,
  each form counts as often as it occurs in that text;
- danger: the share of the forms made that the dictionary has as forms of other lemmas only.

The dictionaries have rare forms (`attaquassiez`), list a participle now as a form of its verb and
now as a lemma, and have a few errors, so neither figure is ever ideal. `--show` lists the missed
and the dangerous forms.
"""
# ruff: noqa: INP001, T201, RUF001 - a script that prints, and words of ten languages

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simplemma.strategies.dictionaries import DefaultDictionaryFactory

from monitor.matching.terms.inflection import forms

if TYPE_CHECKING:
    from collections.abc import Iterable

# Nouns, adjectives and verbs, a line each, as a dictionary writes them.
LEMMAS = {
    "en": """
    nouns: soldier troop army missile rocket launch attack battalion prisoner man weapon enemy
        border casualty defence mercenary navy drone shell strike hostage base treaty crisis
    adjectives: nuclear ballistic military armed hostile
    verbs: deploy shoot fight launch invade withdraw kill fire capture train send fall occupy
        supply
    """,
    "de": """
    nouns: Soldat Armee Rakete Angriff Panzer General Truppe Einheit Gefangener Waffe Grenze Feind
        Krieg Söldner Drohne Streitkraft Übung Bündnis Kampf Flugzeug Schiff Minister Regierung
        Volk Dorf Abkommen Verlust Leutnant
    adjectives: nuklear russisch militärisch ballistisch nordkoreanisch
    verbs: angreifen verlegen abfeuern stationieren töten kämpfen schießen entsenden besetzen
        fliehen
    """,
    "fr": """
    nouns: soldat armée missile attaque char général troupe unité prisonnier arme frontière ennemi
        guerre mercenaire drone exercice traité bataillon combattant navire officier réseau
    adjectives: nucléaire russe militaire balistique coréen intercontinental armé offensif
    verbs: attaquer déployer tirer envahir lancer combattre détruire envoyer tuer défendre menacer
    """,
    "es": """
    nouns: soldado ejército misil ataque tanque general tropa unidad prisionero arma frontera
        enemigo guerra mercenario dron ejercicio tratado batallón buque oficial explosión avión
    adjectives: bélico ruso estratégico balístico norcoreano armado hostil japonés
    verbs: atacar desplegar disparar invadir lanzar combatir destruir enviar matar defender
        amenazar
    """,
    "pt": """
    nouns: soldado exército míssil ataque tanque general tropa unidade prisioneiro arma fronteira
        inimigo guerra mercenário drone exercício tratado batalhão navio oficial explosão avião
    adjectives: bélico russo estratégico balístico coreano armado hostil japonês
    verbs: atacar disparar invadir lançar combater destruir enviar matar defender ameaçar
        mobilizar
    """,
    "it": """
    nouns: soldato esercito missile attacco generale truppa unità prigioniero arma frontiera
        nemico guerra mercenario drone esercitazione trattato battaglione nave ufficiale testata
    adjectives: bellico russo letale balistico coreano armato ostile strategico
    verbs: attaccare schierare sparare invadere lanciare combattere distruggere inviare uccidere
        difendere colpire
    """,
    "pl": """
    nouns: żołnierz wojsko rakieta pocisk armia atak czołg generał oddział jednostka jeniec broń
        granica wróg wojna najemnik dron ćwiczenie traktat batalion okręt oficer siła prezydent
        dowódca minister statek Rosjanin państwo ministerstwo bomba lotnisko
    adjectives: jądrowy rosyjski wojskowy balistyczny koreański zbrojny północny
    verbs: atakować wysłać zabić strzelać walczyć zniszczyć wystrzelić ostrzelać bronić zginąć
    """,
    "tr": """
    nouns: asker ordu füze saldırı tank general birlik tutsak silah sınır düşman savaş insan
        tatbikat anlaşma gemi subay komutan uçak taburu bomba esir cephe devlet ülke bakan başkan
        top kitap köy
    adjectives: nükleer askeri balistik
    verbs:
    """,
    "ru": """
    nouns: солдат армия ракета удар танк генерал войско отряд пленный оружие граница враг война
        наёмник дрон учение договор батальон корабль офицер боец бригада полк военнослужащий министр
        президент
    adjectives: ядерный российский военный баллистический корейский северокорейский
    verbs: атаковать запустить стрелять воевать уничтожить направить убить перебросить обстрелять
    """,
    "uk": """
    nouns: солдат армія ракета удар танк генерал військо загін полонений зброя кордон ворог війна
        найманець дрон навчання договір батальйон корабель офіцер боєць бригада полк міністр
    adjectives: ядерний російський військовий балістичний корейський
    verbs: атакувати запустити стріляти воювати знищити направити вбити перекинути обстріляти
    """,
}  # Turkish verbs stand under their stems in the dictionary


class Figures(NamedTuple):
    """Counts for some lemmas: expected and missed forms, forms made, dangerous ones."""

    expected: Counter[str]
    missed: Counter[str]
    made: list[str]
    dangerous: list[str]

    def __str__(self) -> str:
        expected = self.expected.total()
        recall = 1 - self.missed.total() / max(expected, 1)
        danger = len(self.dangerous) / max(len(self.made), 1)
        return f"recall {recall:4.0%} of {expected:5}, danger {danger:5.1%} of {len(self.made):4}"


def measure(
    lang: str, lemmas: list[str], words: dict[str, set[str]], text: Counter[str] | None
) -> Figures:
    """Compare the forms of lemmas with a dictionary (`words`: folded word → its lemmas).

    `text` counts the words of a text, for weights; None weighs all forms the same.
    """
    figures = Figures(Counter(), Counter(), [], [])
    for lemma in lemmas:
        expected = {word for word, known in words.items() if lemma in known}
        made = {folded(form) for form in forms(lemma, lang)}
        weights = Counter({word: text[word] if text else 1 for word in expected})
        figures.expected.update(weights)
        figures.missed.update({word: weights[word] for word in expected - made if weights[word]})
        figures.made.extend(made)
        figures.dangerous.extend(form for form in made if lemma not in words.get(form, {lemma}))
    return figures


def folded(word: str) -> str:
    """A word as the matcher compares words."""
    return word.lower().replace("ё", "е")


def lemmas_of(lang: str) -> dict[str, list[str]]:
    """Lemmas of a language by part of speech."""
    kinds = re.split(r"(\w+):", LEMMAS[lang])[1:]
    return {kind: words.split() for kind, words in zip(kinds[::2], kinds[1::2], strict=True)}


def dictionary(lang: str, lemmas: Iterable[str]) -> dict[str, set[str]]:
    """Dictionary of a language: folded word → its lemmas, in the spelling of `lemmas`."""
    spelling = {folded(lemma): lemma for lemma in lemmas}
    words = defaultdict(set)
    for word, lemma in DefaultDictionaryFactory().get_dictionary(lang).items():
        if word.isalpha():
            words[folded(word)].add(spelling.get(folded(lemma), lemma))
    return dict(words)


def main() -> None:
    """Print recall and danger for each language and part of speech."""
    parser = argparse.ArgumentParser()
    parser.add_argument("langs", nargs="*", metavar="LANG", default=list(LEMMAS))
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--text", type=Path)
    options = parser.parse_args()
    text = Counter(re.findall(r"\w+", folded(options.text.read_text()))) if options.text else None
    for lang in options.langs:
        kinds = lemmas_of(lang)
        words = dictionary(lang, chain.from_iterable(kinds.values()))
        for kind, lemmas in kinds.items():
            figures = measure(lang, lemmas, words, text)
            print(f"{lang} {kind:10} {figures}")
            if options.show:
                print("   missed:", *(word for word, _ in figures.missed.most_common()))
                print("   dangerous:", *figures.dangerous)


if __name__ == "__main__":
    main()
