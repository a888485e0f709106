"""All cases of all tables, in their order, and the one that is well."""

from __future__ import annotations

import hostile_bodies
import hostile_certificates
import hostile_conditions
import hostile_encodings
import hostile_examiners
import hostile_freshness
import hostile_heads
import hostile_names
import hostile_redirects
import hostile_statuses
import hostile_tls
from hostile_server import Case, answer

from aggregator.model import Code

TABLES = (
    hostile_statuses,
    hostile_freshness,
    hostile_encodings,
    hostile_heads,
    hostile_bodies,
    hostile_redirects,
    hostile_conditions,
    hostile_examiners,
    hostile_tls,
    hostile_certificates,
    hostile_names,
)
CASES: list[Case] = [case for table in TABLES for case in table.CASES]
HEALTHY = Case(path="/healthy", behave=answer(), code=Code.OK)
