"""The door of the command line, light enough that Ctrl-C while the rest is loaded leaves no traceback."""

import os
import signal
import sys


def main() -> None:
    """Load the commands and run one."""
    _open_closed_streams()
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from htmxnews.cli import main as run  # not above: the handler has to be there first

    signal.signal(signal.SIGINT, before)
    run()


def _open_closed_streams() -> None:
    """Let streams that the caller has closed lead nowhere: what is opened next would take their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode)  # noqa: SIM115, PTH123 (it stays open)
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


if __name__ == "__main__":
    main()
