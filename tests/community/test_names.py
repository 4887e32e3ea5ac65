"""The public names of `chowk.community`, whatever was imported before."""

from __future__ import annotations

import importlib
import pkgutil

import chowk.community


def test_no_module_stands_in_a_public_name_s_way():
    """A submodule becomes an attribute of its package as soon as somebody imports it, and a lazy
    name of the same word is never looked up again."""
    modules = {one.name for one in pkgutil.iter_modules(chowk.community.__path__)}
    assert modules & set(chowk.community.__all__) == set()
    importlib.import_module("chowk.community.proactive")
    assert callable(chowk.community.standing)
