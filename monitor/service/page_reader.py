"""The headline and the text of a page, read in a process of its own that is killed in time."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress

import structlog

log = structlog.get_logger()
_DEADLINE = 20.0  # seconds, the start of the process included


async def read_page(body: bytes, content_type: str) -> dict[str, str]:
    """Return the `title` and the `text` of a page, nothing where it could not be read in time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "monitor.parse.page_text",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    sent = content_type.encode("latin-1", "replace").replace(b"\n", b" ") + b"\n" + body
    try:
        out, _ = await asyncio.wait_for(process.communicate(sent), _DEADLINE)
        found: dict[str, str] = json.loads(out)
    except (TimeoutError, ValueError):
        log.warning("a page could not be read", bytes=len(body))
        return {}
    else:
        return found
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
