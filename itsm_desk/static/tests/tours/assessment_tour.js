import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("itsm_desk_own_assessment", {
    steps: () => [
        {
            content: "Open one's own assessment",
            trigger: ".o_data_row td[name=technician_id]",
            run: "click",
        },
        {
            content: "Read the figures",
            trigger: ".o_field_widget[name=line_ids] .o_data_row",
        },
        {
            content: "Read the remark",
            trigger: ".o_notebook .nav-link[name=remark]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=remark]:contains('Reliable.')",
        },
        {
            content: "Acknowledge and comment",
            trigger: ".o_statusbar_buttons button:contains('Acknowledge')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: "edit I have read it. A week is missing.",
        },
        {
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "It is acknowledged",
            trigger:
                "body:not(:has(.modal)) .o_arrow_button_current:contains('Acknowledged')",
        },
        {
            content: "Appeal",
            trigger: ".o_statusbar_buttons button:contains('Appeal')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: "edit The server was down for a week.",
        },
        {
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "Somebody else decides",
            trigger: "body:not(:has(.modal)) .o_arrow_button_current:contains('Appealed')",
        },
    ],
});
