"""Stores services: winners that answer other programs, and services whose requests were imported.
Knows nothing about what they were asked."""

from __future__ import annotations

import time
from dataclasses import fields

from sqlmodel import col, select

from workbench.errors import InputError
from workbench.space.config import Config
from workbench.store.database import Store
from workbench.store.serving.records import Service
from workbench.store.serving.tables import ServiceRow

KEPT = ("created_at", "archived")
"""What stays as it is when a service is stored again."""


def _record(row: ServiceRow) -> Service:
    return Service(**{f.name: getattr(row, f.name) for f in fields(Service)})


def put_service(store: Store, service: Service) -> Service:
    """Store a service, or what changed of it; returns it as stored."""
    with store.write() as session:
        row = session.get(ServiceRow, service.id)
        if row is None:
            row = ServiceRow(**vars(service) | {"created_at": service.created_at or time.time()})
        else:
            for name, value in vars(service).items():
                if name not in KEPT:
                    setattr(row, name, value)
        session.add(row)
        session.flush()
        return _record(row)


def get_service(store: Store, service_id: str) -> Service | None:
    with store.read() as session:
        row = session.get(ServiceRow, service_id)
        return None if row is None else _record(row)


def list_services(store: Store, *, archived: bool = False) -> list[Service]:
    """The services, the one that was first stored last; with `archived` those that Watch leaves out, too."""
    with store.read() as session:
        query = select(ServiceRow).order_by(col(ServiceRow.created_at).desc())
        return [_record(row) for row in session.exec(query) if archived or not row.archived]


def archive_service(store: Store, service_id: str, *, archived: bool = True) -> None:
    """Leave a service out of Watch, or take it in again."""
    with store.write() as session:
        row = session.get(ServiceRow, service_id)
        if row is not None:
            row.archived = archived
            session.add(row)


def config_of_service(service: Service) -> Config | None:
    """The configuration of a service; None for an imported one, and for one that can no longer be read."""
    written = (service.winner or {}).get("config")
    if not isinstance(written, dict):
        return None
    try:
        return Config.from_json(written)
    except (InputError, ValueError, KeyError):
        return None
