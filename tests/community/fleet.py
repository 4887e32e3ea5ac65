"""Real processes at one desk, killed with SIGKILL: what was acknowledged holds, nothing leaks.

python fleet.py PLACE NAME SEED: sends, claims, approves and denies until it is killed, and says on
standard output what was acknowledged.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from chowk.community.holding import Holding
from chowk.desk import Desk
from chowk.errors import ItemConflictError

HOLD = {"decision": "hold", "level": 2}


def work(place: str, name: str, seed: int) -> None:
    draw = random.Random(seed)
    with Desk.open(place) as desk:
        holding = Holding(desk.queue)
        print("ready", flush=True)
        sys.stdin.readline()
        count = 0
        while True:
            count += 1
            message = f"{name}-{seed}-{count}"
            holding.send(message, "lobby", "author", f"text of {message}", HOLD)
            print("held", message, flush=True)
            item = desk.queue.claim(actor=name)
            if item is None or draw.random() < 0.2:
                continue
            outcome = draw.choice(["approve", "deny"])
            try:
                done = desk.queue.decide(
                    item.item_id, outcome, actor=name, reason="because", norm="kind"
                )
            except ItemConflictError:
                continue
            print(done.state, item.subject.removeprefix("message:"), flush=True)


def rounds(place: str, count: int, seed: int, names: tuple[str, ...] = ("asha", "ravi")) -> int:
    """Start workers and kill them, `count` times; gives how many steps were acknowledged.

    AssertionError where a promise is broken.
    """
    from community.schedules import all_rows, replayed

    draw = random.Random(seed)
    with Desk.open(place) as desk:
        for name in names:
            desk.grant(name, "moderator", actor="cli")
    told: list[tuple[str, str]] = []
    for number in range(count):
        workers = [
            subprocess.Popen(
                [sys.executable, str(Path(__file__)), place, name, str(seed * 1000 + number)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in names
        ]
        for worker in workers:
            assert worker.stdout is not None and worker.stdin is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        time.sleep(draw.uniform(0.05, 0.8))
        for worker in draw.sample(workers, len(workers)):
            os.kill(worker.pid, signal.SIGKILL)
            assert worker.wait(30) == -signal.SIGKILL
            assert worker.stdout is not None and worker.stdin is not None
            lines = worker.stdout.read().splitlines(keepends=True)
            worker.stdout.close()
            worker.stdin.close()
            told += [tuple(line.split()) for line in lines if line.endswith("\n")]  # type: ignore[misc]
        with Desk.open(place) as desk:
            holding = Holding(desk.queue)
            desk.verify_audit()
            log = {one["of"]: one["state"] for one in replayed(all_rows(desk)).values()}
            for what, message in told:
                state = log[f"message:{message}"]  # none is lost
                if what != "held":
                    assert state == what, f"{message} was acknowledged as {what}, and is {state}"
            for subject, state in draw.sample(sorted(log.items()), min(len(log), 40)):
                message = subject.removeprefix("message:")
                wanted = f"text of {message}" if state == "approved" else None
                assert holding.shown(message) == wanted
            # What the dead had claimed comes free when their time is over, not before.
            assert all(item.claimed_until is not None for item in desk.queue.items(state="claimed"))
    return len(told)


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
