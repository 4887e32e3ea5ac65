"""Every public loader says what it takes, whatever it is given, and what to do where nothing is."""

from __future__ import annotations

import pytest

import chowk
from chowk.community import AutoMod, ReviewClassifier
from chowk.delivery import AddressParser, AddressScorer, PackageRecommender
from chowk.discovery import Journey, RelatedProducts, Substitutes
from chowk.errors import ArtifactError, ParameterError, StoreNotFoundError
from chowk.language import LanguageTagger, Understander
from chowk.search import SearchEngine

LOADERS = [
    chowk.open,
    AutoMod.load,
    ReviewClassifier.load,
    AddressParser.load,
    AddressScorer.load,
    PackageRecommender.load,
    Journey.load,
    RelatedProducts.load,
    Substitutes.load,
    Understander.load,
    LanguageTagger.load,
    SearchEngine.open,
]
NAMES = [getattr(one, "__qualname__", str(one)) for one in LOADERS]


@pytest.mark.parametrize("wrong", [5, None, b"x", ["x"], 1.5], ids=repr)
@pytest.mark.parametrize("load", LOADERS, ids=NAMES)
def test_a_loader_names_what_it_takes(load, wrong):
    with pytest.raises(ParameterError, match="instead"):
        load(wrong)


@pytest.mark.parametrize("text", ["", "no\0where", "nowhere"])
@pytest.mark.parametrize("load", LOADERS, ids=NAMES)
def test_a_place_without_a_model_is_told(load, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ParameterError, ArtifactError, StoreNotFoundError)):
        load(text)


@pytest.mark.parametrize("kind", [Journey, RelatedProducts, Substitutes])
@pytest.mark.parametrize("seed", [-1, 2**40, "x", None, True, 1.5])
def test_a_seed_is_a_whole_number_that_generators_take(kind, seed):
    with pytest.raises(ParameterError, match="'seed'"):
        kind(seed=seed)
