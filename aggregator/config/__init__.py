"""config.yaml -> Config; every mistake with its line and column; the JSON Schema.

::

    document (text -> plain values with positions) -> schema (each value) + across (values together)
        -> explain (mistakes in words)  or  build (Config)
"""

from aggregator.config.difference import Difference, difference
from aggregator.config.document import dump as as_yaml
from aggregator.config.explain import nearest
from aggregator.config.loading import load
from aggregator.config.normal import Normal, duplicates_of, normal, outputs_of, polling_of, sources_of
from aggregator.config.patch import Change, Patch, patch
from aggregator.config.redaction import redact, source_secrets
from aggregator.config.schema import json_schema
from aggregator.config.show import effective
from aggregator.config.value import Config, Server

__all__ = [
    "Change", "Config", "Difference", "Normal", "Patch", "Server", "as_yaml", "difference", "duplicates_of",
    "effective", "json_schema", "load", "nearest", "normal", "outputs_of", "patch", "polling_of", "redact",
    "source_secrets", "sources_of",
]  # fmt: skip
