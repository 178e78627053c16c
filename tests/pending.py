"""Known gaps while modules are being built: lists that only ever get shorter."""

# models no test names yet
UNTESTED = {
    "vendor.quality.inspection.line",
    "vendor.quality.inspection.plan.line",
    "vendor.quality.template.band",
    "vendor.quality.template.deduction",
}
# models whose list has no search view yet
WITHOUT_SEARCH = set()
# files over the limit, to be split by concern
LONG = set()
