"""What a guard is told of a message before anybody sees it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from litestar.datastructures import State

from chowk.community import AutoMod
from chowk.community.channels import ChannelFiles
from chowk.serve.judging import home, teach, verdict_of


def told(decision: str, scores: dict[str, float]) -> dict[str, Any]:
    """What the guard hears of a message of which AutoMod says this."""
    heard: dict[str, Any] = {}

    def message(channel: str, author: str, text: str, at: object, **more: Any) -> None:
        heard.update(more, channel=channel, author=author, text=text)

    verdict = SimpleNamespace(as_dict=lambda: {"decision": decision, "scores": scores})
    automod = SimpleNamespace(check=lambda *given, **more: verdict)
    desk = SimpleNamespace(queue=SimpleNamespace(items=lambda **given: []))
    state = State(
        {
            "serving": SimpleNamespace(desk=desk),
            "channels": SimpleNamespace(refresh=lambda channel: None, automod=automod),
            "guards": SimpleNamespace(message=message),
        }
    )
    sent = SimpleNamespace(
        channel_id="c",
        author_id="a",
        text="t",
        kind="message",
        rating=None,
        verdict=None,
        context={},
    )
    found = verdict_of(state, sent)
    assert found["decision"] == decision
    return heard


@pytest.mark.parametrize(
    ("decision", "scores", "held", "harmful"),
    [
        ("hold", {"hate": 0.95}, True, True),
        ("hold", {"hate": 0.5}, True, False),  # what is doubtful makes no raid
        ("allow", {"hate": 0.95}, False, False),  # the channel lets it be said
    ],
)
def test_a_guard_is_told_what_waits_and_what_harms(decision, scores, held, harmful):
    heard = told(decision, scores)
    assert (heard["held"], heard["harmful"], heard["host"]) == (held, harmful, False)


def test_what_the_guard_held_teaches_no_words(tmp_path):
    state = State({"channels": ChannelFiles(tmp_path, AutoMod.load("en"))})
    kinds = ("flood", "links", "join wave", "mentions", "evader", "term", "length")
    for number, category in enumerate(kinds):
        done = SimpleNamespace(
            kind="message", state="denied", queue=f"c{number}",
            payload={"text": "you are a stupid pig", "verdict": {"category": category}},
        )  # fmt: skip
        teach(state, done)
        assert home(state).automod.channel(done.queue).memory.decisions == 0, category
    done.payload["verdict"] = {"category": "bullying"}
    teach(state, done)
    assert home(state).automod.channel(done.queue).memory.decisions == 1
