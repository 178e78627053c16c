"""Steps 12 and 13: the deduction becomes a credit note, and what anyone can check."""

import json
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from cast import check, refused, today
from steps_quality import BILL, FEE, FORM, enter_bill, first_line

RECOMPUTE = (
    Path(__file__).resolve().parents[2] / "vendor_quality" / "tools" / "recompute.py"
)
APPLY = "vendor.quality.deduction.apply"


def credit_the_deduction(cast):
    """Accounting credits the deduction; the credit frees no part of the fee."""
    bill, form = cast.made["bill"], cast.made["form"]
    _apply(cast, bill)
    seen = cast.accountant.read(BILL, bill, "amount_residual", "payment_state")
    check(seen["amount_residual"] == 0, seen)
    again = refused(_apply, cast, bill)
    second = enter_bill(cast, today(), today())
    told = refused(cast.accountant.call, BILL, "action_post", [second])
    deduction = cast.qualityofficer.search(
        "vendor.quality.deduction", [["form_id", "=", form]], "state", "amount"
    )
    check([item["state"] for item in deduction] == ["applied"], deduction)
    credited = deduction[0]["amount"]
    return (
        f"credit note of {credited:.2f}: {FEE - credited:.2f} paid + {credited:.2f} "
        f"credited = {FEE:.2f}, nothing due; a second time: “{first_line(again)}”; "
        f"a second bill: “{first_line(told)}”"
    )


def prove_the_result(cast):
    """The score without Odoo, the audit page, the workbook, the vendor's own trend."""
    form, contract = cast.made["form"], cast.made["contract"]
    export = cast.visitor("qualityofficer").get(
        f"/vendor_quality/form/{form}/document.json"
    )
    frozen = export.json()
    check(_recompute(frozen) == 0, "the exported score is another one")
    frozen["document"]["result"]["payable"] = f"{FEE:.0f}"
    check(_recompute(frozen) == 1, "a forged export is not found out")
    auditor = cast.visitor("auditor")
    page = f"/report/html/vendor_quality.report_contract_audit/{contract}"
    trail = auditor.get(page).text
    missing = [name for name in _names_of_the_chain(cast) if name not in trail]
    check(not missing, f"not in the audit trail: {missing}")
    pages = auditor.get(page.replace("/html/", "/pdf/")).content
    check(pages.startswith(b"%PDF"), pages[:20])
    sheets = _count_sheets(cast)
    own = cast.visitor("it2").get("/my/service-quality").text
    seen = cast.qualityofficer.read(FORM, form, "name", "score")
    check(f"{seen['score']:.2f}" in own, "the vendor does not see his score")
    check("Lanqiao" not in own, "the vendor sees a peer")
    return (
        f"{seen['name']} re-computed without Odoo, a forged export found out; audit "
        f"trail from {_names_of_the_chain(cast)[0]} to the payment, "
        f"{len(pages) // 1024} KB of PDF; workbook of {sheets} sheets; the vendor sees "
        "his own trend and no other's"
    )


def _apply(cast, bill):
    context = {"active_model": BILL, "active_ids": [bill]}
    wizard = cast.accountant.call(
        APPLY, "create", vals_list=[{"is_posted": True}], context=context
    )
    return cast.accountant.call(APPLY, "action_apply", wizard)


def _recompute(export):
    """Return the exit status of the script that needs no Odoo."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "form.json")
        path.write_text(json.dumps(export), encoding="utf-8")
        command = [sys.executable, str(RECOMPUTE), str(path)]
        return subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL
        ).returncode


def _names_of_the_chain(cast):
    """Return what the audit trail must name, from the request to the bill."""
    records = (
        (cast.officer, "outsourcing.request", "request"),
        (cast.officer, "outsourcing.tender", "tender"),
        (cast.officer, "outsourcing.contract", "contract"),
        (cast.qualityofficer, FORM, "form"),
        (cast.accountant, BILL, "bill"),
    )
    return [
        person.read(model, cast.made[key], "name")["name"]
        for person, model, key in records
    ]


def _count_sheets(cast):
    """Return how many sheets the statistics of this month have."""
    wizard = cast.qualityofficer.create(
        "vendor.quality.statistics", period_type="month", day=today()
    )
    action = cast.qualityofficer.call(
        "vendor.quality.statistics", "action_download", [wizard]
    )
    workbook = cast.visitor("qualityofficer").get(action["url"])
    names = ZipFile(BytesIO(workbook.content)).namelist()
    return sum(name.startswith("xl/worksheets/sheet") for name in names)


STEPS = [credit_the_deduction, prove_the_result]
