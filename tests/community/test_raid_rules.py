"""Each rule of the detector by itself: a scene that it decides, and the same scene without it."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chowk.community import ProactiveDetector
from chowk.community.acquaintance import People, Person
from chowk.community.crowds import Crowds
from chowk.community.lexicon import lexicon
from chowk.community.shouts import tokens

LINE = "kitne aadmi the re sambha bataa zara poori kahani"
NOW = 5_000.0


def nonsense(rng: random.Random) -> str:
    """A word that nobody knows and that can be said."""
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4))


def noise(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfghjklmnpqrstvwxz") for _ in range(8))


def talk(detector: ProactiveDetector, who: str, moments: list[float]) -> None:
    """Somebody says something else at each moment."""
    for at in moments:
        rng = random.Random(f"{who}/{at}")
        detector.message(who, f"{nonsense(rng)} {nonsense(rng)} {nonsense(rng)}", at)


def crowd(detector: ProactiveDetector, texts: list[str], who: str = "r", at: float = NOW) -> int:
    """How many of what each of a crowd says pass before one is held."""
    for i, text in enumerate(texts):
        if detector.message(f"{who}{i}", text, at + i / 10) is not None:
            return i
    return len(texts)


def settled(count: int = 30, spread: float = 100.0) -> ProactiveDetector:
    """A channel in which people have long talked, none of whom came within minutes of another."""
    detector = ProactiveDetector()
    said = [(i * spread + 70 * n, f"old{i}") for i in range(count) for n in range(4)]
    for at, who in sorted(said):
        talk(detector, who, [at])
    return detector


def talkers(detector: ProactiveDetector, count: int = 20) -> None:
    """People who came three minutes ago and said three things."""
    for step in (0.0, 60.0, 120.0):
        for i in range(count):
            talk(detector, f"r{i}", [NOW - 190 + step + i / 10])


def test_letters_of_nobody_are_noise_when_each_has_his_own():
    rng = random.Random(1)
    assert crowd(ProactiveDetector(), [f"copper kettle {noise(rng)}" for _ in range(30)]) < 20
    assert crowd(ProactiveDetector(), ["copper kettle xkqjwprt"] * 30) == 30


def test_one_word_that_many_say_is_no_text_of_many():
    rng = random.Random(2)
    texts = [f"kettle {' '.join(nonsense(rng) for _ in range(4))}" for _ in range(30)]
    assert crowd(settled(), texts) == 30
    texts = [f"kettle boils {' '.join(nonsense(rng) for _ in range(4))}" for _ in range(30)]
    assert crowd(settled(), texts) < 30


def test_a_call_among_random_letters_is_one():
    rng = random.Random(3)
    texts = [f"join {noise(rng)} {noise(rng)} {noise(rng)}" for _ in range(30)]
    assert crowd(ProactiveDetector(), texts) < 20


def test_who_says_other_things_too_is_let_be():
    known = ProactiveDetector()
    talkers(known)
    assert crowd(known, [LINE] * 20) == 20
    assert crowd(ProactiveDetector(), [LINE] * 20) == 7


def test_those_who_came_together_to_talk_did_not_come_to_talk():
    known = settled()
    talkers(known)
    assert crowd(known, [LINE] * 20) == 7
    # Those who came one by one are at home, whoever else is.
    known = settled()
    for i in range(20):
        talk(known, f"r{i}", [3_000.0 + 90 * i, 3_000.0 + 90 * i + 40])
    for i in range(20):
        talk(known, f"r{i}", [4_850.0 + i])
    assert crowd(known, [LINE] * 20) == 20
    # Where hardly anybody else is, all came so.
    few = settled(10)
    talkers(few)
    assert crowd(few, [LINE] * 20) == 20


def test_people_s_share_by_when_they_came():
    people = People()
    for i in range(30):
        for at, number in ((i * 10.0, 1), (i * 10.0 + 40, 2)):
            people.of(f"u{i}", at).speaks(at, number)
    people.of("stranger", 900.0)
    assert people.share_between(0.0, 50.0, 1_000.0) == pytest.approx(6 / 30)
    assert people.share_between(0.0, 150.0, 1_000.0) == 1.0  # fourteen others are too few
    assert people.share_between(0.0, 50.0, 500.0) == 1.0  # nobody is known for long enough


def test_strangers_with_one_text_are_a_raid_where_strangers_are_few():
    seldom = [word for word in list(lexicon().known)[9_000:] if word.isalpha() and len(word) > 6]
    tails = [seldom[10 * i : 10 * i + 10] for i in range(20)]
    loosely = [f"copper kettle {' '.join(tail)}" for tail in tails]
    assert crowd(settled(), loosely) == 9
    known = settled()
    for i in range(20):  # they came two minutes ago and said one thing
        talk(known, f"r{i}", [NOW - 120 + i])
    assert crowd(known, loosely) == 20
    passing = ProactiveDetector()  # nobody ever stays
    for i in range(30):
        talk(passing, f"s{i}", [NOW - 900 + 10 * i])
    assert crowd(passing, loosely) == 20


def test_who_is_known_has_come_back_and_who_talks_says_several_things():
    def person(*said: tuple[float, int]) -> Person:
        made = Person(said[0][0], said[0][0])
        for at, number in said:
            made.speaks(at, number)
        return made

    assert person((0, 1), (40, 1)).is_regular(600)
    assert not person((0, 1), (40, 1)).is_regular(599)
    assert not person((0, 1), (20, 2)).is_regular(900)  # in one half minute
    assert person((0, 1), (5, 2), (9, 3)).is_talker(120)
    assert not person((0, 1), (5, 2), (9, 3)).is_talker(119)
    assert not person((0, 1), (5, 2), (9, 2)).is_talker(900)


def test_an_account_of_today_links_half_as_often():
    def sent(**more: float) -> int:
        detector = ProactiveDetector(links=6)
        links = [f"a{n}.example.com" for n in range(9)]
        alerts = [detector.message("zoe", f"look {one}", NOW, **more) for one in links]
        return alerts.index(next(filter(None, alerts)))

    assert (sent(), sent(age_days=30.0), sent(age_days=0.5)) == (6, 6, 3)


def test_a_window_of_so_many_holds_no_more():
    crowds = Crowds(most=5)
    for i in range(9):
        crowds.put(f"u{i}", tokens("copper kettle").tolist(), 1.0)
    assert len(crowds._seen) == 5 == len(crowds._seen[0].home.authors)


def test_to_name_one_person_makes_a_call_of_less():
    named = ProactiveDetector()
    talkers(named)
    assert (
        crowd(named, ["@anna what happened with your silver kettle yesterday afternoon"] * 20) < 20
    )
    each = ProactiveDetector()
    talkers(each)
    own = [f"@anna{i} what happened with your silver kettle yesterday afternoon" for i in range(20)]
    assert crowd(each, [text.replace(str(i), "abcdefghijklmnopqrst"[i]) for i, text in
                        enumerate(own)]) == 20  # fmt: skip


def test_who_hides_letters_is_not_let_be():
    known = ProactiveDetector()
    talkers(known)
    assert crowd(known, [LINE.replace("kahani", "kah\u200bani")] * 20) == 7


def test_regulars_who_link_are_not_let_be():
    known = ProactiveDetector()
    for i in range(20):
        talk(known, f"r{i}", [i * 100.0, i * 100.0 + 40])
    assert crowd(known, ["see what happened at kettleworld.gg yesterday"] * 20) == 7


def test_what_newcomers_say_all_day_is_no_flood_when_more_of_them_come():
    daily, rng = "copper kettle boiled dry beside a window", random.Random(6)

    def day(often: int) -> list[int]:
        detector, held = ProactiveDetector(), []
        for i in range(260):  # slowly at first, then ten times as fast
            said = daily if i % 5 < often else " ".join(nonsense(rng) for _ in range(3))
            at = 10.0 * i if i < 180 else 1_800.0 + (i - 180)
            if detector.message(f"new{i}", daily if i > 180 and i % 5 == 0 else said, at):
                held.append(i)
        return held

    assert day(1) == []
    assert day(0)[0] == 220


def test_what_was_held_is_not_known_and_not_of_every_day():
    detector = ProactiveDetector()
    raid = "join evilstream now"
    for i in range(30):
        detector.message(f"r{i}", raid, NOW + i / 10)
    detector.message("late", "what a lovely save", NOW + 200)
    kept, people = detector.kept()
    assert not set(tokens(raid).tolist()) & set(kept.words)
    assert people["r0"].times == 1 and people["r29"].times == 0
    assert people["late"].times == 1 and detector.kept()[1] == {}


def test_a_held_crowd_takes_in_what_is_less_near():
    def one(held: bool) -> int:
        crowds = Crowds()
        for i in range(10):
            mine = crowds.put(f"u{i}", tokens("copper kettle boiled dry").tolist(), i)
        mine.held = held
        said = tokens("copper kettle " + " ".join(WORDS)).tolist()
        return len(crowds.put("v", said, 11).authors)

    assert (one(True), one(False)) == (11, 1)


WORDS = (
    "window river purple quiet orange castle pencil garden winter silver basket engine pocket "
    "bottle candle"
).split()


# -- the host --------------------------------------------------------------------------------------

ANSWER = "i think it was the tax on salt"


def asked(line: str, *, at: float = NOW - 5) -> ProactiveDetector:
    detector = ProactiveDetector()
    detector.message("host", line, at, host=True)
    return detector


def test_a_remark_of_the_host_asks_nothing_and_a_question_is_answered_for_a_while():
    assert crowd(asked("which tax was it?"), [ANSWER] * 20) == 20
    assert crowd(asked("wow, that was close"), [ANSWER] * 20) == 7
    assert crowd(asked("which tax was it?", at=NOW - 130), [ANSWER] * 20) == 7
    both = asked("which tax was it?")
    both.message("host", "wow, that was close", NOW - 1, host=True)
    assert crowd(both, [ANSWER] * 20) == 20


def test_what_began_before_the_host_asked_is_no_answer():
    detector = ProactiveDetector()
    for i in range(4):
        detector.message(f"early{i}", ANSWER, NOW - 10)
    detector.message("host", "which tax was it?", NOW - 5, host=True)
    assert crowd(detector, [ANSWER] * 20) == 3


def test_an_answer_is_short():
    long = f"copper kettle {' '.join(WORDS)}"
    assert crowd(asked("which tax was it?"), [long] * 20) == 7


def test_the_host_s_words_are_taken_up_and_no_other_name():
    line = "type join if you want to come on my channel"
    assert crowd(asked(line), ["can i join the channel please"] * 20) == 20
    assert crowd(asked(line), ["can i join evilstream now please"] * 20) < 20
    each = [f"can i join the channel please {nonsense(random.Random(i))}" for i in range(20)]
    assert crowd(asked(line), each) == 20


# -- judges ----------------------------------------------------------------------------------------


def test_others_go_on_while_a_judge_thinks():
    asked, answered = threading.Event(), threading.Event()

    def judge(text: str) -> bool:
        asked.set()
        return answered.wait(20)

    detector = ProactiveDetector(accounts=6, harmful=judge)
    assert detector.message("u0", "copper kettle", NOW) is None
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(detector.message, "u1", "copper kettle", NOW)
        assert asked.wait(20)
        other = pool.submit(detector.message, "v", "what a lovely save", NOW)
        assert other.result(20) is None and not slow.done()
        answered.set()
        assert slow.result(20).kind == "flood"


@pytest.mark.parametrize("harms", [True, False])
def test_of_many_threads_none_gets_more_through_than_one(harms):
    said = [(f"u{i}", "copper kettle boiled dry beside a window") for i in range(60)]

    def play(threads: int) -> int:
        detector = ProactiveDetector(harmful=lambda text: harms)
        with ThreadPoolExecutor(threads) as pool:
            alerts = pool.map(lambda one: detector.message(*one, NOW), said)
            return sum(alert is None for alert in alerts)

    assert play(8) == play(1) == (1 if harms else 7)


def test_a_judge_is_asked_once_a_text_and_only_of_many():
    asked = []
    detector = ProactiveDetector(harmful=lambda text: bool(asked.append(text)))
    for i in range(5):
        detector.message(f"u{i}", f"copper kettle boiled dry {i}", NOW)
    assert len(asked) == 4
