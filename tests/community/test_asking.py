"""What many ask at once, what a host asks, and words that are written together."""

from __future__ import annotations

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
