"""`monitor db`: backup, restoring, verification, retention, and what monitor 0.1.0 left."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.filters import Since
from monitor.cli.output import database, emit_json, examples, format_options, progress_bar
from monitor.service.clock import utc_now
from monitor.store.queries.reader import Reader
from monitor.text.counts import counted

if TYPE_CHECKING:
    from monitor.cli import CliOptions
    from monitor.store.admin.upgrade import Upgrade
    from monitor.store.admin.verify import Check

_EXAMPLES = """\b
Examples:
  monitor db backup /backup/monitor.db    while the service runs
  monitor db verify
  monitor db restore /backup/monitor.db   the service being stopped
  monitor db prune --dry-run
  monitor db upgrade                      a database of monitor 0.1.0, the service being stopped
"""


@click.group(epilog=_EXAMPLES)
def db() -> None:
    """Back up, verify and prune the database, while the service runs; restore or upgrade it."""


@db.command(
    epilog="\b\nExamples:\n  monitor db backup /backup/monitor.db\n"
    "  monitor db backup --force /backup/monitor-$(date +%u).db     one for each day of the week"
)
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@format_options()
@click.pass_obj
def backup(options: CliOptions, *, target: Path, force: bool, form: str | None) -> None:
    """Copy the database, as it is at this moment, into FILE.

    The copy is checked before it gets its name, and its group can read it. `monitor db restore`
    puts it back.
    """
    from monitor.store.backup import back_up

    with progress_bar("Copying", "pages") as progress:
        size = back_up(database(options), target, force=force, progress=progress)
    if form:
        emit_json({"file": target, "bytes": size})
    else:
        click.echo(f"{target}: {size / 1_000_000:.1f} MB, checked")


@db.command(
    epilog="\b\nExamples:\n  monitor db verify\n  monitor --db /backup/monitor.db db verify"
)
@format_options()
@click.pass_context
def verify(ctx: click.Context, *, form: str | None) -> None:
    """Check pages, references, the search index and the ledger; the exit code is 1 if one fails."""
    from monitor.store.admin.verify import verify as check_all

    path = database(ctx.obj)
    checks = check_all(path)
    whole = not any(check.problems for check in checks)
    if form:
        emit_json({"ok": whole, "checks": [asdict(check) for check in checks]})
    else:
        for line in [*_lines(checks), *([] if whole else _restoring(path))]:
            click.echo(line)
    ctx.exit(0 if whole else 1)


def _lines(checks: list[Check]) -> list[str]:
    lines = []
    for check in checks:
        verdict = "PROBLEMS" if check.problems else "ok"
        lines.append(f"{check.name:<13} {verdict} ({check.looked_at})")
        lines += [f"  {problem}" for problem in check.problems]
    return lines


def _restoring(path: Path) -> list[str]:
    return [
        "",
        "To restore a backup, stop the service, then:",
        f"  monitor --db {path} db restore BACKUP     (what is there is kept beside it)",
        "and start the service again. What feeds still serve since then is read again.",
    ]


@db.command(
    epilog=examples(
        "monitor db restore copy.db       the service being stopped: sudo systemctl stop monitor",
        "sudo -u monitor monitor --db /var/lib/monitor/monitor.db db restore /backup/monitor.db",
    )
)
@click.argument("backup", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@format_options()
@click.pass_obj
def restore(options: CliOptions, *, backup: Path, form: str | None) -> None:
    """Put the backup FILE in the place of the database.

    Stop the service first. The backup is copied and checked; the former database is kept beside
    it. What may have been sent after the backup goes out once more, as one digest that says so.
    """
    from monitor.store.admin.restore import restore as put_back

    path = database(options)
    with progress_bar("Copying", "pages") as progress:
        done = put_back(path, backup, utc_now(), progress)
    if form:
        emit_json({"file": str(path), **asdict(done)})
        return
    click.echo(f"{path}: as in {backup}, {done.size / 1_000_000:.1f} MB, checked")
    if done.kept:
        click.echo(f"What was there is now {done.kept}. Delete it when all is well.")
    click.echo(
        f"{counted(done.unknown, 'alert')} of the backup, and what feeds bring first, may have been"
        " sent since: they go out as one digest."
    )


@db.command(
    epilog="\b\nExamples:\n  monitor db prune --dry-run\n"
    "  monitor db prune --articles 30d --hits 52w"
)
@click.option("--articles", type=Since(), help="Age of texts without a match.")
@click.option("--hits", type=Since(), help="Age of texts with one; at least that of --articles.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@format_options()
@click.pass_obj
def prune(
    options: CliOptions,
    *,
    articles: datetime | None,
    hits: datetime | None,
    dry_run: bool,
    form: str | None,
) -> None:
    """Delete old texts now; the service does so every hour.

    Ages are those under `retention` in the configuration unless given: 90d, or a date. The ledger
    keeps its counts, and texts whose alert is still to be sent stay.
    """
    path = database(options)
    before = _before(options, articles, hits)
    with Reader(path) as reader:
        count = reader.prunable(*before)
    if not dry_run and count:
        count = asyncio.run(_prune(path, before, count))
    if form:
        emit_json({"articles": count, "dry_run": dry_run})
        return
    click.echo(f"{counted(count, 'article')} {'would be' if dry_run else 'were'} deleted.")
    if count and not dry_run:
        click.echo(
            "Their room in the file is used again. To shrink it, stop the service, then:"
            f" sqlite-utils vacuum {path}"
        )


def _before(
    options: CliOptions, articles: datetime | None, hits: datetime | None
) -> tuple[datetime, datetime]:
    """Return before when articles without and with a match are old."""
    if articles and hits:
        return articles, hits
    from monitor.cli.access import configuration

    now, retention = utc_now(), configuration(options).retention
    return (
        articles or now - timedelta(seconds=retention.articles),
        hits or now - timedelta(seconds=retention.hits),
    )


async def _prune(path: Path, before: tuple[datetime, datetime], total: int) -> int:
    from monitor.store.admin.pruning import prune_in_chunks
    from monitor.store.database import Store

    with progress_bar("Deleting", "articles") as progress:
        async with Store(path) as store:
            return await prune_in_chunks(store, *before, lambda done: progress(done, total))


@db.command(
    epilog=examples(
        "monitor db upgrade               the service being stopped: sudo systemctl stop monitor",
        "sudo -u monitor monitor --db /var/lib/monitor/monitor.db db upgrade",
    )
)
@format_options()
@click.pass_obj
def upgrade(options: CliOptions, *, form: str | None) -> None:
    """Carry a database of monitor 0.1.0 over into the present schema.

    Stop the service first. A backup is made beside the database. Everything is copied into a new
    file, compared, and put in place in one step; until then the database stays as it was.
    """
    from monitor.store.admin.upgrade import upgrade as carry_over

    path = database(options)
    with progress_bar("Copying", "tables") as progress:
        done = carry_over(path, progress)
    if form:
        report = {"file": path, "upgraded": done is not None}
        emit_json(report | (asdict(done) if done else {}))
        return
    for line in _carried(path, done):
        click.echo(line)


def _carried(path: Path, done: Upgrade | None) -> list[str]:
    if done is None:
        return [f"{path} is up to date."]
    rows = ", ".join(f"{count} {table}" for table, count in done.rows.items() if count)
    lines = [
        f"{path}: schema {done.schema} was carried over, and compared: {rows}.",
        f"Before, it was as in the backup {done.backup}. Delete that when all is well.",
    ]
    if done.only_in_backup:
        lines.append(f"Only the backup has the tables {', '.join(done.only_in_backup)}.")
    return lines
