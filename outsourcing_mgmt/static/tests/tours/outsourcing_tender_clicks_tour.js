import { registry } from "@web/core/registry";

/** Clicks of the pointer since the tour began, as a person would have to make them. */
let clicks = [];

function startCounting() {
    clicks = [];
    window.addEventListener(
        "pointerdown",
        (ev) => clicks.push(ev.target.textContent.trim().slice(0, 30)),
        true
    );
}

function stopCounting(most) {
    if (clicks.length > most) {
        throw new Error(`${clicks.length} clicks, not ${most}: ${clicks.join(", ")}`);
    }
    console.log(`clicks: ${clicks.length}`);
}

/** Type into the field that has the focus already: no click is needed for it. */
function type(text) {
    return async ({ anchor, waitUntil }) => {
        await waitUntil(() => document.activeElement === anchor);
        anchor.value = text;
        anchor.dispatchEvent(new Event("input", { bubbles: true }));
    };
}

function openRow(key, name) {
    return [
        {
            content: "The start page counts what waits",
            trigger: `.o_outsourcing_start button[data-key='${key}']:not(.text-muted)`,
            run: "click",
        },
        {
            content: "Open it",
            trigger: `.o_data_row:contains('${name}') td[name='subject'], .o_kanban_record:contains('${name}')`,
            run: "click",
        },
    ];
}

function choose(field, names) {
    return names.flatMap((name) => [
        {
            content: `Type ${name}`,
            trigger: `.modal .o_field_widget[name='${field}'] input`,
            run: type(name),
        },
        {
            content: `Choose ${name}`,
            trigger: `.modal .o-autocomplete--dropdown-item:contains('${name}')`,
            run: "click",
        },
        {
            content: `${name} is chosen`,
            trigger: `.modal .o_field_widget[name='${field}'] .o_tag:contains('${name}')`,
        },
    ]);
}

registry.category("web_tour.tours").add("outsourcing_tender_file_clicks", {
    url: "/odoo/outsourcing-work",
    steps: () => [
        {
            content: "Count from here",
            trigger: ".o_outsourcing_start",
            run: startCounting,
        },
        ...openRow(
            "procurement:outsourcing_request_action:filter_approved",
            "Guards for the plant"
        ),
        {
            content: "The next step of an approved request is its tender",
            trigger: ".o_statusbar_buttons .btn-primary[name='action_create_tender']",
            run: "click",
        },
        {
            content: "What is missing is said, with links; publishing is not offered",
            trigger:
                ".o_field_outsourcing_missing:contains('committee'):has(button[data-field='committee_ids'])",
        },
        {
            content: "Not possible yet",
            trigger:
                ".o_form_view:not(:has(.o_statusbar_buttons button[name='action_publish']))",
        },
        {
            content: "The link leads to the page of the committee",
            trigger: ".o_field_outsourcing_missing button[data-field='committee_ids']",
            run: "click",
        },
        {
            content: "Add the members",
            trigger: ".o_notebook button:contains('Add Members')",
            run: "click",
        },
        ...choose("employee_ids", ["Test member0", "Test member1", "Test member2"]),
        {
            content: "Appoint them",
            trigger: ".modal footer button[name='action_appoint']",
            run: "click",
        },
        {
            content: "All are appointed",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='committee_ids'] .o_data_row:eq(2)",
        },
        {
            content: "The link leads to the page of the invitations",
            trigger: ".o_field_outsourcing_missing button[data-field='invitation_ids']",
            run: "click",
        },
        {
            content: "Invite the vendors",
            trigger: ".o_notebook button:contains('Invite Vendors')",
            run: "click",
        },
        ...choose("partner_ids", ["Vendor 0", "Vendor 1", "Vendor 2"]),
        {
            content: "Invite them",
            trigger: ".modal footer button[name='action_invite']",
            run: "click",
        },
        {
            content: "All are invited",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='invitation_ids'] .o_data_row:eq(2)",
        },
        {
            content: "The officers sign the file off",
            trigger: ".o_statusbar_buttons .btn-primary[name='request_validation']",
            run: "click",
        },
        {
            content: "It waits for them",
            trigger: ".o_form_view .alert:contains('Waiting for the approval')",
            run: () => stopCounting(16),
        },
    ],
});

registry.category("web_tour.tours").add("outsourcing_tender_publish_clicks", {
    url: "/odoo/outsourcing-work",
    steps: () => [
        {
            content: "Count from here",
            trigger: ".o_outsourcing_start",
            run: startCounting,
        },
        ...openRow(
            "procurement:outsourcing_tender_action:to_publish",
            "Guards for the plant"
        ),
        {
            content: "The file is ready: publishing is the next step",
            trigger: ".o_statusbar_buttons .btn-primary[name='action_publish']",
            run: "click",
        },
        {
            content: "There are no documents, which is asked",
            trigger: ".modal:contains('There are no documents') footer .btn-primary",
            run: "click",
        },
        {
            content: "It is published; the bar shows five phases",
            trigger: ".o_form_view:has(.o_arrow_button_current[data-value='bidding'])",
            run: () => stopCounting(4),
        },
    ],
});
