"""What the service looks at each minute: the operator's notices, the desk's work, briefs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.service import desk_work, operator_notices
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from monitor.config.load import Config
    from monitor.pipeline.context import PipelineContext


async def work(context: PipelineContext, config: Config) -> None:
    """Notify the operator, do the work of the desk, and send the briefs that are due."""
    await operator_notices.notify(context.store, config.operations, utc_now())
    await desk_work.work(context, config, utc_now())
    if config.briefs:
        from monitor.service import briefs

        await briefs.send_due(context.store, config, utc_now())
