"""Learning the damage model from a history: strengths chosen on later shipments, then all of it.

The last fifth of the shipments in time chooses the ridge and how much a product's own history may
say, and calibrates; the model is then fitted on everything. Replicates on resampled products say
how sure a difference between two packages is (a cluster bootstrap: Davison and Hinkley 1997).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse, special

from .goods import Floats, Goods
from .history import History
from .ordinal import (
    Ordinal,
    augmented,
    calibration_spread,
    fit_calibration,
    fit_ordinal,
    fit_shift,
    log_loss,
    packers_choice,
    product_effects,
)
from .packages import Packages

#: Fewer damaged parcels than this on either side of the cut choose and calibrate nothing.
_ENOUGH = 20
_RIDGES = (16.0, 64.0, 256.0)
_VARIANCES = (0.0, 0.1, 0.3, 1.0)
#: Ridge and variance unless others are clearly better, by so much log-likelihood: the later rows
#: hold few damaged parcels, and the best of many by chance is no better.
_USUAL = (16.0, 0.3)
_CLEARLY = 2.0
#: The same with fewer damaged parcels than this, of which the features say less.
_MANY = 400
_CAREFUL = (256.0, 0.1)
#: Standard error of a slope's logarithm before any row has been seen.
_UNKNOWN_SLOPE = 20.0**-0.5


#: Weight of an implied parcel. With 0.01 and more the flimsy packages look worse than they are,
#: and with none the steps of strength are told from too few products (both on other seeds).
COPIES = 0.003


@dataclass(frozen=True, slots=True)
class Settings:
    """What the learning is told: see `PackageRecommender`."""

    copies: float = COPIES
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
    effects : log-odds [products that were sent or not], in the order of the goods it was fitted on.
    spread : standard deviation of each effect.
    chosen : r of `packers_choice`, in the same order.
    ridge, variance : as chosen; `variance` 0 leaves a product's own history out.
    replicates : further models, each fitted on resampled products, every other one without copies.
    notes : what could not be done, in sentences.
    """

    model: Ordinal
    slope: float
    shift: float
    effects: Floats
    spread: Floats
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
        z = (model or self.model).logits(features, chosen) + effects[:, None]
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
    model, effects, chosen = _fitted(features, whole, damaged, ridge, variance, settings)
    # Later rows say how far to trust a difference; how many break in all, everything says better.
    z = model.logits(features, chosen) + effects[:, None]
    shift = fit_shift(slope * z, whole, damaged)
    p = special.expit(z)
    told = ((whole + damaged) * p * (1 - p)).sum(axis=1)
    spread = np.sqrt(1 / (told + 1 / variance)) if variance > 0 else np.zeros(len(goods))
    _, pivot = calibration_spread(z, slope, shift, whole, damaged)
    found = Damage(
        model,
        slope,
        shift,
        effects,
        spread,
        chosen,
        slope_spread,
        pivot,
        ridge,
        variance,
        notes=notes,
    )
    rng = np.random.default_rng(settings.seed)
    sent = np.flatnonzero((whole + damaged).sum(axis=1) > 0)
    rows = features[sent]
    for number in range(settings.replicates):
        # Every other one does without the copies: what they add is an assumption, and how much
        # hangs on it is part of the doubt.
        copies = settings.copies if number % 2 else 0.0
        times = rng.poisson(1.0, size=len(sent))[:, None].astype(np.float64)
        counts = augmented(whole[sent] * times, damaged[sent] * times, copies)
        found.replicates.append(
            fit_ordinal(
                rows,
                *counts,
                ridge=ridge,
                chosen=chosen[sent],
                constrained=settings.constrained,
                offset=effects[sent],
                start=model,
                iterations=25,
            )
        )
    return found


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
        model, effects, chosen = _fitted(features, *seen, ridge, variance, settings)
        z = model.logits(features[judged], chosen[judged]) + effects[judged, None]
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


def _fitted(
    features: sparse.csr_array,
    whole: Floats,
    damaged: Floats,
    ridge: float,
    variance: float,
    settings: Settings,
) -> tuple[Ordinal, Floats, Floats]:
    """Coefficients, products' effects (each found while the other is held), packers' choice."""
    sent = np.flatnonzero((whole + damaged).sum(axis=1) > 0)
    rows, real = features[sent], (whole[sent], damaged[sent])
    counts = augmented(*real, settings.copies)
    effects = np.zeros(len(sent))
    choice = packers_choice(features, whole + damaged)
    model: Ordinal | None = None
    for _ in range(1 if variance == 0 else 3):
        model = fit_ordinal(
            rows,
            *counts,
            ridge=ridge,
            chosen=choice[sent],
            constrained=settings.constrained,
            offset=effects,
            start=model,
        )
        effects = product_effects(model.logits(rows, choice[sent]), *real, variance)
    assert model is not None
    every = np.zeros(features.shape[0])
    every[sent] = effects
    return model, every, choice
