"""Whether a model declined to answer: what the provider declares, and how refusals are worded."""

from __future__ import annotations

import re
from typing import Any, Final

SHORT: Final = 400  # characters; a longer text says more than no

_DECLARED: Final = frozenset(
    {"content_filter", "content_filtered", "guardrail_intervened", "refusal", "safety"}
    | {"blocklist", "prohibited_content", "recitation", "spii"}
)
_CANNOT: Final = (
    r"(?:can(?:no|')t|can not|won't|will not|am (?:unable|not able) to|'m (?:unable|not able) to"
    r"|must (?:respectfully )?decline to|have to decline to)"
)
_HELP: Final = r"(?:help(?! but\b)|assist|comply|fulfil+|do that)\b"
_SAY: Final = (
    r"(?:provide|answer|discuss|generate|create|write|produce|share|offer|give|respond|say|engage"
    r"|participate|continue|support)\b"
)
_SORRY: Final = (
    r"(?:I(?:'m| am)(?: very| so| really)? sorry|sorry|(?:my )?apologies|I apologi[sz]e)"
)
_DECLINES: Final = re.compile(
    rf"[\s\"'*_]*(?:"
    rf"{_SORRY}[,.;:]?(?: but)?,? ?(?:as an AI[^,.]{{0,40}},? ?)?I ?{_CANNOT} (?:{_HELP}|{_SAY})"
    rf"|as an AI[^,.]{{0,40}},? I ?{_CANNOT} (?:{_HELP}|{_SAY})"
    rf"|(?:unfortunately,? )?I ?{_CANNOT} {_HELP}"
    rf"|I (?:must |have to |respectfully )?decline(?:\.| to (?:{_HELP}|{_SAY}))"
    rf")",
    re.IGNORECASE,
)
_OF_THE_DATA: Final = re.compile(  # an honest "the files do not say" is an answer
    r"\b(?:data|files?|figures?|numbers?|values?|measure\w*|runs?|samples?|benchmarks?|metrics?"
    r"|evidence|tables?|columns?|rows?|results?|reports?|logs?|missing|lacks?|insufficient"
    r"|enough|sufficient|given|context|sources?|documents?|excerpts?)\b",
    re.IGNORECASE,
)


def declared(info: dict[str, Any]) -> bool:
    """Return whether the end of an answer says that the model, or a filter, declined."""
    reasons = (info.get("done_reason"), info.get("finish_reason"), info.get("stop_reason"))
    return any(isinstance(r, str) and r.lower() in _DECLARED for r in reasons)


def declines(text: str) -> bool:
    """Return whether a text is nothing but a refusal in English.

    It has to open by declining to help or to say something, be short, hold no JSON, and name
    nothing of the data: a model that cannot find a figure has answered. What is missed that way
    stays a text; what would be taken wrongly would be an answer lost.
    """
    if len(text) > SHORT or "{" in text or "[" in text:
        return False
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return _DECLINES.match(plain) is not None and _OF_THE_DATA.search(plain) is None
