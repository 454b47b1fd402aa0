"""``python -m geo``: the command line (see :mod:`geo.cli`)."""

import os
import sys


def main() -> None:
    """Runs one command and ends the process with its exit code."""
    _open_what_is_closed()
    try:
        from geo.cli.app import app  # the libraries take a second to load: who stops it then sees no traceback either

        app(prog_name="python -m geo")
    except KeyboardInterrupt:
        sys.exit(130)


def _open_what_is_closed() -> None:
    """Python has None for a stream that the caller closed (``>&-``), which nothing can write to or read from."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 -- for the whole process


if __name__ == "__main__":
    main()
