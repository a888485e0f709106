"""Flask-WebSub (one of the W3C's implementation reports) as a subscriber, in a process of its own.

    python flask_subscriber.py FOLDER

Takes a line of JSON for each thing to do ({"subscribe": URL} or {"unsubscribe": ID}) and writes one for each thing that
happened.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from pathlib import Path
from typing import Any

import flask_websub.subscriber as peer
from flask import Flask
from werkzeug.serving import make_server


def tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def main(folder: Path) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    peer.is_secure = lambda url: True  # it shows its secret to https alone, and has then to check what we sign with it
    subscriber = peer.Subscriber(
        peer.SQLite3SubscriberStorage(folder / "subscriptions.db"),
        peer.SQLite3TempSubscriberStorage(folder / "pending.db"),
    )
    subscriber.add_listener(lambda topic, name, body: tell(came=body.decode(), topic=topic, id=name))
    subscriber.add_success_handler(lambda topic, name, mode: tell(confirmed=mode, topic=topic, id=name))
    subscriber.add_error_handler(lambda topic, name, reason: tell(denied=reason, topic=topic, id=name))
    app = Flask("subscriber")
    app.register_blueprint(subscriber.build_blueprint(url_prefix="/callbacks"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["SERVER_NAME"] = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tell(port=server.server_port)
    for line in sys.stdin:
        wanted = json.loads(line)
        with app.app_context():
            if "subscribe" in wanted:
                found = peer.discover(wanted["subscribe"])
                tell(discovered=found, id=subscriber.subscribe(lease_seconds=7200, **found))
            else:
                subscriber.unsubscribe(wanted["unsubscribe"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
