"""A feed aggregator and publisher: it notices what sources publish and says it again, well."""

__version__ = "0.1.0"
