"""How the schema came to be, one file per change in ``versions``; run by :func:`aggregator.store.opening.upgrade`.

To change the schema: edit ``schema.py``, copy the newest file of ``versions`` under the next number, write both
directions, and set ``schema.REVISION``. The tests compare the result with ``schema.py`` on both databases.
"""
