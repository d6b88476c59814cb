"""Says what is worth knowing about an experiment before it runs: what is idle, misleads or is expensive.
Knows nothing about pages. Every rule is a function of plain data, and each advice names its setting."""

from workbench.planning.advice.types import Advice

__all__ = ["Advice"]
