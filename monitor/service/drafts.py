"""Drafts of an assistant in a brief: within the month's tokens and a time, or none. Reads no clock.

The brief is whole without them: the first answer that fails, and the end of the time or of the
tokens, end the asking, and the brief goes out with what there is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from monitor.assist.check import checked
from monitor.assist.client import Assistant, estimate
from monitor.assist.prompt import messages
from monitor.assist.sources import CheckedDraft, CitedReport
from monitor.errors import AssistError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime
    from typing import Any

    from monitor.brief.brief import Brief, BriefStory, BriefTopic
    from monitor.config.schema import AssistSettings

    Write = Callable[[Callable[[Any], Any]], Awaitable[Any]]

log = structlog.get_logger()
_OF_A_STORY, _OF_A_BRIEF = 3, 5  # sentences
_MOST_SUMMED = 12  # reports that the summary is made from
_NONE = CheckedDraft()


async def with_drafts(
    brief: Brief, settings: AssistSettings, write: Write, now: datetime, *, within: float
) -> Brief:
    """Return a brief with the drafts that its assistant could give `within` so many seconds.

    `write` runs a function in a transaction: what the answers cost is counted there.
    """
    token = settings.token.get_secret_value()
    desk = _Drafting(
        brief,
        settings,
        Assistant(settings.url.get_secret_value(), settings.model, token),
        write,
        now,
    )
    try:
        async with asyncio.timeout(within):
            await desk.draft()
    except TimeoutError:
        desk.ended = f"drafts took longer than {within:g} s"
    except AssistError as error:
        desk.ended = str(error)
    if desk.ended:
        log.warning("assistant", reason=desk.ended, effect="the brief goes on without its drafts")
    return desk.drafted()


@dataclass(slots=True)
class _Drafting:
    """One brief being drafted: what is done so far, and why it ended early."""

    brief: Brief
    settings: AssistSettings
    assistant: Assistant
    write: Write
    now: datetime
    ended: str = ""
    _stories: dict[int, CheckedDraft] = field(default_factory=dict)
    _summary: CheckedDraft = _NONE

    async def draft(self) -> None:
        """Ask for the summary, then for each story, the most widely carried first."""
        if "summary" in self.settings.tasks:
            first = {story.cited[0] for topic in self.brief.topics for story in topic.stories}
            chosen = sorted(first)[:_MOST_SUMMED]
            self._summary = await self._ask(chosen, _OF_A_BRIEF)
        stories = [story for topic in self.brief.topics for story in topic.stories]
        for story in stories if "stories" in self.settings.tasks else ():
            if self.ended:
                return
            self._stories[story.id] = await self._ask(_cites(story), _OF_A_STORY)

    async def _ask(self, cited: Iterable[int], most: int) -> CheckedDraft:
        sources = [_source(self.brief, number) for number in cited]
        asked = messages(sources, most)
        used = await self.write(lambda tx: tx.assist.tokens(self.now))
        if not sources or used + estimate(asked) > self.settings.tokens_a_month:
            self.ended = self.ended or "the month's tokens are used up" if sources else self.ended
            return _NONE
        answer = await self.assistant.ask(asked)
        draft = await asyncio.to_thread(checked, answer, sources, most)
        kept = len(draft.sentences)
        await self.write(lambda tx: tx.assist.count(self.now, draft.tokens, kept, draft.dropped))
        log.info("assistant", sentences=kept, dropped=draft.dropped, tokens=draft.tokens)
        return draft

    def drafted(self) -> Brief:
        """Return the brief with the drafts so far."""
        drafts = [self._summary, *self._stories.values()]
        return replace(
            self.brief,
            topics=tuple(map(self._topic, self.brief.topics)),
            summary=self._summary.sentences,
            dropped=sum(draft.dropped for draft in drafts),
        )

    def _topic(self, topic: BriefTopic) -> BriefTopic:
        return replace(topic, stories=tuple(map(self._story, topic.stories)))

    def _story(self, story: BriefStory) -> BriefStory:
        return replace(story, draft=self._stories.get(story.id, _NONE).sentences)


def _cites(story: BriefStory) -> list[int]:
    return sorted({*story.cited, *(figure.cited for figure in story.figures)})


def _source(brief: Brief, number: int) -> CitedReport:
    cited = brief.citations[number - 1]
    return CitedReport(number, cited.publisher, cited.title, cited.text, cited.lang)
