"""Where the configuration and the database are. Light: no checking, no pydantic."""

from __future__ import annotations

import os
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from monitor.errors import ConfigError, Mistake

CONFIG_NAME = "config.yaml"


def config_path(option: Path | None) -> Path:
    """Return the configuration: the option, MONITOR_CONFIG, ./config.yaml, the XDG folder's.

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
    """Return the database: the option, MONITOR_DB, the file's `database`, the XDG state folder's.

    `config` is the configuration as given by option, if any. What is wrong inside that file is
    passed over here: `monitor check` reports it. Raises ConfigError when a configuration was named
    that cannot be read, since its database might be another.
    """
    if option or os.getenv("MONITOR_DB"):
        return chosen_database(option, "", Path())
    try:
        path = config_path(config)
    except ConfigError:
        return chosen_database(None, "", Path())
    try:
        settings = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError):
        settings = None
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise ConfigError([Mistake(str(path), 1, 1, "", message)]) from error
    named = settings.get("database") if isinstance(settings, dict) else None
    return chosen_database(None, named if isinstance(named, str) else "", path)


def chosen_database(option: Path | None, named: str, config: Path) -> Path:
    """Return the database of a configuration that was read; `named` is its `database`, if any.

    A relative path there counts from the file's own folder.
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
