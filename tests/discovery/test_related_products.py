"""`RelatedProducts`: the right direction, new products, any frame, bad input, and what is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from chowk.discovery import RelatedProducts
from chowk.discovery.content import read_content
from chowk.discovery.evidence import Evidence
from chowk.discovery.graph import read_graph
from chowk.discovery.related_reasons import reasons
from chowk.discovery.sparse_top import at, product, top
from chowk.discovery.taught import taught
from chowk.errors import ArtifactError, ChowkError, InputError, NotFittedError, ParameterError
from discovery.shop import ring, titled

NEW = [("new-0", 3), ("new-1", 5)]


@pytest.fixture(scope="module")
def ringed():
    edges, group = ring()
    model = RelatedProducts().fit(edges, titled(group, NEW))
    return model, group, edges


def test_a_known_target_stands_first_and_its_reverse_is_worse():
    edges = [{"source": "phone", "target": "case"}] * 3 + [
        {"source": "phone", "target": "film"},
        {"source": "tablet", "target": "film"},
    ]
    model = RelatedProducts().fit(edges)
    assert [one for one, _ in model.recommend("phone", 2)[0]] == ["case", "film"]
    assert model.recommend("case") == [[]], "a case wants no phone"
    ahead, back = model.score(["phone", "case"], ["case", "phone"])
    assert ahead > 1 > back == 0


def test_hidden_targets_are_found_in_the_next_group(ringed):
    model, group, _ = ringed
    lists = model.recommend(sorted(group), 4, known=False)
    right = [
        group[target] == (group[source] + 1) % 12
        for source, ranked in zip(sorted(group), lists, strict=True)
        for target, _ in ranked
        if target in group
    ]
    assert len(right) > 400 and np.mean(right) > 0.97


def test_direction_of_pairs_that_were_not_seen(ringed):
    model, group, edges = ringed
    seen = {(e["source"], e["target"]) for e in edges}
    pairs = [(a, b) for a in group for b in group
             if group[b] == (group[a] + 1) % 12 and (a, b) not in seen][::5]  # fmt: skip
    sources, targets = zip(*pairs, strict=True)
    ahead, back = model.score(sources, targets), model.score(targets, sources)
    assert len(pairs) > 100 and np.mean(ahead > back) > 0.95


def test_new_products_are_served_and_recommended(ringed):
    model, group, _ = ringed
    for (new, kind), ranked in zip(NEW, model.recommend([n for n, _ in NEW], 5), strict=True):
        assert len(ranked) == 5
        assert all(group[one] == kind + 1 for one, _ in ranked)
        sources = [one for one, g in group.items() if g == kind - 1]
        own = model.score(sources, [new] * len(sources))
        others = [one for one, g in group.items() if g == kind + 3]
        assert own.min() > model.score(others, [new] * len(others)).max()
        told = model.recommend(sources, 60, known=False)
        assert any(new in [one for one, _ in ranked] for ranked in told)
        assert model.explain(new, ranked[0][0])


def test_the_odds_of_new_products_count_more(ringed, monkeypatch):
    model = ringed[0]
    places = model._graph.places
    old, new = np.flatnonzero(~model._cold)[:20], places.codes(["new-0", "new-1"])
    assert model._cold[new].all()
    u = np.concatenate([old, old, np.repeat(new, 20)])
    v = np.concatenate([np.roll(old, 3), np.repeat(new, 10), old, old])
    touched = model._cold[u] | model._cold[v]
    served = model._estimate(u, v)
    assert model._lift == 10, "nobody else has few edges, so both are new"
    monkeypatch.setattr(model, "_lift", 1.0)
    even = model._estimate(u, v)
    np.testing.assert_array_equal(served[~touched], even[~touched])
    odds, less = (one[touched] / (1 - one[touched]) for one in (served, even))
    np.testing.assert_allclose(odds, 10 * less)


def test_what_a_new_product_is_lent_whatever_the_other_is_not_learned_by_heart(ringed):
    model = ringed[0]
    trees = model._new._trees
    used = dict(zip(trees.feature_name(), trees.feature_importance(), strict=True))
    own = [name for name, mark in zip(used, model._evidence.own, strict=True) if mark]
    assert own == [f"lent_{way}_{side}" for side in ("source", "target", "more")
                   for way in ("in", "out")]  # fmt: skip
    assert not any(used[name] for name in own) and used["taught_target"] > 0


def test_products_without_edges_are_new_where_few_with_one_edge_tell_of_them():
    def arrived(degrees, without):
        """A star for each product of one edge or two, and so many products without any."""
        edges, products = [], [{"product_id": f"none{i}", "title": "x"} for i in range(without)]
        for one, degree in enumerate(degrees):
            for hub in range(degree):
                edges += [{"source": f"p{one}", "target": f"hub{hub}"}]
        return read_graph(pa.Table.from_pylist(edges), pa.Table.from_pylist(products)).arrived

    degrees = [1] * 20 + [2] * 40
    # Twenty with one neighbour for forty with two let ten with none be expected.
    assert arrived(degrees, 10) == arrived(degrees, 4) == 0
    assert arrived(degrees, 40) == pytest.approx(0.75)
    assert arrived([2] * 5, 3) == 1


def test_each_batch_answer_is_the_single_one(ringed):
    model, group, _ = ringed
    ids = sorted(group)[:9]
    assert model.recommend(ids, 6) == [model.recommend(one, 6)[0] for one in ids]


def test_excluded_ids_are_out_and_the_list_is_still_full(ringed):
    model, group, _ = ringed
    one = sorted(group)[0]
    known = {p for p, s in model.recommend(one, 50)[0] if s > 1}
    assert len(known) == 7
    free = model.recommend([one], 5, exclude=known)[0]
    assert len(free) == 5 and not known & {p for p, _ in free}
    assert model.recommend([one], 5, exclude={one: known})[0] == free
    assert model.recommend([one], 5, known=False)[0] == free


def test_asking_for_more_than_there_is(ringed):
    model, group, _ = ringed
    ranked = model.recommend(sorted(group)[0], 100_000)[0]
    ids = [p for p, _ in ranked]
    assert len(ids) == len(set(ids)) < len(group)
    assert sorted(group)[0] not in ids
    scores = [s for _, s in ranked]
    assert scores == sorted(scores, reverse=True)


def test_list_and_score_say_the_same(ringed):
    model, group, _ = ringed
    one = sorted(group)[3]
    ranked = model.recommend(one, 30)[0]
    again = model.score([one] * len(ranked), [p for p, _ in ranked])
    assert np.allclose(again, [s for _, s in ranked], atol=1e-6)


def test_a_saved_model_answers_the_same(ringed, tmp_path):
    model, group, _ = ringed
    model.save(tmp_path / "kept")
    opened = RelatedProducts.load(tmp_path / "kept")
    ids = [*sorted(group), "new-0"]
    assert opened.recommend(ids, 20) == model.recommend(ids, 20)
    assert np.array_equal(opened.score(ids[1:], ids[:-1]), model.score(ids[1:], ids[:-1]))
    assert opened.explain("new-0", ids[0]) == model.explain("new-0", ids[0])
    assert not [p for p in (tmp_path / "kept").iterdir() if p.suffix not in (".json", ".npz")]
    (tmp_path / "kept" / "related.json").write_text("{}")
    with pytest.raises(ArtifactError, match="Fit and save"):
        RelatedProducts.load(tmp_path / "kept")


def test_reasons_need_only_a_part_of_the_evidence(ringed):
    graph = ringed[0]._base
    whole, part = Evidence(graph), Evidence(graph, whole=False)
    assert set(part.walks) < set(whole.walks)
    places = [(s, t) for s in range(0, len(graph), 40) for t in range(len(graph)) if s != t]
    told = [reasons(part, graph, *pair) for pair in places]
    assert told == [reasons(whole, graph, *pair) for pair in places]
    assert {one.kind for several in told for one in several} >= {"known", "with", "content"}


def test_any_frame_gives_the_same_model():
    edges, group = ring(groups=4, size=6, out=3)
    frame = {"source": [e["source"] for e in edges], "target": [e["target"] for e in edges]}
    answers = [
        RelatedProducts().fit(form).recommend(sorted(group), 5)
        for form in (edges, frame, pa.table(frame), pd.DataFrame(frame), pl.DataFrame(frame))
    ]
    assert all(answer == answers[0] for answer in answers)


def test_numbers_are_ids_too():
    model = RelatedProducts().fit({"source": [1, 2, 3], "target": [4, 4, 5]})
    assert model.recommend(np.array([1, 9]), 1) == [[(4, 2.0)], []]
    with pytest.raises(ParameterError, match="ids of this model are numbers"):
        model.recommend("1")


def test_a_folded_in_product_is_served_and_recommended_at_once(tmp_path):
    edges, group = ring(groups=4, size=8, out=4)
    model = RelatedProducts().fit(edges, titled(group))
    model.fold_in("fresh", {"title": "kind1 thing"}, targets=["g2-0"])
    ranked = model.recommend("fresh", 5)[0]
    assert ranked[0] == ("g2-0", 2.0) and all(group[one] == 2 for one, _ in ranked)
    before = model.recommend([one for one, g in group.items() if g == 0], 60)
    assert all("fresh" in [one for one, _ in ranked] for ranked in before)
    assert model.score(["g0-0"], ["fresh"])[0] > model.score(["g2-0"], ["fresh"])[0]
    with pytest.raises(InputError, match="known already"):
        model.fold_in("fresh")
    model.save(tmp_path)
    assert RelatedProducts.load(tmp_path).recommend("fresh", 5)[0] == ranked


@pytest.mark.parametrize(
    "method", ["popularity", "lift", "undirected knn", "directed knn", "ease", "content",
               "lightgcn, closed form", "directed knn, reverse edges first"],
)  # fmt: skip
def test_every_rival_answers_behind_the_same_calls(method):
    edges, group = ring(groups=4, size=8, out=4)
    model = RelatedProducts(method).fit(edges, titled(group))
    assert model.method_ == method
    assert all(len(ranked) >= 4 for ranked in model.recommend(sorted(group), 5))
    assert model.score(["g0-0"], ["g0-0"]) == [0.0]


def test_views_link_what_was_never_bought_together():
    edges = [{"source": "a", "target": "b", "kind": "purchase"},
             {"source": "b", "target": "c", "kind": "view"}]  # fmt: skip
    graph = read_graph(edges)
    a, b, c = (graph.places[one] for one in "abc")
    assert graph.views[b, c] == graph.views[c, b] == 1 and graph.forward[a, b] == 1
    assert graph.forward.nnz == 1


@pytest.mark.parametrize(
    ("edges", "rule"),
    [
        ([{"from": "a", "to": "b"}], "'source' and 'target'"),
        ([{"source": "a", "target": None}], "no id in row 0"),
        ([{"source": 1.5, "target": 2.5}], "must hold product ids"),
        ([{"source": "a", "target": 1}], "text and some are numbers"),
        ([{"source": "a", "target": "b", "weight": -1.0}], "above 0"),
        ([{"source": "a", "target": "b", "weight": float("nan")}], "above 0"),
        ([{"source": "a", "target": "b", "kind": "gift"}], "'purchase' or 'view'"),
        (7, "takes a frame"),
    ],
)
def test_edges_that_cannot_be_read(edges, rule):
    with pytest.raises(ChowkError, match=rule):
        RelatedProducts().fit(edges)


@pytest.mark.parametrize(
    ("features", "rule"),
    [
        ([{"id": "a"}], "'product_id'"),
        ([{"product_id": "a", "price": 3}], "text column"),
        ([{"product_id": "a", "vector": [1.0]}, {"product_id": "b", "vector": [1.0, 2.0]}], "many"),
        ([{"product_id": "a", "vector": [float("inf")]}], "not finite"),
    ],
)
def test_features_that_cannot_be_read(features, rule):
    with pytest.raises(InputError, match=rule):
        RelatedProducts().fit([{"source": "a", "target": "b"}], features)


def test_a_graph_without_edges_and_one_product():
    assert RelatedProducts().fit([]).recommend(["x"]) == [[]]
    alone = RelatedProducts().fit([], [{"product_id": "a", "title": None}])
    assert alone.recommend(["a", "b"]) == [[], []] and alone.score("a", "a") == [0.0]
    assert alone.explain("a", "b") == []


def test_wrong_calls():
    with pytest.raises(NotFittedError):
        RelatedProducts().recommend("a")
    model = RelatedProducts().fit([{"source": "a", "target": "b"}])
    for bad in (0, -1, 1.5, True, "3"):
        with pytest.raises(ParameterError, match="'k'"):
            model.recommend("a", bad)
    for ids in (None, 1.5, [None], [["a"]], {"a": 1}):
        with pytest.raises(ParameterError):
            model.recommend(ids)
    with pytest.raises(ParameterError, match="as long as"):
        model.score(["a", "b"], ["a"])
    with pytest.raises(ParameterError, match="'method'"):
        RelatedProducts("best")


def test_top_and_product_agree_with_dense_sorting():
    rng = np.random.default_rng(1)
    dense = rng.random((30, 40)) * (rng.random((30, 40)) < 0.5)
    kept = top(sparse.csr_array(dense), 5).toarray()
    expected = np.where(dense >= np.sort(dense, axis=1)[:, [-5]], dense, 0)
    assert np.allclose(kept, expected)
    whole = (dense @ dense.T).astype(np.float32)
    np.fill_diagonal(whole, 0)
    assert np.allclose(product(dense, dense.T, 30, diagonal=False).toarray(), whole, atol=1e-5)
    rows, columns = rng.integers(0, 30, 200), rng.integers(0, 40, 200)
    assert np.allclose(at(top(dense, 40), rows, columns), dense[rows, columns])


def test_vectors_and_bags_of_words_give_the_same_neighbours():
    words = [{"product_id": str(i), "text": " ".join(f"w{j}" for j in (i % 3, 5 + i % 2, 9))}
             for i in range(12)]  # fmt: skip
    columns = [f"w{j}" for j in (0, 1, 2, 5, 6, 9)]
    bags = [{"product_id": r["product_id"],
             "vector": [float(c in r["text"].split()) for c in columns]}
            for r in words]  # fmt: skip
    nearest = [
        np.argsort(-np.round((c.rows @ c.rows.T).toarray(), 5), axis=1, kind="stable")[:, :2]
        for _, c in (read_content(words, "x"), read_content(bags, "x"))
    ]
    assert np.array_equal(*nearest)


def test_what_content_teaches_is_kernel_ridge_regression_by_hand():
    rng = np.random.default_rng(4)
    n, new = 40, 10
    marks = (rng.random((n, 12)) < 0.25).astype(float)
    marks[:, 0] = 1.0
    edges = [
        {"source": int(s), "target": int(t)}
        for s, t in rng.integers(0, n - new, (200, 2))
        if s != t
    ]
    features = [{"product_id": i, "vector": marks[i].tolist()} for i in range(n)]
    graph = read_graph(edges, features)
    ahead, back, both = taught(graph, graph.forward, 1_000)
    z = graph.content.rows.toarray()
    old, fresh = np.flatnonzero(~graph.cold), np.flatnonzero(graph.cold & z.any(axis=1))
    kernel = np.exp(2.0 * (z @ z.T - 1.0))
    for found, way in ((ahead.toarray(), graph.forward), (back.toarray().T, graph.forward.T)):
        whole = way.toarray().astype(float)
        even = whole / np.sqrt(np.maximum(whole.sum(axis=1, keepdims=True), 1.0))
        plain = (whole > 0) / np.sqrt(np.maximum((whole > 0).sum(axis=0), 1.0))
        shared = plain.T @ plain
        np.fill_diagonal(shared, 0.0)
        shared /= np.maximum(shared.sum(axis=1, keepdims=True), 1e-9)
        inner = kernel[np.ix_(old, old)] + 0.3 * np.eye(len(old))
        score = kernel[np.ix_(fresh, old)] @ np.linalg.solve(inner, even[old])
        for _ in range(2):
            score = np.maximum(score + 0.5 * score @ shared, 0.0)
        assert np.allclose(found[fresh], score, atol=1e-4)
        if way is graph.forward:
            weighs = kernel[np.ix_(fresh, old)] @ np.linalg.inv(inner)
            right = np.maximum(score[:, old] @ weighs.T, 0.0)
            assert np.allclose(both.toarray()[np.ix_(fresh, fresh)], right, atol=1e-4)
        assert not found[old].any()


def test_a_folded_in_product_takes_a_place_and_moves_the_others():
    edges = [{"source": s, "target": t} for s in ("p1", "p2", "p3") for t in ("c1", "c2", "c3")]
    edges += [{"source": "p4", "target": "c1"}]
    shelf = [{"product_id": f"p{n}", "title": f"phone {n}"} for n in range(1, 5)]
    shelf += [{"product_id": f"c{n}", "title": stuff} for n, stuff in ((1, "felt"), (2, "oak"))]
    model = RelatedProducts().fit(edges, shelf)
    [before] = model.recommend("p4", 10, known=False)
    assert len(before) >= 2
    model.fold_in("c4", {"title": "felt"})  # as what goes with p4 is
    [after] = model.recommend("p4", 10, known=False)
    assert after[0][0] == "c4" and after[1:] == before and after[0][1] > before[0][1]
