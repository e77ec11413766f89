# make run    everything on this machine, at http://localhost:4000/
# make test   everything that CI runs
# make audit  known vulnerabilities of what is installed, asked of PyPI: needs the network
.DEFAULT_GOAL := help
.PHONY: help run test lint format types unit requirements schema screenshots messages audit

VENV := .venv
BIN := $(VENV)/bin
# Much of a test is waiting.
SIDE_BY_SIDE := -p tests.side_by_side --numprocesses 3 --no-loadscope-reorder

help:
	@sed -n 's/^# //p' Makefile

run: $(VENV)/runtime.installed
	@exec $(BIN)/python manage.py serve

test: $(VENV)/dev.installed
	@bash tests/install_services
	$(MAKE) --no-print-directory lint types unit

lint: $(VENV)/dev.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --check --lint templates

types: $(VENV)/dev.installed
	$(BIN)/mypy

unit: $(VENV)/dev.installed
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m pytest $(SIDE_BY_SIDE)
	$(BIN)/python -m tests.services $(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/classifier

format: $(VENV)/dev.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --quiet --reformat templates

# Every package by its pin. Strict: a package that PyPI does not know is an error, not a pass.
audit: $(VENV)/dev.installed
	for name in requirements requirements-dev; do \
	  $(BIN)/pip-audit --strict --disable-pip --no-deps --progress-spinner off --requirement $$name.txt || exit 1; done

screenshots: $(VENV)/dev.installed
	@bash tests/install_services
	$(BIN)/python -m tests.browser.screenshots docs/screenshots

schema: $(VENV)/dev.installed
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-emit-index-url \
  --no-annotate --custom-compile-command "make requirements"

requirements: $(VENV)/dev.installed
	$(COMPILE) requirements.in -o requirements.txt
	for name in web worker dev; do \
	  $(COMPILE) --constraint requirements.txt requirements-$$name.in -o requirements-$$name.txt || exit 1; done

# A stamp file each, so that nothing is installed twice.
$(VENV)/python.ready:
	@bash tools/make_venv $(VENV)
	@touch $@

$(VENV)/runtime.installed: requirements.txt $(VENV)/python.ready
	@echo "Installing what the service needs (some minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.installed: requirements-dev.txt $(VENV)/runtime.installed
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

messages: $(VENV)/dev.installed
	$(BIN)/python manage.py makemessages --locale de --no-location --no-obsolete --ignore "var/*" --ignore "tests/*"
	$(BIN)/python manage.py compilemessages --locale de --ignore ".venv"
