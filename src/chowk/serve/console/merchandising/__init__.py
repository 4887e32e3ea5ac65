"""The merchandiser's pages about search: compare, rules, analytics, grading."""

from . import comparing, grading, ruling, watching

#: Every route of these pages.
HANDLERS = (*comparing.HANDLERS, *ruling.HANDLERS, *watching.HANDLERS, *grading.HANDLERS)
