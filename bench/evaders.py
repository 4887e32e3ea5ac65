"""Banned people who come back, in simulation: how often 'likely' is right, and how many it finds.

Beside it, the simplest rule that moderators use: a like name, made within a week of the ban. People
are drawn here, apart from the detector: words by a law of Zipf over a community's common words with
a few of one's own, habits of writing, hours, names of syllables. Of those who come back, a third
keep a variant of the name, a third take a new one, a third also write otherwise than before. Of the
innocent, a fifth join in the week of a ban, and a tenth have a name that resembles a banned one.

python bench/evaders.py [--seeds 20] [--banned 20] [--innocent 80] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from chowk.community.evaders import Account, name_likeness, suspicion

DAY = 86_400.0
SOUNDS = [a + b for a in "b d f g k l m n p r s t v z ch sh th st kr".split() for b in "aeiou"]
COMMON = [a + b for a in SOUNDS[::2] for b in SOUNDS[1::4]]
ENDS = ("", "", "!", "!!!", ".", "...", " lol", " xd", "?", "~")


@dataclass
class Person:
    """Somebody who writes: words with weights, habits, hours."""

    words: list[str]
    weights: list[float]
    end: str
    often: float
    shouts: float
    length: int
    hours: list[int]
    name: str


def person(draw: random.Random, community: list[str]) -> Person:
    """A new person of a community."""
    own = ["".join(draw.choices(SOUNDS, k=2)) for _ in range(draw.randint(3, 8))]
    words = draw.sample(community, 60) + own
    start = draw.randrange(24)
    return Person(
        words=words,
        weights=[1 / (1 + rank) for rank in range(60)] + [0.25] * len(own),
        end=draw.choice(ENDS),
        often=draw.uniform(0.3, 0.95),
        shouts=draw.choice([0.0, 0.0, 0.0, 0.2, 0.6]),
        length=draw.randint(3, 12),
        hours=[(start + n) % 24 for n in range(draw.randint(3, 6))],
        name="".join(draw.choices(SOUNDS, k=draw.randint(2, 4))),
    )


def says(draw: random.Random, who: Person, count: int) -> list[str]:
    """Messages of a person."""
    found = []
    for _ in range(count):
        text = " ".join(
            draw.choices(who.words, who.weights, k=max(1, who.length + draw.randint(-2, 3)))
        )
        text = text.upper() if draw.random() < who.shouts else text
        found.append(text + (who.end if draw.random() < who.often else ""))
    return found


def variant(draw: random.Random, name: str) -> str:
    """A name as somebody changes it who wants to be known by friends."""
    leet = {"o": "0", "i": "1", "e": "3", "a": "4"}
    swapped = "".join(leet.get(c, c) if draw.random() < 0.5 else c for c in name)
    return (
        draw.choice(["", "x", "real"]) + swapped + draw.choice(["", str(draw.randrange(99)), "_"])
    )


def account(
    draw: random.Random, who: Person, number: str, name: str, created: float, count: int
) -> Account:
    """What is known of a person's account."""
    hours = [draw.choice(who.hours) for _ in range(count)]
    return Account(number, name, says(draw, who, count), hours, created)


def world(seed: int, banned: int, innocent: int) -> tuple[list[Account], list[tuple[Account, str]]]:
    """Banned accounts, and new ones with the id of the banned one that each is, or ''."""
    draw = random.Random(seed)
    community = draw.sample(COMMON, min(len(COMMON), 160))
    known, fresh = [], []
    for number in range(banned):
        who = person(draw, community)
        at = draw.uniform(100, 130) * DAY
        one = account(draw, who, f"b{number}", who.name, at - 90 * DAY, draw.randint(10, 60))
        known.append(Account(one.account_id, one.name, one.messages, one.hours, one.created, at))
        way = number % 3
        name = variant(draw, who.name) if way == 0 else person(draw, community).name
        if way == 2:  # writes otherwise, too
            other = person(draw, community)
            half = len(who.words) // 2
            who.words = who.words[:half] + other.words[half : len(who.words)]
            who.weights = who.weights[: len(who.words)]
            who.end, who.often = other.end, other.often
        made = at + draw.expovariate(1 / 4) * DAY
        back = account(draw, who, f"n{number}", name, made, draw.randint(5, 25))
        fresh.append((back, f"b{number}"))
    for number in range(innocent):
        who = person(draw, community)
        lucky = draw.random()
        name = variant(draw, draw.choice(known).name) if lucky < 0.1 else who.name
        near = draw.choice(known).banned or 0.0
        made = (
            near + draw.uniform(0, 7) * DAY if draw.random() < 0.2 else draw.uniform(0, 140) * DAY
        )
        fresh.append((account(draw, who, f"i{number}", name, made, draw.randint(5, 25)), ""))
    return known, fresh


def by_name_and_day(one: Account, known: list[Account]) -> str:
    """The simple rule: the banned account with a like name, when it was made soon after the ban."""
    for other in known:
        days = ((one.created or 0) - (other.banned or 0)) / DAY
        if 0 <= days <= 7 and name_likeness(one.name, other.name) >= 0.6:
            return other.account_id
    return ""


def wilson(right: int, total: int) -> tuple[float, float]:
    """A 95 % interval of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    p, z = right / total, 1.96
    middle = (p + z * z / (2 * total)) / (1 + z * z / total)
    wide = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return middle - wide, middle + wide


def main() -> int:
    """Simulate, ask both, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--banned", type=int, default=20)
    parser.add_argument("--innocent", type=int, default=80)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    said = {"likely": [0, 0], "likely or possible": [0, 0], "like name, same week": [0, 0]}
    back = 0
    for seed in range(given.seeds):
        known, fresh = world(3000 + seed, given.banned, given.innocent)
        for one, truth in fresh:
            back += bool(truth)
            found = suspicion(one, known)
            told = {
                "likely": found.of if found.verdict == "likely" else "",
                "likely or possible": found.of if found.verdict != "unknown" else "",
                "like name, same week": by_name_and_day(one, known),
            }
            for name, of in told.items():
                said[name][1] += bool(of)
                # Somebody who came back is rightly suspected, whichever account he was.
                said[name][0] += bool(of) and bool(truth)
    new = given.seeds * (given.banned + given.innocent)
    print(f"{given.seeds} simulated communities, {new:,} new accounts, {back} of banned people")
    shares = {}
    for name, (right, total) in said.items():
        low, high = wilson(right, total)
        shares[name] = right / max(total, 1), right / back
        print(
            f"{name:22} precision {shares[name][0]:.3f} [{low:.3f}, {high:.3f}] of {total}, "
            f"recall {shares[name][1]:.3f}"
        )
    if given.json:
        rows = []
        for k, metric in enumerate(("precision", "recall")):
            ours, theirs = shares["likely"][k], shares["like name, same week"][k]
            rows.append(
                {
                    "case": "ban evaders, 'likely'", "metric": metric, "better": "higher",
                    "ours": ours, "peer": "like name, same week", "theirs": theirs,
                    "ratio": ours / theirs if theirs else None,
                }
            )  # fmt: skip
        given.json.write_text(json.dumps({"bench": "evaders", "rows": rows}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
