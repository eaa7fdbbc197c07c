# On a fresh machine two commands do everything: `make run` and `make test`.

PYTHON ?= python3
VENV   := .venv
READY  := $(VENV)/ready
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test check postgres bench bench-store big-imports pictures soak load fuzz clients api-fuzz mutants minimum clean system server

help:  ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(READY)  ## set up what is missing and open the window on sample data (without a display: draw its pages)
	@.ci/open-window

test: check server  ## check, then every test: the engine's, which cover it whole, and the others
	$(BIN)/python -m pytest tests/engine --quiet --numprocesses auto --dist loadfile --cov=calm_desktop.engine --cov-branch --cov-fail-under=100
	$(BIN)/python -m pytest --ignore=tests/engine --numprocesses auto --dist loadfile --no-loadscope-reorder --durations=15

check: $(READY)  ## style, types and the walls between the floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_architecture.py

postgres: $(READY) server  ## the tests of services and stories on a PostgreSQL server, then on one that refuses each commit once
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile tests/store/test_postgresql.py
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --on-postgresql=plain tests/services tests/stories
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --on-postgresql=contended tests/services tests/stories

bench: $(READY) server  ## measure the speed figures of the README
	$(BIN)/python -m tests.benchmarks

N    ?= 100000
FILE ?= build/bench-$(N).db
bench-store: $(READY)  ## write a store of N actions (100,000) over five years to FILE
	$(BIN)/python -m tests.benchmarks.write_store $(FILE) $(N)

big-imports: $(READY)  ## import every real file whole, by command line and by window (the tests import a part of the long ones)
	CALM_BIG_IMPORTS=1 $(BIN)/python -m pytest --durations=0 tests/formats/test_real_files.py tests/cli/test_real_files.py tests/ui/test_wizard_real_files.py

pictures: $(READY)  ## draw the pictures of the README anew
	$(BIN)/python -m tests.readme_pictures

soak: $(READY)  ## random lives of a store and killed processes, for long
	CALM_LIVES=2000 CALM_KILLS=50 $(BIN)/python -m pytest tests/stories/test_random_lives.py tests/stories/test_killed.py

FILES ?= 20000
fuzz: $(READY)  ## read FILES broken files (20,000), and some made to fill the memory: never a traceback
	$(BIN)/python -m tests.fuzz $(FILES)

load: $(READY)  ## two hundred clients at the REST door for a minute, and the door killed thirty times
	CALM_CLIENTS=200 CALM_SECONDS=60 CALM_KILLS=30 $(BIN)/python -m pytest tests/stories/test_served_under_load.py

clients:  ## install clients of other makers, with which some tests talk to the REST door (needs npm)
	@mkdir -p build/clients
	@# Its newest needs a newer Node.js than most have; what it stands on is held where that is not so.
	@echo '{"private": true, "overrides": {"undici": "6.21.3"}}' > build/clients/package.json
	npm install --prefix build/clients jsforce@3 @salesforce/cli@2.146.3

QUERIES  ?= 5000
REQUESTS ?= 100
api-fuzz: $(READY)  ## ask the REST door QUERIES hostile queries (5,000) and REQUESTS of each call (100): never a failure
	$(BIN)/python -m tests.api.fuzz $(QUERIES) $(REQUESTS)

mutants: $(READY)  ## break the rules of the engine one by one: each must make a test fail
	$(BIN)/python -m tests.mutations

minimum:  ## every test with the oldest libraries that pyproject.toml allows
	.ci/minimum $(PYTHON)

clean:  ## remove what was set up, built and measured
	rm -rf $(VENV) build dist *.egg-info .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml .ci/system-packages | system
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

system:
	@.ci/system-packages $(PYTHON)

server:
	@.ci/test-server
