# Two commands for newcomers: `make demo` and `make test`. `make help` lists the others.
#
# Everything is installed into .venv of this checkout: the project with its locked dependencies,
# and PDM in an environment of its own (.venv/pdm), so that the two never disturb each other.

# The extra pins what PDM itself depends on: the newest releases do not always fit together.
PDM_REQUIREMENT := pdm[locked]~=2.29.3

VENV := .venv
BIN := $(VENV)/bin
PDM := $(VENV)/pdm/bin/pdm
ARGS ?=
# Test files that run side by side; the long ones come first.
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); test "$$n" -le 4 || n=4; echo "$$n")

# The first Python 3.11 on the PATH, found by running it: version managers put a shim there for
# every version they know of, installed or not. Override with: make PYTHON=/path/to/python3.11
PYTHON = $(shell for python in python3.11 python3 python; do \
	if "$$python" $(IS_311) 2>/dev/null; then echo "$$python"; break; fi; done)
IS_311 := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'

# PDM installs into the active environment: make that ours, whatever the caller has active.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PDM_IGNORE_SAVED_PYTHON := 1
export PDM_CHECK_UPDATE := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PDM_IGNORE_ACTIVE_VENV PDM_PYTHON PYTHONHOME PYTHONPATH

# Without a home to write to, caches and the embedded database stay in the environment.
ifneq ($(shell test -n "$$HOME" && test -w "$$HOME" && echo writable),writable)
export HOME := $(CURDIR)/$(VENV)/home
endif

# The scripts of an environment carry its absolute path: in a copied checkout they would silently
# run the code of the original. An environment that does not know its place is left alone.
LOCATION := $(shell cat $(VENV)/.location 2>/dev/null)
ifneq ($(LOCATION),)
ifneq ($(LOCATION),$(CURDIR))
MOVED := moved
endif
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test coverage lint types format distributed transformers clean moved

help: ## List the commands
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{printf "make %-14s%s\n", $$1, $$2}'

demo: $(VENV)/.synced-libs ## Install, then go the whole way from essays to a registered grader
	@$(BIN)/train-essay-grader demo $(ARGS)

test: $(VENV)/.synced-test ## Install and run the tests; make test ARGS="-k grades -x"
	$(BIN)/pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

coverage: $(VENV)/.synced-test ## Run the tests and require the documented coverage
	$(BIN)/pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder --cov $(ARGS)

lint: $(VENV)/.synced-lint ## Check style, the lock file, the Dockerfile and the compose file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(PDM) lock --check
	$(BIN)/hadolint Dockerfile.train
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yaml

types: $(VENV)/.synced-lint ## Check types, strictly
	$(BIN)/mypy

format: $(VENV)/.synced-lint ## Format, and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

distributed: $(VENV)/.synced-libs ## Add Ray, for extraction on several machines; the lock leaves it out
	$(BIN)/python -m pip install "huleedu-ml-training[distributed]"

transformers: $(VENV)/.synced-libs ## Add torch, transformers and peft, which the lock leaves out
	$(BIN)/python -m pip install "huleedu-ml-training[transformers]"

clean: ## Remove the environment and all caches; what is in your home stays
	rm -rf $(VENV) .pdm-python .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .coverage .coverage.* coverage.xml htmlcov dist build libs/*/dist libs/*/.pdm-build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Type-checking includes the conformance suites, which import pytest.
$(VENV)/.synced-lint: $(VENV)/.synced-test

$(VENV)/.synced-%: pdm.lock pyproject.toml $(wildcard libs/*/pyproject.toml) $(VENV)/.pdm
	$(PDM) sync $(patsubst %,--group %,$(sort libs $*))
	@touch $@

$(VENV)/.pdm: $(VENV)/.location
	@echo "Installing PDM into $(VENV)/pdm"
	@rm -rf $(VENV)/pdm
	@$(BIN)/python -m venv $(VENV)/pdm
	@$(VENV)/pdm/bin/python -m pip install --quiet "$(PDM_REQUIREMENT)"
	@touch $@

$(VENV)/.location: $(MOVED)
	@$(if $(MOVED),rm -rf $(VENV))
	@python="$(PYTHON)"; test -x $(BIN)/python || \
		{ "$${python:-false}" $(IS_311) && "$$python" -m venv $(VENV); } || \
		{ echo "This project needs Python 3.11 with its venv module." \
		"Install it, or say where it is: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(BIN)/python $(IS_311) || \
		{ echo "The environment in $(VENV) is not of Python 3.11: make clean" >&2; exit 1; }
	@printf '%s\n' "$(CURDIR)" > $@
