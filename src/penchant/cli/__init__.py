"""The command line."""

import sys

INTERRUPTED = 130  # the exit code of Ctrl-C, as a shell gives it


def main() -> None:
    """Run the command line of this process, and exit.

    Everything else is imported in here, so that Ctrl-C is no traceback even before the first command is known.
    """
    try:
        from penchant.cli.app import start

        code = start()
    except KeyboardInterrupt:
        sys.stderr.write("penchant: stopped\n")
        code = INTERRUPTED
    sys.exit(code)
