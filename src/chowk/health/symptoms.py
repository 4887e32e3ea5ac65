"""A diary of symptoms as rows of tests: who began to feel ill when, and who did not.

In go the days on which people began to feel ill; out come rows of tests with rates of their own, as
`Crisp` takes them: one a person and day, so that feeling well tells something as well, and one
before each beginning, since whoever falls ill some days after he became infectious was not
infectious before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.errors import parameter

from .disease import INFECTIOUS, probability
from .records import People, column, read_days, table_of

#: P(no sign of it | infectious) on the day before the infectious time of somebody who fell ill.
EARLIER = 0.01


def symptom_diary(
    people: int | Sequence[Any],
    days: int,
    onsets: Any,
    *,
    symptomatic: float = 0.5,
    delay: int = 0,
    colds: float = 1e-4,
    infectious: Sequence[float] | NDArray[np.float64] = INFECTIOUS,
) -> pa.Table:
    """Rows (person, day, positive, false_negative_rate, false_positive_rate) of everybody's diary.

    Join them to the rows of tests. A "positive" says that somebody began to feel ill: on one of his
    infectious days with probability `symptomatic` / their mean number, on other days with `colds`.

    Parameters
    ----------
    people, days : as those of `Crisp`.
    onsets : rows (person, day) of the days on which somebody began to feel ill.
    symptomatic : P(who becomes infectious falls ill). delay : days from becoming infectious to
        feeling ill; who fell ill was not infectious on the day before that.
    colds : P(a healthy person begins to feel ill) a day.
    infectious : probabilities by number of infectious days.

    Raises
    ------
    InputError : an unknown person or day. ParameterError : a number outside its limits.

    Examples
    --------
    >>> diary = symptom_diary(["ann", "bob"], 3, [("ann", 2)])
    >>> diary.num_rows, diary.filter(diary["positive"]).to_pylist()[0]["person"]
    (7, 'ann')
    >>> from chowk.health import Crisp
    >>> Crisp(["ann", "bob"], 3, [("ann", "bob", 1)], diary, p0=0.01).days
    3
    """
    probability("symptom_diary", "symptomatic", symptomatic)
    probability("symptom_diary", "colds", colds)
    if isinstance(delay, bool) or not isinstance(delay, int | np.integer) or delay < 0:
        raise parameter("symptom_diary", "delay", "an int of at least 0", delay)
    known = People(people)
    frame = table_of(onsets, ("person", "day"), "onsets")
    who = known.codes(column(frame, "person", "onsets"), "onsets", "person")
    when = read_days(column(frame, "day", "onsets"), days, "onsets")
    began = np.zeros((known.count, days), dtype=bool)
    began[who, when] = True
    q = np.asarray(infectious, dtype=np.float64)
    a_day = symptomatic / max(float(q @ np.arange(len(q))), 1.0)
    before = when > delay
    person = np.concatenate([np.repeat(np.arange(known.count), days), who[before]])
    rows, more = began.size, int(before.sum())
    ids = pa.array(range(known.count) if known.ids is None else known.ids)
    return pa.table(
        {
            "person": ids.take(pa.array(person)),
            "day": np.concatenate(
                [np.tile(np.arange(days), known.count), when[before] - delay - 1]
            ),
            "positive": np.concatenate([began.ravel(), np.zeros(more, dtype=bool)]),
            "false_negative_rate": np.repeat([1 - a_day, EARLIER], [rows, more]),
            "false_positive_rate": np.repeat([colds, 0.0], [rows, more]),
        }
    )
