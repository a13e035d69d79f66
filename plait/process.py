"""What a process keeps, how it ends with the one that started it, and how it leaves."""

import ctypes
import gc
import os
import signal
import sys
import threading

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal a process gets when its parent dies. Linux only."""


def die_with_parent(with_signal: int = signal.SIGKILL) -> None:
    """Have the kernel end this process when the one that started it dies, however it dies.

    Does nothing where there is no such call; `plait.dev.keeper` watches a pipe there instead.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(with_signal))


def end_with_pipe(descriptor: int) -> None:
    """End this process, and its group, once the other end of the pipe is gone."""

    def watch() -> None:
        while os.read(descriptor, 1):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def keep_what_is_loaded() -> None:
    """Have the garbage collector pass over all that there is from now on, for it stays as long as the process.

    Modules, routes and schemas are some 200,000 objects. To look through them takes a tenth of a second, in which nothing
    else goes on, and would be done once in about a hundred requests.
    """
    gc.collect()
    gc.freeze()


def leave(code: int) -> None:
    """End at once with everything flushed.

    Temporal's native core now and then aborts a short-lived process while the interpreter shuts
    down, which turns a success into exit code 134; so the last line of `main`, after everything is
    closed, is this.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
