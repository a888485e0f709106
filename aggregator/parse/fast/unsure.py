"""Why the fast road leaves a document to the other one."""

from __future__ import annotations


class Unsure(Exception):
    """This document may mean something else than we would read; the text says what. Never leaves the package."""
