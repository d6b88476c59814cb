"""Serves a model with a PEFT adapter by OpenAI's protocol, one request at a time: for machines without vLLM.
Knows nothing about training. Needs transformers and peft; --help lists the options."""

from __future__ import annotations

import argparse
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import torch
from train import load_model

MOST_BYTES = 10_000_000


class Answerer:
    """A model that answers chats."""

    def __init__(self, weights: str, adapter: str, alias: str) -> None:
        self.alias = alias
        self._model, self._tokenizer = load_model(weights, [adapter])
        self._model.eval()
        if torch.cuda.is_available():
            self._model.to("cuda")
        self._one_at_a_time = threading.Lock()

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        prompt = self._tokenizer.apply_chat_template(
            body["messages"], add_generation_prompt=True, return_tensors="pt", return_dict=True
        ).to(self._model.device)
        temperature = float(body.get("temperature") or 0.0)
        most = int(body.get("max_tokens") or body.get("max_completion_tokens") or 512)
        sampling: dict[str, Any] = {"do_sample": temperature > 0}
        if temperature > 0:
            sampling |= {"temperature": temperature, "top_p": float(body.get("top_p") or 1.0)}
        with self._one_at_a_time, torch.inference_mode():
            if isinstance(body.get("seed"), int):
                torch.manual_seed(body["seed"])
            made = self._model.generate(
                **prompt, max_new_tokens=most, pad_token_id=self._tokenizer.pad_token_id, **sampling
            )
        sent = prompt["input_ids"].shape[1]
        new = made[0][sent:]
        text, ending = self._tokenizer.decode(new, skip_special_tokens=True), "stop"
        if len(new) >= most:
            ending = "length"
        for stop in [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop") or []:
            text, ending = (text.split(stop)[0], "stop") if stop in text else (text, ending)
        return {
            "id": f"chatcmpl-{time.time_ns():x}", "object": "chat.completion", "created": int(time.time()),
            "model": self.alias,
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": ending}
            ],
            "usage": {"prompt_tokens": sent, "completion_tokens": len(new), "total_tokens": sent + len(new)},
        }  # fmt: skip


def handler_of(answerer: Answerer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/v1/models"):
                self._reply(200, {"object": "list", "data": [{"id": answerer.alias, "object": "model"}]})
            elif self.path == "/health":
                self._reply(200, {"status": "ok"})
            else:
                self._reply(404, {"error": {"message": "There is no such page."}})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if self.path != "/v1/chat/completions" or length > MOST_BYTES:
                self._reply(404, {"error": {"message": "Only chats are answered here."}})
                return
            try:
                body = json.loads(self.rfile.read(length))
                reply = answerer.answer(body)
            except Exception as error:  # whatever was sent, the next request is answered again
                self._reply(400, {"error": {"message": f"{type(error).__name__}: {error}"}})
                return
            self._stream(reply) if body.get("stream") else self._reply(200, reply)

        def _stream(self, reply: dict[str, Any]) -> None:
            """The whole reply as one piece."""
            choice = reply["choices"][0]
            piece = {"index": 0, "delta": choice["message"], "finish_reason": choice["finish_reason"]}
            chunk = reply | {"object": "chat.completion.chunk", "choices": [piece]}
            self._send(200, "text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")

        def _reply(self, status: int, values: dict[str, Any]) -> None:
            self._send(status, "application/json", json.dumps(values))

        def _send(self, status: int, kind: str, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    return Handler


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--model", required=True, help="a folder, a .gguf file or a hub name that is cached")
    options.add_argument("--adapter", required=True, help="a PEFT adapter's folder")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--alias", required=True)
    given = options.parse_args()
    served = handler_of(Answerer(given.model, given.adapter, given.alias))
    ThreadingHTTPServer(("127.0.0.1", given.port), served).serve_forever()
