"""Trains models as OpenAI's protocol has it, and loads adapters as vLLM, Ollama and llama.cpp do: strictly.
Knows nothing about sockets. A job goes on by one step each time somebody asks for it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.protocol_server.limits import Invalid

LEAST_ROWS = 10


@dataclass
class Training:
    """models: those that can be trained.

    steps: how many steps a job has.
    fails_at: the step at which jobs fail; None where they end well.
    lists_jobs: whether it lists its jobs.
    counts_tokens: whether it says how many tokens a job trained.
    broken: whether every question about jobs is answered with 500.
    loads_adapters: whether adapters may be loaded into it, as vLLM allows on request alone.
    adapters: the files that it was started with, as llama.cpp lists them.
    """

    models: tuple[str, ...] = ("test-chat",)
    steps: int = 3
    fails_at: int | None = None
    lists_jobs: bool = True
    counts_tokens: bool = True
    broken: bool = False
    loads_adapters: bool = True
    adapters: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    created: list[dict[str, Any]] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def takes(self, path: str) -> bool:
        return bool(
            re.fullmatch(
                r"/v1/files|/v1/fine_tuning/jobs(/[^/]+/cancel)?|/v1/load_lora_adapter"
                r"|/api/blobs/sha256:\w+|/api/create",
                path,
            )
        )

    def get(self, path: str) -> tuple[int, Any] | None:
        if path == "/lora-adapters":
            return 200, [{"id": i, "path": p, "scale": 0.0} for i, p in enumerate(self.adapters)]
        where = path.partition("?")[0]
        if self.broken and where.startswith("/v1/fine_tuning/"):
            return 500, {"error": {"message": "The server had an error"}}
        if where == "/v1/fine_tuning/jobs":
            if not self.lists_jobs:
                return 404, {"error": {"message": "Not found"}}
            return 200, {"object": "list", "data": [self._shown(j) for j in reversed(self.jobs.values())]}
        found = re.fullmatch(r"/v1/fine_tuning/jobs/([^/]+)(/events)?", where)
        if found is None:
            return None
        job = self.jobs.get(found[1])
        if job is None:
            return 404, {"error": {"message": f"Could not find fine tune: {found[1]}"}}
        if found[2]:
            return 200, {"object": "list", "data": self._events(job)}
        self._go_on(job)
        return 200, self._shown(job)

    def post(self, path: str, headers: dict[str, str], data: bytes) -> dict[str, Any] | str:
        if path == "/v1/files":
            return self._take_file(headers, data)
        if path.startswith("/api/blobs/"):
            digest = path.removeprefix("/api/blobs/sha256:")
            if hashlib.sha256(data).hexdigest() != digest:
                raise Invalid("digest mismatch", 400)
            self.blobs[digest] = data
            return {}
        body = json.loads(data or b"{}")
        if path == "/v1/fine_tuning/jobs":
            return self._create(body)
        if self.broken:
            raise Invalid("The server had an error", 500)
        if path.endswith("/cancel"):
            job = self.jobs[path.split("/")[-2]]
            job["status"] = "cancelled"
            return self._shown(job)
        if path == "/api/create":
            return self._create_in_ollama(body)
        return self._load(body)

    def delete(self, path: str) -> bool:
        return self.files.pop(path.removeprefix("/v1/files/"), None) is not None

    def _take_file(self, headers: dict[str, str], data: bytes) -> dict[str, Any]:
        kind = next(v for name, v in headers.items() if name.lower() == "content-type")
        form = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + data)
        parts = {p.get_param("name", header="content-disposition"): p for p in form.iter_parts()}
        if "purpose" not in parts or parts["purpose"].get_content().strip() != "fine-tune":
            raise Invalid("purpose must be fine-tune", 400)
        content = parts["file"].get_payload(decode=True)
        assert isinstance(content, bytes)
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = content
        return {"id": file_id, "object": "file", "purpose": "fine-tune", "status": "processed"}

    def _create(self, body: dict[str, Any]) -> dict[str, Any]:
        unknown = set(body) - {
            "model", "training_file", "validation_file", "method", "seed", "suffix", "metadata", "integrations",
        }  # fmt: skip
        if unknown:
            raise Invalid(f"Unknown parameter: {sorted(unknown)[0]}", 400)
        if body.get("model") not in self.models:
            raise Invalid(f"Model {body.get('model')} is not available for fine-tuning", 400)
        if body.get("training_file") not in self.files:
            raise Invalid("invalid training_file", 400)
        if len(body.get("suffix") or "") > 18:
            raise Invalid("suffix is too long", 400)
        method = body.get("method") or {"type": "supervised"}
        rows = [json.loads(line) for line in self.files[body["training_file"]].decode().splitlines()]
        self._check_rows(rows, method["type"])
        job = {
            "id": f"ftjob-{len(self.jobs) + 1}", "object": "fine_tuning.job", "status": "validating_files",
            "model": body["model"], "training_file": body["training_file"], "metadata": body.get("metadata"),
            "fine_tuned_model": None, "trained_tokens": None, "error": None, "step": 0,
            "suffix": body.get("suffix"), "rows": len(rows),
        }  # fmt: skip
        self.jobs[job["id"]] = job
        self.created.append(body)
        return self._shown(job)

    def _check_rows(self, rows: list[Any], method: str) -> None:
        if len(rows) < LEAST_ROWS:
            raise Invalid(
                400, f"Training file has {len(rows)} example(s), but must have at least {LEAST_ROWS}"
            )
        for row in rows:
            if method == "supervised":
                roles = [m["role"] for m in row["messages"]]
                if set(row) - {"messages", "tools", "parallel_tool_calls"} or roles[-1] != "assistant":
                    raise Invalid("a line is no chat that ends with the assistant", 400)
            elif set(row) != {"input", "preferred_output", "non_preferred_output"}:
                raise Invalid("a line is no preference", 400)

    def _go_on(self, job: dict[str, Any]) -> None:
        if job["status"] in ("succeeded", "failed", "cancelled"):
            return
        job["status"] = "running"
        job["step"] += 1
        if self.fails_at is not None and job["step"] >= self.fails_at:
            job["status"], job["error"] = (
                "failed",
                {"code": "server_error", "message": "The GPU fell off the bus"},
            )
        elif job["step"] >= self.steps:
            job["status"] = "succeeded"
            job["fine_tuned_model"] = f"ft:{job['model']}:tests:{job['suffix']}:1"
            job["trained_tokens"] = 1000 * job["rows"] if self.counts_tokens else None

    def _events(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                "object": "fine_tuning.job.event", "type": "metrics", "message": f"Step {step}",
                "data": {"step": step, "train_loss": 2.0 / step, "total_steps": self.steps},
            }
            for step in range(job["step"], 0, -1)
        ]  # fmt: skip

    @staticmethod
    def _shown(job: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in job.items() if name not in ("step", "rows", "suffix")}

    def _create_in_ollama(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("from") not in self.models:
            raise Invalid(f"model {body.get('from')!r} not found", 400)
        for digest in body.get("adapters", {}).values():
            if digest.removeprefix("sha256:") not in self.blobs:
                raise Invalid("blob not found", 400)
        self.loaded.append(body["model"])
        return {"status": "success"}

    def _load(self, body: dict[str, Any]) -> str:
        if not self.loads_adapters:
            raise Invalid("Not Found", 404)
        if body["lora_name"] in self.loaded:
            raise Invalid(f"The lora adapter '{body['lora_name']}' has already been loaded.", 400)
        self.loaded.append(body["lora_name"])
        return f"Success: LoRA adapter '{body['lora_name']}' added successfully."
