"""What a store has without this: BM25 over titles, with an engine's default settings.

tantivy's default analysis (lower case, words of letters and digits) and any word sufficing. It is
the named rival of scorecards and benches.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import tantivy

_WORD = re.compile(r"\w+")


class TitleBM25:
    """BM25 over titles alone.

    Examples
    --------
    >>> rival = TitleBM25(["a", "b"], ["Red kettle", "Blue kettle"])
    >>> rival.search("blue kettle", k=2)
    ['b', 'a']
    """

    def __init__(self, product_ids: Sequence[str], titles: Sequence[str]) -> None:
        self._ids = list(product_ids)
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("row", fast=True)
        builder.add_text_field("title", tokenizer_name="default")
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        writer = index.writer(50_000_000, 1)
        for row, title in enumerate(titles):
            doc = tantivy.Document()
            doc.add_unsigned("row", row)
            doc.add_text("title", title)
            writer.add_document(doc)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def search(self, query: str, *, k: int = 10) -> list[str]:
        """The ids of the best k products."""
        words = list(dict.fromkeys(_WORD.findall(query.lower())))
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "title", word, "freq"))
            for word in words
        ]
        found = self._searcher.search(tantivy.Query.boolean_query(terms), limit=k, count=False)
        rows = self._searcher.fast_field_values("row", [address for _, address in found.hits])
        return [self._ids[row] for row in rows if isinstance(row, int)]
