# The one-command start. Settings (docs/settings.md) pass through the environment: HUBBUB_PORT=9000 make run
PYTHON ?= python3
VENV ?= .venv
WORKERS ?= auto
ARGS ?=
BENCH ?= proof

BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip --quiet

.DEFAULT_GOAL := help
.PHONY: help run demo test check format docs bench lock clean

help: ## List what make can do
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## Start everything on this machine: PostgreSQL, Valkey, API and worker
	@exec $(BIN)/hubbub run

demo: $(VENV)/.run ## Fill the Hubbub that runs (make run) with people and posts
	@exec $(BIN)/hubbub demo $(ARGS)

test: $(VENV)/.dev ## Run all tests (ARGS='tests/run -x' for some, WORKERS=2 for fewer processes)
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(VENV)/.dev ## What a change has to pass: format, lint, types, imports, project rules, tests
	@$(BIN)/ruff format --check src tests
	@$(BIN)/ruff check src tests
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n $(WORKERS)

format: $(VENV)/.dev ## Format the code, and mend what the linter can
	@$(BIN)/ruff check --fix --quiet src tests
	@$(BIN)/ruff format src tests

docs: $(VENV)/.dev ## Write those pages of docs/ that are generated from the code
	@$(BIN)/python -m tests.support.documents

bench: $(VENV)/.dev ## Measure Hubbub beside the baseline (ARGS=--quick for a trial, BENCH=slow_clients for another part)
	@$(BIN)/python -m benchmarks.$(BENCH) $(ARGS)

lock: ## Pin the newest versions of all dependencies, with hashes (needs uv)
	@for name in run dev; do \
		uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-header \
			--no-config --no-emit-index-url --no-emit-find-links \
			--output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done

clean: ## Remove the virtual environment and caches; the data directory stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# The stamps say what the environment holds; it is brought up to date when these files change.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing Hubbub into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing Hubbub and its test tools into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.run $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "Hubbub needs Python 3.11 or newer: install it, or name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Hubbub needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)." \
			"Name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) lacks the module venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
