"""The data sets of Snips NLU, in YAML and in JSON: utterances in chunks, entities and their values.

In: the text of a file. Out: a corpus, and back. In YAML a slot is `[origin:city](Paris)`, and its
entity is said once; entities with values and synonyms are kept as they came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from chowk.errors import ImportFormatError, InputError

from .corpus import Corpus, example, parts
from .yaml import dump_all, load_all

_MARK = re.compile(r"\[(?P<slot>[^\[\]:()]+)(?::(?P<entity>[^\[\]()]+))?\]\((?P<text>[^()]+)\)")


def read_json(text: str, where: str) -> Corpus:
    """The corpus of a Snips data set in JSON."""
    try:
        document = json.loads(text)
        intents = document["intents"].items()
        examples = []
        for intent, said in intents:
            for utterance in said["utterances"]:
                examples.append(_of_chunks(utterance["data"], intent))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImportFormatError(
            f"{where} is not a Snips data set: {type(error).__name__} {error}. It is JSON with "
            "'intents', each with 'utterances' of 'data'."
        ) from None
    locale = document.get("language")
    for row in examples:
        if locale is not None:
            row["locale"] = locale
    extras = {key: value for key, value in document.items() if key != "intents"}
    extras["intents"] = {
        intent: {key: value for key, value in said.items() if key != "utterances"}
        for intent, said in intents
    }
    return Corpus(examples, extras, "snips-json")


def write_json(corpus: Corpus) -> str:
    """The corpus as a Snips data set in JSON."""
    own = corpus.format == "snips-json"
    extras = dict(corpus.extras) if own else {}
    kept = extras.pop("intents", {})
    intents: dict[str, Any] = {name: {**said, "utterances": []} for name, said in kept.items()}
    entities: dict[str, Any] = dict(extras.pop("entities", {}))
    for number, row in enumerate(corpus.examples):
        chunks = []
        for piece, slot in parts(row, f"Row {number}"):
            chunk = {"text": piece}
            if slot is not None:
                entity = slot.get("entity", slot["name"])
                more = {
                    k: v for k, v in slot.items() if k not in ("name", "start", "end", "entity")
                }
                chunk |= {"entity": entity, "slot_name": slot["name"], **more}
                if not own:
                    entities.setdefault(entity, _plain_entity())
            chunks.append(chunk)
        intents.setdefault(row["intent"], {"utterances": []})["utterances"].append({"data": chunks})
    language = next((row["locale"] for row in corpus.examples if row.get("locale")), "en")
    document = {"language": language, **extras, "intents": intents, "entities": entities}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def read_yaml(text: str, where: str) -> Corpus:
    """The corpus of Snips YAML documents."""
    examples: list[dict[str, Any]] = []
    kept: list[Any] = []
    for number, document in enumerate(load_all(text, where)):
        here = f"Document {number} of {where}"
        if not isinstance(document, Mapping) or document.get("type") not in ("intent", "entity"):
            raise ImportFormatError(f"{here} has no 'type: intent' or 'type: entity'.")
        if document["type"] == "entity":
            kept.append(dict(document))
            continue
        if not isinstance(document.get("name"), str):
            raise ImportFormatError(f"{here} is an intent without a 'name'.")
        kept.append({key: value for key, value in document.items() if key != "utterances"})
        said = document.get("slots") or []
        try:
            entity_of = {slot["name"]: slot["entity"] for slot in said}
        except (KeyError, TypeError):
            raise ImportFormatError(f"{here}: every slot needs a 'name' and an 'entity'.") from None
        for line in document.get("utterances") or []:
            words, slots = _unmarked(str(line), entity_of)
            examples.append(example(words, document["name"], slots, extra={"document": number}))
    return Corpus(examples, {"documents": kept}, "snips-yaml")


def write_yaml(corpus: Corpus) -> str:
    """The corpus as Snips YAML documents."""
    own = corpus.format == "snips-yaml"
    documents = [dict(one) for one in corpus.extras.get("documents", [])] if own else []
    known = {d["name"]: n for n, d in enumerate(documents) if d["type"] == "intent"}
    for number, row in enumerate(corpus.examples):
        at = (row.get("extra") or {}).get("document") if own else None
        if at is None or documents[at]["name"] != row["intent"]:
            if row["intent"] not in known:
                known[row["intent"]] = len(documents)
                documents.append({"type": "intent", "name": row["intent"], "slots": []})
            at = known[row["intent"]]
        document = documents[at]
        entity_of = {slot["name"]: slot["entity"] for slot in document.get("slots") or []}
        line = ""
        for piece, slot in parts(row, f"Row {number}"):
            if slot is None:
                line += piece
                continue
            name, entity = slot["name"], slot.get("entity", slot["name"])
            if name not in entity_of and not slot.get("marked"):
                document["slots"] = [
                    *(document.get("slots") or []),
                    {"name": name, "entity": entity},
                ]
                entity_of[name] = entity
            line += f"[{name}:{entity}]({piece})" if slot.get("marked") else f"[{name}]({piece})"
        again = _unmarked(line, entity_of)
        want = [(s["name"], s["start"], s["end"]) for s in row.get("slots") or ()]
        if again[0] != row["text"] or [(s["name"], s["start"], s["end"]) for s in again[1]] != want:
            raise InputError(
                f"Row {number} cannot be written with brackets: {row['text'][:60]!r} or a slot's "
                "name has brackets or colons of its own. Write it as Snips JSON."
            )
        document.setdefault("utterances", []).append(line)
    return dump_all(documents)


def _unmarked(line: str, entity_of: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    text, at = "", 0
    slots = []
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        at = match.end()
        name = match["slot"]
        slot: dict[str, Any] = {"name": name, "start": len(text)}
        text += match["text"]
        slot |= {"end": len(text), "entity": match["entity"] or entity_of.get(name, name)}
        slots.append(slot | ({"marked": True} if match["entity"] else {}))
    return text + line[at:], slots


def _of_chunks(chunks: Any, intent: str) -> dict[str, Any]:
    text = ""
    slots = []
    for chunk in chunks:
        start = len(text)
        text += chunk["text"]
        if "slot_name" in chunk or "entity" in chunk:
            more = {k: v for k, v in chunk.items() if k not in ("text", "slot_name")}
            name = chunk.get("slot_name", chunk.get("entity"))
            slots.append({"name": name, "start": start, "end": len(text), **more})
    return example(text, intent, slots)


def _plain_entity() -> dict[str, Any]:
    return {
        "data": [],
        "use_synonyms": True,
        "automatically_extensible": True,
        "matching_strictness": 1.0,
    }
