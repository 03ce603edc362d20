"""Statistics of plain numbers: values and counts in, figures with intervals and p-values out.

Nothing in here knows of facts, claims or files. scipy and numpy load when a function needs them.
"""

from chimera.analysis.statistics.cold import split_cold
from chimera.analysis.statistics.compare import (
    ALPHA,
    LEAST_FOR_ORDER,
    PRACTICAL,
    Comparison,
    Verdict,
    compare,
    compare_paired,
    least_runs,
    mann_whitney,
    verdict,
)
from chimera.analysis.statistics.describe import (
    PERCENTILES,
    Outliers,
    describe,
    outliers,
)
from chimera.analysis.statistics.families import benjamini_hochberg, holm
from chimera.analysis.statistics.goodput import attainment
from chimera.analysis.statistics.levels import friedman, kruskal
from chimera.analysis.statistics.proportions import fisher, mcnemar, wilson
from chimera.analysis.statistics.scaling import Step, little, scaling
from chimera.analysis.statistics.trends import (
    Trend,
    change_points,
    prediction_interval,
    trend,
)

__all__ = [
    "ALPHA",
    "LEAST_FOR_ORDER",
    "PERCENTILES",
    "PRACTICAL",
    "Comparison",
    "Outliers",
    "Step",
    "Trend",
    "Verdict",
    "attainment",
    "benjamini_hochberg",
    "change_points",
    "compare",
    "compare_paired",
    "describe",
    "fisher",
    "friedman",
    "holm",
    "kruskal",
    "least_runs",
    "little",
    "mann_whitney",
    "mcnemar",
    "outliers",
    "prediction_interval",
    "scaling",
    "split_cold",
    "trend",
    "verdict",
    "wilson",
]
