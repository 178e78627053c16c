import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("outsourcing_request_approval", {
    url: "/odoo",
    steps: () => [
        {
            content: "HR sees that a review waits, and opens the tray",
            trigger:
                ".o_menu_systray button:has(i[aria-label='Reviews']):has(.badge)",
            run: "click",
        },
        {
            content: "One request waits",
            trigger: ".o-mail-ActivityGroup[data-model_name='outsourcing.request']",
            run: "click",
        },
        {
            content: "Open the request",
            trigger: ".o_kanban_record:contains('Guards for the plant')",
            run: "click",
        },
        {
            content: "Read what it costs, then agree",
            trigger: ".o_form_view button[name='action_approve']",
            run: "click",
        },
        {
            content: "The request is approved",
            trigger: ".o_arrow_button_current[data-value='approved']",
        },
    ],
});
