"""`monitor doctor`: everything the program needs, looked at; and what to do about the rest."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from monitor.cli.output import emit_json, format_options
from monitor.errors import ConfigError
from monitor.service.clock import utc_now
from monitor.service.loop import run
from monitor.text.counts import counted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.cli import CliOptions
    from monitor.config.load import Config
    from monitor.diagnostics.doctor import Finding


@click.command(epilog="\b\nExamples:\n  monitor doctor\n  monitor doctor --offline --json")
@click.option("--offline", is_flag=True, help="Leave feeds and channels out.")
@format_options()
@click.pass_context
def doctor(ctx: click.Context, *, offline: bool, form: str | None) -> None:
    """Look at everything that the program needs, and say what to do about what is not well.

    Versions, configuration, disk, database, service, unit, cache, pages, names, a feed, the clock,
    and each channel; nothing is stored, and no channel gets a message. The exit code is 1 if
    something wants a person.
    """
    findings = run(_findings(ctx.obj, offline=offline, quiet=bool(form)))
    wrong = [finding for finding in findings if finding.advice]
    if form:
        rows = [{**asdict(finding), "ok": not finding.advice} for finding in findings]
        emit_json({"ok": not wrong, "findings": rows})
    elif wrong:
        click.echo(f"{len(wrong)} of {len(findings)} want attention.")
    else:
        click.echo("All is well.")
    ctx.exit(1 if wrong else 0)


async def _findings(options: CliOptions, *, offline: bool, quiet: bool) -> list[Finding]:
    """Look at one thing after the other, and show each as soon as it is known."""
    findings = []
    async for finding in _looked(options, offline=offline):
        findings.append(finding)
        if not quiet:
            _show(finding)
    return findings


async def _looked(options: CliOptions, *, offline: bool) -> AsyncIterator[Finding]:
    from monitor.diagnostics import doctor as look

    yield look.program()
    config, finding = _configuration(options)
    yield finding
    if config is None:  # it may name the database
        return
    yield look.disk(config.database)
    for each in look.database(config.database, utc_now()):
        yield each
    yield look.unit()
    yield look.cache()
    yield look.web(config)
    if offline:
        return
    yield await look.names(config)
    async for each in look.feeds(config):
        yield each
    for name, settings in config.channels.items():
        yield await look.channel(name, settings)


def _configuration(options: CliOptions) -> tuple[Config | None, Finding]:
    from monitor.cli.access import configuration
    from monitor.config.document import SECTIONS_WITH_SECRETS
    from monitor.diagnostics.doctor import Finding

    try:
        config = configuration(options, *SECTIONS_WITH_SECRETS)
    except ConfigError as error:
        first = str(error.mistakes[0])
        return None, Finding("configuration", first, "`monitor check` lists every mistake")
    sizes = f"{counted(len(config.topics), 'topic')}, {counted(len(config.feeds), 'feed')}"
    return config, Finding("configuration", f"{config.path}: {sizes}, no mistakes")


def _show(finding: Finding) -> None:
    mark = click.style("ok  ", fg="green") if not finding.advice else click.style("!!  ", fg="red")
    click.echo(f"{mark} {finding.name:<14} {finding.detail}")
    if finding.advice:
        click.echo(f"     {'':<14} → {finding.advice}")
