"""Contact risk: exactness beside enumeration, speed by size, and who is found on real networks.

Exactness: hundreds of random worlds of up to 4 people and 6 days, each in hundreds of independent
copies, one draw a copy, against full enumeration: marginals, and the joint law of all traces, on
one thread and two.

Speed: seconds a sweep on one core and two (wall, and CPU seconds of the process), and seconds an
effective sample of the slowest hundredth of the people. The peer is the C++ of the paper's authors
(zalandoresearch/CRISP, one thread), as measured on a machine of the same kind; it is not run here.

Quality: epidemics simulated over the real contact networks of schools and a hospital (their days
repeated to four weeks). Who is infected on the last day among those whose infection was not found?
CRISP beside contact tracing (minutes of the last seven days with people found positive), its second
degree, and random; and its calibration. Once with six people drawn at random tested every day, and
once with two, and half of the infectious tested for their symptoms: then who is *not* tested tells
something, which the model does not know, and its probabilities are too high.

Learning: in how many of 100 simulated sets the EM's intervals hold the truth, by coefficient; sets
that stand in the file --outcomes are not learned again.

Growth: seconds a sweep as people, days and contacts a day are doubled, one after the other.

Counts: what keeping the sums of infectious contacts up to date would spare a sweep, and cost.

Window: what a day costs when history is summed up, and how far its risks are from the whole's.

Policies: the paper's experiment (1,000 people, 150 days, 20 epidemics): who is infected and who is
in quarantine under symptoms, contact tracing and CRISP, and the front; with --plot, its picture.
Epidemics that stand in the file --outcomes are not run again, so that it may be run in pieces
(--policy CRISP --epidemics 5).

    python bench/crisp.py [--part exact|speed|growth|counts|window|million|quality|em|policies]
        [--epidemics 20] [--data FOLDER]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from _crisp_counts import counts
from _crisp_days import window
from _crisp_exact import exact
from _crisp_learning import coverage
from _crisp_policies import policies
from _crisp_quality import NETWORKS, quality
from _crisp_speed import growth, speed
from _report import Row, arguments, emit

PARTS = ("exact", "speed", "growth", "counts", "window", "million", "quality", "em", "policies")


def main() -> None:
    """Run the parts that were asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--epidemics", type=int, default=20)
    parser.add_argument("--sets", type=int, default=100, help="simulated sets of the EM")
    parser.add_argument(
        "--processes", type=int, default=2, help="side by side, for em and policies"
    )
    parser.add_argument("--policy", default="", help="only policies whose name begins so")
    parser.add_argument("--outcomes", type=Path, help="file that keeps what was done")
    parser.add_argument("--plot", type=Path, help="draw the policies and their front here (SVG)")
    parser.add_argument(
        "--front",
        type=Path,
        help="write what the console draws: src/chowk/health/policy_front.json",
    )
    parser.add_argument("--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--copies", type=int, default=300)
    chosen = parser.parse_args()
    rows: list[Row] = []
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    if chosen.part in (None, "exact"):
        exact(rows, chosen.worlds, chosen.copies)
    if chosen.part in (None, "speed"):
        speed([(1_000, 30, 10), (1_000, 60, 10), (10_000, 60, 10)], rows, sweeps=30)
        speed([(100_000, 30, 10), (100_000, 30, 20)], rows, sweeps=8)
    if chosen.part == "million":
        speed([(1_000_000, 30, 10)], rows, sweeps=4)
    if chosen.part in (None, "quality"):
        quality(rows, chosen.data, chosen.epidemics, chosen.networks)
    if chosen.part in (None, "em"):
        coverage(rows, chosen.sets, chosen.outcomes, chosen.processes)
    if chosen.part in (None, "growth"):
        growth(rows)
    if chosen.part in (None, "counts"):
        counts(rows)
    if chosen.part in (None, "window"):
        window(rows)
    if chosen.part in (None, "policies"):
        policies(
            rows,
            chosen.epidemics,
            chosen.policy,
            chosen.outcomes,
            chosen.plot,
            chosen.front,
            chosen.processes,
        )
    emit("crisp", rows, chosen.json)


if __name__ == "__main__":
    main()
