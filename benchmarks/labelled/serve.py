"""Serves one GGUF model by llama.cpp's HTTP server, on one thread: `python serve.py MODEL.gguf PORT`.
Knows nothing about questions. Needs xllamacpp."""

from __future__ import annotations

import sys
import threading

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path, parameters.port = sys.argv[1], int(sys.argv[2])
parameters.hostnames = ["127.0.0.1"]
parameters.n_ctx, parameters.n_parallel, parameters.use_jinja = 8192, 4, True
for threads in (parameters.cpuparams, parameters.cpuparams_batch):
    threads.n_threads, threads.poll = 1, 0
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
threading.Event().wait()
