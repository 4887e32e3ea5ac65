"""Contact risk: who is likely infected, from contacts and tests (CRISP)."""

from __future__ import annotations

from .advice import Advice, Infector, Today, expected_information, infectors, today
from .by_risk import ByRisk
from .by_tomorrow import ByTomorrow
from .crisp import Crisp
from .forward import Epidemic, simulate
from .policies import (
    Lockdown,
    Nothing,
    Outcome,
    Setting,
    Symptoms,
    Tracing,
    pareto_front,
    simulate_policy,
)
from .privacy import group_risk, kept, pseudonyms
from .proximity import daily_contacts, distance, unobserved, unrecorded
from .samples import Diagnostics, MixingWarning, Samples
from .symptoms import symptom_diary
from .transmission import LogLinear, TransmissionFit

__all__ = [
    "Advice",
    "ByRisk",
    "ByTomorrow",
    "Crisp",
    "Diagnostics",
    "Epidemic",
    "Infector",
    "Lockdown",
    "LogLinear",
    "MixingWarning",
    "Nothing",
    "Outcome",
    "Samples",
    "Setting",
    "Symptoms",
    "Today",
    "Tracing",
    "TransmissionFit",
    "daily_contacts",
    "distance",
    "expected_information",
    "group_risk",
    "infectors",
    "kept",
    "pareto_front",
    "pseudonyms",
    "simulate",
    "simulate_policy",
    "symptom_diary",
    "today",
    "unobserved",
    "unrecorded",
]
