"""A journey that reads: an encoder helps where it finds more, and stays away where it does not."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import numpy as np
import pytest

from chowk.discovery import Journey
from chowk.discovery.language import WEIGHTS, LanguageJourney
from chowk.discovery.newcomers import with_new
from chowk.discovery.sequences import events_of, placed
from chowk.errors import ChowkError, InputError, MissingExtraError, ParameterError

#: Words of one thing, which only who can read knows to be one.
THINGS = [[f"{letter}{number}" for letter in "ab"] for number in range(100)]


class Tiny:
    """A model of a folder: a file says of each word what it is about."""

    def __init__(self, folder):
        told = json.loads((folder / "model.json").read_text())
        self.about, self.size, self.asked = told["about"], told["size"], 0

    def encode(self, texts):
        made = np.full((len(texts), self.size), 0.01)
        for row, text in enumerate(texts):
            self.asked += 1
            for word in text.replace(".", " ").split():
                if word in self.about:
                    made[row, self.about[word]] += 1.0
        return made


class Deaf(Tiny):
    """It hears only how long a text is."""

    def encode(self, texts):
        return np.array([[1.0, len(text) % 7] for text in texts])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    about = {word: thing for thing, words in enumerate(THINGS) for word in words}
    (path / "model.json").write_text(json.dumps({"about": about, "size": len(THINGS)}))
    return path


def shop(customers=200, seed=0):
    """Each customer stays with one thing, whose four products have few words in common."""
    rng = np.random.default_rng(seed)
    shelf = [
        {"product_id": f"{word}-{i}", "title": word}
        for words in THINGS
        for word in words
        for i in range(2)
    ]
    visits = []
    for _ in range(customers):
        words = THINGS[rng.integers(len(THINGS))]
        four = [f"{word}-{i}" for word in words for i in range(2)]
        visits.append([str(one) for one in rng.permutation(four)[:2]])
    return visits, shelf


@pytest.fixture(scope="module")
def read(folder):
    visits, shelf = shop()
    return LanguageJourney("light", encoder=Tiny(folder)).fit(visits, shelf)


def test_what_it_reads_counts_where_it_finds_more(folder, read):
    visits, shelf = shop()
    assert tuple(read.language_) == WEIGHTS and read.weight_ > 0
    assert read.language_[read.weight_] > 1.2 * read.language_[0.0]
    plain, asked = Journey("light").fit(visits, shelf), [[one[0]] for one in visits[:40]]

    def same(model):
        """Of the first three after one product, the share of its thing."""
        lists = [[one for one, _ in model.next(history, 3)] for history in asked]
        things = [[one[1:].split("-")[0] == h[0][1:].split("-")[0] for one in ranked]
                  for h, ranked in zip(asked, lists, strict=True)]  # fmt: skip
        return np.mean(things)

    assert same(read) == 1.0 > same(plain)
    deaf = LanguageJourney("light", encoder=Deaf(folder)).fit(visits, shelf)
    if deaf.weight_ == 0:
        assert deaf.next(asked[0], 5) == plain.next(asked[0], 5)
    assert read.in_form("light").next(asked[0], 5) == plain.next(asked[0], 5)


def test_scores_are_those_of_the_lists_and_reasons_are_true(read):
    history = ["a0-0", "b0-1"]
    ranked = read.next(history, 5)
    ids, scores = zip(*ranked, strict=True)
    np.testing.assert_allclose(read.score(history, list(ids)), scores)
    assert read.next_many([history, []], 5) == [ranked, read.next([], 5)]
    for reason in read.explain(history, ids[0]):
        without = [one for one in history if one != reason.product_id]
        fall = scores[0] - read.score(without, [ids[0]])[0]
        assert fall > 0 and reason.fall == pytest.approx(fall)
    # The newest stands first, since encoders cut off the end.
    events = [{"product_id": "a0-0", "kind": "view_item"}, {"product_id": "a1-0"}]
    assert read.told(placed(events_of(events, "test"), read._places)) == "bought a1. looked at a0"


def test_with_repeats_the_last_day_is_held_back(folder):
    """Within a day baskets are of one thing, from day to day of another: texts must not count."""
    rng, shelf = np.random.default_rng(1), shop()[1]
    visits = []
    for _ in range(150):
        events = []
        for day, thing in enumerate(rng.choice(len(THINGS), 3, replace=False)):
            for hour, word in enumerate(THINGS[thing] * 2):
                events.append({"product_id": f"{word}-{hour // 2}", "kind": "purchase",
                               "ts": f"2024-05-0{day + 1}T{hour + 8:02d}:00:00Z"})  # fmt: skip
        visits.append(events)
    read = LanguageJourney("light", encoder=Tiny(folder), repeats=True).fit(visits, shelf)
    assert read.weight_ == 0
    # Without times the last event is the step, and it is of the thing that was just bought.
    bare = [[event["product_id"] for event in events] for events in visits]
    assert LanguageJourney("light", encoder=Tiny(folder), repeats=True).fit(bare, shelf).language_


def test_new_products_and_what_is_kept(read, tmp_path, folder):
    new = {"product_id": "n", "title": "a0 b0"}
    wider = with_new(read, [new], ("title",))
    assert "n" in [one for one, _ in wider.next(["a0-1"], 40)]
    assert "n" not in [one for one, _ in read.next(["a0-1"], 40)]
    wider.save(tmp_path / "kept")
    again = LanguageJourney.load(tmp_path / "kept", encoder=Tiny(folder))
    assert again.next(["a0-1", "n"], 7) == wider.next(["a0-1", "n"], 7)
    assert again.weight_ == read.weight_ and again.language_ == read.language_
    with pytest.raises(ParameterError, match="encoder"):
        LanguageJourney.load(tmp_path / "kept")
    (tmp_path / "kept" / "language.json").write_text("{")
    with pytest.raises(ChowkError, match="cannot be read"):
        LanguageJourney.load(tmp_path / "kept", encoder=Tiny(folder))


def test_a_model_by_its_folder(monkeypatch, folder, tmp_path):
    visits, shelf = shop()
    if "sentence_transformers" not in sys.modules:
        monkeypatch.setitem(sys.modules, "sentence_transformers", None)
        with pytest.raises(MissingExtraError, match="pretrained"):
            LanguageJourney(encoder=str(folder))
    named = ModuleType("sentence_transformers")
    named.SentenceTransformer = lambda name: Tiny(folder.__class__(name))
    monkeypatch.setitem(sys.modules, "sentence_transformers", named)
    model = LanguageJourney("light", encoder=str(folder)).fit(visits[:100], shelf)
    model.save(tmp_path / "kept")
    again = LanguageJourney.load(tmp_path / "kept")
    assert again.next(["a0-1"], 3) == model.next(["a0-1"], 3)
    with pytest.raises(InputError, match="'nowhere' cannot be opened"):
        LanguageJourney(encoder="nowhere")  # Tiny finds no file there


def test_bad_input(folder):
    visits, shelf = shop()
    with pytest.raises(ParameterError, match="encode"):
        LanguageJourney(encoder=3)
    with pytest.raises(InputError, match="encoder"):
        LanguageJourney().fit(visits, shelf)
    with pytest.raises(InputError, match="features"):
        LanguageJourney(encoder=Tiny(folder)).fit(visits)
    with pytest.raises(InputError, match="text"):
        LanguageJourney(encoder=Tiny(folder)).fit(visits, [{"product_id": "x", "brand": "B"}])
    few = LanguageJourney(encoder=Tiny(folder)).fit([["a0-0"]], shelf)
    assert few.weight_ == 0 and few.next([], 1)
