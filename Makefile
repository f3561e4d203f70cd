# make run: the app on sample data. make test: everything. Both make .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Servers, commands and workers start by the dozen: without bytecode on the disk each compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test types kernels lint messages reference screenshots pictures clean

run: $(VENV)/.runtime
	$(BIN)/streamlit run app.py

# Three workers on two cores: the one that drives the browser waits half of the time. Matrices are small: a second thread
# for them only waits for the first.
test: export OPENBLAS_NUM_THREADS := 1
test: $(VENV)/.development
	sh .ci/chromium.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --jobs=2 types kernels $(VENV)/.rewritten
	$(BIN)/python -m pytest -n 3 $(PYTEST)

types: $(VENV)/.development
	$(BIN)/mypy

# Compile the kernels once: workers that begin together would each compile them.
kernels: $(VENV)/.development
	$(BIN)/python -c "from omnidash.journeys.warm import warm; warm()"

# Rewrite the assertions of the tests once, for the same reason; what does not load, the run itself says.
$(VENV)/.rewritten: $(wildcard tests/*.py tests/*/*.py) | $(VENV)/.development
	-$(BIN)/python -m pytest --collect-only >/dev/null
	touch $@

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Take new texts over into the translation catalogue (unused ones are dropped).
messages: $(VENV)/.development
	$(BIN)/python -m tests.messages

# docs/metrics.md, from the registry of metrics.
reference: $(VENV)/.development
	$(BIN)/python -m tests.reference

# The pictures of README and guides, from the running app.
pictures: $(VENV)/.development
	$(BIN)/python -m tests.screenshots --docs

# Every page in both languages, both themes and three widths, into screenshots/ (not committed), to be looked at.
screenshots: $(VENV)/.development
	$(BIN)/python -m tests.screenshots

$(VENV)/.runtime: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m omnidash demo >/dev/null  # build the sample and compile the kernels, as part of installing
	touch $@

$(VENV)/.development: requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
