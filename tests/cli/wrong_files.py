"""Files that are wrong: what each says, the line that is wrong, and words its message has to have.

The last words of a row are what to do: a remedy, what is allowed, or the nearest name.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NamedTuple

VOICE = "name: A\ntitle: t\ninstructions: x\n"  # three lines of a persona that is in order
USES = "name: A\ntitle: t\ninstructions: '{{ b }}'\n"  # and one with a variable
GRAPH = """\
from typing import TypedDict
from langgraph.graph import END, START, StateGraph
from chimera.stages import stage
class State(TypedDict):
    question: str
async def work(state: State, context: object) -> dict[str, str]:
    return {"question": "?"}
"""  # seven lines every graph file starts with
BUILT = GRAPH + "graph = StateGraph(State)\n"
WHOLE = BUILT + 'graph.add_node("work", work)\ngraph.add_edge(START, "work")\n'
TESTED = "persona: good\ncases:\n"
CASE = "  - {name: a, input: b, answer: c}\n"


Row = tuple[str, str | bytes, int | None, tuple[str, ...]]
"""Name of a file, what it says, its wrong line, and words of the message."""


class Wrong(NamedTuple):
    """One wrong file.

    Attributes:
        name: The file, below the folder of its kind.
        text: What it says.
        line: Which line of it is wrong; None where it is the file as a whole.
        words: What the message has to say.
    """

    name: str
    text: str | bytes
    line: int | None
    words: tuple[str, ...]

    def write(self, folder: Path) -> Path:
        """Write the file into a folder and return its path."""
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.text if isinstance(self.text, bytes) else self.text.encode())
        return path


def good(root: Path) -> Path:
    """Write a project in which everything is in order, and return its folder."""
    for kind in ("personas/tests", "agents", "graphs"):
        (root / kind).mkdir(parents=True)
    (root / "personas" / "good.yaml").write_text(VOICE)
    (root / "personas" / "asks.yaml").write_text(
        USES.replace("b", "whom") + "variables: {whom: {choices: [us, them]}}\n"
    )
    (root / "agents" / "good.yaml").write_text("persona: good\n")
    return root


# YAML itself, and keys: as personas
PERSONAS: list[Row] = [
    ("empty", "", 1, ("nothing", "KEY: VALUE")),
    ("blank", "\n\n# only a comment\n", 1, ("nothing", "KEY: VALUE")),
    ("list-at-top", "- name: A\n", 1, ("a list", "KEY: VALUE")),
    ("text-at-top", "Just be nice.\n", 1, ("a text", "KEY: VALUE")),
    ("number-at-top", "42\n", 1, ("42", "KEY: VALUE")),
    ("tab", "name: A\n\ttitle: t\n", 2, ("tab", "spaces")),
    ("open-quote", 'name: "A\ntitle: t\n', 1, ("close the quote",)),
    ("open-bracket", VOICE + "rules: {max_words: 3\n", 4, ("'}'", "close the bracket")),
    ("colon-in-text", "name: A\ntitle: t\ninstructions: Note: be brief\n", 3, ("quotes",)),
    ("no-colon", "name A\ntitle: t\n", 2, ("not valid YAML", "KEY: VALUE")),
    ("twice", "name: A\nname: B\ntitle: t\ninstructions: x\n", 2, ("'name'", "twice", "line 1")),
    ("anchor", "name: &a A\ntitle: *a\ninstructions: x\n", 1, ("anchors", "in full")),
    ("merge-key", VOICE + "rules:\n  <<: {max_words: 3}\n", 5, ("merge keys", "in full")),
    ("tag", "name: !!python/object:os.system A\n", 1, ("python/object", "without")),
    ("own-tag", "name: !env HOME\ntitle: t\ninstructions: x\n", 1, ("'!env'", "without")),
    ("set", VOICE + "rules: !!set {a, b}\n", 4, ("set", "without")),
    ("two-documents", VOICE + "---\n" + VOICE, 4, ("one document", "---")),
    ("junk", VOICE + "...\n}}}\n", 5, ("not valid YAML",)),
    ("utf-16", codecs.BOM_UTF16_LE + VOICE.encode("utf-16-le"), 1, ("UTF-8", "save it")),
    ("latin-1", "name: Café\ntitle: t\ninstructions: x\n".encode("latin-1"), 1, ("UTF-8", "save")),
    ("latin-1-below", b"name: A\ntitle: caf\xe9\n", 2, ("UTF-8", "save it")),
    ("binary", bytes(range(256)), 2, ("UTF-8", "save it")),
    ("null-byte", "name: A\x00\ntitle: t\n", 1, ("character", "U+0000")),
    ("bell", "name: A\ntitle: \x07\n", 2, ("character", "U+0007", "take it out")),
    ("huge", "# " + "x" * 70_000, None, ("65536", "bytes")),
    ("many", "name: A\nrules: {must_mention: [" + "a, " * 2_100 + "]}\n", 2, ("2000",)),
    ("deep", "name: " + "[" * 40 + "]" * 40 + "\n", 1, ("16", "levels")),
    ("crlf", "name: A\r\ntitel: t\r\ninstructions: x\r\n", 2, ("'titel'", "'title'")),
    ("bom", codecs.BOM_UTF8 + b"name: A\ntitel: t\ninstructions: x\n", 2, ("'title'",)),
    ("list-key", VOICE + "? [a, b]\n: c\n", 4, ("keys are plain words",)),
    ("null-key", VOICE + "~: c\n", 4, ("unknown key '~'", "allowed")),
    ("number-key", VOICE + "1: c\n", 4, ("unknown key '1'", "allowed")),
    ("misspelt", "name: A\ntitel: t\ninstructions: x\n", 2, ("'titel'", "did you mean 'title'")),
    ("capital", "Name: A\ntitle: t\ninstructions: x\n", 1, ("'Name'", "did you mean 'name'")),
    ("missing", "name: A\ntitle: t\n", 1, ("'instructions'", "missing")),
    ("nothing", "name: A\ntitle:\ninstructions: x\n", 2, ("title", "nothing", "a text")),
    ("blank-text", 'name: A\ntitle: ""\ninstructions: x\n', 2, ("title", "empty")),
    ("only-space", 'name: A\ntitle: t\ninstructions: "  "\n', 3, ("instructions", "empty")),
    ("number", "name: 42\ntitle: t\ninstructions: x\n", 1, ("name", "a text", "42", "quotes")),
    ("norway", "name: no\ntitle: t\ninstructions: x\n", 1, ("name", "'no'", "quotes")),
    ("yes", "name: A\ntitle: yes\ninstructions: x\n", 2, ("title", "'yes'", "quotes")),
    ("list-for-text", "name: A\ntitle: [t]\ninstructions: x\n", 2, ("title", "a text", "a list")),
    ("map-for-text", "name: A\ntitle: {t: u}\ninstructions: x\n", 2, ("title", "a text")),
    ("long-name", f"name: {'A' * 81}\ntitle: t\ninstructions: x\n", 1, ("name", "at most 80")),
    ("long-prompt", f"name: A\ntitle: t\ninstructions: {'x ' * 20_000}\n", 3, ("at most 32000",)),
    ("line-in-name", 'name: "A\\nB"\ntitle: t\ninstructions: x\n', 1, ("name", "one line")),
    # rules
    ("rules-text", VOICE + "rules: be brief\n", 4, ("rules", "keys", "max_words")),
    ("rules-list", VOICE + "rules:\n  - max_words: 3\n", 4, ("rules", "keys", "a list")),
    ("rule-misspelt", VOICE + "rules:\n  max_word: 3\n", 5, ("'rules.max_word'", "'max_words'")),
    ("rule-foreign", VOICE + "rules:\n  tone: warm\n", 5, ("'rules.tone'", "allowed")),
    ("words", VOICE + "rules:\n  max_words: many\n", 5, ("a whole number", "'many'")),
    ("words-quoted", VOICE + "rules:\n  max_words: '90'\n", 5, ("a whole number", "quotes")),
    ("words-none", VOICE + "rules:\n  max_words: 0\n", 5, ("at least 1", "0")),
    ("words-negative", VOICE + "rules:\n  max_words: -5\n", 5, ("at least 1", "-5")),
    ("words-half", VOICE + "rules:\n  max_words: 1.5\n", 5, ("a whole number", "1.5")),
    ("words-flag", VOICE + "rules:\n  max_words: true\n", 5, ("a whole number", "'true'")),
    ("language", VOICE + "rules:\n  language: xx\n", 5, ("must be one of", "en", "'xx'")),
    ("language-word", VOICE + "rules:\n  language: german\n", 5, ("must be one of", "de")),
    ("language-no", VOICE + "rules:\n  language: no\n", 5, ("language", "'no'", "quotes")),
    ("form", VOICE + "rules:\n  format: bulets\n", 5, ("did you mean 'bullets'",)),
    ("cites", VOICE + "rules:\n  cites: [F12]\n", 5, ("must be one of", "answer")),
    ("phrase-alone", VOICE + "rules:\n  must_mention: proof\n", 5, ("a list", "- proof")),
    ("phrase-number", VOICE + "rules:\n  must_mention:\n    - a\n    - 7\n", 7,
     ("a text", "quotes")),
    ("phrase-blank", VOICE + "rules:\n  must_mention: [a, ' ']\n", 5, ("blank",)),
    ("range", VOICE + "rules: {min_words: 9, max_words: 5}\n", 4, ("min_words 9", "max_words 5")),
    ("both", VOICE + "rules:\n  must_mention: [a]\n  must_not_mention: [A]\n", 5, ("must not",)),
    ("json-cites", VOICE + "rules:\n  format: json\n  cites: answer\n", 6, ("cites", "json")),
    ("room", VOICE + "rules:\n  max_words: 2\n  must_mention: [a b c]\n", 6, ("more words",)),
    # variables and examples
    ("undeclared", "name: A\ntitle: t\ninstructions: for {{ whom }}\n", 3, ("whom", "variables")),
    ("unused", VOICE + "variables:\n  whom: us\n", 5, ("whom", "not used", "{{ whom }}")),
    ("expression", "name: A\ntitle: t\ninstructions: |\n  a\n  {{ a.b }}\n", 5, ("{{ name }}",)),
    ("in-name", "name: A {{ b }}\ntitle: t\ninstructions: x\nvariables: {b: c}\n", 1, ("name",)),
    ("choice", USES + "variables:\n  b:\n    choices: [x, y]\n    default: z\n", 7,
     ("none of the choices", "x, y")),
    ("variable-name", VOICE + "variables:\n  My Name: x\n", 5, ("'My Name'", "small letter")),
    ("variable-key", USES + "variables:\n  b: {defalt: z}\n", 5,
     ("defalt", "did you mean 'default'")),
    ("variable-list", USES + "variables:\n  b: [z]\n", 5,
     ("b", "must be a value", "choices")),
    ("variables-list", VOICE + "variables: [whom]\n", 4, ("variables", "keys", "a list")),
    ("example", VOICE + "examples:\n  - input: a\n", 5, ("'examples.0.answer'", "missing")),
    ("example-breaks", VOICE + "rules: {max_words: 2}\nexamples:\n  - {input: a, answer: a b c}\n",
     6, ("own rules", "2 words")),
    ("example-text", VOICE + "examples:\n  - a question\n", 5, ("examples.0", "keys", "input")),
    # extends
    ("orphan", "extends: nobody\nname: A\n", 1, ("'nobody'", "there are")),
    ("near", "name: A\nextends: goood\n", 2, ("did you mean 'good'",)),
    ("no-file", "extends: ./gone.yaml\n", 1, ("no file", "gone.yaml")),
    ("absolute", "extends: /etc/passwd\n", 1, ("relative", "./FILE.yaml")),
    ("itself", "extends: itself\nname: A\n", 1, ("is this persona",)),
    ("several", "extends: [good, asks]\n", 1, ("the name of a persona",)),
    ("takes-away", "extends: good\nexamples: ~\n", 2, ("nothing inherited",)),
    ("circle-a", "extends: circle-b\n", 1, ("circle", "circle-b")),
    ("circle-b", "extends: circle-a\n", 1, ("circle", "circle-a")),
    ("inherits-rule", "extends: good\nrules:\n  max_word: 1\n", 3, ("did you mean 'max_words'",)),
    ("version-list", VOICE + "version: [1]\n", 4, ("version", "a text")),
]  # fmt: skip

AGENTS: list[Row] = [
    ("empty", "", 1, ("nothing", "KEY: VALUE")),
    ("no-persona", "model: ollama:x\n", 1, ("'persona'", "missing")),
    ("unknown", "model: ollama:x\npersona: goood\n", 2, ("did you mean 'good'",)),
    ("persona-list", "persona: [good]\n", 1, ("persona", "a text", "a list")),
    ("key", "persona: good\nmodle: ollama:x\n", 2, ("'modle'", "did you mean 'model'")),
    ("no-provider", "persona: good\nmodel: gemma3\n", 2, ("provider:name", "'gemma3'")),
    ("no-name", "persona: good\nmodel: 'ollama:'\n", 2, ("provider:name",)),
    ("provider", "persona: good\nmodel: olama:gemma3\n", 2, ("did you mean 'ollama'",)),
    ("provider-unknown", "persona: good\nmodel: acme:x\n", 2, ("'acme'", "there are")),
    ("not-installed", "persona: good\nmodel: xai:grok\n", 2, ("pip install", "langchain-xai")),
    ("address", "persona: good\nbase_url: htp://localhost:11434\n", 2, ("http://", "htp")),
    ("address-port", "persona: good\nbase_url: http://localhost:port\n", 2, ("base_url", "port")),
    ("option", "persona: good\noptions:\n  temprature: 1\n", 3, ("did you mean 'temperature'",)),
    ("hot", "persona: good\noptions:\n  temperature: 3\n", 3, ("temperature", "at most 2", "3")),
    ("small", "persona: good\noptions:\n  num_ctx: 10\n", 3, ("num_ctx", "at least 256")),
    ("grouped", "persona: good\noptions:\n  num_ctx: 8k\n", 3, ("a whole number", "'8k'")),
    ("infinite", "persona: good\noptions:\n  temperature: .inf\n", 3, ("temperature", "at most 2")),
    ("nan", "persona: good\noptions:\n  temperature: .nan\n", 3, ("temperature", "nan")),
    ("top", "persona: good\noptions:\n  top_p: 0\n", 3, ("top_p", "more than 0")),
    ("options-list", "persona: good\noptions: [num_ctx]\n", 2, ("options", "keys", "a list")),
    ("keep", "persona: good\noptions:\n  keep_alive: forever\n", 3, ("keep_alive", "90s")),
    ("think", "persona: good\noptions:\n  think: a lot\n", 3, ("think", "low, medium, high")),
    ("nested", "persona: good\ntimeouts:\n  idel: 3\n", 3, ("'timeouts.idel'", "'idle'")),
    ("no-time", "persona: good\ntimeouts:\n  total: 0\n", 3, ("total", "more than 0")),
    ("time-unit", "persona: good\ntimeouts:\n  total: 5 min\n", 3, ("a number", "'5 min'")),
    ("fallback", "persona: good\nfallbacks:\n  - {}\n", 3, ("model", "base_url")),
    ("fallback-text", "persona: good\nfallbacks:\n  - ollama:x\n", 3, ("keys", "model")),
    ("fallback-none", "persona: good\nfallbacks:\n  - model: none\n", 3, ("empty list",)),
    ("fallback-acme", "persona: good\nfallbacks:\n  - model: acme:x\n", 3, ("'acme'", "there are")),
    ("output", "persona: good\noutput: nowhere:Verdict\n", 2, ("nowhere", "cannot be imported")),
    ("output-class", "persona: good\noutput: chimera.errors:Gone\n", 2, ("has no", "Gone")),
    ("output-kind", "persona: good\noutput: chimera.errors:Problem\n", 2, ("Pydantic model",)),
    ("output-form", "persona: good\noutput: chimera.errors.Problem\n", 2,
     ("package.module:Class",)),
    ("value", "persona: asks\nvariables:\n  whom: you\n", 3, ("none of the choices", "us, them")),
    ("value-name", "persona: asks\nvariables:\n  who: us\n", 3, ("did you mean 'whom'",)),
    ("value-none", "persona: asks\n", 1, ("whom", "variables")),
    ("tool", "persona: good\ntools: [gone:look]\n", 2, ("gone", "cannot be imported")),
    ("tools-text", "persona: good\ntools: os:getcwd\n", 2, ("tools", "a list")),
    ("calls", "persona: good\nmax_tool_calls: 0\n", 2, ("max_tool_calls", "at least 1")),
    ("mcp", "persona: good\nmcp:\n  files: {comand: x}\n", 3, ("did you mean 'command'",)),
    ("memory", "persona: good\nmemory:\n  rember: 3\n", 3, ("'memory.rember'", "allowed")),
    ("fields", "persona: good\noutput:\n  verdict: {type: txt}\n", 3, ("verdict", "text")),
    ("value-list", "persona: asks\nvariables:\n  whom: [us]\n", 3,
     ("whom", "a text", "a number", "a list")),
]  # fmt: skip

TESTS: list[Row] = [
    ("empty", "", 1, ("nothing", "KEY: VALUE")),
    ("no-cases", "persona: good\n", 1, ("'cases'", "missing")),
    ("none", "persona: good\ncases: []\n", 2, ("cases", "must not be empty")),
    ("cases-text", "persona: good\ncases: a\n", 2, ("cases", "a list")),
    ("nobody", "cases:\n" + CASE, 1, ("persona or agent",)),
    ("both", "persona: good\nagent: good\ncases:\n" + CASE, 1, ("persona or agent",)),
    ("persona", "persona: goood\ncases:\n" + CASE, 1, ("did you mean 'good'",)),
    ("agent", "agent: goood\ncases:\n" + CASE, 1, ("did you mean 'good'",)),
    ("key", TESTED + "  - {name: a, inptu: b}\n", 3, ("inptu", "did you mean 'input'")),
    ("no-input", TESTED + "  - {name: a, answer: b}\n", 3, ("input or input_file",)),
    ("file", TESTED + "  - {name: a, input_file: gone.txt}\n", 3, ("gone.txt", "cannot be read")),
    ("outside", TESTED + "  - {name: a, input_file: ../../x}\n", 3, ("outside",)),
    ("same", TESTED + CASE + CASE, 2, ("two cases", "'a'")),
    ("expect", TESTED + "  - name: a\n    input: b\n    expect: {mention: [c]}\n", 5,
     ("'cases.0.expect.mention'", "did you mean 'mentions'")),
    ("pattern", TESTED + "  - name: a\n    input: b\n    expect: {matches: '('}\n", 5,
     ("regular expression",)),
    ("range", TESTED + "  - name: a\n    input: b\n    expect: {min_words: 5, max_words: 2}\n", 5,
     ("min_words 5",)),
    ("rules", TESTED + "  - name: a\n    input: b\n    expect: {rules: bent}\n", 5,
     ("must be one of kept, broken",)),
    ("accepted", "persona: good\naccepted: yes please\ncases:\n" + CASE, 2,
     ("accepted", "chimera test --accept")),
    ("values", "persona: asks\nvariables: {whom: you}\ncases:\n" + CASE, 2, ("us, them",)),
    ("lacking", "persona: asks\ncases:\n" + CASE, 1, ("whom", "variables")),
]  # fmt: skip

GRAPHS: list[Row] = [
    ("empty", "", None, ("sets no `graph`", "StateGraph")),
    ("syntax", GRAPH + "graph = StateGraph(State\n", 8, ("is no Python", "'('")),
    ("indent", GRAPH + "  graph = 1\n", 8, ("is no Python", "indent")),
    ("import", "import langraph\ngraph = 1\n", 1, ("no module", "did you mean 'langgraph'")),
    ("import-name", "from chimera.parts import fanout\ngraph = 1\n", 1,
     ("chimera.parts has no 'fanout'", "did you mean 'fan_out'")),
    ("raises", GRAPH + "graph = StateGraph(State)\n1 / 0\n", 9, ("ZeroDivisionError",)),
    ("exits", GRAPH + "graph = StateGraph(State)\nraise SystemExit(3)\n", 9, ("SystemExit",)),
    ("no-graph", GRAPH + "grph = StateGraph(State)\n", None, ("sets no `graph`",)),
    ("text", "graph = 'a'\n", 1, ("a str", "StateGraph")),
    ("function", GRAPH + "def graph():\n    return StateGraph(State)\n", 8, ("a function",)),
    ("agent", BUILT + 'graph.add_edge(START, "a")\ngraph.add_node("a", stage(work, agent="goood"))',
     10, ("did you mean 'good'",)),
    ("edge", BUILT + 'graph.add_node("work", work)\ngraph.add_edge(START, "wrok")\n', 10,
     ("did you mean 'work'",)),
    ("loose", BUILT + 'graph.add_node("a", work)\ngraph.add_node("b", work)\n'
     'graph.add_edge(START, "a")\ngraph.add_edge("a", END)\n', 10, ("nothing leads to node 'b'",)),
    ("no-start", BUILT + 'graph.add_node("work", work)\n', 9, ("nothing leads to node 'work'",)),
    ("sync", GRAPH.replace("async ", "") + "graph = StateGraph(State)\n"
     'graph.add_node("work", stage(work))\ngraph.add_edge(START, "work")\n', 9, ("async def",)),
    ("no-type", BUILT + "async def bare(state, context):\n    return {}\n"
     'graph.add_node("bare", stage(bare))\ngraph.add_edge(START, "bare")\n', 11,
     ("type of its state",)),
    ("twice", BUILT + 'graph.add_node("a", work)\ngraph.add_node("a", work)\n'
     'graph.add_edge(START, "a")\n', 10, ("'a'", "already")),
    ("binary", b"\x00\xff\xfe", None, ("is no Python",)),
    ("start", BUILT, 8, ("START",)),
]  # fmt: skip

SETTINGS: list[Row] = [
    ("empty", "", 1, ("nothing", "KEY: VALUE")),
    ("key", "model:\n  in_flight: 1\n", 1, ("did you mean 'models'",)),
    ("nested", "models:\n  in_fligth: 1\n", 2, ("did you mean 'in_flight'",)),
    ("none", "models:\n  in_flight: 0\n", 2, ("in_flight", "at least 1")),
    ("flag", "models:\n  warm_up: maybe\n", 2, ("warm_up", "true or false")),
    ("host", "models:\n  hosts: [ftp://x]\n", 2, ("hosts", "http://")),
    ("hosts-text", "models:\n  hosts: http://localhost:11434\n", 2, ("hosts", "a list")),
    ("list", "models: [in_flight]\n", 1, ("models", "keys", "a list")),
]  # fmt: skip

# files nobody would ever read
UNREAD = [
    Wrong("personas/own.yml", VOICE, None, ("never read", "'.yaml'", "rename")),
    Wrong("agents/own.YAML", "persona: good\n", None, ("never read", "rename")),
    Wrong("agents/own.json", "{}", None, ("never read", "rename")),
    Wrong("graphs/own.yaml", "a: 1\n", None, ("never read", "'.py'")),
    Wrong("personas/tests/own.yml", TESTED + CASE, None, ("never read", "'.yaml'", "rename")),
]


def _of(pattern: str, rows: list[Row]) -> list[Wrong]:
    return [Wrong(pattern.format(name), text, line, words) for name, text, line, words in rows]


WRONG = [
    *_of("personas/{}.yaml", PERSONAS),
    *_of("agents/a-{}.yaml", AGENTS),
    *_of("personas/tests/{}.yaml", TESTS),
    *_of("graphs/g-{}.py", GRAPHS),
    *UNREAD,
]
"""Files of a project, each under a name of its own."""

WRONG_SETTINGS = {row[0]: Wrong("chimera.yaml", *row[1:]) for row in SETTINGS}
"""Files `chimera.yaml`, of which a project has one."""
