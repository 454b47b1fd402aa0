"""The command line: each command asks :mod:`geo.usecases` what a page would ask, and prints it.

Results go to standard output, as lines for people or as one JSON document; progress and what came of it go to
standard error. A command returns its exit code.
"""
