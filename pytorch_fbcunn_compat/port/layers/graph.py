"""Layer table: nngraph's gModule."""

from __future__ import annotations
