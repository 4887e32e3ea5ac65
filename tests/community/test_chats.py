"""Chats' events: what each platform sends is read, and what is no event is told."""

from __future__ import annotations

import pytest

from chowk.community.chats import read
from chowk.errors import InputError

EVENTS = {
    "twitch": {
        "event": {
            "message_id": "1",
            "broadcaster_user_id": "2",
            "chatter_user_id": "3",
            "message": {"text": "hi"},
            "reply": {"parent_message_id": "0"},
        }
    },
    "discord": {
        "t": "MESSAGE_CREATE",
        "d": {
            "id": "1",
            "channel_id": "2",
            "author": {"id": "3"},
            "content": "hi",
            "message_reference": {"message_id": "0"},
        },
    },
    "matrix": {
        "event_id": "1",
        "room_id": "2",
        "sender": "3",
        "content": {"body": "hi", "m.relates_to": {"m.in_reply_to": {"event_id": "0"}}},
    },
}


def without(value):
    """The events that are left when one place in them holds something else."""
    for name in value:
        for odd in (None, 5, [], [1], {}, "", True):
            yield {**value, name: odd}
        if isinstance(value[name], dict):
            for inner in without(value[name]):
                yield {**value, name: inner}


@pytest.mark.parametrize("platform", EVENTS)
def test_an_event_is_read(platform):
    said = read(platform, EVENTS[platform])
    assert (said.message_id, said.channel_id, said.author_id) == ("1", "2", "3")
    assert (said.text, said.reply_to) == ("hi", "0")


@pytest.mark.parametrize("platform", EVENTS)
def test_an_event_with_something_else_in_it_is_read_or_told(platform):
    read_, told = 0, 0
    for event in without(EVENTS[platform]):
        try:
            said = read(platform, event)
        except InputError as error:
            assert "Send the event as the platform sent it." in str(error)
            told += 1
        else:
            assert (said.text, said.message_id) == ("hi", "1")
            assert said.reply_to in (None, "0", "")
            read_ += 1
    assert read_ > 10 and told > 20
