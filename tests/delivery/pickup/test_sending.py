"""Sending against a real local SMTP server and a real local webhook, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import socketserver
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from chowk.delivery import SmtpSender, WebhookSender, send_all
from chowk.delivery.pickup.notices import Notice
from chowk.delivery.pickup.sending import checked_address
from chowk.errors import InputError, ParameterError

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def notice(number, *, held_back=False, send_at=NOW):
    return Notice(f"key{number}", f"a{number}", "p", "ready", "hi", "आपका पार्सल",
                  "पार्सल दुकान पर रखा है।", send_at, held_back, None)  # fmt: skip


class _Mailbox(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs; an address that begins with `no` is refused."""

    def handle(self):
        def say(line):
            self.wfile.write(line.encode() + b"\r\n")

        say("220 here")
        while line := self.rfile.readline():
            word = line.decode().strip()
            if word.upper().startswith(("EHLO", "HELO", "MAIL")):
                say("250 ok")
            elif word.upper().startswith("RCPT"):
                say("550 no such person" if "<no" in word else "250 ok")
            elif word.upper() == "DATA":
                say("354 go on")
                lines = []
                while (row := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(row)
                self.server.mails.append(b"".join(lines))
                say("250 kept")
            elif word.upper() == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


class _Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "http://127.0.0.1:1/secret")
        self.end_headers()

    def log_message(self, *what):
        pass


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mailbox():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mailbox)
    server.mails = []
    with running(server):
        yield server


@pytest.fixture
def hook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    server.seen = []
    with running(server):
        yield server


def test_a_notice_arrives_by_mail_once(mailbox):
    sender = SmtpSender("127.0.0.1", "shop@example.com", mailbox.server_address[1], tls=False)
    reach = {"a1": "one@example.com", "a2": "no@example.com", "a3": "three@example.com"}
    notices = [notice(1), notice(1), notice(2), notice(3), notice(4)]
    log = send_all(notices, sender, reach, at=NOW)
    assert [(line.notice_id, line.state) for line in log] == [
        ("key1", "sent"), ("key2", "failed"), ("key3", "sent"), ("key4", "unreachable"),
    ]  # fmt: skip
    assert len(mailbox.mails) == 2
    assert b"To: one@example.com" in mailbox.mails[0]
    again = [line.notice_id for line in log if line.state == "sent"]
    assert [s.notice_id for s in send_all([notice(1)], sender, reach, at=NOW, already=again)] == []
    assert len(mailbox.mails) == 2


def test_what_is_held_back_or_not_yet_due_is_not_sent(mailbox):
    sender = SmtpSender("127.0.0.1", "shop@example.com", mailbox.server_address[1], tls=False)
    notices = [notice(1, held_back=True), notice(2, send_at=NOW + timedelta(hours=1))]
    log = send_all(notices, sender, {"a1": "x@y.z", "a2": "x@y.z"}, at=NOW)
    assert [line.state for line in log] == ["held_back", "waiting"]
    assert mailbox.mails == []


def test_a_line_break_in_an_address_is_refused(mailbox):
    sender = SmtpSender("127.0.0.1", "shop@example.com", mailbox.server_address[1], tls=False)
    log = send_all([notice(1)], sender, {"a1": "x@y.z\r\nBcc: all@y.z"}, at=NOW)
    assert [line.state for line in log] == ["failed"]
    assert mailbox.mails == []


def test_a_webhook_gets_it_signed(hook):
    url = f"http://127.0.0.1:{hook.server_address[1]}/in?x=1"
    sender = WebhookSender(url, b"secret", frozenset({"127.0.0.1"}))
    sender.send(notice(1), "one@example.com")
    ((path, headers, body),) = hook.seen
    assert path == "/in?x=1"
    assert headers["Idempotency-Key"] == "key1"
    assert headers["X-Chowk-Signature"] == hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert json.loads(body)["text"] == "पार्सल दुकान पर रखा है।"


def test_a_redirect_is_not_followed(hook):
    url = f"http://127.0.0.1:{hook.server_address[1]}/moved"
    with pytest.raises(OSError, match="302"):
        WebhookSender(url, b"secret", frozenset({"127.0.0.1"})).send(notice(1), "x")
    assert len(hook.seen) == 1


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "0.0.0.0",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2130706433", "100.64.0.1", "224.0.0.1",
     "2002:7f00:1::", "2002:c0a8:101::", "2001:0:4136:e378:8000:63bf:80ff:fffe"],
)  # fmt: skip
def test_the_inside_of_the_network_is_out_of_reach(host, hook):
    with pytest.raises(InputError, match=r"not on the public net|not found"):
        checked_address(host, 443)
    shown = f"[{host}]" if ":" in host else host
    with pytest.raises(InputError):
        WebhookSender(f"https://{shown}/", b"s").send(notice(1), "x")


@pytest.mark.parametrize("url", ["http://example.com/", "file:///etc/passwd", "ftp://example.com"])
def test_only_https_leaves(url):
    with pytest.raises(InputError, match="must be https"):
        WebhookSender(url, b"s").send(notice(1), "x")


class _Hand:
    """A sender that keeps what it is given, and fails at some in its own way."""

    def __init__(self, *fails):
        self.fails, self.given = fails, []

    def send(self, notice, to):
        if notice.notice_id in self.fails:
            raise RuntimeError("a library of somebody's own")
        self.given.append(notice.notice_id)


def test_whatever_a_hook_raises_the_others_go_out_and_the_log_is_kept():
    hand = _Hand("key2")
    log = send_all([notice(n) for n in (1, 2, 3)], hand, {f"a{n}": "x" for n in (1, 2, 3)}, at=NOW)
    assert [line.state for line in log] == ["sent", "failed", "sent"]
    assert log[1].why == "RuntimeError"
    assert hand.given == ["key1", "key3"]


def test_a_notice_that_is_sent_late_keeps_the_quiet_hours_of_its_own_zone():
    india = timezone(timedelta(hours=5, minutes=30))
    hand, made = _Hand(), notice(1, send_at=datetime(2026, 5, 1, 12, tzinfo=india))
    night = datetime(2026, 5, 1, 17, tzinfo=UTC)  # half past ten at night there
    assert [s.state for s in send_all([made], hand, {"a1": "x"}, at=night)] == ["waiting"]
    free = (time(0), time(0))
    assert [s.state for s in send_all([made], hand, {"a1": "x"}, at=night, quiet=free)] == ["sent"]


def test_who_opted_out_since_gets_nothing():
    hand = _Hand()
    assert send_all([notice(1)], hand, {"a1": "x"}, at=NOW, opted_out=["a1"]) == []
    assert hand.given == []


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ParameterError, match="'at'"):
        send_all([], _Hand(), {}, at=datetime(2026, 5, 1))
