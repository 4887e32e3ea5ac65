"""Learning the damage model from a history: strengths chosen on later shipments, then all of it.

The last fifth of the shipments in time chooses the ridge and how much a product's own history may
say, and calibrates; the model is then fitted on everything. Replicates on resampled products say
how sure a difference between two packages is (a cluster bootstrap: Davison and Hinkley 1997).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import sparse, special

from .goods import Floats, Goods
from .history import History
from .ordinal import (
    USUAL_STEP,
    Ordinal,
    augmented,
    calibration_spread,
    fit_calibration,
    fit_ordinal,
    fit_shift,
    log_loss,
    product_effects,
)
from .packages import Packages
from .packers import Packers

#: Fewer damaged parcels than this on either side of the cut choose and calibrate nothing.
_ENOUGH = 20
_RIDGES = (24.0, 64.0, 256.0)
_VARIANCES = (0.0, 0.1, 0.2, 1.0)
#: Ridge and variance unless others are clearly better, by so much log-likelihood: the later rows
#: hold few damaged parcels, and the best of many by chance is no better.
_USUAL = (24.0, 0.2)
_CLEARLY = 2.0
#: The same with fewer damaged parcels than this, of which the features say less.
_MANY = 400
_CAREFUL = (256.0, 0.1)
#: How strongly what a single feature says of strength is held. The later rows cannot choose it
#: (they hold few products in new packages); simulated histories of other seeds did.
_HOLD = 1024.0
#: Standard error of a slope's logarithm before any row has been seen.
_UNKNOWN_SLOPE = 20.0**-0.5


#: Weight of an implied parcel, times the root of the damaged ones. More, and the flimsy packages
#: look worse than they are; none, and the steps of strength are told from too few products. The
#: root is what simulated histories of 130, 720 and 8,000 damaged parcels agree on (other seeds).
_COPIES = 0.03


def usual_copies(damaged: float) -> float:
    """The weight of an implied parcel in a history with so many damaged ones.

    >>> usual_copies(900), usual_copies(0)
    (0.001, 0.03)
    """
    return float(_COPIES / np.sqrt(max(damaged, 1.0)))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the learning is told: see `PackageRecommender`."""

    copies: float | None = None
    constrained: bool = True
    replicates: int = 20
    seed: int = 0


@dataclass(slots=True)
class Damage:
    """The learnt model: coefficients, calibration, and each product's own effect.

    Parameters
    ----------
    model : the coefficients on everything.
    slope, shift : of the calibration.
    slope_spread, pivot : standard error of the slope's logarithm, and the log-odds about which
        another slope would turn.
    effects : log-odds [products that were sent or not], in the order of the goods it was fitted on:
        the mode of each, and half of how much less uncertain it is than that of a strange product,
        so that e^effect is right on average.
    spread : standard deviation of each effect.
    packers : the strength that packers choose for such products.
    chosen : `Packers.choice` of each product, in the same order.
    ridge, variance : as chosen; `variance` 0 leaves a product's own history out.
    replicates : further models, each fitted on resampled products, every other one without copies.
    notes : what could not be done, in sentences.
    """

    model: Ordinal
    slope: float
    shift: float
    effects: Floats
    spread: Floats
    packers: Packers
    chosen: Floats
    slope_spread: float
    pivot: float
    ridge: float
    variance: float
    replicates: list[Ordinal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def probabilities(
        self,
        features: sparse.csr_array,
        effects: Floats,
        chosen: Floats,
        model: Ordinal | None = None,
        tilt: float = 0.0,
    ) -> Floats:
        """Calibrated probability of damage [products, levels], never rising with the level.

        `tilt` moves the slope, by so many standard errors.
        """
        habit = self.packers.habit(features, chosen)
        z = (model or self.model).logits(features, habit) + effects[:, None]
        turned = self.slope * np.exp(tilt * self.slope_spread)
        p = special.expit(turned * (z - self.pivot) + self.slope * self.pivot + self.shift)
        # The logits are in order to the last bit; the library's sigmoid need not be.
        return np.asarray(np.minimum.accumulate(p, axis=1))


def learn(
    features: sparse.csr_array,
    goods: Goods,
    packages: Packages,
    history: History,
    settings: Settings,
) -> Damage:
    """Choose, calibrate, fit on everything, and resample."""
    notes: list[str] = []
    cut = np.quantile(history.moment, 0.8)
    early, late = history.rows(history.moment < cut), history.rows(history.moment >= cut)
    (ridge, variance), slope, slope_spread = _USUAL, 1.0, _UNKNOWN_SLOPE
    if min(int(early.damaged.sum()), int(late.damaged.sum())) >= _ENOUGH:
        ridge, variance, slope, slope_spread = _chosen(
            features, goods, packages, early, late, settings
        )
    else:
        notes.append(
            f"Only {int(history.damaged.sum())} shipments are damaged, too few to choose and to "
            "calibrate on later ones: the probabilities follow the model alone."
        )
    whole, damaged = history.counts(len(goods), packages)
    fitted = _fitted(features, whole, damaged, ridge, variance, settings)
    # Later rows say how far to trust a difference; how many break in all, everything says better.
    shift = fit_shift(slope * fitted.z, whole, damaged)
    _, pivot = calibration_spread(fitted.z, slope, shift, whole, damaged)
    found = Damage(
        model=fitted.model,
        slope=slope,
        shift=shift,
        effects=fitted.effects,
        spread=fitted.spread,
        packers=fitted.packers,
        chosen=fitted.chosen,
        slope_spread=slope_spread,
        pivot=pivot,
        ridge=ridge,
        variance=variance,
        notes=notes,
    )
    rng = np.random.default_rng(settings.seed)
    usual_steps = _usual_steps(whole, damaged, settings.replicates)
    sent = np.flatnonzero((whole + damaged).sum(axis=1) > 0)
    rows = features[sent]
    habit = fitted.packers.habit(rows, fitted.chosen[sent])
    usual = settings.copies if settings.copies is not None else usual_copies(damaged.sum())
    for number in range(settings.replicates):
        # Every other one does without the copies: what they add is an assumption, and how much
        # hangs on it is part of the doubt.
        copies = usual if number % 2 else 0.0
        times = rng.poisson(1.0, size=len(sent))[:, None].astype(np.float64)
        counts = augmented(whole[sent] * times, damaged[sent] * times, copies)
        found.replicates.append(
            fit_ordinal(
                rows,
                *counts,
                ridge=ridge,
                hold=_HOLD,
                habit=habit,
                constrained=settings.constrained,
                offset=fitted.modes[sent],
                start=fitted.model,
                iterations=25,
                usual=usual_steps[number],
            )
        )
    return found


def _unsaid(whole: Floats, damaged: Floats) -> bool:
    """Whether the parcels [products, levels] say too little of what strength is worth.

    They say it where some step has enough of them on both sides that `_ENOUGH` should break on
    each. Where nearly all went in packages of one strength the copies alone would speak, and these
    say that nothing breaks in what was never used.

    >>> sent = np.array([[900.0, 900.0, 0.0]])
    >>> _unsaid(sent, sent / 9), _unsaid(sent * [1, 0.01, 0], sent / 9 * [1, 0.01, 0])
    (False, True)
    """
    parcels = (whole + damaged).sum(axis=0)
    total = max(float(parcels.sum()), 1.0)
    below = np.cumsum(parcels)[:-1]
    fewer = np.minimum(below, total - below)
    return not (fewer * (float(damaged.sum()) / total) >= _ENOUGH).any()


def _usual_steps(whole: Floats, damaged: Floats, replicates: int) -> list[float | None]:
    """What each replicate takes a step to be worth, where the history cannot say: far apart."""
    if not _unsaid(whole, damaged):
        return [None] * replicates
    even = special.ndtri((np.arange(replicates) + 0.5) / max(replicates, 1))
    return list(USUAL_STEP * np.exp(even))


def _chosen(
    features: sparse.csr_array,
    goods: Goods,
    packages: Packages,
    early: History,
    late: History,
    settings: Settings,
) -> tuple[float, float, float, float]:
    """Ridge, variance of effects, slope of the calibration and its spread, on later rows."""
    seen, later = early.counts(len(goods), packages), late.counts(len(goods), packages)
    judged = np.flatnonzero(later[0].sum(axis=1) + later[1].sum(axis=1) > 0)
    after = later[0][judged], later[1][judged]
    rows = float(after[0].sum() + after[1].sum())
    best: tuple[float, float, float, float, float] | None = None

    def judge(ridge: float, variance: float) -> None:
        nonlocal best
        z = _fitted(features, *seen, ridge, variance, settings).z[judged]
        slope, shift = fit_calibration(z, *after)
        loss = rows * log_loss(special.expit(slope * z + shift), *after)
        if best is None or loss < best[0] - _CLEARLY:
            spread, _ = calibration_spread(z, slope, shift, *after)
            best = (loss, ridge, variance, slope, spread)

    broken = int(early.damaged.sum() + late.damaged.sum())
    usual = _USUAL if broken >= _MANY else _CAREFUL
    judge(*usual)
    for ridge in _RIDGES:
        if ridge != usual[0]:
            judge(ridge, usual[1])
    assert best is not None
    ridge = best[1]
    for variance in _VARIANCES:
        if variance != usual[1]:
            judge(ridge, variance)
    return best[1:]


class _Fit(NamedTuple):
    """Coefficients and what goes with them; arrays are [products], z [products, levels]."""

    model: Ordinal
    modes: Floats
    effects: Floats
    spread: Floats
    packers: Packers
    chosen: Floats
    z: Floats


def _fitted(
    features: sparse.csr_array,
    whole: Floats,
    damaged: Floats,
    ridge: float,
    variance: float,
    settings: Settings,
) -> _Fit:
    """Coefficients, and products' effects: each found while the other is held."""
    every = whole + damaged
    sent = np.flatnonzero(every.sum(axis=1) > 0)
    rows, real = features[sent], (whole[sent], damaged[sent])
    copies = settings.copies if settings.copies is not None else usual_copies(damaged.sum())
    counts = augmented(*real, copies)
    packers = Packers.of(features, every)
    chosen = packers.choice(features, every)
    habit = packers.habit(features, chosen)
    some = np.zeros(len(sent))
    usual = USUAL_STEP if _unsaid(*real) else None
    model: Ordinal | None = None
    for _ in range(1 if variance == 0 else 3):
        model = fit_ordinal(
            rows,
            *counts,
            ridge=ridge,
            hold=_HOLD,
            habit=habit[sent],
            constrained=settings.constrained,
            offset=some,
            start=model,
            usual=usual,
        )
        some = product_effects(model.logits(rows, habit[sent]), *real, variance)
    assert model is not None
    modes = np.zeros(features.shape[0])
    modes[sent] = some
    z = model.logits(features, habit)
    if variance == 0:
        return _Fit(model, modes, modes, np.zeros_like(modes), packers, chosen, z)
    p = special.expit(z + modes[:, None])
    told = (every * p * (1 - p)).sum(axis=1)
    squared = 1 / (told + 1 / variance)
    effects = modes + (squared - variance) / 2
    return _Fit(model, modes, effects, np.sqrt(squared), packers, chosen, z + effects[:, None])
