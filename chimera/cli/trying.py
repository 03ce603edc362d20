"""`chimera try`: the exact prompt of a persona, and an answer beside the rules it has to keep."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from chimera.errors import ConfigError, NotFoundError
from chimera.project import Project
from chimera.rules import texts_in
from chimera.session import NO_MODEL
from chimera.variables import as_text as as_words

if TYPE_CHECKING:
    from chimera.agent import Agent
    from chimera.models.answer import Answer
    from chimera.models.prompt import Plan
    from chimera.persona import Persona

_SHOWN_HASH = 12  # hexadecimal digits


class Options(TypedDict):
    """The options of `chimera try`."""

    file: str | None
    text: str | None
    model: str | None
    base_url: str | None
    values: tuple[str, ...]
    project: Path | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule, and what is wrong with the answer by it; None where it is kept."""

    rule: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Tried:
    """A prompt, and what came of it where a model was asked."""

    agent: Agent[Any]
    plan: Plan
    answer: Answer[Any] | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether there is nothing to complain of; a prompt alone is nothing to complain of."""
        kept = all(verdict.problem is None for verdict in self.verdicts)
        return self.answer is None or (self.answer.ok and kept)


def tried(kind: str, name: str, **options: Unpack[Options]) -> Tried:
    """Make a persona's or an agent's prompt, and ask the model that was named.

    Raises:
        SetupError: If there is no such persona or agent, or a value, file or model does not hold.
    """
    from chimera.loop import run_sync
    from chimera.models.prompt import Prompt, Section, plan

    agent = _agent(kind, name, options)
    asked = _asked(options, agent.persona)
    sections = (Section("question", asked),) if asked else ()
    prompt = Prompt(system=agent.persona.prompt, sections=sections)
    planned = plan(prompt, sys.maxsize)
    if options["model"] in {None, NO_MODEL}:
        return Tried(agent, planned)
    if not asked.strip():
        raise ConfigError("nothing to ask: give --text or --input")
    answer = run_sync(agent.call(prompt, check=lambda _text, _value: []))
    verdicts = tuple(_verdicts(agent, asked, answer)) if answer.text else ()
    return Tried(agent, planned, answer, verdicts)


def _agent(kind: str, name: str, options: Options) -> Agent[Any]:
    from chimera.agent import Agent
    from chimera.session import ModelChoice

    project = Project.find(options["project"])
    if kind == "agent":
        if options["values"]:
            raise ConfigError("--var is for personas: an agent's file gives values itself")
        choice = ModelChoice(model=options["model"], base_url=options["base_url"])
        return Agent.from_project(project, name, choice)
    persona = project.persona(name)
    persona = persona.with_values(_values(options["values"], persona))
    _refuse_lacking(persona)
    where: dict[str, Any] = {"base_url": options["base_url"]} if options["base_url"] else {}
    return Agent(persona=persona, model=options["model"] or "none", **where)


def _refuse_lacking(persona: Persona) -> None:
    """Refuse a persona whose variables have no value, and say how to give one."""
    wanted = []
    for name in persona.lacking:
        choices = [as_words(one) for one in persona.variables[name].choices if one is not None]
        said = f"one of {', '.join(choices)}" if choices else persona.variables[name].description
        wanted.append(f"--var {name}={choices[0] if choices else '…'}{said and f' ({said})'}")
    if wanted:
        raise ConfigError(f"persona {persona.name!r} needs values: say {' '.join(wanted)}")


def _values(words: tuple[str, ...], persona: Persona) -> dict[str, Any]:
    """Return the values that words give; that of a text is as it was typed."""
    import yaml

    values = {}
    texts = {name for name, one in persona.variables.items() if one.type == "text"}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ConfigError(f"--var {word!r}: write NAME=VALUE")
        try:
            values[name.strip()] = value if name.strip() in texts else yaml.safe_load(value)
        except yaml.YAMLError:
            values[name.strip()] = value
    return values


def _asked(options: Options, persona: Persona) -> str:
    """Return what is to be asked: of a file, of words, or the persona's first example."""
    file, text = options["file"], options["text"]
    if file is not None and text is not None:
        raise ConfigError("give --input or --text, not both")
    if file is not None:
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            return raw.decode("utf-8-sig")
        except OSError as error:
            raise NotFoundError(f"cannot read {file!r}: {error.strerror}") from error
        except UnicodeDecodeError:
            where = "the standard input" if file == "-" else repr(file)
            raise ConfigError(f"{where} is not UTF-8 text") from None
    return next((e.input for e in persona.examples), "") if text is None else text


def _verdicts(agent: Agent[Any], asked: str, answer: Answer[Any]) -> Iterator[Verdict]:
    """Judge an answer by each rule alone."""
    structured = answer.value is not None
    text = texts_in(answer.value) if structured else answer.text
    for rule in agent.persona.rules.each():
        broken = rule.broken_by(text, asked=asked, structured=structured)
        yield Verdict(rule.as_text().removeprefix("- "), "; ".join(broken) or None)


def as_text(found: Tried) -> str:
    """Return it for reading."""
    return "\n".join([*_prompt_lines(found), *_answer_lines(found)])


def _prompt_lines(found: Tried) -> Iterator[str]:
    persona, plan = found.agent.persona, found.plan
    version = f", version {persona.version}" if persona.version else ""
    yield f"persona  {persona.name}{version}, hash {persona.hash[:_SHOWN_HASH]}"
    yield f"prompt   {plan.sent_bytes:,} bytes, about {plan.tokens:,} tokens"
    yield from ("", "--- system ---", plan.system)
    if plan.kept:
        yield from ("", "--- user ---", plan.text)
    else:
        yield "\n(no question: give --text or --input)"


def _answer_lines(found: Tried) -> Iterator[str]:
    if found.answer is None:
        return
    record = found.answer.record
    took = "" if record.total_ms is None else f", {record.total_ms:,.0f} ms"
    tokens = "" if record.output_tokens is None else f", {record.output_tokens:,} tokens"
    yield f"\n--- answer ({record.model}: {record.outcome.value}{took}{tokens}) ---"
    yield found.answer.text or record.detail or ""
    if found.answer.text and record.detail:
        yield f"({record.detail})"
    if not found.answer.text:
        return
    yield "\n--- rules ---"
    for verdict in found.verdicts:
        mark = "kept   " if verdict.problem is None else "broken "
        yield f"{mark} {verdict.rule}" + (f" It {verdict.problem}." if verdict.problem else "")
    if not found.verdicts:
        yield "(the persona has none)"


def as_json(found: Tried) -> str:
    """Return it as JSON."""
    persona, plan = found.agent.persona, found.plan
    whole: dict[str, Any] = {
        "persona": {"name": persona.name, "version": persona.version, "hash": persona.hash},
        "system": plan.system,
        "user": plan.text,
        "sent_bytes": plan.sent_bytes,
        "estimated_tokens": plan.tokens,
        "holds": found.holds,
    }
    if found.answer is not None:
        whole |= {
            "answer": found.answer.text,
            "value": _plain(found.answer.value),
            "call": found.answer.record.model_dump(mode="json"),
            "rules": [{"rule": v.rule, "problem": v.problem} for v in found.verdicts],
        }
    return json.dumps(whole, indent=1, ensure_ascii=False)


def _plain(value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401  a Pydantic model, or nothing
    dumped: Mapping[str, Any] | None = value.model_dump(mode="json") if value is not None else None
    return dumped
