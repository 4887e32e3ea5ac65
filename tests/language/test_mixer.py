"""The generator on pairs whose mixes are known, and what it says when it can give none."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.errors import InputError, ParameterError
from chowk.language import Aligner, BilingualDictionary, CodeMixer, LanguageTagger, Mixes
from chowk.language.choosing import Candidate
from chowk.language.closed import closed_words
from chowk.language.finishing import Finish
from chowk.language.mixed import keep_apart
from chowk.language.tokens import tokens

NOUNS = {"shoes": "zapatos", "shirts": "camisas", "bags": "bolsos", "hats": "gorros"}
VERBS = {"show": "muestra", "find": "busca", "buy": "compra", "sell": "vende"}
COLOURS = {"red": "rojos", "blue": "azules", "green": "verdes"}


def parallel() -> list[dict[str, object]]:
    """Commands in two languages that put the adjective on different sides of the noun."""
    return [
        {
            "source": f"{verb} me {colour} {noun} please now",
            "target": f"{VERBS[verb]} me {NOUNS[noun]} {COLOURS[colour]} porfavor ahora",
            "labels": ["O", "O", "B-colour", "B-item", "O", "O"],
            "target_labels": ["O", "O", "B-item", "B-colour", "O", "O"],
            "intent": verb,
        }
        for verb in VERBS
        for colour in COLOURS
        for noun in NOUNS
    ]


def test_the_aligner_finds_the_links_of_a_known_language() -> None:
    rows = parallel()
    pairs = [(str(r["source"]).split(), str(r["target"]).split()) for r in rows]
    aligner = Aligner().fit(pairs)
    expected = [(0, 0), (1, 1), (2, 3), (3, 2), (4, 4), (5, 5)]
    assert all(aligner.align(*pair) == expected for pair in pairs)
    assert aligner.align([], ["hola"]) == [] == aligner.align(["unknown"], ["desconocido"])
    assert Aligner().fit(pairs).align(*pairs[0]) == aligner.align(*pairs[0])


@pytest.mark.parametrize("theory", ["ec", "ml"])
def test_everything_is_carried_over(theory: str) -> None:
    rows = parallel()
    mixes = CodeMixer("en", "es").mix(rows, k=4, theory=theory, seed=3)  # type: ignore[arg-type]
    assert len({row.pair for row in mixes}) == len(rows) and not mixes.refused
    spanish = {*NOUNS.values(), *VERBS.values(), *COLOURS.values(), "porfavor", "ahora"}
    for row in mixes:
        pair = rows[row.pair]
        both = dict(zip(str(pair["source"]).split(), pair["labels"], strict=True))  # type: ignore
        both |= dict(zip(str(pair["target"]).split(), pair["target_labels"], strict=True))  # type: ignore
        assert row.intent == pair["intent"]
        assert row.labels == [both[word] for word in row.tokens]
        assert sorted(row.labels) == sorted(pair["labels"])  # type: ignore[call-overload]
        for word, tag in zip(row.tokens, row.languages, strict=True):
            assert tag == ("ambiguous" if word == "me" else "es" if word in spanish else "en")
        assert row.switches >= 1 and row.cmi > 0 and row.text == " ".join(row.tokens)
        assert row.recipe == f"{theory}/random"


def test_under_ec_adjective_and_noun_stay_together() -> None:
    for row in CodeMixer("en", "es").mix(parallel(), k=6, theory="ec"):
        assert row.languages[2] == row.languages[3]


def test_the_same_seed_gives_the_same_rows_and_a_row_does_not_hang_on_its_neighbours() -> None:
    rows, mixer = parallel(), CodeMixer("en", "es")
    mixer.fit(rows)
    one = mixer.mix(rows, k=2, seed=1)
    assert one.hash == mixer.mix(rows, k=2, seed=1).hash != mixer.mix(rows, k=2, seed=2).hash
    assert [r.text for r in mixer.mix(rows[:5], k=2, seed=1)] == [r.text for r in one[:10]]


@pytest.mark.parametrize("theory", ["ec", "ml", "dictionary"])
@pytest.mark.parametrize("wanted", [20.0, 30.0, 40.0])
def test_the_wanted_mixing_index_is_met_within_five_percent(theory: str, wanted: float) -> None:
    words = {**NOUNS, **VERBS, **COLOURS, "please": "porfavor", "now": "ahora"}
    mixer = CodeMixer("en", "es", dictionary=words)
    mixes = mixer.mix(parallel(), k=2, theory=theory, cmi=wanted)  # type: ignore[arg-type]
    assert mixes.indices.cmi == pytest.approx(wanted, rel=0.05)
    assert not any("was asked" in note for note in mixes.notes)


def test_an_index_out_of_reach_is_said() -> None:
    mixes = CodeMixer("en", "es").mix(parallel(), theory="ec", cmi=90)
    assert "90 was asked" in mixes.notes[-1] and len(mixes) >= len(parallel()) // 2


def test_mixes_that_pull_the_index_away_are_left_out_and_counted() -> None:
    words = {"red": "rojos", "blue": "azules"}
    rows = [{"text": "red a b c d e f g h i"}] * 6 + [{"text": "blue now"}] * 10
    mixes = CodeMixer("en", "es", dictionary=words).mix(rows, theory="dictionary", cmi=30)
    # Ten rows at 50 and six at 10 have a mean of 35: some of the ten must go.
    assert mixes.indices.cmi == pytest.approx(30, rel=0.05)
    assert len(mixes) + len(mixes.refused) == 16 and len(mixes) >= 8
    assert {r.why for r in mixes.refused} == {
        "its mixes would pull the mean index away from the one that was asked"
    }
    assert f"{len(mixes.refused)} of 16 mixes were left out" in mixes.notes[0]


def test_spf_takes_the_likeliest_numbers_of_switches() -> None:
    mixer = CodeMixer("en", "es", switch_points=(1.0, 0.5))
    assert {row.switches for row in mixer.mix(parallel(), k=2, theory="ec", sampling="spf")} == {1}
    corpus = [["en", "es", "en", "es"], ["en", "es", "en", "es", "en", "es"]]
    assert mixer.switches_of(corpus).switch_points == (4.0, 1.0)
    with pytest.raises(InputError, match="without a spread"):
        mixer.switches_of([["en", "es"]] * 3)


def test_pairs_that_give_nothing_say_why() -> None:
    good = {"source": "red shoes", "target": "zapatos rojos ya", "alignment": "0-1 1-0"}
    rows = [
        {**good, "source": "buy shoes", "target": "compra zapatos", "alignment": "0-0 1-1"},
        good,  # crossed: no boundary inside
        {**good, "alignment": ""},
        {**good, "target": None, "alignment": None},
        {"source": "hotel taxi", "target": "hotel taxi", "alignment": "0-0 1-1"},
        {**good, "source": "", "alignment": ""},
        {**good, "labels": ["B-colour", "O"], "alignment": "1-0"},
        {**good, "intent": "buy", "target_intent": "sell"},
        {**good, "labels": ["B-colour", "O"], "target_labels": ["O", "O", "O"]},
    ]
    mixes = CodeMixer("en", "es").mix(rows, k=5)
    assert {row.pair for row in mixes} == {0}
    whys = [refused.why for refused in mixes.refused]
    assert [refused.pair for refused in mixes.refused] == list(range(1, 9))
    for why, part in zip(
        whys,
        ["no boundary", "aligned", "no target", "one language", "no tokens", "'colour' has no",
         "different intents", "different slots"],
        strict=True,
    ):  # fmt: skip
        assert part in why
    assert sum(mixes.reasons.values()) == 8
    with pytest.raises(InputError, match=r"No pair could be mixed, of 1: 1 × no boundary"):
        CodeMixer("en", "es").mix([good])


def test_a_dictionary_with_cycles_blanks_and_definitions() -> None:
    words = BilingualDictionary(
        [
            ("red", "rojo"), ("rojo", "red"), ("", "x"), ("shoe", "  "), (None, "y"),
            ("same", "Same"), ("shop", "a place where many things are sold"), ("Hat", "gorro"),
        ]
    )  # fmt: skip
    assert sorted(words) == ["hat", "red", "rojo"] and words.dropped == 5
    mixer = CodeMixer("en", "es", dictionary=words, token_rate=1.0)
    assert mixer.mix([{"text": "red hat shop"}], theory="dictionary")[0].text == "rojo gorro shop"
    with pytest.raises(InputError, match="Entry 0 of the dictionary"):
        BilingualDictionary([("red", 3)])  # type: ignore[list-item]


def test_a_phrase_keeps_its_slot_and_is_not_replaced_across_its_edge() -> None:
    mixer = CodeMixer("en", "es", token_rate=1.0, dictionary={
        "t-shirt": "camiseta de algodon", "red t-shirt": "nunca", "buy": "compra",
    })  # fmt: skip
    row = mixer.mix(
        [{"text": "buy red t-shirt", "labels": ["O", "B-colour", "B-item"]}], theory="dictionary"
    )[0]
    assert row.tokens == ["compra", "red", "camiseta", "de", "algodon"]
    assert row.labels == ["O", "B-colour", "B-item", "I-item", "I-item"]
    assert row.languages == ["es", "en", "es", "es", "es"]


def test_entity_mixing_takes_foreign_values_and_marks_shared_ones() -> None:
    text = {"text": "play bella ciao now", "labels": ["O", "B-song", "I-song", "O"], "intent": "p"}
    mixer = CodeMixer("en", "it", catalogue={"song": ["Volare oh oh"]})
    row = mixer.mix([text], theory="entity")[0]
    assert row.tokens == ["play", "Volare", "oh", "oh", "now"] and row.intent == "p"
    assert row.labels == ["O", "B-song", "I-song", "I-song", "O"]
    assert row.languages == ["en", "it", "it", "it", "en"] and row.phenomena == ("foreign-entity",)
    shared = CodeMixer("en", "it", catalogue={"song": (["volare"], ["Volare"])})
    assert shared.mix([text], theory="entity")[0].languages == ["en", "ambiguous", "en"]
    with pytest.raises(InputError, match="no values for the slot 'song'"):
        CodeMixer("en", "it", catalogue={"song": [" "]}).mix([text], theory="entity")


def test_noise_alone_borrowing_dialect_latin_and_speech() -> None:
    row = {"text": "download जूते now", "labels": ["O", "B-item", "O"]}
    mixer = CodeMixer("en", "hi", borrowings={"download": "daunlod kar"}, dialect={"now": ["abhi"]})
    found = mixer.mix([row], theory="none")[0]
    assert found.tokens == ["daunlod", "kar", "जूते", "abhi"]
    assert found.labels == ["O", "O", "B-item", "O"]
    assert found.languages[:2] == ["ambiguous", "ambiguous"]
    assert found.phenomena == ("borrowing", "dialect")
    written = CodeMixer("en", "hi", dictionary={"shoes": "जूते"}, latin=True)
    assert written.mix([{"text": "red shoes"}], theory="dictionary")[0].text == "red joote"
    heard = CodeMixer("en", "hi", mishearing=1.0, n_best=3).mix(
        [{"text": "two red shoes", "labels": ["O", "B-colour", "O"]}], theory="none"
    )
    assert 1 < len(heard) <= 3 and len({row.text for row in heard}) == len(heard)
    assert sum(row.confidence for row in heard) == pytest.approx(1, abs=1e-5)
    assert [row.confidence for row in heard] == sorted(
        (row.confidence for row in heard), reverse=True
    )
    for one in heard:
        assert one.labels.count("B-colour") == 1


def test_a_test_set_is_frozen_and_kept_apart(tmp_path: Path) -> None:
    mixes = CodeMixer("en", "es").mix(parallel(), theory="ec")
    path = tmp_path / "test.jsonl"
    assert mixes.freeze(path) == Mixes.thaw(path).hash
    assert Mixes.thaw(path).rows == mixes.rows
    odd = CodeMixer("en", "es").mix([("red\u2028 shoes\x85", "zapatos rojos")], theory="ec")
    assert odd.freeze(path) == Mixes.thaw(path).hash
    mixes.freeze(path)
    path.write_text(path.read_text("utf-8").replace("porfavor", "PORFAVOR", 1), "utf-8")
    with pytest.raises(InputError, match="was changed after it was frozen"):
        Mixes.thaw(path)
    path.write_text(json.dumps({"other": 1}))
    with pytest.raises(InputError, match="not a frozen set"):
        Mixes.thaw(path)
    with pytest.raises(InputError, match="'ec/random'"):
        keep_apart(mixes, mixes)
    other = CodeMixer("en", "es", latin=True).mix(parallel()[:1], theory="ml")
    keep_apart(mixes.rows[10:], other)


def test_frames_and_tuples_are_pairs_too() -> None:
    mixer = CodeMixer("en", "es").fit(parallel())
    sides = [(str(r["source"]), str(r["target"])) for r in parallel()[:3]]
    frame = pa.table({"source": [a for a, _ in sides], "target": [b for _, b in sides]})
    assert [r.text for r in mixer.mix(sides)] == [r.text for r in mixer.mix(frame)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["text"], "Row 0 of mix is 'text'"),
        ([{"target": "x"}], "Row 0 of mix has no 'source'"),
        ([{"text": "a b", "labels": ["O"]}], "2 tokens and 1 labels"),
        ([{"text": "a b", "labels": ["O", "X"]}], "label 'X' of token 1"),
        ([{"source": "a", "target": "b", "alignment": "0-1"}], "link 0-1 of Row 0 of mix is out"),
        ([{"source": "a", "target": "b", "alignment": "0"}], "not a list of links"),
        ([{"source": 3, "target": "b"}], "where a text or a list of tokens belongs"),
        ("a text", "takes a list of pairs"),
    ],
)
def test_bad_rows_are_named(rows: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        CodeMixer("en", "es").mix(rows)


def test_bad_parameters_are_named() -> None:
    mixer = CodeMixer("en", "es")
    for wrong in ({"k": 0}, {"k": True}, {"theory": "xx"}, {"sampling": "all"}, {"cmi": 0}):
        with pytest.raises(ParameterError, match=f"'{next(iter(wrong))}' parameter of mix"):
            mixer.mix(parallel(), **wrong)  # type: ignore[arg-type]
    for theory in ("dictionary", "entity", "none"):
        with pytest.raises(InputError, match=f"theory='{theory}'"):
            mixer.mix(parallel(), theory=theory)  # type: ignore[arg-type]
    for wrong in ({"target": "en"}, {"matrix": "fr"}, {"token_rate": 2}, {"spelling": -1}):
        with pytest.raises(ParameterError, match=f"'{next(iter(wrong))}' parameter of CodeMixer"):
            CodeMixer("en", **wrong)  # type: ignore[arg-type]
    assert len(mixer.mix([])) == 0 and "No pair was given" in mixer.mix([]).notes[0]


def test_unknown_language_and_odd_text_are_bounded() -> None:
    assert closed_words("tlh") == frozenset()
    mixer = CodeMixer("tlh", "qya", dictionary={"a": "b"}, token_rate=1.0)
    long = mixer.mix([{"text": "a c😀 " * 5_000}], theory="dictionary")[0]
    assert long.tokens[:2] == ["b", "c😀"] and len(long.tokens) == 10_000


@given(st.text(max_size=60))
def test_tokens_hold_every_character_that_is_no_space_in_order(text: str) -> None:
    found = tokens(text)
    assert all(text[t.start : t.end] == t.text and t.text for t in found)
    assert "".join(t.text for t in found) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_names_are_of_no_language_and_can_be_learned() -> None:
    pair = {"source": "play abba loud", "target": "abba zor se bajao", "intent": "play",
            "labels": ["O", "B-band", "O"], "alignment": "0-3 1-0 2-1 2-2",
            "target_labels": ["B-band", "O", "O", "O"]}  # fmt: skip
    plain = CodeMixer("en", "hi").mix([pair], k=4, theory="ml")
    named = CodeMixer("en", "hi", names=["band"]).mix([pair], k=4, theory="ml")
    assert [row.text for row in plain] == [row.text for row in named]
    for before, after in zip(plain, named, strict=True):
        for tag, new, word in zip(before.languages, after.languages, after.tokens, strict=True):
            assert new == ("name" if word == "abba" else tag)
    rows = [
        {"tokens": [word, name, "bajao"], "languages": ["en", "name", "hi"]}
        for name in ("ABBA", "Queen", "Lata", "Rafi")
        for word in ("play", "song")
    ]
    tagger = LanguageTagger(rounds=30).fit(rows)
    assert tagger.tag(["play", "Kishore", "bajao"]) == ["en", "name", "hi"]
    assert tagger.tag(["बजाओ"]) == ["hi"]  # never seen in its own script
    with pytest.raises(ParameterError, match="names"):
        CodeMixer(names="band")


def test_a_parse_makes_the_equivalence_constraint_stricter() -> None:
    # The verb and "me" change places, so that the verb phrase has another order: inside its object
    # nothing switches, though no link crosses there.
    row = {
        "source": "show me shoes with laces",
        "target": "me muestra zapatos con cordones",
        "alignment": "0-1 1-0 2-2 3-3 4-4",
        "intent": "show",
    }
    parse = "(VP (V show) (PRP me) (NP (N shoes) (PP (P with) (N laces))))"
    mixer = CodeMixer("en", "es")
    strict = {r.text for r in mixer.mix([{**row, "parse": parse}], k=50)}
    assert strict == {"show me zapatos con cordones", "me muestra shoes with laces"}
    free = {r.text for r in mixer.mix([row], k=50)}
    assert strict < free and "show me zapatos with laces" in free
    # The same as heads, and on the other side.
    assert strict == {r.text for r in mixer.mix([{**row, "parse": [0, 1, 1, 5, 3]}], k=50)}
    there = [["me", "muestra", ["zapatos", ["con", "cordones"]]]]
    assert strict == {r.text for r in mixer.mix([{**row, "target_parse": there}], k=50)}
    # A parse may close every boundary: the pair is refused, with the reason.
    shut = {"source": "a b c d", "target": "w x y z", "alignment": "0-0 1-2 2-1 3-3"}
    assert {r.text for r in mixer.mix([shut], k=9)} == {"a x y z", "w b c d", "a b c z", "w x y d",
                                                       "a x y d", "w b c z"}  # fmt: skip
    closed = mixer.mix([{**shut, "parse": [["a", "b"], ["c", "d"]]}, row])
    assert [refused.pair for refused in closed.refused] == [0]
    assert "of constituents differs" in closed.refused[0].why
    assert {r.text for r in mixer.mix([{**row, "parse": ""}], k=50)} == free  # an empty cell
    with pytest.raises(InputError, match=r"The parse of Row 1 of mix has the words"):
        mixer.mix([row, {**row, "parse": "(S (A please))"}])
    with pytest.raises(InputError, match=r"The parse of the target of Row 0 of mix has 2 heads"):
        mixer.mix([{**row, "target_parse": "0 1"}])


def test_the_rate_of_spelling_is_kept() -> None:
    words = ["mujhe", "jaldi", "dikhao", "achchha", "sundar"] * 200
    candidate = Candidate(words, ["hi"] * len(words), ["O"] * len(words))
    shares = []
    for rate in (0.0, 0.1, 0.5, 1.0):
        (one,) = Finish("hi", None, None, False, rate, 0.0, 1).apply(candidate, random.Random(1))
        shares.append(np.mean([a != b for a, b in zip(one.tokens, words, strict=True)]))
    assert shares[0] == 0 < shares[3] <= 1
    # Some spellings are left as they were: the share is that of the rate, less those.
    assert shares[1] == pytest.approx(0.1 * shares[3], abs=0.03)
    assert shares[2] == pytest.approx(0.5 * shares[3], abs=0.05)
