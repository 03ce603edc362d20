"""The typed state of the graph `compare`."""

from typing import Literal

from pydantic import Field

from chimera.state import Accounts, Reading, Stored

Verdict = Literal["regressed", "mixed", "improved", "no_difference", "cannot_tell"]


class Comparison(Accounts):
    """From two folders of results to a verdict: what passes between the stages."""

    before: str = Field(description="Folder, file, archive or address with the results before.")
    after: str = Field(description="The same with the results after.")
    metrics: list[str] = Field(
        default_factory=list,
        description="Metrics that decide, such as ttft; all of known direction where empty.",
    )
    reading: Reading = Field(default_factory=Reading, description="How both are read.")
    evidence: Stored | None = Field(default=None, description="Inventory and tables, from ingest.")
    analysis: Stored | None = Field(default=None, description="Facts and claims, from compare.")
    comparison: Stored | None = Field(default=None, description="compare.json, from compare.")
    verdict: Verdict | None = Field(default=None, description="What the results say together.")
    report: Stored | None = Field(default=None, description="report.json; report.md stands beside.")

    @property
    def source(self) -> list[str]:
        """Both sources, before first."""
        return [self.before, self.after]

    @property
    def brief(self) -> None:
        """No collector's brief is written."""
