"""The promises of held messages under random schedules: send, claim, approve, deny, expire, kill.

Plays schedules against a small model of what must hold (`tests/community/schedules.py`), with
crashes at random statements and between commit and acknowledgement; then real processes that are
ended with SIGKILL. A promise that breaks ends the run with the seed that shows it.

python bench/holds.py [--schedules 10000] [--kills 30] [--seed 1] [--seconds 600] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
#: Schedules at one desk, before a fresh one.
EACH = 100
#: Steps of a schedule, after its first message.
STEPS = 10


def some(seed: int, count: int, until: float) -> tuple[Counter[str], str]:
    """Play `count` schedules at one desk, or fewer when time is up; what happened, what broke."""
    from community.schedules import world

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        try:
            with world(Path(folder), seed) as played:
                for _ in range(count):
                    if time.time() > until:
                        break
                    played.schedule(steps=STEPS)
        except AssertionError as error:
            return Counter(played.count), f"seed {seed}: {error}"
    return Counter(played.count), ""


def main() -> int:
    """Play, kill, and say what broke."""
    from community.fleet import rounds

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30, help="rounds with real processes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600, help="then no more are begun")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()

    started = time.perf_counter()
    total: Counter[str] = Counter()
    broken: list[str] = []
    with ProcessPoolExecutor(given.workers) as pool:
        counts = [min(EACH, given.schedules - n) for n in range(0, given.schedules, EACH)]
        seeds = [given.seed * 1_000_003 + n for n in range(len(counts))]
        for count, trouble in pool.map(
            some, seeds, counts, [time.time() + given.seconds] * len(counts)
        ):
            total += count
            broken += [trouble] if trouble else []
    acknowledged = 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            if given.kills:
                acknowledged = rounds(f"{folder}/desk.db", given.kills, given.seed)
        except AssertionError as error:
            broken.append(f"processes, seed {given.seed}: {error}")
    seconds = time.perf_counter() - started
    print(
        f"{total['schedules']} schedules, {total['steps']} steps, {total['crashes']} crashes, "
        f"{total['refused']} steps refused; ends: {total['approved']} approved, "
        f"{total['denied']} denied, {total['expired']} expired"
    )
    print(
        f"{given.kills} rounds of processes ended with SIGKILL, {acknowledged} steps acknowledged"
    )
    for trouble in broken:
        print(f"BROKEN: {trouble}")
    print(f"{len(broken)} promises broken, {seconds:.0f} s")
    if given.json:
        row = {"better": "lower", "peer": "", "theirs": None, "ratio": None}
        case = f"{total['schedules']} schedules, {given.kills} rounds of SIGKILL"
        rows = [{"case": case, "metric": "promises broken", "ours": len(broken), **row}]
        given.json.write_text(json.dumps({"bench": "holds", "rows": rows}), "utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
