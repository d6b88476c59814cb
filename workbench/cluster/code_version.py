"""Names the code that a process runs, so that a worker with other code can be refused.
Knows nothing about clusters."""

from __future__ import annotations

import hashlib
from functools import cache

from workbench.settings import PROJECT
from workbench.version import VERSION


@cache
def code_fingerprint() -> str:
    """The version, and a hash of all Python files of the package."""
    digest = hashlib.sha256()
    package = PROJECT / "workbench"
    for path in sorted(package.rglob("*.py")):
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return f"{VERSION} {digest.hexdigest()[:12]}"
