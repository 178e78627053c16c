"""Words that a clerk would ask about are explained where they stand.

The list names the fields of the gate, the score and what follows from them whose label
alone is not plain. A field says it by ``help``, or each place of it in the form does.
"""

import pytest
import repo

ASKED = {
    "vendor.quality.deduction": """
        basis_amount cap cap_amount explanation kind milestone_id rate
        released_at shared_cap shared_cap_amount
    """,
    "vendor.quality.dispute": """
        claim decision_reason points state submitted_by_id
    """,
    "vendor.quality.exception": """
        bill_total gate_reason payment_used_at posting_used_at purpose
    """,
    "vendor.quality.forecast": """
        coverage grade last_grade next_grade sent_at status
    """,
    "vendor.quality.form": """
        approved_at collected_at collected_by_id date_start deduction_rate
        department_head_id fee_basis fee_open_note finance_approver_id grade
        raw_score roster_note supersedes_id template_id vendor_deadline
    """,
    "vendor.quality.form.line": """
        denominator numerator points sample source status value weight
    """,
    "vendor.quality.gate.change": """
        kind pair_text partner_id vendor_id
    """,
    "vendor.quality.hold": """
        actor amount_total form_id move_ref open_request_id placed_by_id
        reason_text stage unblock_text
    """,
    "vendor.quality.improvement.plan": """
        date_due dispute_id effect finding_id next_ids result root_cause state
        target_ids
    """,
    "vendor.quality.inspection": """
        date_due is_feedback_late pass_rate plan_id
    """,
    "vendor.quality.standing": """
        blocks_invitation blocks_order blocks_payment blocks_posting date_end
        form_id grade score
    """,
    "vendor.quality.waiver": """
        used_at used_name
    """,
}


def find_silent(module, name):
    """Return the fields of a model without ``help`` in the code."""
    known = {
        field: value
        for model in repo.models(module)
        if name == model.name or name in model.inherit
        for field, value in model.fields.items()
    }
    asked = ASKED[name].split()
    assert not [field for field in asked if field not in known], "fields that are gone"
    return {
        field
        for field in asked
        if "help" not in {word.arg for word in known[field].keywords}
    }


def find_places(module, name, field):
    """Yield the nodes of a field in the forms of its model, not of rows in them."""
    for path in repo.files(module, ".xml"):
        for record in repo.xml(path).iterfind(".//record[@model='ir.ui.view']"):
            if record.findtext("field[@name='model']") != name:
                continue
            for node in record.iterfind(f".//form//field[@name='{field}']"):
                inside = [one.tag for one in node.iterancestors("field", "form")]
                if inside[0] == "form" and node.get("invisible") != "1":
                    yield node


@pytest.mark.parametrize("name", ASKED)
def test_what_a_clerk_asks_is_explained(name):
    module = "vendor_quality"
    mute = []
    for field in find_silent(module, name):
        places = list(find_places(module, name, field))
        if not places or not all(node.get("help") for node in places):
            mute.append(field)
    assert not sorted(mute)
