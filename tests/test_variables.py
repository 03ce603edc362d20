"""Variables: what a placeholder can be, what it cannot, and which values fit."""

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera import Persona
from chimera.errors import ConfigError
from chimera.variables import Variable, filled, placeholders, woven

ATTACKS = [
    "{{ a.b }}",
    "{{ a.__class__.__mro__ }}",
    "{{ a[0] }}",
    "{{ a|x }}",
    "{{ a() }}",
    "{{ '' }}",
    "{{ 7 * 7 }}",
    "{{ a\n}}",
    "{{ A }}",
    "{{}}",
    "{{ a }",
    "{{{ a }}}",
    "{{ self }}{{ a.b }}",
]
LITERALS = ["${HOME}", "$a", "{a}", "%(a)s", "{% if a %}", "{# a #}", '{"a": {"b": {}}}', "a}}"]


def persona(text: str, **variables: Any) -> Persona:
    data = {"name": "N", "title": "t", "instructions": text, "variables": variables}
    return Persona.model_validate(data)


@pytest.mark.parametrize("text", ATTACKS)
def test_a_placeholder_is_a_name_and_nothing_else(text: str) -> None:
    """Attributes, items, filters, calls and expressions are refused, and never evaluated."""
    with pytest.raises(ValueError, match=r"opens no placeholder|not declared"):
        persona(f"{{{{ a }}}} {text}", a="x")
    assert filled(text, {"a": "SECRET", "b": "SECRET"}).count("SECRET") == 0


@pytest.mark.parametrize("text", LITERALS)
def test_other_template_languages_are_plain_text(text: str) -> None:
    """What other languages would expand stays as it is."""
    os.environ.setdefault("HOME", "x")
    assert f"\n\n{text} x" in persona(f"{text} {{{{ a }}}}", a="x").prompt


@pytest.mark.parametrize("value", ["{{ b }}", "{{{{", "${HOME}", "\\1 \\g<0>", "}}", "{% x %}"])
def test_a_value_is_never_expanded(value: str) -> None:
    """What stands in a value is text, even where it looks like a placeholder."""
    made = persona("Say {{ a }} to {{ b }}.", a=value, b="end")
    assert f"Say {value} to end." in made.prompt


def test_four_braces_write_two() -> None:
    """`{{{{` is how two braces are written."""
    assert persona("Write {{{{ a }} for {{ a }}.", a="x").prompt.endswith("Write {{ a }} for x.")


def test_values_of_each_type_are_written_plainly() -> None:
    """Numbers stand as they are, a flag is yes or no."""
    made = persona("{{ t }} {{ n }} {{ i }} {{ f }}", t="x", n=0.5, i=3, f=True)
    assert made.prompt.endswith("x 0.5 3 yes")


@pytest.mark.parametrize(
    ("variable", "kind"),
    [
        ("x", "text"),
        (3, "integer"),
        (0.5, "number"),
        (False, "flag"),
        ({"choices": [1, 2]}, "integer"),
    ],
)
def test_type_follows_from_the_default(variable: Any, kind: str) -> None:
    """A variable whose type is not said has that of its default, else of its choices."""
    assert Variable.model_validate(variable).type == kind


@pytest.mark.parametrize(
    ("variable", "why"),
    [
        ({"type": "integer", "default": "3"}, "must be a whole number, not '3'"),
        ({"type": "integer", "default": True}, "must be a whole number, not True"),
        ({"type": "number", "default": float("nan")}, "must be a number, not nan"),
        ({"type": "text", "default": 3}, "must be a text, not 3"),
        ({"type": "flag", "default": 1}, "must be true or false, not 1"),
        ({"default": "c", "choices": ["a", "b"]}, "'c' is none of the choices"),
        ({"choices": ["a", 1]}, "must be a text, not 1"),
        ({"default": ["a"]}, "must be a text, a number, or true or false"),
        ({"default": "x" * 4001}, "at most 4000"),
        (["a"], "must be a value, or keys of"),
    ],
)
def test_values_that_do_not_fit_are_refused(variable: Any, why: str) -> None:
    """Type, choices and length hold for the default too."""
    with pytest.raises(ValueError, match=why):
        Variable.model_validate(variable)


def test_undeclared_placeholder_names_the_nearest() -> None:
    """A misspelt placeholder is refused with the variable that was meant."""
    with pytest.raises(ValueError, match=r"'\{\{ audence \}\}' is not declared.*'audience'"):
        persona("For {{ audence }}, {{ audience }}.", audience="x")


def test_variable_that_stands_nowhere_is_refused() -> None:
    """A variable without a placeholder has no effect, so it is a mistake."""
    with pytest.raises(ValueError, match="is not used"):
        persona("Do it.", audience="x")


@pytest.mark.parametrize("name", ["Who", "1a", "a-b", "a b", "", "inherited"])
def test_names_that_cannot_be_placeholders_are_refused(name: str) -> None:
    """A name is small letters, digits and _."""
    with pytest.raises(ValueError, match=r"is no name|means the inherited"):
        persona("x", **{name: "x"})


def test_values_take_the_place_of_defaults() -> None:
    """`with_values` changes what is said; the persona it came from stays."""
    made = persona("For {{ who }}.", who="engineers")
    assert made.with_values({"who": "managers"}).prompt.endswith("For managers.")
    assert made.prompt.endswith("For engineers.")


def test_unknown_and_wrong_values_are_all_named() -> None:
    """Every value that does not fit is told, with persona, variable and nearest name."""
    made = persona("For {{ who }} {{ n }}.", who={"choices": ["engineers"]}, n=3)
    with pytest.raises(ConfigError) as caught:
        made.with_values({"who": "enginers", "n": "x", "hwo": "y"})
    assert str(caught.value).splitlines() == [
        (
            "persona 'N', variable 'who': 'enginers' is none of the choices; did you mean"
            " 'engineers'? (engineers)"
        ),
        "persona 'N', variable 'n': must be a whole number, not 'x'",
        "persona 'N', variable 'hwo': no such variable; did you mean 'who'?",
    ]


def test_values_that_break_other_rules_are_refused() -> None:
    """A value that makes a contradiction of the rules is refused like one in the file."""
    made = Persona.model_validate(
        {
            "name": "N",
            "title": "t",
            "instructions": "x",
            "variables": {"topic": "speed"},
            "rules": {"must_mention": ["{{ topic }}"], "must_not_mention": ["price"]},
        }
    )
    assert made.broken_by("The Speed of it.") == []
    with pytest.raises(ConfigError, match="'price' must be mentioned and must not"):
        made.with_values({"topic": "price"})


def test_persona_without_a_value_can_be_shown_but_not_used() -> None:
    """Its prompt shows the placeholder; `ready` names the variable, and where to set it."""
    made = persona("For {{ who }}.", who={"description": "readers"})
    assert made.lacking == ["who"]
    assert made.prompt.endswith("For {{ who }}.")
    with pytest.raises(ConfigError, match=r"'N' lacks a value for its variable 'who'.*variables:"):
        made.ready()
    assert made.with_values({"who": "x"}).ready().instructions == "For x."


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=40))
def test_values_stand_where_their_placeholder_stood(text: str, value: str) -> None:
    """A text without double braces is unchanged around a value, whatever the value holds."""
    text = text.replace("{{", "")
    text = text.removesuffix("{")
    assert filled(f"{text}{{{{ a }}}}{text}", {"a": value}) == f"{text}{value}{text}"


@settings(max_examples=200, deadline=None)
@given(st.text("{} ab.\n|", max_size=40))
def test_only_names_in_braces_are_replaced(text: str) -> None:
    """With no name found there is nothing to fill in but doubled braces."""
    if not any(name for name, _ in placeholders(text)):
        assert filled(text, {"a": "X", "b": "X"}) == text.replace("{{{{", "{{")


def test_inherited_text_is_put_in_as_it_is_written() -> None:
    """Placeholders of both texts stay for later."""
    assert woven("{{ a }}: {{ inherited }} {{{{", "{{ b }} {{{{") == "{{ a }}: {{ b }} {{{{ {{{{"
