"""`AddressParser`: free text into labelled parts with their place in the text.

In go addresses as people type them; out come parts such as HOUSE_NUMBER, LANDMARK and PINCODE. A
linear-chain CRF does the labelling; it learns the labels of the examples it is given, so another
country is another set of examples. Two models ship: `in` and `us`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, Self

import msgspec

from chowk.errors import ArtifactError, InputError, NotFittedError, parameter
from chowk.store.frames import arrow_table
from chowk.store.listed import column_of

from .augmentation import FEW, augmented, thinned
from .borders import Borders, apart
from .crf import Bundles, Field, mean, train
from .cues import RELATIONS
from .features import attributes, bundles
from .labels import Example, Span, read_example, spans_of, tags_of
from .personal import personal_spans
from .segments import Styles, by_hand
from .tokens import Token, folded, tokenize
from .twins import twins, without_slipped_twins

_MODEL, _SECOND, _THIRD = "model.npz", "segments.npz", "borders.npz"
_FACTS = "parser.json"
SHIPPED = ("in", "us")
#: Where examples are few, so many fields are learned, each from other changed copies, and made one.
#: Entity F1 over three folds of Delhi's rows, mean of several seeds: 0.807 with one, 0.815 with
#: three, 0.820 with six.
_DRAWS = 3
#: Where examples are few and so many are of real hands, borders are looked at once more, as fields
#: that have not seen them teach, of so many folds.
_HANDS, _FOLDS = 100, 3
#: Texts that are held at once, whatever comes in.
_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an address: `text[start:end] == value`, in code points.

    `relation` is how a landmark lies to the address: `near`, `opposite`, `behind`, `beside` …
    """

    value: str
    label: str
    start: int
    end: int
    relation: str | None = None

    def __iter__(self) -> Any:
        """As the tuple (value, label, start, end)."""
        return iter((self.value, self.label, self.start, self.end))


class AddressParser:
    """Labels the parts of an address. It never raises on a text, however odd.

    Parameters
    ----------
    l1, l2 : penalties of the CRF.
    iterations : at most so many steps of L-BFGS.
    seed : of the augmentation; the same examples and seed give the same parser.

    Attributes
    ----------
    labels_ : the labels that it gives, sorted.

    Examples
    --------
    >>> parser = AddressParser.load("in")
    >>> [(part.label, part.value) for part in parser.parse("Flat 302, MG Road, Pune 411001")]
    [('UNIT', 'Flat 302'), ('STREET', 'MG Road'), ('CITY', 'Pune'), ('PINCODE', '411001')]
    """

    def __init__(
        self, *, l1: float = 0.3, l2: float = 0.05, iterations: int = 80, seed: int = 0
    ) -> None:
        self.l1 = l1
        self.l2 = l2
        self.iterations = iterations
        self.seed = seed
        self._field: Field | None = None
        self._second: Styles | None = None
        self._third: Borders | None = None

    def fit(self, examples: Iterable[Mapping[str, Any]], augment: bool = True) -> Self:
        """Learn from labelled addresses.

        Parameters
        ----------
        examples : dicts of `tokens` and `labels` (BIO, or one plain label a token), perhaps with
            the `text` that the tokens come from. Any frame with these columns will do.
        augment : also learn from changed copies, as people type: other case, commas left out,
            slips of the keyboard, abbreviations, tokens run together.

        Raises
        ------
        InputError : no examples, or one without tokens or labels.
        """
        read = [read_example(row, number) for number, row in enumerate(_rows(examples), 1)]
        read = [example for example in read if example.text.strip()]
        if not any(example.spans for example in read):
            raise InputError(
                "AddressParser.fit got no labelled part. "
                "Give it examples with 'tokens' and 'labels', such as B-CITY."
            )
        read = without_slipped_twins(read)
        few = augment and len(thinned(read, random.Random(self.seed))) < FEW
        fields: list[Field] = []
        for draw in range(_DRAWS if few else 1):
            seed = self.seed * _DRAWS + draw
            self._learn(augmented(read, seed=seed) if augment else read)
            fields.append(self._fitted())
        self._second = Styles.learned(read)
        self._third = self._borders(read) if few else None
        self._field = mean(fields)
        return self

    def _borders(self, read: Sequence[Example]) -> Borders | None:
        """A last look at borders, from fields of two thirds of the examples each."""
        hands = [at for at, example in enumerate(read) if by_hand(example)]
        if len(hands) < _HANDS:
            return None
        copies = list(twins([read[at] for at in hands]))  # none may teach the field of another
        held_out: list[tuple[Field, list[Example], list[Bundles]]] = []
        for fold in apart(copies, len(hands), _FOLDS):
            out = {hands[number] for number in fold}
            rest = [example for at, example in enumerate(read) if at not in out]
            self._learn(augmented(rest, seed=self.seed * _DRAWS))
            examples = [read[at] for at in sorted(out)]
            seen: list[Bundles] = [bundles(tokenize(example.text)) for example in examples]
            held_out.append((self._fitted(), examples, seen))
        hand = self._second and self._second.hands
        return Borders.learned(held_out, hand.groups if hand else [])

    def _learn(self, examples: Iterable[Example], *, least: int = 1) -> None:
        def sequences() -> Iterable[tuple[list[list[str]], list[str]]]:
            for example in examples:
                tokens = tokenize(example.text)
                if tokens:
                    yield attributes(tokens), tags_of(tokens, example.spans)

        self._field = train(
            sequences(), l1=self.l1, l2=self.l2, iterations=self.iterations, least=least
        )

    @property
    def labels_(self) -> list[str]:
        """The labels that it gives, sorted."""
        field = self._fitted()
        return sorted({tag[2:] for tag in field.labels if tag != "O"})

    def parse(self, text: str) -> list[Part]:
        """The parts of one address, in order of their place.

        Whatever stands between parts, and people's names, phone numbers and e-mail addresses where
        the labels have none for them, is in no part. A text beyond 2,000 code points is read up to
        there. What is not text has no parts.
        """
        return self.parse_many((text,))[0]

    def parse_many(self, texts: Iterable[str]) -> list[list[Part]]:
        """The parts of each address of a list or a column; as `parse` one by one, and faster."""
        field = self._fitted()
        out: list[list[Part]] = []
        waiting = iter(column_of(texts, "parse_many"))
        while some := tuple(islice(waiting, _AT_ONCE)):
            read = [text if isinstance(text, str) else "" for text in some]
            tokens = [tokenize(text) for text in read]
            seen: list[Bundles] = [bundles(each) for each in tokens]
            spans = [
                spans_of(tags, [(token.start, token.end) for token in each], text)
                for text, each, tags in zip(read, tokens, field.tag_many(seen), strict=True)
            ]
            if self._third is not None:
                self._look_again(self._third, read, tokens, seen, spans)
            out += map(self._parts, read, tokens, spans)
        return out

    def _look_again(
        self,
        borders: Borders,
        read: Sequence[str],
        tokens: Sequence[Sequence[Token]],
        seen: Sequence[Bundles],
        spans: list[list[Span]],
    ) -> None:
        """The spans of addresses of real hands chosen anew; forms stay as they are."""
        hands = [at for at, text in enumerate(read) if by_hand(Example(text, tuple(spans[at])))]
        hands.sort(key=lambda at: len(tokens[at]))
        chosen = borders.choose(
            self._fitted(), [tokens[at] for at in hands], [seen[at] for at in hands]
        )
        for at, found in zip(hands, chosen, strict=True):
            spans[at] = found

    def tag(self, text: str) -> dict[str, str]:
        """The address as one value a label; values of a repeated label are joined by `, `.

        >>> AddressParser.load("in").tag("12 MG Road, Pune, Pune 411001")["CITY"]
        'Pune, Pune'
        """
        merged: dict[str, str] = {}
        for part in self.parse(text):
            known = merged.get(part.label)
            merged[part.label] = part.value if known is None else f"{known}, {part.value}"
        return merged

    def label(self, tokens: Sequence[str]) -> list[str]:
        """One BIO label for each of your own tokens, which are read as one address."""
        words = [str(token) for token in tokens]
        text = " ".join(words)
        places, at = [], 0
        for word in words:
            places.append(Token(word, at, at + len(word)))
            at += len(word) + 1
        spans = [Span(part.label, part.start, part.end) for part in self.parse(text)]
        return tags_of(places, spans)

    def _parts(self, text: str, tokens: Sequence[Token], spans: list[Span]) -> list[Part]:
        if not tokens:
            return []
        if self._second is not None:
            spans = self._second(text, spans)
        private = personal_spans(text)
        parts = []
        for span in spans:
            if any(span.start < p.end and p.start < span.end for p in private):
                continue
            if not _sayable(span.label, text[span.start : span.end]):
                continue
            relation = None
            if span.label == "LANDMARK":
                span, relation = _related(text, tokens, span)
            parts.append(Part(text[span.start : span.end], span.label, *span[1:], relation))
        if private:
            named = set(self.labels_)
            parts += [
                Part(text[span.start : span.end], *span) for span in private if span.label in named
            ]
            parts.sort(key=lambda part: part.start)
        return parts

    def _fitted(self) -> Field:
        if self._field is None:
            raise NotFittedError(self)
        return self._field

    def save(self, folder: str | Path) -> None:
        """Write the parser into `folder`, which is made if it is not there."""
        field = self._fitted()
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        field.save(place / _MODEL)
        (place / _SECOND).unlink(missing_ok=True)
        if self._second is not None:
            self._second.save(place / _SECOND)
        (place / _THIRD).unlink(missing_ok=True)
        if self._third is not None:
            self._third.save(place / _THIRD)
        facts = {
            "format": 2,
            "l1": self.l1,
            "l2": self.l2,
            "iterations": self.iterations,
            "seed": self.seed,
        }
        (place / _FACTS).write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1))

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """A parser that was saved, or one that ships: `in` (India) or `us` (United States)."""
        if isinstance(folder, str) and folder in SHIPPED:
            place = Path(str(files(__package__) / folder))
        elif isinstance(folder, (str, Path)):
            place = Path(folder)
        else:
            raise parameter("AddressParser.load", "folder", "a folder, 'in' or 'us'", folder)
        if not (place / _FACTS).is_file():
            raise ArtifactError(
                f"There is no address parser in {place}. Save one with AddressParser.save, or "
                f"load one that ships: {', '.join(SHIPPED)}."
            )
        facts = msgspec.json.decode((place / _FACTS).read_bytes(), type=dict[str, Any])
        if facts.pop("format", None) != 2:
            raise ArtifactError(f"{place} was written by another version. Fit and save it again.")
        parser = cls(**facts)
        parser._field = Field.open(place / _MODEL)
        if (place / _SECOND).is_file():
            parser._second = Styles.open(place / _SECOND)
        if (place / _THIRD).is_file():
            parser._third = Borders.open(place / _THIRD)
        return parser


def _rows(examples: Any) -> Iterable[Mapping[str, Any]]:
    if hasattr(examples, "__arrow_c_stream__") or isinstance(examples, Mapping):
        rows: list[dict[str, Any]] = arrow_table(examples, "AddressParser.fit").to_pylist()
        return rows
    if isinstance(examples, str | bytes) or not isinstance(examples, Iterable):
        raise parameter("AddressParser.fit", "examples", "a frame or a list of dicts", examples)
    rows = list(examples)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise InputError(
                f"Example {number} must be a dict of 'tokens' and 'labels'. "
                f"Got {type(row).__name__} instead."
            )
    return rows


def _sayable(label: str, value: str) -> bool:
    """Whether a value can be what the label says: no part is made of signs alone."""
    if label == "EMAIL":
        return "@" in value
    if label == "PHONE":
        return 6 <= sum(letter.isdigit() for letter in value) <= 15
    return any(letter.isalnum() for letter in value)


_LEAD = re.compile(r"(?:\s|to|of|the|from|in|ke|ki|के|की|[.:-])+", re.IGNORECASE)


def _related(text: str, tokens: Sequence[Token], span: Span) -> tuple[Span, str | None]:
    """A landmark without its relation word, and what that word means.

    The word may be the first of the span, stand before it ("opp to X"), or after it ("X ke paas").
    """
    inside = [at for at, token in enumerate(tokens) if span.start <= token.start < span.end]
    if not inside:
        return span, None
    first, last = inside[0], inside[-1]
    start, end = span.start, span.end
    relation = None
    while first <= last and folded(tokens[first].text) in RELATIONS and first < last:
        relation = relation or RELATIONS[folded(tokens[first].text)]
        first += 1
        while first < last and _LEAD.fullmatch(tokens[first].text):
            first += 1
        start = tokens[first].start
    if relation is None:
        for at in range(first - 1, max(first - 5, -1), -1):
            word = folded(tokens[at].text)
            if word in RELATIONS:
                relation = RELATIONS[word]
                break
            if not _LEAD.fullmatch(tokens[at].text):
                break
    if relation is None:
        for at in range(last + 1, min(last + 4, len(tokens))):
            word = folded(tokens[at].text)
            if word in RELATIONS:
                relation = RELATIONS[word]
                break
            if not _LEAD.fullmatch(tokens[at].text):
                break
    return Span(span.label, start, end), relation
