"""What comes empty, of another type or out of its limits: a smaller answer, or a clear error."""

import pandas as pd
import pyarrow as pa
import pytest

from chowk.discovery import Journey, RelatedProducts, Substitutes
from chowk.errors import InputError, ParameterError

EDGES = [{"source": "phone", "target": "case"}]
SHELF = [{"product_id": "phone", "title": "phone"}, {"product_id": "new", "title": "smart phone"}]
VISITS = [["tent", "pegs"], ["tent", "pegs", "lamp"]]
NO_EDGES = [
    [],
    pd.DataFrame(),
    pd.DataFrame({"source": [], "target": [], "weight": [], "kind": []}),
    pa.table({"source": pa.array([], pa.string()), "target": pa.array([], pa.string())}),
]
NO_FEATURES = [None, [], pd.DataFrame(), pd.DataFrame({"product_id": [], "title": [], "price": []})]


@pytest.mark.parametrize("edges", NO_EDGES)
def test_a_graph_without_edges_is_a_model_with_small_answers(edges):
    related = RelatedProducts().fit(edges, SHELF)
    assert related.recommend(["phone", "nope"]) == [[], []]
    [[(product_id, _)]] = Substitutes().fit(edges, SHELF).recommend("phone")
    assert product_id == "new"


@pytest.mark.parametrize("features", NO_FEATURES)
def test_features_without_rows_are_no_features(features):
    plain = RelatedProducts().fit(EDGES).recommend(["phone", "case"])
    assert RelatedProducts().fit(EDGES, features).recommend(["phone", "case"]) == plain
    assert Substitutes().fit(EDGES, features).recommend("phone") == [[]]
    assert Journey().fit(VISITS, features).next(["tent"]) == Journey().fit(VISITS).next(["tent"])


def test_an_error_names_who_was_called():
    for model in (RelatedProducts(), Substitutes()):
        with pytest.raises(InputError, match=f"^{type(model).__name__}.fit needs features with"):
            model.fit(EDGES, [{"title": "x"}])
        with pytest.raises(InputError, match=f"^{type(model).__name__}.fit needs edges with"):
            model.fit([{"from": "x"}])


def test_histories_may_be_a_column_of_lists():
    told = Journey().fit(VISITS).next(["tent"])
    for column in (pd.Series(VISITS), pa.array(VISITS), pa.chunked_array([pa.array(VISITS)])):
        assert Journey().fit(column).next(["tent"]) == told
    assert Journey().fit(pd.DataFrame()).next(["tent"]) == Journey().fit([]).next([]) == []


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda j: Journey().fit(5), "sequences"),
        (lambda j: Journey().fit(None), "sequences"),
        (lambda j: j.next(["tent"], serendipity="much"), "serendipity"),
        (lambda j: j.next(["tent"], serendipity=None), "serendipity"),
        (lambda j: j.next([{"product_id": "tent", "ts": 1.7e12}]), "seconds .not milliseconds."),
        (lambda j: j.next([{"product_id": "tent", "ts": -1e300}]), "before the year 10000"),
        (lambda j: j.next_many(None), "histories"),
        (lambda j: j.next_many("tent"), "histories"),
    ],
)
def test_what_cannot_be_is_refused_by_name(ask, named):
    with pytest.raises(ParameterError, match=named):
        ask(Journey().fit(VISITS))
