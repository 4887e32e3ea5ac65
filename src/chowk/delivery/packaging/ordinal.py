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


@dataclass(frozen=True, slots=True)
class Ordinal:
    """Coefficients of the damage model over L levels of strength and F features.

    Parameters
    ----------
    intercept : a.
    free : beta [F].
    steps : gamma [L - 1], what the k-th step of strength is worth to every product.
    slopes : u [F, L - 1], what it is worth beyond that, by feature.
    """

    intercept: float
    free: Floats
    steps: Floats
    slopes: Floats

    def logits(self, features: sparse.csr_array) -> Floats:
        """Log-odds of damage [products, levels].

        logit p(i, l) = a + beta . x_i + sum over k = l ... L - 1 of (gamma_k + u_k . x_i)

        With x >= 0, gamma >= 0 and u >= 0 each summand is at least zero, so the sum over fewer of
        them is no larger: p never rises with l. Sums and products of floats are monotone too, so
        this holds to the last bit.
        """
        base = self.intercept + features @ self.free
        worth = self.steps + features @ self.slopes
        found = np.empty((len(base), len(self.steps) + 1))
        found[:, -1] = 0.0
        found[:, :-1] = np.cumsum(worth[:, ::-1], axis=1)[:, ::-1]
        found += base[:, None]
        return found

    def packed(self) -> Floats:
        """All coefficients as one vector."""
        return np.concatenate([[self.intercept], self.free, self.steps, self.slopes.ravel()])

    @classmethod
    def unpacked(cls, vector: Floats, features: int, levels: int) -> Ordinal:
        """The model whose `packed` is `vector`."""
        free, steps = 1 + features, 1 + features + levels - 1
        return cls(
            float(vector[0]),
            vector[1:free],
            vector[free:steps],
            vector[steps:].reshape(features, levels - 1),
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
    constrained: bool = True,
    offset: Floats | None = None,
    start: Ordinal | None = None,
    iterations: int = 200,
) -> Ordinal:
    """The coefficients that minimise the penalised log-loss; convex, so there is one minimum.

    sum over i, l of [ damaged log(1 + e^-z) + whole log(1 + e^z) ] + ridge / 2 (|beta|^2 + |u|^2)

    by L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995) under gamma >= 0 and u >= 0.

    Parameters
    ----------
    features : [products, F], at least zero.
    whole, damaged : weights [products, levels].
    ridge : above 0.
    constrained : False leaves the signs free, which is only good for showing why they are not.
    offset : log-odds of each product that are known beforehand.
    start : where to begin; near the answer saves time.
    """
    n, width = features.shape
    levels = whole.shape[1]
    transposed = sparse.csr_array(features.T)
    weight = whole + damaged
    total = max(float(weight.sum()), 1.0)
    known = np.zeros(n) if offset is None else offset

    def loss(vector: Floats) -> tuple[float, Floats]:
        model = Ordinal.unpacked(vector, width, levels)
        z = model.logits(features) + known[:, None]
        # log(1 + e^z) once serves both sides: log(1 + e^-z) is that minus z.
        value = float((weight * np.logaddexp(0.0, z)).sum() - (damaged * z).sum())
        slope = weight * special.expit(z) - damaged
        along = np.cumsum(slope, axis=1)
        gradient = np.concatenate(
            [
                [slope.sum()],
                transposed @ along[:, -1] + ridge * model.free,
                along[:, :-1].sum(axis=0),
                (transposed @ along[:, :-1] + ridge * model.slopes).ravel(),
            ]
        )
        value += ridge / 2 * float((model.free**2).sum() + (model.slopes**2).sum())
        return value / total, gradient / total

    if start is None:
        rate = (damaged.sum() + 0.5) / (total + 1.0)
        begin = np.zeros(1 + width + (levels - 1) * (1 + width))
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

    One map for all levels, with a rising slope, keeps their order. Source: Platt 1999; a weak
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
        return fit + 2.0 * float(pair[0] ** 2) + 0.5 * float(pair[1] ** 2)

    solved: Any = optimize.minimize(loss, np.zeros(2), method="L-BFGS-B")
    return float(np.exp(solved.x[0])), float(solved.x[1])


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
