"""Is it true: a report and its `report.json` go in, what nothing supports comes out.

Nothing here knows how reports are made: what renders a text must not also judge it.
"""
