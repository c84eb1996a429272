"""The configuration and the database, opened as commands need them: checked, and to write.

Heavy on purpose (pydantic): commands that only read the database do not import it.
"""

from __future__ import annotations

from dataclasses import replace
from getpass import getuser
from typing import TYPE_CHECKING, TypeVar

import click

from monitor.cli.output import database
from monitor.config.document import SECTIONS_WITH_SECRETS
from monitor.config.load import load
from monitor.config.paths import config_path, not_to_be_made
from monitor.errors import ConfigError, InputError, StoreError
from monitor.files import refuse_special
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from monitor.cli import CliOptions
    from monitor.config.load import Config
    from monitor.store.transaction import Transaction

T = TypeVar("T")


def configuration(options: CliOptions, *secrets: str) -> Config:
    """The configuration, read and checked. Raises ConfigError.

    Only commands that send or fetch name the sections whose `secrets` must be there: others work
    for users who may not read them.
    """
    return load(config_path(options.config), options.database, secrets)


def configuration_to_run(options: CliOptions) -> Config:
    """The configuration with all secrets. Raises ConfigError.

    Raises InputError where its database is no file, and StoreError where it is missing and this
    user cannot make it.
    """
    config = configuration(options, *SECTIONS_WITH_SECRETS)
    refuse_special(config.database)
    if why := no_new_database(config):
        raise StoreError(why)
    return config


def no_new_database(config: Config) -> str:
    """Say why this user cannot make the missing database, with its place in the file; or ""."""
    why = not_to_be_made(config.database)
    if why and config.database_at:
        return str(replace(config.database_at, message=why))
    return why


def config_if_any(options: CliOptions) -> Config | None:
    """The configuration; None if there is none, for subcommands that work without one."""
    try:
        config_path(options.config)
    except ConfigError:
        return None
    return configuration(options)


def existing_database(options: CliOptions) -> Path:
    """Path of the database. Raises StoreError if it is missing, or of another version.

    A store would create the missing database, and migrate the other one.
    """
    from monitor.store.queries.reader import Reader

    path = database(options)
    with Reader(path):
        pass
    return path


def write(path: Path, change: Callable[[Transaction], T]) -> T:
    """Open the database at `path`, and return what `change` returns, in one transaction."""
    import asyncio

    from monitor.store.database import Store

    async def written() -> T:
        async with Store(path) as store:
            return await store.write(change)

    return asyncio.run(written())


def check_name(kind: str, name: str, known: Collection[str]) -> None:
    """Refuse the name of a topic or channel that the configuration lacks. Raises UsageError."""
    if name not in known:
        hint = did_you_mean(name, known, otherwise=f"there are: {', '.join(known)}")
        raise click.UsageError(f"there is no {kind} `{name}`{hint}")


def text_of(name: str, advice: str) -> str:
    """The text of a file, `-` for the standard input; `advice` says what to give instead.

    Raises InputError.
    """
    try:
        with click.open_file(name, encoding="utf-8") as file:
            text = str(file.read())
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}): {advice}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no text in UTF-8: {error}") from error
    if not text.strip():
        raise InputError(f"{name} is empty: its first line is the title, the rest the text")
    return text


def login(otherwise: str) -> str:
    """Name of the user who runs the command; `otherwise` for one without, as in containers."""
    try:
        return getuser()
    except (OSError, KeyError):
        return otherwise
