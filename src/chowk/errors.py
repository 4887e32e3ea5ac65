"""Every error that Chowk raises on purpose.

Each one names the thing, the rule, what came, and the cure, in one sentence or two. All have
`ChowkError` as a parent, and where Python already has a name for the kind of mistake, that one
too, so that both of these work::

    try:
        store = chowk.open("mystore")
    except chowk.ChowkError as error:
        print(error)          # one sentence, ready for a person

The tree::

    ChowkError
     ├── StoreError
     │    ├── StoreNotFoundError (FileNotFoundError)   no store at that path
     │    ├── StoreExistsError   (FileExistsError)     a store would be overwritten
     │    ├── StoreVersionError                        a format newer or older than this code
     │    ├── StoreLockedError   (BlockingIOError)     another process is writing
     │    ├── StoreDamagedError                        a file is missing or its checksum is wrong
     │    └── TableNotFoundError (KeyError)            a table that is unknown or not there
     ├── InputError              (ValueError)          what the caller or a file gave breaks a rule
     │    ├── SchemaError                              columns or types do not fit a table
     │    ├── ParameterError     (TypeError)           an argument outside its limits
     │    ├── SettingsError                            chowk.toml, environment or flag
     │    └── ImportFormatError                        a file that cannot be read as its format
     │         ├── MissingFileError (FileNotFoundError)  a file that was named is not there
     │         └── MissingColumnError                    a column that was named is not in it
     ├── NotFittedError          (AttributeError)      a model was asked before it learned
     ├── MissingExtraError       (ImportError)         an optional package is not installed
     ├── BuildError                                    a system failed while it was built
     ├── ArtifactError                                 a saved model is damaged or foreign
     ├── JournalError                                  a live change could not be made durable
     │    ├── JournalFullError   (BlockingIOError)     more changes wait than may; try again soon
     │    └── JournalConflictError                     a call's name came before with another body
     └── DeskError                                     a decision, key or role was refused
          ├── KeyRefusedError    (PermissionError)     no such key, or its scope does not allow it
          ├── NotAllowedError    (PermissionError)     the actor's roles do not allow it
          ├── NotAtDeskError     (LookupError)         no key, person or item of that id
          ├── ItemConflictError                        an item is somebody else's, or was decided
          └── AuditChainError                          the audit log does not hash together
"""

from __future__ import annotations


class ChowkError(Exception):
    """The parent of every error that Chowk raises on purpose."""


class StoreError(ChowkError):
    """Something about a store's folder."""


class StoreNotFoundError(StoreError, FileNotFoundError):
    """There is no store at that path."""


class StoreExistsError(StoreError, FileExistsError):
    """A store, or other files, are already at that path."""


class StoreVersionError(StoreError):
    """The store was written by a newer or an older Chowk."""


class StoreLockedError(StoreError, BlockingIOError):
    """Another process holds the store's write lock."""


class StoreDamagedError(StoreError):
    """A file of the store is missing or does not match its record."""


class TableNotFoundError(StoreError, KeyError):
    """A table that the schema does not know, or that this store does not have."""

    def __str__(self) -> str:  # KeyError would print the sentence in quotes
        return str(self.args[0]) if self.args else ""


class InputError(ChowkError, ValueError):
    """What the caller or a file gave breaks a rule."""


class SchemaError(InputError):
    """Columns or types do not fit the table."""


class ParameterError(InputError, TypeError):
    """An argument lies outside its limits.

    Attributes
    ----------
    name : the argument, where it is known; what it must be is `rule`.
    """

    name: str = ""
    rule: str = ""


class SettingsError(InputError):
    """A setting in chowk.toml, the environment or a flag is not valid."""


class ImportFormatError(InputError):
    """A file cannot be read as the format that was named."""


class MissingFileError(ImportFormatError, FileNotFoundError):
    """A file or folder that was named is not there."""


class MissingColumnError(ImportFormatError):
    """A column that was named is not in the file."""


class NotFittedError(ChowkError, AttributeError):
    """A model was asked for an answer before it learned."""

    def __init__(self, model: object, call: str = "fit") -> None:
        super().__init__(
            f"This {type(model).__name__} is not fitted yet. Call '{call}' before asking it."
        )


class MissingExtraError(ChowkError, ImportError):
    """An optional package is needed and is not installed.

    `extra` is one of Chowk's; a `package` that belongs to none is named by itself.
    """

    def __init__(self, what: str, extra: str = "", *, package: str = "") -> None:
        line = package or f"'chowk[{extra}]'"
        super().__init__(
            f"{what} needs packages that are not installed. Install them with: pip install {line}"
        )


class BuildError(ChowkError):
    """A system failed while it was built; the store serves what it served before."""


class ArtifactError(ChowkError):
    """A saved model is damaged, or was not written by Chowk."""


class JournalError(ChowkError):
    """A live change could not be made durable, so it was not acknowledged."""


class JournalFullError(JournalError, BlockingIOError):
    """More changes wait to be written than the queue may hold; try again in a moment."""


class JournalConflictError(JournalError):
    """A call's name (the Idempotency-Key of a request) came before with another body."""


class DeskError(ChowkError):
    """A decision, a key or a role was refused."""


class KeyRefusedError(DeskError, PermissionError):
    """No such key, or its scope does not allow the call.

    `why` is `unknown`, `revoked`, `expired` or `scope`, for those who answer with a status.
    """

    def __init__(self, sentence: str, why: str = "unknown") -> None:
        super().__init__(sentence)
        self.why = why


class NotAllowedError(DeskError, PermissionError):
    """The roles of the one who asks do not allow it."""


class NotAtDeskError(DeskError, LookupError):
    """The desk has no key, person or item of that id."""


class ItemConflictError(DeskError):
    """An item is in another state than the step needs; nothing was changed by it.

    `why` is `claimed` (by somebody else), `unclaimed`, `decided` (otherwise than asked), `expired`,
    `superseded`, `version` (the payload is another one), `key` (an idempotency key was used for
    something else), `own` (the one who asks may not decide on this) or `party` (what is proposed
    is a newer version of somebody else's).
    """

    def __init__(self, sentence: str, why: str) -> None:
        super().__init__(sentence)
        self.why = why


class AuditChainError(DeskError):
    """The audit log's rows do not hash together: it was changed after the fact."""


def parameter(caller: str, name: str, rule: str, got: object) -> ParameterError:
    """The one sentence that all parameter errors use.

    >>> print(parameter("search", "k", "an int in [1, 1000]", 0))
    The 'k' parameter of search must be an int in [1, 1000]. Got 0 instead.
    """
    shown = repr(got)
    if len(shown) > 80:
        shown = shown[:77] + "..."
    error = ParameterError(
        f"The {name!r} parameter of {caller} must be {rule}. Got {shown} instead."
    )
    error.name, error.rule = name, rule
    return error
