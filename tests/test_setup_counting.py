"""Counting tests in Odoo's log."""

from lib import counting
from lib.counting import LogOfTests, Tally, read_tally

PREFIX = "2026-01-02 03:04:05,678 42 "
MODULE = "db odoo.addons.itsm_desk.tests.test_x"


def log(*lines):
    tests = LogOfTests()
    for line in lines:
        tests.feed(line + "\n")
    return tests


def started(name, logger=MODULE):
    return f"{PREFIX}INFO {logger}: Starting {name} ... "


def summary(failed, errors, count):
    level = "ERROR" if failed or errors else "INFO"
    return (
        f"{PREFIX}{level} db odoo.tests.result: {failed} failed, {errors} error(s) of"
        f" {count} tests when loading database 'db' "
    )


def test_success():
    tests = log(started("TestA.test_1"), started("TestA.test_2"), summary(0, 0, 2))
    assert (tests.passed, tests.failed, tests.skipped) == (2, 0, 0)
    assert tests.of_module("itsm_desk") == 2
    assert tests.of_module("vendor_quality") == 0
    assert not tests.complaints()


def test_seconds_of_classes(monkeypatch):
    """By the clock of who reads: that of the log may stand still."""
    clock = iter((10, 11, 14, 16))
    monkeypatch.setattr(counting.time, "monotonic", lambda: next(clock))
    tests = log(
        started("TestA.test_1"),
        started("TestA.test_2"),
        started("TestB.test_1"),
        summary(0, 0, 3),
    )
    assert tests.seconds == {"/itsm_desk:TestA": 4, "/itsm_desk:TestB": 2}


def test_failure_and_error():
    tests = log(
        started("TestA.test_1"),
        f"{PREFIX}INFO {MODULE}: " + "=" * 70,
        f"{PREFIX}ERROR {MODULE}: FAIL: TestA.test_1",
        "Traceback (most recent call last):",
        "AssertionError: Starting TestB.test_9 ...",
        started("TestA.test_2"),
        f"{PREFIX}ERROR {MODULE}: ERROR: TestA.test_2",
        started("TestA.test_3"),
        summary(1, 1, 3),
    )
    assert (tests.passed, tests.failed, tests.skipped) == (1, 2, 0)
    assert not tests.complaints()


def test_subtests_are_one_test():
    tests = log(
        started("TestA.test_1"),
        f"{PREFIX}ERROR {MODULE}: FAIL: Subtest TestA.test_1 (i=1)",
        f"{PREFIX}ERROR {MODULE}: FAIL: Subtest TestA.test_1 (i=2)",
        summary(2, 0, 1),
    )
    assert (tests.passed, tests.failed) == (0, 1)


def test_skipped():
    tests = log(
        started("TestA.test_1"),
        f"{PREFIX}INFO {MODULE}: skipped TestA.test_1 : Chrome executable not found ",
        f"{PREFIX}INFO db odoo.tests.suite: skipped setUpClass"
        " (odoo.addons.itsm_desk.tests.test_x.TestB) : no browser",
        started("TestA.test_2"),
        summary(0, 0, 2),
    )
    assert (tests.passed, tests.failed, tests.skipped) == (1, 0, 2)


def test_class_that_cannot_be_prepared():
    tests = log(
        f"{PREFIX}ERROR db odoo.tests.suite: ERROR: setUpClass"
        " (odoo.addons.itsm_desk.tests.test_x.TestA)",
        f"{PREFIX}ERROR db odoo.tests.suite: ERROR: setUpClass"
        " (odoo.addons.itsm_desk.tests.test_x.TestB)",
        summary(0, 2, 0),
    )
    assert (tests.passed, tests.failed) == (0, 2)


def test_same_names_in_two_files():
    other = MODULE.replace("test_x", "test_y")
    tests = log(
        started("TestA.test_1"),
        started("TestA.test_1", other),
        f"{PREFIX}ERROR {other}: FAIL: TestA.test_1",
        summary(1, 0, 2),
    )
    assert (tests.passed, tests.failed) == (1, 1)


def test_colours_are_ignored():
    tests = log(f"{PREFIX}\033[1;32mINFO\033[0m {MODULE}: Starting TestA.test_1 ...")
    assert tests.passed == 1


def test_crash_is_noticed():
    assert log(started("TestA.test_1")).complaints()


def test_unnamed_failure_is_noticed():
    assert log(started("TestA.test_1"), summary(1, 0, 1)).complaints()


def test_lost_tests_are_noticed():
    assert log(started("TestA.test_1"), summary(0, 0, 3)).complaints()


def test_tally():
    tally = Tally(1, 2, 3).add(Tally(10, 20, 30))
    assert str(tally) == "11 passed, 22 failed, 33 skipped"
    again = read_tally(f"step 1: x\n0 passed, 0 failed, 0 skipped\n{tally}\n")
    assert (again.passed, again.failed, again.skipped) == (11, 22, 33)
    assert read_tally("5 passed, 1 failed") is None
