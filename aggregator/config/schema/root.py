"""The whole document, and its JSON Schema for editors."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from aggregator.config.schema.alerts import ReceiverShape
from aggregator.config.schema.articles import DuplicatesShape, RetentionShape
from aggregator.config.schema.outputs import AutomaticShape, OutputShape
from aggregator.config.schema.polling import PollingShape
from aggregator.config.schema.recording import RecordingShape
from aggregator.config.schema.settings import Settings
from aggregator.config.schema.site import LogShape, NetworkShape, ServerShape, SiteShape
from aggregator.config.schema.sources import ListedShape, SourceShape
from aggregator.config.schema.values import Public, Shape, StoreUrl
from aggregator.config.schema.websub import WebSubShape


class Root(Shape):
    """Configuration of the aggregator."""

    site: SiteShape
    server: ServerShape = ServerShape()
    log: LogShape = LogShape()
    store: StoreUrl = Field(default="sqlite:///var/aggregator.db", validate_default=True)
    """sqlite:///PATH or postgresql://USER@HOST/DATABASE."""
    public: Public = Field(default="feeds/public", validate_default=True)
    """Folder where published documents are written."""
    private: Public = Field(default="feeds/private", validate_default=True)
    """Folder where documents of outputs with tokens are written; no web server should serve it."""
    network: NetworkShape = NetworkShape()
    polling: PollingShape = PollingShape()
    duplicates: DuplicatesShape = DuplicatesShape()
    retention: RetentionShape = RetentionShape()
    recording: RecordingShape = RecordingShape()
    websub: WebSubShape = WebSubShape()
    defaults: Settings = Settings()
    sources: list[SourceShape]
    """Feeds and folders; groups of them that share settings; files with more of them."""
    watch: bool = False
    """Whether a running service takes this file, and all that belongs to it, when it changes; SIGHUP always does."""
    automatic: AutomaticShape = AutomaticShape()
    alerts: list[ReceiverShape] = []
    """Who is told of what goes wrong."""
    outputs: list[OutputShape] = Field(default=[OutputShape(id="main")], min_length=1)
    """The first one is also /feed.atom and so on; without this key, one called main with everything."""


class _Written(Root):
    """Configuration of the aggregator."""  # as it is written, before groups and files are laid out flat

    sources: list[ListedShape]  # type: ignore[assignment]  # it is never validated by this
    """Feeds and folders; groups of them that share settings; files with more of them."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of config.yaml, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Aggregator configuration",
        **{key: value for key, value in _Written.model_json_schema().items() if key != "title"},
    }
