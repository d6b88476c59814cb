"""Improves prompts: a model reads answers to train questions with their scores and writes a better prompt.
Knows nothing about experiments, trials or pages: it is given questions, and callables that ask."""
