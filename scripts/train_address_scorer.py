"""Trains the address scorer that ships, on simulated deliveries with the training kinds of faults.

python scripts/train_address_scorer.py [--count 40000]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from chowk.delivery.addresses.outcomes import TRAINING, deliveries
from chowk.delivery.addresses.scorer import AddressScorer

FOLDER = Path(__file__).resolve().parent.parent / "src/chowk/delivery/addresses/in"


def main() -> None:
    """Simulate, fit, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40_000)
    options = parser.parse_args()
    rows = [
        {"text": delivery.text, "delivered": delivery.delivered, "fault": delivery.fault}
        for delivery in deliveries(options.count, kinds=TRAINING, seed=101)
    ]
    scorer = AddressScorer(strength=0.0).fit(rows)
    scorer.strength = 200.0
    scorer._history = {}  # made buildings are nobody's
    scorer.save(FOLDER)
    print(scorer.weights_)


if __name__ == "__main__":
    main()
