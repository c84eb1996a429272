"""Opening the database, and the one thread that writes to it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import structlog

from monitor.errors import StoreError
from monitor.files import make_shared, refuse_special
from monitor.store.faults import check_same_file, identity, is_database_fault, store_error
from monitor.store.schema.migrations import migrations
from monitor.store.schema.version import (
    BEFORE_FIRST,
    SCHEMA_VERSION,
    copy_before_migration,
    refuse_unknown,
)
from monitor.store.sqlite_light import Database
from monitor.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

log = structlog.get_logger()

T = TypeVar("T")
Item = TypeVar("Item")
SQLITE_VERSION = sqlite3.sqlite_version
# KiB of pages that the writer keeps, where the database has as many: with SQLite's 2,000 it takes
# half as long again to place an article among 100,000 hits.
_CACHE = 64_000
_BUSY = 1_500  # milliseconds to wait for another process that writes
_AGAIN = 1.0  # seconds before a change is tried again that the database did not take


class Store:
    """The write connection on its thread. Functions of a transaction go in, results come out.

    Calls that wait at the same time share a transaction, with one fsync if any is durable; each is
    a savepoint of its own, so that one that fails undoes nothing of the others. `observe` gets the
    fault of the database, or None, after each transaction.
    """

    def __init__(
        self, path: Path, observe: Callable[[StoreError | None], None] = lambda _: None
    ) -> None:
        self.path = path
        self.sharing = 0  # items of `write_shared` that are not stored yet, without durable ones
        self._observe = observe
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._waiting: list[_Call] = []
        self._shared: dict[Callable[[Transaction, Sequence[Any]], list[Any]], _Call] = {}
        self._writing: asyncio.Task[None] | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        """Open the file, made if needed, and bring its schema up to date. Raises StoreError."""
        loop = asyncio.get_running_loop()
        try:
            self._db = await loop.run_in_executor(self._thread, open_database, self.path)
            self._file = identity(self.path)
        except BaseException:
            self._thread.shutdown()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Write what waits, then close."""
        self._closed = True
        if self._writing:
            await self._writing
        await asyncio.get_running_loop().run_in_executor(self._thread, self._db.close)
        self._thread.shutdown()

    async def write(
        self, change: Callable[[Transaction], T], *, patience: float = 0.0, durable: bool = True
    ) -> T:
        """Run a function in an immediate transaction and return what it returns.

        Raises what the function raises, or StoreError when the database does not take the
        transaction. A passing fault (the file is locked, the disk is full) is waited for during
        `patience` seconds, and the function is run again each second. A change that is not
        `durable` outlives this process, but perhaps no power cut: it is for what is done again.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while True:
            try:
                return await self._write(change, durable=durable)
            except StoreError as error:
                if not error.passing or loop.time() >= until:
                    raise
                log.warning("write waits", reason=str(error))
            await asyncio.sleep(_AGAIN)

    async def write_shared(
        self,
        change: Callable[[Transaction, Sequence[Item]], list[T]],
        item: Item,
        *,
        durable: bool = False,
    ) -> T:
        """Run a function once for the items of all who wait with it; return this item's result.

        Where it fails, it is run for each item alone, so that a mistake costs one. `durable` is as
        in `write`, and the same for all of them.
        """
        call = self._shared.get(change)
        if call is None:
            call = self._shared[change] = self._queue(_Call(change, [], [], durable))
        self.sharing += not durable
        try:
            result: T = await call.join(item)
        finally:
            self.sharing -= not durable
        return result

    async def _write(self, change: Callable[[Transaction], T], *, durable: bool) -> T:
        call = self._queue(_Call(lambda tx, _: [change(tx)], [], [], durable))
        result: T = await call.join(None)
        return result

    def _queue(self, call: _Call) -> _Call:
        if self._closed:
            raise StoreError("the database is closed")
        self._waiting.append(call)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting())
        return call

    async def tidy(self) -> None:
        """Let SQLite renew its statistics, and give the write-ahead log's space back."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, _tidy, self._db)

    async def _write_waiting(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            calls, self._waiting = self._waiting, []
            self._shared.clear()
            fault = None
            try:
                results = await loop.run_in_executor(self._thread, self._commit, calls)
            except StoreError as error:
                fault = error
                results = [[error] * len(call.items) for call in calls]
            except BaseException as error:  # noqa: BLE001 - its callers must not wait for ever
                results = [[error] * len(call.items) for call in calls]
            self._observe(fault)
            for call, answers in zip(calls, results, strict=True):
                call.answer(answers)

    def _commit(self, calls: list[_Call]) -> list[list[Any]]:
        check_same_file(self.path, self._file)
        return _commit(self._db, calls)


class _Call(NamedTuple):
    """A change, what it is run for, and who waits for the results."""

    change: Callable[[Transaction, Sequence[Any]], list[Any]]
    items: list[Any]
    waiting: list[asyncio.Future[Any]]
    durable: bool

    def join(self, item: Any) -> asyncio.Future[Any]:
        """Have the change run for an item, too; return the future of its result."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.items.append(item)
        self.waiting.append(done)
        return done

    def answer(self, results: list[Any]) -> None:
        """Hand out the results, or exceptions."""
        for done, result in zip(self.waiting, results, strict=True):
            if done.done():  # its caller was cancelled; the change is stored all the same
                continue
            if isinstance(result, BaseException):
                done.set_exception(result)
            else:
                done.set_result(result)


def _tidy(db: Database) -> None:
    try:
        db.execute("PRAGMA optimize")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise store_error(error) from error


def _commit(db: Database, calls: list[_Call]) -> list[list[Any]]:
    """Run changes in one immediate transaction; return the results or the exceptions of each.

    Raises StoreError when the database does not take the transaction.
    """
    transaction = Transaction(db)
    durable = any(call.durable for call in calls)
    try:
        db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        db.execute("BEGIN IMMEDIATE")
        try:
            results = [_attempt(transaction, call.change, call.items) for call in calls]
            transaction.articles.index_texts()
            db.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise
    except sqlite3.Error as error:
        raise store_error(error) from error
    return results


def _attempt(
    transaction: Transaction,
    change: Callable[[Transaction, Sequence[Any]], list[Any]],
    items: Sequence[Any],
) -> list[Any]:
    try:
        with transaction.part():
            return change(transaction, items)
    except Exception as error:
        if is_database_fault(error):
            raise  # nothing of this batch can be stored
        if len(items) > 1:
            return [_attempt(transaction, change, [item])[0] for item in items]
        return [error]  # handed to the caller who waits for it


def open_database(path: Path, *, keep_copy: bool = True) -> Database:
    """Open a database for writing, made if needed, with its schema up to date.

    Write-ahead log with synchronous=FULL: durable changes survive a power cut. Before an older
    schema is migrated, a copy is made beside the file, unless the caller has one (`keep_copy`).
    Raises StoreError, and InputError for a path that is no regular file.
    """
    if not path.is_dir():  # SQLite's own refusal of a folder is one that may pass
        refuse_special(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        make_shared(path)  # -wal and -shm get the same mode from SQLite
        connection = sqlite3.connect(path, timeout=_BUSY / 1000, check_same_thread=False)
        try:
            db = Database(connection, execute_plugins=False)
            _prepare(db, path, keep_copy=keep_copy)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise store_error(error, path) from error
    return db


def _prepare(db: Database, path: Path, *, keep_copy: bool) -> None:
    version = _version(db)
    refuse_unknown(path, version)
    _enable_wal(db)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA cache_size = -{_CACHE}")
    if version < SCHEMA_VERSION:
        db.execute("BEGIN IMMEDIATE")  # two that start together migrate one after the other
        if keep_copy and BEFORE_FIRST < (version := _version(db)) < SCHEMA_VERSION:
            _copy_first(path, version)
        migrations.apply(db)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        db.execute("COMMIT")
    # Savepoints keep the pages as they were; in memory, that takes 6 % less of the processor's time
    # than in a file. A migration may sort a whole table and has a file for that.
    db.execute("PRAGMA temp_store = MEMORY")


def _version(db: Database) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _copy_first(path: Path, version: int) -> None:
    """Copy a database that is about to be migrated: a program of before needs it to go back.

    A copy of the same schema is replaced: what failed and starts again would fill the disk.
    """
    from monitor.store.backup import back_up  # noqa: PLC0415 - rarely, and it reads the database as commands do

    copy = copy_before_migration(path, version)
    try:
        size = back_up(path, copy, force=True)
    except StoreError as error:
        raise StoreError(f"{error}; nothing was migrated") from error
    log.info("copied before migration", copy=str(copy), bytes=size, schema=SCHEMA_VERSION)


def _enable_wal(db: Database) -> None:
    """Switch to the write-ahead log; SQLite itself does not wait for another that does so too."""
    deadline = time.monotonic() + _BUSY / 1000
    while True:
        try:
            db.enable_wal()
        except sqlite3.OperationalError as error:
            late = time.monotonic() > deadline
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or late:
                raise
            time.sleep(0.05)
        else:
            return
