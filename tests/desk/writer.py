"""A process that writes audit rows, and says on standard output which ones were acknowledged.

python writer.py PLACE NAME COUNT: COUNT rows, or rows until it is killed when COUNT is 0.
"""

from __future__ import annotations

import sys

from chowk.desk import Desk


def main(place: str, name: str, count: int) -> None:
    with Desk.open(place) as desk:
        print("ready", flush=True)
        sys.stdin.readline()
        done = 0
        while count == 0 or done < count:
            row = desk.record(
                actor=name, action="test.written", subject=f"{name}:{done}", reason=f"row {done}"
            )
            print(row.seq, done, flush=True)
            done += 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
