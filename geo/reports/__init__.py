"""What people take away: tables, layers, fault lists, and the pass/fail sheet. Each says how it was made."""

from geo.reports.facts import Facts
from geo.reports.page import sheet_html
from geo.reports.sheet import sheet_xlsx
from geo.reports.sketch import Surroundings
from geo.reports.tables import KINDS, coverage_file, faults_csv, layer_file, rejected_file

__all__ = [
    "KINDS",
    "Facts",
    "Surroundings",
    "coverage_file",
    "faults_csv",
    "layer_file",
    "rejected_file",
    "sheet_html",
    "sheet_xlsx",
]
