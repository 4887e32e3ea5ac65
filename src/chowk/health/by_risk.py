"""The policy of CRISP: whom to test and whom to isolate, by what contacts and tests say.

In go the days of a simulated epidemic, one after the other; out come whom to test tomorrow and who
is in quarantine. Source: arXiv 2006.04942, section 5.2, and what it leaves open: what a test is of
use for, and what it tells that somebody did not feel ill.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa

from chowk.errors import parameter

from .advice import KNOWN, expected_information
from .crisp import Crisp
from .disease import Floats
from .policies import Codes, Evening, Flags, Setting
from .runs import whole
from .window import shortened

#: P(a healthy person says that he began to feel ill) a day: there are no colds in the experiment.
_COLDS = 1e-4
#: P(no sign of it | infectious) on the day before somebody begins to feel ill.
_EARLIER = 0.01


def most_worth(worth: Floats, spare: int) -> Codes:
    """The codes of at most `spare` people whose test is worth most, the dearest first; `worth` has
    a number a person, and a test that is worth nothing is not made.

    >>> most_worth(np.array([0.1, 0.0, 0.3]), 3).tolist()
    [2, 0]
    """
    first = np.argsort(-worth, kind="stable")[:spare]
    return first[worth[first] > 0]


class ByRisk:
    """CRISP: who is exposed or infectious with more than a threshold is in quarantine.

    Chains go on from the day before over a window of history, so that a day costs the same in the
    fifth month as in the second.

    Parameters
    ----------
    threshold : P(exposed or infectious) above which one is isolated, in (0, 1).
    release : P(healthy or recovered) above which one is let out; 1 - threshold where that is more.
    samples : traces a day of everybody. window : days of history that are kept at least.
    outside : times p0 is what the scorer takes for p0: ten, in the paper.
    diary : everybody says daily whether he began to feel ill. Who did not is a little less likely
        infectious, where without it only the ill tell anything; who did became infectious that day,
        so that whoever infected him is sought among those met some days before.
    spare : who gets the tests that the ill leave. `risk`: the likeliest infectious wherever they
        are, as in the paper; `information`: those whose result is expected to tell most; `use`:
        those of whom a result changes something. Outside, a positive one isolates somebody, with
        P(infectious); inside, a negative one lets somebody out, unless he may still incubate.
    freedom : what letting somebody out is worth beside isolating somebody infectious.

    Raises
    ------
    ParameterError : a threshold or release outside of its limits, an unknown `spare`.

    Examples
    --------
    >>> ByRisk(0.1, diary=True).name
    'CRISP and diary, 0.1'
    """

    def __init__(
        self,
        threshold: float,
        *,
        release: float = 0.9,
        samples: int = 6,
        window: int = 21,
        outside: float = 1.0,
        diary: bool = False,
        spare: Literal["risk", "use", "information"] = "use",
        freedom: float = 0.1,
    ) -> None:
        for name, value in (("threshold", threshold), ("release", release)):
            if not 0 < value < 1:
                raise parameter("ByRisk", name, "a number above 0 and below 1", value)
        if spare not in ("risk", "information", "use"):
            raise parameter("ByRisk", "spare", "'risk', 'information' or 'use'", spare)
        whole("ByRisk", "samples", samples, 1)
        whole("ByRisk", "window", window, 1)
        self.threshold, self.release = threshold, max(release, 1 - threshold)
        self.samples, self.window, self.outside = samples, window, outside
        self.diary, self.spare, self.freedom = diary, spare, freedom
        p0 = "" if outside == 1 else f", p0 x {outside:g}"
        self.name = f"CRISP{' and diary' * diary}{p0}, {threshold:g}"
        if spare != "use":
            self.name += f", tests by {spare}"

    def begin(self, setting: Setting, seed: int) -> None:
        self._seed, self._setting = seed, setting
        disease = setting.disease
        self._crisp = Crisp(
            setting.people,
            1,
            incubation=disease.q_e,
            infectious=disease.q_i,
            false_negative_rate=disease.false_negative_rate,
            false_positive_rate=disease.false_positive_rate,
            p0=min(self.outside * setting.p0, 1.0),
            p1=setting.p1,
        )
        self._chance = np.zeros((setting.people, 4))
        self._inside = np.zeros(setting.people, dtype=bool)
        self._days: list[Evening] = []

    def whom(self, day: int, spare: int) -> Codes:
        exposed, infectious = self._chance[:, 1], self._chance[:, 2]
        if self.spare == "risk":
            # A person who is surely infectious needs no test.
            worth = np.where(infectious <= KNOWN, infectious, 0.0)
        elif self.spare == "information":
            disease = self._setting.disease
            worth = expected_information(
                infectious,
                false_negative_rate=disease.false_negative_rate,
                false_positive_rate=disease.false_positive_rate,
            )
        else:
            negative = 1 - infectious
            free = exposed < (1 - self.release) * negative
            worth = np.where(self._inside, self.freedom * negative * free, infectious)
        return most_worth(worth, spare)

    def decide(self, evening: Evening) -> Flags:
        self._days.append(evening)
        if evening.day < self._setting.start - 1:
            return self._inside
        self._chance = self._look(evening.day + 1)
        risk = self._chance[:, 1] + self._chance[:, 2]
        stay = self._inside & (1 - risk <= self.release)
        self._inside = stay | (risk > self.threshold)
        return self._inside

    def _look(self, days: int) -> Floats:
        """Everybody's chances on the last of `days` days, with what was collected since."""
        # Until the policy starts days are only collected, and taken all at once.
        a, b, when = (
            np.concatenate(parts)
            for parts in zip(
                *((e.a, e.b, np.full(len(e.a), e.day)) for e in self._days), strict=True
            )
        )
        crisp = self._crisp.advance(
            {"person_a": a, "person_b": b, "day": when},
            self._tests(),
            days=days - self._crisp.days,
            seed=self._seed,
        )
        shortened(crisp, self.window, seed=self._seed, samples=min(12 * self.samples, 200))
        fresh = len(self._days) > 1
        self._days = []
        return crisp.current(
            self.samples, burn_in=60 if fresh else 1, chains=3, seed=self._seed, threads=1
        )

    def _tests(self) -> dict[str, Any]:
        """The collected days' tests, and with a diary a row a person and day."""
        n, days = self._setting.people, self._days
        who = [e.tested for e in days]
        found = [e.positive for e in days]
        when = [np.full(len(e.tested), e.day) for e in days]
        own = sum(map(len, who))
        if self.diary:
            for e in days:
                began = np.zeros(n, dtype=bool)
                began[e.ill] = True
                who.append(np.arange(n))
                found.append(began)
                when.append(np.full(n, e.day))
            silent = sum(map(len, who))
            # One feels ill on the first infectious day: who begins to was not infectious before.
            for e in days:
                if e.day > self._crisp.begin:
                    who.append(e.ill)
                    found.append(np.zeros(len(e.ill), dtype=bool))
                    when.append(np.full(len(e.ill), e.day - 1))
        rows: dict[str, Any] = {
            "person": np.concatenate(who),
            "day": np.concatenate(when),
            "positive": np.concatenate(found),
        }
        if self.diary:
            # Somebody infectious begins to feel ill on one of his days, or never.
            began_a_day = self._setting.symptoms / self._setting.disease.mean_infectious
            for name, rate, before in (
                ("false_negative_rate", 1 - began_a_day, _EARLIER),
                ("false_positive_rate", _COLDS, 0.0),
            ):
                rates = np.full(len(rows["day"]), rate)
                rates[:own] = np.nan
                rates[silent:] = before
                rows[name] = pa.array(rates, from_pandas=True)
        return rows
