"""Whole sentences beside single words: what a product's text says as one vector.

Content of words flows in, with an encoder; out comes content whose cosine is partly that of the
words and partly that of the sentences. The encoder is `latent`, which needs nothing: a truncated
singular value decomposition of the shop's own words (Deerwester et al. 1990), or any object with
`encode(texts)`, such as a model of sentence-transformers (Reimers and Gurevych 2019).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from chowk.errors import InputError, MissingExtraError, parameter
from chowk.store.frames import arrow_table

from .content import Content, unit
from .identity import Id, Places, column

#: Of a cosine, the part that is the sentences'.
SHARE = 0.3
_TEXTS = ("title", "name", "text", "description")
#: Numbers of a latent vector.
_LATENT = 64


@runtime_checkable
class Encoder(Protocol):
    """Makes a vector of each text."""

    def encode(self, texts: list[str]) -> ArrayLike:
        """[texts, numbers]."""
        ...


Sentences = Literal["latent"] | Encoder | None


def check_sentences(sentences: Any, caller: str) -> Sentences:
    """The same, or an error that says what may be given."""
    text = isinstance(sentences, (str, bytes))  # which can be encoded too, but not so
    if sentences is None or (text and sentences == "latent"):
        return None if sentences is None else "latent"
    if isinstance(sentences, Encoder) and not text:
        return sentences
    rule = "None, 'latent', or a model with encode(texts)"
    raise parameter(caller, "sentences", rule, sentences)


def with_sentences(
    content: Content, features: Any, places: Places, encoder: Sentences, caller: str, *, seed: int
) -> Content:
    """Content whose cosine is 1 - `SHARE` of the words' and `SHARE` of the sentences'.

    A product that is folded in later has words alone; so has one without any text.

    Raises
    ------
    InputError : the encoder gave something else than one row of finite numbers a text.
    """
    if encoder is None:
        return content
    n = content.rows.shape[0]
    if encoder == "latent":
        vectors = _latent(content.rows, seed)
    else:
        assert isinstance(encoder, Encoder)
        vectors = _encoded(encoder, features, places, n, caller)
    words, whole = (
        rows * np.float32(np.sqrt(share))
        for rows, share in ((content.rows, 1 - SHARE), (unit(sparse.csr_array(vectors)), SHARE))
    )
    joined = sparse.csr_array(sparse.hstack([words, whole], format="csr"))
    weights = np.concatenate([content.weights, np.ones(vectors.shape[1], dtype=np.float32)])
    return Content(unit(joined), weights, content.words)


def _latent(rows: sparse.csr_array, seed: int) -> NDArray[np.float32]:
    from sklearn.utils.extmath import randomized_svd

    size = min(_LATENT, *(side - 1 for side in rows.shape))
    if size < 1 or not rows.nnz:
        return np.zeros((rows.shape[0], 1), dtype=np.float32)
    u, s, _ = randomized_svd(rows, size, n_iter=3, random_state=seed)
    made: NDArray[np.float32] = (u * s).astype(np.float32)
    return made


def _encoded(
    encoder: Encoder, features: Any, places: Places, n: int, caller: str
) -> NDArray[np.float32]:
    ids, texts = texts_of(features, caller)
    found = vectors_of(encoder, texts, caller)
    made = np.zeros((n, found.shape[1]), dtype=np.float32)
    made[places.codes(ids)] = found
    return made


def texts_of(features: Any, caller: str) -> tuple[list[Id], list[str]]:
    """The ids of products, and of each its title, name, text and description as one text."""
    table = arrow_table(features, caller)
    names = [name for name in _TEXTS if name in table.column_names]
    ids = column(table["product_id"], caller, "product_id")
    rows = table.select(names).to_pylist() if names else [{} for _ in ids]
    return ids, [text_of(row) for row in rows]


def text_of(product: Mapping[str, Any]) -> str:
    """One product's text.

    >>> text_of({"title": "Clay lamp", "description": "Holds oil", "price": 3})
    'Clay lamp. Holds oil'
    """
    return ". ".join(str(product[name]) for name in _TEXTS if product.get(name))


def vectors_of(encoder: Encoder, texts: list[str], caller: str) -> NDArray[np.float32]:
    """[texts, numbers], zeros where a text is empty; InputError for what is no such array."""
    found = np.array(encoder.encode(texts), dtype=np.float32)
    if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
        raise InputError(
            f"{caller}: the encoder must give one row of finite numbers a text, "
            f"[{len(texts)}, numbers]. Got an array of shape {found.shape}."
        )
    found[[not text for text in texts]] = 0.0
    return found


def encoder_of(given: Any, caller: str) -> Encoder:
    """A model with `encode(texts)`: as it was given, or opened by its folder or name.

    Raises
    ------
    InputError : no model is there, or what is there is none.
    MissingExtraError : a name was given and sentence-transformers is not installed.
    ParameterError : neither a name nor such a model was given.
    """
    if isinstance(given, str) and given:
        try:
            models: Any = importlib.import_module("sentence_transformers")
        except ImportError:
            what = f"The pretrained encoder {given!r}"
            raise MissingExtraError(what, package="sentence-transformers") from None
        try:
            opened: Encoder = models.SentenceTransformer(given)
        except (OSError, ValueError) as error:  # no such folder, or one without a model
            raise InputError(
                f"{caller}: the pretrained encoder {given!r} cannot be opened: {error}. Give the "
                "folder that SentenceTransformer.save wrote."
            ) from None
        return opened
    if isinstance(given, Encoder) and not isinstance(given, (str, bytes)):
        return given
    rule = "a model with encode(texts), or the folder or name of one for sentence-transformers"
    raise parameter(caller, "encoder", rule, given)
