"""The calls and stages of a run as pandas data frames; what is unknown is not zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args, get_type_hints

from chimera.errors import SetupError

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from chimera.runs import Run

_KINDS: Final[dict[type, str]] = {bool: "boolean", int: "Int64", float: "float64", str: "string"}


class Tables(NamedTuple):
    """A run as two data frames.

    Attributes:
        calls: One row per model call, in order: the fields of `chimera.models.CallRecord`, those of
            its receipt as `receipt_…`. Units are in the names; what is unknown is NaN or NA.
        timings: One row per execution of a stage, in order: `stage`, `started_s` from the start of
            the run, `seconds`, and of these `model_seconds` in model calls and `own_seconds`.
    """

    calls: pd.DataFrame
    timings: pd.DataFrame


def tables(run: Run) -> Tables:
    """Return a run's calls and timings.

    Raises:
        SetupError: If pandas is not installed.
    """
    from chimera.models.records import CallRecord
    from chimera.timing import Span

    timings = _frame(Span, run.spans)
    timings["own_seconds"] = timings["seconds"] - timings["model_seconds"]
    return Tables(_frame(CallRecord, run.calls), timings)


def _frame(model: type[BaseModel], records: Sequence[BaseModel]) -> pd.DataFrame:
    pandas = _pandas()
    rows = [_flat(record.model_dump(mode="json")) for record in records]
    columns = {}
    for name, kind in _columns(model):
        values = [row[name] for row in rows]
        columns[name] = pandas.Series(values, dtype=kind)
    return pandas.DataFrame(columns)


def _columns(model: type[BaseModel], before: str = "") -> Iterable[tuple[str, str]]:
    """Yield the columns of a record and their types, those of records in it behind its name."""
    hints = get_type_hints(model)
    for name in model.model_fields:
        said = [
            kind for kind in (get_args(hints[name]) or (hints[name],)) if kind is not type(None)
        ]
        if isinstance(said[0], type) and hasattr(said[0], "model_fields"):
            yield from _columns(said[0], f"{before}{name}_")
        else:
            yield f"{before}{name}", _kind(hints[name], said[0])


def _kind(hint: Any, said: Any) -> str:  # noqa: ANN401  type hints
    if getattr(hint, "__origin__", None) is list or not isinstance(said, type):
        return "object"
    return next((kind for of, kind in _KINDS.items() if issubclass(said, of)), "object")


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in record.items():
        row |= (
            _flat(value, f"{before}{name}_") if isinstance(value, dict) else {before + name: value}
        )
    return row


def _pandas() -> Any:  # noqa: ANN401  a module
    try:
        import pandas as pd
    except ModuleNotFoundError:
        raise SetupError("to_pandas() needs pandas; install it with: pip install pandas") from None
    return pd
