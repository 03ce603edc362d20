"""Is this text a table of delimited values? Its records, or None. Its name plays no part."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice, pairwise

from chimera.evidence.limits import Limits

_DELIMITERS = ",\t;|"
_SAMPLE = 65_536  # characters
_LONGEST_SAMPLE = 8 * 1024 * 1024
_SAMPLE_RECORDS = 48
_REGULAR = 0.5  # of the sampled records below a preamble have the commonest width
_NUMERIC = 0.6  # of a column's filled cells, in one column at least
_LONGEST_HEADER = 120  # characters of a column name; sentences are longer
_WORDS_IN_HEADER = 6
_WIDE = 40  # cells: so many are names, not sentences, however many words they have
_LEAST = 2  # records, header included
_NUMBER = re.compile(r"[+-]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_STARTS = frozenset("0123456789+-.")  # of a number
_WITH_UNIT = re.compile(r"[+-]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?\s?[^\d\s.,]\D{0,11}\Z")
_WORDS_OF_TALK = 4  # and more: with a blank behind each
_TALK = re.compile(r"`|(?:\S+ +){4,12}\S*[.;!?](?: |$)")  # in a header: it is a sentence
_FAILURE = re.compile(r"(?i)error|exception|status|fail|success|exit_?code")


@dataclass(frozen=True, slots=True)
class Delimited:
    """The records of a delimited text, blank ones included, so that index + 1 is the row number."""

    records: list[list[str]]
    delimiter: str
    problems: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


def sniff(text: str, limits: Limits) -> Delimited | None:
    """Read delimited text; None where no delimiter makes a table of it."""
    sample = text[: _sample_end(text)]
    whole = len(sample) == len(text)
    best: tuple[float, str] | None = None
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        score = _score(_sampled(sample, delimiter, whole=whole), delimiter)
        if score and (best is None or score > best[0]):
            best = (score, delimiter)
    if best is None and _is_one_column(sample, whole=whole):
        best = (1.0, ",")
    return _read(text, best[1], limits) if best else None


def _sample_end(text: str) -> int:
    """Return where a sample ends: later than usual where three lines are longer than that."""
    end = 0
    for _ in range(3):
        end = text.find("\n", end, _LONGEST_SAMPLE) + 1
        if end == 0:
            return len(text) if len(text) <= _LONGEST_SAMPLE else _SAMPLE
    return max(_SAMPLE, end)


def is_bare_header(text: str) -> bool:
    """Tell whether a text is one line of column names without rows below."""
    line = text.strip()
    cells = line.split(",")
    return "\n" not in line and all(len(cell.split()) <= _WORDS_IN_HEADER for cell in cells)


def sections(records: list[list[str]]) -> list[tuple[int, list[list[str]]]]:
    """Split records where a blank one is followed by another header; give each with its start.

    Tools that export several tables stack them so. A blank record within one table is kept in it.
    """
    starts = [0]
    opened = [i for i, r in enumerate(records[:-2]) if not (r and r[0].strip()) and _is_blank(r)]
    below = (above + 1 for above in opened)
    starts += [i for i in below if not _is_blank(records[i]) and _opens_table(records, i)]
    return [(a, records[a:b]) for a, b in zip(starts, [*starts[1:], len(records)], strict=True)]


def _is_blank(record: list[str]) -> bool:
    return not record or not (record[0].strip() or "".join(record).strip())


def _opens_table(records: list[list[str]], index: int) -> bool:
    header, first = records[index], records[index + 1]
    named = len(header) > 1 and not any(map(_is_number, header)) and all(c.strip() for c in header)
    return named and len(first) == len(header) and any(map(_is_number, first))


def _sampled(sample: str, delimiter: str, *, whole: bool) -> list[list[str]]:
    """Return the first records of a sample without comments and what stands above a table."""
    try:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        head = islice(reader, _SAMPLE_RECORDS)
        records = [r for r in head if r and (r[0].strip() or not _is_blank(r))]
    except csv.Error:
        return []
    if not whole and len(records) < _SAMPLE_RECORDS:
        records = records[:-1]  # the last one may be cut
    records = [record for record in records if not record[0].startswith("#")]
    first = next((i for i, record in enumerate(records) if len(record) > 1), len(records))
    return records[first:]


def _score(records: list[list[str]], delimiter: str) -> float:
    """Return how much records look like a table, 0 where they do not."""
    if len(records) < _LEAST:
        return 0.0
    (width, count), *_ = Counter(map(len, records)).most_common(1)
    alike = [record for record in records if len(record) == width]
    regular = count / len(records)
    if width == 1 or count < _LEAST or regular < _REGULAR:
        return _stacked(records)
    header = alike[0]
    if any(map(_is_number, header)):
        return regular * width if _all_numbers(alike) else 0.0  # a table without a header
    if not _is_header(header, delimiter):
        return 0.0
    telling = _has_numeric_column(alike[1:]) or any(map(_FAILURE.search, header))
    return regular * width if telling else 0.0


def _stacked(records: list[list[str]]) -> float:
    """Return the score of tables of different widths one below the other, without prose between."""
    numbered = sum(any(map(_is_number, record)) for record in records)
    wide = sum(len(record) > 1 for record in records)
    if wide < len(records) * _REGULAR or numbered * 3 < len(records):
        return 0.0
    long = sum(len(cell.split()) > _WORDS_IN_HEADER for record in records for cell in record)
    opened = sum(
        len(a) == len(b) and not any(map(_is_number, a)) and any(map(_is_number, b))
        for a, b in pairwise(records)
    )
    return float(opened > 1 and not long)


def _all_numbers(records: list[list[str]]) -> bool:
    return all(all(map(_is_number, record)) for record in records)


def _has_numeric_column(records: list[list[str]]) -> bool:
    for column in zip(*records, strict=True):
        filled = [cell for cell in column if cell.strip()]
        if filled and sum(map(_is_quantity, filled)) >= _NUMERIC * len(filled):
            return True
    return False


def _is_number(cell: str) -> bool:
    text = cell.strip()
    return (text[:1] in _STARTS or text[:1].isdecimal()) and bool(_NUMBER.match(text))


def _is_quantity(cell: str) -> bool:
    text = cell.strip()
    starts = text[:1] in _STARTS or text[:1].isdecimal()
    return starts and bool(_NUMBER.match(text) or _WITH_UNIT.match(text))


def _is_one_column(sample: str, *, whole: bool) -> bool:
    """Return whether a text is a name over a column of numbers."""
    lines = [line.strip() for line in sample.splitlines() if line.strip()]
    header, *cells = lines or [""]
    if not whole:
        cells = cells[:-1]  # the last line may be cut
    short = len(header) <= _LONGEST_HEADER and len(header.split()) <= _WORDS_IN_HEADER
    return len(cells) > 1 and short and not _is_float(header) and all(map(_is_float, cells))


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_talk(cell: str) -> bool:
    """Tell a sentence from a name; most have too few words for a look at them."""
    few = cell.count(" ") < _WORDS_OF_TALK and "`" not in cell
    return not few and _TALK.search(cell.strip()) is not None


def _is_header(header: list[str], delimiter: str) -> bool:
    if delimiter == "|" and header[0].strip() == "" == header[-1].strip():
        return False  # a Markdown row
    filled = [cell for cell in header if cell.strip()]
    if any(map(_is_talk, filled)):
        return False
    if len(filled) < max(2, len(header) // 2):
        return False
    wordy = sum(len(cell.split()) > _WORDS_IN_HEADER for cell in filled)
    few = wordy * 2 < len(filled) or len(filled) >= _WIDE
    return few and max(map(len, filled)) <= _LONGEST_HEADER


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
