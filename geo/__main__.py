"""``python -m geo``: the command line (see :mod:`geo.cli`)."""

import sys


def main() -> None:
    """Runs one command and ends the process with its exit code."""
    try:
        from geo.cli.app import app  # the libraries take a second to load: who stops it then sees no traceback either

        app(prog_name="python -m geo")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
