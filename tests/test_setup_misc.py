"""The small parts of setup/: ports, names, mending, versions, the log check."""

import json
import re
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
import repo
from lib import (
    checklog,
    database,
    mend,
    modules,
    odoo,
    odoo_source,
    run_command,
    sharing,
)
from lib import test_command as command
from lib.ui import Problem, size


def test_port_taken_is_one_line():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Problem, match=f"port {port} is taken.*--port {port + 1}"):
            odoo.check_port(port)
    odoo.check_port(port)


@pytest.mark.parametrize("port", [0, -1, 70000])
def test_impossible_port(port):
    with pytest.raises(Problem, match="is no port"):
        odoo.check_port(port)


@pytest.mark.parametrize("name", ["", "a b", "x';--", "-x", "a/b", "postgres"])
def test_database_names_are_refused(name):
    with pytest.raises(Problem):
        database.check_name(name)


def test_database_names_are_taken():
    for name in ("outsourcing", "a-b_c.d", "1"):
        assert database.check_name(name) == name


def test_literal():
    assert database.literal("it's") == "'it''s'"


def test_mending(tmp_path):
    info = tmp_path / "odoo-19.0.egg-info"
    info.mkdir()
    (info / "requires.txt").write_text("lxml\npsycopg2\nPyPDF2\npsutil\n")
    (info / "PKG-INFO").write_text(
        "Requires-Dist: psycopg2>=2.2\nRequires-Dist: PyPDF2\n"
    )
    for _again in range(2):
        mend.mend(tmp_path)
        assert (info / "requires.txt").read_text() == (
            "lxml\npsycopg2-binary\npypdf\npsutil\n"
        )
        assert (info / "PKG-INFO").read_text() == (
            "Requires-Dist: psycopg2-binary>=2.2\nRequires-Dist: pypdf\n"
        )
    for name in mend.EMPTY_FILES:
        assert (tmp_path / name).read_bytes() == b""


def test_wrong_odoo_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_SRC", str(tmp_path))
    with pytest.raises(Problem, match="holds no Odoo"):
        odoo_source.find()
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, 'final')")
    with pytest.raises(Problem, match=r"is Odoo 18\.0"):
        odoo_source.find()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (19, 0, 0, FINAL)")
    assert odoo_source.find().path == tmp_path


def test_unknown_module_is_refused():
    with pytest.raises(Problem, match="no module sale here"):
        modules.check(["sale"])


def test_module_order():
    assert modules.names() == [name for name in modules.ORDER if name in repo.MODULES]
    assert modules.needs_of(["vendor_quality"]) == modules.names()
    assert modules.needs_of(["itsm_desk"]) == ["itsm_desk"]
    assert "purchase_requisition" in modules.external_depends()
    assert not set(modules.external_depends()) & set(modules.names())


def test_versions_compare_as_numbers():
    assert run_command._numbers("19.0.1.10.0") > run_command._numbers("19.0.1.9.0")


def test_update_brings_mended_translations(monkeypatch):
    runs = []
    server = SimpleNamespace(
        installed=lambda name: {"itsm_desk"},
        copy=lambda *given: None,
        drop=lambda *given: None,
        rename=lambda *given: None,
    )
    runner = SimpleNamespace(server=server, filestores=None)
    monkeypatch.setattr(run_command, "_run", lambda *words: runs.append(words))
    monkeypatch.setattr(run_command.modules, "names", lambda: ["itsm_desk"])
    run_command.update(runner, "x", None, {"fingerprint": 1}, {"fingerprint": 2})
    [words] = runs
    assert "--i18n-overwrite" in words[words.index("-u") :]


def test_language_codes():
    for code in ("zh_CN", "fr", "sr@latin", "es_419"):
        assert run_command.LANGUAGE.fullmatch(code)
    for code in ("zh-CN", "x'; DROP", ""):
        assert not run_command.LANGUAGE.fullmatch(code)


def test_last_error(tmp_path):
    log = tmp_path / "log"
    log.write_text(
        "2026-01-02 03:04:05,678 42 INFO db odoo.modules: fine\n"
        "2026-01-02 03:04:05,678 42 CRITICAL db odoo.service.server: Failed to start\n"
        "Traceback (most recent call last):\n"
        '  File "x.py", line 1, in y\n'
        "odoo.tools.convert.ParseError: while parsing views.xml\n"
    )
    assert "while parsing views.xml" in odoo.last_error(log)


def test_ignored_records_are_patterns(tmp_path, monkeypatch):
    config = tmp_path / "checklog-odoo.cfg"
    config.write_text(
        "[checklog-odoo]\nignore=\n  WARNING.* py.warnings\n  100% sure\n"
    )
    monkeypatch.setattr(checklog, "CONFIG", config)
    assert checklog.ignored() == ["WARNING.* py.warnings", "100% sure"]


def test_arguments_of_test():
    options = command.arguments(["itsm_desk", "--tags", "/itsm_desk:TestX"])
    assert options.modules == ["itsm_desk"]
    assert options.tags == "/itsm_desk:TestX"
    assert command.arguments([]).core is None
    assert "purchase" in command.arguments(["--core"]).core


def test_size():
    assert [size(n) for n in (5, 1500, 122533504)] == ["5 B", "1.5 kB", "122.5 MB"]


@pytest.mark.parametrize("of", [1, 2, 3])
def test_shares_are_all_tests_once(of):
    """Each test class is in exactly one share, and no share is empty."""
    shares = [
        sharing.tags_of_share((number, of), repo.MODULES) for number in range(1, of + 1)
    ]
    assert all(shares)
    tags = [tag for share in shares for tag in share]
    assert len(tags) == len(set(tags))
    for module in repo.MODULES:
        for path in (repo.ROOT / module / "tests").glob("test_*.py"):
            text = path.read_text("utf-8")
            if "    def test_" in text:
                names = re.findall(r"^class (Test\w+)", text, re.MULTILINE)
                assert any(f"/{module}:{name}" in tags for name in names), path.name


def test_shares_weigh_alike():
    """No share has more than another by what the heaviest class weighs."""
    loads, heaviest = [sharing.BEFORE, sharing.AFTER], 0
    shares = [sharing.tags_of_share((number, 2), repo.MODULES) for number in (1, 2)]
    for tag, weight, _needs_server in sharing._classes(repo.MODULES):
        loads[tag in shares[1]] += weight
        heaviest = max(heaviest, weight)
    assert abs(loads[0] - loads[1]) <= heaviest


def test_weights_are_measured(tmp_path, monkeypatch):
    """Of classes that are gone or quick there is no line, new ones are guessed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sharing, "WEIGHTS", tmp_path / "weights.json")
    sharing.WEIGHTS.write_text("{}")
    with pytest.raises(Problem, match="run the tests first"):
        sharing.weigh(repo.MODULES)
    sharing.note({"/itsm_desk:TestMatrix": 99.6, "/itsm_desk:TestGone": 50})
    sharing.note({"/itsm_desk:TestWords": 1.5})
    sharing.weigh(repo.MODULES)
    assert json.loads(sharing.WEIGHTS.read_text()) == {"/itsm_desk:TestMatrix": 100}
    weights = {tag: weight for tag, weight, _web in sharing._classes(["itsm_desk"])}
    assert weights["/itsm_desk:TestMatrix"] == 100
    assert 0 < weights["/itsm_desk:TestWords"] < 10


def test_one_share_needs_the_web_server():
    """Style sheets and scripts are compiled once, in the first share."""
    for tag in sharing.tags_of_share((2, 2), repo.MODULES):
        module, klass = tag.strip("/").split(":")
        files = (repo.ROOT / module / "tests").glob("*.py")
        text = "".join(path.read_text("utf-8") for path in files)
        assert not re.search(rf"^class {klass}\(.*HttpCase", text, re.MULTILINE), tag


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_share_is_refused_in_words(text):
    with pytest.raises(Problem, match="1/2"):
        sharing.read_share(text)


def test_lanes_install_programs_once(tmp_path):
    """Two runs that lack a program on a fresh machine: one installs, both have it."""
    tools = tmp_path / "tools"
    tools.mkdir()
    runs = tmp_path / "runs"
    script = tools / "apt-get"
    # as dpkg: whoever comes while another one works is refused
    script.write_text(
        "#!/bin/sh\n"
        f'/bin/mkdir "{tmp_path}/dpkg" || exit 100\n'
        f'echo "$@" >> "{runs}"\n'
        "/bin/sleep 1\n"
        f'printf "#!/bin/sh\\n" > "{tools}/chromium"\n'
        f'/bin/chmod +x "{tools}/chromium"\n'
        f'/bin/rmdir "{tmp_path}/dpkg"\n'
    )
    script.chmod(0o755)
    lane = (
        "import os, sys\n"
        f"sys.path.insert(0, {str(repo.ROOT / 'setup')!r})\n"
        "from lib import programs\n"
        "os.geteuid = lambda: 0\n"
        "sys.exit(len(programs.provide(('browser tours',), strict=False)))\n"
    )
    environment = {
        "PATH": str(tools),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    lanes = [
        subprocess.Popen([sys.executable, "-c", lane], env=environment)
        for _ in range(2)
    ]
    assert [each.wait(timeout=60) for each in lanes] == [0, 0]
    assert len(runs.read_text().splitlines()) == 1
