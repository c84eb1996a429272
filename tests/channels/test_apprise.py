"""What Apprise is handed, and what is made of its answers."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from messages import HOSTILE, KOREAN, alert
from postbox import Door, door

from monitor.channels.apprise import Apprise
from monitor.errors import DeliveryError

# what Apprise's services import
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def channel(server: Door) -> Apprise:
    return Apprise(url=server.url.replace("http://", "json://"))


async def refused(apprise: Apprise) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await apprise.send(alert())
    return caught.value


async def test_it_hands_over_a_title_a_text_and_how_urgent_it_is() -> None:
    async with door() as server:
        assert await channel(server).send(KOREAN) == "key-ko"
    told: dict[str, Any] = json.loads(server.bodies[0])
    assert told["title"] == "🔴 [DPRK troops, Kursk] 북한군 1만1천명, 러시아 쿠르스크 배치"
    assert "troops: 8,000 → 11,000 (국정원)" in told["message"]
    assert told["type"] == "failure"


async def test_nothing_a_feed_wrote_mentions_anyone() -> None:
    async with door() as server:
        await channel(server).send(alert(f"@everyone {HOSTILE}"))
    told = json.loads(server.bodies[0])
    for text in (told["title"], told["message"]):
        assert "@everyone" not in text
        assert "<!channel>" not in text
        assert "@\u200beveryone" in text


@pytest.mark.parametrize(
    ("status", "blame", "in_doubt"),
    [
        (401, "operator", False), (404, "operator", False), (400, "message", False),
        (429, "passing", False), (500, "passing", True),
    ],
)  # fmt: skip
async def test_a_status_that_the_service_logged_says_who_must_act(
    status: int, blame: str, *, in_doubt: bool
) -> None:
    async with door() as server:
        server.plan = [status]
        error = await refused(channel(server))
    assert (error.blame, error.in_doubt, error.reason) == (
        blame,
        in_doubt,
        f"Apprise: HTTP {status}",
    )


async def test_an_address_that_apprise_does_not_know_is_the_operators_to_mend() -> None:
    error = await refused(Apprise(url="nonsense://s3cr3t-t0ken"))
    assert error.blame == "operator"
    assert "s3cr3t" not in error.reason


async def test_without_apprise_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    error = await refused(Apprise(url="json://127.0.0.1"))
    assert (error.blame, "pip install 'monitor-desk[apprise]'" in error.reason) == (
        "operator",
        True,
    )
