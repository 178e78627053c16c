"""A benchmark keeps the figures it has when it is interrupted."""

import contextlib
import importlib.util
import json
from types import SimpleNamespace

import pytest
import repo

ROW = {
    **dict.fromkeys(("median", "min", "max", "cpu", "queries"), 1.5),
    **{"figure": "post in one call", "contestant": "gate", "items": 7},
}


@pytest.fixture
def bench(monkeypatch):
    """tests/bench/run.py as a module, with nothing to start behind it."""
    folder = repo.ROOT / "tests" / "bench"
    monkeypatch.syspath_prepend(str(folder))
    spec = importlib.util.spec_from_file_location("bench_run", folder / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = SimpleNamespace(sql=lambda *_words: "18.6")
    pair = (SimpleNamespace(version="19.0"), SimpleNamespace(server=server))
    monkeypatch.setattr(
        module.prepare, "workshop", lambda *_sets: contextlib.nullcontext(pair)
    )
    monkeypatch.setattr(module.template, "ensure", lambda *_words: "base")
    return module


def test_interrupted_run_keeps_its_figures(bench, monkeypatch, tmp_path, capsys):
    target = tmp_path / "figures.json"

    def run_case(_runner, _base, _case, _options, report):
        report.add([ROW])
        assert "post in one call" in capsys.readouterr().out
        assert json.loads(target.read_text())["results"] == [ROW]
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "run_case", run_case)
    with pytest.raises(KeyboardInterrupt):
        bench.main(["bills", "--json", str(target)])
    told = capsys.readouterr().out
    assert "PostgreSQL 18.6" in told
    assert "gate" in told
    assert "stopped before the end" in told
    kept = json.loads(target.read_text())
    assert kept["results"] == [ROW]
    assert not kept["complete"]


def test_whole_run_is_complete(bench, monkeypatch, tmp_path, capsys):
    target = tmp_path / "figures.json"
    monkeypatch.setattr(
        bench, "run_case", lambda *words: words[-1].add([{**ROW, "figure": words[2]}])
    )
    bench.main(["bills", "tickets", "--json", str(target)])
    kept = json.loads(target.read_text())
    assert [row["figure"] for row in kept["results"]] == ["bills", "tickets"]
    assert kept["complete"]
    assert "stopped" not in capsys.readouterr().out


def test_limit_of_the_nightly_jobs():
    folder = repo.ROOT / "tests" / "bench"
    spec = importlib.util.spec_from_file_location("contracts", folder / "contracts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    slow = {"seconds": module.LIMIT + 1}
    kinds = ("due", "nothing left")
    runs = {f"{name}, {kind}": slow for name in module.JOBS for kind in kinds}
    found = module.find_slow({"filled": slow, **runs})
    assert set(runs) - set(found) == set(module.FIRST_COUNTS)
    assert "figures of tenders, nothing left" in found
