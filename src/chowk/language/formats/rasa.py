"""Rasa's training data in YAML: intents with marked examples, synonyms, regexes, lookup tables.

In: the text of a file. Out: a corpus, and back. Marks are `[red](colour)`, `[red](colour:value)`
and `[Berlin]{"entity": "city", "role": "from", "group": "1", "value": "BER"}`; blocks that are no
intents are kept as they came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from chowk.errors import ImportFormatError, InputError

from .corpus import Corpus, example, parts
from .yaml import dump, load

_MARK = re.compile(
    r"\[(?P<text>[^\[\]]+)\](?:\((?P<name>[^():]+)(?::(?P<value>[^()]+))?\)|(?P<said>\{[^{}]+\}))"
)


def read(text: str, where: str) -> Corpus:
    """The corpus of a Rasa YAML file."""
    document = load(text, where)
    if not isinstance(document, Mapping) or not isinstance(document.get("nlu"), list):
        raise ImportFormatError(f"{where} has no list 'nlu:'. Is it Rasa's training data?")
    examples: list[dict[str, Any]] = []
    blocks: list[Any] = []
    for number, block in enumerate(document["nlu"]):
        here = f"Block {number} of {where}"
        if not isinstance(block, Mapping):
            raise ImportFormatError(f"{here} is {block!r:.60}, not a mapping.")
        if "intent" not in block:
            blocks.append(dict(block))
            continue
        blocks.append({key: value for key, value in block.items() if key != "examples"})
        for line, metadata in _lines(block.get("examples"), here):
            said, slots = unmarked(line, here)
            extra = {"block": number} | ({} if metadata is None else {"metadata": metadata})
            examples.append(example(said, str(block["intent"]), slots, extra=extra))
    rest = {key: value for key, value in document.items() if key != "nlu"}
    return Corpus(examples, {"blocks": blocks, "document": rest}, "rasa")


def write(corpus: Corpus) -> str:
    """The corpus as Rasa YAML."""
    own = corpus.format == "rasa"
    blocks = [dict(block) for block in corpus.extras.get("blocks", [])] if own else []
    place = {block.get("intent"): number for number, block in reversed(list(enumerate(blocks)))}
    lines: dict[int, list[Any]] = {n: [] for n, block in enumerate(blocks) if "intent" in block}
    for number, row in enumerate(corpus.examples):
        extra = row.get("extra") or {}
        at = extra.get("block") if own else None
        if at not in lines or blocks[at]["intent"] != row["intent"]:
            at = place.get(row["intent"])
        if at is None:
            at = place[row["intent"]] = len(blocks)
            blocks.append({"intent": row["intent"]})
            lines[at] = []
        line = marked(row, f"Row {number}")
        metadata = extra.get("metadata") if own else None
        lines[at].append(line if metadata is None else {"text": line, "metadata": metadata})
    for at, said in lines.items():
        if all(
            isinstance(line, str) and len(line.splitlines()) == 1 and line == line.strip()
            for line in said
        ):
            blocks[at]["examples"] = "".join(f"- {line}\n" for line in said)
        else:
            blocks[at]["examples"] = [{"text": x} if isinstance(x, str) else x for x in said]
    rest = corpus.extras.get("document", {}) if own else {}
    return dump({**({} if rest else {"version": "3.1"}), **rest, "nlu": blocks})


def unmarked(line: str, where: str) -> tuple[str, list[dict[str, Any]]]:
    """Text and slots of a marked line.

    >>> unmarked("show [red](colour) shoes", "a line")
    ('show red shoes', [{'name': 'colour', 'start': 5, 'end': 8}])
    """
    text, at = "", 0
    slots: list[dict[str, Any]] = []
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        at = match.end()
        if match["said"] is None:
            said: dict[str, Any] = {"entity": match["name"]}
            if match["value"] is not None:
                said |= {"value": match["value"], "short": True}
        else:
            try:
                said = json.loads(match["said"])
                said["entity"]
            except (ValueError, KeyError, TypeError):
                raise ImportFormatError(
                    f"{where}: {match['said']} should be JSON with an 'entity'."
                ) from None
        start = len(text)
        text += match["text"]
        name = said.pop("entity")
        slots.append({"name": name, "start": start, "end": len(text), **said})
    return text + line[at:], slots


def marked(row: Mapping[str, Any], where: str) -> str:
    """A row as a marked line; InputError where it would be read as another row."""
    line = ""
    for piece, slot in parts(row, where):
        if slot is None:
            line += piece
            continue
        said = {k: v for k, v in slot.items() if k not in ("name", "start", "end", "short")}
        if not said:
            line += f"[{piece}]({slot['name']})"
        elif slot.get("short"):
            line += f"[{piece}]({slot['name']}:{said['value']})"
        else:
            line += f"[{piece}]{json.dumps({'entity': slot['name'], **said}, ensure_ascii=False)}"
    slots = sorted((dict(s) for s in row.get("slots") or ()), key=lambda one: one["start"])
    if unmarked(line, where) != (row["text"], slots):
        raise InputError(
            f"{where} cannot be written with brackets: {row['text'][:60]!r} has brackets of its "
            "own, or a slot's name has a colon. Write it as CLU or Snips JSON."
        )
    return line


def _lines(examples: Any, where: str) -> list[tuple[str, Any]]:
    if isinstance(examples, str):
        found: list[tuple[str, Any]] = []
        for line in examples.split("\n"):
            if not line.strip():
                continue
            if not line.startswith("- "):
                raise ImportFormatError(f"{where}: the example {line[:60]!r} begins with no '- '.")
            found.append((line[2:], None))
        return found
    if isinstance(examples, list) and all(
        isinstance(one, Mapping) and isinstance(one.get("text"), str) for one in examples
    ):
        return [(one["text"], one.get("metadata")) for one in examples]
    if examples is None:
        return []
    raise ImportFormatError(
        f"{where}: 'examples' are neither lines with '- ' nor rows with 'text'."
    )
