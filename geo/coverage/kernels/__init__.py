"""Compiled loops over plain arrays, for work that is a grid or a street network. Metres in, metres out."""
