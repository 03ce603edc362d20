"""The JSON schema an answer has to fit, its ids limited to those a prompt offers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

Id = Annotated[str, Field(json_schema_extra={"format": "id"})]
"""A field that holds one of the ids a prompt offers.

A server that honours the schema keeps the model to them. An answer with another id is read all the
same: whoever asked drops that id instead of the whole answer.
"""

_ANY: Final = '"format": "id"'


def schema_of(output: type[BaseModel], ids: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON schema of an answer; `Id` fields become an enumeration of the ids."""
    text = _text(output)
    if ids:
        text = text.replace(_ANY, f'"enum": {json.dumps(list(ids))}')
    return dict(json.loads(text))


@lru_cache(maxsize=128)
def _text(output: type[BaseModel]) -> str:
    return json.dumps(output.model_json_schema())
