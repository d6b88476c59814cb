"""Page: prompts, retrieval and models side by side, what they amount to, and the button that runs it.
Knows nothing about how a space is expanded or priced: the worker plans."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.scoring.registry import GROUPS, SCORERS
from workbench.space.experiment import COST_MEASURES, SEARCH_SETTINGS
from workbench.space.files import to_yaml
from workbench.space.retrieval import DEFAULT_EMBEDDING
from workbench.space.scores import JUDGED_NAMES
from workbench.ui.opened import run_page, show_error
from workbench.ui.services import Services, WorkbenchError
from workbench.ui.widgets import draft
from workbench.ui.widgets.links import go_to, link
from workbench.ui.widgets.plan import show_plan
from workbench.ui.widgets.text import as_label, show_text
from workbench.ui.widgets.waiting import ask, forget

KEEP: dict[str, Any] = {"persist_state": "session"}
WRAP: dict[str, Any] = {"persist_state": "session", "wrap": True}
SPLITTERS = {"sentence": "Sentence", "token": "Token", "markdown": "Markdown"}
RETRIEVERS = {"dense": "Dense (vectors)", "keyword": "Keyword (BM25)", "hybrid": "Hybrid (both, fused)"}
RERANKS = {"none": "None", "mmr": "MMR (variety)", "llm": "A model ranks"}
QUERIES = {"plain": "The question", "hyde": "A drafted answer (HyDE)"}


def _top(services: Services) -> bool:
    """Name, corpus, files; False when there is no corpus to design for."""
    corpora = [c.name for c in services.list_corpora()]
    if not corpora:
        st.info("There is no corpus yet: a folder of documents, with questions about them.")
        link("corpora", "Make one", "folder_open")
        return False
    if draft.get("corpus") not in corpora and draft.get("corpus"):
        corpora.append(draft.get("corpus"))
    left, middle, right = st.columns([3, 3, 2], vertical_alignment="bottom")
    left.text_input("Name", key="design.name", **KEEP)
    middle.selectbox("Corpus", corpora, key="design.corpus", **KEEP)
    loads = st.session_state.setdefault("design.loads", 0)  # in the keys: closed and empty after each load
    with right.popover("Open a file", icon=":material/upload_file:", key=f"design.file.{loads}"):
        uploaded = st.file_uploader(
            "An experiment file (YAML)", ["yaml", "yml"], key=f"design.upload.{loads}"
        )
        if uploaded is not None and st.button("Load this file", key="design.open"):
            text = uploaded.getvalue().decode("utf-8", errors="replace")
            st.session_state["design.load"] = text
            st.rerun()
        if st.button("The sample experiment", key="design.sample"):
            st.session_state["design.load"] = services.experiment_yaml(services.sample_experiment())
            st.rerun()
    return True


def _prompts(services: Services) -> None:
    st.subheader("Prompts")
    versions = {v.label: v for p in services.list_prompts() for v in services.list_versions(p.name)}
    latest = [p.label for p in services.list_prompts()]
    chosen = draft.get("prompts", [])
    names = {p.name: p.label for p in services.list_prompts()}
    draft.put("prompts", [names.get(c, c) for c in chosen])
    options = list(dict.fromkeys([*latest, *versions, *draft.get("prompts", [])]))
    st.multiselect("Prompts to try", options, key="design.prompts", **WRAP)
    for label in draft.get("prompts", []):
        prompt = versions.get(label)
        if prompt:
            with st.expander(as_label(label)):
                show_text(f"{prompt.system or ''}\n\n{prompt.template}".strip(), small=True)
    link("prompts", "Write or change prompts", "edit_note")


def _retrieval(services: Services) -> None:
    st.subheader("Retrieval")
    embeddings = [m.model.name for m in services.list_models() if m.model.kind == "embedding"]
    st.pills(
        "Splitter",
        list(SPLITTERS),
        selection_mode="multi",
        key="design.splitter",
        format_func=SPLITTERS.__getitem__,
        **WRAP,
    )
    left, right = st.columns(2)
    with left:
        st.multiselect(
            "Chunk size, tokens",
            _with_own("chunk_tokens", ["96", "128", "192", "256", "384", "512"]),
            key="design.chunk_tokens",
            accept_new_options=True,
            **WRAP,
        )
    with right:
        st.multiselect(
            "Overlap, tokens",
            _with_own("chunk_overlap", ["0", "16", "32", "64"]),
            key="design.chunk_overlap",
            accept_new_options=True,
            **WRAP,
        )
    st.pills(
        "Retriever",
        list(RETRIEVERS),
        selection_mode="multi",
        key="design.retriever",
        format_func=RETRIEVERS.__getitem__,
        **WRAP,
    )
    st.multiselect(
        "Passages given to the model (top k)",
        _with_own("top_k", ["1", "2", "3", "4", "6", "8", "12"]),
        key="design.top_k",
        accept_new_options=True,
        **WRAP,
    )
    st.multiselect(
        "Embedding",
        list(dict.fromkeys([DEFAULT_EMBEDDING, *embeddings, *draft.get("embedding", [])])),
        key="design.embedding",
        **WRAP,
    )
    st.pills(
        "Rerank",
        list(RERANKS),
        selection_mode="multi",
        key="design.rerank",
        format_func=RERANKS.__getitem__,
        **WRAP,
    )
    st.pills(
        "Search for",
        list(QUERIES),
        selection_mode="multi",
        key="design.query",
        format_func=QUERIES.__getitem__,
        **WRAP,
    )
    chats = [m.model.name for m in services.list_models() if m.model.kind == "chat" and not m.model.embedded]
    for axis, value, role, what in (
        ("rerank", "llm", "rerank_model", "The model that ranks"),
        ("query", "hyde", "query_model", "The model that drafts"),
    ):
        if value in (draft.get(axis) or []):
            own = [draft.get(role)] if draft.get(role) else []
            options = list(dict.fromkeys([*chats, *own]))
            if options:
                st.selectbox(what, options, key=f"design.{role}", **KEEP)
            else:
                st.warning(f"{what} must be on a server; register one on the Models page.")


def _with_own(axis: str, usual: list[str]) -> list[str]:
    """The usual values and those chosen already, in order."""
    values = {*usual, *(str(v) for v in draft.get(axis) or [])}
    return sorted(values, key=lambda v: (not v.isdigit(), int(v) if v.isdigit() else 0, v))


def _models(services: Services) -> None:
    st.subheader("Models")
    known = {m.model.name: m.model for m in services.list_models() if m.model.kind == "chat"}
    options = list(dict.fromkeys([*known, *draft.get("models", [])]))
    st.multiselect(
        "Models and fine-tuned variants to try",
        options,
        key="design.models",
        format_func=lambda name: name.removeprefix("embedded/"),
        **WRAP,
    )
    for name in draft.get("models", []):
        model = known.get(name)
        if model is None:
            st.caption(f"{as_label(name)}: written in the file, not registered here")
            continue
        parent = f", tuned from {as_label(model.parent)}" if model.parent else ""
        where = "this machine" if model.embedded else as_label(model.base_url or "")
        st.caption(f"{as_label(name)}: {where}{parent}; {as_label(services.price_of(model))}")
        if services.key_is_set(model) is False:
            st.warning(
                f"Its key is missing: set {as_label(model.api_key_env or '')} and start the app again."
            )
    link("models", "Register or tune models", "model_training")


def _settings(tags: list[str], judges: list[str]) -> list[dict[str, Any]]:
    """Questions, scores, objective and limits; returns the table of constraints."""
    with st.expander("Questions, scores, objective, budget", expanded=False):
        first, second, third = st.columns(3, gap="large")
        with first:
            options = list(dict.fromkeys([*tags, *draft.get("tags", [])]))
            st.multiselect(
                "Only questions tagged", options, key="design.tags", accept_new_options=True, **WRAP
            )
            st.number_input("At most so many questions (0: all)", 0, key="design.limit", **KEEP)
            st.slider(
                "Held out",
                0.0,
                0.8,
                step=0.05,
                key="design.holdout",
                **KEEP,
                help="The share of questions that has no part in the choice and confirms it at the end",
            )
            st.number_input("Repeats of each question", 1, 100, key="design.repeats", **KEEP)
        with second:
            st.multiselect(
                "Scores",
                list(dict.fromkeys([*SCORERS, *GROUPS, *JUDGED_NAMES, *draft.get("scores", [])])),
                key="design.scores",
                **WRAP,
                help="`retrieval` stands for its four, `ragas` for all model-free ones; those from "
                "`faithfulness` on ask a judge. Rubrics and ladders are written in a file",
            )
            st.selectbox(
                "Judge",
                list(dict.fromkeys([None, *judges, draft.get("judge")])),
                key="design.judge",
                format_func=lambda name: name or "none",
                **KEEP,
            )
            own = [s for s in draft.get("scores", []) if s not in GROUPS]
            measures = list(dict.fromkeys([*SCORERS, *own, *COST_MEASURES, draft.get("target")]))
            st.segmented_control(
                "Best is",
                ["maximize", "minimize"],
                key="design.direction",
                required=True,
                format_func={"maximize": "highest", "minimize": "lowest"}.__getitem__,
                **KEEP,
            )
            st.selectbox("of", measures, key="design.target", **KEEP)
            st.caption("Constraints")
            columns = {
                "measure": st.column_config.SelectboxColumn(options=measures),
                "must be": st.column_config.SelectboxColumn(
                    options=["at least", "at most"], default="at least"
                ),
                "value": st.column_config.NumberColumn(format="%.4g"),
            }
            rows = draft.get("bounds") or [{"measure": None, "must be": "at least", "value": None}]
            bounds: list[dict[str, Any]] = st.data_editor(
                rows,
                num_rows="dynamic",
                column_config=columns,
                hide_index=True,
                key=f"design.bounds_editor.{draft.get('bounds_round', 0)}",
            )
        with third:
            st.number_input("Budget cap in dollars (0: none)", 0.0, key="design.budget", **KEEP)
            _search()
            st.number_input("Seed", 0, key="design.seed", **KEEP)
    return [dict(row) for row in bounds]


STRATEGIES = {
    "grid": ("Every configuration", "Each is asked every question."),
    "race": ("Race", "Drops what is worse than the leader beyond doubt. The best is kept."),
    "model": ("Model", "Learns what each setting does, and asks where that decides most. The cheapest."),
    "halving": ("Halving", "Drops the worse part block by block. Cheap, without a guarantee."),
    "tpe": ("TPE", "Proposes configurations one after another from the results so far."),
    "random": ("A random draw", "Some configurations, drawn by the seed."),
}


def _search() -> None:
    """The strategy and its settings."""
    st.selectbox(
        "Search",
        list(STRATEGIES),
        key="design.strategy",
        format_func=lambda name: STRATEGIES[name][0],
        **KEEP,
    )
    strategy = draft.get("strategy", "grid")
    st.caption(STRATEGIES[strategy][1])
    for name in SEARCH_SETTINGS[strategy]:
        if name == "trials":
            st.number_input("Configurations to try", 1, key="design.trials", **KEEP)
        elif name == "first":
            st.number_input("Questions in the first block", 1, key="design.first", **KEEP)
        elif name == "keep":
            st.slider("Share that goes on after a block", 0.1, 0.9, key="design.keep", **KEEP)
        elif name == "block":
            st.number_input("Questions between two looks", 1, key="design.block", **KEEP)
        elif name == "confidence":
            st.slider("How sure a drop must be", 0.5, 0.99, key="design.confidence", **KEEP)
        elif name == "answers":
            st.slider("At most this share of the grid's answers", 0.02, 1.0, key="design.answers", **KEEP)


def _load_once(services: Services) -> None:
    """What another page or a file wants designed; at the first visit the sample experiment."""
    text = st.session_state.pop("design.load", None)
    if text is not None:
        st.session_state["design.loads"] = st.session_state.get("design.loads", 0) + 1
        st.session_state.pop("design.not_loaded", None)
        try:
            draft.load(services, services.parse_experiment(text))
        except WorkbenchError as error:
            st.session_state["design.not_loaded"] = error
    if "design.not_loaded" in st.session_state:  # stays until another is loaded
        show_error(st.session_state["design.not_loaded"])
        st.caption("It was not loaded; below is what was designed before.")
    if not draft.get("loaded"):
        draft.load(services, services.sample_experiment())


def render(services: Services) -> None:
    st.title("Design")
    _load_once(services)
    if not _top(services):
        return
    prompts, retrieval, models = st.columns([3, 4, 3], gap="small", border=True)
    with prompts:
        _prompts(services)
    with retrieval:
        _retrieval(services)
    with models:
        _models(services)
    judges = [m.model.name for m in services.list_models() if m.model.kind == "chat" and not m.model.embedded]
    bounds = _settings(st.session_state.get("design.known_tags", []), judges)
    text = to_yaml(draft.to_data(bounds))
    st.subheader("Plan")
    reply = ask(
        services,
        "design.plan",
        "plan",
        {"yaml": text},
        doing="Working out the plan…",
        version=services.version_of(draft.get("corpus")),
    )
    if reply.result is not None:
        st.session_state["design.known_tags"] = reply.result.get("tags", [])
        show_plan(reply.result, stale=reply.stale)
    with st.container(horizontal=True):
        ready = reply.result is not None and not reply.stale
        if st.button(
            "Run", type="primary", disabled=not ready, key="design.run", icon=":material/play_arrow:"
        ):
            st.session_state["design.creating"] = text
        st.download_button(
            "Save as a file",
            text,
            f"{draft.get('name') or 'experiment'}.yaml",
            "application/yaml",
            key="design.download",
            icon=":material/download:",
        )
    if st.session_state.get("design.creating") == text:
        created = ask(services, "design.create", "create", {"yaml": text}, doing="Starting the experiment…")
        if not created.stale:
            del st.session_state["design.creating"]
            forget("design.create")
            if created.result is not None:
                go_to("run", experiment=created.result["experiment"])


run_page(render)
