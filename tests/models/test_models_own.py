"""A chat model that the user made, as an agent's model."""

import pytest

from chimera import Agent, Persona
from chimera.agentfile import Fallback
from chimera.errors import SetupError
from chimera.models import ModelOptions, Ollama
from chimera.testing import FAULTS, OllamaStandIn, ScriptedModel

PERSONA = Persona(name="P", title="t", instructions="i")


async def test_a_models_own_options_stay() -> None:
    """What it was made with is sent, recorded and part of the request's hash."""
    with OllamaStandIn() as server:
        warm = Ollama(model="m", base_url=server.base_url, num_ctx=16384, temperature=1.0)
        cold = warm.model_copy(update={"temperature": 0.0})
        records = [(await Agent(persona=PERSONA, model=m).call("x")).record for m in (warm, cold)]
        sent = server.chats[0].body["options"]
    assert (sent["num_ctx"], sent["temperature"]) == (16384, 1.0)
    assert records[0].request_hash != records[1].request_hash
    assert (records[0].model, records[0].num_ctx) == ("ollama:m", 16384)
    assert records[0].receipt.window_tokens == 16384


async def test_the_agents_options_come_before_the_models() -> None:
    """An option of the agent takes the place of the model's, whose object stays as it is."""
    with OllamaStandIn() as server:
        model = Ollama(model="m", base_url=server.base_url, num_ctx=16384, num_predict=-1)
        agent = Agent(persona=PERSONA, model=model, options=ModelOptions(num_ctx=2048, seed=3))
        await agent.call("x")
        sent = server.chats[0].body["options"]
    assert sent == {"num_ctx": 2048, "num_predict": -1, "seed": 3}
    assert model.num_ctx == 16384


async def test_a_model_object_falls_back_to_another_server() -> None:
    """The same model with the same settings is asked at the address of the fallback."""
    with OllamaStandIn(script=[FAULTS["thought-only"]]) as one, OllamaStandIn("Fine.") as other:
        model = Ollama(model="m", base_url=one.base_url, temperature=0.5)
        agent = Agent(persona=PERSONA, model=model, fallbacks=(Fallback(base_url=other.base_url),))
        answer = await agent.call("x")
        sent = other.chats[0].body["options"]
    assert (answer.text, answer.record.host, sent["temperature"]) == ("Fine.", other.base_url, 0.5)


async def test_a_foreign_model_object_cannot_be_moved() -> None:
    """Its address is its library's: the fallback has to name a model."""
    fallback = Fallback(base_url="http://127.0.0.1:9")
    agent = Agent(persona=PERSONA, model=ScriptedModel(), fallbacks=(fallback,))
    with pytest.raises(SetupError, match="name a model in the fallback"):
        await agent.call("x")
