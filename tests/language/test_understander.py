"""The understander on a small language whose meaning is known, and its parts by brute force."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.errors import ArtifactError, InputError, NotFittedError, ParameterError
from chowk.language import LanguageTagger, Slot, Understander
from chowk.language.calibration import (
    best_temperature,
    certainty,
    softmax,
    threshold,
)
from chowk.language.examples import read_examples
from chowk.language.gazetteer import Gazetteer
from chowk.language.linear import HashedLinear
from chowk.language.longtail import Balance, Choice, Held, Nearest, best, recalls
from chowk.language.sequence import SequenceModel
from chowk.language.slicing import SliceHead
from chowk.language.words import neighbour_features, slot_features, tag_features

COLOURS, ITEMS = ["red", "blue", "green", "dark grey"], ["shoes", "shirts", "bags", "hats"]
OTHER = ["what is the weather", "tell me a joke", "who won the match", "sing a song for me"]


def commands() -> list[dict[str, object]]:
    """Two intents with slots, one without, and a few that are out of scope."""
    rows: list[dict[str, object]] = []
    for colour, item in itertools.product(COLOURS, ITEMS):
        words = colour.split()
        marks = ["B-colour", *["I-colour"] * (len(words) - 1)]
        rows.append({
            "tokens": ["show", "me", *words, item],
            "labels": ["O", "O", *marks, "B-item"], "intent": "search",
        })  # fmt: skip
        rows.append({
            "tokens": ["return", "my", item, "please"],
            "labels": ["O", "O", "B-item", "O"], "intent": "return",
        })  # fmt: skip
        rows.append({"text": f"where is my order of {item}", "intent": "track"})
    return rows + [{"text": text, "intent": "oos"} for text in OTHER * 3]


@pytest.fixture(scope="module")
def model() -> Understander:
    return Understander().fit(commands())


def test_intent_slots_and_offsets(model: Understander) -> None:
    parse = model.parse("Show me, dark grey hats!")
    assert parse.intent == "search" and parse.in_scope
    assert parse.slots == (Slot("colour", "dark grey", 9, 18), Slot("item", "hats", 19, 23))
    assert all(parse.text[s.start : s.end] == s.value for s in parse.slots)
    assert model.parse("return my hats please").intent == "return"
    assert model.parse("where is my order of bags").slots == ()


def test_offsets_in_utf16(model: Understander) -> None:
    parse = model.parse("😀😀 show me red shoes")
    slot, wide = parse.slots[0], parse.utf16().slots[0]
    assert (slot.value, wide.value) == ("red", "red")
    units = parse.text.encode("utf-16-le")
    assert units[2 * wide.start : 2 * wide.end].decode("utf-16-le") == "red"
    assert wide.start == slot.start + 2


def test_probabilities_are_probabilities_and_best_is_first(model: Understander) -> None:
    parse = model.parse("show me red shoes", n_best=10)
    shares = [share for _, share in parse.intents]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1 + 1e-9
    assert parse.intents[0] == (parse.intent, parse.confidence)
    assert "oos" not in dict(parse.intents) and len(parse.intents) == 3
    assert len(model.parse("show me red shoes", n_best=1).intents) == 1


@pytest.mark.parametrize(
    "text", ["tell me a joke", "who won the weather match", "", "  ", "😀", "?"]
)
def test_what_no_intent_covers_is_out_of_scope(model: Understander, text: str) -> None:
    assert not model.parse(text).in_scope


def test_many_equals_one(model: Understander) -> None:
    texts = ["show me red shoes", "", "return my bags please"]
    assert model.parse_many(texts) == [model.parse(text) for text in texts]


def test_hypotheses_of_speech_are_weighed_together(model: Understander) -> None:
    heard = [("shoe me let shoes", 0.2), ("show me red shoes", 0.5), ("return my shoes", 0.3)]
    parse = model.parse_heard(heard)
    assert parse.intent == "search" and parse.text == "show me red shoes"
    one = model.parse("show me red shoes")
    assert model.parse_heard([("show me red shoes", 0.4)]).slots == one.slots
    assert model.parse_heard([("show me red shoes", 0.0)]).intent == "search"
    with pytest.raises(ParameterError, match="hypotheses"):
        model.parse_heard([])


def test_a_saved_model_answers_the_same(model: Understander, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    loaded = Understander.load(tmp_path / "m")
    for text in ["show me dark grey hats", "return my bags please", "tell me a joke", "track it"]:
        ours, theirs = model.parse(text), loaded.parse(text)
        assert (ours.intent, ours.slots, ours.in_scope) == (
            theirs.intent, theirs.slots, theirs.in_scope
        )  # fmt: skip
        assert ours.confidence == pytest.approx(theirs.confidence, abs=0.02)
    assert sorted(p.suffix for p in (tmp_path / "m").iterdir()) == [".json", ".npz"]
    said = json.loads((tmp_path / "m" / "understander.json").read_text("utf-8"))
    (tmp_path / "m" / "understander.json").write_text(json.dumps({**said, "format": 99}))
    with pytest.raises(ArtifactError, match="format 99"):
        Understander.load(tmp_path / "m")
    with pytest.raises(ArtifactError, match="does not hold"):
        Understander.load(tmp_path)


def test_the_same_rows_and_seed_give_the_same_model(model: Understander) -> None:
    again = Understander().fit(commands())
    assert again.parse("show me red bags") == model.parse("show me red bags")


def test_slots_may_come_as_spans_and_tokens_are_cut_as_they_will_be_seen() -> None:
    rows = [
        {
            "text": "size 9, please",
            "slots": [{"name": "size", "start": 5, "end": 6}],
            "intent": "s",
        },
        {"tokens": ["size", "10", "please"], "labels": ["O", "B-size", "O"], "intent": "s"},
    ] * 6
    assert Understander().fit(rows).parse("size 9, please").slots == (Slot("size", "9", 5, 6),)


def test_an_intent_with_one_example_is_learned() -> None:
    model = Understander().fit([*commands(), {"text": "gift wrap everything", "intent": "wrap"}])
    assert model.parse("gift wrap everything").intent == "wrap"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"text": "a"}, "Row 1 of fit has no 'intent'"),
        ({"intent": "x"}, "neither 'text' nor 'tokens'"),
        ({"tokens": ["a"], "labels": ["O", "O"], "intent": "x"}, "1 tokens and 2 labels"),
        ({"tokens": ["a"], "labels": ["Z"], "intent": "x"}, "label 'Z' of token 0"),
        ("text", "Row 1 of fit is a str"),
        (
            {"text": "red shoes", "intent": "x", "slots": [
                {"name": "a", "start": 0, "end": 5}, {"name": "b", "start": 4, "end": 9}]},
            "slots 'a' and 'b' of Row 1 of fit overlap",
        ),
        (
            {"text": "red", "intent": "x", "slots": [{"name": "a", "start": 7, "end": 9}]},
            "covers no word",
        ),
    ],
)  # fmt: skip
def test_bad_rows_are_named(row: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        Understander().fit([{"text": "good", "intent": "x"}, row])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"text": 3, "intent": "x"}, "'text' of Row 1"),
        ({"tokens": ["a", None], "labels": ["O", "O"], "intent": "x"}, "has the token None"),
        ({"text": "a b", "intent": "x", "slots": [{"name": "n"}]}, "'name', 'start' and 'end'"),
        (
            {"text": "a", "intent": "x", "slots": [{"name": "n", "start": "0", "end": 1}]},
            "two ints",
        ),
        ({"text": "a", "intent": "x", "slots": [{"name": "n", "start": 0, "end": 9}]}, "past it"),
    ],
)
def test_values_of_another_type_are_named(row: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        Understander().fit([{"text": "good", "intent": "x"}, row])


@pytest.mark.parametrize("frame", ["pandas", "polars", "pyarrow", "columns"])
def test_frames_are_read_as_rows_are(frame: str, model: Understander) -> None:
    rows = [r for r in commands() if "labels" in r]
    columns = {name: [row[name] for row in rows] for name in ("tokens", "labels", "intent")}
    given: object = columns
    if frame == "pyarrow":
        given = pa.table(columns)
    elif frame != "columns":
        given = pytest.importorskip(frame).DataFrame(columns)
    ours, theirs = Understander(rounds=20).fit(given), Understander(rounds=20).fit(rows)
    assert ours.parse("show me red hats") == theirs.parse("show me red hats")
    tags = {"tokens": [["mujhe", "shoes"]], "languages": [["hi", "en"]]}
    given = pa.table(tags) if frame in ("pyarrow", "columns") else type(given)(tags)  # type: ignore[call-arg]
    assert LanguageTagger(rounds=5).fit(given).tag(["mujhe", "shoes"]) == ["hi", "en"]


def test_rows_of_the_table_of_utterances_are_read() -> None:
    row = {"text": "show red, shoes", "locale": "xx-YY", "intent": "s", "slots": "O B-c O"}
    assert Understander(rounds=10).fit([row] * 4).parse("show red shoes").slots[0].value == "red"


def test_few_rows_suffice_to_doubt_what_has_no_known_part() -> None:
    rows = [{"text": t, "intent": i} for t, i in [("abcde", "one"), ("fghij", "two")] * 3]
    model = Understander().fit(rows)
    assert not model.parse("zzzz qqqq").in_scope and model.parse("abcde").in_scope


def test_bad_calls_are_named(model: Understander) -> None:
    with pytest.raises(NotFittedError):
        Understander().parse("x")
    with pytest.raises(InputError, match="Got none"):
        Understander().fit([])
    with pytest.raises(ParameterError, match="buckets"):
        Understander(buckets=1000)
    with pytest.raises(ParameterError, match="n_best"):
        model.parse("x", n_best=0)
    with pytest.raises(ParameterError, match="texts"):
        model.parse_many("one text")
    with pytest.raises(ParameterError, match=r"frame\['text'\]"):
        model.parse_many({"text": ["one text"]})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a frame or a list of dicts"):
        Understander().fit(None)
    with pytest.raises(ParameterError, match="text"):
        model.parse(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("buckets", "x"), ("buckets", 256.0), ("strength", 0), ("strength", "x"), ("rounds", "x"),
     ("rounds", -1), ("seed", "x"), ("seed", -1), ("false_rejections", "x"),
     ("own_tagger_from", 1.5)],
)  # fmt: skip
def test_a_parameter_of_another_kind_is_named(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f"'{name}'"):
        Understander(**{name: value})


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (0, 0)])
def test_a_slot_of_nothing_is_refused(start: int, end: int) -> None:
    slots = [{"name": "colour", "start": start, "end": end}]
    with pytest.raises(InputError, match="covers no word"):
        Understander().fit([{"text": "red shoes", "intent": "x", "slots": slots}])


def test_of_what_was_heard_the_surest_decides(model: Understander) -> None:
    one, other = "show me red shoes", "where is my order of bags"
    first, second = model.parse(one).intent, model.parse(other).intent
    assert first != second
    for sure in (0.9, 90.0):
        assert model.parse_heard([(one, sure), (other, sure / 9)]).intent == first
        assert model.parse_heard([(one, sure / 9), (other, sure)]).intent == second


def test_what_is_sure_is_in_scope_also_where_all_held_out_rows_are_surer() -> None:
    """Rows of a template are all certain; a threshold among them would turn away all else."""
    colours = ("red", "blue", "green", "black", "white", "pink")
    rows = [
        {"text": text.format(colour), "intent": intent}
        for colour in colours
        for text, intent in (("show me {} shoes", "search"), ("where is my {} order", "track"))
    ] * 4
    model = Understander(rounds=5).fit(rows)
    parse = model.parse("red shoes")
    assert parse.confidence > 0.9 and parse.in_scope and parse.intent == "search"
    assert not model.parse("zzzz qqqq").in_scope


def test_one_intent_alone_is_known_by_its_words() -> None:
    model = Understander(rounds=5).fit([{"text": "open the door", "intent": "open"}])
    assert model.parse("open the door").in_scope and not model.parse("zzzz").in_scope
    with pytest.raises(ParameterError, match="hypotheses"):
        model.parse_heard(3)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="balance"):
        Understander(balance=True)


def test_long_and_odd_text_is_bounded(model: Understander) -> None:
    assert model.parse("show me red shoes " * 2_500).text.count("red") == 2_500
    for text in ["\x00", "\ud800 red", "a" * 100_000, "रेड shoesजूते", "\u202ered"]:
        parse = model.parse(text)
        assert 0 <= parse.confidence <= 1


@given(st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_parse_whose_slots_lie_in_it(text: str) -> None:
    global _MODEL
    parse = _MODEL.parse(text)
    assert all(0 <= s.start < s.end <= len(text) for s in parse.slots)
    assert all(a.end <= b.start for a, b in itertools.pairwise(parse.slots))


_MODEL = Understander(rounds=20).fit(commands())


def best_path(model: SequenceModel, words: list[str]) -> tuple[float, list[str]]:
    """The best labels by trying all of them."""
    scores = model.emissions(words)
    ranked = []
    for path in itertools.product(range(len(model.labels_)), repeat=len(words)):
        total = float(model._start[path[0]]) + sum(float(scores[i, p]) for i, p in enumerate(path))
        total += sum(float(model._into[b, a]) for a, b in itertools.pairwise(path))
        ranked.append((total, [model.labels_[p] for p in path]))
    return max(ranked, key=lambda pair: pair[0])


@pytest.mark.parametrize("text", ["show me red", "grey grey shoes", "dark red hats", "a"])
def test_the_labels_are_the_best_of_all_and_crfsuite_gives_the_same_scores(text: str) -> None:
    rows = [r for r in commands() if "labels" in r]
    model = SequenceModel(slot_features, neighbour_features, rounds=30).fit(
        [r["tokens"] for r in rows],  # type: ignore[misc]
        [r["labels"] for r in rows],  # type: ignore[misc]
    )
    words = text.split()
    total, labels = best_path(model, words)
    assert model.predict(words) == labels and total > -1e8
    assert model.predict([]) == []
    # Rows that are kept a word add up to the plain sum over the token's attributes.
    plain = np.stack([model._sum(names) for names in model._attributes(words)])
    np.testing.assert_allclose(model.emissions(words), plain, atol=1e-4)
    before = ["O", *labels]
    assert all(label[:2] != "I-" or before[i][2:] == label[2:] for i, label in enumerate(labels))


def test_copies_of_a_row_count_as_in_the_full_loss() -> None:
    rows = [["a", "b"], ["c"], ["a", "b"], ["d"], ["a", "b"]]
    classes = [0, 1, 0, 1, 1]
    model = HashedLinear(1024, rounds=5000).fit(rows, classes)
    # At the optimum the slope of the bias over *all* rows, copies and all, is that of its penalty.
    scores = np.stack([model.scores(row) for row in rows])
    sign = np.where(np.arange(2) == np.array(classes)[:, None], 1, -1)
    slope = (-2 * sign * np.maximum(0, 1 - sign * scores)).sum(axis=0) + 0.5 * model.bias_
    np.testing.assert_allclose(slope, 0, atol=0.02)


def test_the_loss_is_least_at_what_was_learned() -> None:
    rows, classes = [["a", "b"], ["c"], ["b", "d"]], [0, 1, 2]
    model = HashedLinear(1024, strength=0.3, rounds=5000).fit(rows, classes)
    sign = np.where(np.arange(3) == np.array(classes)[:, None], 1, -1)

    def loss() -> float:
        model._rows.clear()
        short = np.maximum(0, 1 - sign * np.stack([model.scores(row) for row in rows]))
        return float((short**2).sum() + 0.15 * (model.weights_**2).sum())

    best, rng = loss(), np.random.default_rng(0)
    used = np.flatnonzero(model.weights_.any(axis=1))
    for _ in range(30):
        nudge = np.zeros_like(model.weights_)
        nudge[used] = 0.05 * rng.normal(size=(len(used), 3))
        model.weights_ += nudge
        assert loss() > best
        model.weights_ -= nudge


def test_rare_intents_are_lifted_only_where_it_costs_nothing() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], [300, 90, 10])
    held = Held(["a", "b", "c"])
    held.truth = truth.tolist()
    balance = Balance({"a": 300, "b": 90, "c": 10}, held.intents, "oos")
    scores = 2.0 * np.eye(3)[truth] + 0.3 * rng.normal(size=(400, 3))
    balance.settle("auto", scores, held, 0, again=False)
    assert balance.choice == Choice()  # already all right
    np.testing.assert_array_equal(balance.scores(scores[0], ["x"]), scores[0])
    scores[:, 2] -= 1.9
    now = balance.settle("auto", scores, held, 0, again=False)
    rare = np.array([False, False, True])
    assert balance.choice.rival == "lift" and balance.choice.lift > 0
    (before, head), (after, others) = recalls(scores, truth, rare), recalls(now, truth, rare)
    assert after > before and others >= head
    rows = commands()
    assert Understander(balance="auto", rounds=10).fit(rows).parse("show me red hats").in_scope
    with pytest.raises(ParameterError, match="balance"):
        Understander(balance="much")  # type: ignore[arg-type]


def test_the_best_choice_never_costs_the_head() -> None:
    truth, rare = np.array([0, 0, 1, 1]), np.array([False, True])
    plain = np.array([[1.0, 0], [1, 0], [1, 0], [0, 1]])
    greedy = np.array([[0.0, 1], [1, 0], [0, 1], [0, 1]])
    fair = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    tried = [(Choice("lift", 9), greedy), (Choice("lift", 1), fair)]
    assert best(plain, tried, truth, rare) == Choice("lift", 1)
    assert best(plain, tried[:1], truth, rare) == Choice()


def unbalanced() -> list[dict[str, object]]:
    """Two common intents, and a rare one whose words the common ones have too."""
    rng = np.random.default_rng(5)
    words = {"play": "music song loud band".split(), "book": "table lunch place band".split()}
    rows: list[dict[str, object]] = []
    for intent, count in (("play", 60), ("book", 60)):
        for _ in range(count):
            text = " ".join(rng.choice(words[intent], 3))
            rows.append({"text": f"{intent} {text}", "intent": intent})
    return rows + [{"text": f"rate band {w}", "intent": "rate"} for w in "one two ten six".split()]


@pytest.mark.parametrize("balance", ["classes", "nearest", "slices"])
def test_each_rival_is_kept_and_answers_the_same_when_loaded(balance: str, tmp_path: Path) -> None:
    if balance == "slices":
        pytest.importorskip("torch", reason="pip install 'chowk[neural]'")
    model = Understander(balance=balance, rounds=10).fit(unbalanced())  # type: ignore[arg-type]
    truth = np.array([0, 1, 2])
    rare = np.array([name == "rate" for name in model.intents_])
    if balance == "nearest":  # settled by hand: these rows leave it little to do
        model.balance_.choice = Choice("nearest", 0.5, 4.0)
        rows = [([*str(r["text"]).split()], str(r["intent"])) for r in unbalanced()]
        model.balance_.fit(model.linear_, rows)
        near = model.balance_.nearest(model.linear_, rows)
        assert near.scores(["rate", "band", "one"])[rare][0] == pytest.approx(1, abs=1e-6)
        assert not near.scores(["rate", "band", "one"])[~rare].any()
    if balance == "slices":
        scores = 3 * np.eye(3)[truth].repeat(30, axis=0)
        head = SliceHead(1).fit(scores, truth.repeat(30), rare)
        model.balance_._slices, model.balance_.choice = head, Choice("slices")
        np.testing.assert_allclose(head.scores(scores)[4], head.scores(scores[4]), atol=1e-5)
        assert (head.scores(scores).argmax(axis=1) == truth.repeat(30)).all()
    model.save(tmp_path / "m")
    loaded = Understander.load(tmp_path / "m")
    assert loaded.balance_.choice == model.balance_.choice
    for text in ("rate band one", "play song", "book lunch band"):
        ours, theirs = model.parse(text), loaded.parse(text)
        assert ours.intent == theirs.intent
        assert ours.confidence == pytest.approx(theirs.confidence, abs=0.02)


def test_likeness_is_the_plain_cosine() -> None:
    rows = [["a", "b"], ["c"], ["c", "d"]]
    linear = HashedLinear(4096).fit(rows, [0, 1, 1])
    near = Nearest(linear, 2).fit(rows[1:], [1, 1])
    for words in (["c"], ["d", "x"], ["q"]):
        asked = linear.vector(words).toarray()[0]
        by_hand = max(float(asked @ linear.vector(row).toarray()[0]) for row in rows[1:])
        assert near.scores(words).tolist() == pytest.approx([0, by_hand], abs=1e-6)


def test_weights_count_as_copies_would() -> None:
    rows = [
        {"tokens": ["a", "x"], "labels": ["O", "B-s"], "intent": "i"},
        {"tokens": ["b", "x"], "labels": ["O", "B-t"], "intent": "i"},
        {"text": "c", "intent": "j"},
    ]
    heavy = [rows[0], {**rows[1], "weight": 3}, rows[2]]
    copies = [rows[0], *[rows[1]] * 3, rows[2]]
    ours, theirs = Understander(rounds=30).fit(heavy), Understander(rounds=30).fit(copies)
    for text in ("a x", "b x", "c", "x"):
        assert ours.parse(text).slots == theirs.parse(text).slots
        assert ours.parse(text).intent == theirs.parse(text).intent
    for bad in (0, -1, float("inf"), "2", True):
        with pytest.raises(InputError, match="Row 0 of fit has the weight"):
            Understander().fit([{**rows[0], "weight": bad}])


def test_values_of_the_own_group_are_no_news() -> None:
    rows = [
        {"tokens": ["play", "abba"], "labels": ["O", "B-band"], "intent": "i", "group": "1"},
        {"tokens": ["abba", "bajao"], "labels": ["B-band", "O"], "intent": "i", "group": "1"},
        {"tokens": ["play", "queen"], "labels": ["O", "B-band"], "intent": "i", "group": 2},
        {"tokens": ["play", "queen"], "labels": ["O", "B-band"], "intent": "i", "group": 3},
    ]
    read = read_examples(rows)
    known = Gazetteer.of(read)
    assert known.values == {"abba": {"band": 1}, "queen": {"band": 2}}
    assert known.features(read[0].words, read[0]) == [[], []]
    assert known.features(read[0].words)[1] == ["gBband1"]
    assert known.features(read[2].words, read[2])[1] == ["gBband1"]
    alone = read_examples([{k: v for k, v in row.items() if k != "group"} for row in rows])
    assert Gazetteer.of(alone).values["queen"] == {"band": 1}  # copies are one


def test_temperature_and_threshold() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4000, 5))
    truth = np.array([rng.choice(5, p=row) for row in softmax(scores)])
    assert best_temperature(3 * scores, truth) == pytest.approx(3, rel=0.15)
    shares = softmax(scores)
    level = threshold(shares, truth, -1, 0.1)
    assert (shares.max(axis=1) < level).mean() == pytest.approx(0.1, abs=1e-3)
    assert threshold(shares[:0], truth[:0], -1, 0.1) == -1
    level = threshold(shares, truth, 4, 0.1)
    assert (certainty(shares[truth != 4], 4) < level).mean() == pytest.approx(0.1, abs=1e-3)


def test_language_tags_of_a_known_mixture(tmp_path: Path) -> None:
    hindi, english = (
        ["mujhe", "dikhao", "wala", "kitna", "chahiye"],
        ["show", "shoes", "red", "buy"],
    )
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(80):
        words = [str(w) for w in rng.choice(hindi + english, 5)]
        rows.append({"tokens": words, "languages": ["hi" if w in hindi else "en" for w in words]})
    tagger = LanguageTagger(rounds=30).fit(rows)
    for row in rows[:20]:
        assert tagger.tag(row["tokens"]) == row["languages"]
    assert tagger.tag(["dikhaoo", "shoess"]) == ["hi", "en"]  # spellings never seen
    assert tagger.tag([]) == []
    assert tagger.mixing([["mujhe", "shoes"]]).cmi == 50
    tagger.save(tmp_path)
    assert LanguageTagger.load(tmp_path).tag(["mujhe", "red"]) == ["hi", "en"]
    with pytest.raises(InputError, match="Row 0 of fit has 1 tokens and 2 languages"):
        LanguageTagger().fit([{"tokens": ["a"], "languages": ["en", "hi"]}])
    # Where neighbours decide, they count in proportion to `reach`; the word alone is an option.
    pairs = [(["is", "kya"], ["hi", "hi"]), (["is", "nice"], ["en", "en"])] * 20
    alike = LanguageTagger(rounds=30).fit([{"tokens": a, "languages": b} for a, b in pairs])
    field, words = alike.model_, ["is", "kya"]
    found = []
    for reach in (0.0, 0.5, 1.0):
        field.reach = np.float32(reach)
        found.append(field.emissions(words))
    np.testing.assert_allclose(found[1], (found[0] + found[2]) / 2, atol=1e-5)
    assert np.abs(found[2] - found[0]).max() > 0.01
    plain = LanguageTagger(rounds=30, alone=0).fit(rows)
    assert plain.alone_ is None and plain.tag(["mujhe", "red"]) == ["hi", "en"]
    plain.save(tmp_path / "plain")
    assert LanguageTagger.load(tmp_path / "plain").tag(["mujhe", "red"]) == ["hi", "en"]
    for bad in ({"hold": 2}, {"reach": -1}, {"alone": float("nan")}, {"alone": "x"}):
        with pytest.raises(ParameterError, match="LanguageTagger must be a number in"):
            LanguageTagger(**bad)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a list of tokens"):
        tagger.tag("text")
    with pytest.raises(NotFittedError):
        LanguageTagger().tag(["x"])
    with pytest.raises(ArtifactError):
        LanguageTagger.load(tmp_path / "none")
    assert len(tag_features("x" * 10_000)) < 300


def test_the_shipped_tagger_tells_a_word_by_those_around_it() -> None:
    tagger = LanguageTagger.load("shop")
    assert tagger.tag("is bag me kya hai".split()) == ["hi", "en", "hi", "hi", "hi"]
    assert tagger.tag("send it to me".split()) == ["en"] * 4
    # No word list holds these; a number and a sign are of no language.
    assert tagger.tag("nike ke pahunchne 2000 !".split()) == ["name", "hi", "hi", "other", "other"]
    assert tagger.tag(["मेरे", "shoes", "दिखाओ"]) == ["hi", "en", "hi"]
    assert tagger.tag([]) == [] and len(tagger.tag(["", "😀", "x" * 500])) == 3


def test_threads_that_meet_new_words_at_once_agree(
    model: Understander, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from chowk.language import sequence

    field = next(iter(model.slots_.taggers_.values()))
    rows = [[f"w{(7 * n + m) % 90}" for m in range(12)] for n in range(200)]
    alone = [field.emissions(row) for row in rows]
    for most in (50_000, 20):  # also where what was kept is thrown away on the way
        monkeypatch.setattr(sequence, "_KEPT", most)
        field._met = sequence._Met(len(field.labels_))
        with ThreadPoolExecutor(8) as pool:
            for got, want in zip(pool.map(field.emissions, rows), alone, strict=True):
                np.testing.assert_array_equal(got, want)
    monkeypatch.setattr(sequence, "_BLOCK", 5)  # a long text goes in blocks, to the same scores
    np.testing.assert_array_equal(field.emissions(rows[0]), alone[0])
