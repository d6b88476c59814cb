"""The catalogue of parts: splitters, retrievers, rerankers, query transforms, search strategies, scores.
Knows nothing about how a part works: its entry names the function, which is imported when it is used."""
