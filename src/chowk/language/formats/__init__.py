"""The files that owners already have: Rasa, Snips, MASSIVE, CLU and CoNLL, in and out.

In: a file. Out: a corpus for `Understander.fit`, and from a corpus a file. What is read is written
again without loss by the same format; offsets count code points (`index_type` says so).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chowk.errors import ImportFormatError, parameter

from . import others, rasa, snips
from .corpus import INDEX_TYPE, Corpus

_READERS: dict[str, Callable[[str, str], Corpus]] = {
    "rasa": rasa.read,
    "snips-yaml": snips.read_yaml,
    "snips-json": snips.read_json,
    "massive": others.read_massive,
    "clu": others.read_clu,
    "conll": others.read_conll,
}
_WRITERS: dict[str, Callable[[Corpus], str]] = {
    "rasa": rasa.write,
    "snips-yaml": snips.write_yaml,
    "snips-json": snips.write_json,
    "massive": others.write_massive,
    "clu": others.write_clu,
    "conll": others.write_conll,
}
#: The formats by name.
FORMATS = tuple(_READERS)

__all__ = ["FORMATS", "INDEX_TYPE", "Corpus", "read_corpus", "write_corpus"]


def read_corpus(path: str | Path, kind: str | None = None) -> Corpus:
    """Labelled utterances of a file.

    Parameters
    ----------
    kind : one of `FORMATS`; None tells by the file's ending and what it begins with.

    Raises
    ------
    ImportFormatError
        that names the file and the line or block which breaks the format.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFormatError(f"{path} is not UTF-8 text. Save it as UTF-8.") from None
    if kind is None:
        kind = _told(path, text)
    if kind not in _READERS:
        raise parameter("read_corpus", "kind", f"one of {', '.join(FORMATS)}", kind)
    return _READERS[kind](text, str(path))


def write_corpus(corpus: Corpus, path: str | Path, kind: str | None = None) -> None:
    """Write a corpus; `kind` is the format that it was read from unless said.

    InputError for a row that the format cannot hold, with its number.
    """
    kind = kind or corpus.format
    if kind not in _WRITERS:
        raise parameter("write_corpus", "kind", f"one of {', '.join(FORMATS)}", kind)
    Path(path).write_text(_WRITERS[kind](corpus), "utf-8")


def _told(path: Path, text: str) -> str:
    """The format of a file by its ending and its keys."""
    ending = path.suffix.casefold()
    if ending in (".yml", ".yaml"):
        return (
            "rasa" if any(line.startswith("nlu:") for line in text.splitlines()) else "snips-yaml"
        )
    if ending in (".conll", ".tsv", ".txt", ".bio"):
        return "conll"
    if ending == ".jsonl":
        return "massive"
    if ending == ".json":
        try:
            document = json.loads(text)
        except ValueError:
            raise ImportFormatError(f"{path} is not JSON.") from None
        if isinstance(document, dict) and "assets" in document:
            return "clu"
        if isinstance(document, dict) and "intents" in document:
            return "snips-json"
    raise ImportFormatError(
        f"The format of {path} cannot be told. Say which: {', '.join(FORMATS)}."
    )
