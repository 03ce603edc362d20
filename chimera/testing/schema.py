"""Valid JSON for a JSON schema, always the same one."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_DEPTH = 12  # a schema that refers to itself ends here
_FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "email": "someone@example.org",
    "uri": "http://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(schema: Schema) -> Any:  # noqa: ANN401  any JSON value
    """Return a value that fits: first choice of enums, filler strings, shortest arrays."""
    return _Walk(schema).value(schema, 0)


class _Walk:
    def __init__(self, root: Schema) -> None:
        self._definitions = {**root.get("definitions", {}), **root.get("$defs", {})}

    def value(self, schema: Schema, depth: int) -> Any:  # noqa: ANN401  any JSON value
        if depth > _DEPTH:
            return None
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            return self.value(self._definitions.get(name, {}), depth + 1)
        fixed = [schema["const"]] if "const" in schema else schema.get("enum")
        if fixed:
            return fixed[0]
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return self.value(choices[0], depth + 1)
        if schema.get("allOf"):
            merged = {key: item for part in schema["allOf"] for key, item in part.items()}
            return self.value(merged, depth + 1)
        return self._of_type(schema, depth)

    def _of_type(self, schema: Schema, depth: int) -> Any:  # noqa: ANN401  any JSON value
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            fields = schema.get("properties", {})
            return {name: self.value(field, depth + 1) for name, field in fields.items()}
        if kind == "array":
            return self._array(schema, depth)
        if kind in {"integer", "number"}:
            return _number(schema, whole=kind == "integer")
        return {"boolean": True, "null": None}.get(kind, _string(schema))

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        if "prefixItems" in schema:
            return [self.value(item, depth + 1) for item in schema["prefixItems"]]
        item = schema.get("items", {})
        choices = item.get("enum") if schema.get("uniqueItems") else None
        count = int(schema.get("minItems", 0))
        return list(choices[:count]) if choices else [self.value(item, depth + 1)] * count


def _string(schema: Schema) -> str:
    text = _FORMATS.get(schema.get("format", ""), "text")
    text = text.ljust(int(schema.get("minLength", 0)), "x")
    return text[: int(schema["maxLength"])] if "maxLength" in schema else text


def _number(schema: Schema, *, whole: bool) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    step = 1 if whole else 0.5
    if low is not None:
        number = (
            low
            if "minimum" in schema
            else min(low + step, high if high is not None else low + step)
        )
    elif high is not None:
        number = high if "maximum" in schema else high - step
    else:
        number = 1
    return int(number) if whole else number
