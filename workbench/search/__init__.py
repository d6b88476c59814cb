"""Search strategies: which configuration is asked which questions next, from the evidence so far.
Knows nothing about models, the store or how an answer comes about: numbers in, steps out."""
