"""Corpora are fetched from real git repositories on this machine.
Knows nothing about other sources."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.conftest import Corpora
from workbench.errors import CorpusError, InputError

Git = Callable[..., None]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "docs" / "more").mkdir(parents=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "docs" / "a.md").write_text("# A\n\nThe label costs 5 euros.\n")
    (folder / "docs" / "more" / "b.md").write_text("# B\n\nHeaters are collected.\n")
    (folder / "docs" / "picture.png").write_bytes(b"\x89PNG")
    (folder / "docs" / ".hidden.md").write_text("hidden")
    (folder / "README.md").write_text("# Readme\n")
    (folder / "docs" / "link.md").symlink_to("/etc/passwd")
    _commit(folder)
    return folder


def _git(folder: Path, *arguments: str) -> None:
    person = ("-c", "user.name=tester", "-c", "user.email=tester@example.org")
    subprocess.run(["git", "-C", str(folder), *person, *arguments], check=True, capture_output=True)


def _commit(folder: Path) -> None:
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message=change")


def test_a_folder_of_a_repository_becomes_the_corpus(corpora: Corpora, repository: Path) -> None:
    fetched = corpora.fetch(git=str(repository), folder="docs/")
    assert corpora.documents() == ["a.md", "more/b.md"]
    assert fetched.notes == (
        "2 files left out: 1 of other types (.png) and 1 hidden.",
        "1 link left out, such as link.md.",
    )
    assert corpora.metadata()["more/b.md"]["url"] == f"{repository}#docs/more/b.md"


def test_only_files_that_changed_are_read_again(corpora: Corpora, repository: Path) -> None:
    corpora.fetch(git=f"file://{repository}", folder="docs")
    (repository / "docs" / "a.md").write_text("# A\n\nThe label costs 8 euros.\n")
    (repository / "docs" / "more" / "b.md").unlink()
    (repository / "docs" / "c.txt").write_text("New words.")
    _commit(repository)
    fetched = corpora.fetch(git=f"file://{repository}", folder="docs")
    assert (fetched.new, fetched.changed, [name for name, _ in fetched.gone]) == (
        ("c.txt",),
        ("a.md",),
        ["more/b.md"],
    )
    assert corpora.fetch(git=f"file://{repository}", folder="docs").unchanged == 2


def test_a_branch_or_tag_is_fetched(corpora: Corpora, repository: Path) -> None:
    _git(repository, "checkout", "--quiet", "-b", "next")
    (repository / "docs" / "next.md").write_text("# Next\n")
    _commit(repository)
    _git(repository, "tag", "v2")
    _git(repository, "checkout", "--quiet", "main")
    corpora.fetch("main", git=str(repository), folder="docs")
    corpora.fetch("next", git=str(repository), folder="docs", branch="v2")
    assert "next.md" not in corpora.documents("main") and "next.md" in corpora.documents("next")


def test_a_repository_whose_history_was_rewritten_is_fetched(corpora: Corpora, repository: Path) -> None:
    corpora.fetch(git=str(repository), folder="docs")
    (repository / "docs" / "a.md").write_text("# A\n\nRewritten.\n")
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--amend", "--message=other")
    assert corpora.fetch(git=str(repository), folder="docs").changed == ("a.md",)


def test_a_hook_or_filter_of_the_repository_does_not_run(
    corpora: Corpora, repository: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    (repository / ".gitattributes").write_text("*.md filter=evil\n")
    _git(repository, "config", "filter.evil.smudge", f"touch {ran}")
    _commit(repository)
    corpora.fetch(git=str(repository))
    assert not ran.exists()


def test_files_of_git_lfs_are_said(corpora: Corpora, repository: Path) -> None:
    (repository / "docs" / "large.pdf").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n"
    )
    _commit(repository)
    fetched = corpora.fetch(git=str(repository), folder="docs")
    assert [(p.where, p.why) for p in fetched.problems] == [
        ("large.pdf", "is kept by Git LFS, which is not fetched")
    ]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"git": "/nowhere/at/all"}, "does not appear to be a git repository"),
        ({"git": "ext::sh -c touch% evil"}, "not allowed"),
        ({"folder": "missing"}, "has no folder 'missing'"),
        ({"folder": "../.."}, "leads out of the repository"),
        ({"branch": "missing"}, "cannot be fetched"),
    ],
)
def test_a_repository_that_cannot_be_fetched_says_why(
    corpora: Corpora, repository: Path, source: dict[str, str], why: str
) -> None:
    with pytest.raises(CorpusError, match=why):
        corpora.fetch(**({"git": str(repository)} | source))


def test_a_repository_or_branch_is_never_an_option_of_git(corpora: Corpora, repository: Path) -> None:
    for source in ({"git": "--upload-pack=evil"}, {"git": str(repository), "branch": "--output=x"}):
        with pytest.raises(InputError, match="begin with a dash"):
            corpora.fetch(**source)
