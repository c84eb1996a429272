"""What readers say is kept once, counts their last word, and quietens what they ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from fakes import Recorder, article, context
from filled import HOUR, MINUTE, enter
from filled import found as match
from told import tell

from monitor.channels.formatting import ANSWERS, verdict_lines
from monitor.errors import StoreError
from monitor.model import Feedback, FeedbackKind, FeedbackResult
from monitor.pipeline import deliver

if TYPE_CHECKING:
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

REF = "C1/1730397600.000100"
GOOD = Feedback(FeedbackKind.GOOD, "slack:U1", "nina", NOW, REF)
WRONG = replace(GOOD, said=FeedbackKind.WRONG)
LATER = NOW + MINUTE


@pytest.fixture
async def told(store: Store) -> Store:
    """A store in which one alert, on two topics, was sent."""
    topics = ["icbm", "kursk"]
    await store.write(lambda tx: tell(tx, ["An ICBM over Kursk"], topics, REF, NOW))
    return store


async def record_feedback(store: Store, *said: Feedback) -> FeedbackResult:
    def take_in(tx: Transaction) -> list[FeedbackResult]:
        return [tx.feedback.record(each, LATER) for each in said]

    return (await store.write(take_in))[-1]


async def verdicts(store: Store) -> list[tuple[str, int, int]]:
    """Each topic with how many readers say good, and wrong."""
    return await store.write(
        lambda tx: list(tx.db.execute("SELECT topic, good, wrong FROM verdicts ORDER BY topic"))
    )


async def test_a_verdict_counts_for_each_topic_of_the_alert(told: Store) -> None:
    judged = await record_feedback(told, GOOD)
    assert judged.changed
    assert verdict_lines(judged.verdicts) == ("Marked as good by @nina",)
    assert await verdicts(told) == [("icbm", 1, 0), ("kursk", 1, 0)]


async def test_the_same_delivered_again_changes_nothing(told: Store) -> None:
    judged = await record_feedback(told, GOOD, GOOD)
    assert not judged.changed
    assert verdict_lines(judged.verdicts) == ("Marked as good by @nina",)
    assert await verdicts(told) == [("icbm", 1, 0), ("kursk", 1, 0)]


async def test_the_last_word_of_a_reader_counts(told: Store) -> None:
    await record_feedback(told, GOOD, replace(WRONG, at=LATER))
    assert await verdicts(told) == [("icbm", 0, 1), ("kursk", 0, 1)]


async def test_a_word_that_comes_late_does_not_replace_a_newer_one(told: Store) -> None:
    judged = await record_feedback(told, replace(WRONG, at=LATER), GOOD)
    assert not judged.changed
    assert await verdicts(told) == [("icbm", 0, 1), ("kursk", 0, 1)]


async def test_a_reader_without_a_name_has_the_one_told_before_or_an_id(told: Store) -> None:
    thumb = replace(WRONG, name="", at=LATER)
    assert verdict_lines((await record_feedback(told, GOOD, thumb)).verdicts) == (
        "Marked as not relevant by @nina",
    )
    judged = await record_feedback(told, replace(thumb, reader="slack:U9"))
    assert verdict_lines(judged.verdicts) == ("Marked as not relevant by @nina, @U9",)


async def test_several_readers_are_told_apart(told: Store) -> None:
    judged = await record_feedback(
        told,
        GOOD,
        replace(GOOD, reader="slack:U2", name="ann"),
        replace(WRONG, reader="slack:U3", name="kim"),
    )
    assert verdict_lines(judged.verdicts) == (
        "Marked as good by @nina, @ann",
        "Marked as not relevant by @kim",
    )
    assert await verdicts(told) == [("icbm", 2, 1), ("kursk", 2, 1)]


async def test_a_reaction_that_is_removed_takes_the_verdict_back(told: Store) -> None:
    judged = await record_feedback(told, GOOD, replace(GOOD, takes_back=True, at=LATER))
    assert verdict_lines(judged.verdicts) == ()
    assert await verdicts(told) == []


async def test_a_reaction_that_is_removed_does_not_take_back_another_verdict(told: Store) -> None:
    await record_feedback(
        told, replace(WRONG, at=LATER), replace(GOOD, takes_back=True, at=LATER + MINUTE)
    )
    assert await verdicts(told) == [("icbm", 0, 1), ("kursk", 0, 1)]


async def test_removed_before_it_was_added_means_removed(told: Store) -> None:
    await record_feedback(told, replace(GOOD, takes_back=True, at=LATER), GOOD)
    assert await verdicts(told) == []


async def test_a_muted_story_is_silenced_once(told: Store) -> None:
    mute = replace(GOOD, said=FeedbackKind.MUTE)
    judged = await record_feedback(
        told, mute, replace(mute, at=LATER), replace(mute, reader="slack:U2", name="ann")
    )
    [silence] = await told.write(lambda tx: tx.silences.active(LATER))
    assert silence.story
    assert silence.by == "nina"
    assert verdict_lines(judged.verdicts) == ("Story muted by @nina, @ann",)


async def test_silencing_holds_each_topic_of_the_alert_back_for_eight_hours(told: Store) -> None:
    silence = replace(GOOD, said=FeedbackKind.SILENCE)
    await record_feedback(told, silence, silence)
    found = await told.write(lambda tx: tx.silences.active(LATER))
    assert [(each.topic, each.ends_at) for each in found] == [
        ("icbm", LATER + 8 * HOUR),
        ("kursk", LATER + 8 * HOUR),
    ]


async def test_a_topic_can_be_silenced_again_when_it_speaks_again(told: Store) -> None:
    silence = replace(GOOD, said=FeedbackKind.SILENCE)
    await record_feedback(told, silence)
    tomorrow = NOW + timedelta(days=1)
    again = replace(silence, at=tomorrow)
    assert (await told.write(lambda tx: tx.feedback.record(again, tomorrow))).changed
    assert len(await told.write(lambda tx: tx.silences.active(tomorrow))) == 2


async def test_a_verdict_and_a_silence_stand_side_by_side(told: Store) -> None:
    judged = await record_feedback(told, GOOD, replace(GOOD, said=FeedbackKind.MUTE))
    assert verdict_lines(judged.verdicts) == ("Marked as good by @nina", "Story muted by @nina")


async def test_a_message_is_known_by_its_key_before_its_reference_is_stored(told: Store) -> None:
    key = await told.write(lambda tx: tx.db.execute("SELECT key FROM alerts").fetchone()[0])
    assert (await record_feedback(told, replace(GOOD, ref="C1/9", key=key))).changed


async def test_somebody_elses_message_is_not_judged(told: Store) -> None:
    judged = await record_feedback(told, replace(GOOD, ref="C1/9", key="test-1"))
    assert (judged.known, judged.changed) == (False, False)
    assert await verdicts(told) == []


async def test_a_digest_of_several_stories_cannot_be_judged_as_one(store: Store) -> None:
    titles = ["ICBM test", "Kursk falls"]
    await store.write(lambda tx: tell(tx, titles, ["icbm"], REF, NOW, digest=True))
    judged = await record_feedback(store, GOOD)
    assert (judged.known, judged.changed) == (True, False)
    assert "several stories" in ANSWERS[judged.answer]


async def test_an_alert_and_an_article_can_be_judged_by_their_ids(told: Store) -> None:
    by_hand = replace(GOOD, reader="cli:nina", ref="")
    await told.write(lambda tx: tx.feedback.judge_alert(1, by_hand, LATER))
    again = replace(by_hand, said=FeedbackKind.WRONG, at=LATER)
    await told.write(lambda tx: tx.feedback.judge_article(1, again, LATER))
    assert await verdicts(told) == [("icbm", 0, 1), ("kursk", 0, 1)]


async def test_what_is_not_there_cannot_be_judged(told: Store) -> None:
    with pytest.raises(StoreError, match="there is no alert 99"):
        await told.write(lambda tx: tx.feedback.judge_alert(99, GOOD, LATER))
    with pytest.raises(StoreError, match="article 99 hits no topic"):
        await told.write(lambda tx: tx.feedback.judge_article(99, GOOD, LATER))


async def test_feedback_outlives_the_article(told: Store) -> None:
    await record_feedback(told, GOOD)
    pruned_at = NOW + timedelta(days=1000)
    await told.write(lambda tx: tx.articles.prune(pruned_at, pruned_at, 10))
    assert await verdicts(told) == [("icbm", 1, 0), ("kursk", 1, 0)]
    judged = await record_feedback(told, replace(WRONG, at=LATER))
    assert "pruned" in ANSWERS[judged.answer]


async def test_an_edit_of_a_message_keeps_what_readers_did_with_it(told: Store) -> None:
    await record_feedback(told, GOOD)

    def goes_on(tx: Transaction) -> None:
        other = article("An ICBM over Kursk, says another", published_at=LATER, publisher="Another")
        enter(tx, 1, other, LATER, match(other, term="ICBM"), story=1)
        tx.alerts.edit_first(1, "desk", LATER)

    await told.write(goes_on)
    recorder = Recorder()
    ours = context(told, [], [], {"desk": recorder}, fetch=None, scan_one=None)
    assert await deliver.deliver(ours, LATER) == ["sent"]
    [edit] = recorder.sent
    assert (edit.edits, edit.reader_verdicts) == (REF, ("Marked as good by @nina",))
