"""The page that shows drills as they happen. It allows itself its own style and script, and no other."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files


@cache
def page() -> tuple[str, str]:
    """Return the page, and its content security policy."""
    script, style = _asset("live.js"), _asset("live.css")
    allowed = f"script-src '{_digest(script)}'; style-src '{_digest(style)}'; connect-src 'self'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ssedrill: drills as they happen</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>Drills</h1>
<p id="state" role="status">connecting …</p>
</header>
<main id="drills" aria-live="off"></main>
<p id="none" hidden>There is no drill yet. <code>POST /drills</code> makes one.</p>
<noscript><p>This page needs its script: it shows what happens while it happens.</p></noscript>
<script>{script}</script>
</body>
</html>
"""
    return text, policy


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return files("ssedrill.serving").joinpath(name).read_text(encoding="utf-8")
