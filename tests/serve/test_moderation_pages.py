"""The moderators' pages without a browser: what each seat sees, what each form does, bad input."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

import chowk
from chowk.build import build
from chowk.community.holding import Holding
from chowk.community.reviews import ReviewClassifier
from serve.test_console import csrf_of, log_in
from serve.test_guarding import old

HTML = {"Accept": "text/html"}
ROOT = "/console/moderation"
PAGES = (
    "", "/guard", "/authors", "/authors?author=zoe", "/norms", "/memory", "/memory?text=fool",
    "/reviews", "/reviews?text=The+plug+caught+fire", "/channels",
    "/reflection", "/community", "/people", "/survey", "/webhooks",
)  # fmt: skip
FLOOD = {"decision": "hold", "category": "flood", "level": 2, "reasons": ["9 accounts"]}
HOLD = {"decision": "hold", "category": "bullying", "level": 3}


@pytest.fixture
def desk(client):
    return client.app.state.serving.desk


@pytest.fixture
def people(desk):
    """The secrets of a responder, a trainee, a norm keeper, an outside reviewer, lead and owner."""
    found = {}
    for name, role, scope, seat in (
        ("resa", "moderator", "staff", "incident_responder"),
        ("tara", "moderator", "staff", "trainee"),
        ("nora", "moderator", "staff", "norm_keeper"),
        ("olga", "external_moderator", "staff", "outside_reviewer"),
        ("lead", "moderation_lead", "staff", ""),
        ("boss", "owner", "admin", ""),
    ):
        desk.grant(name, role, actor="cli")
        if seat:
            desk.seats.give(name, seat, queue="lobby", actor="cli")
        found[name] = desk.create_key(name, scope, actor="cli", member=name)[1]
    return found


class Person:
    """Somebody with a session, who opens pages and sends the forms on them."""

    def __init__(self, client, secret):
        self.client = client
        client.cookies.clear()
        assert log_in(client, secret, ROOT).status_code == 303

    def see(self, path, code=200):
        answer = self.client.get(ROOT + path, headers=HTML)
        assert answer.status_code == code, answer.text[:2000]
        return answer.text

    def send(self, path, code=303, at="", **fields):
        csrf = csrf_of(self.client.get(ROOT + at, headers=HTML).text)
        answer = self.client.post(
            ROOT + path, data={"csrf": csrf, **fields}, headers=HTML, follow_redirects=False
        )
        assert answer.status_code == code, answer.text[:2000]
        if code != 303:
            return re.sub(r"\s+", " ", answer.text)
        return self.client.get(answer.headers["location"], headers=HTML).text


@pytest.fixture
def to_be(client, people):
    return lambda name: Person(client, people[name])


@pytest.fixture
def held(desk):
    holding = Holding(desk.queue)
    for number in range(4):
        holding.send(f"f{number}", "lobby", f"raider{number}", f"free coins {number}", FLOOD)
    holding.send("m1", "lobby", "zoe", "you fool", HOLD)
    holding.send("b1", "bar", "zoe", "elsewhere", HOLD)
    return holding


@pytest.mark.parametrize("name", ["resa", "tara", "nora", "olga", "lead", "boss"])
def test_every_page_opens_for_every_seat_with_what_it_may_see(to_be, held, name):
    person = to_be(name)
    runs = name in ("lead", "boss")
    refused = {
        "tara": {"/authors?author=zoe", "/community"},
        "olga": {"/authors?author=zoe", "/community", "/memory", "/memory?text=fool"},
    }.get(name, set())
    for path in PAGES:
        closed = path in ("/survey", "/webhooks") and not runs
        text = person.see(path, 403 if closed or path in refused else 200)
        assert "zoe" not in text or name not in ("tara", "olga") or "author=zoe" in path


def test_a_moderator_without_the_store_s_figures_begins_at_the_queue(to_be):
    answer = to_be("resa").client.get("/console", follow_redirects=False, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, ROOT)


def test_nobody_reads_another_channel_by_naming_it(to_be, held, desk):
    desk.records.write("norms", "bar", {"norms": [{"id": "x", "text": "secret norm"}]}, actor="cli")
    person = to_be("resa")
    for path in ("guard", "authors", "memory", "community"):
        text = person.see(f"/{path}?channel=bar", 403)
        assert "elsewhere" not in text
    assert "secret norm" not in person.see("/norms?channel=bar", 403)


def test_a_flood_is_denied_and_undone_with_the_count_first(to_be, held, desk):
    person = to_be("resa")
    text = person.see("/guard?channel=lobby")
    assert "4 held as flood, by 4 authors" in text and "Deny all 4" in text
    form = {"channel": "lobby", "kind": "flood", "norm": "honesty", "reason": "a raid"}
    refused = person.send("/guard/decide", 400, at="/guard", outcome="deny", count="3", **form)
    assert "There are 4 items in this group now, and you were shown 3" in refused
    odd = {**form, "norm": "blorp", "outcome": "deny", "count": "4"}
    assert "fits, general" in person.send("/guard/decide", 400, at="/guard", **odd)
    assert len(desk.queue.items(state="waiting", queues=["lobby"])) == 5
    text = person.send("/guard/decide", at="/guard", outcome="approve", count="4", **form)
    assert "Undo these 4" in text
    assert held.shown("f1") == "free coins 1"
    first = re.search(r'name="first" value="(q\w+)"', text)[1]
    wrong = person.send("/guard/undo", 400, at="/guard", channel="lobby", first=first, count="9")
    assert "the number of items, 4" in wrong
    person.send("/guard/undo", at="/guard", channel="lobby", first=first, count="4")
    assert held.shown("f1") is None and held.status("f1").status == "held"
    assert [one.status for one in held.notices("raider1")] == ["held", "approved", "held"]


def test_a_guard_is_tried_before_it_is_set(to_be, held, desk):
    for number in range(6):
        held.send(f"g{number}", "lobby", f"u{number}", "come to my channel for free coins", FLOOD)
    settings = {"channel": "lobby", "on": "on", "window": "60", "accounts": "4"}
    resa = to_be("resa")
    text = resa.send("/guard/trial", 200, at="/guard", **settings)
    assert "Tried on 11 messages" in text and desk.records.read("guard", "lobby") is None
    assert "The guard is set" in resa.send("/guard", at="/guard", **settings)
    assert desk.records.read("guard", "lobby").body["accounts"] == 4
    said = resa.send("/guard", 400, at="/guard", channel="lobby", accounts="many")
    assert "&#39;accounts&#39; parameter" in said and 'value="many"' in said
    to_be("tara").send("/guard", 403, at="/guard", **settings)


def test_a_channel_is_closed_with_the_count_first(to_be, held, desk):
    resa = to_be("resa")
    text = resa.see("/channels")
    assert "lobby: 5 open" in text and "bar" not in re.sub(r"<[^>]*>", " ", text)
    form = {"channel": "lobby", "reason": "the lobby is no more"}
    said = resa.send("/channels/close", 400, at="/channels", count="4", **form)
    assert "5 items are open in lobby now, and you were shown 4" in said
    assert 'value="the lobby is no more"' in said
    said = resa.send("/channels/close", 400, at="/channels", **{**form, "reason": " "}, count="5")
    assert "Say it in a few words" in said
    resa.send("/channels/close", 403, at="/channels", channel="bar", count="1", reason="mine now")
    resa.send("/channels/close", 400, at="/channels", reason="none named", count="0")
    desk.queue.claim(actor="resa")
    text = resa.send("/channels/close", at="/channels", count="5", **form)
    assert "The channel is closed" in text and "lobby: 0 open" in text
    assert held.status("m1").status == "expired" and held.shown("m1") is None
    assert held.status("b1").status == "held"
    row = desk.audit(subject=f"item:{held.status('m1').item_id}")[-1]
    assert (row.action, row.reason) == ("item.expired", "the lobby is no more")
    tara = to_be("tara")
    assert "needs the right <code>queue.many</code>" in tara.see("/channels")
    tara.send("/channels/close", 403, at="/channels", count="0", **form)


def test_a_review_is_read_and_the_store_s_are_counted(to_be, desk, shop):
    rows = [
        {"review_id": f"r{n}", "product_id": "p1", "rating": 1 + n % 5, "text": text,
         "ts": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n)}
        for n, text in enumerate(
            ["The plug sparked and caught fire", "Great fabric, but delivery was slow",
             "Great fabric and lovely colour", "<b>slow</b> delivery, box was crushed"] * 3
        )
    ]  # fmt: skip
    with chowk.open(shop) as store:
        store.write("reviews", rows)
    lead = to_be("lead")
    text = lead.see("/reviews?text=The+plug+sparked+and+caught+fire&rating=1")
    assert "A person should see it" in text and "tells of a danger" in text
    assert "The newest 12 of the store" in text and "Look at first: 3" in text
    assert "<b>slow</b>" not in text
    text = lead.see("/reviews?text=Great+fabric,+but+delivery+was+slow")
    seen = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))
    assert "It may be shown" in seen
    assert "product good Great fabric" in seen and "delivery bad delivery was slow" in seen
    assert "A rating is a number from 0 to 10" in lead.see("/reviews?text=x&rating=many", 400)
    assert "A rating is a number from 0 to 10" in lead.see("/reviews?text=x&rating=nan", 400)
    # Who sits in one channel reads no other's texts; a text of his own he may have read.
    text = to_be("olga").see("/reviews?text=caught+fire")
    assert "sparked" not in text and "The store&#39;s reviews are for" not in text
    assert "are for seats in all channels" in text and "A person should see it" in text


def test_all_reviews_are_counted_as_a_build_read_them(to_be, shop):
    texts = {"safety": "The plug sparked and caught fire", "spam": "Visit www.win.xyz for coins",
             "other": "Great fabric, but delivery was slow", "empty": ""}  # fmt: skip
    rows = [
        {"review_id": f"{name}{n}", "product_id": f"of-{name}", "text": text}
        for name, text in texts.items()
        for n in range(150)
    ]
    with chowk.open(shop) as store:
        store.write("reviews", rows)
        build(store, only="reviews")
    lead = to_be("lead")

    def shown():
        text = lead.see("/reviews")
        return text, re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))

    text, seen = shown()
    assert "All 600 of the store, as the last build read them" in seen
    assert "Look at first: 300" in seen
    assert text.count("of-safety") == 25 and "of-spam" not in text  # dangers before adverts
    told = review_counts(rows)
    assert f"delivery {told['delivery']} " in seen and f"safety {told['safety']} " in seen
    assert "delivery 150 0 % 0 % 100 %" in seen.replace("\u202f", " ").replace("\xa0", " ")
    # What the build has not read is not told of in its name: the newest are read again.
    with chowk.open(shop) as store:
        store.write("reviews", [{"review_id": "late", "product_id": "new", "text": "It exploded"}])
    text, seen = shown()
    assert "The newest 500 of the store" in seen and "as the last build" not in seen


def review_counts(rows):
    found = ReviewClassifier.load("en").predict([row["text"] for row in rows])
    return Counter(label for one in found for label in one.labels)


def test_a_message_is_tried_with_the_channel_s_own_levels(to_be, held, client):
    nora = to_be("nora")
    path = "/norms?channel=lobby&try=1&text="
    text = nora.see(path + "All+muslims+should+be+k1lled+%3Cb%3E")
    assert "It would wait for a moderator" in text and "<mark>k1lled</mark>" in text
    assert "race-ethnicity-religion, level 4" in text and "&lt;b&gt;" in text
    assert "It would be shown" in nora.see(path + "nice+goal")
    assert "It would be shown" not in nora.see(path + "+")
    nora.send("/norms/terms", at="/norms", channel="lobby", terms="blorp", kind="block")
    assert "It would wait for a moderator" in nora.see(path + "what+a+bl0rp")


def test_norms_guides_consent_levels_and_terms(to_be, held, desk, client):
    nora = to_be("nora")
    text = nora.send(
        "/norms", at="/norms", channel="lobby", version="0", id_1="kind", text_1="Be kind.",
        text_2="No spoilers before Sunday!", text_3="  ",
    )  # fmt: skip
    assert "The norms are written" in text
    kept = desk.records.read("norms", "lobby")
    assert [one["id"] for one in kept.body["norms"]] == ["kind", "no-spoilers-before"]
    stale = nora.send("/norms", 409, at="/norms", channel="lobby", version="0", text_1="x")
    assert "at version 1" in stale
    nora.send("/norms/guide", at="/norms", channel="lobby", text="When in doubt, ask.")
    nora.send("/norms/sharing", at="/norms", channel="lobby", guides="on")
    assert desk.records.read("sharing", "lobby").body == {"precedents": False, "guides": True}
    desk.records.write("norms", "bar", {"norms": [{"id": "x", "text": "y"}]}, actor="cli")
    lead = to_be("lead")
    assert "When in doubt, ask." in lead.see("/norms?channel=bar")
    nora = to_be("nora")
    tried = nora.send("/norms/trial", 200, at="/norms", channel="lobby", terms="coins")
    assert "Tried on 5 messages" in tried
    assert list(client.app.state["channels"].automod.terms("lobby")) == []
    nora.send("/norms/terms", at="/norms", channel="lobby", terms="coins\nkumquat*", kind="block")
    own = client.app.state["channels"].automod.terms("lobby")
    assert sorted(term.text for term in own) == ["coins", "kumquat*"]
    nora.send("/norms/terms", at="/norms", channel="lobby", remove="coins")
    odd = nora.send("/norms/terms", 400, at="/norms", channel="lobby", terms="x1", until="soon")
    assert "must be like 2026-12-31" in odd and 'value="soon"' in odd
    assert [term.text for term in own] == ["kumquat*"]
    nora.send("/norms/levels", at="/norms", channel="lobby", swearing="3", band="0.7")
    levels = client.app.state["channels"].automod.settings("lobby")
    assert (levels.level("swearing"), levels.band) == (3, 0.7)
    refused = nora.send("/norms/levels", 400, at="/norms", channel="lobby", band="much")
    assert "&#39;band&#39; parameter" in refused
    actions = [row.action for row in desk.audit(subject="channel:lobby")]
    assert actions == ["terms.changed", "terms.changed", "settings.changed"]
    resa = to_be("resa")
    for path, fields in (
        ("/norms", {"text_1": "mine"}),
        ("/norms/guide", {"text": "mine"}),
        ("/norms/sharing", {}),
        ("/norms/levels", {"swearing": "0"}),
        ("/norms/terms", {"terms": "mine"}),
    ):
        resa.send(path, 403, at="/norms", channel="lobby", **fields)


def test_strikes_kind_acts_notes_and_bans(to_be, held, desk):
    resa = to_be("resa")
    about = {"channel": "lobby", "author": "zoe"}
    resa.send("/authors", at="/authors", kind="strike", text="twice", weight="2", **about)
    text = resa.see("/authors?channel=lobby&author=zoe")
    assert "<b>2.0</b> strikes, faded: remind of the norms" in text and "twice" in text
    strike = desk.records.remarks("strike")[0].remark_id
    resa.send("/authors/withdraw", at="/authors", remark_id=strike, **about)
    assert desk.records.remarks("strike") == []
    resa.send("/authors", at="/authors", kind="note", text="came back", **about)
    resa.send("/authors", at="/authors", kind="hand_over", text="quiet", channel="lobby")
    assert "quiet" in resa.see("/authors?channel=lobby")
    resa.send("/authors", at="/authors", kind="ban", text="raids", name="zoezoe", **about)
    assert desk.records.remarks("ban")[0].body["messages"] == ["you fool"]
    (ban,) = desk.records.remarks("ban")
    assert ban.body["text"] == "raids"
    assert desk.audit(subject=f"remark:{ban.remark_id}")[-1].reason == "raids"
    assert "raids" in resa.see("/authors?channel=lobby&author=zoe")
    long = resa.send("/authors", 400, at="/authors", kind="ban", text="x" * 2_001, **about)
    assert "At most 2000 characters are kept. Got 2,001" in long
    resa.send("/authors", 403, at="/authors", kind="kind_act", text="helped", **about)
    tara = to_be("tara")
    tara.send("/authors", at="/authors", kind="kind_act", text="helped", **about)
    assert desk.records.remarks("kind_act")[0].body == {"text": "helped"}
    for bad in (
        {"kind": "", "text": "x"},
        {"kind": "note", "text": "  "},
        {"kind": "strike", "text": "x", "weight": "900"},
    ):
        assert 'role="alert"' in to_be("resa").send("/authors", 400, at="/authors", **bad, **about)
    assert 'role="alert"' in resa.send(
        "/authors", 400, at="/authors", kind="strike", text="x", channel="lobby"
    )


def test_the_newest_of_many_hand_overs_stand_on_the_page(to_be, held, desk):
    old(desk, "hand_over")
    desk.records.remark(
        "hand_over", "queue:lobby", {"text": "the last one"}, queue="lobby", actor="system"
    )
    text = to_be("resa").see("/authors?channel=lobby")
    assert "the last one" in text and "old 1000" in text and "old 970" not in text


def test_a_note_of_a_megabyte_is_refused_in_words(to_be, held, desk):
    resa = to_be("resa")
    fields = {"kind": "note", "channel": "lobby", "author": "zoe"}
    answer = resa.client.post(
        f"{ROOT}/authors",
        data={"csrf": csrf_of(resa.see("/authors")), "text": "x" * 1_500_000, **fields},
        headers=HTML,
    )
    assert answer.status_code in (400, 413) and len(answer.text) < 100_000
    assert desk.records.remarks("note") == []


def test_a_trainee_is_seconded_and_an_appeal_turns_over(to_be, held, desk, people):
    tara = to_be("tara")
    item = desk.queue.items(subject="message:m1")[0]
    tara.send("/claim", at="", item_id=item.item_id)
    why = {"item_id": item.item_id, "norm": "respect", "reason": "an insult"}
    odd = {**why, "norm": "blorp"}
    assert "fits, general" in tara.send("/decide", 400, outcome="deny", **odd)
    assert "Kept as your advice" in tara.send("/decide", outcome="deny", **why)
    resa = to_be("resa")
    assert "to second" in resa.see("")
    text = resa.send("/claim", item_id=item.item_id)
    assert "a trainee looked at it" in text and "deny</b>" not in text
    assert "the trainee had said otherwise" in resa.send("/decide", outcome="approve", **why)
    week = to_be("tara").see("/reflection")
    assert "a trainee had said denied" in week and "you fool" in week
    desk.seats.give("nora", "appeals_judge", queue="lobby", actor="cli")
    appeal = desk.queue.appeal(item.item_id, "I meant it", actor="system")
    nora = to_be("nora")
    assert "1 waiting" in nora.see("?kind=appeal")
    text = nora.send("/claim", item_id=appeal.item_id, kind="appeal")
    assert "I meant it" in text and "you fool" in text and "Let it stand" in text
    why["item_id"] = appeal.item_id
    text = nora.send("/decide", outcome="approve", kind="appeal", **why)
    assert "The appeal is granted" in text and held.shown("m1") is None
    week = to_be("resa").see("/reflection")
    assert "an appeal turned it over" in week
    assert "agreement" in to_be("lead").see("/community?channel=lobby")


def test_memory_people_surveys_limits_and_webhooks(to_be, held, desk):
    item = desk.queue.claim(desk.queue.items(subject="message:m1")[0].item_id, actor="cli")
    desk.queue.decide(item.item_id, "deny", actor="cli", reason="rude", norm="respect")
    resa = to_be("resa")
    assert "<b>1</b> denied" in resa.see("/memory?channel=lobby&text=you+fool")
    assert "respect" in resa.see("/memory?channel=lobby")
    text = resa.send("/reflection/care", at="/reflection", blur_from="1", per_hour="9", mute="on")
    assert "Your limits are kept" in text
    mine = desk.pseudonym("resa")
    assert desk.records.read("care", mine).body["per_hour"] == 9
    said = resa.send("/reflection/care", 400, at="/reflection", blur_from="lots")
    assert 'role="alert"' in said
    resa.send("/people/seat", 403, at="/people", member="tara", seat="trainee")
    boss = to_be("boss")
    text = boss.send(
        "/people/matrix", at="/people", seat="trainee", right="queue.alone", held="true", reason="x"
    )
    assert "The matrix is changed" in text and "queue.alone" in desk.seats.matrix()["trainee"]
    boss.send("/people/matrix", 400, at="/people", seat="king", right="queue.alone", held="true")
    boss.send("/people/seat", at="/people", member="tara", seat="appeals_judge", queue="bar")
    assert ("appeals_judge", "bar") in desk.seats.of("tara")
    boss.send(
        "/people/seat", at="/people", member="tara", seat="appeals_judge", queue="bar", act="take"
    )
    boss.send("/people/seat", 400, at="/people", member=" ", seat="trainee")
    assert "The survey is open" in boss.send("/survey", at="/survey", name="spring")
    boss.send("/survey", 400, at="/survey", name="spring")
    resa = to_be("resa")
    answer = {"survey": "spring", "q_load": "4", "q_toll": "2", "group": "incident_responder"}
    assert "Thank you" in resa.send("/reflection/answer", at="/reflection", **answer)
    resa.send("/reflection/answer", 409, at="/reflection", **answer)
    resa.send("/reflection/answer", 400, at="/reflection", survey="spring")
    assert "Fewer than five" in to_be("lead").see("/survey")
    for number in range(5):
        desk.grant(f"mod{number}", "moderator", actor="cli")
        desk.records.answer("spring", {"load": 2, "seat": "trainee"}, actor=f"mod{number}")
    lead = to_be("lead")
    text = lead.see("/survey")
    assert "2.33" in text and "decisions a day and person" in text
    assert "incident responder" not in text  # one answer alone is nobody's to see
    text = lead.send("/webhooks", 200, at="/webhooks", url="https://x.example/h", kind_message="on")
    hook = desk.webhooks.all()[0]
    assert "The secret" in text and hook.kinds == ("message",)
    lead.send("/webhooks", 400, at="/webhooks", url="ftp://x.example/")
    lead.send("/webhooks/end", at="/webhooks", webhook_id=hook.webhook_id)
    assert desk.webhooks.all()[0].ended_at is not None


@pytest.mark.parametrize("odd", ["%00", "%F0%9F", "x" * 3000, "<script>", "..%2F..", "%0A"])
def test_odd_channels_and_authors_are_answered(to_be, held, odd):
    boss = to_be("boss")
    for path in ("guard", "authors", "norms", "memory", "community", "people"):
        asked = f"{ROOT}/{path}?channel={odd}&author={odd}&text={odd}"
        answer = boss.client.get(asked, headers=HTML)
        assert answer.status_code in (200, 400), path
        assert "<script>" not in answer.text and len(answer.text) < 100_000


def test_forms_of_other_sites_are_refused(to_be, held):
    resa = to_be("resa")
    for path in (
        "/guard",
        "/guard/decide",
        "/guard/undo",
        "/norms",
        "/authors",
        "/reflection/care",
    ):
        answer = resa.client.post(ROOT + path, data={"csrf": "x"}, headers=HTML)
        assert answer.status_code == 403, path
