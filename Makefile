# Everything is in scripts/bootstrap.py, which runs on Windows without make too.
PYTHON ?= python3

.PHONY: setup demo test lint
setup demo test lint:
	@$(PYTHON) scripts/bootstrap.py $@
