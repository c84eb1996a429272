"""Replaces `config.yaml` by an edited text: checked first, then at once.

The new text is written to a draft beside the file, checked there, and renamed over the file: a
crash leaves the old text or the new one, never a part.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pydantic import ValidationError

from monitor.config.checks import check_feeds
from monitor.config.edit_feeds import FeedList, decoded, read_bytes
from monitor.config.explain_errors import explain
from monitor.config.load import load
from monitor.config.schema import FeedSettings
from monitor.errors import ConfigError, InputError
from monitor.files import refuse_special

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from monitor.config.load import Config
    from monitor.errors import Mistake


def change_feeds(path: Path, change: Callable[[FeedList], str]) -> None:
    """Replace the configuration by the text that `change` makes of its feeds. See `change_text`."""
    change_text(path, lambda text: change(FeedList(path, text)))


def change_text(
    path: Path, change: Callable[[str], str], *, just_before: Callable[[], None] | None = None
) -> None:
    """Replace the configuration by the text that `change` makes of it.

    Raises InputError, and leaves the file as it is, if the new text has mistakes that the old one
    has not. The file keeps its mode and owner; of a symbolic link, the target is replaced.
    `just_before` is called once nothing but the replacement is left to do.
    """
    before = read_bytes(path)
    text = decoded(path, before)
    changed = change(text)
    if changed == text:
        return
    refuse_special(path)
    target = path.resolve()
    try:
        with _beside(target) as draft:
            _refuse_new_mistakes(path, draft, text, changed)
            if read_bytes(path) != before:
                raise InputError(f"{path} was changed by somebody else meanwhile: try again")
            if just_before:
                just_before()
            draft.path.replace(target)
    except OSError as error:
        message = f"{path} cannot be replaced: {error.strerror}; it was left as it is"
        raise InputError(message) from error
    with suppress(OSError):  # some folders can be written into, but not opened
        _sync_folder(target.parent)


def write_new(path: Path, text: str, secrets: Mapping[str, str]) -> Config:
    """Write a configuration where there is none, with files of `secrets` beside it; return it read.

    Raises ConfigError for mistakes in the text, InputError where a file exists or cannot be
    written; nothing is left behind then.
    """
    made: list[Path] = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for name, secret in secrets.items():
            made.append(_new_file(path.parent / name, secret, 0o600))
        made.append(_new_file(path, text, 0o640))
        return load(path, None, ())
    except FileExistsError as error:
        _remove(made)
        raise InputError(f"{error.filename} exists, and is left as it is: move it away") from error
    except OSError as error:
        _remove(made)
        advice = "name another file with --config FILE"
        raise InputError(f"{path} cannot be written: {error.strerror}; {advice}") from error
    except BaseException:
        _remove(made)
        raise


def _new_file(path: Path, text: str, mode: int) -> Path:
    """Make a file with a mode; a failed attempt leaves none. Raises OSError."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(number)
    except BaseException:
        path.unlink()
        raise
    return path


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def mistake_in(feed: Mapping[str, Any]) -> str:
    """First mistake in the settings of one feed, or ""."""
    try:
        settings = FeedSettings.model_validate(feed)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ("feeds", 0, *problem["loc"])
        return f"{where[-1]}: {explain(problem, {}, where)}"
    if settings.url.startswith("${"):  # the address is known only once the variable is filled
        return ""
    found = check_feeds({0: settings}, {0: settings.url})
    return next((f"{where[-1]}: {message}" for where, message in found), "")


class _Draft:
    """A file beside the configuration, with its mode and owner, that is to replace it."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file

    def resemble(self, target: Path) -> None:
        """Copy owner, mode and access lists of `target`. Raises InputError without permission."""
        number = self._file.fileno()
        wanted, own = target.stat(), os.fstat(number)
        if (wanted.st_uid, wanted.st_gid) != (own.st_uid, own.st_gid):
            try:
                os.fchown(number, wanted.st_uid, wanted.st_gid)
            except PermissionError as error:
                message = f"{target} would get another owner: run this as its owner, or as root"
                raise InputError(message) from error
        os.fchmod(number, stat.S_IMODE(wanted.st_mode))
        with suppress(OSError):  # not every file system has them
            for name in os.listxattr(target):
                os.setxattr(number, name, os.getxattr(target, name))

    def write(self, text: str) -> None:
        """Replace the draft's text, synced to disk."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(text.encode("utf-8"))
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def _beside(target: Path) -> Iterator[_Draft]:
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
    path = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            draft = _Draft(path, file)
            draft.resemble(target)
            yield draft
    finally:
        path.unlink(missing_ok=True)


def _refuse_new_mistakes(path: Path, draft: _Draft, before: str, after: str) -> None:
    """Write `after` into the draft. Raises InputError for mistakes that `before` has not.

    Both texts are loaded from the draft, since secrets' files lie beside the configuration.
    """
    old = Counter(_kind(mistake) for mistake in _mistakes(draft, before))
    new = []
    for mistake in _mistakes(draft, after):
        if old[_kind(mistake)]:
            old[_kind(mistake)] -= 1
        else:
            new.append(f"  {mistake.field or 'the file'}: {mistake.message}")
    if new:
        raise InputError("\n".join([f"{path} was left as it is; it would be mistaken:", *new]))


def _kind(mistake: Mistake) -> tuple[str, str]:
    """Field and message of a mistake, without list indexes: removing a feed shifts the others."""
    return _numberless(mistake.field), _numberless(mistake.message)


def _numberless(text: str) -> str:
    return re.sub(r"\[\d+\]", "[]", text)


def _mistakes(draft: _Draft, text: str) -> list[Mistake]:
    draft.write(text)
    try:
        load(draft.path)
    except ConfigError as error:
        return error.mistakes
    return []


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
