"""A library that is hidden cannot be imported meanwhile, and can afterwards."""

from __future__ import annotations

import importlib
import sys

import pytest

from monitor.absent import absent

HIDDEN = "this"  # a module that nothing loads


def test_a_hidden_library_cannot_be_imported_meanwhile_and_can_afterwards() -> None:
    with absent(HIDDEN), pytest.raises(ModuleNotFoundError):
        importlib.import_module(HIDDEN)
    assert HIDDEN not in sys.modules
    with absent("email"):  # loaded before
        assert importlib.import_module("email") is sys.modules["email"]


def test_a_library_is_there_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), absent(HIDDEN):
        raise ZeroDivisionError
    assert HIDDEN not in sys.modules
