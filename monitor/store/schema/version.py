"""The schema version, and whether a database has it. Readers need no migrations for that.

`user_version` of a database is `BEFORE_FIRST` plus the number of its migrations. Monitor 0.1.0 and
its development versions counted from 1 and would migrate a database that counts so, too; counted
from 100, a new database is refused by them, and one of theirs is told from a new one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.errors import StoreMismatchError

if TYPE_CHECKING:
    from pathlib import Path

BEFORE_FIRST = 100
SCHEMA_VERSION = BEFORE_FIRST + 17  # plus one for each migration more; a test counts them


def is_of_early_version(version: int) -> bool:
    """Whether monitor 0.1.0 or a development version wrote it: `monitor db upgrade` reads these."""
    return 0 < version <= BEFORE_FIRST


def copy_before_migration(path: Path, version: int) -> Path:
    """Path of the copy of a database, made before its schema `version` was migrated."""
    return path.with_name(f"{path.name}.schema-{version}")


def _newest_copy(path: Path) -> str:
    """Path of the newest copy that this program can read; "BACKUP" where there is none."""
    pattern = re.compile(rf"{re.escape(path.name)}\.schema-(\d+)")
    found = filter(
        None, (pattern.fullmatch(each.name) for each in path.absolute().parent.iterdir())
    )
    versions = [version for each in found if (version := int(each[1])) <= SCHEMA_VERSION]
    fit = [version for version in versions if not is_of_early_version(version)]
    return str(copy_before_migration(path, max(fit))) if fit else "BACKUP"


def refuse_unknown(path: Path, version: int) -> None:
    """Raise StoreMismatchError for a version that migrations do not lead to this one."""
    if version > SCHEMA_VERSION:
        raise StoreMismatchError(
            f"{path} was written by a newer version of monitor (schema {version}, this one knows"
            f" {SCHEMA_VERSION}); use that version, or go back: `monitor --db {path} db restore"
            f" {_newest_copy(path)}`; what came since the copy is then lost"
        )
    if is_of_early_version(version):
        raise StoreMismatchError(
            f"{path} was written by monitor 0.1.0 (schema {version}): stop the service, then"
            f" `monitor --db {path} db upgrade` carries everything over and keeps a backup"
        )


def refuse_other(path: Path, version: int) -> None:
    """Raise StoreMismatchError for any version but this one: who only reads cannot migrate."""
    refuse_unknown(path, version)
    if version < SCHEMA_VERSION:
        raise StoreMismatchError(
            f"{path} was written by an older version of monitor; `monitor run --once` brings it up"
            " to date"
        )
