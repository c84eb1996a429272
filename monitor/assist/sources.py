"""What an assistant is asked about, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CitedReport:
    """A report that a draft may cite by its `number`."""

    number: int
    publisher: str
    title: str
    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer of a language model, and the tokens that it cost."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class CheckedDraft:
    """The sentences that stood the check, and how many did not."""

    sentences: tuple[str, ...] = ()
    dropped: int = 0
    tokens: int = 0
