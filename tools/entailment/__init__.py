"""Trains a small model that tells whether evidence entails a claim. Run `python -m tools.entailment --help`.
Knows nothing about answers; the product only reads the ONNX file that `export` writes."""
