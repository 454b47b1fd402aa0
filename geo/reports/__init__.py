"""What people take away: tables, layers, fault lists, and the pass/fail sheet. Each says how it was made."""

from geo.reports.extracts import extract_lines, network_line
from geo.reports.facts import METRIC_WORDS, Facts
from geo.reports.page import sheet_html
from geo.reports.quarantine import quarantine_file, quarantine_kinds
from geo.reports.sheet import no_way, sheet_xlsx, walks_of
from geo.reports.sketch import Surroundings
from geo.reports.supply import district_name, supply_basis, supply_cells, supply_head, town_name
from geo.reports.tables import (
    KINDS,
    SEVERITY_WORDS,
    coverage_file,
    coverage_rows,
    faults_csv,
    ground_file,
    layer_file,
    rejected_file,
)
from geo.reports.totals import totals_file, totals_rows

__all__ = [
    "KINDS",
    "METRIC_WORDS",
    "SEVERITY_WORDS",
    "Facts",
    "Surroundings",
    "coverage_file",
    "coverage_rows",
    "district_name",
    "extract_lines",
    "faults_csv",
    "ground_file",
    "layer_file",
    "network_line",
    "no_way",
    "quarantine_file",
    "quarantine_kinds",
    "rejected_file",
    "sheet_html",
    "sheet_xlsx",
    "supply_basis",
    "supply_cells",
    "supply_head",
    "totals_file",
    "totals_rows",
    "town_name",
    "walks_of",
]
