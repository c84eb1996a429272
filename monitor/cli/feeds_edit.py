"""`monitor feeds add`, `remove`, `pause`, `resume`, `discover`, `import`, `export`.

All but `discover` and `export` edit `config.yaml`, the only place that says what feeds there are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from monitor.cli.output import database, emit, examples, format_options
from monitor.cli.table import table
from monitor.errors import InputError, PollError
from monitor.files import refuse_special
from monitor.text.counts import counted
from monitor.text.normalize import clean

if TYPE_CHECKING:
    from monitor.cli import CliOptions
    from monitor.config.edit_feeds import FeedList
    from monitor.diagnostics.probe import Candidate
    from monitor.feeds.opml import Outline

_RELOAD = (
    "A running service reads the change on reload: `systemctl reload monitor`,"
    " or SIGHUP to its process."
)


def _path(options: CliOptions) -> Path:
    from monitor.config.paths import config_path

    return config_path(options.config)


def _changed(message: str) -> None:
    click.echo(message)
    click.echo(_RELOAD, err=True)


# ── add, remove, pause, resume ────────────────────────────────────────────────────────────────

_ADD_EXAMPLES = """\b
Examples:
  monitor feeds add https://news.example/rss
  monitor feeds add https://news.example/rss --title "The News" --lang en --country GB --kind wire
  monitor feeds add 'https://news.example/rss?key=${NEWS_KEY}' --interval 5m
"""


@click.command(epilog=_ADD_EXAMPLES)
@click.argument("url")
@click.option("--title", help="Name for people. [default: the address's host, or the address]")
@click.option("--publisher", help="Outlet that writes the feed; several feeds may share one.")
@click.option("--country", help="Country of the publisher, as ISO 3166: KR.")
@click.option("--lang", help="Language, as ISO 639: ko.")
@click.option("--kind", help="wire, newspaper, broadcaster, state, think-tank …")
@click.option("--interval", help="Time between two polls: 10m.")
@click.option("--folder", help="Folder for people and OPML: World/Asia.")
@click.option("--allow-private", is_flag=True, help="Allow private addresses.")
@click.pass_obj
def add(options: CliOptions, /, *, url: str, allow_private: bool, **settings: str | None) -> None:
    """Add a feed to the configuration, at the end of the list.

    The feed is not fetched: `monitor feeds check URL` shows its entries.
    """
    from monitor.config.change_feeds import add_feed, ordered
    from monitor.config.rewrite import mistake_in

    given = {key: clean(value) for key, value in settings.items() if value}
    entry = ordered({"url": clean(url), **given, "allow_private": allow_private})
    if mistake := mistake_in(entry):
        raise click.UsageError(mistake)

    path = _path(options)
    name = add_feed(path, entry)
    _changed(f"{path}: added {name}")


@click.command(
    epilog='\b\nExamples:\n  monitor feeds remove "Pacific Wire"\n'
    "  monitor feeds remove https://news.example/rss"
)
@click.argument("feed", metavar="URL|TITLE")
@click.pass_obj
def remove(options: CliOptions, *, feed: str) -> None:
    """Remove a feed from the configuration. Its articles stay in the database.

    A comment above the feed stays too: it may be a heading of the feeds that follow.
    """
    from monitor.config.change_feeds import name_of
    from monitor.config.rewrite import change_feeds

    name, comment = "", 0

    def removed(feeds: FeedList) -> str:
        nonlocal name, comment
        index = feeds.find(feed)
        if len(feeds.feeds) == 1:
            raise InputError(f"{feeds.path} needs one feed at least: add another one first")
        name, comment = name_of(feeds, index), feeds.comment_above(index)
        return feeds.removed(index)

    path = _path(options)
    change_feeds(path, removed)
    _changed(f"{path}: removed {name}")
    if comment:
        click.echo(f"The comment above it is still there: line {comment}.", err=True)


@click.command(
    epilog=examples(
        'monitor feeds pause "Pacific Wire"',
        "monitor feeds pause https://news.example/rss",
    )
)
@click.argument("feed", metavar="URL|TITLE")
@click.pass_obj
def pause(options: CliOptions, *, feed: str) -> None:
    """Pause a feed: polled no more, but kept in the configuration (`enabled: false`)."""
    _switch(options, feed, on=False)


@click.command(
    epilog=examples(
        'monitor feeds resume "Pacific Wire"',
        "monitor feeds resume https://news.example/rss",
    )
)
@click.argument("feed", metavar="URL|TITLE")
@click.pass_obj
def resume(options: CliOptions, *, feed: str) -> None:
    """Resume a feed that was paused, or closed by its server (410)."""
    _switch(options, feed, on=True)


def _switch(options: CliOptions, wanted: str, *, on: bool) -> None:
    from monitor.config.change_feeds import switch_feed

    path = _path(options)
    feed = switch_feed(path, wanted, on=on)
    reopened = on and _reopened(options, feed.url)
    if feed.changed:
        _changed(f"{path}: {'resumed' if on else 'paused'} {feed.name}")
    elif reopened:
        click.echo(f"{feed.name} was closed by its server; it is polled again.")
    else:
        click.echo(f"{path}: {feed.name} is {'not paused' if on else 'paused already'}")


def _reopened(options: CliOptions, url: str) -> bool:
    """Poll a feed again that its server closed (410); False if it was not closed."""
    from monitor.cli.access import write
    from monitor.service.clock import utc_now

    path = database(options)
    return path.exists() and write(path, lambda tx: tx.feeds.resume(url, utc_now()))


# ── discover ──────────────────────────────────────────────────────────────────────────────────

_DISCOVER_EXAMPLES = """\b
Examples:
  monitor feeds discover https://news.example/
  monitor feeds discover https://news.example/ --json
"""


@click.command(epilog=_DISCOVER_EXAMPLES)
@click.argument("page")
@click.option("--allow-private", is_flag=True, help="Allow private addresses.")
@format_options(lines=True)
@click.pass_obj
def discover(options: CliOptions, *, page: str, allow_private: bool, form: str | None) -> None:
    """Discover the feeds that a web page names, and fetch each of them. Nothing is stored.

    The exit code is 1 if there is no readable feed.
    """
    candidates = _discovered(options, page, allow_private=allow_private)
    known = _known(options)
    rows = [_row(each, known) for each in candidates if each.scan]
    if form:
        emit(rows, ["title", "lang", "entries", "configured", "url"], form)
    elif rows:
        columns = ["Title", "Entries", "Known", "Address"]
        cells = [_cells(row) for row in rows]
        table(columns, cells, wide="Title", right=["Entries"], below="Address")
    for each in candidates:
        if each.error:
            click.echo(f"No feed: {each.url}: {each.error}", err=True)
    if not rows:
        message = f"{page} names no feed that can be read: look for “RSS” on the site"
        raise click.ClickException(message)


def _discovered(options: CliOptions, page: str, *, allow_private: bool) -> list[Candidate]:
    from monitor.cli.access import configuration
    from monitor.diagnostics import probe
    from monitor.service.loop import run

    config = configuration(options, "feeds")
    feed = probe.chosen_feed((), page, allow_private=allow_private)
    if feed is None:
        raise click.UsageError(f"`{page}` is no http or https address")
    try:
        return run(probe.discover(config, feed))
    except PollError as error:
        message = f"{page} cannot be read: {error}\n{probe.feed_advice(error)}"
        raise click.ClickException(message) from error


def _known(options: CliOptions) -> set[str]:
    from monitor.config.edit_feeds import read_feeds

    return set(read_feeds(_path(options)).keys)


def _row(found: Candidate, known: set[str]) -> dict[str, Any]:
    from monitor.config.edit_feeds import address_key

    scan = found.scan
    return {
        "title": scan.title if scan else "",
        "lang": scan.lang if scan else "",
        "entries": len(scan.scanned) + len(scan.unread) if scan else 0,
        "configured": address_key(found.url) in known,
        "url": found.url,
    }


def _cells(row: dict[str, Any]) -> list[str]:
    known = "yes" if row["configured"] else ""
    return [row["title"], str(row["entries"]), known, row["url"]]


# ── import, export ────────────────────────────────────────────────────────────────────────────


@click.command(
    "import",
    epilog=examples(
        "monitor feeds import subscriptions.opml",
        "monitor --config new.yaml feeds import subscriptions.opml",
    ),
)
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def import_(options: CliOptions, *, file: BinaryIO) -> None:
    """Import the feeds of an OPML file, as feed readers export them; `-` reads stdin.

    Feeds of the configuration are skipped. Folders are kept as `folder`. The exit code is 1 if an
    entry of the file is no usable feed; the other entries are imported.
    """
    from monitor.config.rewrite import change_feeds
    from monitor.feeds.opml import read_opml

    try:
        outlines = read_opml(file.read())
    except InputError as error:
        raise InputError(f"{file.name} cannot be imported: {error}") from error
    imported = _Import()

    def added(feeds: FeedList) -> str:
        imported.sort(outlines, set(feeds.keys))
        return feeds.added(imported.new) if imported.new else feeds.text

    path = _path(options)
    change_feeds(path, added)
    for problem in imported.wrong:
        click.echo(f"Wrong: {problem}", err=True)
    counts = f"{len(imported.new)} added, {imported.skipped} skipped, {len(imported.wrong)} wrong"
    if imported.new:
        _changed(f"{path}: {counts}")
    else:
        click.echo(f"{path}: {counts}")
    if imported.wrong:
        click.get_current_context().exit(1)


class _Import:
    """The entries of an OPML file: new feeds, the number of known ones, and what is wrong."""

    def __init__(self) -> None:
        self.new: list[dict[str, Any]] = []
        self.skipped = 0
        self.wrong: list[str] = []

    def sort(self, outlines: list[Outline], known: set[str]) -> None:
        """Sort entries; `known` are the address keys of the configuration's feeds, and grows."""
        from monitor.config.edit_feeds import address_key

        for outline in outlines:
            key = address_key(outline.url)
            entry = _entry(outline)
            if problem := _problem(entry):
                name = f"{outline.title}: " if entry.get("title") else ""
                self.wrong.append(f"line {outline.line}: {name}{problem}")
            elif key in known:
                self.skipped += 1
            else:
                known.add(key)
                self.new.append(entry)


def _entry(outline: Outline) -> dict[str, Any]:
    from monitor.config.change_feeds import ordered

    title = "" if outline.title == outline.url else outline.title
    return ordered(
        {"url": outline.url, "title": title, "lang": outline.lang, "folder": outline.folder}
    )


def _problem(entry: dict[str, Any]) -> str:
    """First mistake in a feed of a foreign file, or ""; never with the address."""
    from monitor.config.rewrite import mistake_in

    if any("${" in value for value in entry.values()):
        return "${…} would be filled from this machine's environment: use `monitor feeds add`"
    return mistake_in(entry)


@click.command(
    epilog="\b\nExamples:\n  monitor feeds export feeds.opml\n  monitor feeds export > feeds.opml"
)
@click.argument(
    "file", metavar="[FILE.opml]", required=False, type=click.Path(path_type=Path, dir_okay=False)
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.pass_obj
def export(options: CliOptions, *, file: Path | None, force: bool) -> None:
    """Export the feeds of the configuration as OPML 2.0, to stdout without a FILE.

    Addresses are written as in the configuration, ${VARIABLES} unfilled. OPML holds titles,
    languages and folders, no other settings.
    """
    from monitor.config.edit_feeds import read_feeds
    from monitor.feeds.opml import write_opml

    feeds = read_feeds(_path(options)).feeds
    outlines = [_outline(feed) for feed in feeds if feed.get("url")]
    text = write_opml(outlines, "Feeds of monitor")
    if file is None:
        click.echo(text, nl=False)
        return
    refuse_special(file, stream=True)
    try:
        with file.open("w" if force else "x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise InputError(f"{file} exists: name another file, or use --force") from error
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{file}: {counted(len(outlines), 'feed')}")


def _outline(feed: dict[str, Any]) -> Outline:
    from monitor.feeds.opml import Outline

    names = ("url", "title", "folder", "lang")
    url, title, folder, lang = (str(feed.get(name) or "") for name in names)
    return Outline(url, title, folder, lang)


COMMANDS: dict[str, click.Command] = {
    "add": add,
    "remove": remove,
    "pause": pause,
    "resume": resume,
    "discover": discover,
    "import": import_,
    "export": export,
}
