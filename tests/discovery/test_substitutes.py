"""`Substitutes`: types, prices, words and visits, each where it alone decides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from chowk.discovery import Substitutes
from chowk.errors import ArtifactError, InputError, NotFittedError, ParameterError

SHELF = [
    {"product_id": "mug-red", "title": "red ceramic mug", "category": "Kitchen > Mugs",
     "price": 9.0, "brand": "Sol", "attributes": {"color": "red", "style": "plain"}},
    {"product_id": "mug-blue", "title": "blue ceramic mug", "category": "Kitchen > Mugs",
     "price": 8.0, "brand": "Sol", "attributes": {"color": "blue", "style": "plain"}},
    {"product_id": "mug-gold", "title": "golden ceramic mug", "category": "Kitchen > Mugs",
     "price": 90.0, "brand": "Lux", "attributes": {"color": "gold"}},
    {"product_id": "plate", "title": "red ceramic plate", "category": "Kitchen > Plates",
     "price": 9.0, "brand": "Sol", "attributes": {"color": "red", "style": "plain"}},
    {"product_id": "soap", "title": None, "category": None, "price": None},
]  # fmt: skip


def shops(kinds=6, styles=4, each=5, visits=3000, seed=0):
    """Products of several kinds and styles; a visit looks at products of one kind and style.

    Styles stand nowhere in the features: only the visits tell them. Baskets hold two kinds.
    """
    rng = np.random.default_rng(seed)
    ids = [f"k{k}s{s}n{n}" for k in range(kinds) for s in range(styles) for n in range(each)]
    features = [{"product_id": one, "title": f"thing {one[:2]}", "category": one[:2],
                 "price": 10.0} for one in ids]  # fmt: skip
    edges = []
    for _ in range(visits):
        k, s = rng.integers(kinds), rng.integers(styles)
        a, b = rng.choice(each, 2, replace=False)
        edges.append({"source": f"k{k}s{s}n{a}", "target": f"k{k}s{s}n{b}", "kind": "view"})
        if rng.random() < 0.3:
            other = (k + 1) % kinds
            edges.append({"source": f"k{k}s{s}n{a}", "target": f"k{other}s{s}n{b}",
                          "kind": "purchase"})  # fmt: skip
    return edges, features


def test_type_and_price_decide_who_may_stand_in():
    model = Substitutes().fit(features=SHELF)
    assert [one for one, _ in model.recommend("mug-red")[0]] == ["mug-blue"]
    wide = Substitutes(price_ratio=None).fit(features=SHELF)
    assert [one for one, _ in wide.recommend("mug-red")[0]] == ["mug-blue", "mug-gold"]
    free = Substitutes(same_type=False).fit(features=SHELF)
    assert "plate" in [one for one, _ in free.recommend("mug-red")[0]]
    assert model.score(["mug-red", "mug-red"], ["plate", "mug-gold"]).tolist() == [0, 0]


def test_a_product_without_text_and_an_unknown_one():
    model = Substitutes().fit(features=SHELF)
    assert model.recommend(["soap", "nothing"]) == [[], []]
    assert model.score("nothing", "soap") == [0.0]
    assert model.explain("nothing", "soap") == []


def test_visits_tell_what_features_do_not():
    edges, features = shops()
    model = Substitutes().fit(edges, features)
    assert model.weights_["visits"] > 0
    lists = model.recommend([f["product_id"] for f in features], 4)
    right = [one[:4] == f["product_id"][:4]
             for f, ranked in zip(features, lists, strict=True) for one, _ in ranked]  # fmt: skip
    assert len(right) == 480 and np.mean(right) > 0.95


def test_what_is_bought_together_does_not_replace():
    both = [{"product_id": one, "title": "camera thing"} for one in ("a", "b", "c")]
    edges = [{"source": "a", "target": "b", "weight": 5}]
    model = Substitutes().fit(edges, both)
    apart, together = model.score(["a", "a"], ["c", "b"])
    assert apart > together


def test_a_product_that_nobody_has_seen():
    edges, features = shops()
    model = Substitutes().fit(edges, features)
    model.fold_in("fresh", {"title": "thing k2", "category": "k2", "price": 11})
    ranked = model.recommend("fresh", 5)[0]
    assert len(ranked) == 5 and all(one.startswith("k2") for one, _ in ranked)
    assert "fresh" in [one for one, _ in model.recommend("k2s0n0", 50)[0]]
    with pytest.raises(InputError, match="known already"):
        model.fold_in("fresh", {})


def test_reasons_are_what_the_score_is_made_of():
    model = Substitutes().fit(features=SHELF)
    told = model.explain("mug-red", "mug-blue")
    assert {reason.kind for reason in told} == {"type", "words", "facts", "brand"}
    assert all(0 < reason.fall < 1 for reason in told)
    assert [r.fall for r in told] == sorted((r.fall for r in told), reverse=True)
    bare = [{k: v for k, v in row.items() if k != "brand"} for row in SHELF]
    without = Substitutes().fit(features=bare)
    fall = next(r.fall for r in told if r.kind == "brand")
    lost = model.score("mug-red", "mug-blue")[0] - without.score("mug-red", "mug-blue")[0]
    assert lost > 0 and fall > 0
    assert model.explain("mug-red", "plate") == []


def test_frames_batches_and_exclusions():
    answers = [Substitutes().fit(features=form).recommend(["mug-red", "mug-blue"])
               for form in (SHELF, pa.Table.from_pylist(SHELF))]  # fmt: skip
    assert answers[0] == answers[1]
    frame = pd.DataFrame([{k: v for k, v in row.items() if k != "attributes"} for row in SHELF])
    model = Substitutes().fit(features=frame)
    assert model.recommend("mug-red") == [model.recommend(["mug-red", "plate"])[0]]
    assert model.recommend("mug-red", exclude=["mug-blue"]) == [[]]
    assert len(model.recommend("mug-red", 10_000)[0]) == 1


def test_a_saved_model_answers_the_same(tmp_path):
    edges, features = shops(visits=800)
    model = Substitutes().fit(edges, features)
    model.fold_in("fresh", {"title": "thing k2", "category": "k2"})
    model.save(tmp_path)
    opened = Substitutes.load(tmp_path)
    ids = [f["product_id"] for f in features] + ["fresh"]
    assert opened.recommend(ids, 9) == model.recommend(ids, 9)
    assert opened.explain(ids[0], ids[1]) == model.explain(ids[0], ids[1])
    (tmp_path / "substitutes.json").write_text("[]")
    with pytest.raises(ArtifactError, match="Fit and save"):
        Substitutes.load(tmp_path)


def test_wrong_calls():
    with pytest.raises(NotFittedError):
        Substitutes().recommend("a")
    with pytest.raises(InputError, match="edges or features"):
        Substitutes().fit()
    with pytest.raises(ParameterError, match="price_ratio"):
        Substitutes(price_ratio=0.5)
    with pytest.raises(InputError, match="a price must be a number"):
        Substitutes().fit(features=[{"product_id": "a", "title": "x", "price": "dear"}])
    model = Substitutes().fit(features=SHELF)
    with pytest.raises(ParameterError, match="'k'"):
        model.recommend("mug-red", 0)
    with pytest.raises(ParameterError, match="as long as"):
        model.score(["a"], ["b", "c"])
    assert Substitutes().fit([]).recommend("a") == [[]]


def test_what_the_text_says_fills_what_attributes_lack():
    shelf = [
        {"product_id": "a", "title": "silk scarf", "category": "Scarves",
         "description": "A scarf in red.", "attributes": {}},
        {"product_id": "b", "title": "stole", "category": "Scarves",
         "attributes": {"colour": "Red"}},
        {"product_id": "c", "title": "wrap", "category": "Scarves",
         "attributes": {"colour": "blue"}},
        {"product_id": "d", "title": "red blue wrap", "category": "Scarves", "attributes": None},
    ]  # fmt: skip
    model = Substitutes().fit(features=shelf)
    facts = dict(zip(model._graph.places.ids, model._goods.facts, strict=True))
    assert facts["a"] == {"colour": "red"}
    assert facts["d"] == {}, "two colours leave it open"
    assert "same colour" in [str(reason) for reason in model.explain("a", "b")]
    model.fold_in("e", {"title": "scarf in blue", "category": "Scarves"})
    assert "same colour" in [str(reason) for reason in model.explain("e", "c")]


def test_an_attribute_counts_as_much_as_shoppers_heed_it():
    rng = np.random.default_rng(0)
    shelf = [{"product_id": f"p{i}", "title": "thing", "category": "Things",
              "attributes": {"colour": "rgb"[i % 3], "lot": str(i // 3 % 4)}}
             for i in range(24)]  # fmt: skip
    edges = []
    for _ in range(2000):
        a = int(rng.integers(24))
        b = int(rng.choice([i for i in range(24) if i != a and i % 3 == a % 3]))
        edges.append({"source": f"p{a}", "target": f"p{b}", "kind": "view"})
    weights = Substitutes().fit(edges, shelf)._pairs.agreement.weights
    assert weights["colour"] > 2
    assert weights["lot"] < 0.2
    unseen = Substitutes().fit(features=shelf)._pairs.agreement.weights
    assert unseen["colour"] == unseen["lot"] == pytest.approx(0.2)


def test_attributes_that_are_none_are_refused_in_a_sentence():
    with pytest.raises(InputError, match="attributes"):
        Substitutes().fit(features=[{"product_id": "a", "title": "x", "attributes": "red"}])


class Counts:
    """An encoder that counts two things: a stand-in for a pretrained one."""

    def encode(self, texts):
        return [[float("warm" in one or "cosy" in one), float("cool" in one)] for one in texts]


def test_sentences_find_what_no_word_tells():
    titles = {"a": "warm jumper", "b": "cosy cardigan", "c": "cool vest", "d": ""}
    shelf = [{"product_id": one, "title": title} for one, title in titles.items()]
    plain = Substitutes().fit(features=shelf)
    whole = Substitutes(sentences=Counts()).fit(features=shelf)
    assert plain.score(["a"], ["b"])[0] == plain.score(["a"], ["c"])[0]
    assert whole.score(["a"], ["b"])[0] > whole.score(["a"], ["c"])[0]
    latent = Substitutes(sentences="latent").fit(features=shelf)
    assert latent.recommend("a", 3)[0][0][0] in ("b", "c")


def test_what_is_no_encoder_is_refused():
    with pytest.raises(ParameterError, match="'latent', or a model with encode"):
        Substitutes(sentences="bert")
    short = Counts()
    short.encode = lambda texts: [[1.0]]
    with pytest.raises(InputError, match="one row of finite numbers a text"):
        Substitutes(sentences=short).fit(
            features=[{"product_id": "a", "title": "x"}, {"product_id": "b", "title": "y"}]
        )
