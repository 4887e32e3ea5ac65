"""AutoMod: decisions, settings that merge, reasons, context, what a channel learns, bad input."""

from __future__ import annotations

import random
from datetime import datetime
from importlib.resources import files

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.community import AutoMod, Term
from chowk.community.context import Context
from chowk.community.encoding import Encoder
from chowk.community.neural import Beside, Letters
from chowk.community.sentence import features, read
from chowk.community.severity import CATEGORIES
from chowk.errors import ArtifactError, InputError, ParameterError
from community.suites import suite

MODEL = files("chowk.community") / "data" / "automod_en.npz"


@pytest.fixture(scope="module")
def automod():
    return AutoMod.load("en")


@pytest.fixture
def fresh():
    return AutoMod.load("en")


def held(automod, rows):
    return [v.decision == "hold" for v in automod.check_many([row["text"] for row in rows])]


def test_evasions_are_caught(automod):
    rows = suite("evasions")
    assert len({row["kind"] for row in rows}) >= 12 and len(rows) >= 400
    assert sum(held(automod, rows)) >= 0.95 * len(rows)


def test_innocents_are_let_through(automod):
    rows = suite("innocents")
    assert len(rows) >= 400
    assert sum(held(automod, rows)) <= 0.04 * len(rows)


def test_a_list_of_common_terms_does_not_hold_innocents(fresh):
    words = "ass cunt shit dick cock cum anus rape fag nazi coon spic chink paki homo twat tard kkk"
    rows = suite("innocents")
    said = {word.strip(".,!?()@#").lower() for row in rows for word in row["text"].split()}
    # A term that an innocent says as a word of its own ("Dick Van Dyke") is the owner's choice.
    fresh.block("shop", *(word for word in words.split() if word not in said))
    verdicts = fresh.check_many([row["text"] for row in rows], "shop")
    by_term = [v for v in verdicts if v.category == "term"]
    assert len(by_term) <= 0.01 * len(rows), [v.spans for v in by_term]


COMMON = (
    "ass cunt shit dick cock cum anus rape fag nazi coon spic chink paki homo twat tard kkk".split()
)


def test_the_whole_list_of_common_terms_holds_few_innocents(fresh):
    fresh.block("shop", *COMMON)
    rows = suite("innocents")
    verdicts = fresh.check_many([row["text"] for row in rows], "shop")
    by_term = [v for v in verdicts if v.category == "term"]
    assert len(by_term) <= 0.01 * len(rows), [v.spans for v in by_term]


@pytest.mark.parametrize("term", COMMON)
def test_the_same_terms_in_abuse_are_held(fresh, term):
    fresh.block("shop", *COMMON)
    for frame in (
        "you {}", "You {}!", "what a {}", "suck my {}", "Hey {}, nobody likes you", "shut up, {}",
        "go away you filthy {}", "Stop being a {}", "a {} like you", "{}. That is what you are",
        "their {} of a boss", "such a {}, that man", "You Are A {}", "Oi {} Head", "{}",
    ):  # fmt: skip
        for word in (term, term.title(), term.upper()):
            text = frame.format(word)
            assert fresh.check(text, "shop").category == "term", text


@pytest.mark.parametrize(
    "text",
    [
        "killallthemuslimsandthejewsbecausetheyareparasites",
        "allgaypeopleshouldbekilledandburnedaliveinthestreet",
        "#killallthemuslimsandthejewsbecausetheyareparasites",
        "allthehungarianszzzareverminandshouldbegassed",
        "killallthemuslimsandthejewsbecausetheyareparasites" * 20,
    ],
)
def test_a_sentence_without_blanks_is_read(automod, text):
    assert automod.check(text).decision == "hold"


@pytest.mark.parametrize(
    "text",
    ["I see you", "I'll text you later", "can you add it for me", "what do you like", "I know you",
     "we will visit you", "where were you born", "I owe you one, Tom"],
)  # fmt: skip
def test_plain_talk_to_somebody_is_let_through(automod, text):
    assert automod.check(text).decision == "allow"


@pytest.mark.parametrize("who", ["those people", "these people", "that lot", "people like them"])
@pytest.mark.parametrize("said", ["breed like rats", "live like pigs", "are a plague on us"])
def test_people_without_a_name_as_vermin_are_held(automod, who, said):
    assert automod.check(f"{who} {said}").decision == "hold"


@pytest.mark.parametrize(
    "text",
    [
        "those people breed horses",
        "these people work like horses",
        "my kids eat like pigs",
        "the rats in the cellar breed like crazy",
        "that lot sing like birds",
    ],
)
def test_likenesses_that_harm_nobody_are_let_through(automod, text):
    assert automod.check(text).decision == "allow"


@pytest.mark.parametrize(
    "frame",
    [
        'he shouted "{}" and was arrested',
        'someone wrote "{}" in the chat, I reported it',
        '"{}" is a slogan of bigots',
        'Please remove the comment "{}", it is racist',
        'The paper apologised for printing "{}"',
    ],
)
@pytest.mark.parametrize("attack", ["kill all jews", "gays are vermin", "women are worthless"])
def test_a_quoted_attack_that_is_condemned_is_let_through(automod, frame, attack):
    assert automod.check(frame.format(attack)).decision == "allow"
    assert automod.check(attack).decision == automod.check(f'"{attack}"').decision == "hold"


@pytest.mark.parametrize(
    "text",
    [
        "मुसलमान और हिन्दू भाई हैं",
        "हिन्दू और मुसलमान एक हैं",
        "सिख और ईसाई हमारे दोस्त हैं",
        "musalman aur hindu bhai hain",
        "Muslims and Hindus are brothers",
        "Tamils and Sikhs are our neighbours",
        "hindu aur sikh saath rehte hain",
    ],
)
def test_kind_words_of_two_groups_are_let_through(automod, text):
    assert automod.check(text).decision == "allow"


@pytest.mark.parametrize(
    "word", ["counts", "blocks", "despite", "sitting", "warned", "growing", "trials", "blanks"]
)
def test_an_ordinary_word_is_no_disguise(word):
    assert [mark.kind for mark in read(f"the {word} here").marks] == ["_"] * 3


def test_a_kind_sentence_without_blanks_is_let_through(automod):
    assert automod.check("wehadalovelydayatthebeachwithourfriendsandfamily").decision == "allow"
    assert automod.check("donaudampfschifffahrtsgesellschaftskapitaen").decision == "allow"


def test_functions(automod):
    rows = suite("functions")
    truth = [row["decision"] == "hold" for row in rows]
    told = held(automod, rows)
    both = sum(t and h for t, h in zip(truth, told, strict=True))
    neither = sum(not t and not h for t, h in zip(truth, told, strict=True))
    assert both >= 0.7 * sum(truth)
    assert neither >= 0.8 * (len(truth) - sum(truth))


def test_groups_are_alike_by_construction(automod):
    # All groups are one mark to the model, so a sentence's score cannot depend on which it is.
    for text in ("I hate {}", "{} are wonderful", "my neighbours are {}", "{} should be deported"):
        scores = {
            round(automod.check(text.format(group)).scores["hate"], 6)
            for group in ("women", "gays", "jews", "muslims", "mexicans", "refugees")
        }
        assert len(scores) == 1, text


def test_many_give_what_one_by_one_gives(automod):
    texts = [row["text"] for row in suite("functions")[:60] + suite("innocents")[:60]]
    many = automod.check_many(texts)
    for text, verdict in zip(texts, many, strict=True):
        one = automod.check(text)
        assert (one.decision, one.category, one.level) == (
            verdict.decision,
            verdict.category,
            verdict.level,
        )


def test_spans_are_stretches_of_the_original(automod):
    text = "well, all   МUSLIMS should be k i l l e d"
    verdict = automod.check(text)
    assert verdict.decision == "hold"
    assert [span.text for span in verdict.spans] == ["МUSLIMS", "k i l l e d"]
    for span in verdict.spans:
        assert text[span.start : span.end] == span.text
    assert verdict.reasons and verdict.level == 4


def test_swearing_is_off_until_it_is_asked_for(fresh):
    text = "oh fuck, I forgot my keys"
    assert fresh.check(text).decision == "allow"
    fresh.set("strict", {"swearing": 2})
    verdict = fresh.check(text, "strict")
    assert (verdict.decision, verdict.category) == ("hold", "swearing")
    assert fresh.check(text).decision == "allow"


def test_a_change_merges_and_resets_nothing(fresh):
    fresh.set("c", {"bullying": 4, "swearing": 1})
    fresh.set("c", {"overall": 0})
    levels = fresh.settings("c").as_dict()["levels"]
    assert levels["bullying"] == 4 and levels["swearing"] == 1
    assert all(levels[c] == 0 for c in CATEGORIES if c not in ("bullying", "swearing"))
    fresh.set("c", {"bullying": None, "overall_level": None})
    assert fresh.settings("c").level("bullying") == 2


@pytest.mark.parametrize(
    "change",
    [
        {"swearing": 5},
        {"swearing": "2"},
        {"sweering": 2},
        {"band": 2},
        {"overall": True},
        5,
        "swear",
    ],
)
def test_settings_outside_their_limits_are_refused(fresh, change):
    before = fresh.settings("c")
    with pytest.raises(ParameterError):
        fresh.set("c", change)
    assert fresh.settings("c") == before


def test_a_higher_level_never_holds_less(fresh):
    texts = [row["text"] for row in suite("functions")[::4]]
    before = None
    for level in range(5):
        fresh.set("c", {"overall": level})
        now = [v.decision == "hold" for v in fresh.check_many(texts, "c")]
        if before is not None:
            assert all(b <= n for b, n in zip(before, now, strict=True))
        before = now


def test_a_wider_band_never_holds_less(fresh):
    texts = [row["text"] for row in suite("functions")[::4]]
    counts = []
    for band in (0.0, 0.5, 1.0):
        fresh.set("c", {"band": band})
        counts.append(sum(v.decision == "hold" for v in fresh.check_many(texts, "c")))
    assert counts == sorted(counts)


def test_terms_hold_and_permit(fresh):
    fresh.block("c", "kumquat*")
    verdict = fresh.check("I like KUMQU4TS", "c")
    assert (verdict.category, [s.text for s in verdict.spans]) == ("term", ["KUMQU4TS"])
    assert fresh.check("I like kumquats").decision == "allow"
    assert fresh.check("you are a tranny").decision == "hold"
    fresh.permit("c", "tranny")
    assert fresh.check("you are a tranny", "c").decision == "allow"


def test_a_private_term_is_not_told(fresh):
    fresh.block("c", Term("kumquat", private=True))
    assert "kumquat" not in " ".join(fresh.check("a kumquat", "c").reasons)


def test_context_weighs_and_never_decides_alone(automod):
    doubtful = "they should all be locked up"
    before = automod.check(doubtful).scores["hate"]
    after = automod.check(doubtful, context={"reply_to": "so many immigrants here"})
    assert after.scores["hate"] > before
    worst = {"denied": 50, "days": 0.1, "previous": ["you idiot"] * 3}
    assert automod.check("what a nice day", context=worst).decision == "allow"
    kind = automod.check("all jews must die", context={"approved": 50, "days": 900.0})
    assert kind.decision == "hold"
    with pytest.raises(ParameterError):
        automod.check("x", context={"karma": 3})


def test_a_channel_learns_for_itself_alone(fresh):
    text = "you are a queer"
    assert fresh.check(text, "pride").decision == "hold"
    for _ in range(40):
        fresh.learn(text, True, "pride")
    assert fresh.check(text, "pride").decision == "allow"
    assert fresh.check(text, "other").decision == "hold"
    assert fresh.check("all gays must be killed", "pride").decision == "hold"


def test_learning_is_bounded(fresh):
    for _ in range(400):
        fresh.learn("kill all jews", True, "c")
    base = fresh.check("kill all jews").scores["hate"]
    moved = fresh.check("kill all jews", "c").scores["hate"]
    assert 0.5 < moved < base
    assert fresh.check("kill all jews", "c").decision == "hold"


def test_a_denial_says_nothing_of_what_shares_no_word_with_it(fresh):
    for _ in range(100):
        fresh.learn("you worthless clown, hope you lose", False, "c")
        fresh.learn("deport every immigrant", False, "c")
    for text in ("see you tomorrow", "queer and proud today", "my breast hurts, which doctor?"):
        assert fresh.channel("c").memory.shift(read(text)).max() <= 0


def test_learning_can_be_switched_off(fresh):
    fresh.set("c", {"learning": False})
    fresh.learn("you are a queer", True, "c")
    assert fresh.channel("c").memory.decisions == 0


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\ud800",
        "a\udfff b",
        "\u0301" * 500,
        "@someone " * 10_000,
        "<script>alert(1)</script><b>hi</b>",
        "a" * 1_000_000,
        "word " * 200_000,
        "((((((((((" * 5_000,
        "*" * 30_000,
        "&#" * 20_000,
        "a.b.c.d." * 5_000,
        "ab" * 15 + "!" * 200,
        "\u202e" * 5_000,
        "\u202eabc " * 2_000,
        "1!1!1!1!1!1!1!1!1!1!1!",
        "🇮🇳" * 1_000,
        "Ωμέγα и что-то 漢字 ไทย",
        "\x00\x01\x02",
    ],
)
def test_odd_texts_are_answered(automod, text):
    verdict = automod.check(text)
    assert verdict.decision in ("allow", "hold")
    for span in verdict.spans:
        assert 0 <= span.start <= span.end <= len(text)
    if len(text) > 20_000:
        assert (verdict.decision, verdict.category) == ("hold", "length") or verdict.level
    assert automod.check_many([text])[0].decision == verdict.decision


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_answered(text):
    verdict = AutoMod.load("en").check(text)
    for span in verdict.spans:
        assert text[span.start : span.end] == span.text


def test_random_junk_with_marks(automod):
    rng = random.Random(4)
    letters = "ab1!@$*.-_~'\" \u200d\u200b\u0301आिक़्ν|(<#^%&;"
    for _ in range(400):
        text = "".join(rng.choice(letters) for _ in range(rng.randrange(60)))
        assert automod.check(text).decision in ("allow", "hold")


@pytest.mark.parametrize("text", [None, 5, b"bytes", ["list"]])
def test_what_is_no_text_is_refused(automod, text):
    with pytest.raises(ParameterError):
        automod.check(text)
    with pytest.raises(InputError):
        automod.check_many([text])


def test_unknown_models_are_refused(tmp_path):
    with pytest.raises(ParameterError):
        AutoMod.load("xx")
    foreign = tmp_path / "x.npz"
    foreign.write_bytes(b"no model")
    for content in (b"no model", b"", MODEL.read_bytes()[:5_000], b"\x93NUMPY\x01\x00"):
        foreign.write_bytes(content)
        with pytest.raises(ArtifactError):
            AutoMod.load("en", pretrained=foreign)
    np.save(tmp_path / "x.npy", np.zeros(3))
    with pytest.raises(ArtifactError):
        AutoMod.load("en", pretrained=tmp_path / "x.npy")


@pytest.mark.parametrize(
    "text",
    [
        "<b>kill</b> <i>all</i> jews",
        "k<b>i</b>ll all jews",
        "kill<br>all jews",
        '<a href="http://x" class="y z">kill</a> all jews',
    ],
)
def test_tags_hide_nothing(automod, text):
    verdict = automod.check(text)
    assert verdict.decision == "hold"
    for span in verdict.spans:
        assert text[span.start : span.end] == span.text


@pytest.mark.parametrize("count", [1, 199, 250, 5_000])
def test_marks_without_end_hide_nothing(automod, count):
    text = f"k{chr(0x301) * count}ill all m{chr(0x200B) * count}uslims"
    verdict = automod.check(text)
    assert (verdict.decision, verdict.category) == ("hold", "race-ethnicity-religion")
    for span in verdict.spans:
        assert text[span.start : span.end] == span.text
    assert {span.text.replace(chr(0x200B), "") for span in verdict.spans} >= {"muslims"}


@pytest.mark.parametrize("text", ["&" + "amp;" * 4_900, "&lt;" * 5_000, "x\u0301" * 9_000])
def test_a_chunk_that_folds_again_and_again_is_answered(automod, text):
    assert automod.check(text).category in ("", "length")


@pytest.mark.parametrize("text", ["I <3 you", "a < b and c > d", '"' * 300, "<b>nice</b> goal"])
def test_signs_that_are_no_tags_weigh_nothing(automod, text):
    assert automod.check(text).decision == "allow"


def test_rows_are_what_names_say(automod):
    names = bytes(np.load(MODEL)["names"]).decode().split("\n")
    numbers = {name: i for i, name in enumerate(names)}
    encoder = Encoder(names)
    for case in [*suite("functions"), *suite("innocents")[:200]]:
        reading = read(case["text"])
        known = {numbers[name] for name in features(reading) if name in numbers}
        assert set(encoder.rows(reading)) == known, case["text"]


def test_the_band_holds_no_more_than_moderators_can_take(fresh):
    texts = [case["text"] for case in suite("functions")]
    held = []
    for most in (0, 100, 200, len(texts)):
        fresh.set("day", {"band": fresh.band_for(texts, most)})
        held.append(sum(v.decision == "hold" for v in fresh.check_many(texts, "day")))
        assert held[-1] <= max(most, held[0])
    assert held == sorted(held)
    with pytest.raises(ParameterError, match="most"):
        fresh.band_for(texts, -1)


@pytest.mark.parametrize(
    "context",
    [
        {"denied": "x"},
        {"approved": -1},
        {"previous": "they"},
        {"previous": [None]},
        {"days": "new"},
        {"reply_to": 5},
        {"mood": 1},
        {"previous": 5},
        5,
        ["they"],
        Context(previous="they"),
        Context(denied=-1),
    ],
)
def test_a_context_of_other_kinds_is_refused(automod, context):
    with pytest.raises(ParameterError, match="context"):
        automod.check("they should die", context=context)


def test_one_text_is_no_list_and_a_number_no_channel(automod):
    with pytest.raises(ParameterError, match="column of texts"):
        automod.check_many("hello")
    with pytest.raises(ParameterError, match="channel"):
        automod.check("hello", channel=5)
    for texts in (5, None, "hello"):
        with pytest.raises(ParameterError, match="column of texts"):
            automod.check_many(texts)
        with pytest.raises(ParameterError, match="column of texts"):
            automod.band_for(texts, 3)


def test_decisions_and_terms_that_are_none_are_refused(fresh):
    for text, allowed in ((5, True), (None, False), ("you clown", "yes"), ("you clown", None)):
        with pytest.raises(ParameterError, match="learn"):
            fresh.learn(text, allowed, "c")
    assert fresh.channel("c").memory.decisions == 0
    with pytest.raises(ParameterError, match="block"):
        Term("goal", kind="forbid")
    with pytest.raises(ParameterError, match="expires_at"):
        Term("goal", expires_at="tomorrow")


def test_times_without_a_zone_are_refused(fresh):
    with pytest.raises(InputError, match="time zone"):
        Term("goal", expires_at=datetime(2030, 1, 1))
    fresh.block("z", "goal")
    with pytest.raises(ParameterError, match="time zone"):
        fresh.check("goal", "z", now=datetime(2030, 1, 1))


@pytest.mark.parametrize(
    "text", ["kys", "kill yourself", "Drop dead", "mar ja", "kill urself", "go die in a fire"]
)
def test_what_is_said_to_somebody_is_a_threat(automod, text):
    assert automod.check(text).decision == "hold"


@pytest.mark.parametrize("text", ["The battery died again", "Shooting starts at dawn"])
def test_what_is_said_of_nobody_is_none(automod, text):
    assert automod.check(text).decision == "allow"


def told(texts):
    """A model that finds one phrase hateful which no list holds."""
    return [
        [0.99 if "globalist lizards" in text.lower() else 0.01, 0.01, 0.01, 0.01] for text in texts
    ]


def test_a_model_of_whole_texts_is_asked_beside_the_network(automod):
    both = AutoMod.load("en", pretrained=told)
    text = "The globalist lizards run this town"
    assert automod.check(text).decision == "allow"
    assert both.check(text).decision == "hold"
    texts = [text, "nice goal", "All muslims should be k1lled", "", "\ud800"]
    many = both.check_many(texts)
    assert [v.decision for v in many] == ["hold", "allow", "hold", "allow", "allow"]
    for one, other in zip(map(both.check, texts), many, strict=True):
        assert (one.decision, one.category, one.level) == (
            other.decision, other.category, other.level,
        )  # fmt: skip
        assert one.scores == pytest.approx(other.scores, abs=1e-5)
    assert both.check_many([]) == []
    both.learn(text, True, "lobby")


@pytest.mark.parametrize("answer", [[[0.5] * 3], [[2.0] * 4], [[float("nan")] * 4], 1])
def test_a_model_that_gives_no_probabilities_is_told(answer):
    with pytest.raises(InputError, match="4 probabilities a text"):
        AutoMod.load("en", pretrained=lambda texts: answer).check("x")


def first_letter(path):
    """A model of letters that finds a text sexual, and nothing else, by whether it holds an "a"."""
    letters = np.zeros((257, 2), dtype=np.float32)
    letters[98, 0] = 1
    weights = np.zeros((3, 2, 1), dtype=np.float32)
    weights[1, 0, 0] = 12
    np.savez(
        path, letters=letters, strides=[2, 1], weights0=weights, biases0=np.zeros(1, np.float32),
        weights1=np.ones((1, 1, 1), np.float32), biases1=np.zeros(1, np.float32),
        out=np.array([[0, 0, 0, 1]], np.float32), bias=np.full(4, -6, np.float32),
    )  # fmt: skip


def test_a_model_of_letters_reads_the_bytes_of_folded_texts(tmp_path):
    path = tmp_path / "letters.npz"
    first_letter(path)
    model = Letters.read(path)
    told = model(["apples", "pets", "а cyrillic one", "", "x" * 300, "xa"])  # "xa": between strides
    assert told[:, 3].round(2).tolist() == [1, 0, 1, 0, 0, 0]
    assert told[:, :3].max() < 0.01
    assert model([]).shape == (0, 4)
    alone = np.concatenate([model([text]) for text in ("apples", "x" * 300, "b" * 100 + "a")])
    assert np.allclose(alone, model(["apples", "x" * 300, "b" * 100 + "a"]))
    automod = AutoMod(beside=Beside(model, 0.5))
    assert [v.decision for v in automod.check_many(["apples", "pets"])] == ["hold", "allow"]
    own = AutoMod.load("en", pretrained=path).check("apples").scores["sexual"]
    assert AutoMod.load("en").check("apples", context={"denied": 1}).scores["sexual"] < own
    with np.load(path) as held:
        np.savez(path, **{name: held[name] for name in held if name != "weights1"})
    with pytest.raises(ArtifactError, match="no model of letters"):
        AutoMod.load("en", pretrained=path)
    with pytest.raises(ArtifactError, match="no severity model"):
        AutoMod.load("en", pretrained=tmp_path / "nowhere.npz")
    with pytest.raises(ParameterError, match="'pretrained' parameter"):
        AutoMod.load("en", pretrained=5)


@pytest.mark.parametrize(
    "text",
    [
        "happy birthday anna!!",
        "happy birthday anna!",
        "let's go mumbai indians let's go",
        "राजा को निकाला गया",
        "usne paise nikale",
        "mujhe chhod do yaar",
        "छोड़ दो मुझे",
        "chuttiyon mein ghar jaunga",
        "diwali sale kab hai",
        "pichla timer hatao aur naya add karo",
        "what is traffic like on this rasta",
        "Buy a birthday gift for mom",
        "Does it fit women?",
    ],
)
def test_words_one_letter_from_worse_ones_are_themselves(automod, text):
    assert automod.check(text).decision == "allow"


@pytest.mark.parametrize("text", ["chodna", "chutiyon", "sale kutte", "mulle desh se niklo"])
def test_and_the_worse_ones_are_held(automod, text):
    assert automod.check(text).decision == "hold"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the jews are v e r m i n!", "v e r m i n"),
        ("the jews are v e r m i n, all", "v e r m i n"),
        ("the jews are v e r m i n", "v e r m i n"),
        ("k i l l, all jews", "k i l l"),
    ],
)
def test_a_spelt_out_word_is_marked_whatever_stands_behind_it(automod, text, said):
    found = [span.text.rstrip("!,") for span in automod.check(text).spans]
    assert said in found


@pytest.mark.parametrize(
    "text",
    [
        "I have your address, sleep with one eye open",
        "We are coming for you and your days are numbered",
        "Ship each migrant home in a coffin",
        "teri khair nahi, ghar aake maarunga",
        "तू बचेगा नहीं, तेरी टांगें तोड़ दूंगा",
        "My neighbours are Muslims. Somebody should burn them alive.",
        "Met a lesbian on the bus, they all are filthy animals",
        "Does anyone else feel that refugees are parasites?",
        "My boss is retarded",
        "hangallthejewsalready",
        "kill all women",
        "kill all men",
    ],
)
def test_threats_without_a_weapon_and_people_of_another_clause_are_held(automod, text):
    assert automod.check(text).decision == "hold"


@pytest.mark.parametrize(
    "text",
    [
        "I have your address, the invitation is on its way",
        "We are coming for you at eight, your taxi is booked",
        "The coffin was white and the hymn was lovely",
        "ghar aake chai pi lena yaar",
        "saala kya goal tha, maza aa gaya",
        "BC kya catch pakda",
        "जलने वालों का मुँह बंद, हम जीत गए",
        "My neighbours are Muslims. They brought us a cake.",
        "Met a lesbian on the bus, she is a brilliant cook",
        "Does anyone else feel that refugees are treated badly?",
        "This tax form is retarded",
        "Kenyans are the gentlest guides I have ever had",
        "mere sikh dost ke ghar ka khana zabardast tha",
        "Women live longer than men and pay less for their cars",
        "Migrants pay more rent than they get in wages",
        "All men are mortal",
    ],
)
def test_their_harmless_likenesses_are_let_through(automod, text):
    assert automod.check(text).decision == "allow"


def test_a_column_of_any_library_is_its_texts_and_a_frame_is_refused(automod):
    texts = ["nice goal", "all muslims should die"]
    for column in (pa.array(texts), pa.chunked_array([texts]), pd.Series(texts), np.array(texts)):
        assert [v.decision for v in automod.check_many(column)] == ["allow", "hold"]
        assert automod.band_for(column, 2) == automod.band_for(texts, 2)
    frame = {"all muslims should die": [1]}
    for wrong in (frame, pd.DataFrame(frame), pa.table(frame), b"hello", None):
        with pytest.raises(ParameterError, match="column of texts"):
            automod.check_many(wrong)
        with pytest.raises(ParameterError, match="column of texts"):
            automod.band_for(wrong, 2)
    with pytest.raises(ParameterError, match="Text 1"):
        automod.check_many(pa.array(["nice goal", None]))


@pytest.mark.parametrize("blanks", [1, 2, 3, 9])
def test_letters_spell_a_word_however_far_apart_they_all_stand(automod, blanks):
    apart = (" " * blanks).join
    said = f"{apart('fuck')} you"
    assert automod.check(said).levels == automod.check("f u c k you").levels != {}
    two = f"{apart('fuck')}{' ' * 3 * blanks}{apart('you')}"
    assert "swearing" in automod.check(two).levels
    assert not automod.check(f"x{' ' * blanks}y{' ' * blanks}z").levels
