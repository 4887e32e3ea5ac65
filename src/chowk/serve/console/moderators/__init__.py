"""The moderators' pages: the queue, and what stands around it."""

from __future__ import annotations

from . import (
    authors,
    guard,
    health,
    hooks,
    memory,
    norms,
    people,
    queue,
    reflection,
    reviews,
    rooms,
    survey,
)

HANDLERS = (
    *queue.HANDLERS,
    *guard.HANDLERS,
    *authors.HANDLERS,
    *norms.HANDLERS,
    *memory.HANDLERS,
    *reflection.HANDLERS,
    *health.HANDLERS,
    *people.HANDLERS,
    *reviews.HANDLERS,
    *rooms.HANDLERS,
    *survey.HANDLERS,
    *hooks.HANDLERS,
)
