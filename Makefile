PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo

.PHONY: help demo test lint types unit bench wheel clean

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/base: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "chimera needs Python 3.11 or newer; say make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/dev: $(VENV)/base dev-requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r dev-requirements.txt
	@touch $@

demo: $(VENV)/base  ## Make the environment, run technical-report on examples/, print where the report is
	@$(BIN)/chimera run technical-report examples/llm-bench --out $(DEMO)

test: lint types unit  ## Make the environment; run lint, types and tests

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/mypy

unit: $(VENV)/dev
	$(BIN)/pytest -q

bench: $(VENV)/dev  ## Measure start-up and own overhead against hand-written LangGraph
	$(BIN)/python tests/bench/startup.py
	$(BIN)/python tests/bench/overhead.py

wheel: $(VENV)/dev  ## Build the wheel and the source distribution into dist/
	rm -rf dist
	$(BIN)/python -m build --quiet

clean:  ## Remove what make made
	rm -rf $(VENV) dist $(DEMO) .mypy_cache .ruff_cache .pytest_cache
