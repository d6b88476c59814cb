"""Defines the tables of what ratings lead to: raters left out, liked shares, trainings, prompts tried.
Knows nothing about how any of it is computed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from workbench.store.tables import Table, json_column, now


class LeftOutRaterRow(Table, table=True):
    """A rater whose ratings count nowhere: not in figures, not in training data. They stay stored."""

    __tablename__ = "left_out_rater"

    name: str = Field(primary_key=True)
    left_out_at: float = Field(default_factory=now)
    """Unix seconds."""


class LikedRow(Table, table=True):
    """What share of an experiment's answers people would like, per trial, as last estimated."""

    __tablename__ = "liked"

    experiment_id: str = Field(primary_key=True, foreign_key="experiment.id", ondelete="CASCADE")
    basis: str
    """Hash of the ratings, choices, scores and trials that it rests on: another hash makes it anew."""
    found: dict[str, Any] = json_column()
    """The estimates (`analysis/liked/`) as JSON."""
    made_at: float = Field(default_factory=now)
    """Unix seconds."""


class TuningJobRow(Table, table=True):
    """One training of a model variant. Equal inputs have one key, so they are trained once."""

    __tablename__ = "tuning_job"

    key: str = Field(primary_key=True)
    """Hash of what decides the result (`Tuning.key` in space/tuning.py)."""
    name: str = Field(index=True)
    """The name of the model that it makes."""
    tuning: dict[str, Any] = json_column()
    """What was asked for, as JSON (`Tuning`)."""
    state: str
    """"waiting", "running", "stopped", "failed" or "done"."""
    message: str = ""
    """What it does at present, or why it stopped or failed, in words."""
    folder: str
    """Its folder below the home: data, log, checkpoints, result."""
    data_sha256: str = ""
    """Hash of the training data; "" before they are made."""
    rows: int = 0
    """How many rows of training data there are."""
    question_ids: list[str] = json_column()
    """Ids of the questions that the data rest on: their answers by this model do not count."""
    step: int = 0
    """Steps of training done."""
    steps: int = 0
    """Steps of training in all; 0 while unknown."""
    losses: list[list[float]] = json_column()
    """[[step, loss], …]: the curve of the training loss."""
    metrics: dict[str, Any] = json_column()
    """Further figures that the recipe reported."""
    result: dict[str, Any] | None = json_column(nullable=True)
    """What was made and how it is served (`TuningResult` in tuning/types.py); null before it is done."""
    holder: str = ""
    """Who runs it: host, process and start time; "" when nobody does."""
    beat_at: float | None = None
    """Unix seconds of the holder's last sign of life."""
    stop_requested: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    cost_usd: float | None = None
    """US dollars; null when unknown."""
    seconds: float = 0.0
    """Seconds of training, all attempts together."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""
    finished_at: float | None = None
    """Unix seconds; null while it is not done."""


class PromptProposalRow(Table, table=True):
    """One prompt that an optimisation tried."""

    __tablename__ = "prompt_proposal"
    __table_args__ = (UniqueConstraint("optimisation", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    optimisation: str
    """Hash of what decides the optimisation: its settings, cell, questions and first prompt."""
    experiment_id: str | None = Field(
        default=None, index=True, foreign_key="experiment.id", ondelete="SET NULL"
    )
    number: int
    """From 0, the prompt that the optimisation began with."""
    parent: int | None = None
    """The number of the proposal that it was made from; null for the first."""
    system: str | None = None
    template: str
    reason: str = ""
    """Why it was changed, in the reflecting model's words; "" for the first."""
    state: str
    """"accepted", "rejected" or "refused"."""
    why: str = ""
    """Why it was rejected or refused, in words."""
    score: float | None = None
    """Its mean on the train questions it was tried on; null when it was not tried."""
    found: dict[str, Any] = json_column()
    """Its figures: per fold, per question, tokens and US dollars."""
    created_at: float = Field(default_factory=now)
    """Unix seconds."""
