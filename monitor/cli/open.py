"""`monitor open`: the address of an article, in a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from monitor.cli.output import ROW_ID, database
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor open 42                  42 is the ID that `monitor hits` prints
  monitor open 42 43               several, each in a window or tab
  curl -s "$(monitor open 42)"     in a pipe the address is only printed
"""


@click.command("open", epilog=_EXAMPLES)
@click.argument("ids", metavar="ID...", nargs=-1, required=True, type=ROW_ID)
@click.pass_obj
def open_(options: CliOptions, *, ids: tuple[int, ...]) -> None:
    """Open articles in the browser, and print their addresses.

    Addresses are only printed into a pipe, and where there is no browser or no display.
    """
    from monitor.diagnostics.browser import open_address

    addresses = [_address(options, each) for each in ids]
    for address in addresses:
        click.echo(address)
        if sys.stdout.isatty() and not open_address(address):
            click.echo("There is no browser with a display here: open the address.", err=True)


def _address(options: CliOptions, article_id: int) -> str:
    with Reader(database(options)) as reader:
        article = reader.article(article_id)
    if article is None:
        raise click.ClickException(f"there is no article {article_id}; `monitor hits` lists IDs")
    address = str(article["url"])
    if urlsplit(address).scheme not in {"http", "https"}:
        raise click.ClickException(f"article {article_id} has no address; `monitor show` has it")
    return address
