"""How owners' files become tables: read, parse by format, conform to the schema, stage, commit.

Every input row is accounted for: it is kept, or it lies in `quarantine/` with file, line and
reason. Nothing becomes visible before the one commit at the end.
"""
