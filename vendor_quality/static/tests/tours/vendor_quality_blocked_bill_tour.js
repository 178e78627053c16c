import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("vendor_quality_blocked_bill", {
    url: "/odoo/blocked-bills",
    steps: () => [
        {
            content: "Bills are grouped by who must act",
            trigger: ".o_group_header:contains('Quality officer')",
        },
        {
            content: "Finance opens the blocked bill",
            trigger: ".o_data_row:contains('Clean & Co') button[name='action_open_bill']",
            run: "click",
        },
        {
            content: "Read why it is blocked",
            trigger: ".o_vendor_quality_panel:contains('No quality form of')",
        },
        {
            content: "Read what unblocks it",
            trigger: ".o_vendor_quality_panel:contains('collected and approved')",
        },
        {
            content: "Read who can act",
            trigger: ".o_vendor_quality_panel:contains('Quality officer')",
        },
        {
            content: "Try to confirm it all the same",
            trigger: ".o_form_view button[name='action_post']:visible",
            run: "click",
        },
        {
            content: "The refusal says the same",
            trigger: ".o_error_dialog:contains('No quality form of'), .modal:contains('No quality form of')",
        },
        {
            content: "Close it",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "Ask for an exception",
            trigger:
                ".o_vendor_quality_panel button[name='action_vendor_quality_request_exception']",
            run: "click",
        },
        {
            content: "Say why",
            trigger: "div[name='reason'] textarea",
            run: "edit The head office moved; the form follows",
        },
        {
            content: "Submit the request",
            trigger: ".o_form_view button[name='action_submit']",
            run: "click",
        },
        {
            content: "It waits for quality finance",
            trigger: ".o_arrow_button_current[data-value='submitted']",
        },
    ],
});
