"""`frontdesk`, and `python -m console`."""

import gc
import sys

#: Objects made until the collector looks: what the libraries make on import stays, and to look through it again and
#: again takes a twentieth of a second of the start. The console looks more often once it is open.
GARBAGE = (250_000, 20, 20)


def main() -> int:
    """Runs the command line; the result is the exit code."""
    gc.set_threshold(*GARBAGE)
    try:
        from console.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # Ctrl+C while still importing: nothing was begun.
        return 1


if __name__ == "__main__":
    sys.exit(main())
