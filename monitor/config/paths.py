"""Paths of the configuration and the database, by option, environment, file or XDG folder.

Light on purpose: commands that only read the database import neither pydantic nor the checks.
To read the YAML of many feeds takes longer than the command, so the two settings that they need are
kept in the cache folder. The folders are those of the XDG Base Directory Specification.
"""

from __future__ import annotations

import errno
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from monitor import cache
from monitor.errors import ConfigError, InputError, Mistake

CONFIG_NAME = "config.yaml"
_NAME_ONE = "name the database with --db FILE, MONITOR_DB or `database` in the configuration"


def config_path(option: Path | None) -> Path:
    """Path of the configuration: option, MONITOR_CONFIG, ./config.yaml, XDG folder, in this order.

    Raises ConfigError when there is none.
    """
    named = option or (Path(os.environ["MONITOR_CONFIG"]) if os.getenv("MONITOR_CONFIG") else None)
    if named:
        return named
    folder = _xdg("XDG_CONFIG_HOME", ".config")
    usual = [Path(CONFIG_NAME), *([folder / CONFIG_NAME] if folder else [])]
    for path in usual:
        if _may_be_a_file(path):
            return path
    places = " or ".join(map(str, usual))
    message = (
        f"no configuration found ({places}): `monitor init` writes one;"
        " or name yours with --config FILE or MONITOR_CONFIG"
    )
    raise ConfigError([Mistake(CONFIG_NAME, 1, 1, "", message)])


def new_config_path(option: Path | None) -> Path:
    """Path of a configuration to be written: option, MONITOR_CONFIG, or the XDG folder's.

    Raises InputError for a user without a home folder.
    """
    named = option or os.getenv("MONITOR_CONFIG")
    folder = _xdg("XDG_CONFIG_HOME", ".config")
    if named:
        return Path(named)
    if folder is None:
        raise InputError("this user has no home folder: name the file with --config FILE")
    return folder / CONFIG_NAME


def database_path(option: Path | None, config: Path | None) -> Path:
    """Path of the database: option, MONITOR_DB, the file's `database`, XDG state folder.

    `config` is the path of the configuration given by option, if any. Mistakes inside the file are
    ignored: `monitor check` reports them. Raises ConfigError for a file that cannot be read, since
    its database might be another.
    """
    if option or os.getenv("MONITOR_DB"):
        return chosen_database(option, "", Path())
    try:
        path = config_path(config)
    except ConfigError:
        return chosen_database(None, "", Path())
    return chosen_database(None, _kept(_text(path))["database"], path)


def time_zone(config: Path | None) -> str:
    """The file's `delivery.timezone`, unchecked; "" where there is none, or no file to be read."""
    try:
        return _kept(_text(config_path(config)))["timezone"]
    except ConfigError:
        return ""


def raw_settings(config: Path | None) -> dict[str, Any]:
    """The configuration's tree, unchecked; empty where there is none, or none that can be read."""
    try:
        return _parsed(_text(config_path(config)))
    except ConfigError:
        return {}


def _text(path: Path) -> str:
    """The text of a file, empty if it is no UTF-8. Raises ConfigError for an unreadable one."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ConfigError([Mistake(str(path), 1, 1, "", message)]) from error


@lru_cache(maxsize=1)
def _kept(text: str) -> dict[str, str]:
    """The `database` and the `timezone` of a configuration, from the cache folder if it has them.

    Nothing else is kept: a configuration may hold secrets.
    """
    made_of = (text.encode(), Path(__file__).read_bytes())
    found = cache.kept(f"settings-{cache.digest(made_of)}", lambda: _few(_parsed(text)))
    settings: dict[str, str] = json.loads(bytes(found.data))
    return settings


def _few(settings: dict[str, Any]) -> bytes:
    delivery = settings.get("delivery")
    zone = delivery.get("timezone") if isinstance(delivery, dict) else None
    few = {"database": settings.get("database"), "timezone": zone}
    named = {key: value if isinstance(value, str) else "" for key, value in few.items()}
    return json.dumps(named).encode()


@lru_cache(maxsize=1)
def _parsed(text: str) -> dict[str, Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415 - where the cache folder has nothing

    from monitor.config.yaml_limits import refusal  # noqa: PLC0415

    try:
        settings = {} if refusal(text) else YAML(typ="safe", pure=True).load(text)
    except Exception:  # noqa: BLE001 - whatever ruamel raises: `monitor check` reports it
        return {}
    return settings if isinstance(settings, dict) else {}


def chosen_database(option: Path | None, named: str, config: Path) -> Path:
    """Path of the database, when the configuration was read; `named` is its `database`, or "".

    A relative path in the file counts from the file's folder.
    """
    if option:
        return option
    if os.getenv("MONITOR_DB"):
        return Path(os.environ["MONITOR_DB"])
    if named:
        return config.parent / _expanded(named)
    folder = _xdg("XDG_STATE_HOME", ".local/state")
    if folder is None:
        raise InputError(f"this user has no home folder: {_NAME_ONE}")
    return folder / "monitor.db"


def is_named_elsewhere(option: Path | None) -> bool:
    """Whether the command line or the environment names the database: the file's counts less."""
    return bool(option or os.getenv("MONITOR_DB"))


def no_database(path: Path) -> str:
    """Say why no database can be at a path, whoever asks, and what to write; "" if one can."""
    if _is_too_long(path):
        return "the path of the database, or a name in it, is too long: name another file"
    if _is_there(path) and path.is_dir():
        return f"{path} is a folder: name a file in it, such as {path / 'monitor.db'}"
    folder = _nearest_above(path)
    return "" if folder.is_dir() else f"{folder} is a file, no folder: name a file elsewhere"


def not_to_be_made(path: Path) -> str:
    """Say why this user cannot make a missing database, and what to do; "" if that can be done."""
    if why := no_database(path):
        return why
    folder = _nearest_above(path)
    if _is_there(path) or os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        return ""
    advice = "name another file, or run monitor as a user who can"
    return f"this user cannot make a file in {folder}: {advice}"


def _nearest_above(path: Path) -> Path:
    """Return the nearest file or folder above a path that is there."""
    return next(each for each in (*path.absolute().parents, Path("/")) if _is_there(each))


def _is_too_long(path: Path) -> bool:
    try:
        path.lstat()
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False


def _is_there(path: Path) -> bool:
    """Whether something is at a path; not where this user may not look, or nothing can be."""
    try:
        return path.exists()
    except OSError:
        return False


def _may_be_a_file(path: Path) -> bool:
    """Whether a file is there, or in a folder that this user may not enter: reading says so."""
    try:
        return path.is_file()
    except PermissionError:
        return True


def _expanded(named: str) -> Path:
    try:
        return Path(os.path.expandvars(named)).expanduser()
    except RuntimeError as error:
        raise InputError(
            f"`database: {named}`: there is no such home folder: {_NAME_ONE}"
        ) from error


def _xdg(variable: str, otherwise: str) -> Path | None:
    """Return monitor's folder below an XDG folder, None for a user without a home folder."""
    base = os.getenv(variable)
    try:
        return (Path(base) if base else Path.home() / otherwise) / "monitor"
    except RuntimeError:
        return None
