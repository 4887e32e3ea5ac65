"""Language: what people say, in the languages they mix; mixed test sets; de-duplicated training."""

from .alignment import Aligner
from .deduplication import Deduplicated, deduplicated
from .dictionary import BilingualDictionary
from .indices import Mixing, mixing
from .mixed import Mixed, Mixes
from .mixer import CodeMixer
from .tagger import LanguageTagger
from .understander import Parse, Slot, Understander

__all__ = [
    "Aligner",
    "BilingualDictionary",
    "CodeMixer",
    "Deduplicated",
    "LanguageTagger",
    "Mixed",
    "Mixes",
    "Mixing",
    "Parse",
    "Slot",
    "Understander",
    "deduplicated",
    "mixing",
]
