"""Logging in: a ticket works once, a session ends when it should."""

from __future__ import annotations

import re
import threading

import pytest

from chowk.desk import Desk
from chowk.errors import KeyRefusedError, NotAtDeskError, ParameterError


def refused(call, *arguments) -> str:
    with pytest.raises(KeyRefusedError) as caught:
        call(*arguments)
    ends = [text[-43:] for text in arguments if len(text) > 43]  # not of ids, which are no secret
    assert not any(end in str(caught.value) for end in ends)
    return caught.value.why


@pytest.fixture
def key(desk):
    return desk.create_key("console", "staff", actor="cli", role="moderator")[0]


def test_a_ticket_lets_in_once(desk, key):
    ticket = desk.create_ticket(key.key_id)
    token = desk.redeem_ticket(ticket)
    assert re.fullmatch(r"chowk_session_s[0-9a-f]{12}_[\w-]{43}", token)
    assert desk.check_session(token) == key == desk.check_session(token)
    assert refused(desk.redeem_ticket, ticket) == "unknown"
    actions = ["key.created", "ticket.created", "session.opened"]
    assert [row.action for row in desk.audit()] == actions
    assert {row.actor for row in desk.audit(after=1)} == {key.key_id}


def test_of_many_who_hand_in_the_same_ticket_one_gets_in(desk, key):
    ticket = desk.create_ticket(key.key_id)
    outcomes: list[str] = []
    gate = threading.Barrier(6)

    def hand_in() -> None:
        gate.wait()
        try:
            desk.redeem_ticket(ticket)
            outcomes.append("in")
        except KeyRefusedError:
            outcomes.append("refused")

    threads = [threading.Thread(target=hand_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in"] + ["refused"] * 5


def test_a_ticket_and_a_session_expire(desk, key, clock):
    late = desk.create_ticket(key.key_id, minutes=10)
    clock.forward(minutes=10)
    assert refused(desk.redeem_ticket, late) == "unknown"
    token = desk.redeem_ticket(desk.create_ticket(key.key_id), hours=2)
    assert desk.check_session(token)
    clock.forward(hours=1, minutes=59)
    assert desk.check_session(token)
    clock.forward(minutes=1)
    assert refused(desk.check_session, token) == "expired"


@pytest.mark.parametrize("ending", ["revoke_key", "rotate_key"])
def test_a_session_ends_with_its_key_or_secret(desk, key, ending):
    token = desk.redeem_ticket(desk.create_ticket(key.key_id))
    waiting = desk.create_ticket(key.key_id)
    desk.check_session(token)
    getattr(desk, ending)(key.key_id, actor="cli")
    assert refused(desk.check_session, token) == "unknown"
    assert refused(desk.redeem_ticket, waiting) == "unknown"


def test_a_session_ends_with_an_expiring_key(desk, clock):
    from datetime import timedelta

    key, _ = desk.create_key("x", "admin", actor="cli", expires_at=clock() + timedelta(minutes=30))
    ticket = desk.create_ticket(key.key_id, minutes=60)
    token = desk.redeem_ticket(desk.create_ticket(key.key_id))
    desk.check_session(token)
    clock.forward(minutes=30)
    assert refused(desk.check_session, token) == "expired"
    assert refused(desk.redeem_ticket, ticket) == "expired"
    assert refused(desk.create_ticket, key.key_id) == "expired"


def test_logging_out(desk, key):
    token, other = (desk.redeem_ticket(desk.create_ticket(key.key_id)) for _ in range(2))
    desk.check_session(token)
    desk.end_session(token)
    assert refused(desk.check_session, token) == "unknown"
    assert desk.check_session(other) == key
    rows = desk.verify_audit()
    desk.end_session(token)
    assert desk.verify_audit() == rows
    assert desk.audit()[-1].action == "session.ended"


def test_one_secret_is_not_another(desk, key):
    _, secret = desk.create_key("x", "admin", actor="cli")
    ticket = desk.create_ticket(key.key_id)
    token = desk.redeem_ticket(desk.create_ticket(key.key_id))
    for call, wrong in (
        (desk.check_key, (ticket, token)),
        (desk.redeem_ticket, (secret, token)),
        (desk.check_session, (secret, ticket)),
        (desk.end_session, (secret, ticket)),
    ):
        for text in wrong:
            assert refused(call, text) == "unknown"
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert refused(desk.check_session, forged) == "unknown"
    desk.end_session(forged)
    assert desk.check_session(token) == key


def test_the_console_is_not_for_the_shop_s_key(desk):
    key, _ = desk.create_key("x", "shop", actor="cli")
    assert refused(desk.create_ticket, key.key_id) == "scope"
    with pytest.raises(NotAtDeskError, match="no key of that id"):
        desk.create_ticket("k000000000000")
    gone, _ = desk.create_key("x", "staff", actor="cli")
    desk.revoke_key(gone.key_id, actor="cli")
    assert refused(desk.create_ticket, gone.key_id) == "revoked"


def test_spans_have_limits(desk, key):
    ticket = desk.create_ticket(key.key_id)
    for minutes in (0, -1, 1441):
        with pytest.raises(ParameterError, match="'minutes' parameter of create_ticket"):
            desk.create_ticket(key.key_id, minutes=minutes)
    for hours in (0, 721):
        with pytest.raises(ParameterError, match="'hours' parameter of redeem_ticket"):
            desk.redeem_ticket(ticket, hours=hours)
    assert desk.redeem_ticket(ticket)


def test_a_session_ended_elsewhere_ends_here_in_time(place):
    import time

    with Desk.open(place, cache_seconds=0.2) as one, Desk.open(place) as two:
        key, _ = one.create_key("x", "staff", actor="cli")
        token = one.redeem_ticket(one.create_ticket(key.key_id))
        one.check_session(token)
        two.end_session(token)
        time.sleep(0.25)
        assert refused(one.check_session, token) == "unknown"
