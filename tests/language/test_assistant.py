"""Conversations, replayed: context over turns, asking back, speech, skill requests, own answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chowk.errors import ImportFormatError, InputError, ParameterError
from chowk.language import Understander
from chowk.language.answers import Answers
from chowk.language.assistant import Assistant
from chowk.language.onboarding import Onboarding
from chowk.language.resolving import Catalogue, SearchRequest
from chowk.language.skill import Skill
from chowk.language.turns import kept

SHOP = [
    {"product_id": "r", "title": "Bata red running shoes", "brand": "Bata", "price": 900,
     "category": "Shoes > Running shoes", "attributes": {"colour": "Red"}},
    {"product_id": "b", "title": "Nike blue running shoes", "brand": "Nike", "price": 3000,
     "category": "Shoes > Running shoes", "attributes": {"colour": "Blue"}},
    {"product_id": "s", "title": "Bata black sandals", "brand": "Bata", "price": 700,
     "category": "Shoes > Sandals", "attributes": {"colour": "Black"}},
]  # fmt: skip
MODEL = Understander.load("shop")
CATALOGUE = Catalogue(SHOP)


def search(request: SearchRequest) -> Sequence[Mapping[str, Any]]:
    def fits(product: dict[str, Any]) -> bool:
        price = request.filters.get("price", {})
        held = {"brand": product["brand"], "attributes.colour": product["attributes"]["colour"]}
        return (
            price.get("min", 0) <= product["price"] <= price.get("max", 1e9)
            and all(held[n] in v for n, v in request.filters.items() if n in held)
            and all(product["category"].startswith(c) for c in request.filters.get("category", ()))
        )

    return [product for product in SHOP if fits(product)]


def fresh(**given: Any) -> Assistant:
    return Assistant(MODEL, catalogue=CATALOGUE, search=search, **given)


def test_a_conversation_is_replayed() -> None:
    conversation = [
        {"say": "hello", "action": "talk", "intent": "greet"},
        {"say": "mere liye red wali running shoes dikhao under 2000", "products": ["r"],
         "query": "running shoes"},
        {"say": "sirf blue", "products": [], "text": "Nothing fits"},
        {"say": "undo", "products": ["r"]},
        {"say": "show me shoes", "products": ["r", "b", "s"]},
        {"say": "under 1000", "products": ["r", "s"],
         "filters": {"category": ["Shoes"], "price": {"max": 1000.0}}},
        {"say": "compare the first and the second", "action": "compare", "products": ["r", "s"],
         "text": "price 900 and 700"},
        {"say": "add the second one to my cart", "action": "add_to_cart", "products": ["s"]},
        {"say": "where is my order", "action": "hand_over"},
        {"say": "start over", "intent": "restart"},
        {"say": "compare the first and the second", "action": "ask"},
    ]  # fmt: skip
    assert fresh().replay(conversation) == []
    wrong = fresh().replay([{"say": "hello", "action": "show"}, {"say": "undo", "intent": "undo"}])
    assert wrong == ["Turn 1 ('hello'): action is 'talk', not 'show'."]
    with pytest.raises(InputError, match="Turn 1 of replay"):
        fresh().replay([{"action": "show"}])


@pytest.mark.parametrize("text", ["", "   ", "🙂", "who won the world cup in 1998"])
def test_it_asks_back_rather_than_guess(text: str) -> None:
    assistant = fresh()
    assert assistant.say(text).action == "ask" and assistant.context.request is None


def test_a_doubtful_wish_is_confirmed_by_yes() -> None:
    assistant = fresh(sure=0.999)
    asked = assistant.say("tulip tulip")
    assert asked.action == "ask"
    if asked.ask:
        assistant.sure = 0.1
        assert assistant.say("yes").intent == asked.ask[0]


def test_undo_goes_no_further_than_the_beginning() -> None:
    assistant = fresh()
    assert "nothing to undo" in assistant.say("undo").text
    assistant.say("show me shoes")
    assert assistant.say("undo").request is None


def test_hypotheses_of_speech_are_heard() -> None:
    reply = fresh().say([("shoe mi shoos", 0.3), ("show me shoes", 0.6)])
    assert reply.action == "show" and len(reply.products) == 3


def test_the_owners_answers_come_first(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("question,answer\nDo you ship to Goa?,Yes.\n", "utf-8")
    (tmp_path / "q.jsonl").write_text('{"questions": ["a b"], "answer": "c"}\n', "utf-8")
    answers = Answers.read(tmp_path / "q.csv")
    assert len(answers) == 1 and len(Answers.read(tmp_path / "q.jsonl")) == 1
    assert fresh(answers=answers).say("do you ship to goa").text == "Yes."
    assert answers.find("show me shoes") is None and answers.find("") is None
    with pytest.raises(InputError, match="Row 0 of Answers"):
        Answers([{"question": "x"}])
    with pytest.raises(ParameterError):
        Answers(least=0)
    (tmp_path / "bad.jsonl").write_text("{", "utf-8")
    with pytest.raises(ImportFormatError, match="cannot be read"):
        Answers.read(tmp_path / "bad.jsonl")


def skill_request(name: str, session: dict[str, Any], **slots: str) -> dict[str, Any]:
    intent = {"name": name, "slots": {k: {"name": k, "value": v} for k, v in slots.items()}}
    return {"session": {"attributes": session}, "request": {"type": "IntentRequest",
            "intent": intent}}  # fmt: skip


#: What a store labels: what is asked for, and nothing of the conversation itself.
OWN_ROWS = [
    {"text": text, "intent": intent}
    for text, intent in (
        ("show me shoes", "search"), ("red sandals please", "search"), ("blue shoes", "search"),
        ("where is my order", "track_order"), ("track my parcel", "track_order"),
        ("when will it come", "track_order"), ("tell me a joke", "oos"), ("sing a song", "oos"),
    )
] * 3  # fmt: skip


def test_a_stores_own_model_still_hears_what_is_said_of_the_conversation() -> None:
    own = Understander(rounds=5).fit(OWN_ROWS)

    def made() -> Assistant:
        return Assistant(own, catalogue=CATALOGUE, search=search)

    conversation = [
        {"say": "help", "text": "Say what you want"},
        {"say": "show me shoes", "products": ["r", "b", "s"], "intent": "search"},
        {"say": "only blue", "products": ["b"], "intent": "refine"},
        {"say": "undo", "products": ["r", "b", "s"], "intent": "undo"},
        {
            "say": "under 1000",
            "products": ["r", "s"],
            "filters": {"category": ["Shoes"], "price": {"max": 1000.0}},
        },
        {"say": "undo", "products": ["r", "b", "s"], "intent": "undo"},
        {"say": "compare the first and the second", "action": "compare", "products": ["r", "b"]},
        {"say": "where is my order", "intent": "track_order"},
        {"say": "start over", "intent": "restart"},
        {"say": "undo", "intent": "undo"},
    ]
    assert made().replay(conversation) == []
    heard = [[(turn["say"], 0.9)] for turn in conversation]
    assert made().replay([{**t, "say": h} for t, h in zip(conversation, heard, strict=True)]) == []
    skill = Skill(made)
    said = skill.alexa(skill_request("Say", {}, said="show me shoes"))
    said = skill.alexa(skill_request("Say", said["sessionAttributes"], said="only blue"))
    back = skill.alexa(skill_request("AMAZON.PreviousIntent", said["sessionAttributes"]))
    assert back["response"]["outputSpeech"]["text"].startswith("Back to")


def test_what_names_no_goods_narrows_what_is_shown_whatever_it_is_called() -> None:
    class Searching:
        """To it everything is a search."""

        intents_ = Understander.load("shop").intents_

        def parse(self, text: str) -> Any:
            return msgspec.structs.replace(MODEL.parse(text), intent="search", in_scope=True)

    assistant = Assistant(Searching(), catalogue=CATALOGUE, search=search)  # type: ignore[arg-type]
    conversation = [
        {"say": "under 1000", "products": ["r", "s"], "filters": {"price": {"max": 1000.0}}},
        {"say": "show me red shoes", "products": ["r"]},
        {"say": "under 500", "products": [], "query": "shoes"},
        {"say": "show me sandals", "products": ["s"], "filters": {"category": ["Shoes > Sandals"]}},
    ]
    assert assistant.replay(conversation) == []


def test_an_intent_that_the_store_taught_is_the_stores() -> None:
    rows = [{"text": text, "intent": "undo"} for text in ("cancel that", "take it away")]
    own = Understander(rounds=5).fit(OWN_ROWS + rows * 6)
    assistant = Assistant(own, catalogue=CATALOGUE, search=search)
    assert assistant.replay([{"say": "cancel that", "intent": "undo"}]) == []


def test_an_answer_of_several_lines_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(
        'question,answer\n"Do you deliver?","Yes.\nIn two days.\u2028Thanks"\n', "utf-8"
    )
    assert Answers.read(path).find("do you deliver") == "Yes.\nIn two days.\u2028Thanks"


@pytest.mark.parametrize("row", [["a"], {"question": 5, "answer": "x"}, {"question": [None]}, "ab"])
def test_a_row_that_is_no_answer_is_named(row: Any) -> None:
    with pytest.raises(InputError, match="Row 1 of Answers"):
        Answers([{"question": "a", "answer": "b"}, row])


def test_skill_requests_carry_the_conversation() -> None:
    skill = Skill(fresh)
    opened = skill.alexa({"request": {"type": "LaunchRequest"}})
    assert not opened["response"]["shouldEndSession"]
    first = skill.alexa(skill_request("Say", opened["sessionAttributes"], said="show me shoes"))
    assert "3 found" in first["response"]["outputSpeech"]["text"]
    assert first["response"]["card"]["content"].count("\n") == 2
    second = skill.alexa(skill_request("Say", first["sessionAttributes"], said="only blue"))
    assert "Nike blue" in second["response"]["outputSpeech"]["text"]
    back = skill.alexa(skill_request("AMAZON.PreviousIntent", second["sessionAttributes"]))
    assert back["response"]["outputSpeech"]["text"].startswith("Back to")
    ended = skill.alexa(skill_request("AMAZON.StopIntent", {}))
    assert ended["response"]["shouldEndSession"] and ended["version"] == "1.0"
    again = skill.alexa(skill_request("AMAZON.RepeatIntent", second["sessionAttributes"]))
    assert again == second
    left = skill.alexa(skill_request("AMAZON.NavigateHomeIntent", second["sessionAttributes"]))
    assert left["response"]["shouldEndSession"]
    lost = skill.alexa(skill_request("AMAZON.FallbackIntent", {}))
    assert "Say what you want" in lost["response"]["outputSpeech"]["text"]
    nameless = {"type": "IntentRequest", "intent": {"slots": {}}}
    vast = skill_request("Say", {}, said="red " * 10_000)
    for bad in ({}, {"request": {"type": "Other"}}, {"request": nameless}, vast):
        with pytest.raises(InputError):
            skill.alexa(bad)


def test_plain_requests_carry_the_conversation() -> None:
    skill = Skill(fresh)
    first = skill.plain({"hypotheses": [{"text": "show me shoes", "confidence": 0.9}]})
    second = skill.plain({"text": "only blue", "history": first["history"]})
    assert [product["product_id"] for product in second["products"]] == ["b"]
    for bad in (
        {}, {"text": 3}, {"hypotheses": [{}]}, {"text": "x", "history": "y"},
        {"text": "x", "history": [5]}, {"text": "x", "history": [{"a": 1}]},
        {"hypotheses": [{"text": "x", "confidence": 10**400}]},
        {"hypotheses": [{"text": "x", "confidence": True}]}, {"text": "x", "hypotheses": []},
        {"hypotheses": [{"text": "x", "confidence": 1}] * 51}, {"text": "x" * 2_001},
        {"text": "x", "history": ["x" * 2_001]},
    ):  # fmt: skip
        with pytest.raises(InputError):
            skill.plain(bad)


def test_a_long_conversation_forgets_its_beginning() -> None:
    skill = Skill(fresh)
    short = skill.plain({"text": "undo", "history": [f"show me shoes {n}" for n in range(40)]})
    assert short["history"] == [*(f"show me shoes {n}" for n in range(29, 40)), "undo"]
    said = [f"{n} " + "x" * 1_990 for n in range(12)]  # more than is remembered
    last = skill.plain({"text": "show me shoes", "history": said})
    assert last["history"] == [*said[-10:], "show me shoes"] and len(last["products"]) == 3
    assert kept(["a" * 20_001], 5) == []


def test_the_tour_goes_on_stops_and_answers() -> None:
    answers = Answers([{"question": "is delivery free", "answer": "Above 500."}])
    tour = Onboarding(["One.", "Two."], answers=answers, understander=MODEL)
    assert tour.say("hi") == "One. Shall I go on?"
    assert tour.say("is delivery free?") == "Above 500. Shall I go on?"
    assert tour.say("no thanks").startswith("That was all")
