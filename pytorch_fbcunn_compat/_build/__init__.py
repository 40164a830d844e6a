"""Compiles the native libraries with plain compiler commands that ninja keeps incremental.

========================  =================  =====================================================
library                   built from         valid for
========================  =================  =====================================================
``libfbcunn_host.so``     ``csrc/host``      any LuaJIT 2.1, any torch
``libfbcunn.so``          ``csrc/ops``       torch >= 2.10, any Python (LibTorch stable ABI)
``libfbcunn_cuda.so``     ``csrc/cuda``      CUDA torch >= 2.10 (LibTorch stable ABI)
``libfbcunn_lua.so``      ``csrc/bridge``    one torch minor version (ATen C++ ABI)
``_fbcunn_handles``       ``csrc/bridge/python``  one torch minor version and one Python version
========================  =================  =====================================================

``python -m pytorch_fbcunn_compat._build`` builds all of them; with ``--sanitize`` it builds what runs on the CPU with
checks of memory and undefined behaviour into a folder of its own, which ``$FBCUNN_LIBRARIES`` then names.
"""

from .plan import Plan, Target, bridge_plan, full_plan, sanitized_plan
from .runner import BuildError, run

__all__ = ["BuildError", "Plan", "Target", "bridge_plan", "full_plan", "run", "sanitized_plan"]
