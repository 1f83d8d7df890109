"""A browser that pages are opened in; for now Chromium, told what to do over its DevTools protocol."""
