"""A model that takes in new products is another one; the first answers as before."""

from __future__ import annotations

import numpy as np

from chowk.discovery import Journey, Substitutes
from chowk.discovery.newcomers import with_new

SHELF = [
    {"product_id": f"{kind}{i}", "title": f"{word} {kind}", "category": kind, "price": 9.0 + i}
    for kind in ("mug", "tent")
    for i, word in enumerate(("red", "blue", "green"))
]
NEW = {"product_id": "mug9", "title": "red mug", "category": "mug", "price": 9.5, "image": "x.png"}
COLUMNS = ("title", "category", "price")


def answers(model, ids):
    if isinstance(model, Substitutes):
        return model.recommend(ids, 5), model.score(ids, ids[::-1]).tolist()
    return [model.next([one], 5) for one in ids], model.score(["mug0"], ids).tolist()


def test_the_first_goes_on_as_before_and_the_second_knows_the_new_one():
    visits = [["mug0", "mug1", "tent0"], ["mug1", "mug2"], ["tent1", "tent2"]] * 3
    ids = [row["product_id"] for row in SHELF]
    for model in (Substitutes().fit(features=SHELF), Journey().fit(visits, SHELF)):
        before = answers(model, [*ids, "mug9"])
        wider = with_new(model, [SHELF[0], NEW], COLUMNS)
        assert answers(model, [*ids, "mug9"]) == before
        assert with_new(wider, [NEW], COLUMNS) is wider
        assert with_new(model, [NEW], COLUMNS, most=0) is model
        # The same as a fold-in, which changes the model itself.
        model.fold_in("mug9", {name: NEW[name] for name in COLUMNS})
        assert answers(wider, [*ids, "mug9"]) == answers(model, [*ids, "mug9"])
    stand_in = with_new(Substitutes().fit(features=SHELF), [NEW], COLUMNS)
    [found] = stand_in.recommend("mug9", 5)
    assert {one for one, _ in found} == {"mug0", "mug1", "mug2"}
    assert found[0][0] == "mug0" and np.all(stand_in.score(["mug0"], ["mug9"]) > 0)
