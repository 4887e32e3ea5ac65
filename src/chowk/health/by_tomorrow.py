"""CRISP for tomorrow: in quarantine is who would infect tomorrow, and tests go where they decide.

In go the days of a simulated epidemic; out come whom to test and who is in quarantine. The rule is
the one that makes the least of infections plus price x quarantine days, a day ahead: a day inside
averts P(infectious on that day) x the infections of an infectious day, so that it is worth its
price above one threshold of that probability, whatever the exposed are; and a test is worth the
better decision that it allows (Raiffa and Schlaifer 1961, the value of information).
"""

from __future__ import annotations

import numpy as np

from .by_risk import ByRisk, most_worth
from .policies import Codes, Evening, Flags, Setting


class ByTomorrow(ByRisk):
    """CRISP: who is infectious tomorrow with more than a threshold is in quarantine tomorrow.

    Beside `ByRisk`: today's contacts count at once, since the model runs a day ahead of them; the
    exposed, who infect nobody yet, stay outside until they are about to be infectious; and nobody
    is kept inside by a second threshold.

    Parameters
    ----------
    threshold : P(infectious tomorrow) above which a day inside is worth its price, in (0, 1).
    samples : traces a day; a risk of a few hundredths hangs on who infected whom in them.
    window, outside, diary : as in `ByRisk`.

    Examples
    --------
    >>> ByTomorrow(0.1).name
    'CRISP for tomorrow, 0.1'
    """

    def __init__(
        self,
        threshold: float,
        *,
        samples: int = 30,
        window: int = 21,
        outside: float = 1.0,
        diary: bool = True,
    ) -> None:
        super().__init__(
            threshold, samples=samples, window=window, outside=outside, diary=diary, spare="use"
        )
        p0 = "" if outside == 1 else f", p0 x {outside:g}"
        self.name = f"CRISP for tomorrow{'' if diary else ' and no diary'}{p0}, {threshold:g}"

    def begin(self, setting: Setting, seed: int) -> None:
        super().begin(setting, seed)
        waits = setting.disease.q_e @ np.arange(len(setting.disease.q_e))
        self._begins_a_day = 1.0 / max(float(waits), 1.0)

    def whom(self, day: int, spare: int) -> Codes:
        exposed, infectious = self._chance[:, 1], self._chance[:, 2]
        healthy = 1 - infectious
        # A negative result lets somebody out, unless he may well be infectious a day later.
        frees = exposed * self._begins_a_day < self.threshold * healthy
        inside = self.threshold * healthy * frees
        worth = np.where(self._inside, inside, (1 - self.threshold) * infectious)
        return most_worth(worth, spare)

    def decide(self, evening: Evening) -> Flags:
        self._days.append(evening)
        if evening.day < self._setting.start - 1:
            return self._inside
        self._chance = self._look(evening.day + 2)
        self._inside = self._chance[:, 2] > self.threshold
        return self._inside
