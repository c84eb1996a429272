"""`monitor topics sets`: the term sets, the terms of one, and the sets that hold a word."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import emit, emit_json, format_options
from monitor.cli.table import table
from monitor.text.counts import counted
from monitor.text.language_names import language_name, named
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.cli import CliOptions
    from monitor.matching.language.expression import Term
    from monitor.matching.program import Forms
    from monitor.matching.terms.termsets import Sets

_SETS_EXAMPLES = """\b
Examples:
  monitor topics sets                    all term sets
  monitor topics sets north_korea        the terms of a set, by language
  monitor topics sets icbm --forms       with plurals, case endings and so on
  monitor topics sets --find boards      which sets hold a word, and by which form
"""


@click.command(epilog=_SETS_EXAMPLES)
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--forms", is_flag=True, help="With NAME: show every form that matches.")
@click.option("--find", "word", metavar="WORD", help="List the sets that hold a word or phrase.")
@format_options(lines=True)
@click.pass_obj
def sets(
    options: CliOptions, *, name: str | None, forms: bool, word: str | None, form: str | None
) -> None:
    """List term sets, the program's and your own; show the terms of one set.

    A topic refers to a set by its name: `@north_korea NEAR/6 @troops`.
    """
    if forms and not name:
        raise click.UsageError("--forms needs the NAME of a set")
    if word is not None and (name or forms):
        raise click.UsageError("--find looks into all sets: leave out NAME and --forms")
    from monitor.cli.access import config_if_any
    from monitor.matching.terms.termsets import library

    config = config_if_any(options)
    known = {**library(), **(config.sets if config else {})}
    if name:
        _show_set(_set_name(name, known), known, forms=forms, form=form)
    elif word is not None:
        _find(word, known, form)
    else:
        _list(known, form)


def _list(known: Sets, form: str | None) -> None:
    """Print the sets and the parts that no set includes by itself."""
    from monitor.matching.terms.termsets import APART

    names = (name for name in sorted(known) if name.partition(".")[2] in {"", *APART})
    rows = [_set_row(name, known) for name in names]
    if form:
        emit(rows, list(rows[0]), form)
        return
    columns = ["Set", "Field", "Terms", "About", "Languages"]
    table(columns, list(map(_set_cells, rows)), wide=["About", "Languages"], right=["Terms"])


def _set_cells(row: Mapping[str, Any]) -> list[str]:
    languages = named(row["languages"]) or "any"
    field, terms = row["field"] or "yours", str(row["terms"])
    return [f"@{row['name']}", field, terms, row["about"], languages]


def _find(word: str, known: Sets, form: str | None) -> None:
    from monitor.matching.origins import holders

    found = list(holders(word, known))
    if form:
        emit([each._asdict() for each in found], ["name", "lang", "term", "form"], form)
        return
    rows = [
        [f"@{each.name}", language_name(each.lang) or "any", each.term, each.form] for each in found
    ]
    table(["Set", "Language", "Term", "Form"], rows, wide=["Term", "Form"])
    if not rows:
        click.echo(f"no term set holds “{word}”", err=True)


def _set_name(written: str, known: Sets) -> str:
    name = written.removeprefix("@")
    if name not in known:
        advice = "`monitor topics sets` lists them"
        hint = did_you_mean(name, known, written="@{}", otherwise=advice)
        raise click.UsageError(f"there is no term set @{name}{hint}")
    return name


def _set_row(name: str, known: Sets) -> dict[str, Any]:
    from monitor.matching.terms.termsets import METONYMS, terms_of

    term_set = known[name]
    terms = terms_of(name, known)
    included = [known[part].about for part in term_set.sets if part in known]
    country, _, part = name.partition(".")
    metonym = f"@{country}, named by its {part}" if part in METONYMS else ""
    return {
        "name": name,
        "field": term_set.field,
        "about": term_set.about or next(iter(included), "") or metonym,
        "terms": len(terms),
        "languages": sorted({lang for lang, _ in terms if lang}),
        "sets": list(term_set.sets),
    }


def _show_set(name: str, known: Sets, *, forms: bool, form: str | None) -> None:
    from monitor.matching.terms.termsets import terms_of

    row = _set_row(name, known)
    terms = [(lang, _written(term)) for lang, term in terms_of(name, known)]
    forms_of = _forms(terms) if forms else [()] * len(terms)
    by_lang: dict[str, dict[str, Sequence[str]]] = {}
    for (lang, term), term_forms in zip(terms, forms_of, strict=True):
        by_lang.setdefault(lang, {})[term] = term_forms

    if form:
        shown = by_lang if forms else {lang: list(each) for lang, each in by_lang.items()}
        emit_json({**row, "terms": shown})
    else:
        _print_set(row, by_lang)


def _written(term: Term) -> str:
    """A term as term sets write it: `!` for one language only, `-` for one that cancels hits."""
    return f"{'-' * term.cancels}{'!' * bool(term.lang)}{term}"


def _forms(terms: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Forms of each (language, term), from the compiled program of a topic with these terms."""
    from monitor.matching.compile import compiled
    from monitor.matching.language.expression import SetRef
    from monitor.matching.terms.termsets import TermSet
    from monitor.model import Topic

    names = [f"term_{number}" for number in range(len(terms))]
    own = {name: TermSet(name, (term,)) for name, term in zip(names, terms, strict=True)}
    topic = Topic("forms", "forms", any=tuple(f"@{name}" for name in names))
    program = compiled([topic], own)
    return [tuple(chain.from_iterable(map(_all, program.forms(SetRef(name))))) for name in names]


def _all(forms: Forms) -> list[str]:
    from monitor.matching.language.proclitics import spelled_out

    beginnings = [f"{begin}*" for begin in forms.begins]
    return [*spelled_out(forms.folded), *forms.cased, *forms.longer, *beginnings]


def _print_set(row: Mapping[str, Any], by_lang: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    click.secho(f"@{row['name']}", bold=True)
    click.echo(f"{row['about']} ({row['field'] or 'yours'}, {counted(row['terms'], 'term')})")
    if row["languages"]:
        click.echo(f"in {named(row['languages'])}")
    if row["sets"]:
        click.echo(f"includes {', '.join(f'@{each}' for each in row['sets'])}")
    for lang, terms in by_lang.items():
        click.echo()
        shown = f"{language_name(lang)} ({lang})" if lang else "any language"
        click.secho(shown, bold=True)
        for term, forms in terms.items():
            click.echo(f"  {term}{': ' if forms else ''}{', '.join(forms)}")
