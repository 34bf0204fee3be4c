# Two commands for a newcomer: `make demo` and `make test`. Each sets up all that it needs.

VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check unit reports setup-test clean

demo: $(VENV)/demo.stamp  ## run the product once on an embedded PostgreSQL; needs no root
	$(BIN)/indexadvisor demo --output out/demo

test: setup-test check  ## set up everything, run all checks and all tests
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadscope -q

check: $(VENV)/test.stamp  ## lint, types, import layers
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/test.stamp  ## the tests that need no server and no browser
	$(BIN)/pytest -q tests/unit indexadvisor

reports: $(VENV)/test.stamp  ## make the samples in reports/ and README.md's excerpt again from workloads/
	$(BIN)/python reports/make.py

setup-test: $(VENV)/test.stamp
	sh .ci/system-packages

$(VENV)/demo.stamp: pyproject.toml .ci/virtualenv
	sh .ci/virtualenv $(VENV) '.[lab]'
	touch $@

$(VENV)/test.stamp: pyproject.toml .ci/virtualenv
	sh .ci/virtualenv $(VENV) '.[dev]'
	touch $@ $(VENV)/demo.stamp

clean:
	rm -rf $(VENV) out
