"""Stands between the supervisor and a child where the kernel has no death signal (macOS).

`python -m plait.dev.keeper FD COMMAND…` runs the command in its own process group and ends the
whole group when the pipe FD closes, which it does when the supervisor dies.
"""

import os
import signal
import subprocess
import sys

from plait.process import end_with_pipe


def main() -> int:
    """Run the command to its end and give its code; pass on the signals that ask it to stop."""
    end_with_pipe(int(sys.argv[1]))
    process = subprocess.Popen(sys.argv[2:])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: process.send_signal(received))
    return process.wait()


if __name__ == "__main__":
    os._exit(main())
