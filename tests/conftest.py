"""Options and fixtures that all tests share."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import amounts
import pytest
import structlog
from copies import store_at
from fakes import fake_slack, feed_server
from hypothesis import HealthCheck, settings
from installation import Installation

from monitor.matching import compile as compiling
from monitor.matching.suggest import places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from monitor.matching.terms.termsets import Sets
    from monitor.model import Topic
    from monitor.store.database import Store

NOW = datetime(2024, 10, 31, 18, 0, tzinfo=UTC)  # the moment that all tests live in
ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run tests that take seconds")
    parser.addoption("--feeds", help="a folder of feeds' documents, for tests of real ones")


def pytest_configure(config: pytest.Config) -> None:
    _keep_bytecode()
    _log_plainly()
    _compile_once()
    gc.disable()  # what is collected of the tests is no garbage; see `pytest_collection_finish`
    # Programs that tests start compile topics once, and find them in later runs, too.
    os.environ.pop("CACHE_DIRECTORY", None)
    os.environ["XDG_CACHE_HOME"] = str(ROOT / ".pytest_cache" / "xdg")
    amounts.choose(slow=config.getoption("--slow"))
    # The same examples in each run, and nothing that depends on how busy the machine is.
    settings.register_profile(
        "floor",
        derandomize=True,
        deadline=None,
        max_examples=amounts.many(100),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("floor")


def _keep_bytecode() -> None:
    """Let this process and those that tests start keep what they compile.

    Where the environment forbids it, each compiles each module of the program and the tests anew.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def _compile_once() -> None:
    """Let terms keep their forms from one test to the next, and suggestions their topics.

    The program forgets the forms of terms, to be small, and proposes once in a process.
    """
    compiling.forget_forms = lambda: None  # type: ignore[attr-defined] # imported there
    packed: dict[tuple[Any, ...], bytes] = {}

    def pack(topics: list[Topic], sets: Sets) -> bytes:
        key = (*topics, *sets.items())
        if key not in packed:
            packed[key] = compiling.pack(topics, sets)
        return packed[key]

    places.pack = pack  # type: ignore[attr-defined, assignment] # called so


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Let coverage measure neither a test that is marked so, nor the processes it starts.

    The mark `no_cover` of pytest-cov stops one measurement of two in processes of pytest-xdist.
    """
    if "unmeasured" not in item.keywords:
        return (yield)
    tracers = sys.gettrace(), threading.gettrace()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        sys.settrace(None)
        threading.settrace(None)
        try:
            return (yield)
        finally:
            sys.settrace(tracers[0])
            threading.settrace(tracers[1])


def pytest_collection_finish() -> None:
    """Let collections of garbage pass over what the tests themselves are: it stays to the end."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _log_as_at_first() -> Iterator[None]:
    """A command that was run in this process leaves no level and no handler of logging behind.

    By such a handler the log lines of libraries would get into what the next command prints.
    Tracebacks are plain, as those of the program are: structlog's own, with all variables, take a
    tenth of a second each.
    """
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = [handler for handler in root.handlers if handler in before]
    _log_plainly()


def _log_plainly() -> None:
    structlog.reset_defaults()
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before, plain])


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with store_at(tmp_path / "monitor.db") as opened:
        yield opened


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Installation]:
    """A feed server, a Slack, and a configuration to be written that names them."""
    async with feed_server() as feeds, fake_slack() as slack:
        installation = Installation(tmp_path, feeds, slack)
        yield installation
        await installation.end()
