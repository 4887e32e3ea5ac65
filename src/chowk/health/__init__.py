"""Contact risk: who is likely infected, from contacts and tests (CRISP)."""

from __future__ import annotations

from .crisp import Crisp
from .forward import Epidemic, simulate
from .samples import Diagnostics, MixingWarning, Samples

__all__ = ["Crisp", "Diagnostics", "Epidemic", "MixingWarning", "Samples", "simulate"]
