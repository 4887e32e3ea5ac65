"""What many ask at once, what a host asks, and words that are written together."""

from __future__ import annotations

import random

import pytest

from chowk.community import ProactiveDetector
from chowk.community.asking import asks, invites
from chowk.community.shouts import CALLS, heat
from chowk.community.similar import plain
from chowk.community.together import parted
from chowk.community.traces import Trace


def held(texts: list[str], **more: object) -> bool:
    """Whether any of what forty strangers say is held."""
    detector = ProactiveDetector()
    return any(
        detector.follow(Trace.of(f"u{i}", texts[i % len(texts)]), i / 5) is not None
        for i in range(40)
    )


@pytest.mark.parametrize(
    "text",
    [
        "is the site down?",
        "is your website down for everyone",
        "cannot login to my account",
        "site band hai kya",
        "मेरा ऐप नहीं चल रहा क्या",
        "are payments failing here?",
        "is kettlebazaar down?",
        "when does the sale start?",
        "@shop is the app down?",
    ],
)
def test_what_all_notice_and_ask_is_let_be(text):
    assert asks(text, plain(text))[0]
    assert not held([text])


@pytest.mark.parametrize(
    "text",
    [
        "is this streamer a scammer?",
        "wanna join evilstream?",
        "is evilstream better?",
        "site is down, use evilpay",
        "why are you so fat?",
        "why is he so fat?",
        "is site ko band karo",
        "is the site down? join evilstream for free coins",
        "the site is fine",
        "",
    ],
)
def test_what_only_has_the_form_of_a_question_asks_nothing(text):
    assert not asks(text, plain(text))[0]


#: What strangers bring in the form of a question, of an outage, or of both.
POSED = (
    "is maria in delhi sector nine house forty two near the red temple?",
    "is priya in delhi sector nine house forty two near the red temple?",
    "who wants to see maria without clothes on tonight?",
    "when will maria hang from a rope like all others before?",
    "what is the phone number of maria from the shop team?",
    "is maria the one with the short skirt and big legs?",
    "is maria going out tonight with all of us?",
    "site down, order from evilshop",
    "is the site down? order from evilshop",
    "site not working use evilshop",
    "login problem, your account is lost",
)


@pytest.mark.parametrize("text", POSED)
def test_a_person_or_an_advert_in_a_question_is_held_like_any_raid(text):
    assert not asks(text, plain(text)).asks and not Trace.of("a", text).asks
    letters = random.Random(text)
    tails = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(14)]
    for texts in ([text] * 14, [f"{text} {tail}" for tail in tails]):
        detector = ProactiveDetector()
        told = [detector.message(f"u{i}", one, i / 5) is not None for i, one in enumerate(texts)]
        assert told == [False] * 7 + [True] * 7


@pytest.mark.parametrize(
    "text",
    [
        "is anybody else's payment failing",
        "site nahi chal rahi kya",
        "is kettle bazaar not working?",
    ],
)
def test_a_trouble_is_asked_of_by_any_number(text):
    detector = ProactiveDetector()
    assert not any(detector.message(f"u{i}", text, i / 5) for i in range(100))


def test_a_name_that_is_in_no_list_stands_where_a_shop_s_does():
    for text in (
        "is evilbay down?",
        "why is evil bay not loading in pune?",
        "evilbay band hai kya",
    ):
        assert asks(text, plain(text)).asks, text
    for text in (
        "is the site down in maria in evilbay?",
        "is the site down? order in evilbay",
        "evilbay evilshop bazaar down?",
        "is maria working for all?",
        "maria is down",
    ):
        assert not asks(text, plain(text)).asks, text


def test_a_question_without_a_trouble_has_an_end():
    line, other = (
        "when will the first stream of this week start?",
        "is the site down since morning?",
    )
    for text, count in ((line, 40), (other, 100)):
        detector = ProactiveDetector()
        told = [detector.message(f"u{i}", text, i / 5) is not None for i in range(100)]
        assert told.index(True) == count if True in told else count == 100
    # In words of his own each may ask it.
    ways = [
        f"{when} {does} the {what} {begin}{pls}?"
        for when in ("when", "what time", "at what time", "how soon")
        for does in ("does", "will", "would")
        for what in ("first stream of this week", "next match of the week", "new offer this week")
        for begin in ("start", "begin")
        for pls in ("", " pls")
    ]
    assert not held_of(ways)


def held_of(texts: list[str]) -> bool:
    detector = ProactiveDetector()
    return any(detector.message(f"u{i}", text, i / 5) is not None for i, text in enumerate(texts))


def test_what_the_channel_speaks_of_may_be_asked_of():
    line = "when will the copper kettle be back in stock again for all?"
    assert held_of([line] * 20) and not asks(line, plain(line)).asks
    detector = ProactiveDetector()
    for i in range(200):
        detector.message(f"v{i}", f"{'copper kettle' if i % 9 == 0 else 'lamp'} {i} is fine", i * 5)
    assert not any(detector.message(f"u{i}", line, 2_000 + i / 5) for i in range(20))
    lost = "when will the silver basket be back in stock again for all?"
    assert any(detector.message(f"w{i}", lost, 2_100 + i / 5) for i in range(20))


def test_a_call_beside_a_trouble_is_let_be_where_a_mark_asks():
    asked, told = "is the site down for the sale?", "is the site down for the sale"
    assert asks(asked, plain(asked)).asks and not asks(told, plain(told)).asks


def test_a_long_text_does_not_only_ask():
    text = "is the site down? " + " ".join(f"{a}{b}lo" for a in "bdfgklm" for b in "aeiouy" * 2)
    assert not asks(text, plain(text)).asks
    of_lists = " ".join([*_numbers_said(), "maria"])
    assert not asks("is the site down? " + of_lists, plain("is the site down? " + of_lists)).asks


def _numbers_said() -> list[str]:
    from chowk.community import asking

    said = f"{asking._ABOUT} {asking._JOINING}".split()
    return [word for word in said if word.isascii() and len(word) > 3][:60]


def test_a_link_or_two_names_make_no_question():
    assert not Trace.of("a", "is the site down? see evil.gg").asks
    assert not Trace.of("a", "@ana @bo is the site down?").asks
    assert Trace.of("a", "@ana is the site down?").asks


def test_a_service_that_fails_calls_for_nothing_and_one_that_does_not_may():
    failing, fine = "login to your account failed", "login to your account"
    assert not any(word & CALLS for word in asks(failing, plain(failing))[1])
    assert heat(asks(fine, plain(fine))[1]) >= 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("type 1 if you can hear me", True),
        ("which march was it", True),
        ("team A or team B?", True),
        ("what a shot", False),
        ("wow, that was close", False),
        ("", False),
    ],
)
def test_a_host_asks_or_remarks(line, said):
    assert invites(line, plain(line)) is said


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("FreeCoins", "Free Coins"),
        ("freecoins", "free coins"),
        ("freeCoins", "free Coins"),
        ("joinnow", "join now"),
        ("#FreeCoins", " Free Coins"),
        ("#UnfollowAnna", " Unfollow Anna"),
        ("#boycottrexa", " boycott rexa"),
        ("#rexafraudster", " rexa fraudster"),
        ("free_coins", "free coins"),
        ("boycottrexa", "boycottrexa"),
        ("rexaGift", "rexaGift"),
        ("FeelsGoodMan", "FeelsGoodMan"),
        ("followers", "followers"),
        ("linkin", "linkin"),
        ("evilstream", "evilstream"),
        ("joinxkqjwprt", "joinxkqjwprt"),
    ],
)
def test_words_come_apart_where_they_weigh(text, apart):
    assert parted(text) == apart


def test_a_raid_in_joined_words_is_held_and_a_fandom_s_hashtags_are_not():
    assert held(["FreeCoins JoinNow", "#FreeCoins #JoinToday"])
    assert held(["#UnfollowRexa #RexaIsAFraud"])
    assert not held(["#WeLoveRexa #Rexa10k", "#HappyDiwali #DiwaliVibes"])
    assert not held(["rexaGift rexaJoin rexaCoins"])
