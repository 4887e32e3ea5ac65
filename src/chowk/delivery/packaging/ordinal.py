"""The damage model: a linear model whose signs keep the order of the packages.

In go non-negative features of products, and how many parcels of each arrived whole and damaged at
each level of strength; out come probabilities that never rise with strength, for every product,
seen or not. After the idea of Gurumoorthy, Sanyal and Chaoji 2020, "Think out of the package"
(ECML-PKDD): sign constraints for ordinality, and damage copied to weaker packages. Its equations
are not reproduced here; these are our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, sparse, special

from .goods import Floats

#: How strongly what tells one step from another is held back.
_APART = 80.0
#: Ridge and hold of the packers' habit, which stands for all that they saw.
_HABIT_RIDGE, _HABIT_HOLD = 1.0, 4.0
#: What a step of strength is taken to be worth where the history cannot say, in log-odds, and how
#: strongly it is drawn there: a third fewer break, give or take. An assumption, not a measurement.
USUAL_STEP, _STEP_PULL = 0.4, 4.0
#: How strongly a calibration's slope is drawn to 1.
_SLOPE_PULL = 20.0


@dataclass(frozen=True, slots=True)
class Ordinal:
    """Coefficients of the damage model over L levels of strength and F features.

    Parameters
    ----------
    intercept : a.
    free : beta [F], the packers' habit last where the model has one.
    step : gamma, what every step of strength is worth to every product.
    steps : delta [L - 1], what the k-th step is worth beyond that.
    slope : v [F], what every step is worth beyond that, by feature.
    slopes : u [F, L - 1], what the k-th step is worth beyond that, by feature.
    """

    intercept: float
    free: Floats
    step: float
    steps: Floats
    slope: Floats
    slopes: Floats

    def logits(self, features: sparse.csr_array, habit: Floats | None = None) -> Floats:
        """Log-odds of damage [products, levels].

        logit p(i, l) = a + beta . x_i
                        + sum over k = l ... L - 1 of (gamma + delta_k + (v + u_k) . x_i)

        With x, gamma, delta, v and u at least zero each summand is at least zero, so the sum over
        fewer of them is no larger: p never rises with l. Sums and products of floats are monotone
        too, so this holds to the last bit.

        Parameters
        ----------
        features : the first columns of x, at least zero.
        habit : the other columns of x [products, E], at least zero; None where there are none.
        """
        whole = np.column_stack([self.slope[:, None] + self.slopes, self.free])
        width = features.shape[1]
        found = np.asarray(features @ whole[:width])
        if habit is not None:
            found += habit @ whole[width:]
        base = self.intercept + found[:, -1]
        found[:, :-1] += self.step + self.steps
        found[:, -1] = 0.0
        found = np.cumsum(found[:, ::-1], axis=1)[:, ::-1]
        found += base[:, None]
        return found

    def packed(self) -> Floats:
        """All coefficients as one vector."""
        return np.concatenate(
            [
                [self.intercept],
                self.free,
                [self.step],
                self.steps,
                self.slope,
                self.slopes.ravel(),
            ]
        )

    @classmethod
    def unpacked(cls, vector: Floats, features: int, levels: int) -> Ordinal:
        """The model whose `packed` is `vector`; `features` counts the habit too."""
        ends = np.cumsum([1, features, 1, levels - 1, features])
        start, free, step, steps, slope, slopes = np.split(vector, ends)
        return cls(
            float(start[0]),
            free,
            float(step[0]),
            steps,
            slope,
            slopes.reshape(features, levels - 1),
        )


def augmented(whole: Floats, damaged: Floats, copies: float) -> tuple[Floats, Floats]:
    """Counts with what they imply: damaged, so also in anything weaker; whole, so in stronger.

    Parameters
    ----------
    whole, damaged : parcels [products, levels].
    copies : the weight of an implied parcel, in [0, 1]; a real one has 1.

    Examples
    --------
    >>> whole, damaged = augmented(np.array([[3., 0., 0.]]), np.array([[0., 0., 1.]]), 0.5)
    >>> whole, damaged
    (array([[3. , 1.5, 1.5]]), array([[0.5, 0.5, 1. ]]))
    """
    weaker = np.cumsum(damaged[:, ::-1], axis=1)[:, ::-1] - damaged
    stronger = np.cumsum(whole, axis=1) - whole
    return whole + copies * stronger, damaged + copies * weaker


def fit_ordinal(
    features: sparse.csr_array,
    whole: Floats,
    damaged: Floats,
    *,
    ridge: float,
    hold: float,
    habit: Floats | None = None,
    constrained: bool = True,
    offset: Floats | None = None,
    start: Ordinal | None = None,
    iterations: int = 200,
    usual: float | None = None,
) -> Ordinal:
    """The coefficients that minimise the penalised log-loss; convex, so there is one minimum.

    sum over i, l of [ damaged log(1 + e^-z) + whole log(1 + e^z) ]
    + sum over features f of [ ridge_f / 2 beta_f^2 + hold_f / 2 v_f^2 ] + 40 (|u|^2 + |delta|^2)

    by L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995) under gamma, delta, v, u >= 0. What a feature says
    of strength (v) is held far more than what it says of damage, because few products were sent in
    many packages; the packers' habit is held little (`ridge` 1 and `hold` 4), so that it takes on
    itself what they packed strongly and why.

    Parameters
    ----------
    features : [products, F], at least zero.
    whole, damaged : weights [products, levels].
    ridge, hold : above 0, of the features.
    habit : further columns of `Packers.habit`, or None.
    constrained : False leaves the signs free, which is only good for showing why they are not.
    offset : log-odds of each product that are known beforehand.
    start : where to begin; near the answer saves time.
    usual : what gamma is drawn to, 2 (gamma - usual)^2, where the history cannot tell it; None
        leaves it free.
    """
    n, own = features.shape
    extra = np.zeros((n, 0)) if habit is None else habit
    width, levels = own + extra.shape[1], whole.shape[1]
    transposed = sparse.csr_array(features.T)
    weight = whole + damaged
    total = max(float(weight.sum()), 1.0)
    known = np.zeros(n) if offset is None else offset
    ridges = np.concatenate([np.full(own, ridge), np.full(width - own, _HABIT_RIDGE)])
    holds = np.concatenate([np.full(own, hold), np.full(width - own, _HABIT_HOLD)])
    centre, pull = (0.0, 0.0) if usual is None else (usual, _STEP_PULL)

    def loss(vector: Floats) -> tuple[float, Floats]:
        model = Ordinal.unpacked(vector, width, levels)
        z = model.logits(features, extra) + known[:, None]
        # log(1 + e^z) once serves both sides: log(1 + e^-z) is that minus z.
        value = float((weight * np.logaddexp(0.0, z)).sum() - (damaged * z).sum())
        along = np.cumsum(weight * special.expit(z) - damaged, axis=1)
        by_feature = np.concatenate([transposed @ along, extra.T @ along])
        steps, by_step = along[:, :-1], by_feature[:, :-1]
        gradient = np.concatenate(
            [
                [along[:, -1].sum()],
                by_feature[:, -1] + ridges * model.free,
                [steps.sum() + pull * (model.step - centre)],
                steps.sum(axis=0) + _APART * model.steps,
                by_step.sum(axis=1) + holds * model.slope,
                (by_step + _APART * model.slopes).ravel(),
            ]
        )
        value += float(ridges @ model.free**2 + holds @ model.slope**2) / 2
        value += _APART / 2 * float((model.slopes**2).sum() + (model.steps**2).sum())
        value += pull / 2 * (model.step - centre) ** 2
        return value / total, gradient / total

    if start is None:
        rate = (damaged.sum() + 0.5) / (total + 1.0)
        begin = np.zeros(1 + width + 1 + (levels - 1) + width * levels)
        begin[0] = np.log(rate / (1 - rate))
    else:
        begin = start.packed()
    lower = np.full(len(begin), -np.inf)
    if constrained:
        lower[1 + width :] = 0.0
    solved: Any = optimize.minimize(
        loss,
        begin,
        jac=True,
        method="L-BFGS-B",
        bounds=optimize.Bounds(lower, np.inf),
        options={"maxiter": iterations, "ftol": 1e-8, "gtol": 1e-6, "maxcor": 20},
    )
    return Ordinal.unpacked(np.asarray(solved.x), width, levels)


def product_effects(z: Floats, whole: Floats, damaged: Floats, variance: float) -> Floats:
    """What a product's own history adds to its log-odds, alike in every package [products].

    The mode of  sum_l [ damaged log p + whole log(1 - p) ] - d^2 / (2 variance),  p = s(z + d),
    by Newton's method. It shifts all levels of a product together, so their order stands.

    Examples
    --------
    >>> product_effects(np.zeros((2, 1)), np.array([[0.], [0.]]), np.array([[0.], [9.]]), 1.0) > 0
    array([False,  True])
    """
    effect = np.zeros(len(z))
    if variance <= 0:
        return effect
    weight = whole + damaged
    for _ in range(12):
        p = special.expit(z + effect[:, None])
        gradient = (damaged - weight * p).sum(axis=1) - effect / variance
        curvature = (weight * p * (1 - p)).sum(axis=1) + 1 / variance
        effect += np.clip(gradient / curvature, -2.0, 2.0)
    return effect


def fit_calibration(z: Floats, whole: Floats, damaged: Floats) -> tuple[float, float]:
    """Slope above zero and shift of Platt's map s(slope z + shift), on counts [products, levels].

    One map for all levels, with a rising slope, keeps their order. Source: Platt 1999; a
    pull to slope 1 and shift 0 stands for what few damaged parcels cannot say.

    Examples
    --------
    >>> z = np.array([[-1.0, 1.0]])
    >>> slope, shift = fit_calibration(z, np.array([[731., 269.]]), np.array([[269., 731.]]))
    >>> round(slope, 2), round(abs(shift), 2)
    (1.0, 0.0)
    """
    weight = whole + damaged

    def loss(pair: Floats) -> float:
        y = np.exp(pair[0]) * z + pair[1]
        fit = float((weight * np.logaddexp(0.0, y)).sum() - (damaged * y).sum())
        return fit + _SLOPE_PULL / 2 * float(pair[0] ** 2) + 0.5 * float(pair[1] ** 2)

    solved: Any = optimize.minimize(loss, np.zeros(2), method="L-BFGS-B")
    return float(np.exp(solved.x[0])), float(solved.x[1])


def calibration_spread(
    z: Floats, slope: float, shift: float, whole: Floats, damaged: Floats
) -> tuple[float, float]:
    """Standard error of the logarithm of the slope, and the z about which it turns.

    From the curvature of `fit_calibration`'s loss; about z = sum w z / sum w with w the information
    n p (1 - p) of each cell, slope and level are known apart from each other.

    Examples
    --------
    >>> z, many = np.array([[-1.0, 1.0]]), np.array([[4e4, 4e4]])
    >>> spread, pivot = calibration_spread(z, 1.0, 0.0, many, many)
    >>> round(spread, 4), round(abs(pivot), 4)
    (0.0056, 0.0)
    """
    p = special.expit(slope * z + shift)
    told = (whole + damaged) * p * (1 - p)
    total = max(float(told.sum()), 1e-12)
    pivot = float((told * z).sum()) / total
    known = float((told * (slope * (z - pivot)) ** 2).sum()) + _SLOPE_PULL
    return float(known**-0.5), pivot


def fit_shift(z: Floats, whole: Floats, damaged: Floats) -> float:
    """The shift at which the expected damages of counted parcels are those that happened.

    Examples
    --------
    >>> round(fit_shift(np.zeros((1, 1)), np.array([[731.]]), np.array([[269.]])), 2)
    -1.0
    """
    weight, wanted = whole + damaged, float(damaged.sum())

    def missing(shift: float) -> float:
        return float((weight * special.expit(z + shift)).sum()) - wanted

    return float(optimize.brentq(missing, -60.0, 60.0))


def log_loss(p: Floats, whole: Floats, damaged: Floats) -> float:
    """Mean log-loss of probabilities over counted parcels; the weight is the parcel."""
    p = np.clip(p, 1e-12, 1 - 1e-12)
    total = max(float((whole + damaged).sum()), 1.0)
    return float(-(damaged * np.log(p) + whole * np.log1p(-p)).sum() / total)
