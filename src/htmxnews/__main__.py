"""The door of the command line, light enough that Ctrl-C while the rest is loaded leaves no traceback."""

import signal


def main() -> None:
    """Load the commands and run one."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from htmxnews.cli import main as run  # not above: the handler has to be there first

    signal.signal(signal.SIGINT, before)
    run()


if __name__ == "__main__":
    main()
