"""Subscriptions: each step in order, to one process at a time, tried again and then given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chowk.desk.webhooks import ATTEMPTS, LEASE
from chowk.errors import NotAllowedError, NotAtDeskError, ParameterError


def propose(desk, number, kind="message"):
    return desk.queue.propose(kind, f"{kind}:{number}", payload_version="1")


def test_steps_come_in_order_and_one_at_a_time(desk, clock):
    propose(desk, 0)  # before anybody asked
    hook, secret = desk.webhooks.add("https://x.example/h", actor="cli", kinds=["message"])
    assert desk.webhooks.take() == []
    propose(desk, 1)
    propose(desk, 2, "address")
    propose(desk, 3)
    ((taken, step, given),) = desk.webhooks.take()
    assert (taken.webhook_id, given, step.subject) == (hook.webhook_id, secret, "message:1")
    assert desk.webhooks.take() == []  # lent to whoever took it
    clock.forward(seconds=LEASE.total_seconds())  # who died with it
    ((_, again, _),) = desk.webhooks.take()
    assert again == step
    desk.webhooks.told(hook.webhook_id, step.seq, "200")
    ((_, after, _),) = desk.webhooks.take()
    assert after.subject == "message:3" and after.seq > step.seq
    desk.webhooks.told(hook.webhook_id, step.seq, "200")  # an old answer that comes late
    assert desk.webhooks.all()[0].told == step.seq
    desk.webhooks.told(hook.webhook_id, after.seq, "200")
    assert desk.webhooks.take() == []


def test_waits_double_and_end(desk, clock):
    hook, _ = desk.webhooks.add("https://x.example/h", actor="cli")
    propose(desk, 1)
    propose(desk, 2)
    waits = []
    for _ in range(ATTEMPTS):
        ((_, step, _),) = desk.webhooks.take()
        desk.webhooks.failed(hook.webhook_id, step.seq, "500")
        (seen,) = desk.webhooks.all()
        waits.append((seen.next_at - clock()) / timedelta(seconds=1))
        clock.now = max(clock.now, seen.next_at)
    assert waits == [10, 20, 40, 80, 160, 320, 640, 0]
    assert (seen.given_up, seen.attempts, seen.last_answer) == (1, 0, "500")
    assert desk.webhooks.take()[0][1].subject == "message:2"


def test_who_may_and_what_is_no_webhook(desk):
    desk.grant("asha", "moderator", actor="cli")
    with pytest.raises(NotAllowedError):
        desk.webhooks.add("https://x.example/h", actor="asha")
    with pytest.raises(ParameterError):
        desk.webhooks.add("https://x.example/h", actor="cli", kinds=["gossip"])
    with pytest.raises(ParameterError):
        desk.webhooks.add("javascript:alert(1)", actor="cli")
    with pytest.raises(NotAtDeskError):
        desk.webhooks.end("w000000000000", actor="cli")
    hook, _ = desk.webhooks.add("https://x.example/h", actor="cli")
    ended = desk.webhooks.end(hook.webhook_id, actor="cli")
    assert desk.webhooks.end(hook.webhook_id, actor="cli") == ended
    assert [row.action for row in desk.audit(subject=f"webhook:{hook.webhook_id}")] == [
        "webhook.added",
        "webhook.ended",
    ]
