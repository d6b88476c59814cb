"""Runs a sweep in context-grid, another tool, inside an environment of its own, and says what it picked.
Knows nothing about this project: it imports context-grid alone, and speaks JSON.

    PYTHON context_grid_sweep.py demo FOLDER     prints the documents and questions of its demo
    PYTHON context_grid_sweep.py sweep           reads a job, prints seconds, pick and passages
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def demo(folder: str) -> dict[str, Any]:
    sys.path.insert(0, folder)
    import lab_demo

    rows = [
        {"id": id_, "question": question, "evidence": [[document, quote]]}
        for id_, question, document, quote, _ in lab_demo.ALL_QUESTIONS
    ]
    return {"documents": lab_demo.DOCUMENTS, "questions": rows}


def sweep(job: dict[str, Any]) -> dict[str, Any]:
    """job: documents, questions to choose by, `held_out` ones to ask the pick, the axes, the number of
    passages. Passages are (document, start, end), best first."""
    import contextgrid as cg
    from contextgrid.core.documents import MediaType
    from contextgrid.grid import Runner, matrix
    from contextgrid.pipeline import build

    corpus = cg.Corpus.from_texts(job["documents"], media_type=MediaType.MARKDOWN, name="documents")
    items = tuple(
        cg.EvalItem(
            id=row["id"],
            question=row["question"],
            anchors=tuple(cg.GoldAnchor(source_id=name, quote=quote) for name, quote in row["evidence"]),
        )
        for row in job["questions"]
    )
    evalset = cg.EvalSet(id="questions", items=items, source="people")
    seconds = []
    for _ in range(job["rounds"]):
        started = time.process_time()
        results = Runner(corpus=corpus, headline=job["headline"]).run(
            matrix(**job["axes"]), evalset, mode="factorial"
        )
        seconds.append(time.process_time() - started)
    best = results.best(job["headline"])
    pipeline = build(best.config, corpus)
    chunks = pipeline.chunk_by_id()
    passages = {}
    for row in job["held_out"]:
        found = [chunks[id_] for id_ in pipeline.search(row["question"], job["passages"])]
        passages[row["id"]] = [(c.doc_id, c.char_start, c.char_end) for c in found]
    same = {
        document.id: document.text == job["documents"][document.id] for document in pipeline.parses.values()
    }
    return {
        "seconds": seconds,
        "configurations": len(results.runs),
        "pick": best.label,
        "value": best.metric(job["headline"]),
        "passages": passages,
        "texts_differ": [name for name, is_same in same.items() if not is_same],
    }


if __name__ == "__main__":
    answer = demo(sys.argv[2]) if sys.argv[1] == "demo" else sweep(json.load(sys.stdin))
    json.dump(answer, sys.stdout)
