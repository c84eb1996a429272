"""`monitor explain`: the expression of a topic as a tree, with the words that make it true."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from monitor.cli.output import database, emit_json, format_options, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monitor.cli import CliOptions
    from monitor.matching.explain import Branch, Explanation
    from monitor.model import Article

_EXAMPLES = """\b
Examples:
  monitor explain 42                          42 is the ID that `monitor hits` prints
  monitor explain https://example.org/story   a stored article by its link
  monitor explain --topic kursk --text "Ukraine holds Sudzha, Kyiv says"
  monitor explain --file headlines.txt        a text a line: outcomes and words
  pbpaste | monitor explain -                 the same from a pipe
"""
_LISTED = 6  # absent alternatives that are listed; --json has all of them
_COLOURS = {"hit": "green", "near-miss": "yellow", "no-match": "red"}


@click.command(epilog=_EXAMPLES)
@click.argument("which", metavar="[ID|URL|-]", required=False)
@click.option("--text", default="", help="Explain this text; its first line is the title.")
@click.option(
    "--file",
    "name",
    metavar="FILE",
    help="Explain each line of a file: a title, or an article in JSON as for `backtest --input`.",
)
@click.option("--topic", "topics", multiple=True, help="Only this topic (its id); repeatable.")
@format_options()
@click.pass_obj
def explain(
    options: CliOptions,
    *,
    which: str | None,
    text: str,
    name: str | None,
    topics: tuple[str, ...],
    form: str | None,
) -> None:
    """Explain why an article hits a topic, or does not.

    Each topic's expression is shown as a tree, with the parts that are true and the words that
    make them so. The article is matched anew, with the topics now in the configuration.
    Many texts (--file, or - for a pipe) are shown with outcomes and words only; --json has all.
    """
    if [bool(which), bool(text.strip()), bool(name)].count(True) != 1:
        raise click.UsageError('give an ID or a URL, --text "…", or --file')
    from monitor.backtest.articles import text_article

    articles = list(_articles(name or "-")) if name or which == "-" else []
    explainer = _explainer(options, topics)
    if articles:
        _explain_all(articles, explainer, form)
        return

    article = _stored(options, which) if which else text_article(text)
    explanations = explainer(article)
    if form:
        emit_json([asdict(explanation) for explanation in explanations])
        return

    _print_title(article)
    for explanation in explanations:
        _print(explanation)


def _explainer(
    options: CliOptions, topics: tuple[str, ...]
) -> Callable[[Article], list[Explanation]]:
    """A function that explains an article; the topics are compiled once."""
    from monitor.cli.access import check_name, configuration
    from monitor.config.topic_cache import packed_topics
    from monitor.matching.matcher import Matcher
    from monitor.matching.origins import Origins
    from monitor.matching.terms.termsets import all_sets

    config = configuration(options)
    known = [topic.id for topic in config.topics]
    for name in topics:
        check_name("topic", name, known)
    with progress_bar("Compiling topics", "steps") as progress:
        matcher = Matcher(packed_topics(config.topics, config.sets, progress).packed)
    origins = Origins(all_sets(config.sets))
    return lambda article: matcher.explain(article, topics or known, origins)


def _articles(name: str) -> Iterator[Article]:
    """Articles of a file's lines; `-` is the standard input. Raises InputError."""
    from monitor.backtest.archive import Batch
    from monitor.backtest.articles import archived, text_article
    from monitor.cli.access import text_of

    text = text_of(name, "give a file with a text a line, or - for a pipe")
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("{"):
            rows = [line.encode()]
            yield from (each.article for each in archived(Batch(name, number, rows, 1)))
        elif line.strip():
            yield text_article(line)


def _explain_all(
    articles: Iterable[Article], explainer: Callable[[Article], list[Explanation]], form: str | None
) -> None:
    rows = []
    for article in articles:
        explanations = explainer(article)
        if form:
            found = [asdict(explanation) for explanation in explanations]
            rows.append({"title": article.title, "lang": article.lang, "topics": found})
            continue
        _print_title(article)
        for explanation in explanations:
            _print_outcome(explanation, _hit_by(explanation))
        click.echo()
    if form:
        emit_json(rows)


def _stored(options: CliOptions, which: str) -> Article:
    from monitor.backtest.articles import stored_article
    from monitor.store.queries.reader import Reader

    with Reader(database(options)) as reader:
        row = reader.find(which)
    if row is None:
        raise click.ClickException(f"there is no article {which}; `monitor hits` lists them")
    return stored_article(row)


def _print_title(article: Article) -> None:
    click.secho(article.title, bold=True)
    click.echo(f"language {article.lang or 'unknown'}")


def _print(explanation: Explanation) -> None:
    click.echo()
    _print_outcome(explanation)
    _print_branch(explanation.tree, "  ")


def _print_outcome(explanation: Explanation, words: str = "") -> None:
    outcome = click.style(explanation.outcome, fg=_COLOURS[explanation.outcome], bold=True)
    score = f"score {explanation.score:.2f} of {explanation.threshold:g}"
    reasons = "; ".join(filter(None, (explanation.reason, words)))
    why = f" — {reasons}" if reasons else ""
    click.echo(f"{click.style(explanation.topic, bold=True)}: {outcome}, {score}{why}")


def _hit_by(explanation: Explanation) -> str:
    from monitor.matching.explain import hit_by

    return "; ".join(hit_by(explanation.tree))


def _print_branch(branch: Branch, indent: str) -> None:
    mark = click.style("✓", fg="green") if branch.score else click.style("✗", fg="red")
    words = f": {', '.join(branch.found)}" if branch.found else ""
    note = f" ({branch.note})" if branch.note else ""
    click.echo(f"{indent}{mark} {branch.text}{words}{note}")

    shown = [part for part in branch.parts if branch.text != "OR" or part.score or part.parts]
    for part in shown:
        _print_branch(part, f"{indent}  ")
    if absent := [part.text for part in branch.parts if part not in shown]:
        more = f" and {len(absent) - _LISTED} more" if len(absent) > _LISTED else ""
        cross = click.style("✗", fg="red")
        click.echo(f"{indent}  {cross} {' OR '.join(absent[:_LISTED])}{more}")
