"""Drafts in the data folder: revisions, what cannot be read, what is not an id.
Knows nothing about the page that writes them (tests/ui/test_drafts.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.space.drafts import Draft, DraftChanged, DraftFiles, DraftUnreadable


@pytest.fixture
def drafts(tmp_path: Path) -> DraftFiles:
    return DraftFiles(tmp_path / "drafts")


def save(drafts: DraftFiles, draft_id: str | None = None, revision: int = 0, **content: object) -> Draft:
    return drafts.save(draft_id, content, revision=revision, name="n", corpus="c")


def test_a_draft_is_read_as_it_was_saved(drafts: DraftFiles) -> None:
    saved = save(drafts, a=[1, None, "é"], b={"x": 0.5})
    assert drafts.find(saved.id) == saved and drafts.list_newest_first() == [saved]


def test_each_save_is_a_revision_and_an_older_one_is_not_written_over_a_newer(drafts: DraftFiles) -> None:
    first = save(drafts)
    second = save(drafts, first.id, first.revision, by="me")
    with pytest.raises(DraftChanged):
        save(drafts, first.id, first.revision, by="somebody else")
    assert drafts.find(first.id) == second and second.revision == 2


def test_a_deleted_draft_is_saved_again_by_a_page_that_still_shows_it(drafts: DraftFiles) -> None:
    first = save(drafts)
    drafts.delete(first.id)
    assert drafts.find(first.id) is None
    assert save(drafts, first.id, first.revision).id == first.id


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\udcff", '{"a": NaN}', "[" * 9999])
def test_what_is_no_draft_is_renamed_and_not_listed(drafts: DraftFiles, text: str) -> None:
    path = drafts.folder / f"{save(drafts).id}.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert drafts.list_newest_first() == []
    with pytest.raises(DraftUnreadable, match="kept as"):
        drafts.find(path.stem)
    assert not path.exists() and drafts.find(path.stem) is None
    assert len([p for p in drafts.folder.iterdir() if "unreadable" in p.name]) == 1


@pytest.mark.parametrize("draft_id", ["../../etc", "", "ABCDEF12", "0123456", "0123abcd/x"])
def test_what_is_no_id_leads_to_no_file(drafts: DraftFiles, draft_id: str) -> None:
    assert drafts.find(draft_id) is None
    if draft_id:
        with pytest.raises(InputError):
            save(drafts, draft_id)
