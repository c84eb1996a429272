"""The section `operations` of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from copies import store_at
from filled import SMALL, move_into_empty_home

from monitor.config.load import load
from monitor.errors import ConfigError
from monitor.model import Notice
from monitor.service.assemble import sync_configuration

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config.schema import OperationsSettings
    from monitor.store.transaction import Transaction


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "work" / "config.yaml"


def operations(config: Path, section: str) -> OperationsSettings:
    config.write_text(f"{SMALL}{section}", encoding="utf-8")
    return load(config).operations


def mistake(config: Path, section: str) -> str:
    with pytest.raises(ConfigError) as caught:
        operations(config, section)
    [found] = caught.value.mistakes
    return f"{found.line}:{found.column}: {found.field}: {found.message}"


def test_without_the_section_only_the_log_is_told(config: Path) -> None:
    found = operations(config, "")
    assert (found.channel, found.heartbeat, found.timezone) == ("", "08:00", "UTC")
    assert found.failing_after == 86_400


def test_all_of_it_may_be_said(config: Path) -> None:
    found = operations(
        config,
        "operations: {channel: console, heartbeat: 07:30, timezone: Asia/Seoul, failing_after: 6h}",
    )
    assert (found.channel, found.heartbeat, found.timezone) == ("console", "07:30", "Asia/Seoul")
    assert found.failing_after == 21_600


def test_topics_are_kept_out_of_its_channel(config: Path) -> None:
    operations(config, "operations: {channel: console}")
    assert load(config).delivery.operations == "console"


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("{channel: desk}", "7:23: operations.channel: there is no channel `desk`"),
        (
            "{channel: consol}",
            "7:23: operations.channel: there is no channel `consol`; did you mean `console`?",
        ),
        ('{heartbeat: "8"}', "operations.heartbeat: expected a time of day such as 08:00"),
        ('{heartbeat: "24:00"}', "operations.heartbeat: expected a time of day such as 08:00"),
        ("{timezone: Mars/Base}", "expected a time zone such as Europe/Berlin or UTC"),
        ("{timezone: ../UTC}", "expected a time zone such as Europe/Berlin or UTC"),
        ("{failing_after: 1}", "expected a duration such as 30s, 10m, 24h or 7d"),
        ("{chanel: console}", "unknown key; did you mean `channel`?"),
    ],
)
def test_a_mistake_is_told_with_its_place(config: Path, section: str, expected: str) -> None:
    assert expected in mistake(config, f"operations: {section}\n")


def test_a_section_that_is_no_mapping_is_a_mistake(config: Path) -> None:
    assert "expected keys with values below it" in mistake(config, "operations: desk\n")


async def test_alerts_of_a_channel_that_is_gone_keep_out_of_operations(
    config: Path, tmp_path: Path
) -> None:
    channels = "channels: {ops: {type: console}, desk: {type: console}}\n"
    operations(config, f"{channels}operations: {{channel: ops}}\n")
    found = load(config, tmp_path / "monitor.db")

    def wait(tx: Transaction) -> None:
        tx.alerts.add_notice(Notice("surge icbm", "surge", "ICBM: more than usual"), "phone", NOW)

    async with store_at(found.database) as store:
        await store.write(wait)
        await sync_configuration(found, store, NOW)
        rows = await store.write(lambda tx: tx.db.execute("SELECT channel FROM alerts").fetchall())
    assert rows == [("desk",)]
