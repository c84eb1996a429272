"""Briefs by schedule: at their time, from the last one on, once, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from filled import DAY, HOUR, SMALL

from monitor.config.load import load
from monitor.errors import ConfigError
from monitor.service.briefs import send_due

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config.load import Config
    from monitor.store.database import Store

BRIEFS = """\
channels: {desk: {type: console}}
briefs: {morning: {cron: "0 7 * * *", channel: desk}}
"""
SEVEN = NOW.replace(hour=7) + DAY


def _config(folder: Path, briefs: str = BRIEFS) -> Config:
    path = folder / "config.yaml"
    path.write_text(SMALL + briefs, encoding="utf-8")
    return load(path)


async def _titles(store: Store, config: Config, *moments: timedelta) -> list[str]:
    notices = [await send_due(store, config, NOW + later) for later in moments]
    return [notice.title for made in notices for notice in made]


async def test_the_first_brief_begins_when_the_service_first_sees_it(
    store: Store, tmp_path: Path
) -> None:
    config = _config(tmp_path)
    before = SEVEN - timedelta(minutes=1) - NOW
    assert await _titles(store, config, timedelta(), before) == []
    assert await _titles(store, config, SEVEN - NOW) == [
        "Brief, 2024-10-31 18:00 to 2024-11-01 07:00 UTC (morning)"
    ]


async def test_a_brief_is_made_once_also_after_a_restart(store: Store, tmp_path: Path) -> None:
    config = _config(tmp_path)
    due = SEVEN - NOW
    assert len(await _titles(store, config, timedelta(), due, due, due + HOUR)) == 1
    [(count,)] = await store.write(
        lambda tx: tx.db.execute("SELECT count(*) FROM alerts WHERE channel = 'desk'").fetchall()
    )
    assert count == 1


async def test_the_next_brief_begins_where_the_last_one_ended(store: Store, tmp_path: Path) -> None:
    config = _config(tmp_path)
    titles = await _titles(store, config, timedelta(), SEVEN - NOW + HOUR, SEVEN - NOW + DAY)
    assert titles[1] == "Brief, 2024-11-01 07:00 to 2024-11-02 07:00 UTC (morning)"


async def test_after_a_pause_one_brief_covers_all_of_it(store: Store, tmp_path: Path) -> None:
    config = _config(tmp_path)
    titles = await _titles(store, config, timedelta(), SEVEN - NOW + 5 * DAY + HOUR)
    assert titles == ["Brief, 2024-10-31 18:00 to 2024-11-06 07:00 UTC (morning)"]


async def test_a_weekly_brief_comes_late_rather_than_never(store: Store, tmp_path: Path) -> None:
    config = _config(tmp_path, BRIEFS.replace("0 7 * * *", "0 7 * * mon"))
    titles = await _titles(store, config, timedelta(), timedelta(days=8, hours=23))
    assert titles == ["Brief, 2024-10-31 18:00 to 2024-11-04 07:00 UTC (morning)"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("channel: dsek", "did you mean `desk`"),
        ("channel: desk, topics: [kursk]", "no topic `kursk`"),
        ("channel: desk, cron: 7", "briefs.morning.cron"),
    ],
)
def test_a_brief_that_cannot_be_sent_is_refused(written: str, told: str, tmp_path: Path) -> None:
    cron = "" if "cron" in written else 'cron: "0 7 * * *", '
    briefs = f"channels: {{desk: {{type: console}}}}\nbriefs: {{morning: {{{cron}{written}}}}}\n"
    with pytest.raises(ConfigError, match=told):
        _config(tmp_path, briefs)
