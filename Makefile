# The developer's guide: `make` lists what there is to do.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WEB := field/console/web
BIOME := $(WEB)/node_modules/.bin/biome

# What is imported is compiled then, and only that; without compiled files every process that tests
# start would compile all of it anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml hatch_build.py $(wildcard streams/plain/*.rs detectors/native/*.rs detectors/native/*/*.rs)
	$(PYTHON) -m venv $(VENV)
	@mkdir -p build/lock
	@awk '/^[^ #]/ { n++ } { print > ("build/lock/" n % 2 ".txt") }' requirements.lock
	@$(MAKE) --no-print-directory -j 2 packages-0 packages-1
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# The lock names all packages that there are, so that each half of it can be had by itself: pip
# unpacks on one processor.
packages-%:
	$(BIN)/pip install --quiet --no-compile --no-deps --use-pep517 --require-hashes -r build/lock/$*.txt

.PHONY: install
install: $(STAMP)  ## Set up .venv from the lock file

# A third of the packages, and a sixth of the files. Without the stamp, so that whoever wants more
# later gets it by any other target.
.PHONY: install-run
install-run:  ## Set up .venv with what only running it needs, in a fraction of the time
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-compile --no-deps --use-pep517 --require-hashes -r requirements-run.lock
	$(BIN)/pip install --quiet --no-deps -e .

.PHONY: page
page:  ## Fetch the page's third-party parts anew, pinned and checked, and put its modules together
	npm --prefix $(WEB) ci --ignore-scripts --no-audit --no-fund
	npm --prefix $(WEB) run vendor

.PHONY: screens
screens: install  ## Photograph the console's page for docs/screens (needs Chromium)
	$(BIN)/python benchmarks/screens.py --out docs/screens

.PHONY: demo
demo: install  ## Simulate an hour in a city on a real Kafka and look at the alerts; STAY=1 keeps the page up
	$(BIN)/cellhound demo $(if $(STAY),--stay)

.PHONY: ten-minutes
ten-minutes:  ## Every command of docs/start.md in a fresh clone, with its time
	$(PYTHON) -m tools.ten_minutes

# Tests wait more than they compute, so that what only reads the code runs beside them.
.PHONY: check
check: install  ## Everything that CI runs
	@$(MAKE) --no-print-directory -j 2 still test

# What reads the code and runs none of it, two at a time.
.PHONY: still
still: install
	@$(MAKE) --no-print-directory -j 2 lint types imports

.PHONY: lint
lint: install  ## Style (ruff), dependencies (deptry), the page's JavaScript (biome, from npm)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/deptry .
	@[ -x $(BIOME) ] || npm --prefix $(WEB) ci --ignore-scripts --no-audit --no-fund || true
	@if [ -x $(BIOME) ]; then $(BIOME) lint --error-on-warnings; \
	else echo "No biome (npm fetches it): JavaScript is not linted." >&2; fi

.PHONY: types
types: install  ## Types (mypy: strict; of tests and benchmarks where they have any)
	$(BIN)/mypy

.PHONY: imports
imports: install  ## Imports point one way (import-linter)
	$(BIN)/lint-imports

# Tests of one file stay together; all processes share a broker. In the order of collection, so that
# the longest (benchmarks, integration) do not come last, when other processes have nothing left to
# do. How many `auto` is, tests/conftest.py says; quick tests wait for nothing, so that as many as
# processors do. The slowest twenty are printed at the end.
PYTEST = $(BIN)/pytest -n $(or $(N),auto) --dist loadfile --no-loadscope-reorder --durations=20

# All processes of a run begin by reading all tests, in step: what none has compiled before, each of
# them compiles, which in a fresh clone is most of a minute of a processor. So one goes before. AFTER
# is a process that has to end first, as it installs what single tests need.
.PHONY: test
test: install  ## All tests but those of the night and the long ones, on a real Kafka broker where they need one
	@[ -e tests/__pycache__ ] || $(BIN)/pytest --collect-only --quiet >/dev/null 2>&1 || true
	@[ -z "$(AFTER)" ] || tail -f --pid=$(AFTER) /dev/null
	$(PYTEST)

.PHONY: quick
quick: N := $(shell getconf _NPROCESSORS_ONLN)
quick: install  ## Tests that need no broker, no browser and little time: under two minutes
	$(PYTEST) -m "not integration and not slow and not long and not nightly"

.PHONY: one
one: install  ## One test or file, long or not: T=path, path::test or an expression of names
	@[ -n "$(T)" ] || { echo "Which? make one T=tests/test_house.py, or T='lost_area and not zh'"; exit 2; }
	$(BIN)/pytest -m "" --verbose --tb=short $(if $(findstring /,$(T)),"$(T)",-k "$(T)")

.PHONY: long
long: install  ## What must hold, on whole suites and many towns; prints its figures
	$(PYTEST) -m long -rP

.PHONY: nightly
nightly: install  ## The tests that CI leaves to the night, as others show much of the same at less cost
	$(PYTEST) -m "nightly and not long"

.PHONY: dice
dice: install  ## The property tests once more, with many other examples than CI takes
	$(PYTEST) -m "hypothesis and not long" --hypothesis-profile dice

.PHONY: fuzz
fuzz: install  ## Spoilt messages of every topic through all that read them: MESSAGES=100000 SEED=1
	$(BIN)/python -m benchmarks.fuzz --messages $(or $(MESSAGES),100000) --seed $(or $(SEED),1)

# atheris is needed here alone, so that it lies beside the environment and not in it.
ATHERIS := build/atheris
$(ATHERIS): benchmarks/measuring/fuzz/atheris.txt | $(STAMP)
	$(BIN)/pip install --quiet --require-hashes --upgrade --target $@ --requirement $<
	@touch $@

.PHONY: fuzz-guided
fuzz-guided: install $(ATHERIS)  ## The same, chosen by atheris, which looks for branches not yet taken: RUNS=20000 SEED=1
	PYTHONPATH=$(ATHERIS) $(BIN)/python -m benchmarks.fuzz_guided -runs=$(or $(RUNS),20000) -seed=$(or $(SEED),1)

.PHONY: chaos
chaos: install  ## Sixty faults on a drawn city, six a run: alerts must not change; CHAOS_.. as its test says
	CHAOS_FAULTS=$${CHAOS_FAULTS:-60} $(BIN)/pytest -m long -s -q tests/integration/chaos/test_chaos.py

.PHONY: soak
soak: install  ## A drawn week at a hundred times its speed: memory, lag, alerts; SOAK_DAYS=7 SOAK_SPEED=100
	$(BIN)/pytest -m long -s -q tests/integration/chaos/test_soak.py

.PHONY: golden
golden: install  ## Write the golden alerts anew; review the diff like code
	$(BIN)/python tests/golden/rewrite.py

.PHONY: rule
rule: install  ## Lay out the room of a new rule: make rule NAME=two_sims
	@[ -n "$(NAME)" ] || { echo "Which name? make rule NAME=two_sims"; exit 2; }
	@$(BIN)/python tools/new_rule.py $(NAME)

.PHONY: docs
docs: install  ## Write the generated pages anew
	$(BIN)/python -m detectors.rules.catalogue > docs/rules.md
	$(BIN)/python -m detectors.benign.catalogue > docs/explanations.md
	$(BIN)/python -m replay.simulate.drawn.catalogue > docs/drawn.md
	$(BIN)/python -m replay.simulate.calls.catalogue > docs/drawn-calls.md
	$(BIN)/python -m tools.contract.write docs
	$(BIN)/python -m streams.metrics.catalogue docs/monitoring.md
	$(BIN)/python -m tools.release.rights > deploy/compose/rights.sh
	$(BIN)/python -m tools.release.licence_page > docs/licences.md

.PHONY: numbers
numbers: install  ## Write the plans of the world's numbers that ship anew (detectors/numbers/plans/world.csv)
	$(BIN)/python -m tools.number_plans.compile

.PHONY: networks
networks: install  ## Write the names of networks that ship anew; LIST=mcc-mnc-list.json of that npm package
	$(BIN)/python -m tools.networks.compile $(LIST)

.PHONY: wheel
wheel: install  ## Build the wheel into dist/: the same bytes from the same commit
	@rm -f dist/cellhound-*.whl
	$(BIN)/python -m hatchling build --target wheel --directory dist

.PHONY: sbom
sbom: install  ## Write the bill of materials (CycloneDX) of what is shipped into dist/
	@mkdir -p dist
	$(BIN)/python -m tools.release.sbom > dist/cellhound.cdx.json

.PHONY: bench
bench: install  ## Benchmarks: decoding, the register, the whole pipeline
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/register.py
	$(BIN)/python benchmarks/pipeline.py

# Quix Streams, Bytewax and py-spy are needed here alone, so that each lies beside the environment
# and not in it. One that can't be installed is left out of the comparison.
STREAM_PEERS := quix bytewax pyspy
STREAM_STAMPS := $(STREAM_PEERS:%=build/stream/%/.whole)
build/stream/%/.whole: benchmarks/measuring/stream/%.txt | $(STAMP)
	@$(BIN)/pip install --quiet --require-hashes --no-warn-conflicts --upgrade --target $(@D) --requirement $< \
	&& touch $@ || echo "$* can't be installed here: what needs it is left out." >&2

.PHONY: bench-stream
bench-stream: install $(STREAM_STAMPS)  ## Benchmarks: what a report costs beside reading it and beside peers: OPTIONS="--growth"
	$(BIN)/python -m benchmarks.stream $(OPTIONS)

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

BUDGET ?= 200
.PHONY: falsify
falsify: install  ## Look for the drawn worlds on which detection is worst: BUDGET=worlds to try
	$(BIN)/python -m benchmarks.falsify --budget $(BUDGET) --out configs/suites/worst

.PHONY: compare
compare: install  ## Alerts, figures and time beside those of BASE=revision (default: where main was left)
	$(BIN)/python benchmarks/compare.py --work out/compare $(if $(BASE),--base $(BASE))

# The lock of those who only run it holds a part of the other's pins, so that both are made here, the
# smaller one within the larger. `make lock` alone resolves both.
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate

# Pins stay while they are within the ranges; UPGRADE=1 takes the newest of each, whose versions then
# become the lower bounds in pyproject.toml (tests/deploy/test_locks.py names those that differ).
.PHONY: lock
lock:  ## Resolve the dependencies of pyproject.toml into requirements.lock and requirements-run.lock; UPGRADE=1
	$(BIN)/pip install --quiet pip-tools==7.6.2
	$(COMPILE) $(if $(UPGRADE),--upgrade) --extra dev --all-build-deps --output-file requirements.lock pyproject.toml
	@mkdir -p build
	sed -n 's/^\([A-Za-z0-9._-]*==[^ ]*\).*/\1/p' requirements.lock > build/pins.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) --constraint build/pins.txt --output-file requirements-run.lock pyproject.toml
