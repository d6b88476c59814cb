"""Serves a GGUF model with LoRA adapters by llama.cpp's own HTTP server; --help lists the options.
Knows nothing about training. Needs xllamacpp."""

from __future__ import annotations

import argparse
import os
import threading

import xllamacpp


def parameters(given: argparse.Namespace) -> xllamacpp.CommonParams:
    made = xllamacpp.CommonParams()
    made.model.path, made.port, made.hostnames = given.model, given.port, ["127.0.0.1"]
    made.n_ctx, made.n_parallel, made.use_jinja = given.ctx_size * given.parallel, given.parallel, True
    for threads in (made.cpuparams, made.cpuparams_batch):
        threads.n_threads, threads.poll = given.threads, 0
    made.model_alias = {given.alias}
    made.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 1.0) for path in given.lora]
    return made


if __name__ == "__main__":
    # The names are those of llama.cpp's own options, but for ctx-size, which is that of one slot here.
    options = argparse.ArgumentParser()
    options.add_argument("--model", required=True)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--alias", required=True)
    options.add_argument("--lora", action="append", default=[], help="an adapter, as GGUF; may be repeated")
    options.add_argument("--ctx-size", type=int, default=4096, help="tokens of one slot")
    options.add_argument("--parallel", type=int, default=2, help="slots")
    options.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    server = xllamacpp.Server(parameters(options.parse_args()))
    print(server.listening_address, flush=True)
    threading.Event().wait()
