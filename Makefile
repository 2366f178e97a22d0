# Everything is in scripts/bootstrap.py, which runs on Windows without make too.
PYTHON ?= python3

.PHONY: setup demo test test-fast test-windows lint
setup demo test test-fast test-windows lint:
	@$(PYTHON) scripts/bootstrap.py $@
