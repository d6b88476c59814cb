"""Code runs only with the user's permission: files beside an experiment, and parts of other packages.
Knows nothing about what the code does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Folder, folder  # noqa: F401  (a fixture)
from tests.outside.conftest import WriteModule
from tests.outside.test_python_parts import MODULE
from tests.tiny_experiment import PROJECT, Runner, experiment
from workbench.api import allow_code_of, prepare_experiment
from workbench.errors import CodeNotAllowed, InputError, MissingPackage
from workbench.parts.choice import code_behind, write
from workbench.parts.part import Reranker, Splitter
from workbench.ship.export import export_winner
from workbench.ship.load import load_winner
from workbench.ship.winner import read_winner
from workbench.space.file_writing import experiment_to_yaml
from workbench.space.files import parse_experiment
from workbench.user_code import loading, permission
from workbench.user_code.packages import NOT_INSTALLED, package_of, version_of

LOUD = MODULE + "\nraise SystemError('it ran')\n"
REORDER = {"llamaindex": "llama_index.core.postprocessor:LongContextReorder"}
SHORTEST = {"retriever": ["keyword"], "chunk_tokens": [64], "rerank": [{"python": "mine:shortest"}]}


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("llama_index.core.node_parser", "llama-index-core"),
        ("llama_index.retrievers.bm25", "llama-index-retrievers-bm25"),
        ("llama_index.postprocessor.cohere_rerank", "llama-index-postprocessor-cohere-rerank"),
        ("llama_index.embeddings.huggingface.base", "llama-index-embeddings-huggingface"),
        ("llama_index.vector_stores.chroma", "llama-index-vector-stores-chroma"),
        ("llama_index.storage.docstore.redis", "llama-index-storage-docstore-redis"),
        ("llama_index.indices.managed.bge_m3", "llama-index-indices-managed-bge-m3"),
        ("llama_index.llms.openai_like", "llama-index-llms-openai-like"),
        ("sklearn.metrics", "scikit-learn"),
        ("nobody_has_this.at_all", "nobody-has-this"),
    ],
)
def test_a_module_s_package(module: str, package: str) -> None:
    assert package_of(module) == package or module.startswith("sklearn")


def test_the_version_of_a_package() -> None:
    assert version_of("llama_index.core")[0].isdigit() and version_of("llama_index.no.such") == NOT_INSTALLED


def test_a_part_that_is_not_installed_says_what_to_install(runner: Runner) -> None:
    part = {"llamaindex": "llama_index.retrievers.bm25:BM25Retriever"}
    written = experiment(retrieval={"retriever": [part], "chunk_tokens": [64]})
    allow_code_of(written, runner.settings, runner.store)
    with pytest.raises(MissingPackage) as missing:
        prepare_experiment(written, runner.settings, runner.store)
    assert missing.value.hint == "pip install llama-index-retrievers-bm25"
    assert "retrieval.retriever" in missing.value.message


def test_nothing_is_imported_before_a_yes(runner: Runner, write_module: WriteModule) -> None:
    write_module(LOUD, allowed=False)
    before = set(sys.modules)
    written = experiment(retrieval=SHORTEST)
    with pytest.raises(CodeNotAllowed, match="mine.py contains Python code") as refused:
        prepare_experiment(written, runner.settings, runner.store)
    assert "Nothing was run" in refused.value.message and "--allow-code" in str(refused.value)
    assert not [name for name in set(sys.modules) - before if name.startswith("mine")]
    allow_code_of(written, runner.settings, runner.store)
    with pytest.raises(InputError, match="SystemError: it ran"):
        prepare_experiment(written, runner.settings, runner.store)


def test_a_module_of_entries_beside_an_experiment_needs_a_yes_too(
    runner: Runner, write_module: WriteModule
) -> None:
    write_module("raise SystemError('it ran')", name="entries", allowed=False)
    with pytest.raises(CodeNotAllowed, match="entries.py"):
        prepare_experiment(experiment(scores=["entries:MINE"]), runner.settings, runner.store)
    with pytest.raises(CodeNotAllowed, match="entries.py"):
        prepare_experiment(experiment(search={"strategy": "entries:MINE"}), runner.settings, runner.store)


def test_a_part_of_another_package_needs_a_yes_with_its_settings(runner: Runner) -> None:
    model = {
        "name": "m",
        "llamaindex": "llama_index.llms.openai:OpenAI",
        "with": {"api_base": "http://x.test/v1"},
    }
    with pytest.raises(CodeNotAllowed, match="llama-index-llms-openai. It could send"):
        prepare_experiment(experiment(models=[model]), runner.settings, runner.store)
    allow_code_of(experiment(models=[model]), runner.settings, runner.store)
    prepare_experiment(experiment(models=[model]), runner.settings, runner.store)
    elsewhere = {**model, "with": {"api_base": "http://y.test/v1"}}
    with pytest.raises(CodeNotAllowed):
        prepare_experiment(experiment(models=[elsewhere]), runner.settings, runner.store)
    inside = {
        "llamaindex": "llama_index.core.node_parser:SemanticSplitterNodeParser",
        "with": {"embed_model": {"llamaindex": "llama_index.embeddings.openai:OpenAIEmbedding"}},
    }
    with pytest.raises(CodeNotAllowed, match="llama-index-embeddings-openai"):
        prepare_experiment(
            experiment(retrieval={"splitter": [inside], "chunk_tokens": [64]}), runner.settings, runner.store
        )


def test_a_key_among_the_arguments_is_refused_and_never_shown() -> None:
    key = "sk-" + "a1B2" * 10
    text = (
        "name: t\ncorpus: tiny\nprompts: [concise]\nmodels: [embedded/extractive]\nretrieval:\n"
        f"  rerank: {{llamaindex: 'llama_index.postprocessor.cohere_rerank:CohereRerank', with: {{api_key: {key}}}}}\n"
    )
    with pytest.raises(InputError, match="contains a key") as refused:
        parse_experiment(text)
    assert key not in str(refused.value)


def test_a_changed_file_stops_a_run_until_it_is_allowed_again(
    runner: Runner, write_module: WriteModule
) -> None:
    file = write_module(MODULE)
    written = experiment(retrieval=SHORTEST, holdout=0.0)
    result = runner.run(written)
    assert result.state == "done"
    file.write_text(LOUD)
    with pytest.raises(CodeNotAllowed):
        prepare_experiment(written, runner.settings, runner.store)
    [allowed] = [entry for entry in permission.list_allowed() if entry.what == str(file.resolve())]
    assert permission.forget(allowed.what) and not permission.forget(allowed.what)


def test_a_winner_keeps_its_parts_and_asks_elsewhere(
    runner: Runner, write_module: WriteModule, tmp_path: Path
) -> None:
    file = write_module(MODULE)
    result = runner.run(experiment(retrieval=SHORTEST, holdout=0.0))
    path = export_winner(runner.store, result.id, out=tmp_path / "elsewhere" / "winner.yaml")
    assert 'python(part="mine:shortest")' in path.read_text()
    winner = load_winner(path, settings=runner.settings)
    nodes = winner.as_llama_retriever().retrieve("How much does the tank hold?")
    assert [n.node.text for n in nodes] == [p.text for p in winner.retrieve("How much does the tank hold?")]
    permission.forget(str(file.resolve()))
    with pytest.raises(CodeNotAllowed):
        load_winner(path, settings=runner.settings)
    load_winner(path, settings=runner.settings, allow_code=True)
    assert [entry.what for entry in permission.list_allowed()] == [str(file.resolve())]
    load_winner(path, settings=runner.settings)


def test_a_winner_says_which_packages_it_needs(runner: Runner, tmp_path: Path) -> None:
    axes = {"retriever": ["keyword"], "chunk_tokens": [64], "rerank": [REORDER]}
    result = runner.run(experiment(retrieval=axes, holdout=0.0))
    path = export_winner(runner.store, result.id, out=tmp_path / "winner.yaml")
    assert read_winner(path).libraries["llama-index-core"] == version_of("llama_index.core")


def test_baselines_and_rules_name_such_parts_by_their_mapping(runner: Runner) -> None:
    written = experiment(
        retrieval={
            "retriever": ["keyword"],
            "chunk_tokens": [64],
            "rerank": ["none", REORDER],
            "top_k": [1, 2],
        },
        baseline={"rerank": {**REORDER, "revision": 2}},
        exclude=[{"rerank": REORDER, "top_k": 1}],
    )
    prepared = prepare_experiment(written, runner.settings, runner.store)
    reranks = [(c.retrieval.rerank, c.retrieval.top_k) for c in prepared.space.configs]
    text = f'llamaindex(part="{REORDER["llamaindex"]}")'
    assert {(text[:-1] + ', revision="2")', 1), (text, 2), ("none", 1)} <= set(reranks) and (
        text,
        1,
    ) not in reranks
    assert parse_experiment(experiment_to_yaml(written)) == written


def test_canonical_texts() -> None:
    long = {"llamaindex": "a.b:C", "with": {"z": 1, "a": {"y": [1, "x"]}}, "revision": 3}
    text = write(Splitter, long)
    assert text == 'llamaindex(part="a.b:C", with={"a": {"y": [1, "x"]}, "z": 1}, revision="3")'
    assert write(Splitter, text) == text
    assert write(Splitter, {"llamaindex": {"part": "a.b:C"}}) == 'llamaindex(part="a.b:C")'
    for wrong in ({"llamaindex": "a.b"}, {"llamaindex": "a:b", "calls": 1}, {"python": "a:b", "with": [1]}):
        with pytest.raises(InputError):
            write(Splitter, wrong)
    assert write(Reranker, {"llamaindex": "a:B", "calls": 2}) == 'llamaindex(part="a:B", calls=2)'


def test_on_the_command_line(folder: Folder) -> None:  # noqa: F811
    folder.write("experiments/mine.py", MODULE + "\nprint('imported')\n")
    text = folder.file.read_text().replace(
        "retriever: [keyword, dense]",
        "retriever: [keyword], splitter: [{python: 'mine:lines'}, "
        "{llamaindex: 'llama_index.core.node_parser:SentenceSplitter', with: {paragraph_separator: '\\n\\n'}}]",
    )
    folder.write("experiments/own.yaml", text)
    refused = folder.run("plan", "experiments/own.yaml", "--json", code=2)
    assert "mine.py contains Python code" in refused.stderr and refused.stdout == ""
    assert (
        "imported" not in refused.stderr and "plan experiments/own.yaml --json --allow-code" in refused.stderr
    )
    plan = json.loads(folder.run_apart("plan", "experiments/own.yaml", "--allow-code", "--json").stdout)
    assert plan["configs"] == 2 and any("its calls are not counted" in w for w in plan["warnings"])
    done = folder.run_apart("run", "experiments/own.yaml", "--json")  # the yes is remembered
    assert json.loads(done.stdout)["state"] == "done" and "splitting" in done.stderr
    [allowed] = folder.json("code", "list")["allowed"]
    assert allowed["what"].endswith("mine.py")
    folder.run("code", "forget", allowed["what"])
    folder.run("plan", "experiments/own.yaml", code=2)
    folder.run("code", "allow", "experiments/mine.py")
    folder.run("plan", "experiments/own.yaml")


def test_a_part_of_the_core_that_is_given_a_variable_needs_a_yes() -> None:
    given = {"pii_str_tmpl": {"env": "OPENAI_API_KEY"}}
    inner = {"llamaindex": "llama_index.core.postprocessor:PIINodePostprocessor", "with": given}
    for part in (inner, {**REORDER, "with": {"any": [inner]}}):
        code = code_behind(write(Reranker, part))[-1]
        assert "OPENAI_API_KEY" in code.what and "with any key of this computer" in code.in_words


def test_a_file_that_changes_while_it_is_loaded_does_not_run(
    write_module: WriteModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_module(LOUD)
    monkeypatch.setattr(loading, "require", lambda codes: file.write_text(LOUD.replace("it ran", "evil!!")))
    with pytest.raises(InputError, match="has just been changed"):
        loading.load("mine:shortest")


def test_an_allowed_file_imports_what_lies_beside_it(write_module: WriteModule) -> None:
    write_module("BESIDE = 7", name="helper_of_mine", allowed=False)
    write_module("from helper_of_mine import BESIDE", name="imports_a_helper")
    assert loading.load("imports_a_helper:BESIDE") == 7


def test_modules_in_the_working_folder_do_not_take_the_place_of_others(tmp_path: Path) -> None:
    for name in ("json", "ctypes", "yaml", "typer", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name}.py ran')")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "WORKBENCH_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "workbench", "code", "list", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr, json.loads(done.stdout)) == (0, "", {"allowed": []})
