"""The folder that a model is saved to or loaded from, as people give it."""

from __future__ import annotations

import os
from pathlib import Path

from chowk.errors import parameter


def folder_of(caller: str, folder: object, shipped: str = "") -> Path:
    """The folder as a path, or a ParameterError that says what came.

    Parameters
    ----------
    caller : the call, as people write it: `Journey.load`.
    shipped : the name of a model that ships, for the error's rule.

    Examples
    --------
    >>> folder_of("Journey.load", "models/journey").name
    'journey'
    >>> folder_of("Journey.load", 5)
    Traceback (most recent call last):
    ...
    chowk.errors.ParameterError: The 'folder' parameter of Journey.load must be the path of a \
folder. Got 5 instead.
    """
    given = folder
    if isinstance(folder, os.PathLike):
        folder = os.fspath(folder)
    if not isinstance(folder, str) or not folder or "\0" in folder:
        rule = f"the path of a folder, or {shipped}" if shipped else "the path of a folder"
        raise parameter(caller, "folder", rule, given)
    return Path(folder)
