"""Who is infected? The posterior of everybody's state on every day, from contacts and tests.

In go people, days, contacts and tests; out come sampled traces and the probabilities S, E, I, R by
person and day. Source: CRISP (Herbrich, Rastogi, Vollgraf, arXiv 2006.04942).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Literal, Self, Unpack

import numpy as np
from numpy.random import Generator, Philox, SeedSequence
from numpy.typing import ArrayLike

from chowk.errors import InputError, MissingExtraError, parameter

from . import plain
from .arrays import Codes, Floats, Model, State, healthy
from .compiling import AVAILABLE
from .disease import INCUBATION, INFECTIOUS, Disease, FirstDay, tails
from .hazards import PerContact, Transmission, levels_of
from .moving import moved_on
from .network import by_person_and_day
from .now import add_last_day_plainly, draw_and_add
from .possible import refuse_contradictions
from .presence import Unobserved, check_presence, read_presence, read_unobserved
from .records import Contacts, People, Tests, read_contacts, read_tests
from .runs import Run, Sampling, planned, whole
from .samples import Samples, Tally
from .sweeps import Groups, Sweeper, groups_of
from .transmission import Problem, TransmissionFit, features, solve, start_of, summed_up
from .window import shortened

Engine = Literal["auto", "numba", "numpy"]


class Crisp:
    """Infection risk from contacts and tests, by exact block-Gibbs sampling of whole traces.

    People move S -> E -> I -> R by days. A contact on day t with somebody infectious infects
    between t and t + 1 with probability p1, everybody is infected from outside with p0 a day, and
    only the infectious test positive (but for errors).

    Parameters
    ----------
    people : a count (ids are 0 … count - 1), or a list of ids.
    days : how many days there are; days count from 0.
    contacts : rows (person_a, person_b, day[, count]), a pair given once, repeated rows summed; or
        any frame with these columns and `channel`, `minutes`, `metres`, `indoors`.
    tests : rows (person, day, positive), or a frame whose columns `false_negative_rate` and
        `false_positive_rate` give a test its own rates: another kind of test, a symptom diary.
    incubation, infectious : probabilities of the days in E and in I, by number of days from 0.
    false_negative_rate, false_positive_rate : of a test, in [0, 1].
    p0 : P(infected from outside) a day. p1 : P(infected) a contact, or one number a channel.
    first_day : `exposed`: everybody is newly infected on his first day with probability
        `prevalence` (p0 when None); `susceptible`: everybody starts healthy.
    present : rows (person, first_day, last_day) of those who joined late or left early.
    unobserved : rows (person, day, probability): infection by contacts that nobody recorded, as
        `unrecorded` makes them for phones that are missing.
    transmission : gives contacts their hazards in place of p1, see `fit_transmission`.
    engine : `numba`, `numpy`, or `auto` for numba where it is installed.

    Raises
    ------
    InputError, ParameterError : a row or a number that breaks a rule; names the row.
    MissingExtraError : engine="numba" where it is not installed.

    Examples
    --------
    >>> crisp = Crisp(3, 7, [(0, 1, 1, 1), (1, 2, 3, 2)], [(0, 3, True)], p0=0.01, p1=0.3)
    >>> crisp.sample(100, burn_in=10, seed=1).states.shape
    (100, 3, 7)
    >>> risk = crisp.risk(6, samples=100, seed=1)
    >>> bool(risk[0] > risk[2])
    True
    """

    def __init__(
        self,
        people: int | Sequence[Any],
        days: int,
        contacts: Any = (),
        tests: Any = (),
        *,
        incubation: ArrayLike = INCUBATION,
        infectious: ArrayLike = INFECTIOUS,
        false_negative_rate: float = 0.001,
        false_positive_rate: float = 0.01,
        p0: float = 1e-4,
        p1: float | Mapping[str, float] = 0.025,
        first_day: FirstDay = "exposed",
        prevalence: float | None = None,
        present: Any = None,
        unobserved: Any = None,
        transmission: Transmission | None = None,
        engine: Engine = "auto",
    ) -> None:
        whole = isinstance(days, int | np.integer) and not isinstance(days, bool)
        if not whole or not 1 <= days < 2**15:
            raise parameter("Crisp", "days", "an int from 1 to 32767", days)
        if engine not in ("auto", "numba", "numpy"):
            raise parameter("Crisp", "engine", "'auto', 'numba' or 'numpy'", engine)
        if engine == "numba" and not AVAILABLE:
            raise MissingExtraError("The compiled sampler", "health")
        self.people = People(people)
        self.days = int(days)
        self.engine = "numba" if engine == "auto" and AVAILABLE else engine.replace("auto", "numpy")
        self.disease = Disease(
            incubation,  # type: ignore[arg-type]
            infectious,  # type: ignore[arg-type]
            false_negative_rate,
            false_positive_rate,
            p0,
            first_day,
            prevalence,
        )
        self.transmission = transmission if transmission is not None else PerContact(p1)
        self._first_day, self._last_day = read_presence(present, self.people, self.days)
        self.contacts = read_contacts(contacts, self.people, self.days)
        self.tests = read_tests(tests, self.people, self.days)
        self.unobserved = read_unobserved(unobserved, self.people, self.days)
        #: the day on which the window begins, and what people were then
        self.begin = 0
        self.entry = np.zeros((0, 1), dtype=np.float32)
        self._check(self.contacts, self.tests, self.unobserved, self._last_day)
        self.model = self._made()
        self._groups: Groups | None = None
        # The chains' states at the end of the last run, and those that the next one starts from.
        self._last: list[State] = []
        self._warm: list[State] | None = None

    def _check(self, contacts: Contacts, tests: Tests, unobserved: Unobserved, last: Codes) -> None:
        rows = (
            ("contacts", contacts.a, contacts.day),
            ("contacts", contacts.b, contacts.day),
            ("tests", tests.person, tests.day),
            ("unobserved", unobserved.person, unobserved.day),
        )
        check_presence(self.people, self._first_day, last, self.begin, rows)

    def _made(self) -> Model:
        n, days, disease = self.people.count, self.days, self.disease
        code, self.levels = levels_of(self.contacts)
        self.contact_codes = code
        indptr, neighbour, codes = by_person_and_day(
            n, days, self.contacts.a, self.contacts.b, self.contacts.day, code
        )
        order = np.argsort(self.tests.person, kind="stable")
        who = self.tests.person[order]
        return Model(
            days=days,
            indptr=indptr,
            neighbour=neighbour,
            code=codes,
            hazard=np.ascontiguousarray(self.transmission.hazards(self.levels), np.float64),
            test_indptr=np.searchsorted(who, np.arange(n + 1)).astype(np.int64),
            test_day=self.tests.day[order].astype(np.int16),
            test_ratio=disease.test_ratios(
                self.tests.positive[order],
                None if self.tests.rates is None else self.tests.rates[order],
            ),
            first=self._first_day.astype(np.int16),
            end=(self._last_day + 1).astype(np.int16),
            q_e=disease.q_e,
            tail_e=tails(disease.q_e, days),
            q_i=disease.q_i,
            tail_i=tails(disease.q_i, days),
            outside=disease.outside_hazard,
            log_first=disease.first_day_logs[0],
            log_not_first=disease.first_day_logs[1],
            unseen=self.unobserved.spread(n, days),
            entry=self.entry,
        )

    # -- day by day --------------------------------------------------------------------------------

    def advance(
        self,
        contacts: Any = (),
        tests: Any = (),
        *,
        days: int = 1,
        unobserved: Any = None,
        window: int | None = None,
        seed: int = 0,
    ) -> Self:
        """Add `days` days at the end, and contacts and tests of any day; gives this model back.

        The next call of `sample`, `marginals` or `risk` starts from where the chains of the last
        one were, moved on by a day, so that few sweeps of burn-in bring what a run from the start
        would give.

        Parameters
        ----------
        contacts, tests, unobserved : more rows, as in the constructor.
        days : how many days pass.
        window : days of history that are kept at least; older ones are summed up, person by person
            (see `chowk.health.window`), once they are half as many again, and cost nothing from
            then on. Their marginals are NaN, and no more rows can be added to them. Some 50 days
            hold an infection from its beginning to its end; all days when None.
        seed : of the moving on and the summing up.

        Raises
        ------
        InputError, ParameterError : as when the model was made; then nothing was added.

        Examples
        --------
        >>> crisp = Crisp(2, 3, [(0, 1, 1)], p0=0.01)
        >>> crisp.advance([(0, 1, 3)], [(0, 3, True)]).days
        4
        """
        if isinstance(days, bool) or not isinstance(days, int | np.integer) or days < 0:
            raise parameter("Crisp.advance", "days", "an int of at least 0", days)
        total = self.days + int(days)
        if total >= 2**15:
            raise parameter("Crisp.advance", "days", "so many that 32767 are not passed", days)
        if window is not None:
            whole("Crisp.advance", "window", window, 1)
        whole("Crisp.advance", "seed", seed, 0)
        more_contacts = read_contacts(contacts, self.people, total)
        more_tests = read_tests(tests, self.people, total)
        more_unobserved = read_unobserved(unobserved, self.people, total)
        before = self.model
        last = np.where(self._last_day == self.days - 1, total - 1, self._last_day)
        last = last.astype(np.int32)
        self._check(more_contacts, more_tests, more_unobserved, last)
        kept = self.contacts, self.tests, self.unobserved, self.days, self._last_day
        try:
            self.contacts = self.contacts.joined(more_contacts)
            self.tests = self.tests.joined(more_tests)
            self.unobserved = self.unobserved.joined(more_unobserved)
            self.days, self._last_day = total, last
            self.model, self._groups = self._made(), None
        except InputError:
            self.contacts, self.tests, self.unobserved, self.days, self._last_day = kept
            raise
        random = Generator(Philox(SeedSequence([seed, total, 1])))
        self._last = [moved_on(state, before, self.model, random) for state in self._last]
        if window is not None:
            shortened(self, int(window), seed=seed)
        self._warm = self._last or None
        return self

    # -- sampling ----------------------------------------------------------------------------------

    def sample(self, samples: int, **options: Unpack[Sampling]) -> Samples:
        """Traces from the posterior.

        Parameters
        ----------
        samples : how many in all, shared between the chains.
        burn_in : sweeps at the start of each chain that are not kept; 50 when None, 10 after
            `advance`, which starts where the chains were.
        seed : the same seed gives the same traces, whatever the number of threads.
        chains : independent chains; two at least, for R-hat to mean something.
        thin : sweeps from one kept sample to the next.
        threads : cores to use; all when None.
        pair_moves : joint moves of pairs who met, a person and sweep; they help where infection
            is nearly certain. Needs numba.

        Raises
        ------
        ParameterError : a number outside its limits.
        InputError : tests that contradict each other under rates of 0 or 1, with the people.
        """
        run = self._planned(samples, **options)
        traces = np.empty((samples, self.people.count, 3), dtype=np.int16)
        begin = np.concatenate([[0], np.cumsum(run.lengths)])

        def keep(chain: int, k: int, state: State) -> None:
            at = traces[begin[chain] + k]
            at[:, 0], at[:, 1], at[:, 2] = state

        self._run(run, keep)
        return Samples(
            traces,
            run.lengths,
            first=self.model.first,
            end=self.model.end,
            days=self.days,
            people=self.people,
        )

    def marginals(self, samples: int = 1000, **options: Unpack[Sampling]) -> Floats:
        """P(S, E, I, R), an array [people, days, 4]; NaN where a person is not there.

        Parameters as those of `sample`. Only counts are kept, so that memory does not grow with
        `samples`.
        """
        return self._tally(samples, **options).marginals()

    def risk(
        self, day: int | None = None, *, samples: int = 1000, **options: Unpack[Sampling]
    ) -> Floats:
        """P(exposed or infectious on `day`) of each person, in [0, 1]; the last day when None.

        Parameters as those of `sample`.
        """
        day = self.days - 1 if day is None else day
        if not isinstance(day, int | np.integer) or not 0 <= day < self.days:
            raise parameter("risk", "day", f"a day from 0 to {self.days - 1}", day)
        return self._tally(samples, **options).risk(int(day))

    def current(self, samples: int = 20, **options: Unpack[Sampling]) -> Floats:
        """P(S, E, I, R) on the last day, an array [people, 4], from few samples.

        The same probabilities as the last day of `marginals`, with less noise: each sample gives
        what the person's trace is likely to be given everybody else's, in place of one draw of it.
        Small risks, which decide whom to test, show in ten samples. NaN where a person is not there
        on the last day. Parameters as those of `sample`.

        Examples
        --------
        >>> crisp = Crisp(3, 9, [(0, 1, 4, 3)], [(0, 4, True)], p0=0.01)
        >>> crisp.current(10, seed=1).shape
        (3, 4)
        """
        run = self._planned(samples, **options)
        sums = [np.zeros((self.people.count, 4)) for _ in run.lengths]

        def keep(chain: int, k: int, state: State) -> None:
            if self.engine == "numpy":
                add_last_day_plainly(self.model, state, sums[chain])

        self._run(run, keep, sums if self.engine == "numba" else None)
        found: Floats = np.sum(sums, axis=0) / samples
        found[(self.model.end < self.days) | (self.model.first >= self.model.end)] = np.nan
        return found

    # -- learning ----------------------------------------------------------------------------------

    def fit_transmission(
        self,
        *,
        iterations: int = 30,
        samples: int = 30,
        final_samples: int = 300,
        seed: int = 0,
    ) -> TransmissionFit:
        """Learn how infectious contacts and the outside are, and use it from here on.

        By Monte Carlo EM: traces are drawn under today's parameters, and the parameters are set to
        what makes the traces likeliest. p0 and p1 (or `transmission`) are where it begins.

        Parameters
        ----------
        iterations : EM steps. samples : sweeps a step. final_samples : sweeps behind the standard
            errors. seed : of the draws.

        Returns
        -------
        Estimates with standard errors and intervals, and what the data cannot identify.

        Raises
        ------
        InputError : p0 is 0 or 1, or some contacts lack a feature that others have.

        Examples
        --------
        >>> crisp = Crisp(2, 9, [(0, 1, day) for day in range(9)], [(0, 4, True)], p0=0.01)
        >>> fit = crisp.fit_transmission(iterations=2, samples=2, final_samples=2)
        >>> sorted(fit.estimates)
        ['contact', 'outside']
        """
        for name, value, low in (
            ("iterations", iterations, 0),
            ("samples", samples, 1),
            ("final_samples", final_samples, 2),
            ("seed", seed, 0),
        ):
            whole("fit_transmission", name, value, low)
        if not 0 < self.disease.p0 < 1:
            raise InputError("fit_transmission begins at p0, which must be above 0 and below 1.")
        names, design = features(self.levels)
        random = Generator(Philox(SeedSequence([seed, self.days, 2])))
        state = self._start(0, random)

        def draw(model: Model, state: State) -> None:
            sweeper.model = model
            sweeper.sweep(state, random.random((self.people.count, 3)))

        start = start_of(self.levels, self.model.hazard, names)
        problem = Problem(
            model=self.model,
            levels=self.levels,
            names=names,
            design=design,
            start=np.concatenate([[np.log(self.disease.outside_hazard)], start]),
            first_night=self.disease.first_day == "exposed" and self.disease.prevalence is None,
            draw=draw,
        )
        with self._sweeper(1) as sweeper:
            for _ in range(20):
                draw(self.model, state)
            theta, information, exposures = solve(
                problem, state, iterations=iterations, samples=samples, final_samples=final_samples
            )
        found = summed_up(problem, theta, information, exposures)
        self.transmission = found.transmission
        self.disease = replace(self.disease, p0=found.p0)
        self.model = self.model._replace(
            hazard=found.transmission.hazards(self.levels),
            outside=self.disease.outside_hazard,
            log_first=self.disease.first_day_logs[0],
            log_not_first=self.disease.first_day_logs[1],
        )
        return found

    def _tally(self, samples: int, **options: Unpack[Sampling]) -> Tally:
        run = self._planned(samples, **options)
        tallies = [Tally(self.model.first, self.model.end, self.days) for _ in run.lengths]

        def keep(chain: int, k: int, state: State) -> None:
            tallies[chain].add(*state)

        self._run(run, keep)
        total = tallies[0]
        for other in tallies[1:]:
            total.merged(other)
        return total

    def _planned(self, samples: int, **options: Unpack[Sampling]) -> Run:
        compiled = self.engine == "numba"
        warm = self._warm is not None
        return planned(samples, people=self.people.count, compiled=compiled, warm=warm, **options)

    def _run(
        self,
        run: Run,
        keep: Callable[[int, int, State], None],
        sums: list[Floats] | None = None,
    ) -> None:
        """Run the chains, handing every kept state to `keep(chain, number, state)`.

        The sweep that makes a kept state adds everybody's chances on the last day to the chain's
        array in `sums`, where there is one.
        """
        if self.engine == "numba" and self._groups is None:
            self._groups = groups_of(self.model)  # before the chains, which share it
        side_by_side = min(run.threads, len(run.lengths))
        people = self.people.count

        def chain(number: int) -> State:
            random = Generator(Philox(SeedSequence([int(run.seed), number, self.days])))
            state = self._start(number, random)
            with self._sweeper(max(run.threads // side_by_side, 1)) as sweeper:
                for k in range(run.burn_in + (run.lengths[number] - 1) * run.thin + 1):
                    kept, rest = divmod(k - run.burn_in, run.thin)
                    wanted = kept >= 0 and rest == 0
                    uniforms = random.random((people, 3))
                    if sums is not None and wanted and isinstance(sweeper, Sweeper):
                        order, room = sweeper.groups.order, sweeper.room
                        draw_and_add(order, self.model, state, room, uniforms, sums[number])
                    else:
                        sweeper.sweep(state, uniforms)
                    if run.moves and isinstance(sweeper, Sweeper):
                        sweeper.move_pairs(state, random.random((run.moves, 8)))
                    if wanted:
                        keep(number, kept, state)
            return state

        if side_by_side == 1:
            ends = [chain(number) for number in range(len(run.lengths))]
        else:
            with ThreadPoolExecutor(side_by_side) as pool:
                ends = list(pool.map(chain, range(len(run.lengths))))
        refuse_contradictions(self.model, ends, self.people)
        self._last = ends

    def _sweeper(self, threads: int) -> Sweeper | plain.Sweeper:
        if self.engine == "numpy":
            return plain.Sweeper(self.model)
        if self._groups is None:
            self._groups = groups_of(self.model)
        return Sweeper(self.model, threads, self._groups)

    def _start(self, chain: int, random: Generator) -> State:
        """The first chain starts with nobody infected, the others with some, far from it."""
        if self._warm is not None:
            return State(*(part.copy() for part in self._warm[chain % len(self._warm)]))
        state = healthy(self.model)
        if chain:
            some = random.random(self.people.count) < 0.2
            day = random.random(self.people.count)
            for k, person in enumerate(np.flatnonzero(some)):
                first, end = int(self.model.first[person]), int(self.model.end[person])
                state.e[person] = first + int(day[person] * (end - first))
                state.i[person] = min(state.e[person] + 3, end)
                state.r[person] = min(state.i[person] + 3 + k % 5, end)
        return state
