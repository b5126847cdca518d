# `make demo` and `make test` need Python 3.11 or newer, pip and make; the environment in .venv is made on the way.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
READY := $(VENV)/.ready
BIN := $(VENV)/bin
# The newest supported Python that runs here; `make PYTHON=/path/to/python demo` names another.
FIND := for name in python3.13 python3.12 python3.11 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done
# One more than there are processors: many a test waits for a terminal or another process.
WORKERS ?= $$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))
SCALE ?= small
PYTEST ?= -n $(WORKERS) --dist worksteal

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check bench soak picture messages readme

help:
	@echo 'make demo     open the console on generated data; no token, leaves nothing behind'
	@echo 'make test     run the tests'
	@echo 'make check    ruff, mypy, import contracts'
	@echo 'make bench    measure against floors taken beside it; SCALE=full for a million conversations'
	@echo 'make soak     2,000 replies by 6 processes that are killed 60 times and more; 100,000 updates, 50 kills;'
	@echo '              8 consoles at one database; a morning of drafts with 150 kills'
	@echo 'make messages extract new strings into the catalogues of screens/locale, and compile them'
	@echo 'make picture  draw tests/golden/inbox.svg again, and the key table of the README'

demo: $(READY)
	@$(BIN)/frontdesk demo

test: $(READY)
	@$(BIN)/python -m pytest $(PYTEST)

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY)
	@$(BIN)/python -m tests.bench --scale $(SCALE)

soak: $(READY)
	@$(BIN)/python -m tests.harness
	@$(BIN)/python -m tests.harness.receiving
	@$(BIN)/python -m tests.harness.recovery
	@$(BIN)/python -m tests.harness.neighbours
	@$(BIN)/python -m tests.harness.morning

picture: $(READY)
	@$(BIN)/python -m tests.golden.picture
	@$(BIN)/python -m tests.console.readme_keys

messages: $(READY)
	@$(BIN)/python -m tests.screens.catalogue

$(READY): pyproject.toml constraints.txt
	@python="$(PYTHON)"; test -n "$$python" || python=$$($(FIND)); \
	if test -z "$$python"; then \
		echo 'Frontdesk needs Python 3.11 or newer: install it, or name it: make PYTHON=/path/to/python' >&2; exit 1; fi; \
	if ! "$(BIN)/python" -m pip --version >/dev/null 2>&1; then \
		echo "Making the environment in $(VENV) with $$python (once; about a minute) ..." >&2; \
		if ! said=$$("$$python" -m venv --clear "$(VENV)" 2>&1); then \
			rm -rf "$(VENV)"; \
			case "$$said" in \
			*ensurepip*|*"No module named venv"*) \
				echo "Python's venv module is missing: install the package python3-venv, then say make again" >&2;; \
			*) echo "No environment could be made in $(VENV): $$(echo "$$said" | tail -n 1)" >&2;; \
			esac; exit 1; fi; fi
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt hatchling editables
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@$(BIN)/python -m compileall -q console screens models
	@touch $@
