"""What docstrings name is there."""

from __future__ import annotations

import importlib
import re
from operator import attrgetter
from pathlib import Path

import aggregator

NAMED = re.compile(r":(?:mod|class|func|meth|data|attr):`(?:[^`<]*<)?~?(aggregator[\w.]+)>?`")


def is_there(name: str) -> bool:
    """A module, or something in the longest part of the name that is one."""
    module, _, rest = name.partition(".")
    there = importlib.import_module(module)
    while rest:
        first, _, after = rest.partition(".")
        try:
            there = importlib.import_module(f"{module}.{first}")
        except ModuleNotFoundError:
            break
        module, rest = f"{module}.{first}", after
    try:
        return not rest or attrgetter(rest)(there) is not None
    except AttributeError:
        return False


def test_what_docstrings_refer_to_is_there() -> None:
    """Methods that move leave their names behind in what was written about them."""
    package = Path(aggregator.__file__).parent
    named = {
        (each.relative_to(package).as_posix(), name)
        for each in package.rglob("*.py")
        for name in NAMED.findall(each.read_text("utf-8"))
    }
    assert len(named) > 50
    assert sorted((file, name) for file, name in named if not is_there(name)) == []
