"""The measure that benchmarks of scores share; it lives with the product, whose judge-check uses it too.
Knows nothing about what is told apart."""

from __future__ import annotations

from workbench.analysis.auroc import auroc, auroc_interval

__all__ = ["auroc", "auroc_interval"]
