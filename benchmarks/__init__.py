"""One script per claim; `python -m benchmarks` lists them."""
