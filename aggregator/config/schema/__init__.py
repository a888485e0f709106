"""The shape of config.yaml, as pydantic models, a module for each of its parts; the one door to pydantic.

A model's fields are the keys a user may write, no more: a key without effect is not accepted. Validators raise
ValueError with the finished advice; ``explain.py`` gives pydantic's own errors their words. Each rule here is about
one value; what concerns several (one of url and folder, no id twice) is in ``across.py``.
"""

from pydantic import ValidationError

from aggregator.config.schema.outputs import AutomaticShape, OutputShape
from aggregator.config.schema.root import Root, json_schema
from aggregator.config.schema.settings import ClientCertShape, Settings
from aggregator.config.schema.site import SiteShape
from aggregator.config.schema.sources import GROUP_KEYS, INCLUDE_KEYS, AuthShape, SourceShape, long_form
from aggregator.config.schema.surroundings import Surroundings
from aggregator.config.schema.values import Shape

__all__ = [
    "GROUP_KEYS", "INCLUDE_KEYS", "AuthShape", "AutomaticShape", "ClientCertShape", "OutputShape", "Root", "Settings",
    "Shape", "SiteShape", "SourceShape", "Surroundings", "ValidationError", "json_schema", "long_form",
]  # fmt: skip
