# Everything goes through uv; `make install` brings it if the machine has none.
.DEFAULT_GOAL := help
.PHONY: help install up down demo test together alone check bench simulate mutants

SERVICES := people goals feedback reviews calibration outcomes
ALONE := $(SERVICES:%=alone-%)
.PHONY: $(ALONE)

TOOLS := .plumbline/tools
UV := $(shell command -v uv 2>/dev/null || echo $(CURDIR)/$(TOOLS)/bin/uv)
PYTHON ?= python3

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .plumbline/installed ## Install uv if absent, and the workspace with PostgreSQL and Java

.plumbline/installed: uv.lock pyproject.toml | $(UV)
	$(UV) sync --frozen --compile-bytecode
	@mkdir -p .plumbline && touch $@

# In a private environment; where Python came without venv, in a private folder.
$(CURDIR)/$(TOOLS)/bin/uv:
	($(PYTHON) -m venv --clear $(TOOLS) && $(TOOLS)/bin/python -m pip install --quiet uv) \
	|| $(PYTHON) -m pip install --quiet --target $(TOOLS) uv \
	|| { echo "Install uv, or Python's venv or pip, and run this again." >&2; exit 1; }

up: install ## Start the whole stack and leave it running
	$(UV) run --frozen plumbline up --detach

down: install ## Stop the stack that `make up` started
	$(UV) run --frozen plumbline down

demo: install ## Run a whole performance cycle of 50 people and print the report
	$(UV) run --frozen plumbline demo

test: together alone ## Run every test, once, on a real PostgreSQL and a real Kafka

together: install ## Run the tests that are no service's, with everything installed
	$(UV) run --frozen pytest shared deploy tests -n 2 --dist loadfile

alone: install ## Run each service's tests where no other service is installed
	$(MAKE) --jobs=2 --output-sync=target --keep-going $(ALONE)

# An environment of its own for each, which uv fills with links into its cache; one process each, as each imports anew.
$(ALONE): alone-%: install
	UV_PROJECT_ENVIRONMENT=.venvs/$* $(UV) run --frozen --exact --package plumbline-$* --group test \
		pytest services/$*/tests --alone $*

check: install ## Check style, types, imports and the lock
	$(UV) run --frozen ruff check
	$(UV) run --frozen ruff format --check
	$(UV) run --frozen basedpyright
	$(UV) run --frozen lint-imports
	$(UV) lock --check

bench: install ## Measure delivery and write docs/performance.md's numbers
	$(UV) run --frozen python -m benchmarks

simulate: install ## Measure the statistical tests on simulated organizations
	nice $(UV) run --frozen python benchmarks/simulate.py --into docs/statistics.md

mutants: install ## Mutation testing of the domain packages
	PYTHONPATH=benchmarks nice -n 15 $(UV) run --frozen python -m mutation --sample 300 --into docs/testing.md
