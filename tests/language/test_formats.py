"""Files of other tools: read, written again without loss, and read as what they mean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.errors import ImportFormatError, InputError, ParameterError
from chowk.language import Understander
from chowk.language.formats import FORMATS, Corpus, read_corpus, write_corpus

RASA = """version: "3.1"
nlu:
- intent: search
  examples: |
    - show [red](colour) [running shoes](item)
    - from [Berlin]{"entity": "city", "role": "from", "group": "1", "value": "BER"} to [Delhi](city)
    - a [scarlet](colour:red) hat
- intent: greet
  examples:
  - text: hello
    metadata:
      sentiment: good
- synonym: red
  examples: |
    - scarlet
    - crimson
- lookup: brand
  examples: |
    - Bata
- regex: pin
  examples: |
    - \\d{6}
"""
SNIPS_YAML = """---
type: intent
name: flight
slots:
- name: origin
  entity: city
utterances:
- find a flight from [origin](Paris) to [goal:city](New York)
- fly
---
type: entity
name: city
automatically_extensible: false
values:
- london
- [new york, big apple]
"""
SNIPS_JSON = {
    "language": "en",
    "intents": {"flight": {"utterances": [{"data": [
        {"text": "from "}, {"text": "Paris", "entity": "city", "slot_name": "origin"},
        {"text": " now"}]}]}},
    "entities": {"city": {"data": [{"value": "london", "synonyms": ["big smoke"]}],
                          "use_synonyms": True, "automatically_extensible": False,
                          "matching_strictness": 0.8}},
}  # fmt: skip
MASSIVE = [
    {"id": "0", "locale": "de-DE", "partition": "test", "scenario": "alarm",
     "intent": "alarm_set", "utt": "weck mich um fünf uhr", "worker_id": "8",
     "annot_utt": "weck mich um [time : fünf uhr]", "slot_method": [{"slot": "time"}]},
]  # fmt: skip
CLU = {
    "projectFileVersion": "2023-04-01", "stringIndexType": "Utf16CodeUnit",
    "metadata": {"projectKind": "Conversation", "language": "en-us"},
    "assets": {
        "projectKind": "Conversation",
        "intents": [{"category": "search"}],
        "entities": [{"category": "colour", "list": {"sublists": []}}],
        "utterances": [{"text": "😀 red shoes", "language": "en-us", "intent": "search",
                        "dataset": "Train",
                        "entities": [{"category": "colour", "offset": 3, "length": 3}]}],
    },
}  # fmt: skip
CONLL = """# intent = search
# text = show red, shoes
show\tO
red\tB-colour
,\tO
shoes\tO

# intent = greet
hello\tO
"""


def files(folder: Path) -> dict[str, Path]:
    """One file a format."""
    made = {
        "rasa": ("nlu.yml", RASA),
        "snips-yaml": ("d.yaml", SNIPS_YAML),
        "snips-json": ("d.json", json.dumps(SNIPS_JSON)),
        "massive": ("de-DE.jsonl", "".join(json.dumps(row) + "\n" for row in MASSIVE)),
        "clu": ("clu.json", json.dumps(CLU)),
        "conll": ("t.conll", CONLL),
    }
    for name, text in made.values():
        (folder / name).write_text(text, "utf-8")
    return {kind: folder / name for kind, (name, _) in made.items()}


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_read_is_written_again(kind: str, tmp_path: Path) -> None:
    path = files(tmp_path)[kind]
    corpus = read_corpus(path)
    assert corpus.format == kind and corpus.index_type == "UnicodeCodePoint"
    again = tmp_path / f"again{path.suffix}"
    write_corpus(corpus, again)
    assert read_corpus(again) == corpus
    if path.suffix in (".json", ".jsonl"):  # key by key as it came
        old, new = (p.read_text("utf-8").splitlines() for p in (path, again))
        if path.suffix == ".json":
            old, new = (["".join(lines)] for lines in (old, new))
        assert [json.loads(a) for a in old] == [json.loads(b) for b in new]
    elif kind != "conll":
        import yaml

        old_documents = list(yaml.safe_load_all(path.read_text("utf-8")))
        assert old_documents == list(yaml.safe_load_all(again.read_text("utf-8")))


def test_what_the_files_mean(tmp_path: Path) -> None:
    paths = files(tmp_path)
    rasa = read_corpus(paths["rasa"]).examples
    assert rasa[0]["text"] == "show red running shoes"
    assert rasa[1]["slots"][0] == {
        "name": "city", "start": 5, "end": 11, "role": "from", "group": "1", "value": "BER"
    }  # fmt: skip
    clu = read_corpus(paths["clu"]).examples[0]
    assert clu["text"][clu["slots"][0]["start"] : clu["slots"][0]["end"]] == "red"
    snips = read_corpus(paths["snips-yaml"]).examples[0]
    assert [(s["name"], s["entity"]) for s in snips["slots"]] == [
        ("origin", "city"), ("goal", "city")
    ]  # fmt: skip
    conll = read_corpus(paths["conll"]).examples
    assert [(row["text"], row["intent"]) for row in conll] == [
        ("show red, shoes", "search"), ("hello", "greet")
    ]  # fmt: skip
    model = Understander(rounds=10).fit(rasa * 3)
    assert model.parse("hello").intent == "greet"


words = st.text(st.characters(codec="utf-8", exclude_characters="[](){}:#\"\\-", categories=(
    "L", "N", "So")), min_size=1, max_size=6)  # fmt: skip


@given(st.lists(st.tuples(words, st.sampled_from(["", "colour", "item"])), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_words_and_slots_go_through_every_format(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, str]]
) -> None:
    text, slots = "", []
    for word, name in drawn:
        text += " " if text else ""
        if name:
            slots.append({"name": name, "start": len(text), "end": len(text) + len(word)})
        text += word
    corpus = Corpus([{"text": text, "intent": "x", "slots": slots}])
    path = tmp_path_factory.mktemp("f") / "file"
    for kind in ("snips-json", "massive", "clu", "rasa", "snips-yaml"):
        write_corpus(corpus, path, kind)
        row = read_corpus(path, kind).examples[0]
        assert row["text"] == text and row["intent"] == "x"
        assert [(s["name"], s["start"], s["end"]) for s in row["slots"]] == [
            (s["name"], s["start"], s["end"]) for s in slots
        ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.yml", "nlu: 3\n", "no list 'nlu:'"),
        ("a.yml", "nlu:\n- intent: x\n  examples: |\n    oops\n", "begins with no '- '"),
        ("a.yml", "nlu: [\n", "not YAML"),
        ("a.yaml", "type: other\n", "type: intent"),
        ("a.json", "{}", "cannot be told"),
        ("a.json", "{", "not JSON"),
        ("a.json", '{"intents": {"x": 3}}', "not a Snips data set"),
        ("a.json", '{"assets": {}}', "not a CLU project"),
        ("a.json", '{"assets": {"utterances": []}, "stringIndexType": "Z"}', "counts in 'Z'"),
        ("a.jsonl", "{}\n", "Line 1 of"),
        ("a.jsonl", '{"intent": "x", "utt": "a", "annot_utt": "b"}', "is not 'utt'"),
        ("a.conll", "show\n", "no label beside"),
        ("a.xyz", "", "cannot be told"),
    ],
)
def test_broken_files_are_told_with_their_place(
    name: str, text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ImportFormatError, match=told):
        read_corpus(tmp_path / name)


def test_offsets_that_cut_a_character_are_told(tmp_path: Path) -> None:
    broken = json.loads(json.dumps(CLU))
    broken["assets"]["utterances"][0]["entities"][0]["offset"] = 1
    (tmp_path / "c.json").write_text(json.dumps(broken), "utf-8")
    with pytest.raises(InputError, match="cuts a character"):
        read_corpus(tmp_path / "c.json")


def test_what_a_format_cannot_hold_is_told(tmp_path: Path) -> None:
    brackets = Corpus([{"text": "show [red](colour)", "intent": "x", "slots": []}])
    massive = Corpus([{"text": "show [a : b]", "intent": "x", "slots": []}])
    inside = [{"name": "n", "start": 0, "end": 2}]
    for kind, corpus in (("rasa", brackets), ("snips-yaml", brackets), ("massive", massive)):
        with pytest.raises((InputError, ImportFormatError), match=r"brackets|is not 'utt'"):
            write_corpus(corpus, tmp_path / "x", kind)
    with pytest.raises(InputError, match="inside a word"):
        write_corpus(
            Corpus([{"text": "abcd", "intent": "x", "slots": inside}]), tmp_path / "x", "conll"
        )
    twice = [*inside, {"name": "m", "start": 1, "end": 3}]
    with pytest.raises(InputError, match="overlaps"):
        write_corpus(
            Corpus([{"text": "abcd", "intent": "x", "slots": twice}]), tmp_path / "x", "rasa"
        )
    with pytest.raises(ParameterError, match="kind"):
        read_corpus(files(tmp_path)["clu"], "word")


#: Spaces at the ends, ends of lines of every kind, and signs that mean something to a format.
ODD = [
    "  red shoes", "red shoes ", "tab\tred", "line\nred", "red\u2028shoes", "red\x85shoes",
    "r\x0bred", "red\x1cshoes", '"red" she said', "red: - # shoes", "- red", "null red", "%red",
    "\U0001f600 red", "red\r\nshoes", '"red shoes"',
]  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("text", ODD)
def test_no_sign_of_a_text_is_lost(kind: str, text: str, tmp_path: Path) -> None:
    at = text.find("red")
    row = {"text": text, "intent": "x", "slots": [{"name": "c", "start": at, "end": at + 3}]}
    path = tmp_path / "corpus"
    try:
        write_corpus(Corpus([row]), path, kind)
    except InputError as error:
        assert kind == "conll" and "ends inside a word" in str(error)
        return
    (found,) = read_corpus(path, kind).examples
    (slot,) = found["slots"]
    assert (found["text"], found["intent"]) == (text, "x")
    assert (slot["name"], slot["start"], slot["end"]) == ("c", at, at + 3)
    again = tmp_path / "again"
    write_corpus(read_corpus(path, kind), again, kind)
    assert again.read_bytes() == path.read_bytes()


def test_a_quoted_text_of_another_tool_is_its_own_words(tmp_path: Path) -> None:
    path = tmp_path / "rows.conll"
    path.write_text('# text = "red" she said\n"\tO\nred\tB-c\n"\tO\nshe\tO\nsaid\tO\n', "utf-8")
    (found,) = read_corpus(path, "conll").examples
    assert found["text"] == '"red" she said' and found["slots"][0]["start"] == 1
