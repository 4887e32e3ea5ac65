"""Terms: what is found is what is there, in linear time, and nothing holds everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.community import AutoMod, Term, TermList
from chowk.community.matching import Automaton
from chowk.community.senses import harmless
from chowk.errors import InputError

_FEW = st.text(alphabet="ab", min_size=1, max_size=4)


@given(st.lists(_FEW, min_size=1, max_size=8), st.text(alphabet="ab", max_size=40))
def test_the_automaton_finds_what_a_search_for_each_finds(patterns, text):
    found = sorted(Automaton(patterns).matches(text))
    every = sorted(
        (i, i + len(p), n)
        for n, p in enumerate(patterns)
        for i in range(len(text) - len(p) + 1)
        if text.startswith(p, i)
    )
    assert found == every


def spans(terms, text, **more):
    return [text[f.start : f.end] for f in TermList(terms).find(text, **more)]


def test_a_bare_term_is_a_whole_word():
    assert spans(["ass"], "class assignment, pass the grass") == []
    assert spans(["ass"], "you ass!") == ["ass"]
    assert spans(["abc"], "abcödef") == []  # an accented letter is no end of a word


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("cat*", "concatenate cats category", ["cats", "category"]),
        ("*cat", "bobcat cats", ["bobcat"]),
        ("*cat*", "concatenate", ["concatenate"]),
        ("two words", "TWO   wörds two words", ["TWO   wörds", "two words"]),
    ],
)
def test_wildcards(term, text, found):
    assert spans([term], text) == found


@pytest.mark.parametrize(
    "text", ["b4dword", "b a d w o r d", "b.a.d.w.o.r.d", "bаdwоrd", "baaadword", "ｂａｄｗｏｒｄ"]
)
def test_disguises_of_a_term_are_found(text):
    assert len(spans(["badword"], f"such a {text} here")) == 1


def test_every_match_is_checked_against_what_is_allowed():
    terms = ["bad", Term("not bad", kind="allow")]
    assert spans(terms, "not bad, bad") == ["bad"]
    assert spans(terms, "not bad") == []


def test_terms_expire():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    terms = [Term("soon", expires_at=now + timedelta(hours=1))]
    assert spans(terms, "soon", now=now) == ["soon"]
    assert spans(terms, "soon", now=now + timedelta(hours=1)) == []


@pytest.mark.parametrize("term", ["*", "**", "", "  ", "a*", "*a", "x*y", "\u200b", "q" * 200, 5])
def test_terms_that_would_hold_everything_or_nothing_are_refused(term):
    with pytest.raises(InputError):
        TermList([term])


def test_one_letter_is_a_word_of_its_own():
    assert spans(["x"], "extra x axe") == ["x"]


def test_a_refused_term_leaves_the_list_as_it_was():
    terms = TermList(["one"])
    with pytest.raises(InputError):
        terms.add(["two", "*"])
    assert [term.text for term in terms] == ["one"]


def test_a_hundred_thousand_terms():
    terms = TermList(f"t{i}x" + ("*" if i % 10 == 0 else "") for i in range(100_000))
    text = "nothing here t77777x and t10xyz " * 20
    assert len(terms.find(text)) == 40
    with pytest.raises(InputError, match="100,000"):
        terms.add("one more")


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("dick", "Spotted dick for pudding"),
        ("dick", "my uncle Dick came by"),
        ("dick", "mail to dick.holland@example.org"),
        ("chink", "a chink of light"),
        ("homo", "early Homo sapiens"),
        ("coon", "our maine coon sleeps"),
        ("dick", "a big spotted dick"),
        ("dick", "run dick.now(1) first"),
        ("dick", "come and sit near Dick tonight"),
        ("dick", "I think @Dick knows it"),  # called by a name
    ],
)
def test_a_word_in_another_sense_is_not_the_term(term, text):
    assert spans([term], text) == []
    # A channel that wants it held says so with the phrase, or with a wildcard.
    assert spans([f"*{term}*"], text) != []


@pytest.mark.parametrize(
    "text",
    [
        "you spotted dick",
        "you big spotted dick",  # somebody is spoken to two words before
        "Spotted d1ck",
        "run d1ck.now(1) first",  # a line of code, but for the disguise
        "What a Dick",
        "Dick Head",
        "you dick.no",
        "Come And Sit Near Dick Tonight",  # where all have a capital, one says nothing
    ],
)
def test_a_sense_spares_nothing_said_to_somebody_or_disguised(text):
    assert len(spans(["dick"], text)) == 1


def test_a_private_term_is_not_told():
    automod = AutoMod.load("en")
    automod.block("c", Term("zebra", private=True), "plum")
    found = automod.check("my zebra", "c")
    assert found.decision == "hold" and found.spans == ()
    assert "zebra" not in " ".join(found.reasons)
    both = automod.check("my zebra and a plum", "c")
    assert [span.text for span in both.spans] == ["plum"]


def test_only_names_are_spared_in_addresses():
    automod = AutoMod.load("en")
    automod.block("c", "evilcasino", "dick", "nazi")
    for held in ("see evilcasino.com/free", "www.evilcasino.net", "anna is from nazi scum"):
        assert automod.check(held, "c").decision == "hold"
    assert automod.check("dick.holland@mail.com wrote", "c").decision == "allow"


def test_an_address_that_is_made_to_say_a_word_is_no_name():
    for text, spared in (("dick@example.org", False), ("dick.holland@example.org", True)):
        assert harmless(text, 0, 4, [("dick", 0, 4)], 0) is spared
