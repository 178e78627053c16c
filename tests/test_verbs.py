"""Verbs take a step once, and nothing else is called by a client."""

import ast

import pytest
import repo

STEPS = frozenset({"_take_step", "take_proven_step"})
WRITES = frozenset({"server_write", "stamped_write", "write"})
STAMPS_ONCE = frozenset(
    {
        # What they stamp is no state; their reason function refuses a second time.
        "outsourcing.bid.action_call_guarantee",
        "outsourcing.bid.action_receive_guarantee",
        "outsourcing.bid.action_release_guarantee",
        "outsourcing.bid.person.action_confirm",
        "outsourcing.committee.member.action_attend",
        "outsourcing.committee.member.action_declare",
        "outsourcing.compliance.event.action_name_person",
        "outsourcing.contract.action_file",
        "outsourcing.contract.guarantee.action_accept_shorter",
        "outsourcing.incentive.action_answer",
        "outsourcing.price.reader.action_confirm",
        "outsourcing.score.action_explain",
        "outsourcing.tender.action_accept_few_bids",
        "outsourcing.tender.action_confirm_order",
        "outsourcing.tender.action_retender",
        "outsourcing.tender.addendum.action_sign_off",
    }
)
"""Verbs that write by themselves; tests of their models take each of them twice."""
REPEATED = frozenset(
    {
        # Says that a piece was counted before; a race ends in one row for it.
        "itsm.equipment.stocktake.action_scan",
        # Sends another code; the one before it ends.
        "itsm.ticket.action_send_sign_off_code",
        # Mails an invitation anew where the mail before it did not arrive.
        "outsourcing.tender.invitation.action_send_again",
        # Writes the zero that stands there as one that a person entered.
        "vendor.quality.form.action_confirm_no_fee",
        # Fills in results that are empty.
        "vendor.quality.inspection.action_pass_all",
    }
)
"""Verbs that write and may be taken again."""
CHECKED = "_flow_check_can"


def calls(function):
    """The names of what a function calls."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "attr", getattr(node.func, "id", None)), node


def verbs():
    """The verbs of all models: ``(model.method, class, function)``.

    Each model has those of its mixins, too; the class is where a verb is written.
    """
    names = {item.name for item in repo.all_models() if item.kind != "AbstractModel"}
    for name in sorted(names):
        for model in repo.ancestors(name):
            for node in model.node.body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith(
                    "action_"
                ):
                    yield f"{name}.{node.name}", model, node


def writes_state(call):
    """Whether a call writes a state by itself."""
    return any(
        isinstance(node, ast.Dict)
        and any(getattr(key, "value", None) == "state" for key in node.keys)
        for argument in call.args
        for node in ast.walk(argument)
    )


def test_a_verb_enters_a_state_by_the_one_step():
    """``_take_step`` refuses to enter a state twice and keeps what was said first."""
    wrong = [
        name
        for name, _model, function in verbs()
        if name not in STAMPS_ONCE
        for called, node in calls(function)
        if called in WRITES and writes_state(node)
    ]
    assert not wrong


def test_a_verb_that_stamps_is_checked_first():
    """What a verb of a document stamps besides a state was judged in the same call."""
    loose = []
    for name, _model, function in verbs():
        called = {item for item, _node in calls(function)}
        if name in REPEATED or not called & WRITES or called & STEPS:
            continue
        document = name.rpartition(".")[0]
        if any("_flow_transitions" in part.values for part in repo.ancestors(document)):
            if name not in STAMPS_ONCE or CHECKED not in called:
                loose.append(name)
    assert not loose, "take the step by _take_step, or check it and add a test"


def test_listed_verbs_exist():
    assert STAMPS_ONCE | REPEATED <= {name for name, _model, _function in verbs()}


@pytest.mark.parametrize("name", sorted(STAMPS_ONCE))
def test_a_second_taking_is_tested(name):
    """Each verb that stamps by itself is taken twice in a test of its module."""
    (module,) = {
        model.path.relative_to(repo.ROOT).parts[0]
        for model in repo.all_models()
        if model.is_new and model.name == name.rpartition(".")[0]
    }
    path = repo.ROOT / module / "tests" / "test_module_verbs.py"
    assert f'"{name}"' in path.read_text("utf-8")
