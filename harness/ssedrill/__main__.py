"""``python -m ssedrill`` is ``ssedrill``."""

import signal


def main() -> None:
    """Run the command line; Ctrl-C ends it at once, without a traceback, while its modules are being imported."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ssedrill.cli.main import main as command_line

    signal.signal(signal.SIGINT, before)
    command_line()


if __name__ == "__main__":
    main()
