"""A saved index: it answers the same, nothing ever changes it, and engines on it are apart."""

import gc
import hashlib
import os
import shutil
import subprocess
import sys
import threading

import pytest

from chowk.errors import ArtifactError
from chowk.search import SearchEngine
from search.shop import EVENTS, OFFERS, PRODUCTS

ASKED = [
    ("", {}),
    ("red", {"attributes.color": "red"}),
    ("sar", {}),
    ("red silk saree", {"price": (None, 3000)}),
]
FACETS = ("brand", "category", "attributes.color", "price", "available")


def answers(engine):
    found = []
    for query, filters in ASKED:
        result = engine.search(query, filters=filters, facets=FACETS, region="IN/KA", explain=True)
        found.append((result.hits, result.total, result.facets, result.match))
    return [*found, engine.suggest("s"), engine.product("s1")]


def sums(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "search"
    with SearchEngine.build(PRODUCTS, events=EVENTS, offers=OFFERS, folder=folder) as engine:
        return folder, answers(engine)


def test_opened_it_answers_the_same(saved):
    folder, expected = saved
    with SearchEngine.open(folder) as engine:
        assert answers(engine) == expected


def test_two_builds_answer_the_same(saved):
    backwards = list(reversed(PRODUCTS))
    with SearchEngine.build(backwards, events=EVENTS[::-1], offers=OFFERS[::-1]) as engine:
        assert answers(engine) == saved[1]


def test_nothing_changes_the_saved_folder(saved, tmp_path):
    folder, expected = saved
    before = sums(folder)
    with SearchEngine.open(folder, scratch=tmp_path) as engine:
        for n in range(40):  # enough small segments that tantivy merges some of them
            engine.upsert(
                [{"product_id": f"n{i}", "title": f"New thing {n}"} for i in range(n, 60)]
            )
            engine.delete([f"n{n}", "s1"])
        assert engine.search("thing").total == 20
        assert sums(folder) == before
    assert sums(folder) == before
    assert list(tmp_path.iterdir()) == []
    with SearchEngine.open(folder) as engine:
        assert answers(engine) == expected
    assert sums(folder) == before


def test_two_engines_on_one_folder_do_not_see_each_other(saved):
    folder, _ = saved
    with SearchEngine.open(folder) as one, SearchEngine.open(folder) as other:
        one.upsert([{"product_id": "s1", "title": "Green lamp"}])
        other.delete(["k1"])
        assert (one.search("lamp").total, other.search("lamp").total) == (1, 0)
        assert (one.search("kettle").total, other.search("kettle").total) == (1, 0)
        assert (one.product("s1")["title"], other.product("s1")["title"]) == (
            "Green lamp",
            "Red silk saree",
        )


def test_a_changed_engine_saves_what_it_shows(saved, tmp_path):
    folder, _ = saved
    with SearchEngine.open(folder) as engine:
        engine.upsert([{**PRODUCTS[0], "title": "Red silk saree, new", "price": 2600}])
        engine.delete(["s2"])
        engine.upsert([{"product_id": "n1", "title": "Red lamp"}])
        engine.save(tmp_path / "again")
        expected = answers(engine)
        engine.delete(["n1"])  # a saved engine goes on
        assert engine.search("lamp").total == 0
    with SearchEngine.open(tmp_path / "again") as engine:
        # How rare a word is was counted anew, so scores move a little.
        for (hits, *counts), (was, *counted) in zip(
            answers(engine)[:-2], expected[:-2], strict=True
        ):
            assert counts == counted
            assert [h.product for h in hits] == [h.product for h in was]
            assert [h.reasons for h in hits] == [h.reasons for h in was]
        assert answers(engine)[-1] == expected[-1]
        assert engine.search("lamp").total == 1
        engine.upsert([{"product_id": "n2", "title": "Blue lamp"}])
        assert engine.search("lamp").total == 2


def test_a_number_is_never_given_again(saved, tmp_path):
    with SearchEngine.open(saved[0]) as engine:
        engine.upsert([{"product_id": "n1", "title": "Red lamp"}])
        engine.upsert([{"product_id": "n2", "title": "Blue lamp"}])
        used = engine._rows.number("n2")
        engine.delete(["n2"])
        engine.save(tmp_path / "again")
    with SearchEngine.open(tmp_path / "again") as engine:
        engine.upsert([{"product_id": "n3", "title": "Green lamp"}])
        assert engine._rows.number("n3") > used
        assert engine.search("lamp").total == 2


def test_popularity_outlives_a_live_change(saved):
    folder, _ = saved
    with SearchEngine.open(folder) as engine:
        before = engine.search("kettle").hits[0]
        engine.upsert([PRODUCTS[2]])
        assert engine.search("kettle").hits[0].reasons == before.reasons
        engine.delete(["k1"])
        engine.upsert([PRODUCTS[2]])
        assert engine.search("kettle").hits[0].reasons == before.reasons
        assert engine.search("").hits[0].product_id == "k1"


def test_searches_run_while_products_change():
    # 300 products that are always all there, each in one of two forms.
    def form(word):
        return [{"product_id": f"p{i:03}", "title": f"{word} thing"} for i in range(300)]

    wrong: list[object] = []
    with SearchEngine.build(form("red")) as engine:
        done = threading.Event()

        def ask():
            try:
                while not done.is_set():
                    found = engine.search("thing", k=1000, facets=["available"])
                    forms = {hit.product["title"] for hit in found.hits}
                    if found.total != 300 or len(forms) != 1 or len(found.hits) != 300:
                        wrong.append((found.total, forms))
                    if found.facets["available"] != {"true": 300}:
                        wrong.append(found.facets)
            except Exception as error:  # a thread's error would be lost
                wrong.append(error)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for word in ("blue", "green", "red") * 4:
            engine.upsert(form(word))
        done.set()
        for thread in threads:
            thread.join()
    assert wrong == []


@pytest.mark.parametrize("harm", ["nothing", "facts", "format", "index", "rows", "text"])
def test_a_damaged_folder_is_refused_in_one_sentence(saved, tmp_path, harm):
    folder = tmp_path / "damaged"
    shutil.copytree(saved[0], folder)
    if harm == "nothing":
        shutil.rmtree(folder)
    elif harm == "facts":
        (folder / "search.json").write_text("{")
    elif harm == "format":
        text = (folder / "search.json").read_text()
        (folder / "search.json").write_text(text.replace('"format": 5', '"format": 9'))
    elif harm == "index":
        (folder / "index" / "meta.json").write_text("{}")
    elif harm == "text":
        (folder / "text" / "doc_terms.npy").unlink()
    else:
        (folder / "products.db").unlink()
    with pytest.raises(ArtifactError) as error:
        SearchEngine.open(folder, scratch=tmp_path / "scratch")
    assert "chowk build" in str(error.value)
    assert not list((tmp_path / "scratch").glob("*"))


def test_what_a_killed_process_left_behind_is_removed(saved, tmp_path):
    code = (
        "import os, sys; from chowk.search import SearchEngine; "
        "engine = SearchEngine.open(sys.argv[1], scratch=sys.argv[2]); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, saved[0], tmp_path], check=False)
    (left,) = tmp_path.iterdir()
    with SearchEngine.open(saved[0], scratch=tmp_path) as living:
        assert left.exists()  # too young to tell
        for folder in tmp_path.iterdir():
            os.utime(folder, (0, 0))
        with SearchEngine.open(saved[0], scratch=tmp_path) as other:
            assert not left.exists()
            assert len(list(tmp_path.iterdir())) == 2
            assert living.search("red").total == other.search("red").total == 2


def test_a_forgotten_engine_leaves_nothing(saved, tmp_path):
    engine = SearchEngine.open(saved[0], scratch=tmp_path)
    engine.upsert([{"product_id": "n", "title": "New"}])
    del engine
    gc.collect()
    assert list(tmp_path.iterdir()) == []
