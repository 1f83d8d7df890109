"""Which system calls wait by the kernel's own clock: a program asleep in one of them is not on the virtual clock."""

from __future__ import annotations

import platform
from enum import Enum


class Until(Enum):
    """How a call says how long it waits."""

    ALWAYS = "it always has an end"
    POINTER = "a pointer to the time, or none"
    MILLISECONDS = "a number, negative for ever"


_TIMED: dict[str, dict[int, tuple[str, int, Until]]] = {
    # number: name, index of the argument, meaning; see syscalls(2) and the kernel's tables of each machine
    "x86_64": {
        7: ("poll", 2, Until.MILLISECONDS),
        23: ("select", 4, Until.POINTER),
        35: ("nanosleep", 0, Until.ALWAYS),
        42: ("connect", 0, Until.ALWAYS),
        128: ("rt_sigtimedwait", 2, Until.POINTER),
        202: ("futex", 3, Until.POINTER),
        208: ("io_getevents", 4, Until.POINTER),
        219: ("restart_syscall", 0, Until.ALWAYS),
        220: ("semtimedop", 3, Until.POINTER),
        230: ("clock_nanosleep", 0, Until.ALWAYS),
        232: ("epoll_wait", 3, Until.MILLISECONDS),
        242: ("mq_timedsend", 4, Until.POINTER),
        243: ("mq_timedreceive", 4, Until.POINTER),
        270: ("pselect6", 4, Until.POINTER),
        271: ("ppoll", 2, Until.POINTER),
        281: ("epoll_pwait", 3, Until.MILLISECONDS),
        299: ("recvmmsg", 4, Until.POINTER),
        441: ("epoll_pwait2", 3, Until.POINTER),
        449: ("futex_waitv", 3, Until.POINTER),
        455: ("futex_wait", 4, Until.POINTER),
    },
    "aarch64": {
        4: ("io_getevents", 4, Until.POINTER),
        22: ("epoll_pwait", 3, Until.MILLISECONDS),
        72: ("pselect6", 4, Until.POINTER),
        73: ("ppoll", 2, Until.POINTER),
        98: ("futex", 3, Until.POINTER),
        101: ("nanosleep", 0, Until.ALWAYS),
        115: ("clock_nanosleep", 0, Until.ALWAYS),
        128: ("restart_syscall", 0, Until.ALWAYS),
        137: ("rt_sigtimedwait", 2, Until.POINTER),
        203: ("connect", 0, Until.ALWAYS),  # on this machine only if nobody has accepted for long
        182: ("mq_timedsend", 4, Until.POINTER),
        183: ("mq_timedreceive", 4, Until.POINTER),
        192: ("semtimedop", 3, Until.POINTER),
        243: ("recvmmsg", 4, Until.POINTER),
        441: ("epoll_pwait2", 3, Until.POINTER),
        449: ("futex_waitv", 3, Until.POINTER),
        455: ("futex_wait", 4, Until.POINTER),
    },
}


def timed(line: str, machine: str = platform.machine()) -> str | None:
    """Return the name of the call that a sleeping thread waits in, if the kernel ends that wait by its clock.

    ``line`` is the thread's ``syscall`` file in /proc: the call's number and its arguments, in hexadecimal.
    """
    number, *arguments = line.split()
    name, index, until = _TIMED.get(machine, {}).get(int(number), ("", 0, Until.ALWAYS))
    if not name or index >= len(arguments):
        return None
    value = int(arguments[index], 16)
    match until:
        case Until.ALWAYS:
            return name
        case Until.POINTER:
            return name if value else None
        case Until.MILLISECONDS:
            return name if value & 0x80000000 == 0 else None
