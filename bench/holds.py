"""The promises of held messages under random schedules: send, claim, approve, deny, expire, kill.

Plays schedules against a small model of what must hold (`tests/community/schedules.py`), with
crashes at random statements and between commit and acknowledgement; then real processes that are
ended with SIGKILL. A promise that breaks is told with the seed that shows it. A long run may be
taken in pieces: what is done is kept in the file of --resume, and only the rest is played.

python bench/holds.py [--schedules 10000] [--kills 30] [--seed 1] [--seconds 600] [--resume FILE]
    [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
#: Schedules at one desk, before a fresh one; and rounds of killed processes at one.
EACH, ROUNDS = 100, 5
#: Steps of a schedule, after its first message.
STEPS = 10


def some(seed: int, count: int, until: float) -> dict[str, Any] | None:
    """Play `count` schedules at one desk: what happened, what broke; None when time is up."""
    from community.schedules import world

    if time.time() > until:
        return None
    memory = Path("/dev/shm")
    broken = ""
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        try:
            with world(Path(folder), seed) as played:
                for _ in range(count):
                    played.schedule(steps=STEPS)
        except AssertionError as error:
            broken = f"seed {seed}: {error}"
    return {"count": dict(played.count), "broken": broken}


def killed(seed: int, count: int, until: float) -> dict[str, Any] | None:
    """Rounds of real processes that are killed, at one desk; None when time is up."""
    from community.fleet import rounds

    if time.time() > until:
        return None
    acknowledged, broken = 0, ""
    with tempfile.TemporaryDirectory() as folder:
        try:
            acknowledged = rounds(f"{folder}/desk.db", count, seed)
        except AssertionError as error:
            broken = f"processes, seed {seed}: {error}"
    return {"count": {"rounds": count, "acknowledged": acknowledged}, "broken": broken}


def pieces(schedules: int, kills: int, seed: int) -> dict[str, tuple[Any, int, int]]:
    """The run in pieces by name: what plays it, with which seed, how many."""
    found: dict[str, tuple[Any, int, int]] = {}
    for number, start in enumerate(range(0, schedules, EACH)):
        count = min(EACH, schedules - start)
        found[f"{seed}/schedules/{start}+{count}"] = some, seed * 1_000_003 + number, count
    for number, start in enumerate(range(0, kills, ROUNDS)):
        count = min(ROUNDS, kills - start)
        found[f"{seed}/kills/{start}+{count}"] = killed, seed * 1_000 + number, count
    return found


def main() -> int:
    """Play, kill, and say what broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30, help="rounds with real processes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600, help="then no more are begun")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--resume", type=Path, help="a file that keeps what is done")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()

    started = time.perf_counter()
    until = time.time() + given.seconds
    done: dict[str, dict[str, Any]] = {}
    if given.resume and given.resume.exists():
        done = {one["piece"]: one for one in map(json.loads, given.resume.open("rb"))}
    whole = pieces(given.schedules, given.kills, given.seed)
    with ProcessPoolExecutor(given.workers) as pool:
        waiting = {
            pool.submit(play, seed, count, until): name
            for name, (play, seed, count) in whole.items()
            if name not in done
        }
        for future in as_completed(waiting):
            result = future.result()
            if result is None:
                continue
            done[waiting[future]] = {"piece": waiting[future], **result}
            if given.resume:
                with given.resume.open("a", encoding="utf-8") as kept:
                    kept.write(json.dumps(done[waiting[future]]) + "\n")
    played = [done[name] for name in whole if name in done]
    total: Counter[str] = Counter()
    for one in played:
        total += Counter(one["count"])
    broken = [one["broken"] for one in played if one["broken"]]
    seconds = time.perf_counter() - started
    print(
        f"{total['schedules']} schedules, {total['steps']} steps, {total['crashes']} crashes, "
        f"{total['refused']} steps refused; ends: {total['approved']} approved, "
        f"{total['denied']} denied, {total['expired']} expired"
    )
    print(
        f"{total['rounds']} rounds of processes ended with SIGKILL, "
        f"{total['acknowledged']} steps acknowledged"
    )
    for trouble in broken:
        print(f"BROKEN: {trouble}")
    left = len(whole) - len(played)
    more = f"; {left} of {len(whole)} pieces are still to be played" if left else ""
    print(f"{len(broken)} promises broken, {seconds:.0f} s{more}")
    if given.json:
        row = {"better": "lower", "peer": "", "theirs": None, "ratio": None}
        case = f"{total['schedules']} schedules, {total['rounds']} rounds of SIGKILL"
        rows = [{"case": case, "metric": "promises broken", "ours": len(broken), **row}]
        given.json.write_text(json.dumps({"bench": "holds", "rows": rows}), "utf-8")
    return 1 if broken else 3 if left else 0


if __name__ == "__main__":
    sys.exit(main())
