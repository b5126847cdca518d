"""`frontdesk`, and `python -m console`."""

import sys


def main() -> int:
    """Runs the command line; the result is the exit code."""
    try:
        from console.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # Ctrl+C while still importing: nothing was begun.
        return 1


if __name__ == "__main__":
    sys.exit(main())
