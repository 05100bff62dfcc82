"""Dossiers 证据包: a finding or inspection with all that proves it, as one file that is checked without an office."""

from services.dossiers.gathering import of_finding, of_inspection
from services.dossiers.zipping import Dossier, zipped

__all__ = ["Dossier", "of_finding", "of_inspection", "zipped"]
