"""Language: what people say, in the languages they mix; mixed test sets; de-duplicated training."""

from .alignment import Aligner
from .answers import Answers
from .assistant import Assistant
from .deduplication import Deduplicated, deduplicated
from .dictionary import BilingualDictionary
from .formats import Corpus, read_corpus, write_corpus
from .indices import Mixing, mixing
from .mixed import Mixed, Mixes
from .mixer import CodeMixer
from .parsed import Parse, Slot
from .resolving import Catalogue, SearchRequest
from .skill import Skill
from .tagger import LanguageTagger
from .understander import Understander

__all__ = [
    "Aligner",
    "Answers",
    "Assistant",
    "BilingualDictionary",
    "Catalogue",
    "CodeMixer",
    "Corpus",
    "Deduplicated",
    "LanguageTagger",
    "Mixed",
    "Mixes",
    "Mixing",
    "Parse",
    "SearchRequest",
    "Skill",
    "Slot",
    "Understander",
    "deduplicated",
    "mixing",
    "read_corpus",
    "write_corpus",
]
