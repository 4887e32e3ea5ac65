"""The journey's transformer: NumPy answers as torch does, nothing looks ahead, and it learns."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from chowk.discovery import Journey
from chowk.discovery.attention import WINDOW, Attention, inputs
from chowk.discovery.sequences import History

torch = pytest.importorskip("torch")

from chowk.discovery.attention_learning import Learner  # noqa: E402


def history(codes, days=None):
    codes = np.asarray(codes, dtype=np.int64)
    strength = np.tile(np.array([1.0, 0.5, 0.8], np.float32), len(codes))[: len(codes)]
    return History(codes, strength, days)


def learner(histories, n, **more):
    found = Learner(histories, n, seed=0, width=8, negatives=16, **more)
    rng = np.random.default_rng(0)
    for value in found.weights.values():
        noise = rng.normal(0, 0.3, tuple(value.shape)).astype(np.float32)
        value.data += torch.from_numpy(noise)
    return found


def test_numpy_answers_as_torch_does():
    days = np.array([40.0, 39.9, 3.0, 1.0, 0.0], np.float32)
    met = history([3, 1, 4, 1, 5], days)
    made = learner([met], 7, dropout=0.0)
    codes, kinds, gaps = (torch.from_numpy(one)[None] for one in inputs(met))
    with torch.no_grad():
        states = made.states(codes, kinds, gaps)[0].numpy()
    model = made.model()
    np.testing.assert_allclose(model.state(met), states[-1], atol=2e-5)
    # Every event's state is that of the history up to it: nothing looks ahead.
    for end in (1, 3):
        part = History(met.codes[:end], met.strength[:end], days[:end] - days[end - 1])
        np.testing.assert_allclose(model.state(part), states[end - 1], atol=2e-5)


def test_gaps_are_on_a_logarithmic_scale_and_unknown_at_first():
    days = np.array([2.0, 1.0, 1.0, 0.0], np.float32)
    _, kinds, gaps = inputs(history([1, 2, 3, 4], days))
    assert gaps.tolist() == [0, 1 + int(np.log2(25)), 1, 1 + int(np.log2(25))]
    assert kinds.tolist() == [10, 5, 8, 10]
    assert inputs(history([1, 2]))[2].tolist() == [0, 0]


def test_long_histories_are_cut_into_windows_that_hold_each_step_once():
    codes = np.arange(2 * WINDOW + 20) % 90
    made = Learner([history(codes)], 90, seed=0)
    steps = [step for row in made.rows for step in pairwise(row[0].tolist())]
    assert sorted(steps) == sorted(pairwise(codes.tolist()))
    assert max(len(row[0]) for row in made.rows) == WINDOW + 1


def test_a_batch_holds_like_lengths_and_the_loss_is_finite():
    rng = np.random.default_rng(0)
    many = [history(rng.integers(0, 50, n)) for n in rng.integers(2, 40, 300)]
    made = Learner(many, 50, seed=0, width=8)
    seen = 0
    for codes, _, _, wanted in made.batches():
        lengths = (wanted >= 0).sum(1)
        seen += int(lengths.sum())
        assert codes.shape[1] == int(lengths.max())
        assert np.isfinite(float(made.loss(codes, codes * 0, codes * 0, wanted).detach()))
    assert seen == sum(len(h) - 1 for h in many)


def rings(n=240, seed=0):
    """Customers walk on one of three rings of ten; the next product is known from the two last."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        ring, start, way = rng.integers(3), rng.integers(10), rng.choice([-1, 1])
        walk = range(int(rng.integers(4, 9)))
        made.append([int(ring * 10 + (start + way * i) % 10) for i in walk])
    return made


@pytest.fixture(scope="module")
def walked():
    return Journey("transformer", epochs=30, repeats=True).fit(rings())


def test_it_learns_what_needs_two_events(walked, tmp_path):
    # From the last event alone either neighbour is as likely; the one before tells the way.
    right = 0
    for ring in range(3):
        for at in range(10):
            for way in (-1, 1):
                steps = [ring * 10 + (at + way * i) % 10 for i in range(5)]
                right += walked.next(steps[:4], 1)[0][0] == steps[4]
    assert right > 45
    walked.save(tmp_path / "kept")
    again = Journey.load(tmp_path / "kept")
    assert again.next([1, 2, 3], 5) == walked.next([1, 2, 3], 5)
    assert again.method_ == "transformer"


def test_scores_are_chances_and_agree_with_next(walked):
    ranked = walked.next([1, 2, 3], 30)
    assert sum(score for _, score in ranked) == pytest.approx(1.0, abs=1e-6)
    ids = [one for one, _ in ranked]
    np.testing.assert_allclose(walked.score([1, 2, 3], ids), [s for _, s in ranked], rtol=1e-5)
    assert walked.next_many([[1, 2, 3]], 30)[0] == ranked


def test_a_reason_is_an_event_without_which_the_score_falls(walked):
    [first, *_] = walked.explain([1, 2, 3], 4)
    without = [one for one in (1, 2, 3) if one != first.product_id]
    fall = walked.score([1, 2, 3], [4])[0] - walked.score(without, [4])[0]
    assert first.fall == pytest.approx(fall, abs=1e-6)
    assert fall > 0


def test_the_blend_is_trees_with_the_transformer_as_evidence(tmp_path):
    model = Journey("blend", epochs=3, repeats=True).fit(rings(500))
    assert model.method_ == "blend"
    assert set(model.contest_) == {"light", "transformer", "blend"}
    ranked = model.next([1, 2, 3], 5)
    model.save(tmp_path / "kept")
    assert Journey.load(tmp_path / "kept").next([1, 2, 3], 5) == ranked
    assert model.next_many([[1, 2, 3], []], 5)[0] == ranked
    assert len(model.next([], 3)) == 3


def test_a_new_product_stands_beside_those_it_is_like():
    items = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    small = Attention(items, np.array([0.5, -0.5], np.float32), {}, 1)
    wider = small.lent(np.array([0]), np.array([0.7], np.float32))
    np.testing.assert_allclose(wider.items[2], items[0])
    assert wider.bias[2] == pytest.approx(0.5)
    alone = small.lent(np.zeros(0, np.int64), np.zeros(0, np.float32))
    assert alone.items[2].tolist() == [0.0, 0.0]
    assert alone.bias[2] == pytest.approx(-0.5)


def test_a_fit_repeats():
    made = [Journey("transformer", epochs=2).fit(rings(220)).next([1, 2], 5) for _ in range(2)]
    assert made[0] == made[1]
