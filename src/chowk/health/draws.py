"""One person's whole trace, drawn from its exact conditional law given everybody else's.

In go the model, the state and three uniform numbers; out comes a new trace. Source: the block-Gibbs
conditional of arXiv 2006.04942, summed in three stages instead of over all traces. Hazards are
eta = -log(1 - p), so that P(no infection) = exp(-sum of hazards).
"""

from __future__ import annotations

import math

from .arrays import Codes, Floats, Model, State, Work
from .compiling import compiled

_NEVER = -1000.0  # disease.NEVER, a constant to the compiler
_RANGE = 300.0  # beyond e^300 the sums are done with logarithms


@compiled
def log_infected(hazard: float) -> float:
    """log(1 - exp(-hazard))."""
    if hazard <= 0.0:
        return _NEVER
    return max(math.log(-math.expm1(-hazard)), _NEVER)


@compiled
def pressure_on(
    model: Model, state: State, person: int, day: int, without: int, skip: int
) -> float:
    """Hazard on `person` on `day` from infectious contacts, but for `without` and `skip`."""
    row = person * model.days + day
    total = float(model.unseen[row]) if len(model.unseen) > 0 else 0.0
    many = len(model.code) > 0
    for c in range(model.indptr[row], model.indptr[row + 1]):
        other = model.neighbour[c]
        if state.i[other] <= day and day < state.r[other] and other != without and other != skip:
            total += model.hazard[model.code[c]] if many else model.hazard[0]
    return total


@compiled
def day_terms(
    person: int, model: Model, state: State, skip: int, work: Work, touched: Codes
) -> int:
    """What each day says about `person`, into `work`; contacts with `skip` are left out.

    `pressure[d]` is the hazard from infectious contacts on day d of the stay; `gain[d]` is the
    log-likelihood of everything else if `person` is infectious on day d, less that if not::

        gain[d] = sum of test ratios on d
                + for each v met on d:  -eta_uv                        v stays susceptible
                                        log f(m + eta_uv) - log f(m)   v is infected that night
                                        0                              v is not susceptible

    with f(m) = 1 - exp(-(outside + m)) and m the hazard on v from its other infectious contacts.
    The people who were infected on the night after meeting `person` are written into `touched`
    as far as it has room; their number is returned: on them, and on nothing else outside the
    people met, does the law of a second person's trace hang together with this one's.
    """
    first = int(model.first[person])
    length = int(model.end[person]) - first
    many = len(model.code) > 0
    only = model.hazard[0]
    found = 0
    start = person * model.days + first
    for d in range(length):
        t = first + d
        pressure = float(model.unseen[start + d]) if len(model.unseen) > 0 else 0.0
        gain = 0.0
        begin = model.indptr[start + d]
        stop = model.indptr[start + d + 1]
        for c in range(begin, stop):
            v = model.neighbour[c]
            infected = state.e[v]
            if infected > t + 1:
                if v != skip:
                    gain -= model.hazard[model.code[c]] if many else only
            elif infected == t + 1:
                if v == skip or infected == model.end[v]:
                    continue
                if c > begin and model.neighbour[c - 1] == v:
                    continue  # counted with the pair's first row of the day
                x = model.hazard[model.code[c]] if many else only
                more = c + 1
                while more < stop and model.neighbour[more] == v:
                    x += model.hazard[model.code[more]] if many else only
                    more += 1
                m = model.outside + pressure_on(model, state, v, t, person, skip)
                gain += log_infected(m + x) - log_infected(m)
                if found < len(touched):
                    touched[found] = v
                found += 1
            elif state.i[v] <= t and t < state.r[v] and v != skip:
                pressure += model.hazard[model.code[c]] if many else only
        work.pressure[d] = pressure
        work.gain[d] = gain
    for k in range(model.test_indptr[person], model.test_indptr[person + 1]):
        work.gain[model.test_day[k] - first] += model.test_ratio[k]
    return found


@compiled
def entered(person: int, model: Model) -> bool:
    """Whether what `person` was on the first day is known from a history that was summed up."""
    return len(model.entry) > 0 and model.entry[person, 0] >= 0.0


@compiled
def entry_value(k: int, length: int, model: Model, work: Work, logs: bool) -> float:
    """How much the days of the stay speak for entering it in the `k`-th way of `Model.entry`."""
    n_e = len(model.q_e)
    if k == 0:
        return 0.0 if logs else 1.0
    if k <= n_e:
        if k - 1 < length:
            return float(work.from_i[k - 1])
        return 0.0 if logs else 1.0
    at = min(k - 1 - n_e, length)
    if logs:
        return float(work.cumulated[at])
    return float(work.growth[at] / work.growth[0])


@compiled
def _entry_weight(
    person: int, length: int, model: Model, work: Work, logs: bool
) -> tuple[float, float]:
    """The summed weight of all ways to enter infected, and P(S); logarithms when `logs`."""
    total = 0.0
    known = 0.0
    best = -math.inf
    if logs:
        for k in range(model.entry.shape[1]):
            if model.entry[person, k] > 0.0:
                best = max(best, entry_value(k, length, model, work, logs))
    for k in range(model.entry.shape[1]):
        p = model.entry[person, k]
        if p > 0.0:
            value = entry_value(k, length, model, work, logs)
            total += p * (math.exp(value - best) if logs else value)
            known += p
    healthy = max(1.0 - known, 0.0)
    if not logs:
        return total, healthy
    return (
        best + math.log(total) if total > 0.0 else _NEVER,
        math.log(healthy) if healthy > 0.0 else _NEVER,
    )


@compiled
def stages(person: int, length: int, model: Model, work: Work) -> tuple[bool, float]:
    """Sum the weights of all traces stage by stage, in days x (incubation + infectious support).

    With C the prefix sums of `gain`, days counted from the person's first, n = `length`::

        from_i[b] = sum_k q_I(k) exp(C[b+k] - C[b])  +  P(I >= n-b) exp(C[n] - C[b])
        from_e[a] = sum_k q_E(k) from_i[a+k]         +  P(E >= n-a)
        weight[0] = P(infected on the first day) from_e[0]
        weight[a] = P(not) exp(-H[a-1]) (1 - exp(-h[a-1])) from_e[a],      weight[n]: never

    where h[d] = outside + pressure[d] and H[a] = sum of h[d] over d < a; weight[0] of a person who
    `entered` sums the ways in which he did. Gives whether logarithms
    were needed (then all three arrays hold logarithms), and the logarithm of the total.
    """
    cumulated, growth = work.cumulated, work.growth
    from_i, from_e, weight = work.from_i, work.from_e, work.weight
    cumulated[0] = 0.0
    low = 0.0
    high = 0.0
    total_hazard = 0.0
    for d in range(length):
        cumulated[d + 1] = cumulated[d] + work.gain[d]
        low = min(low, cumulated[d + 1])
        high = max(high, cumulated[d + 1])
        total_hazard += model.outside + work.pressure[d]
    if high - low > _RANGE or total_hazard > _RANGE or model.log_not_first < -_RANGE or length < 1:
        return True, _log_stages(person, length, model, work)
    for d in range(length + 1):
        growth[d] = math.exp(cumulated[d] - low)
    n_e = len(model.q_e)
    n_i = len(model.q_i)
    for b in range(length):
        from_i[b] = model.tail_i[length - b] * growth[length]
    for k in range(min(n_i, length)):
        q = model.q_i[k]
        if q > 0.0:
            for b in range(length - k):
                from_i[b] += q * growth[b + k]
    for b in range(length):
        from_i[b] /= growth[b]
        from_e[b] = model.tail_e[length - b]
    for k in range(min(n_e, length)):
        q = model.q_e[k]
        if q > 0.0:
            for a in range(length - k):
                from_e[a] += q * from_i[a + k]
    weight[0] = math.exp(model.log_first) * from_e[0]
    escaped = math.exp(model.log_not_first)
    if entered(person, model):
        weight[0], escaped = _entry_weight(person, length, model, work, False)
    total = weight[0]
    outside_escape = math.exp(-model.outside)
    outside_catch = -math.expm1(-model.outside)
    for a in range(1, length):
        pressure = work.pressure[a - 1]
        if pressure == 0.0:
            weight[a] = escaped * outside_catch * from_e[a]
            escaped *= outside_escape
        else:
            hazard = model.outside + pressure
            weight[a] = escaped * -math.expm1(-hazard) * from_e[a]
            escaped *= math.exp(-hazard)
        total += weight[a]
    weight[length] = escaped
    return False, math.log(total + escaped)


@compiled
def _log_stages(person: int, length: int, model: Model, work: Work) -> float:
    """`stages` with logarithms, for weights whose range a float cannot hold."""
    cumulated, from_i, from_e, weight = work.cumulated, work.from_i, work.from_e, work.weight
    n_e = len(model.q_e)
    n_i = len(model.q_i)
    for b in range(length):
        best = -math.inf
        for k in range(min(n_i, length - b)):
            if model.q_i[k] > 0.0:
                best = max(best, cumulated[b + k])
        if model.tail_i[length - b] > 0.0:
            best = max(best, cumulated[length])
        total = model.tail_i[length - b] * math.exp(min(cumulated[length] - best, 0.0))
        for k in range(min(n_i, length - b)):
            if model.q_i[k] > 0.0:
                total += model.q_i[k] * math.exp(cumulated[b + k] - best)
        from_i[b] = best - cumulated[b] + math.log(total)
    for a in range(length):
        best = -math.inf
        for k in range(min(n_e, length - a)):
            if model.q_e[k] > 0.0:
                best = max(best, from_i[a + k])
        if model.tail_e[length - a] > 0.0:
            best = max(best, 0.0)
        total = model.tail_e[length - a] * math.exp(min(-best, 0.0))
        for k in range(min(n_e, length - a)):
            if model.q_e[k] > 0.0:
                total += model.q_e[k] * math.exp(from_i[a + k] - best)
        from_e[a] = best + math.log(total)
    if length > 0:
        weight[0] = model.log_first + from_e[0]
    escaped = model.log_not_first if length > 0 else 0.0
    if length > 0 and entered(person, model):
        weight[0], escaped = _entry_weight(person, length, model, work, True)
    for a in range(1, length):
        hazard = model.outside + work.pressure[a - 1]
        weight[a] = escaped + log_infected(hazard) + from_e[a]
        escaped -= hazard
    weight[length] = escaped
    best = weight[0]
    for a in range(1, length + 1):
        best = max(best, weight[a])
    total = 0.0
    for a in range(length + 1):
        total += math.exp(weight[a] - best)
    return float(best + math.log(total))


@compiled
def choose(
    person: int,
    length: int,
    model: Model,
    work: Work,
    logs: bool,
    one: float,
    two: float,
    three: float,
) -> tuple[int, int, int]:
    """The trace at three uniform numbers: first day exposed, infectious, recovered (or length)."""
    best = 0.0
    if logs:
        best = work.weight[0]
        for a in range(1, length + 1):
            best = max(best, work.weight[a])
    total = 0.0
    for a in range(length + 1):
        total += math.exp(work.weight[a] - best) if logs else work.weight[a]
    left = one * total
    exposed = length
    for a in range(length + 1):
        w = math.exp(work.weight[a] - best) if logs else work.weight[a]
        if w > 0.0:
            exposed = a
            left -= w
            if left < 0.0:
                break
    if exposed == length:
        return length, length, length
    certain = 0.0 if logs else 1.0
    if exposed == 0 and entered(person, model):
        way = _enter(person, length, model, work, logs, two)
        n_e = len(model.q_e)
        if way == 0:
            return 0, 0, 0
        if way > n_e:
            return 0, 0, min(way - 1 - n_e, length)
        infectious = min(way - 1, length)
    else:
        infectious = _stay(
            exposed, length, model.q_e, model.tail_e, work.from_i, certain, logs, two
        )
    if infectious == length:
        return exposed, length, length
    value = work.cumulated if logs else work.growth
    at_end = value[length]
    recovered = _stay(infectious, length, model.q_i, model.tail_i, value, at_end, logs, three)
    return exposed, infectious, recovered


@compiled
def _enter(person: int, length: int, model: Model, work: Work, logs: bool, uniform: float) -> int:
    """In which way of `Model.entry` a person entered infected."""
    best = 0.0
    if logs:
        best = -math.inf
        for k in range(model.entry.shape[1]):
            if model.entry[person, k] > 0.0:
                best = max(best, entry_value(k, length, model, work, logs))
    total = 0.0
    for k in range(model.entry.shape[1]):
        p = model.entry[person, k]
        if p > 0.0:
            value = entry_value(k, length, model, work, logs)
            total += p * (math.exp(value - best) if logs else value)
    left = uniform * total
    way = 0
    for k in range(model.entry.shape[1]):
        p = model.entry[person, k]
        if p > 0.0:
            value = entry_value(k, length, model, work, logs)
            way = k
            left -= p * (math.exp(value - best) if logs else value)
            if left < 0.0:
                break
    return way


@compiled
def _stay(
    begin: int,
    length: int,
    q: Floats,
    tail: Floats,
    value: Floats,
    end_value: float,
    logs: bool,
    uniform: float,
) -> int:
    """When a stage that began at `begin` ends: at begin + k with weight q(k) value[begin + k],
    or not before the person's last day, with weight tail * end_value."""
    most = min(len(q), length - begin)
    best = 0.0
    if logs:
        best = end_value if tail[length - begin] > 0.0 else -math.inf
        for k in range(most):
            if q[k] > 0.0:
                best = max(best, value[begin + k])
    last = math.exp(min(end_value - best, 0.0)) if logs else end_value
    last *= tail[length - begin]
    total = last
    for k in range(most):
        if q[k] > 0.0:
            total += q[k] * (math.exp(value[begin + k] - best) if logs else value[begin + k])
    left = uniform * total
    chosen = length
    for k in range(most):
        w = 0.0
        if q[k] > 0.0:
            w = q[k] * (math.exp(value[begin + k] - best) if logs else value[begin + k])
        if w > 0.0:
            chosen = begin + k
            left -= w
            if left < 0.0:
                return chosen
    if last > 0.0:
        return length
    return chosen


@compiled
def draw(
    person: int,
    model: Model,
    state: State,
    work: Work,
    touched: Codes,
    uniforms: Floats,
) -> tuple[int, int, int, int]:
    """A new trace of `person` in days of the calendar, and how many people it touched."""
    found = day_terms(person, model, state, -1, work, touched)
    first = int(model.first[person])
    length = int(model.end[person]) - first
    logs, _ = stages(person, length, model, work)
    e, i, r = choose(person, length, model, work, logs, uniforms[0], uniforms[1], uniforms[2])
    return first + e, first + i, first + r, found
