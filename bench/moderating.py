# ruff: noqa: B023, D103, E501
"""Community: speed, evasions, innocents, quality by function and by group, raids, learning, reviews.

    python bench/moderating.py                    # everything but what was kept aside
    python bench/moderating.py --only speed
    python bench/moderating.py --final            # also what was kept aside: evasions, functions
    python bench/moderating.py --pretrained FILE  # with a model of your own

Peers run in the same process: better-profanity and alt-profanity-check; for reviews, TF-IDF with
logistic regression. davidson's rows are those that scripts/train_automod.py leaves out.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from _raids import CELEBRATIONS, RAIDS, Kind, ordinary, scene
from _report import Row, arguments, emit, lacking
from chowk.community import AutoMod, ProactiveDetector, ReviewClassifier
from chowk.community.reviews import CLASSES, aspects
from chowk.community.tweets import cleaned

ROOT = Path(__file__).resolve().parent.parent
SUITES = ROOT / "tests" / "community"
Judge = Callable[[Sequence[str]], list[bool]]


#: A model to ask beside the packaged one, or instead of it: a file (--pretrained).
given_model: list[str] = []


def loaded() -> AutoMod:
    """AutoMod as it is asked for."""
    return AutoMod.load("en", pretrained=given_model[0] if given_model else None)


def suite(name: str) -> list[dict[str, Any]]:
    """The rows of one suite that lies beside the tests."""
    lines = (SUITES / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def peers() -> dict[str, Judge]:
    """The two peers, each as a judge of texts."""
    try:
        from better_profanity import Profanity
        from profanity_check import predict
    except ImportError as error:
        lacking(
            "moderating",
            f"{error.name} is missing: pip install better-profanity alt-profanity-check",
        )
    listed = Profanity()
    listed.load_censor_words()

    def linear(texts: Sequence[str]) -> list[bool]:
        return [bool(p) for p in predict(list(texts))]

    return {
        "better-profanity": lambda texts: [listed.contains_profanity(t) for t in texts],
        "alt-profanity-check": linear,
    }


def ours(automod: AutoMod, channel: str | None = None) -> Judge:
    """AutoMod as a judge."""
    return lambda texts: [v.decision == "hold" for v in automod.check_many(texts, channel)]


def macro_f1(truth: Sequence[bool], told: Sequence[bool]) -> float:
    """The mean of both classes' F1."""
    y, t = np.array(truth), np.array(told)
    parts = []
    for a, b in ((y, t), (~y, ~t)):
        parts.append(2 * (a & b).sum() / max(a.sum() + b.sum(), 1))
    return float(np.mean(parts))


def tweets(data: Path) -> list[dict[str, Any]]:
    """davidson's held-out fifth."""
    path = data / "davidson" / "labeled_data.parquet"
    if not path.is_file():
        lacking("moderating", f"{path} is not there; name the data's folder with --data")
    return pq.read_table(path).to_pylist()[::5]


def some(peer: str, rows: Sequence[Any]) -> Sequence[Any]:
    """The rows that a peer is asked: the word list takes 20 ms a message, so a fourth is enough."""
    return rows[::4] if peer == "better-profanity" else rows


def speed(data: Path, judges: dict[str, Judge]) -> list[Row]:
    """Messages a second of one core, and the slowest hundredth of single messages."""
    texts = [cleaned(row["tweet"]) for row in tweets(data)]
    automod = loaded()
    warm, texts = texts[:1500], texts[1500:]
    automod.check_many(warm)
    # The word list alone is a million objects, which Python's collector would walk through again and
    # again while others are timed; what is loaded is set aside, for all of them alike.
    gc.collect()
    gc.freeze()
    each = []
    for text in texts:
        start = time.thread_time()
        automod.check(text)
        each.append(time.thread_time() - start)
    many = _rate(lambda: automod.check_many(texts), len(texts))
    single = 1 / float(np.mean(each))
    rows = [Row("one message", "p99 milliseconds", "lower", 1e3 * float(np.percentile(each, 99)))]
    for name, count in (("better-profanity", 60), ("alt-profanity-check", 200)):
        judge = judges[name]
        rate = _rate(lambda j=judge, n=count: [j([t]) for t in texts[:n]], count)
        rows.append(Row("check, one by one", "messages/s", "higher", single, name, rate))
    linear = judges["alt-profanity-check"]
    rows.append(Row("check_many", "messages/s", "higher", many, "alt-profanity-check",
                    _rate(lambda: linear(texts), len(texts))))  # fmt: skip
    rows.append(Row("check_many", "messages/s", "higher", many, "better-profanity",
                    rows[1].theirs))  # fmt: skip
    return rows


def _rate(work: Callable[[], Any], count: int) -> float:
    """Messages a second of processor time: other work on the machine does not count."""
    began = time.process_time()
    work()
    return count / max(time.process_time() - began, 1e-9)


#: A list of terms as many channels have it, and sentences in which they are meant.
COMMON = (
    "ass cunt shit dick cock cum anus rape fag nazi coon spic chink paki homo twat tard kkk".split()
)
ABUSIVE = (
    "you {}", "what a {}", "shut up, {}", "suck my {}", "go away you filthy {}", "a {} like you",
    "nobody asked that {}", "{}. That is what you are", "hey {}, get lost", "look at this {} again",
)  # fmt: skip


def suites(judges: dict[str, Judge], final: bool) -> list[Row]:
    """Evasions caught and innocents held, beside the peers; functions and groups."""
    automod = loaded()
    mine = ours(automod)
    rows: list[Row] = []
    names = ["evasions", "evasions_aside"] if final else ["evasions"]
    for name in names:
        cases = suite(name)
        texts = [c["text"] for c in cases]
        told = mine(texts)
        for peer, judge in judges.items():
            rows.append(Row(name, "share caught", "higher", float(np.mean(told)), peer,
                            float(np.mean(judge(some(peer, texts))))))  # fmt: skip
        kinds: dict[str, list[bool]] = defaultdict(list)
        for case, caught in zip(cases, told, strict=True):
            kinds[case["kind"]].append(caught)
            kinds[case["language"]].append(caught)
        if name == "evasions" or final:
            rows += [Row(f"{name}: {k}", "share caught", "higher", float(np.mean(v)))
                     for k, v in kinds.items()]  # fmt: skip
    cases = suite("innocents")
    texts = [c["text"] for c in cases]
    held = float(np.mean(mine(texts)))
    for peer, judge in judges.items():
        rows.append(
            Row(
                "innocents",
                "share held",
                "lower",
                held,
                peer,
                float(np.mean(judge(some(peer, texts)))),
            )
        )
    listed = loaded()
    listed.block("shop", *COMMON)
    for name in ["innocents", "innocents_aside"] if final else ["innocents"]:
        verdicts = listed.check_many([c["text"] for c in suite(name)], "shop")
        by_term = float(np.mean([v.category == "term" for v in verdicts]))
        rows.append(Row(f"{name}, common terms", "share held by terms", "lower", by_term))
    if final:
        apart = [c["text"] for c in suite("innocents_aside")]
        for peer, judge in judges.items():
            rows.append(Row("innocents_aside", "share held", "lower", float(np.mean(mine(apart))),
                            peer, float(np.mean(judge(apart)))))  # fmt: skip
    frames = [frame.format(term) for frame in ABUSIVE for term in COMMON]
    caught = [v.category == "term" for v in listed.check_many(frames, "shop")]
    rows.append(Row("the same terms in abuse", "share held by terms", "higher",
                    float(np.mean(caught))))  # fmt: skip
    for name in ("functions", "functions_aside", "functions_unseen")[: 3 if final else 1]:
        rows += functions(name, mine, judges)
    return rows


def functions(name: str, mine: Judge, judges: dict[str, Judge]) -> list[Row]:
    """A functional suite: macro-F1, by function, and by group with false holds."""
    cases = suite(name)
    texts = [c["text"] for c in cases]
    truth = [c["decision"] == "hold" for c in cases]
    told = mine(texts)
    theirs = {peer: judge(texts) for peer, judge in judges.items()}
    rows = [Row(name, "macro-F1", "higher", macro_f1(truth, told), p, macro_f1(truth, t))
            for p, t in theirs.items()]  # fmt: skip
    for what, wanted in (("attacks held", True), ("others held", False)):
        ids = [i for i, t in enumerate(truth) if t == wanted]
        better: Any = "higher" if wanted else "lower"
        rows += [Row(name, what, better, share(told, ids), p, share(t, ids))
                 for p, t in theirs.items()]  # fmt: skip
    places: dict[str, list[int]] = defaultdict(list)
    for i, case in enumerate(cases):
        places[f"{name}: {case['decision']} {case['function']}"].append(i)
    for case, ids in places.items():
        right = float(np.mean([told[i] == truth[i] for i in ids]))
        other = float(np.mean([theirs["alt-profanity-check"][i] == truth[i] for i in ids]))
        rows.append(Row(case, "share right", "higher", right, "alt-profanity-check", other))
    for group in dict.fromkeys(c["group"] for c in cases if c["group"]):
        ids = [i for i, c in enumerate(cases) if c["group"] == group]
        fine = [i for i in ids if not truth[i]]
        if min(len(fine), len(ids) - len(fine)) < 5:
            continue  # too few to speak of
        for peer, other in theirs.items():
            rows.append(Row(f"{name}, group: {group}", "macro-F1", "higher",
                            macro_f1([truth[i] for i in ids], [told[i] for i in ids]), peer,
                            macro_f1([truth[i] for i in ids], [other[i] for i in ids])))  # fmt: skip
            rows.append(Row(f"{name}, group: {group}", "false holds", "lower", share(told, fine),
                            peer, share(other, fine)))  # fmt: skip
    return rows


def share(told: Sequence[bool], ids: Sequence[int]) -> float:
    """The share of these rows that is held."""
    return float(np.mean([told[i] for i in ids]))


def davidson(data: Path, judges: dict[str, Judge]) -> list[Row]:
    """Held-out tweets: hate held and the harmless let through; the offensive at the strictest."""
    cases = tweets(data)
    texts = [cleaned(c["tweet"]) for c in cases]
    kinds = [c["class"] for c in cases]
    automod = loaded()
    strict = {"overall": 4, "swearing": 4}
    automod.set("strict", strict)
    rows = []
    for case, judge, keep, positive in (
        ("davidson: hate or neither", ours(automod), (0, 2), (0,)),
        ("davidson: hate against all", ours(automod), (0, 1, 2), (0,)),
        ("davidson: strictest, any or neither", ours(automod, "strict"), (0, 1, 2), (0, 1)),
    ):
        kept = [i for i, k in enumerate(kinds) if k in keep]
        truth = [kinds[i] in positive for i in kept]
        given = [texts[i] for i in kept]
        told = judge(given)
        # The word list takes 20 ms a message: a part of the rows is enough for it.
        for peer, other in judges.items():
            part = 150 if peer == "better-profanity" else len(given)
            theirs = macro_f1(truth[:part], other(given[:part]))
            rows.append(Row(case, "macro-F1", "higher", macro_f1(truth, told), peer, theirs))
    return rows


RAID = "the owner of this channel stole my money, everybody ask {} for it at evil-stream right now"


def raids(final: bool, kinds: Sequence[str] = ()) -> list[Row]:
    """How many messages of a raid pass before it is held; how many of a celebration are held. With
    `kinds`, only those whose names hold one of these."""
    rows = [] if kinds and "alike" not in kinds else alike()
    return rows + scenes(final, kinds)


def alike() -> list[Row]:
    """A raid of 500 and celebrations of 500, with nobody else in the channel."""
    passed = []
    for seed in range(20):
        rng = random.Random(seed)
        detector = ProactiveDetector()
        count = 0
        for i in range(500):
            text = RAID.format(rng.choice(["him", "her", "them", "the mods"]))
            for _ in range(rng.randrange(4)):
                at = rng.randrange(len(text))
                text = text[:at] + rng.choice(["\u200b", ".", "3", "\u0301", "", " "]) + text[at:]
            text = rng.choice(["", "yo ", "GUYS "]) + text + rng.choice(["", "!!", f" {i}", " 😡"])
            if detector.message(f"r{i}", text, at=i * 0.1) is None:
                count += 1
        passed.append(count)
    held = total = 0
    for chant in ("Kappa Kappa", "PogChamp PogChamp PogChamp", "LETS GO BLUES", "GOOOAL", "olé olé olé",
                  "🎉🎉🎉🎉", "happy birthday anna", "chak de india chak de india"):  # fmt: skip
        detector = ProactiveDetector()
        for i in range(500):
            total += 1
            held += detector.message(f"f{i}", chant + "!" * (i % 5), at=i * 0.1) is not None
    return [
        Row("raid of 500, 20 seeds", "messages before the hold (worst)", "lower", max(passed)),
        Row("8 celebrations of 500", "share held", "lower", held / total),
    ]


def scenes(final: bool, only: Sequence[str] = ()) -> list[Row]:
    """Raids and celebrations by kind, with ordinary chat between, 20 seeds each."""
    rows = []
    for kinds, raid in ((RAIDS, True), (CELEBRATIONS, False)):
        for kind in kinds:
            name = f"{'raid' if raid else 'celebration'}{', aside' * kind.aside}: {kind.name}"
            if (kind.aside and not final) or (only and not any(one in name for one in only)):
                continue
            played = [_played(kind, seed) for seed in range(20)]
            if raid:
                rows.append(Row(name, "messages before the hold (worst)", "lower",
                                max(first for first, _, _ in played)))  # fmt: skip
                rows.append(Row(name, "share held after it", "higher",
                                float(np.mean([held for _, held, _ in played]))))  # fmt: skip
            else:
                rows.append(Row(name, "share held", "lower",
                                float(np.mean([held for _, held, _ in played]))))  # fmt: skip
            rows.append(Row(name, "ordinary chat held", "lower",
                            float(np.mean([other for _, _, other in played]))))  # fmt: skip
    if only and "chat" not in only:
        return rows
    rng, chat = random.Random(5), ordinary()
    for rate, people in ((2, 200), (10, 400)):
        detector, at, held = ProactiveDetector(), 0.0, 0
        for _ in range(3_000):
            at += rng.expovariate(rate)
            alert = detector.message(f"u{rng.randrange(people)}", chat(rng), at)
            held += alert is not None
        rows.append(
            Row(f"ordinary chat alone, {rate} a second", "share held", "lower", held / 3_000)
        )
    return rows


def _played(kind: Kind, seed: int) -> tuple[int, float, float]:
    """Of a scene: the crowd's messages before the first hold, the share held (from it on, when there
    is one and it is a raid), and the share of ordinary chat that was held with them."""
    detector = ProactiveDetector()
    crowd, others = [], []
    for said in scene(kind, seed):
        alert = detector.message(said.author, said.text, said.at, age_days=said.age, host=said.host)
        (crowd if said.crowd else others).append(alert is not None)
    first = crowd.index(True) if True in crowd else len(crowd)
    after = crowd[first:] if kind in RAIDS else crowd
    return first, float(np.mean(after)) if after else 0.0, float(np.mean(others))


#: What is said in a simulated channel: the kind, and templates.
SAID = {
    "banter": "you absolute clown {n}|get rekt you noob {n}|{n} you idiot, nice shot|what a loser you are {n}|shut up {n} you muppet|you are trash {n}|{n} is a moron lol|you suck {n}|stupid play {n}|{n} you donkey",
    "reclaimed": "hey my queers, how was {n}|as a dyke I love this {n}|proud faggot here {n}|us queers stick together {n}|my fellow homos, see you at {n}|I'm a big old queer {n}|love you my dykes {n}|queer and proud {n}",
    "body": "my vagina hurts after {n}|the nipple was sore when feeding {n}|is semen in urine normal {n}|penis pain since {n}|anal fissure, what cream {n}|erection problems from pills {n}|testicle exam today {n}|breast and nipple check {n}",
    "hate": "all muslims should die {n}|gays are disgusting vermin {n}|women are worthless and stupid {n}|deport every immigrant {n}|jews are parasites {n}|trans people are freaks of nature {n}|kill the blacks {n}|I hate all hindus {n}",
    "threat": "I will kill you {n}|go kill yourself {n}|I'll find you and stab you {n}|I hope you die {n}|you should be shot {n}",
    "plain": "nice goal {n}|when does it start {n}|see you tomorrow {n}|great stream {n}|good morning {n}|lol that was close {n}",
}  # fmt: skip
#: Each channel's norms: the kinds that its moderators allow, and what is said there.
NORMS = {
    "gaming": (("banter", "plain"), {"banter": 5, "hate": 2, "threat": 1, "plain": 4}),
    "pride": (("reclaimed", "plain"), {"reclaimed": 5, "hate": 2, "threat": 1, "banter": 1, "plain": 4}),
    "clinic": (("body", "plain"), {"body": 5, "hate": 1, "threat": 1, "banter": 1, "plain": 4}),
}  # fmt: skip


def learning() -> list[Row]:
    """False holds and recall of a channel, before and after 500 decisions of its moderators."""
    rows = []
    for channel, (fine, mix) in NORMS.items():
        before, after, kept, lost = [], [], [], []
        for seed in range(5):
            rng = random.Random(seed)

            def said(kind: str, rng: random.Random = rng) -> str:
                places = "lol|man|bro|today|again|in the final|on monday|okay|tonight|really".split(
                    "|"
                )
                return rng.choice(SAID[kind].split("|")).format(n=rng.choice(places))

            automod = loaded()
            automod.set(channel, {"overall": 4})
            test = [(kind, said(kind)) for kind in mix for _ in range(150)]

            def figures(automod: AutoMod = automod, test: Any = test) -> tuple[float, float]:
                told = automod.check_many([text for _, text in test], channel)
                good = [
                    v.decision == "hold" for v, (k, _) in zip(told, test, strict=True) if k in fine
                ]
                bad = [
                    v.decision == "hold"
                    for v, (k, _) in zip(told, test, strict=True)
                    if k not in fine
                ]
                return float(np.mean(good)), float(np.mean(bad))

            false, found = figures()
            before.append(false)
            kept.append(found)
            decisions = 0
            while decisions < 500:
                kind = rng.choices(list(mix), list(mix.values()))[0]
                text = said(kind)
                if automod.check(text, channel).decision == "hold":
                    automod.learn(text, kind in fine, channel)
                    decisions += 1
            false, found = figures()
            after.append(false)
            lost.append(found)
        rows.append(Row(f"learning: {channel}", "false holds after 500", "lower", float(np.mean(after)),
                        "before", float(np.mean(before))))  # fmt: skip
        rows.append(Row(f"learning: {channel}", "recall after 500", "higher", float(np.mean(lost)),
                        "before", float(np.mean(kept))))  # fmt: skip
    return rows


def reviews(final: bool) -> list[Row]:
    """Classes of reviews with other words than those learned from, beside TF-IDF and regression."""
    sys.path.insert(0, str(ROOT / "scripts"))
    import train_reviews
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.multiclass import OneVsRestClassifier

    rng = random.Random(3)
    learned = [train_reviews.review(rng) for _ in range(2500)]
    maker = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    x = maker.fit_transform([str(row["text"]) for row in learned])
    y = np.array([[name in row["labels"] for name in CLASSES] for row in learned])
    model = OneVsRestClassifier(LogisticRegression(C=4, class_weight="balanced", max_iter=300))
    model.fit(x, y)
    packaged = ReviewClassifier.load("en")

    def compared(name: str, classes: Sequence[str]) -> Row:
        cases = suite(name)
        texts = [c["text"] for c in cases]
        ids = [CLASSES.index(one) for one in classes]
        truth = np.array([[one in c["labels"] for one in classes] for c in cases])
        mine = np.array([[one in v.labels for one in classes] for v in packaged.predict(texts)])
        theirs = model.predict(maker.transform(texts))[:, ids]
        case = "reviews, own labels" if name == "reviews" else name
        return Row(case, "macro-F1", "higher", float(f1_score(truth, mine, average="macro")),
                   "TF-IDF + LR", float(f1_score(truth, theirs, average="macro")))  # fmt: skip

    rows = [compared("reviews", CLASSES)]
    # Sixteen about what was paid for and what only sounds so; the other classes stand in few.
    return rows + ([compared("reviews_unseen", ("incentivised",))] if final else [])


def feelings(final: bool) -> list[Row]:
    """Pairs of an aspect and how the review feels of it, beside one feeling for the whole review."""
    rows = []
    names = ("review_aspects", "review_aspects_aside", "review_aspects_unseen")
    for name in names if final else names[:1]:
        cases = suite(name)
        mine, whole = [], []
        for case in cases:
            found = aspects(case["text"])
            mine.append({(a.name, clear(a.sentiment)) for a in found})
            mean = float(np.mean([a.sentiment for a in found])) if found else 0.0
            whole.append({(a.name, clear(mean)) for a in found})
        truth = [set(case["aspects"].items()) for case in cases]
        rows.append(Row(f"{name} ({len(cases)})", "F1 of aspect and feeling", "higher",
                        pairs_f1(truth, mine), "one feeling", pairs_f1(truth, whole)))  # fmt: skip
    return rows


def clear(sentiment: float) -> int:
    """Good, mixed or bad: 1, 0, -1."""
    return int(sentiment > 0.2) - int(sentiment < -0.2)


def pairs_f1(truth: Sequence[set[Any]], told: Sequence[set[Any]]) -> float:
    """F1 over all pairs of all reviews."""
    both = sum(len(a & b) for a, b in zip(truth, told, strict=True))
    return 2 * both / max(sum(map(len, truth)) + sum(map(len, told)), 1)


def main() -> None:
    parser = arguments(__doc__)
    parts = ("speed", "suites", "davidson", "raids", "learning", "reviews")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--final", action="store_true", help="also what was kept aside")
    parser.add_argument(
        "--kinds", nargs="+", default=(), help="of raids: raid, celebration, alike, chat"
    )
    parser.add_argument("--pretrained", help="a file that scripts/train_automod*.py wrote")
    given = parser.parse_args()
    given_model.extend([given.pretrained] if given.pretrained else [])
    judges = peers() if {"speed", "suites", "davidson"} & set(given.only) else {}
    rows: list[Row] = []
    if "speed" in given.only:
        rows += speed(given.data, judges)
    if "suites" in given.only:
        rows += suites(judges, given.final)
    if "davidson" in given.only:
        rows += davidson(given.data, judges)
    if "raids" in given.only:
        rows += raids(given.final, given.kinds)
    if "learning" in given.only:
        rows += learning()
    if "reviews" in given.only:
        rows += reviews(given.final) + feelings(given.final)
    emit("moderating", rows, given.json)


if __name__ == "__main__":
    main()
