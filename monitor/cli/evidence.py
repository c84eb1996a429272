"""`monitor evidence`: what is kept of a story as one file, and whether such a file is unchanged."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.output import ROW_ID, database, emit_json, format_options
from monitor.errors import InputError, MonitorError
from monitor.files import refuse_special
from monitor.service.clock import utc_now
from monitor.store.queries.evidence import EvidenceReader
from monitor.text.counts import counted

_EXAMPLES = """\b
Examples:
  monitor evidence export 7 --output bundle.zip    7 is an ID of `monitor stories`
  monitor evidence verify bundle.zip               anywhere, also without a database
"""


class ChangedBundleError(MonitorError):
    """A bundle is not as it was exported."""


@click.group(epilog=_EXAMPLES)
def evidence() -> None:
    """Export what is kept of a story, and verify such a bundle."""


@evidence.command(epilog=_EXAMPLES)
@click.argument("story_id", metavar="STORY", type=ROW_ID)
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The ZIP file to write.",
)
@format_options()
@click.pass_obj
def export(options: object, story_id: int, output: Path, form: str | None) -> None:
    """Write all that is kept of story STORY: texts, records of pages, hits, alerts, notes."""
    from monitor.cli import CliOptions
    from monitor.evidence.bundle import write_bundle
    from monitor.evidence.records import record_reader

    assert isinstance(options, CliOptions)  # noqa: S101 - what the group gives
    refuse_special(output)
    with EvidenceReader(database(options)) as reader:
        found, folder = reader.evidence(story_id), Path(reader.records_folder())
    if found is None:
        raise InputError(f"there is no story {story_id}; `monitor stories` lists IDs")
    read_record = record_reader(folder)
    seal = write_bundle(output, found, read_record, utc_now())
    looks = [look for article in found["articles"] for look in article["page"] if look["record"]]
    if gone := sum(not read_record(look["record"]) for look in looks):
        click.echo(f"{counted(gone, 'record')} of pages not found in {folder}", err=True)
    told = {"bundle": str(output), "seal": seal, "articles": len(found["articles"])}
    if form:
        emit_json(told)
    else:
        click.echo(f"{output}: {counted(len(found['articles']), 'report')}; seal {seal}")


@evidence.command(epilog=_EXAMPLES)
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--seal", default="", help="The seal that the export printed.")
@format_options()
def verify(bundle: Path, seal: str, form: str | None) -> None:
    """Prove that a bundle is unchanged: each file by its SHA-256, all of it by its seal."""
    from monitor.evidence.bundle import verify_bundle

    found, wrong = verify_bundle(bundle)
    if seal and seal.lower() != found:
        wrong = [*wrong, f"its seal is {found}"]
    if form:
        emit_json({"bundle": str(bundle), "seal": found, "wrong": wrong})
    if wrong:
        raise ChangedBundleError(f"{bundle} is not as it was exported: {'; '.join(wrong)}")
    if not form:
        told = "unchanged" if seal else "whole; compare the seal with the one that was printed"
        click.echo(f"{bundle}: {told}: {found}")
