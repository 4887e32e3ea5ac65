"""Workers share the cores: each has its part of the threads of linear algebra, no more."""

from __future__ import annotations

import os

import pytest

import chowk
from chowk.serve.run import _threads

NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("threads") / "shop"
    chowk.create(path).close()
    return path


@pytest.mark.parametrize(("cores", "workers", "share"), [(8, 2, "4"), (2, 2, "1"), (2, 5, "1")])
def test_each_worker_has_its_share_of_the_cores(monkeypatch, place, cores, workers, share):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    with chowk.open(place, flags={"serve.workers": workers}) as store:
        assert _threads(store.settings) == dict.fromkeys(NAMES, share)


def test_what_the_owner_set_stands(monkeypatch, place):
    monkeypatch.setenv(NAMES[0], "7")
    with chowk.open(place) as store:
        assert NAMES[0] not in _threads(store.settings)
