"""The documents hold: links lead somewhere, and examples are read as they stand.
Knows nothing about what the documents say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.space.experiment import ExperimentFile
from workbench.space.files import load_models_file, parse_experiment

PROJECT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md"), PROJECT / "benchmarks" / "README.md"]
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?://)([^)#\s]*)(#[^)\s]+)?\)")
IMAGE = re.compile(r'(?:!\[[^\]]*\]\(|(?:src|srcset)=")(?!https?://)([^)"\s]+)')
YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.M | re.S)


def anchors_of(document: Path) -> set[str]:
    """The anchors of a document's headings, as they are on the usual pages that show Markdown."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ +(.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.relative_to(PROJECT).as_posix())
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    broken = []
    for name, anchor in LINK.findall(text):
        target = (document.parent / name).resolve() if name else document
        if not target.exists():
            broken.append(name)
        elif anchor and target.suffix == ".md" and anchor[1:] not in anchors_of(target):
            broken.append(f"{name}{anchor}")
    broken += [name for name in IMAGE.findall(text) if not (document.parent / name).exists()]
    assert broken == []


def test_whole_experiment_files_in_the_documents_are_read_as_they_stand() -> None:
    blocks = [b for d in DOCUMENTS for b in YAML_BLOCK.findall(d.read_text(encoding="utf-8"))]
    whole = [b for b in blocks if re.search(r"^name:", b, re.M) and re.search(r"^corpus:", b, re.M)]
    assert whole
    for block in whole:
        assert isinstance(parse_experiment(block), ExperimentFile)


def test_every_entry_on_the_page_of_servers_is_a_model(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "servers.md").read_text(encoding="utf-8")
    blocks = YAML_BLOCK.findall(page)
    (tmp_path / "models.yaml").write_text("models:\n" + "".join(blocks))
    models = load_models_file(tmp_path / "models.yaml")
    assert len({model.name for model in models}) == page.count("- name: ") > len(blocks) > 8


def test_no_document_or_module_refers_to_a_design_that_is_not_here() -> None:
    files = [*DOCUMENTS, *(PROJECT / "workbench").rglob("*.py"), *(PROJECT / "benchmarks").rglob("*.py")]
    naming = [f.name for f in files if re.search(r"\bDESIGN\b", f.read_text(encoding="utf-8"))]
    assert naming == []
