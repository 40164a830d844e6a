# make setup | demo | test | lint | bench | fuzz | asan | soak | clean.  Everything is installed into .venv; nothing else is written.
PYTHON ?= python3.11
TORCH ?= torch==2.13.0
# PyPI's torch for Linux brings CUDA with it, several GB; where there is no NVIDIA GPU the CPU build is taken.
TORCH_INDEX ?= $(shell command -v nvidia-smi >/dev/null || echo --extra-index-url https://download.pytorch.org/whl/cpu)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup
SOURCES := $(shell find csrc -name '*.cpp' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh')
PYTEST_ARGS ?=
# Caches of matplotlib and torch.compile stay inside the checkout too.
export MPLCONFIGDIR := $(CURDIR)/$(VENV)/cache/matplotlib
export TORCHINDUCTOR_CACHE_DIR := $(CURDIR)/$(VENV)/cache/inductor
FUZZ_SECONDS ?= 300
SOAK_SECONDS ?= 600

.PHONY: setup demo test lint format bench fuzz asan soak clean

setup: $(STAMP)

# An installed (say, CUDA) torch is kept: the environment then sees the packages of the Python it is made from, which
# --system-site-packages alone does not give where that Python is a virtual environment itself.
$(BIN)/python:
	@if $(PYTHON) -c 'import torch' 2>/dev/null; then \
	  echo "setup: using the torch of $(PYTHON)"; $(PYTHON) -m venv --system-site-packages $(VENV); \
	  $(PYTHON) -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])' > \
	    "$$($@ -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/packages_of_the_first_python.pth"; \
	else \
	  $(PYTHON) -m venv $(VENV); \
	fi

$(VENV)/.packages: pyproject.toml | $(BIN)/python
	@echo "setup: installing packages into $(VENV)"
	@$(BIN)/python -c 'import torch' 2>/dev/null || \
	  $(BIN)/python -m pip install -q --disable-pip-version-check $(TORCH_INDEX) "$(TORCH)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check "setuptools>=77" wheel "ninja>=1.11"
	@touch $@

$(STAMP): $(VENV)/.packages setup.py $(SOURCES)
	@echo "setup: compiling the native libraries (about a minute the first time)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation -e '.[dev,image,data]'
	@touch $@

demo: setup
	@$(BIN)/python legacy_examples/digits/demo.py

test: setup
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@find csrc -name '*.cpp' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh' | xargs $(BIN)/clang-format --dry-run -Werror
	@command -v luacheck >/dev/null || { echo "lint: luacheck is not installed (Debian: apt-get install lua-check; else: luarocks install luacheck)"; exit 1; }
	@luacheck -q lua legacy_examples

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@find csrc -name '*.cpp' -o -name '*.h' -o -name '*.cu' -o -name '*.cuh' | xargs $(BIN)/clang-format -i

bench: setup
	@$(BIN)/python -m benchmarks

# Attacks the .t7 reader; inputs that reach new code are kept in build/fuzz, those that break it as build/crash-*.
fuzz: setup
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check 'atheris>=2.3'
	@$(BIN)/python tests/hostile/fuzz_t7.py -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=4096 -max_len=4096 \
	  -artifact_prefix=build/ build/fuzz

# The tests of the bridge and of torch, the native code built to stop at the first wrong use of memory. What Python and
# LibTorch keep until the end would drown leaks; tests/lua/torch/test_leaks.py looks for those.
ASAN_TESTS ?= tests/bridge tests/lua/torch
asan: setup
	@$(BIN)/python -m pytorch_fbcunn_compat._build --sanitize
	@FBCUNN_LIBRARIES=$(CURDIR)/build/sanitized OMP_NUM_THREADS=1 \
	  LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so) $$(gcc -print-file-name=libstdc++.so.6)" \
	  ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=32:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	  $(BIN)/python -m pytest -q -m "not timing" $(PYTEST_ARGS) $(ASAN_TESTS)

# Random operations; fails when memory grows or the process dies.
soak: setup
	@$(BIN)/python benchmarks/soak.py --seconds $(SOAK_SECONDS)

clean:
	rm -rf $(VENV) build pytorch_fbcunn_compat/_lib demo_output *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
