"""Parts of an experiment: splitters, retrievers, rerankers, query transforms, search strategies, scores.
Knows nothing about how a part does its work: its entry names the function, imported when it is used."""
