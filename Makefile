# One virtual environment, made once; everything else runs in it. `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-all check bench clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

# One thread for each worker: with more, OpenMP and BLAS spin against one another (docs/encoders.md).
export OMP_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= passive
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:
	@echo 'make demo      see it work: real people, a few minutes the first time (ARGS="--port 9000 --open")'
	@echo 'make check     format, lint, types, layers and every example in the documentation'
	@echo 'make test      the suite (ARGS="-k fold" for a part)'
	@echo 'make test-all  with the slow ones, the page in Chromium and a real language model among them'
	@echo 'make bench     list the benchmarks; make bench RUN=log runs one'
	@echo 'make clean     remove the environment and every cache'
	@echo 'PYTHON=/path/to/python3.12 chooses the Python the environment is made with.'

# A Python of at least 3.11: the one named, or the first that is found.
define FIND_PYTHON
for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$candidate"; exit 0; fi; \
done; \
echo 'make: Penchant needs Python 3.11 or later, and $(if $(PYTHON),$(PYTHON) is not one,none was found); install it, or run: make PYTHON=/path/to/python3' >&2; \
exit 1
endef

$(STAMP): pyproject.toml constraints.txt
	@python=$$($(FIND_PYTHON)); \
	if [[ -x $(BIN)/python ]] && ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then rm -rf $(VENV); fi; \
	if [[ ! -x $(BIN)/python ]]; then \
	  echo "Making $(VENV) with $$("$$python" --version)"; \
	  "$$python" -m venv $(VENV) || { rm -rf $(VENV); echo 'make: python -m venv failed; on Debian and Ubuntu install python3-venv' >&2; exit 1; }; \
	fi; \
	echo 'Installing Penchant and its tools, about a minute'; \
	log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	$(BIN)/python -m pip install --no-input -c constraints.txt -e '.[dev,train,compare,llm]' >"$$log" 2>&1 \
	  || { cat "$$log" >&2; echo 'make: pip could not install; see above' >&2; exit 1; }; \
	touch $@

demo: $(STAMP)
	@$(BIN)/penchant demo $(ARGS)

test: $(STAMP)
	@$(BIN)/python -m pytest -n 2 $(ARGS)

test-all: $(STAMP)
	@$(BIN)/python -m pip install --no-input -q -c constraints.txt -e '.[browser]'
	@$(BIN)/python -m pytest -n 2 -m '' $(ARGS)

check: $(STAMP)
	@$(BIN)/ruff format --check --quiet . || { echo 'make: run $(BIN)/ruff format' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@log=$$($(BIN)/lint-imports --no-logo) || { echo "$$log" >&2; exit 1; }
	@$(BIN)/python -m pytest --doctest-modules src
	@here=$$(mktemp -d); trap 'rm -rf "$$here"' EXIT; cd "$$here"; \
	$(CURDIR)/$(BIN)/python -m pytest -c $(CURDIR)/pyproject.toml --doctest-glob='*.md' $(CURDIR)/docs $(wildcard $(CURDIR)/README.md)
	@echo 'All checks passed'

bench: $(STAMP)
ifdef RUN
	@$(BIN)/python bench/$(RUN).py $(ARGS)
else
	@for script in $$(grep -l '__main__' bench/*.py); do printf '  %-16s %s\n' "$$(basename "$$script" .py)" "$$(sed -n '1s/^"""//p' "$$script" | sed 's/"""$$//')"; done
	@echo 'make bench RUN=NAME runs one, with ARGS="..." for its options'
endif

clean:
	@rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
