"""How much of a kind is tried: in each run a sample, with `--slow` all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _pytest.mark.structures import ParameterSet

T = TypeVar("T")
_SHARE = 8  # one in so many examples is made in each run
_all_of_it = False


def choose(*, slow: bool) -> None:
    """Called once, before tests are collected."""
    global _all_of_it  # noqa: PLW0603 - hypothesis wants its numbers when a test is imported
    _all_of_it = slow


def many(examples: int) -> int:
    """Return how many of these examples this run makes."""
    return examples if _all_of_it else -(-examples // _SHARE)


def some(values: Sequence[T]) -> Sequence[T]:
    """Return those of the values that this run tries, the last one among them."""
    return values if _all_of_it else values[::-_SHARE][::-1]


def sample(values: Iterable[T], *, every: int) -> list[T | ParameterSet]:
    """Return all as parameters; those that are not one in so many are slow."""
    return [
        pytest.param(value, marks=pytest.mark.slow) if number % every else value
        for number, value in enumerate(values)
    ]
