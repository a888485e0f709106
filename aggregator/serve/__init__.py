"""Serve: the published files over HTTP, and the state of the service.

::

    documents.load(folder)           the public folder as prepared answers, swapped in whole
    documents.compress()             the same in gzip, zstd and brotli
    answer(documents, request)       the answer to a request for a document   (pure)
    create_app(documents, ...)       the ASGI application
    AtOnce(documents, ...)           documents without it, for simple requests
    WebServer(app).start(host, port) uvicorn inside the running event loop
    Subscribers(now).saw(...)        how many people read what is served
"""

from aggregator.serve.app import AtOnce, create_app
from aggregator.serve.archive import archive
from aggregator.serve.deltas import Deltas
from aggregator.serve.documents import Documents
from aggregator.serve.media import media
from aggregator.serve.private import Private
from aggregator.serve.server import WebServer
from aggregator.serve.subscribers import Subscribers

__all__ = ["AtOnce", "Deltas", "Documents", "Private", "Subscribers", "WebServer", "archive", "create_app", "media"]
