"""Reads the files below a prefix of a storage that fsspec knows: S3, WebDAV, and others.
Knows nothing about corpora. It runs in the process of outside_process.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.corpus.document_files import is_document
from workbench.errors import CorpusError, MissingPackage
from workbench.files.reading import MOST_BYTES
from workbench.formatting import byte_size, counted
from workbench.sources.document_naming import safe_path
from workbench.sources.types import is_hidden, other_files, too_many

PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "webdav": "webdav4", "dav": "webdav4", "gs": "gcsfs", "gcs": "gcsfs",
    "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "adl": "adlfs", "sftp": "paramiko", "ssh": "paramiko",
    "smb": "smbprotocol", "oci": "ocifs", "oss": "ossfs", "dropbox": "dropboxdrivefs", "box": "boxfs",
    "gdrive": "gdrivefs", "hf": "huggingface_hub", "http": "aiohttp", "https": "aiohttp",
}  # fmt: skip
"""Protocol → the package that fsspec needs for it."""
_MARKS = ("ETag", "etag", "e_tag", "md5Hash", "md5", "checksum", "version_id", "generation")
_TIMES = ("mtime", "modified", "LastModified", "last_modified", "created")


def read_files(job: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Tell about the files of a storage; those that changed are written into the job's folder."""
    system, root, shown = _open(job)
    try:
        found = system.find(root, detail=True)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{shown} cannot be listed: {_words(error)}.") from None
    files = {_below(path, root): info for path, info in found.items() if info.get("type") != "directory"}
    documents = {k: info for k, info in sorted(files.items()) if is_document(k) and not is_hidden(k)}
    if not documents:
        raise CorpusError(
            f"{shown} contains no document that can be read"
            + (f", of {counted(len(files), 'file')}." if files else ".")
        )
    if others := other_files(files.keys() - documents.keys()):
        yield {"event": "remark", "text": others}
    if len(documents) > job["most_documents"]:
        yield {"event": "remark", "text": too_many(len(documents), job["most_documents"])}
        documents = dict(list(documents.items())[: job["most_documents"]])
    yield {"event": "counted", "count": len(documents)}
    numbers = count()
    for key, info in documents.items():
        mark = _mark_of(info)
        if mark and job["known"].get(key) == mark:
            yield {"event": "same", "key": key}
        else:
            yield _get(system, info, key, mark, f"{shown.rstrip('/')}/{key}", job["folder"], next(numbers))


def _open(job: Mapping[str, Any]) -> tuple[Any, str, str]:
    """(file system, root, how to call it). Raises MissingPackage, which names the package."""
    import fsspec

    settings = dict(job["settings"])
    url = job["source"].get("fsspec") or job["source"]["webdav"]
    protocol = "webdav" if job["kind"] == "webdav" else url.partition("://")[0] if "://" in url else "file"
    if "::" in url:
        raise CorpusError(
            f"{url!r} chains several storages.", hint="Name one storage, such as s3://bucket/prefix."
        )
    try:
        if job["kind"] == "webdav":
            user, password = settings.pop("user", None), settings.pop("password", None)
            auth = (user, password or "") if user else None
            return fsspec.filesystem("webdav", base_url=url, auth=auth, **settings), "", url
        system, root = fsspec.core.url_to_fs(url, **settings)
        return system, root, url
    except ImportError as error:
        package = PACKAGES.get(protocol)
        hint = f"pip install {package}" if package else str(error)
        raise MissingPackage(
            f"A storage of the kind {protocol} needs {f'the package {package}' if package else 'a package'}, "
            "which is not installed.",
            hint=hint,
        ) from None
    except (ValueError, TypeError, OSError) as error:
        raise CorpusError(f"{url} cannot be opened: {_words(error)}.") from None


def _below(path: str, root: str) -> str:
    """A file's path below the root; a root that is the file itself gives its name."""
    root = root.strip("/")
    below = path.strip("/").removeprefix(root).strip("/") if path.strip("/").startswith(root) else path
    return below or PurePosixPath(path).name


def _mark_of(info: Mapping[str, Any]) -> str:
    """What tells whether a file has changed; empty where the storage says nothing that does."""
    for name in _MARKS:
        if info.get(name):
            return f"{name}: {info[name]}"
    time = next((info[name] for name in _TIMES if info.get(name)), None)
    return f"{time} {info.get('size')}" if time is not None else ""


def _get(
    system: Any, info: Mapping[str, Any], key: str, mark: str, url: str, folder: str, number: int
) -> dict[str, Any]:
    size = info.get("size") or 0
    if size > MOST_BYTES:
        return {
            "event": "failed",
            "key": key,
            "why": f"has {byte_size(size)}; the limit is {byte_size(MOST_BYTES)}",
        }
    try:
        with system.open(info["name"], "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except Exception as error:  # each storage has errors of its own
        return {"event": "failed", "key": key, "why": f"cannot be read: {_words(error)}"}
    if len(data) > MOST_BYTES:
        return {"event": "failed", "key": key, "why": f"has more than {byte_size(MOST_BYTES)}"}
    (Path(folder) / str(number)).write_bytes(data)
    return {
        "event": "got",
        "key": key,
        "name": safe_path(key.split("/")),
        "file": str(number),
        "mark": mark,
        "url": url,
    }


def _words(error: Exception) -> str:
    return (str(error).split("\n")[0] or type(error).__name__)[:300].rstrip(".")
