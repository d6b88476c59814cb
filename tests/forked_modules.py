"""Loads what `python -m workbench run` and others load sooner or later, before processes are forked.
Knows nothing about those processes."""

import gc

gc.disable()
import bm25s  # noqa: E402, F401
import onnxruntime  # noqa: E402, F401
import openai  # noqa: E402, F401
import pytest  # noqa: E402, F401
import scipy.special  # noqa: E402, F401
import tokenizers  # noqa: E402, F401

import workbench.api  # noqa: E402, F401
import workbench.cli  # noqa: E402, F401
import workbench.foreground  # noqa: E402, F401
import workbench.worker.process  # noqa: E402, F401
from workbench.store.schema import all_tables  # noqa: E402

all_tables()
gc.freeze()  # so that no process copies it by looking through it
