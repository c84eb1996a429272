"""Descriptors: fetches leave enough of them to the database."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from monitor.service import descriptors


@pytest.mark.parametrize(("limit", "fetching"), [(256, 128), (1_024, 524), (20_000, 19_500)])
def test_fetches_leave_five_hundred_descriptors_or_half_of_them(limit: int, fetching: int) -> None:
    assert descriptors.for_fetching(limit) == fetching


@pytest.mark.parametrize("limit", [64, 256, 1_024, 20_000])
@pytest.mark.parametrize("wanted", [1, 64, 1_000])
def test_what_is_fetched_and_what_is_kept_open_fit_together(limit: int, wanted: int) -> None:
    at_once = descriptors.at_once(wanted, limit)
    assert 1 <= at_once <= wanted
    assert at_once + descriptors.kept_open(at_once, limit) <= descriptors.for_fetching(limit)


def test_the_soft_limit_becomes_the_hard_one() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    program = (
        "import resource; from monitor.service.descriptors import raise_limit;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (100, {hard}));"
        "print(raise_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == [str(min(hard, 1_000_000)), str(hard)]
