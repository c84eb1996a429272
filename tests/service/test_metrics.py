"""The metrics: what they say of the database, and that the alert rules name only what is there."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fakes import feed
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from monitor import __version__
from monitor.errors import PollReason, StoreError
from monitor.pipeline.results import PollResult
from monitor.service.metrics import Metrics
from monitor.service.trouble import Trouble
from monitor.store.ledger import Outcome
from monitor.store.queries.reader import Reader
from monitor.store.queries.status import status

if TYPE_CHECKING:
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

DOCS = Path(__file__).parents[2] / "docs"
RULES = YAML(typ="safe").load(DOCS / "prometheus-rules.yaml")["groups"][0]["rules"]
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
_SELECTOR = re.compile(r"\b(monitor_\w+)(?:\{(.*?)\})?")
_CONDITION = re.compile(r'(\w+)(=~|!~|!=|=)"(.*?)"')


class Clock:
    """A monotonic clock that a test sets."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def trouble() -> Trouble:
    return Trouble(clock=Clock())


@pytest.fixture
def metrics(store: Store, trouble: Trouble) -> Metrics:
    return Metrics(store.path, trouble)


async def samples(metrics: Metrics) -> list[Any]:
    """Return the samples that Prometheus reads."""
    families = text_string_to_metric_families((await metrics.text()).decode())
    return [sample for family in families for sample in family.samples]


async def values(metrics: Metrics, name: str, label: str) -> dict[str, float]:
    found = [each for each in await samples(metrics) if each.name == name]
    return {each.labels.get(label, ""): each.value for each in found}


async def beat(store: Store, metrics: Metrics) -> None:
    now = datetime.now(UTC)
    stats = await store.write(lambda tx: tx.service.beat(1, __version__, now, now))
    metrics.set_queues(stats, ["desk", "mail"])


@pytest.fixture
async def feeds(store: Store) -> None:
    """Feeds in six states, one of them `blocked`, two `ok`."""
    now = datetime.now(UTC)
    names = ["ok", "fine", "new", "off", "denied", "gone", "gapped", "broken"]
    known = [feed(f"https://a.example/{name}", enabled=name != "off") for name in names]

    def change(tx: Transaction) -> None:
        tx.feeds.sync(known, now)
        for name in ("ok", "fine", "gapped"):
            tx.db.execute("UPDATE feeds SET ok_at = ? WHERE url LIKE ?", [1.7e9, f"%/{name}"])
        recent = (now - timedelta(days=1)).timestamp()
        tx.db.execute("UPDATE feeds SET gap_at = ? WHERE url LIKE '%/gapped'", [recent])
        for name, reason in (("denied", PollReason.HTTP_DENIED), ("broken", "http-500")):
            tx.db.execute(
                "UPDATE feeds SET failing_since = 1.7e9, reason = ? WHERE url LIKE ?",
                [reason, f"%/{name}"],
            )
        tx.db.execute("UPDATE feeds SET gone_at = 1.7e9 WHERE url LIKE '%/gone'")

    await store.write(change)


@pytest.mark.usefixtures("feeds")
async def test_feeds_are_counted_by_the_states_that_commands_show(
    store: Store, metrics: Metrics
) -> None:
    counted = await values(metrics, "monitor_feeds", "state")
    now = datetime.now(UTC)
    with Reader(store.path) as reader:
        shown = Counter(row["state"] for row in reader.feeds(now))
    assert {state: count for state, count in counted.items() if count} == dict(shown)
    assert counted["ok"] == 2
    assert counted["stale"] == 0
    needing = {state: counted[state] for state in status(store.path, now).feed_states}
    assert needing == status(store.path, now).feed_states
    assert set(needing) == {"blocked", "closed", "failing"}


async def test_entries_of_a_poll_are_counted_by_their_outcomes(metrics: Metrics) -> None:
    outcomes = (Outcome.NO_MATCH, Outcome.HIT, Outcome.NO_MATCH, Outcome.NO_MATCH)
    metrics.count_poll(PollResult("https://a.example/", "ok", outcomes=outcomes))
    metrics.count_poll(PollResult("https://b.example/", "ok", outcomes=outcomes[:1]))
    counted = await values(metrics, "monitor_entries_total", "outcome")
    assert counted == {"no-match": 4.0, "hit": 1.0}


@pytest.mark.usefixtures("feeds")
async def test_the_last_poll_is_that_of_monitor_status(store: Store, metrics: Metrics) -> None:
    await beat(store, metrics)
    [polled_at] = (await values(metrics, "monitor_last_poll_timestamp_seconds", "")).values()
    last = status(store.path, datetime.now(UTC)).polled_at
    assert last
    assert polled_at == last.timestamp() == 1.7e9


async def test_a_stopped_channel_is_told_from_others(store: Store, metrics: Metrics) -> None:
    now = datetime.now(UTC)
    await store.write(lambda tx: tx.channels.stop("desk", "invalid_auth", now, now))
    await beat(store, metrics)
    assert await values(metrics, "monitor_channel_stopped", "channel") == {"desk": 1, "mail": 0}


async def test_a_channel_that_was_removed_is_told_of_no_more(
    store: Store, metrics: Metrics
) -> None:
    await beat(store, metrics)
    now = datetime.now(UTC)
    stats = await store.write(lambda tx: tx.service.beat(1, __version__, now, now))
    metrics.set_queues(stats, ["desk"])
    assert await values(metrics, "monitor_channel_stopped", "channel") == {"desk": 0}


async def test_the_version_is_a_label(metrics: Metrics) -> None:
    assert await values(metrics, "monitor_build_info", "version") == {__version__: 1}


async def test_waiting_is_measured_until_it_is_over(metrics: Metrics, trouble: Trouble) -> None:
    async def waiting() -> float:
        return (await values(metrics, "monitor_waiting_seconds", ""))[""]

    clock = trouble.clock
    assert isinstance(clock, Clock)
    assert await waiting() == 0
    trouble.observe(StoreError("the database is locked", passing=True))
    clock.now += 90
    assert await waiting() == 90
    trouble.observe(None)
    assert await waiting() == 0


@pytest.mark.usefixtures("feeds")
async def test_metrics_are_served_while_the_database_cannot_be_read(
    store: Store, metrics: Metrics
) -> None:
    before = await values(metrics, "monitor_feeds", "state")
    away = store.path.rename(store.path.with_name("away"))
    assert await values(metrics, "monitor_feeds", "state") == before
    away.rename(store.path)


# ── alert rules ───────────────────────────────────────────────────────────────────────────────


def conditions(selector: str) -> list[tuple[str, list[str]]]:
    """Return the labels of a selector, each with the values that it asks for."""
    return [(label, text.split("|")) for label, _, text in _CONDITION.findall(selector)]


async def test_every_metric_of_the_alert_rules_is_exposed(store: Store, metrics: Metrics) -> None:
    await beat(store, metrics)
    exposed: dict[str, list[dict[str, str]]] = {}
    for sample in await samples(metrics):
        exposed.setdefault(sample.name, []).append(sample.labels)
    for rule in RULES:
        for name, selector in _SELECTOR.findall(rule["expr"]):
            assert name in exposed, f"{rule['alert']}: {name}"
            for label, wanted in conditions(selector):
                there = {labels.get(label) for labels in exposed[name]}
                assert set(wanted) <= there, f"{rule['alert']}: {name} {label}"


def test_every_alert_rule_asks_for_a_metric_and_is_documented() -> None:
    for rule in RULES:
        assert _SELECTOR.search(rule["expr"]) or rule["expr"].startswith("up{"), rule["alert"]
        assert f"| `{rule['alert']}` |" in OPERATIONS
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]


async def test_every_metric_is_documented(store: Store, metrics: Metrics) -> None:
    await beat(store, metrics)
    families = text_string_to_metric_families((await metrics.text()).decode())
    for family in families:
        if family.name.endswith("_created"):  # the library adds when a counter began
            continue
        suffix = "_total" if family.type == "counter" else ""
        suffix = "_info" if family.name == "monitor_build" else suffix
        assert f"`{family.name}{suffix}`" in OPERATIONS, family.name
