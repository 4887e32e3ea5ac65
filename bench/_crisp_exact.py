"""Contact risk beside enumeration: the joint law of all traces, and every marginal."""

from __future__ import annotations

import numpy as np

from _report import Row


def exact(rows: list[Row], worlds: int, copies: int) -> None:
    """Compare joint traces of random worlds with enumeration."""
    from scipy.stats import chi2

    from health.enumeration import joint, random_case, states
    from health.worlds import joint_distance, together

    random = np.random.default_rng(0)
    for name, law in (("both priors: exposed", {}), ("susceptible", {"first_day": "susceptible"})):
        cases = [random_case(random, days=6, **law) for _ in range(worlds)]
        oracles = [joint(case) for case in cases]
        crisp, begins = together(cases, copies)
        for threads in (1, 2):
            # Twenty sweeps lie between states, many times the autocorrelation of such worlds.
            kept = crisp.sample(5, burn_in=60, thin=20, seed=1, chains=1, threads=threads).traces
            total = freedom = worst = 0.0
            for case, begin, oracle in zip(cases, begins, oracles, strict=True):
                drawn = kept[:, begin : begin + copies * case.people]
                drawn = drawn.reshape(-1, case.people, 3)
                distance, df = joint_distance(case, drawn, oracle)
                total, freedom = total + distance, freedom + df
                share, truth = states(drawn, 6), states(oracle[0], 6)
                for s in range(4):
                    p = (oracle[1][:, None, None] * (truth == s)).sum(0)
                    z = ((share == s).mean(0) - p) / np.sqrt(p * (1 - p) / len(drawn) + 1e-9)
                    large = np.minimum(p, 1 - p) * len(drawn) > 20
                    worst = max(worst, float(np.abs(z[large]).max(initial=0)))
            case_name = f"{name}, {worlds} worlds x {5 * copies}, {threads} thread(s)"
            p_value = float(chi2.sf(total, freedom))
            rows.append(Row(case_name, "p-value of all joint laws", "higher", p_value))
            rows.append(Row(case_name, "largest |z| of a marginal", "lower", worst))
