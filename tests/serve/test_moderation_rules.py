"""The moderation routes' own rules: who is believed, what is kept, and what is told of the rest."""

from __future__ import annotations

from chowk.desk import SEATS
from chowk.desk.queue_rights import DEFAULT_MATRIX
from chowk.serve import webhooks
from serve.test_moderation import WHY, Caller, calls, desk, message  # noqa: F401 (fixtures)

ANSWER = "i think it was the salt march"


def answers(shop, channel, first):
    """Twelve strangers say one thing: a raid, but for answers to the host."""
    sent = [
        message(first + n, verdict=None, text=ANSWER, author_id=f"u{n}", channel_id=channel)
        for n in range(12)
    ]
    return [shop("POST", "messages", one)[1]["status"] for one in sent]


# -- who is the host -------------------------------------------------------------------------------


def test_a_staff_key_says_who_the_host_is_and_a_name_does_not(calls, client, keys):  # noqa: F811
    shop = calls["shop"]
    asked = message(0, text="which march was it?", author_id="anna", verdict=None)
    staff = Caller(client, keys.secrets["admin"])
    hosted = {**asked, "channel_id": "quiz", "context": {"host": True}}
    assert staff("POST", "messages", hosted)[1]["status"] == "shown"
    assert answers(shop, "quiz", 100) == ["shown"] * 12
    # An author who calls himself what the channel is called is no host of it.
    named = {**asked, "message_id": "m900", "channel_id": "bar", "author_id": "bar"}
    assert shop("POST", "messages", named)[1]["status"] == "shown"
    assert answers(shop, "bar", 200)[-1] == "held"


def test_on_twitch_the_broadcaster_is_host_by_a_staff_key(calls, client, keys):  # noqa: F811
    event = {
        "event": {
            "message_id": "t1",
            "broadcaster_user_id": "b7",
            "chatter_user_id": "b7",
            "message": {"text": "which march was it?"},
        }
    }
    staff = Caller(client, keys.secrets["admin"])
    assert staff("POST", "chats/twitch", event)[1]["status"] == "shown"
    assert answers(calls["shop"], "b7", 0) == ["shown"] * 12
    # Anybody can write such an event; from a key that stands in a shop's pages it makes no host.
    event["event"] |= {"message_id": "t2", "broadcaster_user_id": "b8", "chatter_user_id": "b8"}
    assert calls["shop"]("POST", "chats/twitch", event)[1]["status"] == "shown"
    assert answers(calls["shop"], "b8", 300)[-1] == "held"
    other = {"d": {"id": "d1", "channel_id": "c7", "author": {"id": "c7"}, "content": "which?"}}
    assert calls["shop"]("POST", "chats/discord", other)[1]["status"] == "shown"
    assert answers(calls["shop"], "c7", 100)[-1] == "held"


def test_hosts_are_told_to_those_who_see_authors(calls, desk):  # noqa: F811
    assert calls["lead"]("PUT", "guard/lobby", {"hosts": ["anna"]})[1]["guard"]["hosts"] == ["anna"]
    assert calls["asha"]("GET", "guard/lobby")[1]["guard"]["hosts"] == []
    assert calls["asha"]("GET", "documents/guard/lobby")[0] == 403
    assert calls["lead"]("GET", "documents/guard/lobby")[1]["body"] == {"hosts": ["anna"]}
    assert desk.records.forget("author:anna") == 1  # a host can be erased like anybody
    assert calls["lead"]("GET", "guard/lobby")[1]["guard"]["hosts"] == []
    assert desk.verify_audit() > 0


# -- who says that a message is fine ---------------------------------------------------------------


def test_a_shop_key_s_word_holds_a_message_and_lets_none_through(calls, client, keys):  # noqa: F811
    fine = {"verdict": {"decision": "allow"}, "text": "kill all muslims"}
    code, told = calls["shop"]("POST", "messages", message(1, **fine))
    assert code == 403 and told["type"].endswith(":verdict")
    (fault,) = told["errors"]
    assert fault["field"] == "verdict.decision" and fault["got"] == "allow"
    assert "AutoMod judges" in fault["cure"]
    assert calls["shop"]("GET", "messages/message/m1")[0] == 404  # nothing was kept
    assert calls["shop"]("POST", "messages", message(2))[1]["status"] == "held"
    staff = Caller(client, keys.secrets["admin"])
    assert staff("POST", "messages", message(3, **fine))[1]["status"] == "shown"


# -- what stands around a message ------------------------------------------------------------------


def nested(depth):
    found = []
    for _ in range(depth):
        found = [found]
    return found


def test_surroundings_and_verdicts_that_are_none(calls):  # noqa: F811
    for change, field in [
        ({"context": {"befor": []}}, "context.befor"),
        ({"context": {"before": "hello"}}, "context.before"),
        ({"context": {"before": ["x"] * 51}}, "context.before"),
        ({"context": {"before": [{"text": 5}]}}, "context.before[0]"),
        ({"context": {"before": ["x" * 4_001]}}, "context.before[0]"),
        ({"context": {"reply_to": 5}}, "context.reply_to"),
        ({"context": {"host": "yes"}}, "context.host"),
        ({"verdict": {"decision": "hold", "level": 9}}, "verdict.level"),
        ({"verdict": {"decision": "hold", "level": "high"}}, "verdict.level"),
        ({"verdict": {"decision": "hold", "category": 5}}, "verdict.category"),
        ({"verdict": {"decision": "hold", "reasons": "rude"}}, "verdict.reasons"),
        ({"verdict": {"decision": "hold", "spans": 5}}, "verdict.spans"),
        ({"verdict": {}}, "verdict.decision"),
        ({"context": {"before": [{"text": "x", "ip": "::1"}]}}, "context.before[0].ip"),
        ({"verdict": {"decision": "hold", "why": 1}}, "verdict.why"),
        ({"verdict": {"decision": "hold", "category": "wit"}}, "verdict.category"),
        ({"verdict": {"decision": "hold", "spans": nested(20)}}, "verdict.spans[0]"),
        ({"verdict": {"decision": "hold", "spans": nested(900)}}, "verdict.spans[0]"),
        ({"verdict": {"decision": "hold", "x": nested(900)}}, "verdict.x"),
        (
            {"verdict": {"decision": "hold", "spans": [{"start": 0, "end": 1, "x": 1}]}},
            "verdict.spans[0].x",
        ),
        ({"verdict": {"decision": "hold", "levels": {"bullying": 9}}}, "verdict.levels[...]"),
        ({"verdict": {"decision": "hold", "scores": {"hate": {}}}}, "verdict.scores[...]"),
        ({"verdict": {"decision": "hold", "english": "yes"}}, "verdict.english"),
    ]:
        code, told = calls["shop"]("POST", "messages", message(**change))
        assert code == 400, told
        (fault,) = told["errors"]
        assert fault["field"] == field and fault["rule"] and fault["cure"]
        assert calls["shop"]("GET", "messages/message/m1")[0] == 404  # nothing was kept


def test_a_field_that_is_refused_is_told_with_what_it_held(calls):  # noqa: F811
    for place in ("context", "verdict"):
        sent = message(
            **{place: {"decision": "hold", "foo": 1} if place == "verdict" else {"foo": 1}}
        )
        code, told = calls["shop"]("POST", "messages", sent)
        assert code == 400 and f"'{place}.foo' must be left out. Got 1 instead." in told["detail"]
        assert told["errors"][0]["got"] == 1


def test_verdicts_stand_as_the_server_gave_them(calls, client, keys):  # noqa: F811
    def asked(path, **body):
        return client.post(f"/v1/moderation/{path}", json=body, headers=keys.shop).json()

    holds = [asked("check", text="All muslims should be k1lled"), asked("check", text="a " * 9_000)]
    burnt = "The fabric is great, but the plug caught fire"
    holds += asked("reviews", reviews=[burnt])["verdicts"]
    assert holds[0]["spans"] and holds[1]["category"] == "length" and holds[2]["aspects"]
    for number, verdict in enumerate(holds):
        code, told = calls["shop"]("POST", "messages", message(number, verdict=verdict))
        assert (code, told["status"]) == (200, "held"), told


def test_surroundings_that_are_fine(calls):  # noqa: F811
    around = {
        "before": [{"author_id": "a", "text": "hello"}, "hi"],
        "reply_to": "hi",
        "host": False,
    }
    assert calls["shop"]("POST", "messages", message(context=around))[1]["status"] == "held"
    (item,) = calls["lead"]("GET", "queue")[1]["items"]
    assert item["context"] == around


def test_one_text_or_many_and_nothing_else(client, keys):
    def told(body):
        answer = client.post("/v1/moderation/check", json=body, headers=keys.shop)
        return answer.status_code, answer.json().get("errors", [{}])[0].get("field")

    assert told({"text": "a", "texts": ["b"]}) == (400, "text")
    assert told({"texts": ["b"], "context": {"denied": 3}}) == (400, "context")
    assert told({"text": "a", "chanel": "c"}) == (400, "chanel")
    assert told({"texts": ["b"], "context": None})[0] == 200


# -- documents, remarks, seats ---------------------------------------------------------------------


def test_levels_are_kept_in_one_place(calls):  # noqa: F811
    body = {"body": {"swearing": 4}}
    for method, sent in (("GET", None), ("PUT", body)):
        code, told = calls["boss"](method, "documents/settings/lobby", sent)
        assert code == 400 and "/v1/moderation/settings?channel=" in told["detail"]


def test_every_seat_changes_levels_where_the_matrix_says_so(calls, client, desk):  # noqa: F811
    for seat in SEATS:
        desk.grant(seat, "moderator", actor="cli")
        desk.seats.give(seat, seat, queue="lobby", actor="cli")
        own = Caller(client, desk.create_key(seat, "staff", actor="cli", member=seat)[1])
        may = "settings.edit" in DEFAULT_MATRIX[seat]
        for path, method, body in (
            ("settings?channel={}", "PATCH", {"swearing": 3}),
            ("terms?channel={}", "POST", {"terms": [f"blorp{seat}"]}),
            ("trials?channel={}", "POST", {"levels": {"bullying": 1}}),
        ):
            assert own(method, path.format("lobby"), body)[0] == (200 if may else 403), seat
            assert own(method, path.format("bar"), body)[0] == 403, seat


def test_documents_that_are_none(calls):  # noqa: F811
    for kind, body, field in [
        ("norms", {"norms": [{"id": "a", "text": "x"}], "colour": "red"}, "body.colour"),
        ("norms", {"norms": [{"id": "a", "text": "x", "why": "y"}]}, "why"),
        ("norms", {"norms": [{"id": "a", "text": "x"}] * 2}, "body"),
        ("guide", {"txt": "Ask first."}, "body.txt"),
        ("guide", {"text": 5}, "body.text"),
        ("guide", {}, "body.text"),
        ("sharing", {"precedent": True}, "body.precedent"),
        ("sharing", {"precedents": "yes"}, "body.precedents"),
        ("survey", {"questions": []}, "body.questions"),
        ("survey", {"questions": [{"id": "a"}, {"id": "a"}]}, "body"),
        ("care", {"blur": 3}, "body.blur"),
        ("care", {"blur_from": 9}, "body.blur_from"),
        ("rules", {}, "kind"),
    ]:
        code, told = calls["boss"]("PUT", f"documents/{kind}/lobby", {"body": body})
        assert code == 400, told
        assert told["errors"][0]["field"].endswith(field) and told["errors"][0]["rule"]
        assert calls["boss"]("GET", f"documents/{kind}/lobby")[0] in (400, 403, 404)


def test_remarks_that_are_none(calls):  # noqa: F811
    for kind, body, field in [
        ("note", {}, "body.text"),
        ("note", {"text": ""}, "body.text"),
        ("note", {"text": "hm", "n": 5}, "body.n"),
        ("hand_over", {"text": ["x"]}, "body.text"),
        ("strike", {"w": 1}, "body.w"),
        ("strike", {"weight": 11}, "body.weight"),
        ("kind_act", {"for": "me"}, "body.for"),
        ("ban", {"hours": [25]}, "body.hours"),
        ("ban", {"created_at": "soon"}, "body.created_at"),
        ("watch", {"verdict": "sure"}, "body.verdict"),
        ("gossip", {}, "kind"),
    ]:
        sent = {"kind": kind, "subject": "author:zoe", "channel_id": "lobby", "body": body}
        code, told = calls["lead"]("POST", "remarks", sent)
        assert code == 400, told
        assert told["errors"][0]["field"].startswith(field) and told["errors"][0]["rule"]
        assert calls["lead"]("GET", "remarks")[1]["remarks"] == []


def test_remarks_of_every_kind_that_a_seat_reads(calls):  # noqa: F811
    about = {"subject": "author:zoe", "channel_id": "lobby"}
    for kind, body in (("note", {"text": "hm"}), ("strike", {"weight": 2}), ("kind_act", {})):
        assert calls["lead"]("POST", "remarks", {**about, "kind": kind, "body": body})[0] == 200
    told = calls["lead"]("GET", "remarks?subject=author:zoe")[1]
    assert [one["kind"] for one in told["remarks"]] == ["note", "strike", "kind_act"]
    assert told["standing"]["strikes"] == 2.0
    told = calls["asha"]("GET", "remarks?subject=author:zoe")[1]  # sees no author, so no strike
    assert [one["kind"] for one in told["remarks"]] == ["note", "kind_act"]
    assert "standing" not in told


def test_facts_about_an_account_that_cannot_be_compared(calls):  # noqa: F811
    who = {"channel_id": "lobby", "author_id": "b1"}
    for odd, field in (
        ({"created_at": "soon"}, "created_at"),
        ({"hours": [24]}, "hours"),
        ({"author_id": ""}, "author_id"),
        ({"name": "x" * 201}, "name"),
    ):
        for caller, path in (("lead", "bans"), ("shop", "joins")):
            code, told = calls[caller]("POST", path, {**who, **odd})
            assert code == 400 and told["errors"][0]["field"] == field, (path, odd)


def test_a_seat_is_for_somebody_who_is_known(calls):  # noqa: F811
    seat = {"member": "asah", "seat": "trainee", "channel_id": "lobby"}
    code, told = calls["lead"]("POST", "seats", seat)
    assert code == 404 and "knows nobody of that name" in told["detail"]
    assert calls["lead"]("POST", "seats", {**seat, "member": "asha"})[1] == {"changed": True}


def test_an_answer_that_nobody_would_count_is_refused(calls):  # noqa: F811
    survey = {"body": {"questions": [{"id": "load"}, {"id": "toll"}], "groups": "seat"}}
    assert calls["boss"]("PUT", "documents/survey/needs", survey)[0] == 200
    for odd in ({}, {"load": 6}, {"load": True}, {"load": "4"}, {"lode": 4}, {"seat": "trainee"},
                {"load": 4, "seat": 5}):  # fmt: skip
        code, told = calls["asha"]("POST", "surveys/needs", {"body": odd})
        assert code == 400 and told["errors"][0]["field"].startswith("body"), odd
    fine = {"load": 4, "seat": "trainee"}  # what was refused was no answer
    assert calls["asha"]("POST", "surveys/needs", {"body": fine})[1] == {"kept": True}
    assert calls["asha"]("POST", "surveys/gone", {"body": fine})[0] == 404


# -- norms of a channel that has none --------------------------------------------------------------


def test_a_channel_without_norms_goes_by_the_general_one(calls):  # noqa: F811
    why = {"outcome": "deny", "reason": WHY["reason"]}
    for number in (1, 2, 3):
        calls["shop"]("POST", "messages", message(number))
    item = calls["asha"]("POST", "claims", {})[1]
    told = calls["asha"]("GET", f"items/{item['item_id']}")[1]
    assert told["norms"][-1]["id"] == "general"
    done = calls["asha"]("POST", f"items/{item['item_id']}/decision", why)[1]
    assert (done["state"], done["norm"]) == ("denied", "general")
    for _ in range(2):  # from its own norms on, one of them is named
        item = calls["asha"]("POST", "claims", {})[1]
        norms = {"body": {"norms": [{"id": "kind", "text": "Be kind."}]}}
        assert calls["lead"]("PUT", "documents/norms/lobby", norms)[0] == 200
        path = f"items/{item['item_id']}/decision"
        code, told = calls["asha"]("POST", path, why)
        assert code == 400 and "of 'lobby': kind. Got None instead." in told["detail"]
        assert (
            calls["asha"]("GET", f"items/{item['item_id']}")[1]["norms"] == norms["body"]["norms"]
        )
        assert calls["asha"]("POST", path, {**why, "norm": "kind"})[1]["norm"] == "kind"
    # Who may not see an item is not told its channel's norms.
    calls["shop"]("POST", "messages", message(5))
    (hidden,) = calls["lead"]("GET", "queue")[1]["items"]
    for path, body in (
        (f"items/{hidden['item_id']}/decision", why),
        ("decisions", {**why, "item_ids": [hidden["item_id"]], "count": 1}),
    ):
        code, told = calls["out"]("POST", path, body)
        assert code == 403 and "kind" not in told["detail"].partition("norm")[2]
    item = calls["asha"]("POST", "claims", {})[1]
    calls["asha"]("POST", f"items/{item['item_id']}/decision", {**why, "norm": "kind"})
    calls["shop"]("POST", "messages", message(4, channel_id="bar"))
    ids = [one["item_id"] for one in calls["lead"]("GET", "queue")[1]["items"]]
    assert calls["lead"]("POST", "decisions", {**why, "item_ids": ids, "count": 1})[0] == 200
    assert calls["lead"]("GET", f"items/{ids[0]}")[1]["norm"] == "general"
    turned = {"outcome": "approve", "reason": "a line of a song"}
    assert calls["boss"]("POST", f"items/{ids[0]}/overturn", turned)[1]["norm"] == "general"


def test_a_norm_that_the_channel_does_not_have_is_refused(calls):  # noqa: F811
    why = {"outcome": "deny", "reason": WHY["reason"], "norm": "blorp"}
    calls["shop"]("POST", "messages", message(1))
    item = calls["asha"]("POST", "claims", {})[1]["item_id"]
    many = {**why, "item_ids": [item], "count": 1}
    for caller, path, body in (
        ("asha", f"items/{item}/decision", why),
        ("lead", "decisions", many),
    ):
        code, told = calls[caller]("POST", path, body)
        assert code == 400 and "respect, safety, honesty, fits, general" in told["detail"]
        assert "'blorp'" in told["detail"]
    news = calls["shop"]("GET", "notices?author_id=zoe")[1]["notices"]
    assert [one["status"] for one in news] == ["held"]
    said = {**why, "norm": "safety"}
    done = calls["asha"]("POST", f"items/{item}/decision", said)[1]
    assert (done["state"], done["norm"]) == ("denied", "safety")
    turned = {**why, "outcome": "approve"}
    assert calls["boss"]("POST", f"items/{item}/overturn", turned)[0] == 400
    # Said again it counts once, also when the channel has other norms by then.
    norms = {"body": {"norms": [{"id": "kind", "text": "Be kind."}]}}
    assert calls["lead"]("PUT", "documents/norms/lobby", norms)[0] == 200
    assert calls["asha"]("POST", f"items/{item}/decision", said)[1] == done


# -- webhooks --------------------------------------------------------------------------------------


def test_an_address_that_is_not_public_is_refused_when_it_is_given(calls):  # noqa: F811
    for host in ["127.0.0.1", "localhost", "10.1.2.3", "169.254.169.254", "[::1]", "2130706433"]:
        code, told = calls["lead"]("POST", "webhooks", {"url": f"https://{host}/held"})
        assert code == 400 and "public address" in told["detail"]
        assert calls["lead"]("GET", "webhooks")[1]["webhooks"] == []


def test_a_host_that_is_not_found_yet_is_taken_and_told(calls, monkeypatch):  # noqa: F811
    def unknown(host, port):
        raise webhooks.HostUnknown("the host cannot be found: no such name")

    monkeypatch.setattr(webhooks, "public_address", unknown)
    code, made = calls["lead"]("POST", "webhooks", {"url": "https://soon.example/held"})
    assert code == 200 and made["warning"].startswith("The host cannot be found")
    assert webhooks.send("https://soon.example/held", "s", b"{}", "k")[1].startswith("refused:")
