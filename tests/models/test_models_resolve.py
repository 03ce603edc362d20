"""From `provider:name` to a model."""

import pytest

from chimera.errors import AddressError, SetupError
from chimera.models import ModelOptions, Ollama, Outcome, Timeouts, chat_model, parse_model
from chimera.models.outcomes import TABLE


def test_the_name_may_hold_colons() -> None:
    """Only the first colon parts provider and name."""
    assert parse_model("ollama:gemma3:latest") == ("ollama", "gemma3:latest")


@pytest.mark.parametrize("spec", ["gemma3", "", ":x", "ollama:", "Olla ma:x", "ollama:a b"])
def test_a_malformed_spec_names_the_remedy(spec: str) -> None:
    """The message shows the form."""
    with pytest.raises(AddressError, match="PROVIDER:NAME"):
        parse_model(spec)


def test_options_reach_the_model() -> None:
    """Options that are set are the model's; the others are left to the server."""
    options = ModelOptions(num_ctx=4096, temperature=0, keep_alive="5m")
    limits = Timeouts(total=5)
    model = chat_model("ollama:gemma3", options, base_url="http://h:1", timeouts=limits)
    assert isinstance(model, Ollama)
    assert (model.num_ctx, model.temperature, model.top_p) == (4096, 0, None)
    assert (model.keep_alive, model.timeouts) == ("5m", limits)


def test_a_missing_provider_names_what_to_install() -> None:
    """Without LangChain's package the remedy is a pip line."""
    with pytest.raises(SetupError, match=r"pip install|not installed"):
        chat_model("mistralai:large", ModelOptions())


def test_every_outcome_has_its_row() -> None:
    """The table is complete, and each remedy is one sentence."""
    assert list(TABLE) == list(Outcome)
    assert all(row.remedy.endswith(".") for row in TABLE.values())
