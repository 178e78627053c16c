"""What a run under load proves, without a server."""

import base64
import hashlib
import sys
from types import SimpleNamespace

import pytest
import repo

ROLES = ("requester", "vendor", "technician", "staff")


@pytest.fixture
def load(monkeypatch):
    """The modules of tests/load that need no server to be read."""
    for folder in ("scenarios", "load"):
        monkeypatch.syspath_prepend(str(repo.ROOT / "tests" / folder))
    pytest.importorskip("requests")
    names = ("faults", "invariants", "operations")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    return SimpleNamespace(**{name: __import__(name) for name in names})


class Thread:
    """A client that works for some looks at it."""

    def __init__(self, looks):
        self.looks = looks

    def is_alive(self):
        self.looks -= 1
        return self.looks >= 0


def run_faults(load, monkeypatch, share, pids, looks=20):
    monkeypatch.setattr(load.faults.time, "sleep", lambda _seconds: None)
    pids = iter(pids)
    served = SimpleNamespace(
        kill_worker=lambda _number: next(pids, None),
        crash_database=lambda _seconds: None,
    )
    faults = load.faults.Faults(served, SimpleNamespace(share=lambda: share))
    faults.run([Thread(looks)])
    return faults


def test_every_fault_is_done(load, monkeypatch):
    faults = run_faults(load, monkeypatch, 1.0, range(1, 9))
    assert len(faults.told) == len(load.faults.KILLS) + 1
    assert not faults.undone()


def test_time_was_up_before_the_faults(load, monkeypatch):
    faults = run_faults(load, monkeypatch, 0.7, range(1, 9))
    told = faults.undone()
    assert len(told) == 2
    assert "PostgreSQL at 75%" in told[0]
    assert "worker at 85%" in told[1]


def test_a_kill_without_a_worker_is_none(load, monkeypatch):
    faults = run_faults(load, monkeypatch, 0.2, [None, None, 7])
    assert faults.told == ["at 20%: SIGKILL of worker 7"]
    assert not run_faults(load, monkeypatch, 0.2, []).told


def make_book(load, outcome):
    book = load.operations.Book(100, 0)
    for role in ROLES:
        for name, _weight in load.operations.CLIENTS[role].mix:
            book.add(load.operations.label(role, name), 1.0, outcome)
    for name in load.operations.ACKNOWLEDGED:
        setattr(book, name, {1})
    return book


@pytest.mark.parametrize("role", ["vendor", "technician"])
def test_everybody_of_a_role_acts(load, role):
    """Three bids are needed to open a tender, two technicians to want one ticket."""
    world = SimpleNamespace(
        seed=1, tender=1, cast=SimpleNamespace(technician=None, technician2=None)
    )
    logins = {"vendor": load.operations.VENDORS}.get(role, load.operations.TECHNICIANS)
    Client = load.operations.CLIENTS[role]
    roles = load.operations.ROLES
    numbers = [n for n in range(24) if roles[n % len(roles)] == role]
    assert {Client(world, None, n).login for n in numbers} == set(logins)


def test_clients_go_on_until_bids_can_be_opened(load):
    now = load.operations.time.monotonic()
    book = load.operations.Book(1, now + 60)
    assert book.begin(now + 30)
    assert book.begin(now + 30), "there are enough, but the tender is not opened"
    assert not book.begin(now)
    assert not load.operations.Book(1, now - 1).begin(now + 30), "time is up"


def test_a_run_that_proves_something(load):
    assert not make_book(load, "done").unproven(ROLES)


def test_only_errors_prove_nothing(load):
    book = make_book(load, "error")
    told = "\n".join(book.unproven(ROLES))
    assert "vendor: seal bid: not done once" in told
    assert "operations ended with an error" in told


def test_nothing_acknowledged(load):
    book = make_book(load, "done")
    book.seals, book.paid = set(), set()
    assert book.unproven(ROLES) == [
        load.operations.ACKNOWLEDGED[name] for name in ("seals", "paid")
    ]
    assert not book.unproven(("requester",))


def test_files_are_fetched(load):
    good, lost = b"evidence", b"lost"
    digests = [hashlib.sha256(data).hexdigest() for data in (good, lost)]
    book = SimpleNamespace(tickets={"A": (5, digests[:1]), "B": (6, digests[1:])})
    served = SimpleNamespace(sql=lambda _query: [["5", "11"], ["6", "12"], ["9", "13"]])

    def read(_model, _method, ids, fields):
        assert (ids, fields) == ([11, 12], ["datas"])
        data = base64.b64encode(good).decode()
        return [{"id": 11, "datas": data}, {"id": 12, "datas": False}]

    world = SimpleNamespace(cast=SimpleNamespace(itmanager=SimpleNamespace(call=read)))
    assert load.invariants._files(served, world, book) == [(6, digests[1:])]


def test_chain_that_nobody_may_read_is_not_proved(load):
    served = SimpleNamespace(
        sql=lambda query: [["x.model", "3"]] if "head" in query else []
    )

    def refuse(*_words, **_values):
        raise load.operations.Refused(403, "no")

    def prove(*_words, **_values):
        return {"valid": True, "waiting": 0}

    one, other = SimpleNamespace(call=refuse), SimpleNamespace(call=prove)
    assert not load.invariants._chains(served, (one, other))
    assert load.invariants._chains(served, (one,)) == [("x.model", "3", ["no"])]


def test_an_outage_is_waited_out(load, monkeypatch):
    """A server without its database answers 404 at once: that is lost, not refused."""
    monkeypatch.setattr(load.operations.time, "sleep", lambda _seconds: None)
    answers = iter([False, False, False, True])
    world = load.operations.World.__new__(load.operations.World)
    world.seed = 1
    world.opened = 0
    world.is_served = lambda: next(answers, True)

    class Client:
        def __init__(self, _world, _book, _number):
            self.acts = iter([404, 404, 422])

        def choose(self):
            return "requester: file", self.act

        def act(self):
            raise load.operations.Refused(next(self.acts), "no")

    monkeypatch.setattr(
        load.operations, "CLIENTS", dict.fromkeys(load.operations.ROLES, Client)
    )
    book = load.operations.Book(3, load.operations.time.monotonic() + 60)
    world.work(0, book)
    # The second 404 is that of a server which answers again.
    assert [row[2] for row in book.rows] == ["lost", "refused", "refused"]
