"""A program that is away before it reads its answer, shows five tokens, and leaves by a reset, with an error."""

from __future__ import annotations

import json
import os
import socket
import time
from urllib.parse import urlsplit

AWAY_S = 0.3
"""Longer than what counts as proof that a client was not about to read."""

url = urlsplit(os.environ["SSEDRILL_URL"])
sock = socket.create_connection((url.hostname, url.port))
sock.sendall(f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
time.sleep(AWAY_S)
shown = 0
while shown < 5:
    line = b""
    while not line.endswith(b"\n"):
        line += sock.recv(1)
    if line.startswith(b'data: {"'):
        print(json.dumps({"text": json.loads(line[6:])["text"]}), flush=True)
        shown += 1
sock.close()
print(json.dumps({"error": "never mind", "class": "Never"}), flush=True)
