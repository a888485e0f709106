"""Telling those who asked for it that a document of ours has changed (WebSub).

::

    topics.py    which documents can be subscribed to, and what they are now
    hub.py       our own hub: subscriptions, verification, delivery
    lanes.py     many calls at once, of which none waits for a slow one
    pings.py     other hubs are told of each change
"""
