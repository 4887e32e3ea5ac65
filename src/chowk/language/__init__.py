"""Language: what people say, in the languages they mix; mixed test sets; de-duplicated training."""

from .deduplication import Deduplicated, deduplicated

__all__ = ["Deduplicated", "deduplicated"]
