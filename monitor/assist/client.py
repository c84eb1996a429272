"""One endpoint that speaks OpenAI's chat completions: a service, or Ollama on this machine.

https://platform.openai.com/docs/api-reference/chat. Nothing of an answer is believed but its text
and, within bounds, the tokens that it says it cost.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp

from monitor import __version__
from monitor.assist.sources import Completion
from monitor.errors import AssistError
from monitor.network import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMEOUT = 60.0  # seconds for one answer, from the connection to its last byte
_LARGEST = 1 << 20  # bytes of an answer
_A_TOKEN = 3  # characters, as a low estimate: most languages have more
ANSWER = 500  # tokens of an answer at most
_OK = 200


class Assistant:
    """A language model behind an address. The token appears in no error."""

    def __init__(self, url: str, model: str, token: str = "", timeout: float = _TIMEOUT) -> None:
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model
        self._headers = {"User-Agent": f"monitor/{__version__}"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def ask(self, messages: Sequence[dict[str, str]]) -> Completion:
        """Return the answer to some messages. Raises AssistError."""
        asked = {"model": self._model, "messages": list(messages), "temperature": 0,
                 "max_tokens": ANSWER, "stream": False}  # fmt: skip
        try:
            body = await self._post(asked)
        except TimeoutError:
            raise AssistError(f"no answer within {self._timeout.total:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # its text has the address
            raise AssistError(f"cannot be reached: {in_words(error)}") from None
        return _completion(body, estimate(messages))

    async def _post(self, asked: dict[str, Any]) -> bytes:
        async with (
            aiohttp.ClientSession(timeout=self._timeout, trust_env=True) as session,
            session.post(
                self._url, json=asked, headers=self._headers, allow_redirects=False
            ) as answer,
        ):
            if answer.status != _OK:
                raise AssistError(f"HTTP {answer.status}")
            body = b""
            async for chunk in answer.content.iter_chunked(1 << 16):
                body += chunk
                if len(body) > _LARGEST:
                    raise AssistError(f"an answer of more than {_LARGEST >> 20} MiB")
            return body


def estimate(messages: Sequence[dict[str, str]]) -> int:
    """Return the tokens that a request may cost, with its answer."""
    return sum(len(each["content"]) for each in messages) // _A_TOKEN + ANSWER


def _completion(body: bytes, most: int) -> Completion:
    """Return the text of an answer and its cost, at least 1 token and at most `most`."""
    try:
        answer = json.loads(body)
        text = answer["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise AssistError("an answer that is no chat completion") from error
    if not isinstance(text, str):
        raise AssistError("an answer without a text")
    usage = answer.get("usage")
    said = usage.get("total_tokens") if isinstance(usage, dict) else None
    if type(said) is not int or not 0 < said <= most:  # a bool is an int, too
        said = most
    return Completion(text, said)
