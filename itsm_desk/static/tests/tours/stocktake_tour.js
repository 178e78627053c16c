import { registry } from "@web/core/registry";

const BOX = ".o_itsm_stocktake_scan input";

function scan(code) {
    return [
        { content: `Scan ${code}`, trigger: BOX, run: `edit ${code}` },
        { content: "The scanner ends with Enter", trigger: BOX, run: "press Enter" },
    ];
}

registry.category("web_tour.tours").add("itsm_desk_stocktake", {
    steps: () => [
        ...scan("lt-1"),
        {
            content: "It is found",
            trigger: ".o_itsm_stocktake_scan .alert-success:contains(Found)",
        },
        ...scan("A-4711"),
        {
            content: "It is unknown",
            trigger: ".o_itsm_stocktake_scan .alert-danger:contains(A-4711)",
        },
        ...scan("LT-1"),
        {
            content: "It was counted before",
            trigger: ".o_itsm_stocktake_scan .alert:contains(already)",
        },
        {
            content: "Both are on the list",
            trigger: ".o_field_widget[name=line_ids] :contains(A-4711)",
        },
    ],
});
