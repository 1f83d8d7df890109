"""The plugin in a session without drills: it is loaded, and that is all."""

from __future__ import annotations

import subprocess
import sys

from support.patience import HANG_S

LIGHT = {"ssedrill", "ssedrill.pytest_plugin", "ssedrill.pytest_plugin.names"}
"""What pytest imports of ours when it starts."""

TEST = """
import sys
import threading

def test_plain(request):
    assert request.config.pluginmanager.has_plugin("ssedrill")
    print("LOADED", *sorted(name for name in sys.modules if name.startswith("ssedrill")))
    print("THREADS", threading.active_count())

    import ssedrill.model.tokens
    import ssedrill.pytest_plugin.names
    print("LOADERS", *(type(one.__loader__).__name__ for one in (ssedrill.model.tokens, ssedrill_faults.plan)))

import ssedrill_faults.plan
"""


def test_it_is_without_effect_until_it_is_used(tmp_path):
    """Nothing heavy is imported, no thread is started, and our modules are imported as without pytest."""
    (tmp_path / "test_plain.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--strict-markers", "-W", "error"]
    others = ("asyncio", "hypothesispytest", "pytest_cov", "randomly", "timeout", "xdist", "anyio")  # for the time
    command += [word for name in others for word in ("-p", f"no:{name}")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=HANG_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = {words[0]: words[1:] for line in done.stdout.splitlines() if (words := line.split())}
    assert {name for name in told["LOADED"] if not name.startswith("ssedrill_faults")} == LIGHT
    assert told["THREADS"] == ["1"]
    assert told["LOADERS"] == ["SourceFileLoader", "SourceFileLoader"]
