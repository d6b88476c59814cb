"""Provides a small source in each format, all about the same two documents of an invented boat rental.
Knows nothing about how formats are read."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

DOCUMENTS = {
    "hire.md": "# Boat hire\n\nA rowing boat costs 14 euros an hour. A pedal boat costs 18 euros an hour.\n\n"
    "Children under 12 need an adult on board.\n",
    "weather.md": "# Weather\n\nFrom wind force 6 on, no boat leaves the pier.\n\n"
    "Children under 12 need an adult on board.\n",
}
PRICE = "A rowing boat costs 14 euros an hour."
WIND = "From wind force 6 on, no boat leaves the pier."
CHILDREN = "Children under 12 need an adult on board."


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def as_jsonl(*rows: Any) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_csv(*rows: dict[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_parquet(*rows: dict[str, Any]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), out)
    return out.getvalue()


def as_zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            # Always of the same time: it is part of tests' names, on which all test processes must agree.
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


EARLIER = [user("I would like a rowing boat."), assistant("Gladly.")]
BEIR = {
    "boats/corpus.jsonl": as_jsonl(
        {"_id": "D1", "title": "Boat hire", "text": PRICE}, {"_id": "d1", "title": "Weather", "text": WIND}
    ),
    "boats/queries.jsonl": as_jsonl(
        {"_id": "1", "text": "What does a rowing boat cost?"}, {"_id": "2", "text": "When do no boats leave?"},
        {"_id": "3", "text": "Is there a café?"},
    ),
    "boats/qrels/test.tsv": b"query-id\tcorpus-id\tscore\n1\tD1\t2\n2\td1\t1\n2\tD1\t0\n",
    "boats/qrels/train.tsv": b"query-id\tcorpus-id\tscore\n3\tD1\t1\n",
}  # fmt: skip

# Name → (file name, bytes): each holds the question about the price first.
SAMPLES: dict[str, tuple[str, bytes]] = {
    "workbench": ("questions.jsonl", as_jsonl(
        {"id": "q1", "question": "What does a rowing boat cost?", "answer": "14 euros",
         "evidence": [{"document": "hire.md", "quote": PRICE}], "group": "price", "tags": ["price"]},
        {"question": "Is there a café?", "answerable": False},
    )),
    "ragas": ("testset.csv", as_csv(
        {"user_input": "What does a rowing boat cost?", "reference_contexts": str([f"<1-hop>\n\n{PRICE}"]),
         "reference": "14 euros", "synthesizer_name": "single_hop_specific_query_synthesizer"},
    )),
    "squad": ("dev.json", as_json({"version": "v2.0", "data": [{"title": "Boat_hire", "paragraphs": [
        {"context": PRICE, "qas": [
            {"id": "a1", "question": "What does a rowing boat cost?", "is_impossible": False,
             "answers": [{"text": "14 euros", "answer_start": 21}, {"text": "14 euros", "answer_start": 21}]},
            {"id": "a2", "question": "What does a sailing boat cost?", "is_impossible": True, "answers": [],
             "plausible_answers": [{"text": "14 euros", "answer_start": 21}]},
        ]},
    ]}]})),
    "hotpotqa": ("hotpot.json", as_json([
        {"_id": "h1", "question": "What does a rowing boat cost?", "answer": "14 euros", "type": "bridge", "level": "easy",
         "supporting_facts": [["Boat hire", 0], ["Weather", 1]],
         "context": [["Boat hire", [PRICE, " A pedal boat costs 18 euros."]], ["Weather", ["It rains.", f" {WIND}"]]]},
    ])),
    "natural-questions": ("nq.jsonl", as_jsonl(
        {"example_id": 7, "question_text": "What does a rowing boat cost?", "document_title": "Boat hire",
         "document_text": "<H1> Boat hire </H1> <P> A rowing boat costs 14 euros an hour. </P>",
         "annotations": [{"long_answer": {"start_token": 4, "end_token": 14}, "yes_no_answer": "NONE",
                          "short_answers": [{"start_token": 9, "end_token": 11}]}]},
        {"example_id": 8, "question_text": "Is there a café?", "document_text": "<P> Nothing here. </P>",
         "annotations": [{"long_answer": {"start_token": -1, "end_token": -1}, "short_answers": [],
                          "yes_no_answer": "NONE"}]},
    )),
    "promptfoo": ("promptfooconfig.yaml", f"""
prompts: ['{{{{question}}}}']
tests:
  - description: price
    vars: {{question: What does a rowing boat cost?, context: "{PRICE}"}}
    assert:
      - {{type: contains, value: 14 euros}}
      - {{type: llm-rubric, value: is polite}}
    metadata: {{category: price}}
  - vars: {{question: [Is there a café?, Is there a shop?]}}
    assert: [{{type: is-refusal}}]
""".encode()),
    "deepeval": ("goldens.json", as_json([
        {"input": "What does a rowing boat cost?", "actual_output": None, "expected_output": "14 euros",
         "context": [PRICE], "source_file": "docs/hire.md"},
    ])),
    "giskard": ("testset.jsonl", as_jsonl(
        {"id": "g1", "question": "What does a rowing boat cost?", "reference_answer": "14 euros",
         "reference_context": f"Document 0: {PRICE}\n\nDocument 1: {WIND}", "conversation_history": [],
         "metadata": {"question_type": "simple", "seed_document_id": 0, "topic": "Prices"}},
        {"id": "g2", "question": "Is there a café?", "reference_answer": "The context does not say it.",
         "reference_context": f"Document 0: {PRICE}", "conversation_history": EARLIER,
         "metadata": {"question_type": "out of scope"}},
    )),
    "langsmith": ("examples.json", as_json([
        {"id": "l1", "dataset_id": "d", "inputs": {"question": "What does a rowing boat cost?"},
         "outputs": {"answer": "14 euros", "contexts": [PRICE]}, "metadata": {"topic": "price"}},
    ])),
    "langfuse": ("items.csv", as_csv(
        {"id": "f1", "input": json.dumps({"question": "What does a rowing boat cost?"}), "status": "ACTIVE",
         "expectedOutput": json.dumps("14 euros"), "metadata": "", "sourceTraceId": ""},
    )),
    "phoenix": ("dataset.csv", as_csv(
        {"example_id": "RGF0YXNldEV4YW1wbGU6MQ==", "input_question": "What does a rowing boat cost?",
         "output_answer": "14 euros", "metadata_topic": "price"},
    )),
    "open-webui": ("feedbacks.json", as_json([
        {"id": "w1", "type": "rating", "data": {"rating": -1, "reason": "not helpful", "model_id": "m"},
         "meta": {"message_id": "4"}, "snapshot": {"chat": {"title": "x", "chat": {"history": {"messages": {
             "1": {"id": "1", "parentId": None, **EARLIER[0]}, "2": {"id": "2", "parentId": "1", **EARLIER[1]},
             "3": {"id": "3", "parentId": "2", **user("What does it cost?")},
             "4": {"id": "4", "parentId": "3", **assistant("I do not know.")},
         }}}}}},
    ])),
    "openai-evals": ("samples.jsonl", as_jsonl(
        {"input": [{"role": "system", "content": "Be brief."}, *EARLIER, user("What does it cost?")],
         "ideal": ["14 euros", "14 €"]},
    )),
    "beir": ("boats.zip", as_zip(BEIR)),
    "table": ("mine.csv", as_csv(
        {"Prompt": "What does a rowing boat cost?", "Expected answer": "14 euros", "Context": PRICE, "Notes": "-"},
    )),
}  # fmt: skip
