"""How long tests wait for what must happen before they take it for hung."""

from __future__ import annotations

HANG_S = 300.0
"""Seconds. Nothing takes this long, on however busy a machine; it only ends tests of what would never end."""
LONGER_THAN_ANY_TEST_S = 3600
"""Seconds for which a client sleeps that is to be ended: a test that waited for its end would be ended as hung."""
