"""What a client's module keeps of a function when it is imported follows the virtual clock as well."""

from __future__ import annotations

import copy
import pickle
import queue
import sys
import threading
import time

from ssedrill.clock.python.overrides import Dispatcher
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from ssedrill.drivers.in_process.load_function import load_function
from support.fates import run_virtually, value_of

MODULE = """
import time
from queue import SimpleQueue
from time import sleep as nap

class Backoff:
    clock = staticmethod(time.monotonic)
    nap = staticmethod(time.sleep)

class Box(SimpleQueue):
    hint: SimpleQueue[int] | None = None

def took(sleep=time.sleep, clock=time.monotonic, wall=time.time):
    began, today = clock(), wall()
    sleep(3)
    Backoff.nap(4)
    nap(5)
    assert Backoff.clock() == clock()
    return clock() - began, wall() - today

def client(target):
    return took()

def boxes(target):
    assert isinstance(Box(), SimpleQueue) and issubclass(Box, SimpleQueue)
    return SimpleQueue()
"""


def imported(tmp_path, name):
    """Return a function of the module, freshly imported."""
    path = tmp_path / "keeps.py"
    path.write_text(MODULE)
    return load_function(f"{path}:{name}")


def test_default_arguments_and_attributes_of_classes(tmp_path) -> None:
    """A function that was captured at import shows virtual time in a drill, and real time outside of it."""
    client = imported(tmp_path, "client")

    async def main():
        return client(None)

    assert run_virtually(main) == (12.0, 12.0)
    sleep, clock, wall = sys.modules[client.__module__].took.__defaults__
    began, today = time.monotonic(), time.time()
    sleep(0.02)
    assert began + 0.02 <= clock() <= time.monotonic()
    assert today <= wall() <= time.time()


def test_names_are_put_back_after_an_import(tmp_path) -> None:
    """The dictionary of a module that was imported this way has the originals."""
    space = vars(sys.modules[imported(tmp_path, "client").__module__])
    assert space["nap"] is time.sleep
    assert space["SimpleQueue"] is queue.SimpleQueue
    assert not any(isinstance(value, Dispatcher) for value in space.values())


def test_a_class_that_is_replaced_is_still_a_class(tmp_path) -> None:
    """It can be inherited from, written in hints and asked for its instances, during a run and afterwards."""
    boxes = imported(tmp_path, "boxes")
    assert type(boxes(None)) is queue.SimpleQueue


def test_what_was_captured_can_be_copied(tmp_path) -> None:
    """Copies of what was captured follow the clock like itself, and it travels to other processes."""
    (sleep, *_) = sys.modules[imported(tmp_path, "client").__module__].took.__defaults__
    assert isinstance(sleep, Dispatcher)
    assert copy.deepcopy(sleep) is sleep
    assert pickle.loads(pickle.dumps(sleep)) is sleep
    assert sleep.__name__ == "sleep"
    assert sleep.__text_signature__ == time.sleep.__text_signature__  # type: ignore[attr-defined]


def test_queues_are_waited_for_in_virtual_time(tmp_path) -> None:
    """A queue that a module imported by name before the run is one that virtual time reaches."""
    boxes = imported(tmp_path, "boxes")
    seen = []

    def client():
        box = boxes(None)
        threading.Thread(target=lambda: (time.sleep(40), box.put("late"))).start()
        seen.append((box.get(timeout=50), time.monotonic()))

    clock = VirtualClock()
    value_of(clock.run(lambda: clock.in_thread(client)))
    assert seen == [("late", 1040.0)]
