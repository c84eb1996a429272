"""Paths of the configuration and the database, by option, environment, file or XDG folder.

Light on purpose: commands that only read the database import neither pydantic nor the checks.
The folders are those of the XDG Base Directory Specification.
"""

from __future__ import annotations

import os
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from monitor.errors import ConfigError, Mistake

CONFIG_NAME = "config.yaml"


def config_path(option: Path | None) -> Path:
    """Path of the configuration: option, MONITOR_CONFIG, ./config.yaml, XDG folder, in this order.

    Raises ConfigError when there is none.
    """
    named = option or (Path(os.environ["MONITOR_CONFIG"]) if os.getenv("MONITOR_CONFIG") else None)
    if named:
        return named
    usual = [Path(CONFIG_NAME), _xdg("XDG_CONFIG_HOME", ".config") / CONFIG_NAME]
    for path in usual:
        if path.is_file():
            return path
    places = " or ".join(map(str, usual))
    message = f"no configuration found ({places}); name one with --config FILE or MONITOR_CONFIG"
    raise ConfigError([Mistake(CONFIG_NAME, 1, 1, "", message)])


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
    try:
        settings = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        settings = None  # ruamel.yaml raises others than its own on a date such as 2024-02-30
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ConfigError([Mistake(str(path), 1, 1, "", message)]) from error
    named = settings.get("database") if isinstance(settings, dict) else None
    return chosen_database(None, named if isinstance(named, str) else "", path)


def chosen_database(option: Path | None, named: str, config: Path) -> Path:
    """Path of the database, when the configuration was read; `named` is its `database`, or "".

    A relative path in the file counts from the file's folder.
    """
    if option:
        return option
    if os.getenv("MONITOR_DB"):
        return Path(os.environ["MONITOR_DB"])
    if named:
        return config.parent / Path(os.path.expandvars(named)).expanduser()
    return _xdg("XDG_STATE_HOME", ".local/state") / "monitor.db"


def _xdg(variable: str, otherwise: str) -> Path:
    base = os.getenv(variable)
    return (Path(base) if base else Path.home() / otherwise) / "monitor"
