import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("itsm_desk_portal_file", {
    steps: () => [
        {
            content: "Go to the new ticket",
            trigger: ".o_itsm_new",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Choose the service",
            trigger: ".o_itsm_new_form select[name=service_id]",
            run: "selectByLabel Mailbox",
        },
        {
            content: "Say what it is about",
            trigger: ".o_itsm_new_form input[name=subject]",
            run: "edit The mailbox is full",
        },
        {
            content: "The hint of the service is there",
            trigger: ".o_itsm_new_form:contains(Say since when)",
        },
        {
            content: "Answer the question of the service",
            trigger: ".o_itsm_new_form input[name^=question_]",
            run: "edit sales@example.com",
        },
        {
            content: "Say how pressing it is, in own words",
            trigger: ".o_itsm_new_form select[name=urgency]",
            run: "selectByLabel Work has stopped",
        },
        {
            content: "Tell more",
            trigger: ".o_itsm_new_form textarea[name=description]",
            run: "edit Nothing comes in since this morning.",
        },
        {
            content: "Send it",
            trigger: ".o_itsm_new_form button.btn-primary[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The ticket is there",
            trigger: "h1:contains(The mailbox is full)",
        },
        {
            content: "Its messages are there",
            trigger: "#ticket_messages #discussion",
        },
    ],
});

registry.category("web_tour.tours").add("itsm_desk_portal_sign_off", {
    steps: () => [
        {
            content: "Open the solved ticket",
            trigger: "a:contains(The mailbox is full)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Go to the sign-off",
            trigger: ".o_itsm_go_sign_off",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The solution is told",
            trigger: ".card:contains(Old mail was archived.)",
        },
        {
            content: "Rate it",
            trigger: "label[for=rating_5]",
            run: "click",
        },
        {
            content: "Comment it",
            trigger: "textarea[name=comment]",
            run: "edit Quick and friendly.",
        },
        {
            content: "The name is written as a signature",
            trigger: ".o_itsm_signature canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            content: "Send it",
            trigger: ".o_itsm_send",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is closed and rated",
            trigger: ".card:contains(Your rating)",
        },
    ],
});
