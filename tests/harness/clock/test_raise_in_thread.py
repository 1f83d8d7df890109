"""An exception for a thread that hangs is kept for it, and no other thread of the process is any slower for it."""

from __future__ import annotations

import subprocess
import sys

HANGING = """
import sys, threading, time
from ssedrill.clock.raise_in_thread import raise_in_thread

class Stop(BaseException):
    pass

wake, said = threading.Event(), []

def hang():
    try:
        wake.wait()
        said.append("went on")
    except Stop:
        said.append("stopped")

thread = threading.Thread(target=hang, daemon=True)
thread.start()
while not thread.is_alive():
    time.sleep(0.01)
time.sleep(0.1)  # until it hangs
raise_in_thread(thread.ident, Stop)

lines = 0

def trace(frame, event, argument):
    global lines
    lines += 1
    return trace

def called():
    return sum(inner(i) for i in range(100))

def inner(i):
    return i

sys.settrace(trace)
called()
sys.settrace(None)
wake.set()
thread.join()
print(said, lines > 100)
"""


def test_a_debugger_goes_on_beside_a_thread_that_hangs() -> None:
    """A trace function is called as ever, and the thread raises as soon as it wakes."""
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=60)
    assert (done.stdout.split("\n")[0], done.stderr) == ("['stopped'] True", "")
