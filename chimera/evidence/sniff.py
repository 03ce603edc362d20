"""Is this text a table of delimited values? Its records, or None."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from chimera.evidence.limits import Limits

_DELIMITERS = ",\t;|"
_SAMPLE = 65_536  # characters
_SAMPLE_RECORDS = 24
_REGULAR = 0.8  # of the sampled records have the commonest width
_LONGEST_HEADER = 120  # characters of a column name; sentences are longer
_WORDS_IN_HEADER = 6


@dataclass(frozen=True, slots=True)
class Delimited:
    """The records of a delimited text, blank ones included, so that index + 1 is the row number."""

    records: list[list[str]]
    delimiter: str
    problems: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


def sniff(text: str, *, named: bool, limits: Limits) -> Delimited | None:
    """Read delimited text; `named` says that the file's name promises it, which lowers the bar."""
    sample = text[:_SAMPLE]
    best: tuple[float, str] | None = None
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        score = _score(sample, delimiter, named=named)
        if score and (best is None or score > best[0]):
            best = (score, delimiter)
    if best is None and named and _is_one_column(sample):
        best = (1.0, ",")
    return _read(text, best[1], limits) if best else None


def _is_one_column(sample: str) -> bool:
    """Return whether a text is a name over a column of numbers."""
    header, *cells = [line.strip() for line in sample.splitlines() if line.strip()] or [""]
    if len(sample) == _SAMPLE:
        cells = cells[:-1]  # the last line may be cut
    short = len(header) <= _LONGEST_HEADER and len(header.split()) <= _WORDS_IN_HEADER
    return bool(cells) and short and not _is_number(header) and all(map(_is_number, cells))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _score(sample: str, delimiter: str, *, named: bool) -> float:
    """Return how much the sample looks like a table, 0 where it does not."""
    try:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        records = [record for record in islice(reader, _SAMPLE_RECORDS) if record]
    except csv.Error:
        return 1.0 if named else 0.0
    records = [record for record in records if not record[0].startswith("#")]
    if not records or (len(records) == 1 and not named):
        return 0.0
    width, count = Counter(map(len, records)).most_common(1)[0]
    header = next((r for r in records if len(r) == width), records[0])
    if width == 1 or not _is_header(header, delimiter):
        return 0.0
    regular = count / len(records)
    if regular < (_REGULAR / 2 if named else 1.0):
        return 0.0
    if not named and (_has_numbers([header]) or not _has_numbers(records[1:])):
        return 0.0
    return regular * width


def _is_header(header: list[str], delimiter: str) -> bool:
    if delimiter == "|" and header[0].strip() == "" == header[-1].strip():
        return False  # a Markdown row
    filled = [cell for cell in header if cell.strip()]
    if len(filled) < max(2, len(header) // 2):
        return False
    wordy = sum(len(cell.split()) > _WORDS_IN_HEADER for cell in filled)
    return wordy * 2 < len(filled) and max(map(len, filled)) <= _LONGEST_HEADER


def _has_numbers(records: list[list[str]]) -> bool:
    return any(cell.strip().replace(".", "", 1).isdigit() for record in records for cell in record)


def _read(text: str, delimiter: str, limits: Limits) -> Delimited:
    try:
        return _records(text, delimiter, limits, strict=True)
    except csv.Error as error:
        if "unexpected end" not in str(error) and "larger than" not in str(error):
            return _records(text, delimiter, limits, strict=False)
        return _until_error(text, delimiter, limits)


def _records(text: str, delimiter: str, limits: Limits, *, strict: bool) -> Delimited:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    records = list(islice(reader, limits.rows + 1))
    problems = () if strict else ("quotes do not follow the rules of CSV",)
    if len(records) <= limits.rows:
        return Delimited(records, delimiter, problems)
    hit = f"more than {limits.rows} rows: the rest was not read"
    return Delimited(records[:-1], delimiter, problems, (hit,))


def _until_error(text: str, delimiter: str, limits: Limits) -> Delimited:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    try:
        records.extend(islice(reader, limits.rows))
    except csv.Error as error:
        what = "a quote is never closed" if "unexpected end" in str(error) else str(error)
        problem = f"row {len(records) + 1}: {what}; nothing from there on was read"
        return Delimited(records, delimiter, (problem,))
    return Delimited(records, delimiter)
