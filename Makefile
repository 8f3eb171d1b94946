# Everything a newcomer needs: `make demo` and `make test` set up what they use.

# The first of these that is 3.11 or newer and can make an environment; or the one you name: make PYTHON=...
PYTHONS := python3.11 python3.12 python3.13 python3 python3.14 python
CAN := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in $(PYTHONS); do "$$name" -c '$(CAN)' >/dev/null 2>&1 && echo "$$name" && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SHELL := /bin/bash

.PHONY: help python setup demo profile test check format docs lock examples clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

python: ## say which Python is used to set up
	@"$(PYTHON)" -c '$(CAN)' 2>/dev/null || { echo "$(if $(PYTHON),$(PYTHON) is not,there is no) Python 3.11 or newer \
	that has venv and ensurepip; install one (python3.11 and python3.11-venv of Debian), or name it: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; print(sys.executable, *sys.version_info[:2])'

$(STAMP): requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory python
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

setup: $(STAMP) ## create .venv, install the locked packages and the embedded models
	$(BIN)/podcast-dspy models install

demo: setup ## ingest four pairs, train, and make an episode of an unseen paper (5 to 10 minutes)
	$(BIN)/podcast-dspy demo --output demo_output

profile: setup ## learn the profile that comes along anew, from the example corpus
	rm -rf build/profile
	$(BIN)/podcast-dspy demo --output build/profile
	cp build/profile/podcast_profile_v1.json podcast_dspy/profiles/default_profile.json

test: setup ## run every test, offline
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(STAMP) ## format, lint, types, layers, generated docs, dead code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m podcast_dspy.cli.reference --check
	$(BIN)/python -m pytest -q tests/test_dead_code.py

format: $(STAMP) ## format the code and sort its imports
	$(BIN)/ruff check --fix-only --select I .
	$(BIN)/ruff format .

docs: $(STAMP) ## write the command reference and the map of modules anew
	$(BIN)/python -m podcast_dspy.cli.reference

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra local --extra dev --generate-hashes --no-emit-index-url --no-header \
		--universal --python-version 3.11 --output-file requirements.lock

examples: setup ## rebuild the example corpus from its sources
	$(BIN)/python examples/build.py

clean: ## remove what was built, not the models
	rm -rf $(VENV) build dist *.egg-info demo_output podcast_training
