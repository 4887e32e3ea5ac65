"""The neural form: NumPy serves what torch learned, and equal rows weigh what they count."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from chowk.errors import ArtifactError, InputError, ParameterError
from chowk.language import LanguageTagger, Understander
from chowk.language.neural import NeuralModel, Sizes, Vocabulary, principal

torch = pytest.importorskip("torch", reason="pip install 'chowk[neural]'")

COLOURS, ITEMS = ["red", "blue", "green", "black"], ["shoes", "shirts", "bags", "hats"]
SMALL = Sizes(letter=8, filters=6, word=10, hidden=12, epochs=12, batch=16, dropout=0.1)


def commands() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for colour in COLOURS:
        for item in ITEMS:
            rows.append({
                "tokens": ["show", colour, item], "labels": ["O", "B-colour", "B-item"],
                "intent": "search",
            })  # fmt: skip
            rows.append({"text": f"where is my {item} order", "intent": "track"})
    return rows


@pytest.fixture(scope="module")
def model() -> Understander:
    return Understander(model="neural", sizes=SMALL, rounds=20).fit(commands())


def test_intent_and_slots(model: Understander, tmp_path: Path) -> None:
    parse = model.parse("show black hats")
    assert parse.intent == "search" and model.parse("where is my bags order").intent == "track"
    assert [(s.name, s.value) for s in parse.slots] == [("colour", "black"), ("item", "hats")]
    assert not model.parse("").in_scope
    model.save(tmp_path)
    loaded = Understander.load(tmp_path)
    again = loaded.parse("show black hats")
    assert again.slots == parse.slots and again.confidence == pytest.approx(
        parse.confidence, abs=0.02
    )
    assert loaded.network_ is not None


def test_it_begins_from_a_light_model_of_the_same_intents() -> None:
    light = Understander(rounds=20).fit(commands())
    quick = Sizes(letter=4, filters=2, word=4, hidden=4, epochs=1)
    begun = Understander(model="neural", sizes=quick).fit(commands(), start=light)
    assert begun.linear_ is light.linear_ and begun.parse("show red hats").intent == "search"
    with pytest.raises(InputError, match="'start' is not fitted"):
        Understander(model="neural").fit(commands(), start=Understander())
    with pytest.raises(ParameterError, match="start"):
        Understander().fit(commands(), start=light)


def test_numpy_gives_the_scores_of_torch() -> None:
    from chowk.language.network import JointNetwork

    rows = [["mujhe", "Red", "joote"], ["ok"]]
    sizes = Sizes(letter=5, filters=4, word=6, hidden=7, layers=2, epochs=1)
    found = NeuralModel(2, ["O", "B-x"], sizes, seed=3).fit(rows, [0, 1], [["O", "B-x", "O"], None])
    network = JointNetwork(found.vocabulary_, 2, 2, sizes).eval()
    network.load_state_dict({k: torch.from_numpy(v) for k, v in found.weights_.items()})
    words = ["mujhe", "unseenword", "ok", "x"]
    with torch.no_grad():
        intents, labels = network(
            torch.from_numpy(found.vocabulary_.spell(words)),
            torch.from_numpy(found.vocabulary_.numbers(words)),
            torch.arange(4)[None],
            torch.tensor([4]),
        )
    ours = found.scores(words)
    np.testing.assert_allclose(ours[0], intents[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(ours[1], labels[0].numpy(), atol=1e-4)


def test_label_losses_are_those_of_all_paths() -> None:
    from chowk.language.network import JointNetwork

    network = JointNetwork(Vocabulary(["a"], ["a"], [1]), 0, 3, SMALL)
    torch.manual_seed(0)
    with torch.no_grad():
        network.moves.normal_()
        network.begins.normal_()
    scores, labels = torch.randn(2, 3, 3), torch.tensor([[0, 2, 1], [1, 0, 0]])
    mask = torch.tensor([[True, True, True], [True, True, False]])
    losses = network.label_losses(scores, labels, mask).detach()
    for row, length in ((0, 3), (1, 2)):
        totals = {}
        for path in itertools.product(range(3), repeat=length):
            total = network.begins[path[0]] + sum(scores[row, i, p] for i, p in enumerate(path))
            total += sum(network.moves[a, b] for a, b in itertools.pairwise(path))
            totals[path] = total.item()
        gold = totals[tuple(labels[row, :length].tolist())]
        assert losses[row].item() == pytest.approx(
            float(np.logaddexp.reduce(list(totals.values()))) - gold, abs=1e-4
        )


def test_copies_of_a_row_have_the_gradient_of_the_plain_batch() -> None:
    from chowk.language.deduplication import deduplicated, deduplicated_loss
    from chowk.language.network import JointNetwork, Lesson, _losses

    lessons = [Lesson(("a", "b"), 0, (0, 1)), Lesson(("b",), 1, None)]
    batch = [lessons[0], lessons[1], lessons[0], lessons[0]]
    vocabulary = Vocabulary.of([["a", "b"]])
    torch.manual_seed(1)
    network = JointNetwork(vocabulary, 2, 2, Sizes(letter=3, filters=2, word=3, hidden=4)).double()
    network.eval()  # no dropout; every word known
    gradients = []
    for plain in (True, False):
        rows = batch if plain else list(deduplicated(batch).unique)
        losses = _losses(network, rows, vocabulary, np.random.default_rng(0), 0.0, "cpu")
        loss = losses.mean() if plain else deduplicated_loss(losses, deduplicated(batch))
        network.zero_grad()
        loss.backward()
        gradients.append([p.grad.clone() for p in network.parameters()])
    for one, two in zip(*gradients, strict=True):
        torch.testing.assert_close(one, two, atol=1e-12, rtol=0)


def test_principal_keeps_what_differs() -> None:
    rng = np.random.default_rng(0)
    line = rng.normal(size=(50, 1)).astype(np.float32) @ np.ones((1, 4), np.float32)
    found = principal(line, 2)
    assert found.shape == (50, 2) and abs(np.corrcoef(found[:, 0], line[:, 0])[0, 1]) > 0.999
    assert np.abs(found[:, 1]).max() < 1e-3


def test_a_neural_tagger_knows_spellings_it_never_saw(tmp_path: Path) -> None:
    hindi, english = ["mujhe", "dikhao", "wala", "chahiye"], ["show", "shoes", "red", "buy"]
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(60):
        words = [str(w) for w in rng.choice(hindi + english, 5)]
        rows.append({"tokens": words, "languages": ["hi" if w in hindi else "en" for w in words]})
    tagger = LanguageTagger(rounds=20, model="neural", sizes=SMALL).fit(rows)
    assert all(tagger.tag(row["tokens"]) == row["languages"] for row in rows[:20])
    assert tagger.tag(["dikhaoo", "shoess"]) == ["hi", "en"] and tagger.tag([]) == []
    tagger.save(tmp_path)
    loaded = LanguageTagger.load(tmp_path)
    assert loaded.network_ is not None and loaded.tag(["mujhe", "red"]) == ["hi", "en"]
    with pytest.raises(ParameterError, match="model"):
        LanguageTagger(model="large")  # type: ignore[arg-type]


def test_a_training_that_was_cut_short_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chowk.language.resuming import Kept

    sizes = Sizes(letter=4, filters=2, word=4, hidden=5, epochs=4, batch=4, dropout=0.3)
    rows = [["show", "red", "shoes"], ["where", "is", "it"], ["blue", "hats"]] * 4
    labels = [["O", "B-c", "B-i"], None, ["B-c", "B-i"]] * 4
    intents = [0, 1, 0] * 4

    def learn(**given: Path) -> NeuralModel:
        return NeuralModel(2, ["O", "B-c", "B-i"], sizes, seed=3).fit(
            rows, intents, labels, **given
        )

    whole, write = learn(), Kept.write

    def dies(self: Kept, *given: object) -> None:
        write(self, *given)  # type: ignore[arg-type]
        if given[-1]["passes"] == 3:  # type: ignore[index]
            raise KeyboardInterrupt

    monkeypatch.setattr(Kept, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        learn(keep=tmp_path / "k.npz")
    monkeypatch.setattr(Kept, "write", write)
    went_on = learn(keep=tmp_path / "k.npz")
    for name, weights in whole.weights_.items():
        np.testing.assert_allclose(went_on.weights_[name], weights, atol=1e-6)
    sizes = Sizes(letter=4, filters=2, word=4, hidden=5, epochs=5, batch=4, dropout=0.3)
    with pytest.raises(InputError, match="another 'keep'"):
        learn(keep=tmp_path / "k.npz")
    (tmp_path / "k.npz").write_bytes(b"no")
    with pytest.raises(ArtifactError, match="Delete it"):
        learn(keep=tmp_path / "k.npz")
