"""Trains a small model that tells whether evidence entails a claim. Run `python -m tools.entailment --help`.
Knows nothing about answers and scores; what the model is worth: docs/entailment.md."""
