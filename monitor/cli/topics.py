"""`monitor topics`: what is watched, with what words, and what else might be."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import (
    Zone,
    counted,
    database,
    format_options,
    local,
    refuse_options,
    table,
)
from monitor.cli.review import review
from monitor.errors import ConfigError, InputError, StoreMissingError
from monitor.store.queries.reader import Reader
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from monitor.cli import CliOptions
    from monitor.config.load import Config
    from monitor.matching.language.expression import Term
    from monitor.matching.program import Forms
    from monitor.matching.suggest.propose import Proposal, Suggestions
    from monitor.matching.terms.termsets import Sets
    from monitor.model import Article, Topic

_EXAMPLES = """\b
Examples:
  monitor topics                             every topic with what it brings
  monitor topics sets                        the term sets to write topics with
  monitor topics sets troops --forms         the words of one, and all their forms
  monitor topics suggest report.txt          propose topics from an article
  monitor topics review                      what readers marked as not relevant, and why it hit
"""
_NUMBERS = {
    "day": "24 h", "week": "7 d", "hits": "All", "near_misses": "Near", "stories": "Stories",
}  # fmt: skip


@click.group(invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--tz", type=Zone(), default="UTC", show_default=True, help="Time zone of the table.")
@format_options()
@click.pass_context
def topics(ctx: click.Context, *, tz: tzinfo, form: str | None) -> None:
    """List the topics with their volume; or list term sets, or propose topics from an article."""
    if ctx.invoked_subcommand:
        refuse_options(ctx)
        return
    config = _config(ctx.obj)
    volumes = _volumes(config.database)
    rows = [_volume(topic, volumes.get(topic.id, {})) for topic in config.topics]
    if form:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    columns = ["Topic", "Title", *_NUMBERS.values(), "Last hit"]
    cells = [
        [row["id"], row["title"], *(str(row[n]) for n in _NUMBERS), local(row["last_hit_at"], tz)]
        for row in rows
    ]
    table(columns, cells, wide="Title", right=list(_NUMBERS.values()))


def _volume(topic: Topic, found: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: found.get(name, 0) for name in _NUMBERS}
    return {"id": topic.id, "title": topic.title, **counts, "last_hit_at": found.get("last_hit_at")}


def _volumes(path: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        with Reader(path) as reader:
            return reader.topics()
    except StoreMissingError:
        click.echo("Nothing was read yet: `monitor run --once` polls the feeds.", err=True)
        return {}


def _config(options: CliOptions) -> Config:
    from monitor.config.load import load
    from monitor.config.paths import config_path

    return load(config_path(options.config), options.database)


def _config_if_any(options: CliOptions) -> Config | None:
    """Return the configuration; None where there is none, for what works without one."""
    from monitor.config.paths import config_path

    try:
        config_path(options.config)
    except ConfigError:
        return None
    return _config(options)


topics.add_command(review)


# ── sets ──────────────────────────────────────────────────────────────────────────────────────

_SETS_EXAMPLES = """\b
Examples:
  monitor topics sets                    all of them
  monitor topics sets north_korea        the terms of one, by language
  monitor topics sets icbm --forms       with plurals, case endings and so on
"""


@topics.command(epilog=_SETS_EXAMPLES)
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--forms", is_flag=True, help="With NAME: show every form that is looked for.")
@format_options()
@click.pass_obj
def sets(options: CliOptions, *, name: str | None, forms: bool, form: str | None) -> None:
    """List term sets, those that come with the program and your own; or show the terms of one.

    A topic uses a set by its name: `@north_korea NEAR/6 @troops`.
    """
    if forms and not name:
        raise click.UsageError("--forms needs the NAME of a set")
    from monitor.matching.terms.termsets import library

    config = _config_if_any(options)
    known = {**library(), **(config.sets if config else {})}
    if name:
        _show_set(_set_name(name, known), known, forms=forms, form=form)
        return
    rows = [_set_row(each, known) for each in sorted(known) if "." not in each]
    if form:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    cells = [
        [
            f"@{row['name']}",
            row["field"] or "yours",
            str(row["terms"]),
            str(len(row["languages"])),
            row["about"],
        ]
        for row in rows
    ]
    columns = ["Set", "Field", "Terms", "Languages", "About"]
    table(columns, cells, wide="About", right=["Terms", "Languages"])


def _set_name(written: str, known: Sets) -> str:
    name = written.removeprefix("@")
    if name not in known:
        advice = "`monitor topics sets` lists them"
        hint = did_you_mean(name, known, written="@{}", otherwise=advice)
        raise click.UsageError(f"there is no term set @{name}{hint}")
    return name


def _set_row(name: str, known: Sets) -> dict[str, Any]:
    from monitor.matching.terms.termsets import terms_of

    each = known[name]
    terms = terms_of(name, known)
    about = each.about or next((known[part].about for part in each.sets if part in known), "")
    return {
        "name": name,
        "field": each.field,
        "about": about,
        "terms": len(terms),
        "languages": sorted({lang for lang, _ in terms if lang}),
        "sets": list(each.sets),
    }


def _show_set(name: str, known: Sets, *, forms: bool, form: str | None) -> None:
    from monitor.matching.terms.termsets import terms_of

    row = _set_row(name, known)
    terms = [(lang, _written(term)) for lang, term in terms_of(name, known)]
    found = _forms(terms) if forms else [()] * len(terms)
    by_lang: dict[str, dict[str, Sequence[str]]] = {}
    for (lang, term), each in zip(terms, found, strict=True):
        by_lang.setdefault(lang, {})[term] = each
    if form:
        shown = by_lang if forms else {lang: list(each) for lang, each in by_lang.items()}
        click.echo(json.dumps({**row, "terms": shown}, ensure_ascii=False, indent=2))
    else:
        _print_set(row, by_lang)


def _written(term: Term) -> str:
    """Return a term as lists have it: marked where it counts in one language, or cancels others."""
    return f"{'-' * term.cancels}{'!' * bool(term.lang)}{term}"


def _forms(terms: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return the forms of each (language, term), as a topic that asks for it would have them."""
    from monitor.matching.compile import compiled
    from monitor.matching.language.expression import SetRef
    from monitor.matching.terms.termsets import TermSet
    from monitor.model import Topic

    own = {
        f"term_{number}": TermSet(f"term_{number}", (term,)) for number, term in enumerate(terms)
    }
    topic = Topic("forms", "forms", any=tuple(f"@{name}" for name in own))
    leaves = compiled([topic], own).leaves
    return [
        tuple(
            form
            for each in leaves[SetRef(name)]
            for form in (*each.folded, *each.cased, *each.longer, *_begun(each))
        )
        for name in own
    ]


def _begun(forms: Forms) -> list[str]:
    return [f"{begin}*" for begin in forms.begins]


def _print_set(row: Mapping[str, Any], by_lang: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    click.secho(f"@{row['name']}", bold=True)
    click.echo(f"{row['about']} ({row['field'] or 'yours'}, {counted(row['terms'], 'term')})")
    if row["sets"]:
        click.echo(f"includes {', '.join(f'@{each}' for each in row['sets'])}")
    for lang, terms in by_lang.items():
        click.echo()
        click.secho(lang or "any language", bold=True)
        for term, found in terms.items():
            click.echo(f"  {term}{': ' if found else ''}{', '.join(found)}")


# ── suggest ───────────────────────────────────────────────────────────────────────────────────

_SUGGEST_EXAMPLES = """\b
Examples:
  monitor topics suggest report.txt                 a text file; its first line is the title
  monitor topics suggest 42                         42 is the ID that `monitor hits` prints
  monitor topics suggest https://example.org/story  a stored article by its link
  pbpaste | monitor topics suggest -                what comes through a pipe
"""


@topics.command(epilog=_SUGGEST_EXAMPLES)
@click.argument("which", metavar="FILE|URL|ID")
@format_options()
@click.pass_obj
def suggest(options: CliOptions, *, which: str, form: str | None) -> None:
    """Propose topics from an article: who, where, by what weapon, and what they do.

    Prints YAML to paste under `topics:` in config.yaml. A spaCy model, if the configuration names
    one (nlp.model), adds names that no term set has.
    """
    from monitor.matching.suggest.names import load_model
    from monitor.matching.suggest.propose import suggested

    config = _config_if_any(options)
    article = _article(options, which)
    model = load_model(_model_path(config)) if config and config.model else None
    own, live = (config.sets, config.topics) if config else ({}, ())
    found = suggested(article, own, live, model)
    if form:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    for line in _as_yaml(found, article):
        click.echo(line)
    if not found.proposals:
        click.echo("Nothing to propose: no term set finds enough here.", err=True)


def _model_path(config: Config) -> str:
    """Return the model's name, or its folder, which counts from the configuration's own."""
    folder = config.path.parent / config.model
    return str(folder) if folder.is_dir() else config.model


def _article(options: CliOptions, which: str) -> Article:
    from monitor.backtest.trial import stored_article, text_article

    if not which.isdecimal() and "://" not in which:
        return text_article(_text(which))
    with Reader(database(options)) as reader:
        row = reader.find(which)
    if row is None:
        advice = "`monitor hits` lists them; or save its text to a file and name that"
        raise InputError(f"there is no stored article {which}: {advice}")
    return stored_article(row)


def _text(name: str) -> str:
    try:
        with click.open_file(name, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        advice = "give a text file, or the URL or ID of a stored article"
        raise InputError(f"{name} cannot be read ({error.strerror}): {advice}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no text in UTF-8: {error}") from error
    if not text.strip():
        raise InputError(f"{name} is empty: its first line is the title, the rest the text")
    return str(text)


def _as_yaml(found: Suggestions, article: Article) -> list[str]:
    lines = [f"# Proposed from “{_short(article.title)}” ({article.lang or 'language unknown'})."]
    if found.proposals:
        lines.append(
            "# Paste what you want under `topics:` in config.yaml, then run `monitor check`."
        )
    if found.hits:
        lines.append(f"# Topics of yours that hit it already: {', '.join(found.hits)}.")
    if found.note:
        lines.append(f"# {found.note}")
    for each in found.proposals:
        lines += ["", *_topic_lines(each)]
    return lines


def _topic_lines(each: Proposal) -> list[str]:
    """Return a topic as YAML; JSON's strings are YAML's as well."""
    known = f"  # found by your topic {', '.join(each.same)} as well" if each.same else ""
    match = each.match.replace("'", "''")
    example = json.dumps(each.example.replace("${", "$ {"), ensure_ascii=False)
    found = _short(", ".join(each.words))
    lines = [f"  # weight {each.weight:.1f}, score {each.score:.2f}; found: {found}"]
    lines += [f"  # in figures: {_short(', '.join(each.figures))}"] if each.figures else []
    return [
        *lines,
        f"  - id: {each.id}{known}",
        f"    title: {json.dumps(each.title, ensure_ascii=False)}",
        f"    match: '{match}'",
        "    examples:",
        "      match:",
        f"        - {example}",
    ]


def _short(text: str, most: int = 90) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
