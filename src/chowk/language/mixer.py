"""The generator: utterances that mix two languages, from pairs or from a dictionary.

In: pairs of renderings (or one side and a dictionary), with intent and slots when they are there.
Out: mixed utterances with the language, slot label and intent of everything, and the recipe and
seed that make each again. Aligner, theories and noise are the other modules' matter; this one
chooses, checks what was asked, and says why a pair gave nothing.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, Self

from chowk.errors import InputError, parameter

from .alignment import Aligner
from .boundaries import projected
from .choosing import Candidate, by_index, by_switches, steer, switches_in
from .closed import closed_words
from .dictionary import BilingualDictionary
from .finishing import Finish, Finished
from .indices import NEUTRAL
from .labels import spans
from .mixed import Mixed, Mixes, Refused
from .pairs import Utterance, read_pairs
from .replacing import entity_mixes, translations
from .switching import Equivalence, MatrixFrame, Pair, Part

Theory = Literal["ec", "ml", "dictionary", "entity", "none"]
_THEORIES = ("ec", "ml", "dictionary", "entity", "none")
#: Mixes of a pair that are looked at, when there are more of them.
_POOL = 48


class CodeMixer:
    """Makes mixed utterances.

    Parameters
    ----------
    source, target : the tags of the two languages.
    dictionary : translations of source words, for `theory="dictionary"` and for the aligner.
    catalogue : for `theory="entity"`: slot name to values of the target language (and, as a pair
        of lists, of both: values in both are tagged `ambiguous`).
    names : slots whose values are names of people, places or works; their words are tagged `name`,
        which is of no language, instead.
    closed : closed-class words by language; the built-in lists where it says nothing.
    matrix : which language frames under `ml`; None draws on both.
    longest : tokens of a fragment that is replaced whole under `ml`.
    sentence_rate, token_rate : shares of utterances and of their words that a dictionary switches.
    switch_points : mean and standard deviation for SPF sampling, counted in a real mixed corpus
        (`switches_of` counts): switch points an utterance, or a boundary with `normalised=True`.
    borrowings : source words to their adopted forms; they become tokens tagged `ambiguous`.
    dialect : words to their variants, of either language.
    latin : write the target language in Latin letters, as on a phone's keyboard.
    spelling : how likely a word in Latin letters of the target is spelt another way, in [0, 1].
    mishearing : how likely a word is misheard; each mix becomes `n_best` hypotheses.

    Examples
    --------
    >>> mixer = CodeMixer("en", "es")
    >>> pair = {"source": "play happy music", "target": "pon musica alegre", "intent": "play",
    ...         "labels": ["O", "B-mood", "O"], "alignment": "0-0 1-2 2-1"}
    >>> for row in mixer.mix([pair], k=2, theory="ec"):
    ...     print(row.text, row.languages, row.labels)
    pon happy music ['es', 'en', 'en'] ['O', 'B-mood', 'O']
    play musica alegre ['en', 'es', 'es'] ['O', 'O', 'B-mood']
    """

    def __init__(
        self,
        source: str = "en",
        target: str = "hi",
        *,
        dictionary: BilingualDictionary | Mapping[str, Any] | Iterable[Any] | None = None,
        catalogue: Mapping[str, Any] | None = None,
        names: Collection[str] = (),
        closed: Mapping[str, Collection[str]] | None = None,
        matrix: str | None = None,
        longest: int = 4,
        sentence_rate: float = 1.0,
        token_rate: float = 0.5,
        switch_points: tuple[float, float] = (2.0, 1.0),
        normalised: bool = False,
        borrowings: Mapping[str, str] | None = None,
        dialect: Mapping[str, Sequence[str]] | None = None,
        latin: bool = False,
        spelling: float = 0.0,
        mishearing: float = 0.0,
        n_best: int = 5,
    ) -> None:
        texts = isinstance(source, str) and isinstance(target, str)
        if not texts or source == target or not source or not target or {source, target} & NEUTRAL:
            rule = f"two different language tags, none of {', '.join(sorted(NEUTRAL))}"
            raise parameter("CodeMixer", "target", rule, (source, target))
        if matrix not in (None, source, target):
            raise parameter("CodeMixer", "matrix", f"{source!r}, {target!r} or None", matrix)
        for name, rate in (("sentence_rate", sentence_rate), ("token_rate", token_rate)):
            if not isinstance(rate, int | float) or not 0 <= rate <= 1:
                raise parameter("CodeMixer", name, "a number in [0, 1]", rate)
        if switch_points[1] <= 0:
            rule = "a mean and a standard deviation above 0"
            raise parameter("CodeMixer", "switch_points", rule, switch_points)
        if longest < 1:
            raise parameter("CodeMixer", "longest", "an int of at least 1", longest)
        self.source = source
        self.target = target
        self.dictionary = (
            dictionary
            if dictionary is None or isinstance(dictionary, BilingualDictionary)
            else BilingualDictionary(dictionary)
        )
        self.catalogue = catalogue
        if isinstance(names, str):
            raise parameter("CodeMixer", "names", "a list of slots", names)
        self.names = frozenset(names)
        given = closed or {}
        self.closed = tuple(given.get(tag, closed_words(tag)) for tag in (source, target))
        self.matrix = matrix
        self.longest = longest
        self.sentence_rate = sentence_rate
        self.token_rate = token_rate
        self.switch_points = switch_points
        self.normalised = normalised
        self.finish = Finish(target, borrowings, dialect, latin, spelling, mishearing, n_best)
        self.aligner: Aligner | None = None

    def fit(self, pairs: Any) -> Self:
        """Learn word alignment from a parallel set; `mix` does so from its own pairs otherwise."""
        self._learn(read_pairs(pairs, "fit"))
        return self

    def mix(
        self,
        pairs: Any,
        k: int = 1,
        *,
        theory: Theory = "ec",
        sampling: Literal["random", "spf"] = "random",
        seed: int = 0,
        cmi: float | None = None,
    ) -> Mixes:
        """At most `k` distinct mixes of every pair.

        Parameters
        ----------
        pairs : see `read_pairs`: tuples, dicts or a frame. Both sides for `ec` and `ml`; for
            `dictionary`, `entity` and `none` (noise alone) the source suffices. Under `ec`, the
            `parse` of a side makes the constraint stricter: no switch lies below a constituent
            whose parts stand in another order on the other side.
        k : mixes a pair, at least 1.
        theory : `ec`, `ml`, `dictionary`, `entity` or `none`.
        sampling : `random`, or `spf`: those whose number of switches is likeliest.
        seed : the same pairs and seed give the same rows.
        cmi : the mean code-mixing index wanted of the whole set, in (0, 100); with it `sampling`
            stays `random`. Mixes that pull the mean away are left out where it must be, and what
            cannot be reached with half of them is said in `.notes`.

        Raises
        ------
        InputError
            for a row that breaks a rule, and when no pair at all gave a mix, with the reasons.
        """
        if theory not in _THEORIES:
            raise parameter("mix", "theory", f"one of {', '.join(_THEORIES)}", theory)
        if sampling not in ("random", "spf"):
            raise parameter("mix", "sampling", "'random' or 'spf'", sampling)
        if isinstance(k, bool) or not isinstance(k, int) or k < 1:
            raise parameter("mix", "k", "an int of at least 1", k)
        if cmi is not None and not (isinstance(cmi, int | float) and 0 < cmi < 100):
            raise parameter("mix", "cmi", "a number between 0 and 100", cmi)
        if cmi is not None and sampling == "spf":
            raise parameter("mix", "sampling", "'random' when 'cmi' is given", sampling)
        if theory == "dictionary" and not self.dictionary:
            raise InputError("theory='dictionary' needs words. Give CodeMixer a dictionary.")
        if theory == "entity" and not self.catalogue:
            raise InputError(
                "theory='entity' needs values to put in. Give CodeMixer a catalogue: slot name to "
                "values in the target language."
            )
        if theory == "none" and not self.finish.name:
            raise InputError(
                "theory='none' mixes nothing, so that there must be noise: give CodeMixer dialect, "
                "borrowings, latin, spelling or mishearing."
            )
        utterances = read_pairs(pairs)
        if not utterances:
            return Mixes([], notes=["No pair was given, so that there is nothing to mix."])
        if theory in ("ec", "ml") and self.aligner is None:
            self._learn(utterances)
        recipe = (f"{theory}/{sampling}" if cmi is None else f"{theory}/cmi={cmi:g}") + (
            f"+{self.finish.name}" if self.finish.name else ""
        )
        mixes = Mixes([])
        total = 0.0
        for utterance in utterances:
            own = random.Random(f"{seed}/{utterance.number}/{' '.join(utterance.source)}")
            row_seed = own.getrandbits(48)
            rng = random.Random(row_seed)
            pool, why = self._candidates(
                utterance, theory, k, rng, wide=cmi is not None or sampling == "spf"
            )
            if not pool:
                mixes.refused.append(Refused(utterance.number, why))
                continue
            if cmi is not None:
                chosen, total = by_index(pool, k, cmi, total, len(mixes.rows), rng)
            elif sampling == "spf":
                chosen = by_switches(pool, k, self.switch_points, self.normalised, rng)
            else:
                chosen = rng.sample(pool, min(k, len(pool)))
            for candidate in chosen:
                mixes.rows.extend(self._rows(utterance, candidate, recipe, row_seed, theory, rng))
        if cmi is not None:
            steer(mixes, cmi)
        self._told(mixes, utterances, cmi)
        return mixes

    def switches_of(self, corpus: Iterable[Sequence[str]]) -> Self:
        """Take mean and deviation for SPF sampling from the token languages of a real corpus."""
        self.switch_points = switches_in(corpus, self.normalised)
        return self

    def _learn(self, utterances: list[Utterance]) -> None:
        if all(u.links is not None or u.target is None for u in utterances):
            return
        words = None if self.dictionary is None else dict(self.dictionary.items())
        both = [(u.source, u.target) for u in utterances if u.target and u.source]
        if both:
            self.aligner = Aligner().fit(both, dictionary=words)

    def _candidates(
        self, utterance: Utterance, theory: str, k: int, rng: random.Random, *, wide: bool
    ) -> tuple[list[Candidate], str]:
        """Distinct mixes of one pair, or the reason why there are none."""
        if not utterance.source:
            return [], "the source has no tokens"
        if theory == "none":
            tags = [self._tag(word, self.source) for word in utterance.source]
            return [Candidate(utterance.source, tags, utterance.source_labels)], ""
        if theory == "dictionary":
            assert self.dictionary is not None
            if rng.random() >= self.sentence_rate:
                return [], "left unmixed, as sentence_rate asks"
            rates = [rng.random() if wide else self.token_rate for _ in range(4 * k + 8)]
            draws = list(
                translations(utterance, self.dictionary, rates, self.source, self.target, rng)
            )
            why = "every draw left one language only: lower token_rate, or give longer utterances"
            return self._distinct(draws), why if draws else "none of its words is in the dictionary"
        if theory == "entity":
            assert self.catalogue is not None
            named = entity_mixes(
                utterance, self.catalogue, 4 * k + 8, self.source, self.target, rng
            )
            return self._distinct(named), "none of its slots is in the catalogue"
        pair, why = self._aligned(utterance)
        if pair is None:
            return [], why
        spaces: list[Equivalence | MatrixFrame]
        if theory == "ec":
            spaces = [Equivalence(pair)]
            why = "no boundary inside is legal: word order differs, or slots would break"
            if utterance.parse or utterance.target_parse:
                why = "no boundary inside is legal: the order of words or of constituents differs, "
                why += "or slots would break"
        else:
            sides = (0, 1) if self.matrix is None else (int(self.matrix == self.target),)
            closed = (self.closed[0], self.closed[1])
            spaces = [MatrixFrame(pair, s, closed=closed, longest=self.longest) for s in sides]
            why = "no fragment outside the closed classes has a counterpart of its own"
        spaces = [space for space in spaces if space.count]
        if not spaces:
            return [], why
        found: list[list[Part]] = []
        wanted = _POOL if wide else min(_POOL, 3 * k + 4)
        for space in spaces:
            if space.count <= wanted:
                found.extend(space)
            else:
                found.extend(space.draw(rng) for _ in range(wanted))
        pool = self._distinct(self._read(pair, parts) for parts in found)
        return pool, "its mixes all read as one language: the two sides share the words"

    def _aligned(self, utterance: Utterance) -> tuple[Pair | None, str]:
        """The pair with links and slots on both sides, or why not."""
        source, target = utterance.source, utterance.target
        if not target:
            return None, "there is no target side: give one, or use theory='dictionary'"
        if utterance.target_intent not in (None, utterance.intent):
            return None, "the two sides have different intents"
        links = utterance.links
        if links is None:
            links = self.aligner.align(source, target) if self.aligner else []
        if not links:
            return None, "no word of the two sides could be aligned"
        slots = spans(utterance.source_labels)
        if utterance.target_labels is None:
            theirs, why = projected(slots, links, len(source), len(target))
            if why:
                return None, why
        else:
            theirs = spans(utterance.target_labels)
            if sorted(s.name for s in slots) != sorted(s.name for s in theirs):
                return None, "the two sides have different slots"
        return Pair(
            source, target, links, slots, theirs, utterance.parse, utterance.target_parse
        ), ""

    def _read(self, pair: Pair, parts: list[Part]) -> Candidate:
        sides = (pair.source, pair.target)
        shared: tuple[set[int], set[int]] = (set(), set())
        for i, j in pair.links:
            if pair.source[i].casefold() == pair.target[j].casefold():
                shared[0].add(i)
                shared[1].add(j)
        words = [sides[part.side][part.place] for part in parts]
        tags = [
            "ambiguous"
            if part.place in shared[part.side] and any(c.isalpha() for c in word)
            else self._tag(word, (self.source, self.target)[part.side])
            for part, word in zip(parts, words, strict=True)
        ]
        return Candidate(words, tags, [part.label for part in parts])

    @staticmethod
    def _tag(word: str, language: str) -> str:
        return language if any(c.isalpha() for c in word) else "other"

    def _distinct(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Those that mix (two languages, or a foreign name), each once."""
        seen = {
            " ".join(c.tokens).casefold(): c
            for c in candidates
            if len({tag for tag in c.languages if tag != "other"}) > 1 and c.changed
        }
        return [c for c in seen.values() if c.entity or c.switches]

    def _rows(
        self,
        utterance: Utterance,
        candidate: Candidate,
        recipe: str,
        seed: int,
        theory: str,
        rng: random.Random,
    ) -> list[Mixed]:
        phenomena = {"entity": ("foreign-entity",), "none": ()}.get(theory, ("code-mixing",))
        return [
            Mixed(
                " ".join(done.tokens), done.tokens, self._named(done), done.labels,
                utterance.intent,
                recipe, seed, utterance.number, (*phenomena, *done.phenomena), done.confidence,
            )
            for done in self.finish.apply(candidate, rng)
        ]  # fmt: skip

    def _named(self, done: Finished) -> list[str]:
        """The languages of the tokens, with those of names as names."""
        return [
            "name" if label[2:] in self.names and tag not in ("other", "name") else tag
            for tag, label in zip(done.languages, done.labels, strict=True)
        ]

    def _told(self, mixes: Mixes, utterances: list[Utterance], cmi: float | None) -> None:
        if not mixes.rows:
            reasons = "; ".join(f"{count} × {why}" for why, count in mixes.reasons.items())
            raise InputError(f"No pair could be mixed, of {len(utterances)}: {reasons}.")
        reached = mixes.indices.cmi if cmi is not None else 0.0
        if cmi is not None and abs(reached - cmi) > 0.05 * cmi:
            mixes.notes.append(
                f"A mean CMI of {cmi:g} was asked and {reached:.1f} reached: the pairs have no "
                "mixes nearer to it. Give longer pairs, or another theory."
            )
