"""What is worth knowing of an experiment before it runs: what cannot matter, misleads, or is dear.
Knows nothing about pages; every rule is a function of plain data, and each advice names its setting."""

from workbench.planning.advice.types import Advice

__all__ = ["Advice"]
