"""Contact risk: who is likely infected, from contacts and tests (CRISP)."""

from __future__ import annotations

from .advice import Advice, Infector, Today, expected_information, infectors, today
from .crisp import Crisp
from .forward import Epidemic, simulate
from .privacy import group_risk, kept, pseudonyms
from .proximity import daily_contacts, distance, unobserved
from .samples import Diagnostics, MixingWarning, Samples
from .transmission import LogLinear, TransmissionFit

__all__ = [
    "Advice",
    "Crisp",
    "Diagnostics",
    "Epidemic",
    "Infector",
    "LogLinear",
    "MixingWarning",
    "Samples",
    "Today",
    "TransmissionFit",
    "daily_contacts",
    "distance",
    "expected_information",
    "group_risk",
    "infectors",
    "kept",
    "pseudonyms",
    "simulate",
    "today",
    "unobserved",
]
