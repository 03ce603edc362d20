"""Checks: a project's files in, everything that is wrong with them out; nothing is run.

Graph files are read as text, and loaded, which runs their Python, only where that is asked for. No
stage works and no model is asked.
"""

from chimera.checks.whole import Checked as Checked
from chimera.checks.whole import checked as checked

__all__ = ["Checked", "checked"]
