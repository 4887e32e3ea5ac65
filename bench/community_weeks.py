"""Next week's hold rate and newcomers' return: our forecast beside last week's value.

Channels are simulated, message by message, since no public log has both: each has a level that
drifts from week to week, weeks that differ beyond counting, a season, and now and then a raid. What
is drawn is written here, apart from the model; the seeds of the figures were not used to choose
anything. Each week from the seventh on is forecast from those before it.

python bench/community_weeks.py [--channels 60] [--weeks 30] [--seeds 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from chowk.community.health import forecast, weeks

START = datetime(2026, 1, 5, tzinfo=UTC)
#: Weeks before the first forecast.
FIRST = 6


def channel(draw: np.random.Generator, count: int) -> list[dict[str, Any]]:
    """The messages of one channel: who, when, and whether it was held."""
    size = int(draw.choice([60, 150, 400]))
    level = draw.normal(-3.2, 0.6)
    stay = draw.normal(-0.3, 0.4)
    regulars = [f"r{n}" for n in range(max(3, size // 25))]
    messages: list[dict[str, Any]] = []
    coming: list[str] = []
    named = 0
    for week in range(count):
        level += draw.normal(0, 0.08)
        stay += draw.normal(0, 0.08)
        season = 0.15 * np.sin(2 * np.pi * week / 26)
        raid = 1.2 if draw.random() < 0.04 else 0.0
        rate = 1 / (1 + np.exp(-(level + season + raid + draw.normal(0, 0.1))))
        newcomers = [f"n{named + n}" for n in range(int(draw.poisson(size / 8)))]
        named += len(newcomers)
        # One message for sure from each who came last week and returns, and from each newcomer.
        authors = newcomers + coming
        authors += list(draw.choice(regulars, max(0, int(draw.poisson(size)) - len(authors))))
        back = 1 / (1 + np.exp(-(stay + draw.normal(0, 0.1))))
        coming = [name for name in newcomers if draw.random() < back]
        for author in authors:
            at = START + timedelta(weeks=week, minutes=int(draw.integers(1, 10_079)))
            held = bool(draw.random() < rate)
            messages.append({"ts": at, "author_id": str(author), "held": held})
    messages.append({"ts": START, "author_id": "r0", "held": False})
    return messages


def errors(seed: int, channels: int, count: int) -> dict[str, list[tuple[float, float]]]:
    """(our error, last week's error) for every forecast of one seed."""
    draw = np.random.default_rng(seed)
    found: dict[str, list[tuple[float, float]]] = {"hold rate": [], "newcomers' return": []}
    for _ in range(channels):
        seen = weeks(channel(draw, count), until=START + timedelta(weeks=count))[:count]
        held = [(week.held, week.messages) for week in seen]
        came = [
            (round((week.return_rate or 0) * week.newcomers), week.newcomers)
            for week in seen[: count - 1]
        ]
        for name, pairs in (("hold rate", held), ("newcomers' return", came)):
            for now in range(FIRST, len(pairs)):
                past, (hit, total) = pairs[:now], pairs[now]
                if not total or not past[-1][1]:
                    continue
                said = forecast([h for h, _ in past], [n for _, n in past]).rate
                last = past[-1][0] / past[-1][1]
                truth = hit / total
                found[name].append((abs(said - truth), abs(last - truth)))
    return found


def main() -> int:
    """Simulate, forecast, and print both errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=60)
    parser.add_argument("--weeks", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = []
    print("simulated channels; mean absolute error of next week's rate")
    per_seed = [errors(1000 + seed, given.channels, given.weeks) for seed in range(given.seeds)]
    for name in per_seed[0]:
        ours = [float(np.mean([a for a, _ in one[name]])) for one in per_seed]
        last = [float(np.mean([b for _, b in one[name]])) for one in per_seed]
        ratio = float(np.mean(ours) / np.mean(last))
        count = sum(len(one[name]) for one in per_seed)
        better = sum(a < b for a, b in zip(ours, last, strict=True))
        print(
            f"{name:18} ours {np.mean(ours):.4f}, last week's value {np.mean(last):.4f}, ratio "
            f"{ratio:.2f}; less in {better} of {given.seeds} seeds; {count} forecasts"
        )
        rows.append(
            {
                "case": f"{name}, simulated channels",
                "metric": "mean absolute error, next week",
                "better": "lower",
                "ours": float(np.mean(ours)),
                "peer": "last week's value",
                "theirs": float(np.mean(last)),
                "ratio": ratio,
            }
        )
    if given.json:
        given.json.write_text(json.dumps({"bench": "community_weeks", "rows": rows}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
