"""Product search: an index over the catalogue, ranked hits with reasons, exact facets."""

from .engine import SearchEngine
from .results import Hit, Part, Results, Suggestion
from .schema import Weights

__all__ = ["Hit", "Part", "Results", "SearchEngine", "Suggestion", "Weights"]
