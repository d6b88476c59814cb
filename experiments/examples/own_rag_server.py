"""A small RAG of one's own: python experiments/examples/own_rag_server.py [PORT]
It finds the paragraph that shares most words with the question, and answers with its best sentence."""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "corpora" / "harbor-support" / "documents"
TEXTS = [(file.name, text) for file in FOLDER.glob("*.md") for text in file.read_text("utf-8").split("\n\n")]


def words(text):
    return set(re.findall(r"[a-z0-9]{3,}", text.lower()))


def answer(question):
    def shared(text):
        return len(words(question) & words(text)) / (4 + len(words(text)) ** 0.5)

    best = sorted(TEXTS, key=lambda named: -shared(named[1]))[:3]
    passages = [{"text": text, "document": name, "score": shared(text)} for name, text in best]
    return {"answer": max(re.split(r"(?<=[.!?])\s+", best[0][1]), key=shared), "passages": passages}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(answer(asked["question"])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int([*sys.argv, 9000][1])), Handler).serve_forever()
