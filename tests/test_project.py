"""The project as a whole: what it imports, exports and ships.
Knows nothing about any feature."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import workbench

PROJECT = Path(__file__).parent.parent
# What pages load besides numpy, SQLModel, Streamlit and what these need themselves: each loads within 0.1 s.
LIBRARIES_OF_PAGES = (
    "dotenv", "filelock", "markdown_it", "mdurl", "numpy", "pydantic", "rapidfuzz", "ruamel", "sqlalchemy",
    "Stemmer",
)  # fmt: skip


def test_exported_members() -> None:
    assert sorted(workbench.__all__) == [
        "ExperimentResult",
        "WinnerAnswer",
        "load_experiment",
        "load_winner",
        "read_leaderboard",
        "run_experiment",
    ]
    assert all(callable(getattr(workbench, name)) for name in workbench.__all__)


def test_what_the_ui_process_needs_imports_none_of_the_heavy_libraries_and_is_not_much() -> None:
    """Counted, for seconds depend on what else the machine does; benchmarks/first_page.py measures those."""
    modules = ["workbench.ui.services", "workbench.ui.session"]
    modules += [
        ".".join(p.relative_to(PROJECT).with_suffix("").parts)
        for p in (PROJECT / "workbench/ui").glob("*/*.py")
        if p.stem not in ("__init__", "page")
    ]
    code = (
        "import sys, numpy, sqlmodel, streamlit\nbefore = set(sys.modules)\n"
        + "\n".join(f"import {m}" for m in modules)
        + "\nprint(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    packages = {name.split(".")[0] for name in loaded if not name.startswith("_")} - sys.stdlib_module_names
    assert packages <= {"workbench", *LIBRARIES_OF_PAGES}
    assert sum(name.startswith("workbench.") for name in loaded) < 600


def test_what_the_first_page_imports_of_ours_is_what_it_uses() -> None:
    """numpy too: Streamlit brings it to pages, for their icon, but no command should wait for it."""
    code = (
        "import sys, workbench.ui.session, workbench.ui.widgets.figures, workbench.ui.widgets.sample\n"
        "print([m for m in ('numpy', 'pandas', 'alembic', 'openai', 'httpx', 'workbench.scoring.score_answer', "
        "'workbench.planning.plan') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_help_loads_no_database_and_a_store_in_a_file_not_the_dialect_of_postgresql() -> None:
    """SQLAlchemy and the tables take more than half of what all of a command's modules take without them."""
    code = (
        "import sys, workbench.cli\n"
        "print([m for m in ('numpy', 'sqlalchemy', 'sqlmodel', 'asyncio', 'httpx', 'openai') if m in sys.modules])\n"
        "from workbench.store.schema import all_tables; all_tables()\n"
        "print([m for m in ('sqlalchemy.dialects.postgresql', 'alembic', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n") == ["[]", "[]", ""]


def test_ragas_imports_with_the_pinned_versions() -> None:
    from workbench.settings import quieten_libraries

    quieten_libraries()
    code = "from workbench.settings import quieten_libraries; quieten_libraries(); import ragas.metrics.collections"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=PROJECT, check=True, capture_output=True)


def test_no_secret_path_or_registry_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    suspicious = re.compile(
        r"/work/|/root/|/tmp/(?!\.)|sk-[A-Za-z0-9]{20,}|://[^\s\"']*(?:artifactory|nexus)"
    )
    found = []
    for name in listed.stdout.splitlines():
        path = PROJECT / name
        if path.suffix in (".py", ".md", ".yaml", ".toml", ".txt", "") and path.is_file():
            text = path.read_text(encoding="utf-8", errors="ignore")
            if name != "tests/test_project.py" and suspicious.search(text):
                found.append(name)
    assert found == []


def test_every_module_opens_with_what_it_does_and_what_it_knows_nothing_about() -> None:
    bare = [
        str(path.relative_to(PROJECT))
        for path in (PROJECT / "workbench").rglob("*.py")
        if path.name != "__init__.py"
        and "migrations" not in path.parts
        and not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert bare == []


def test_the_demo_is_big_enough() -> None:
    from workbench.corpus.corpus import load_corpus
    from workbench.corpus.types import part_of_question
    from workbench.space.files import load_experiment_file

    written = load_experiment_file(PROJECT / "experiments" / "support-first-look.yaml")
    corpus = load_corpus(written.corpus, PROJECT / "corpora")
    parts = [part_of_question(q.id, written.holdout) for q in corpus.questions]
    axes = written.retrieval
    retrievals = len(axes.chunk_tokens) * len(axes.retriever) * len(axes.top_k)
    assert len(written.prompts) * retrievals * len(written.models) >= 24
    assert parts.count("search") >= 80 and parts.count("holdout") >= 20


def test_the_shipped_variant_knows_what_it_was_trained_on() -> None:
    from workbench.corpus.corpus import load_corpus
    from workbench.corpus.types import part_of_question
    from workbench.providers.embedded.variant import shipped_variants

    variant = shipped_variants()["embedded/extractive-tuned"]
    train = {
        q.id
        for q in load_corpus("harbor-support", PROJECT / "corpora").questions
        if part_of_question(q.id, 0) == "train"
    }
    assert variant.parent == "embedded/extractive" and set(variant.trained_on.question_ids) <= train
    assert (
        time.strptime(variant.trained_on.trained_at, "%Y-%m-%d") and len(variant.trained_on.data_sha256) == 64
    )


@pytest.mark.xdist_group("alone")
def test_tests_of_a_group_are_kept_together(request: pytest.FixtureRequest) -> None:
    """Where pytest and xdist do not fit, groups are spread without a word: three browsers at a time."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@alone")
