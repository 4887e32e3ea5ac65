"""A diary of symptoms: rows of tests that say when somebody became infectious, and who did not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from chowk.errors import InputError, ParameterError
from chowk.health import Crisp, symptom_diary
from health.enumeration import Case, joint, states
from health.test_exact import need


def test_rows_of_a_diary():
    diary = symptom_diary(["ann", "bob"], 4, [("bob", 3)], symptomatic=0.4, delay=1,
                          infectious=[0, 0, 1.0]).to_pylist()  # fmt: skip
    said = {(r["person"], r["day"], r["positive"]): r for r in diary}
    assert len(diary) == 9
    assert said["bob", 3, True]["false_negative_rate"] == pytest.approx(1 - 0.4 / 2)
    assert said["ann", 0, False]["false_positive_rate"] == pytest.approx(1e-4)
    # Bob became infectious on day 2: on day 1 he was not.
    before = [r for r in diary if (r["person"], r["day"]) == ("bob", 1)]
    assert len(before) == 2
    assert min(r["false_negative_rate"] for r in before) == pytest.approx(0.01)
    assert symptom_diary(3, 5, []).num_rows == 15


@pytest.mark.parametrize(
    ("options", "problem", "sentence"),
    [
        ({"onsets": [(0, 9)]}, InputError, "onsets: row 0: day must be"),
        ({"onsets": [(7, 0)]}, InputError, "onsets: row 0: person must be"),
        ({"onsets": [(0, float("nan"))]}, InputError, "onsets: row 0: day"),
        ({"symptomatic": 1.5}, ParameterError, "symptomatic"),
        ({"delay": -1}, ParameterError, "delay"),
        ({"colds": float("nan")}, ParameterError, "colds"),
    ],
)
def test_a_diary_that_breaks_a_rule(options, problem, sentence):
    with pytest.raises(problem, match=sentence):
        symptom_diary(2, 4, **({"onsets": []} | options))


def test_a_diary_beside_enumeration():
    # The rows are weighed as they are written, whatever became of the symptoms.
    need("numba")
    case = Case(2, 5, ((0, 1, 1, 2), (0, 1, 2, 1)), ((1, 4, True),), p0=0.1, p1=0.4)
    diary = symptom_diary(2, 5, [(0, 3)], infectious=case.infectious)
    traces, weights, _ = joint(case)
    state = states(traces, case.days)
    for row in diary.to_pylist():
        infectious = state[:, row["person"], row["day"]] == 2
        said = np.where(infectious, 1 - row["false_negative_rate"], row["false_positive_rate"])
        weights = weights * (said if row["positive"] else 1 - said)
    weights /= weights.sum()
    wanted = np.stack([(weights[:, None, None] * (state == s)).sum(0) for s in range(4)], -1)
    own = pa.table({"person": [1], "day": [4], "positive": [True]})
    tests = pa.concat_tables([own, diary], promote_options="permissive")
    found = Crisp(2, 5, case.contacts, tests, **case.law).marginals(20_000, seed=1)
    assert np.abs(found - wanted).max() < 0.015
