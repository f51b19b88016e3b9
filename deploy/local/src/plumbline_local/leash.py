"""Run a program that the kernel kills when its parent dies: ``leash.py SIGNAL PARENT UID GID PROGRAM ARGUMENT…``."""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent, drop to the given user (-1: stay), and become the program."""
    signal, parent, uid, gid = (int(argument) for argument in arguments[:4])
    program = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After setuid, which clears it; it survives exec.
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        raise SystemExit("The parent died before the program started.")
    os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
