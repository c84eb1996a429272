"""`monitor explain`: the expression of a topic as a tree, with the words that make it true."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from monitor.cli.output import database, emit_json, format_options

if TYPE_CHECKING:
    from monitor.cli import CliOptions
    from monitor.matching.explain import Branch, Explanation
    from monitor.model import Article

_EXAMPLES = """\b
Examples:
  monitor explain 42                          42 is the ID that `monitor hits` prints
  monitor explain https://example.org/story   a stored article by its link
  monitor explain --topic kursk --text "Ukraine holds Sudzha, Kyiv says"
"""
_LISTED = 6  # absent alternatives that are listed; --json has all of them
_COLOURS = {"hit": "green", "near-miss": "yellow", "no-match": "red"}


@click.command(epilog=_EXAMPLES)
@click.argument("which", metavar="[ID|URL]", required=False)
@click.option("--text", default="", help="Explain this text; its first line is the title.")
@click.option("--topic", "topics", multiple=True, help="Only this topic (its id); repeatable.")
@format_options()
@click.pass_obj
def explain(
    options: CliOptions, *, which: str | None, text: str, topics: tuple[str, ...], form: str | None
) -> None:
    """Explain why an article hits a topic, or does not.

    Each topic's expression is shown as a tree, with the parts that are true and the words that
    make them so. The article is matched anew, with the topics now in the configuration.
    """
    if bool(which) == bool(text.strip()):
        raise click.UsageError('give either an ID or a URL, or --text "…"')
    from monitor.backtest.trial import text_article
    from monitor.cli.access import check_name, configuration
    from monitor.matching.compile import compiled
    from monitor.matching.matcher import Matcher

    config = configuration(options)
    known = [topic.id for topic in config.topics]
    for name in topics:
        check_name("topic", name, known)

    article = _stored(options, which) if which else text_article(text)
    chosen = [topic for topic in config.topics if topic.id in (topics or known)]
    matcher = Matcher(compiled(chosen, config.sets))
    explanations = matcher.explain(article, topics or known)
    if form:
        emit_json([asdict(explanation) for explanation in explanations])
        return

    click.secho(article.title, bold=True)
    click.echo(f"language {article.lang or 'unknown'}")
    for explanation in explanations:
        _print(explanation)


def _stored(options: CliOptions, which: str) -> Article:
    from monitor.backtest.trial import stored_article
    from monitor.store.queries.reader import Reader

    with Reader(database(options)) as reader:
        row = reader.find(which)
    if row is None:
        raise click.ClickException(f"there is no article {which}; `monitor hits` lists them")
    return stored_article(row)


def _print(explanation: Explanation) -> None:
    click.echo()
    outcome = click.style(explanation.outcome, fg=_COLOURS[explanation.outcome], bold=True)
    score = f"score {explanation.score:.2f} of {explanation.threshold:g}"
    why = f" — {explanation.reason}" if explanation.reason else ""
    click.echo(f"{click.style(explanation.topic, bold=True)}: {outcome}, {score}{why}")
    _print_branch(explanation.tree, "  ")


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
