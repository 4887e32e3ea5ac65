"""Next week's hold rate and newcomers' return: our forecast beside last week's value.

Channels are simulated, message by message, since no public log has both: each has a level that
drifts from week to week, weeks that differ beyond counting, a season, and now and then a raid. What
is drawn is written here, apart from the model; the seeds of the figures were not used to choose
anything. Each week from the seventh on is forecast from those before it. The interval of a ratio is
over channels, drawn again 2,000 times (bootstrap), since weeks of one channel are not independent;
how often the truth lay in the forecast's own interval is told beside it.

python bench/community_weeks.py [--channels 60] [--weeks 30] [--seeds 20] [--json FILE]
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


#: (our error, last week's error, whether the truth lay in the forecast's interval) of a forecast.
Errors = list[tuple[float, float, bool]]
NAMES = ("hold rate", "newcomers' return")


def errors(draw: np.random.Generator, count: int) -> tuple[Errors, Errors]:
    """Every forecast of one channel: of the hold rate, and of newcomers' return."""
    seen = weeks(channel(draw, count), until=START + timedelta(weeks=count))[:count]
    held = [(week.held, week.messages) for week in seen]
    came = [
        (round((week.return_rate or 0) * week.newcomers), week.newcomers)
        for week in seen[: count - 1]
    ]
    found: tuple[Errors, Errors] = ([], [])
    for own, pairs in zip(found, (held, came), strict=True):
        for now in range(FIRST, len(pairs)):
            past, (hit, total) = pairs[:now], pairs[now]
            if not total or not past[-1][1]:
                continue
            said = forecast([h for h, _ in past], [n for _, n in past])
            last, truth = past[-1][0] / past[-1][1], hit / total
            inside = said.low <= truth <= said.high
            own.append((abs(said.rate - truth), abs(last - truth), inside))
    return found


def ratio_of(sums: np.ndarray) -> tuple[float, float, float]:
    """Our error over last week's, with a 95 % interval; `sums` is [channels, 2]."""
    draw = np.random.default_rng(7)
    again = sums[draw.integers(0, len(sums), (2_000, len(sums)))].sum(axis=1)
    low, high = np.quantile(again[:, 0] / again[:, 1], [0.025, 0.975])
    whole = sums.sum(axis=0)
    return float(whole[0] / whole[1]), float(low), float(high)


def main() -> int:
    """Simulate, forecast, and print both errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=60)
    parser.add_argument("--weeks", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = []
    print("simulated channels; mean absolute error of next week's rate")
    per_seed = []
    for seed in range(given.seeds):
        draw = np.random.default_rng(1000 + seed)
        per_seed.append([errors(draw, given.weeks) for _ in range(given.channels)])
    for which, name in enumerate(NAMES):
        single = [[one[which] for one in seed] for seed in per_seed]
        sums = np.array(
            [[sum(e[k] for e in own) for k in (0, 1)] for seed in single for own in seed]
        )
        every = [e for seed in single for own in seed for e in own]
        ours, last = (float(np.mean([e[k] for e in every])) for k in (0, 1))
        inside = float(np.mean([e[2] for e in every]))
        ratio, low, high = ratio_of(sums)
        better = sum(
            sum(e[0] for own in seed for e in own) < sum(e[1] for own in seed for e in own)
            for seed in single
        )
        print(
            f"{name:18} ours {ours:.4f}, last week's value {last:.4f}, ratio {ratio:.3f} "
            f"[{low:.3f}, {high:.3f}]; less in {better} of {given.seeds} seeds; {len(every):,} "
            f"forecasts, {inside:.1%} within their interval"
        )
        rows.append(
            {
                "case": f"{name}, simulated channels",
                "metric": "mean absolute error, next week",
                "better": "lower",
                "ours": ours,
                "peer": "last week's value",
                "theirs": last,
                "ratio": ratio,
                "low": low,
                "high": high,
            }
        )
    if given.json:
        given.json.write_text(json.dumps({"bench": "community_weeks", "rows": rows}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
