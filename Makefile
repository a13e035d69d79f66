# Plait's commands. `make help` lists them.
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := $(UV) run --frozen
# Each process starts servers of its own, and waits for them more than it computes: one more than there are cores, to 5.
PROCESSES := $(shell python3 -c 'import os; print(min((os.cpu_count() or 1) + 1, 5))')
# In the order of the files, the slow ones come first.
SIDE_BY_SIDE := -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

# Tests start hundreds of processes, and to compile every module for each of them takes longer than what they do.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test test-all test-production lint types histories bench bench-data docs

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

.tools/bin/uv:
	@echo "uv is not installed: fetching it into .tools"
	@python3 -m pip install --quiet --root-user-action=ignore --target .tools uv

setup: $(filter .tools/bin/uv,$(UV)) ## Install everything from the lock
	@test -d .venv || echo "installing the locked packages into .venv"
	@$(UV) sync --frozen $$(test -d .venv && echo --quiet)

demo: setup ## Run the example invoice-approval end to end
	@$(RUN) plait demo $(ARGS)

dev: setup ## Run Plait on this machine: Postgres, Temporal, worker, API
	@$(RUN) plait dev $(ARGS)

test: setup ## Run all tests against real Temporal and real Postgres, started by the tests
	@$(RUN) pytest $(SIDE_BY_SIDE) $(ARGS)

test-all: setup ## Run every test: the long fault matrix and the production shape too
	@$(RUN) pytest -m "" --hypothesis-profile=exploring $(ARGS)

test-production: setup ## Run the production shape without Docker: PostgreSQL 15, Temporal on it, two APIs, three workers
	@$(RUN) pytest -m production tests/production $(ARGS)

lint: setup ## Check style, file length and the import contracts
	@$(RUN) ruff check . && $(RUN) ruff format --check . && $(RUN) lint-imports
	@git ls-files '*.py' '*.sql' | xargs wc -l | awk '$$1 > 350 && $$2 != "total" {print $$2 ": " $$1 " lines; split what is over 350"; bad = 1} END {exit bad}'

histories: setup ## Hold the interpreter against the stored histories, and record those that are missing
	@$(RUN) pytest tests/replay/test_histories.py $(ARGS)
	@PLAIT_KEEP_HISTORIES=1 $(RUN) pytest tests/integration/shell $(ARGS)
	@$(RUN) python -m tests.support.fingerprint

types: setup ## Check types in source and tests
	@$(RUN) basedpyright

bench: setup ## Measure against hand-written Temporal workflows
	@$(RUN) python -m benchmarks $(ARGS)

bench-data: setup ## Make a database of a million runs for `python -m benchmarks.lists`
	@$(RUN) python -m benchmarks.data $(ARGS)

docs: setup ## Build the documentation into site/
	@$(RUN) python -m docs.generate
	@$(RUN) zensical build --clean --strict
	@rm -f site/*.py
