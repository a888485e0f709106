"""What our documents look like, stricter than the standards wherever readers are: one :class:`Profile` a format.

The grammars (RELAX NG, ``*.rng``) are of what this program writes, not of all that may be written. A renderer that
comes to say more is taught here too.
"""

from aggregator.publish.profile import atom, html, jsonfeed, rss
from aggregator.publish.profile.shape import MARK, Profile, Unsound, require
from aggregator.publish.profile.xml import violation, well_formed

PROFILES = {"atom": atom.PROFILE, "rss": rss.PROFILE, "json": jsonfeed.PROFILE, "html": html.PROFILE}

__all__ = ["MARK", "PROFILES", "Profile", "Unsound", "require", "violation", "well_formed"]
