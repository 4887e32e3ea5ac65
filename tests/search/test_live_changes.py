"""Live changes: they may come in the middle of a search, and leave nothing of what they replaced."""

from __future__ import annotations

import pytest

from chowk.search import SearchEngine
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
