"""Runs classes of LlamaIndex and functions of a user: builds, guards and places what they return.
Knows nothing about experiments or stages. llama_index is imported in functions only: it is slow."""
