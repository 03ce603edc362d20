PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
FUZZ := fuzz
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= any json jsonl csv markdown console yaml zip tar gzip sqlite

.PHONY: help demo docs test lint types unit fuzz soak bench wheel clean

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/base: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "chimera needs Python 3.11 or newer; say make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/dev: $(VENV)/base dev-requirements.txt docs/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r dev-requirements.txt
	@touch $@

demo: $(VENV)/base  ## Make the environment, run technical-report on examples/, print where the report is
	@$(BIN)/chimera run technical-report examples/llm-bench --out $(DEMO)

docs: $(VENV)/dev  ## Build the documentation into site/, with every link checked; open site/index.html
	$(BIN)/python -m sphinx -W --keep-going -q docs site

test: lint types unit  ## Make the environment; run lint, types and tests

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

unit: $(VENV)/dev
	$(BIN)/pytest -q -n auto --dist loadfile

fuzz: $(VENV)/dev  ## Fuzz the collector, FUZZ_SECONDS for each of FUZZ_TARGETS; what broke it is in fuzz/crashes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/fuzz/requirements.txt
	rm -rf $(FUZZ)/crashes
	for target in $(FUZZ_TARGETS); do \
	  $(BIN)/python -m tests.fuzz.fuzz_collect $$target $(FUZZ_SECONDS) $(FUZZ)/crashes || exit 1; \
	done
	@test -z "$$(ls -A $(FUZZ)/crashes)" || { ls $(FUZZ)/crashes; exit 1; }

soak: $(VENV)/dev  ## Run SOAK_RUNS runs in one process (5,000), crowds of calls and runs, and 500 seeded runs with faults
	$(BIN)/python -m tests.soak.leaks
	$(BIN)/python -m tests.models.random_faults 500

bench: $(VENV)/dev  ## Measure start-up, calls against the ollama client and hand-written LangGraph, a whole report, a graph of ten nodes, reading against pandas, and the verifier on injected errors
	$(BIN)/python tests/bench/startup.py
	$(BIN)/python tests/bench/overhead.py
	$(BIN)/python tests/bench/graph.py
	$(BIN)/python -m tests.bench.verifier
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r tests/bench/requirements.txt
	$(BIN)/python tests/bench/ingest.py
	$(BIN)/python -m tests.bench.calls

wheel: $(VENV)/dev  ## Build the wheel and the source distribution into dist/
	rm -rf dist
	$(BIN)/python -m build --quiet

clean:  ## Remove what make made
	rm -rf $(VENV) dist site $(DEMO) $(FUZZ) .mypy_cache .ruff_cache .pytest_cache
