"""Serves one GGUF model by llama.cpp's HTTP server: `python serve.py MODEL.gguf PORT`; --help lists more.
Knows nothing about questions. Needs xllamacpp."""

from __future__ import annotations

import argparse
import threading

import xllamacpp


def parameters(given: argparse.Namespace) -> xllamacpp.CommonParams:
    made = xllamacpp.CommonParams()
    made.model.path, made.port, made.hostnames = given.model, given.port, ["127.0.0.1"]
    made.n_ctx, made.n_parallel, made.use_jinja = given.ctx_size, given.parallel, True
    for threads in (made.cpuparams, made.cpuparams_batch):
        threads.n_threads, threads.poll = given.threads, 0
    if given.alias:
        made.model_alias = {given.alias}
    if given.embeddings:
        made.embedding, made.pooling_type = True, xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        made.n_ubatch = made.n_batch = given.ubatch_size
    if given.lora:
        made.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(given.lora, 1.0)]
        made.lora_init_without_apply = given.lora_init_without_apply
    return made


if __name__ == "__main__":
    # The names are those of llama.cpp's own options.
    options = argparse.ArgumentParser()
    options.add_argument("model")
    options.add_argument("port", type=int)
    options.add_argument("--alias")
    options.add_argument("--ctx-size", type=int, default=8192, help="tokens, shared by all slots")
    options.add_argument("--parallel", type=int, default=4, help="slots")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--embeddings", action="store_true", help="embed only, by the mean of the tokens")
    options.add_argument("--ubatch-size", type=int, default=512, help="the most tokens of a text to embed")
    options.add_argument("--lora", help="an adapter, as GGUF")
    options.add_argument(
        "--lora-init-without-apply", action="store_true", help="load it, and leave it unused"
    )
    server = xllamacpp.Server(parameters(options.parse_args()))
    print(server.listening_address, flush=True)
    threading.Event().wait()
