"""One module a schema version, in order; each is frozen once it was released."""
