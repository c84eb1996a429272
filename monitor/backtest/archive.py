"""Archives of articles: files, folders and patterns, read a batch at a time.

    names ─▶ files ─▶ batches of rows ─▶ (on any core, of any machine) articles

Rows become articles where they are matched: that takes longer than reading them. An archive may be
larger than memory; the error for a mistake in it names file and line.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from datetime import date
from glob import glob, has_magic
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from monitor.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_ENDINGS = (".jsonl", ".jsonl.gz", ".parquet")
_ROWS = 500  # rows of a batch, at most
_BYTES = 1 << 20  # bytes from which on a batch is full
_LONGEST = 64 << 20  # bytes of a line; a file with a longer one is no archive of articles
_COLUMNS = (
    "id", "title", "summary", "url", "publisher", "lang", "published", "kind", "labels",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of the file `where`, lines of JSON or objects; `first` is the number of the first one.

    `size` is the share of the archive: bytes of a file, or a number of rows in memory.
    """

    where: str
    first: int
    rows: Sequence[bytes | Mapping[str, Any]]
    size: int


def files(names: Iterable[str]) -> dict[Path, int]:
    """Return the files of an archive with their sizes in bytes. Raises InputError for none.

    A name is a file, a folder (all archives in it and below), or a pattern with `*`.
    """
    return {path: _size(path) for path in chain.from_iterable(map(_named, names))}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _named(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        found = [each for each in path.rglob("*") if each.name.endswith(_ENDINGS)]
        lacking = f"{name} holds no {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]} file"
    elif has_magic(name) and not path.exists():
        matched = glob(name, recursive=True)  # noqa: PTH207 - `Path.glob` takes no absolute patterns
        found = [each for each in map(Path, matched) if each.is_file()]
        lacking = f"{name} matches no file"
    else:
        return [path]
    if not found:
        raise InputError(lacking)
    return sorted(found)


def batches(paths: Iterable[Path]) -> Iterator[Batch]:
    """Yield the rows of files, one file after the other. Raises InputError with the file."""
    for path in paths:
        read = _parquet if path.suffix == ".parquet" else _lines
        try:
            yield from read(path)
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{path} cannot be read: {reason}") from error


def in_batches(rows: Sequence[Mapping[str, Any]]) -> Iterator[Batch]:
    """Yield batches of rows in memory; the size of a batch is the number of its rows."""
    for at in range(0, len(rows), _ROWS):
        part = rows[at : at + _ROWS]
        yield Batch("", at + 1, part, len(part))


def _lines(path: Path) -> Iterator[Batch]:
    with path.open("rb") as raw:
        file = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        first, position = 1, 0
        while lines := _next_lines(file, path, first):
            before = position
            position = raw.tell() if raw.seekable() else 0
            yield Batch(str(path), first, lines, position - before)
            first += len(lines)


def _next_lines(file: IO[bytes] | gzip.GzipFile, path: Path, first: int) -> list[bytes]:
    """Return the lines of the next batch, none at the end of the file."""
    lines: list[bytes] = []
    size = 0
    while len(lines) < _ROWS and size < _BYTES and (line := file.readline(_LONGEST)):
        if len(line) == _LONGEST:
            raise InputError(f"{path}:{first + len(lines)}: longer than {_LONGEST >> 20} MiB")
        lines.append(line)
        size += len(line)
    return lines


# ── Parquet ───────────────────────────────────────────────────────────────────────────────────


def _parquet(path: Path) -> Iterator[Batch]:
    arrow = _pyarrow()
    try:
        # Pre-buffering would load whole groups of rows into memory.
        with arrow.parquet.ParquetFile(path, pre_buffer=False, buffer_size=_BYTES) as file:
            names = [name for name in _COLUMNS if name in file.schema_arrow.names]
            share = _size(path) / max(file.metadata.num_rows, 1)
            first = 1
            for columns in file.iter_batches(_ROWS, columns=names):
                rows = _rows(arrow, columns)
                yield Batch(str(path), first, rows, round(share * len(rows)))
                first += len(rows)
    except arrow.ArrowException as error:
        raise InputError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise InputError(
            "Parquet files need pyarrow: pip install 'monitor-desk[cluster]'"
        ) from error
    return pyarrow


def _rows(arrow: Any, columns: Any) -> list[dict[str, Any]]:
    """Return rows with the values that lines of JSON have."""
    names = columns.schema.names
    if not names:
        return [{}] * columns.num_rows
    lists = [_values(arrow, columns.column(name)) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]


def _values(arrow: Any, column: Any) -> list[Any]:
    if arrow.types.is_timestamp(column.type):  # Python knows no nanoseconds
        column = column.cast(arrow.timestamp("us", column.type.tz), safe=False)
    return [
        value.isoformat() if isinstance(value, date) else value
        for value in column.to_pylist(maps_as_pydicts="lossy")
    ]
