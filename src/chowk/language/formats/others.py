"""MASSIVE's JSON lines, the JSON of conversational language understanding (CLU), and CoNLL columns.

In: the text of a file. Out: a corpus, and back. CLU says how it counts characters, in its
`stringIndexType`: UTF-16 code units are written, unless the file that was read said otherwise.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from chowk.errors import ImportFormatError, InputError
from chowk.language.examples import read_examples
from chowk.language.labels import spans

from .corpus import INDEX_TYPE, Corpus, code_points, example, parts, units

_MASSIVE = re.compile(r"\[\s*(?P<name>[^\[\]:]+?)\s*:\s*(?P<text>[^\[\]]+?)\s*\]")


def read_massive(text: str, where: str) -> Corpus:
    """The corpus of MASSIVE's JSON lines."""
    examples = []
    for number, line in enumerate(text.split("\n"), 1):  # a text may hold other ends of lines
        if not line.strip():
            continue
        here = f"Line {number} of {where}"
        try:
            row = json.loads(line)
            said, intent = row["annot_utt"], row["intent"]
        except (ValueError, KeyError, TypeError):
            raise ImportFormatError(f"{here} is not JSON with 'annot_utt' and 'intent'.") from None
        words, at = "", 0
        slots = []
        for match in _MASSIVE.finditer(said):
            words += said[at : match.start()]
            at = match.end()
            start = len(words)
            words += match["text"]
            slots.append({"name": match["name"], "start": start, "end": len(words)})
        words += said[at:]
        if row.get("utt", words) != words:
            raise ImportFormatError(f"{here}: 'annot_utt' without its marks is not 'utt'.")
        extra = {k: v for k, v in row.items() if k not in ("annot_utt", "intent", "utt", "locale")}
        examples.append(example(words, intent, slots, locale=row.get("locale"), extra=extra))
    return Corpus(examples, {}, "massive")


def write_massive(corpus: Corpus) -> str:
    """The corpus as MASSIVE's JSON lines."""
    lines = []
    for number, row in enumerate(corpus.examples):
        marked = "".join(
            piece if slot is None else f"[{slot['name']} : {piece}]"
            for piece, slot in parts(row, f"Row {number}")
        )
        extra = row.get("extra") if corpus.format == "massive" else None
        line = {
            **({"id": str(number)} if extra is None else {}),
            **({"locale": row["locale"]} if row.get("locale") else {}),
            **(extra or {}),
            "intent": row["intent"],
            "utt": row["text"],
            "annot_utt": marked,
        }
        lines.append(json.dumps(line, ensure_ascii=False))
    found = "".join(line + "\n" for line in lines)
    again = read_massive(found, "the file").examples
    for number, (one, two) in enumerate(zip(corpus.examples, again, strict=True)):
        if _slots(one) != _slots(two):
            raise InputError(
                f"Row {number} cannot be written with brackets: {one['text'][:60]!r} has brackets "
                "of its own, or a slot begins or ends with a space. Write it as CLU."
            )
    return found


def read_clu(text: str, where: str) -> Corpus:
    """The corpus of a CLU project."""
    try:
        document = json.loads(text)
        assets = dict(document["assets"])
        utterances = assets.pop("utterances")
        index_type = document.get("stringIndexType", "Utf16CodeUnit")
        if index_type not in (INDEX_TYPE, "Utf16CodeUnit"):
            raise ImportFormatError(
                f"{where} counts in {index_type!r}. Export it with Utf16CodeUnit or {INDEX_TYPE}."
            )
        examples = []
        for number, row in enumerate(utterances):
            here = f"Utterance {number} of {where}"
            said = row["text"]
            slots = []
            for entity in row.get("entities") or []:
                first, length = entity["offset"], entity["length"]
                start = code_points(said, first, index_type, here)
                end = code_points(said, first + length, index_type, here)
                more = {
                    k: v for k, v in entity.items() if k not in ("category", "offset", "length")
                }
                slots.append({"name": entity["category"], "start": start, "end": end, **more})
            extra = {
                k: v for k, v in row.items() if k not in ("text", "intent", "entities", "language")
            }
            examples.append(
                example(said, row["intent"], slots, locale=row.get("language"), extra=extra)
            )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, ImportFormatError | InputError):
            raise
        raise ImportFormatError(
            f"{where} is not a CLU project: {type(error).__name__} {error}. It is JSON with "
            "'assets' and their 'utterances'."
        ) from None
    rest = {key: value for key, value in document.items() if key != "assets"}
    return Corpus(examples, {"document": rest, "assets": assets}, "clu")


def write_clu(corpus: Corpus) -> str:
    """The corpus as a CLU project; `stringIndexType` says how offsets are counted."""
    own = corpus.format == "clu"
    locale = next((row["locale"] for row in corpus.examples if row.get("locale")), "en-us")
    rest = dict(corpus.extras["document"]) if own else {
        "projectFileVersion": "2023-04-01",
        "stringIndexType": "Utf16CodeUnit",
        "metadata": {"projectKind": "Conversation", "projectName": "chowk", "language": locale,
                     "multilingual": False, "settings": {"confidenceThreshold": 0}},
    }  # fmt: skip
    index_type = str(rest.setdefault("stringIndexType", "Utf16CodeUnit"))
    intents = sorted({row["intent"] for row in corpus.examples})
    names = sorted({slot["name"] for row in corpus.examples for slot in row.get("slots") or ()})
    assets = corpus.extras["assets"] if own else {
        "projectKind": "Conversation",
        "intents": [{"category": name} for name in intents],
        "entities": [{"category": name} for name in names],
    }  # fmt: skip
    utterances = []
    for row in corpus.examples:
        entities = []
        for slot in row.get("slots") or ():
            start = units(row["text"], slot["start"], index_type)
            length = units(row["text"], slot["end"], index_type) - start
            more = (
                {k: v for k, v in slot.items() if k not in ("name", "start", "end")} if own else {}
            )
            entities.append({"category": slot["name"], "offset": start, "length": length, **more})
        extra = row.get("extra", {}) if own else {"dataset": "Train"}
        said = {"text": row["text"], "intent": row["intent"], "entities": entities, **extra}
        utterances.append(said | ({"language": row["locale"]} if row.get("locale") else {}))
    document = {**rest, "assets": {**assets, "utterances": utterances}}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def read_conll(text: str, where: str) -> Corpus:
    """The corpus of token and label columns; `# intent = …` and `# text = …` come before a row.

    Without `# text` the tokens are joined with spaces. The first column is the token and the last
    its label.
    """
    examples = []
    for first, lines in _blocks(text):
        here = f"The row at line {first} of {where}"
        said: dict[str, str] = {}
        words, labels = [], []
        for line in lines:
            if line.startswith("#") and "=" in line:
                key, _, value = line[1:].partition("=")
                said[key.strip()] = value.strip()
                continue
            columns = line.split("\t") if "\t" in line else line.split()
            if len(columns) < 2:
                raise ImportFormatError(f"{here}: {line[:60]!r} has no label beside its token.")
            words.append(columns[0])
            labels.append(columns[-1].strip())
        sentence, places = _laid_out(said.pop("text", " ".join(words)), words, here)
        slots = []
        for span in spans(labels):
            start, end = places[span.start][0], places[span.end - 1][1]
            slots.append({"name": span.name, "start": start, "end": end})
        intent, locale = said.pop("intent", ""), said.pop("locale", None)
        extra = said or None
        examples.append(example(sentence, intent or "none", slots, locale=locale, extra=extra))
    return Corpus(examples, {}, "conll")


def _laid_out(text: str, words: Sequence[str], here: str) -> tuple[str, list[tuple[int, int]]]:
    """The text of a row, and where its tokens stand in it.

    A text with spaces at its ends, or of several lines, is written as JSON; one that begins with a
    quotation mark may be JSON, or somebody's own words: the one that holds the tokens is meant.
    """
    asked = [text]
    if text.startswith('"'):
        with contextlib.suppress(ValueError):
            asked = [str(json.loads(text)), text]
    missing = ""
    for sentence in asked:
        at, places = 0, []
        for word in words:
            at = sentence.find(word, at)
            if at < 0:
                missing = missing or word
                break
            places.append((at, at + len(word)))
            at += len(word)
        else:
            return sentence, places
    raise ImportFormatError(f"{here}: the token {missing!r} is not in its '# text'.")


def write_conll(corpus: Corpus) -> str:
    """The corpus as token and label columns; a slot has to begin and end with a token."""
    from chowk.language.tokens import tokens

    rows = []
    for number, row in enumerate(corpus.examples):
        lines = [f"# intent = {row['intent']}"]
        text = row["text"]
        lines.append("# text = " + (text if text == " ".join(text.split()) and text[:1] != '"'
                                    else json.dumps(text, ensure_ascii=False)))  # fmt: skip
        if row.get("locale"):
            lines.append(f"# locale = {row['locale']}")
        if corpus.format == "conll":
            lines += [f"# {key} = {value}" for key, value in (row.get("extra") or {}).items()]
        one = read_examples([{**row, "slots": row.get("slots") or []}], f"row {number}")[0]
        found = tokens(text)
        places = [
            (s.name, found[s.start].start, found[s.end - 1].end) for s in spans(one.labels or ())
        ]
        if places != _slots(row)[1]:
            raise InputError(
                f"Row {number}: a slot of {text[:60]!r} ends inside a word. CoNLL has labels for "
                "whole tokens: write it as CLU."
            )
        lines += [f"{t.text}\t{label}" for t, label in zip(found, one.labels or (), strict=True)]
        rows.append("\n".join(lines) + "\n")
    return "\n".join(rows)


def _slots(row: dict[str, Any]) -> tuple[str, list[tuple[str, int, int]]]:
    return row["text"], sorted(
        ((s["name"], s["start"], s["end"]) for s in row.get("slots") or ()), key=lambda s: s[1]
    )


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between blank ones, each with the number of its first line."""
    lines: list[str] = []
    first = 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        line = line.rstrip("\r")
        if line.strip():
            if not lines:
                first = number
            lines.append(line)
        elif lines:
            if not lines[0].startswith("-DOCSTART-"):
                yield first, lines
            lines = []
