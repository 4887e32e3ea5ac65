"""Live changes: they may come in the middle of a search, and what they replace goes."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.search import SearchEngine, changing, nearest
from chowk.search.lexicon import WORD
from search.test_vectors import catalogue, couches


@pytest.fixture
def engine():
    rows = catalogue()
    with SearchEngine.build(rows, chosen=couches(rows), terms=[]) as built:
        yield built


def sofa(product_id, **more):
    return {"product_id": product_id, "title": "Agni velvet corner sofa 999", **more}


def test_a_product_that_comes_while_the_nearest_are_sought_does_no_harm(engine):
    engine.upsert([sofa("new")])
    vectors = engine._matcher.vectors
    first = engine._rows.next

    class Growing(dict):
        """Whoever asks for what is held is overtaken by one more."""

        def _more(self):
            self[first + len(self)] = next(iter(super().values()))

        def values(self):
            self._more()
            return super().values()

        def items(self):
            self._more()
            return super().items()

    vectors._live = Growing(vectors._live)
    found = vectors.nearest(vectors.encode("couch"), 10)
    assert len(found) == 10 == len(set(found.tolist()))


def test_a_word_that_comes_while_beginnings_are_sought_does_no_harm(engine):
    lexicon = engine._matcher.lexicon

    class Overtaken(str):
        """Whoever reads this word is overtaken by another."""

        __slots__ = ()

        def startswith(self, *asked):
            lexicon.add(f"zzq{len(lexicon)}", WORD)
            return super().startswith(*asked)

    number = lexicon.add(Overtaken("zzqfirst"), WORD)
    lexicon.add("zzqsecond", WORD)
    assert lexicon.later("zzq")[:2] == [number, number + 1]


def shown(engine):
    return [hit.product_id for hit in engine.search("couch", k=1000).hits]


@pytest.mark.parametrize("exact", [nearest.EXACT, 500], ids=["all compared", "by codes"])
def test_a_product_that_changes_often_crowds_nobody_out(exact, monkeypatch, tmp_path):
    monkeypatch.setattr(nearest, "EXACT", exact)
    rows = catalogue()
    with SearchEngine.build(rows, chosen=couches(rows), terms=[]) as engine:
        often = next(i for i in shown(engine))
        for i in range(150):
            engine.upsert([sofa(often, price=i + 1, available=True)])
        with SearchEngine.build(rows, chosen=couches(rows), terms=[]) as fresh:
            fresh.upsert([sofa(often, price=150, available=True)])
            assert shown(engine) == shown(fresh)
        assert len(shown(engine)) > nearest.MOST_NEAR / 2
        near = engine._matcher.vectors.nearest(engine._matcher.vectors.encode("couch"))
        assert len(engine._rows.names(near.tolist())) == nearest.MOST_NEAR
        gone = shown(engine)[:60]
        engine.delete(gone)
        left = shown(engine)
        assert len(left) > nearest.MOST_NEAR / 2 and not set(gone) & set(left)
        near = engine._matcher.vectors.nearest(engine._matcher.vectors.encode("couch"))
        assert len(engine._rows.names(near.tolist())) == nearest.MOST_NEAR
        engine.save(tmp_path / "saved")
    with SearchEngine.open(tmp_path / "saved") as opened:
        vectors = opened._matcher.vectors
        near = vectors.nearest(vectors.encode("couch"))
        assert len(opened._rows.names(near.tolist())) == nearest.MOST_NEAR
        assert sorted(shown(opened)) == sorted(left)


def test_what_was_replaced_is_freed_when_no_search_can_show_it_any_more(engine, monkeypatch):
    engine.upsert([sofa("often", category="Home", group_id="g")])
    row = engine._rows.number("often")
    vectors = engine._matcher.vectors
    vector = vectors.encode("couch")
    near = vectors.cosines(vector, np.array([row]))
    engine.upsert([sofa("often", category="Home", group_id="g")])
    # A search under way still scores what it found.
    assert vectors.cosines(vector, np.array([row])) == near > 0
    monkeypatch.setattr(changing, "_GRACE_SECONDS", 0.0)
    for _ in range(150):
        engine.upsert([sofa("often", category="Home", group_id="g")])
    engine.delete(["often"])
    engine.upsert([sofa("other")])
    matcher, scoring = engine._matcher, engine._scoring
    held = (
        engine._rows._live,
        matcher.forward._live,
        vectors._live | vectors._left,
        engine._groups._live,
        scoring.regions.origin,
        scoring.meanings.filed._later,
    )
    assert max(map(len, held)) <= 2
