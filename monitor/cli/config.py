"""`monitor config`: settings read, set and edited, each change checked before it is written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.access import configuration
from monitor.cli.output import as_json, emit_json, format_options
from monitor.config.edit_value import set_value, steps
from monitor.config.paths import config_path
from monitor.config.rewrite import change_text
from monitor.errors import InputError
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.cli import CliOptions

_SECRETS = frozenset({"token", "app_token", "password", "secret", "url"})  # keys of a channel
_RELOAD = "A running service reads the change on reload: `systemctl reload monitor`, or SIGHUP."
_EXAMPLES = """\b
Examples:
  monitor config get polling.interval
  monitor config get channels                 a whole section, secrets masked
  monitor config set polling.interval 5m
  monitor config set topics.icbm.threshold 0.7  a topic by its id
  monitor config edit                         in $EDITOR; mistakes are never saved
"""


@click.group(epilog=_EXAMPLES)
def config() -> None:
    """Get, set and edit settings of the configuration.

    KEY is the path of a setting, such as polling.interval; docs/configuration.md has all keys.
    """


@config.command(epilog=_EXAMPLES)
@click.argument("key")
@format_options()
@click.pass_obj
def get(options: CliOptions, *, key: str, form: str | None) -> None:
    """Print a setting as it is in effect, defaults included, secrets masked."""
    loaded = configuration(options)
    value: Any = {**loaded.shown, "database": str(loaded.database)}
    for step in steps(key):
        value = _step(value, step, key)
    if form:
        emit_json(value)
    elif isinstance(value, (dict, list)):
        click.echo(as_json(value, indent=2))
    else:
        click.echo("" if value is None else str(value))


def _step(value: Any, step: str, key: str) -> Any:
    """The value below another one, of a list by number or by the `id` of the item."""
    if isinstance(value, list):
        by_name = {str(item.get("id")): item for item in value if isinstance(item, dict)}
        by_name |= {str(number): item for number, item in enumerate(value)}
    else:
        by_name = dict(value) if isinstance(value, dict) else {}
    if step in by_name:
        return by_name[step]
    hint = did_you_mean(step, by_name, otherwise=f"there are: {', '.join(by_name) or 'none'}")
    raise click.UsageError(f"{key}: there is no `{step}`{hint}")


@config.command("set", epilog=_EXAMPLES)
@click.argument("key")
@click.argument("value")
@click.pass_obj
def set_(options: CliOptions, *, key: str, value: str) -> None:
    """Set a setting; the comments of the file stay.

    VALUE is text, a number, true, false, null, or a list such as [ko, en]. A value with a mistake
    is refused, and the file is then as it was. Lists of several lines are edited by hand.
    """
    way = steps(key)
    if not way:
        raise click.UsageError("name a key, such as polling.interval")
    if way[0] == "channels" and way[-1] in _SECRETS and not value.startswith("${"):
        raise click.UsageError(
            f"{key} would show a secret to all users of this machine: set {key}_file to a file"
            f" that holds it, or {key} to '${{VARIABLE}}'"
        )
    path = config_path(options.config)
    set_value(path, key, value)
    click.echo(f"{path}: {key} is set")
    click.echo(_RELOAD, err=True)


@config.command(epilog=_EXAMPLES)
@click.pass_obj
def edit(options: CliOptions) -> None:
    """Edit the configuration in $VISUAL or $EDITOR, and check it before it is saved."""
    path = config_path(options.config)
    before = _text(path)
    edited = click.edit(before, extension=".yaml")
    while edited is not None and edited != before:
        if _is_saved(path, before, edited):
            return
        edited = click.edit(edited, extension=".yaml")
    click.echo(f"{path}: nothing is changed")


def _is_saved(path: Path, before: str, edited: str) -> bool:
    """Whether a text is saved, and not to be edited again because of its mistakes."""
    try:
        change_text(path, lambda now: _unless_changed(path, before, now, edited))
    except InputError as error:
        if not sys.stdin.isatty():
            raise
        click.echo(str(error), err=True)
        if not click.confirm("Edit again?", default=True):
            raise click.exceptions.Exit(1) from error
        return False
    click.echo(f"{path} is saved")
    click.echo(_RELOAD, err=True)
    return True


def _text(path: Path) -> str:
    from monitor.config.edit_feeds import decoded, read_bytes

    return decoded(path, read_bytes(path))


def _unless_changed(path: Path, before: str, now: str, edited: str) -> str:
    if now != before:
        raise InputError(f"{path} was changed by somebody else meanwhile: edit it again")
    return edited
