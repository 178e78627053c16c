import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("itsm_desk_portal_complain", {
    steps: () => [
        {
            content: "Complain about the ticket",
            trigger: ".o_itsm_complain",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The ticket is named",
            trigger: "form p:contains('About:')",
        },
        {
            content: "Say what it is about",
            trigger: "#subject",
            run: "edit Nobody called back",
        },
        {
            content: "Tell what happened",
            trigger: "#description",
            run: "edit I was told that somebody calls. Nobody did for two weeks.",
        },
        {
            content: "Send it",
            trigger: "form[action='/my/service-complaints/new'] button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It has a number",
            trigger: ".alert-success:contains('CMP')",
        },
        {
            content: "It was received",
            trigger: ".badge:contains('Received')",
        },
    ],
});

registry.category("web_tour.tours").add("itsm_desk_portal_accept_answer", {
    steps: () => [
        {
            content: "Open the complaint",
            trigger: "a:contains('Nobody called back')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Read the answer",
            trigger: "section:contains('We are sorry; from now on we call back.')",
        },
        {
            content: "Accept it",
            trigger: ".o_itsm_accept",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is closed",
            trigger: ".alert-success:contains('the complaint is closed')",
        },
        {
            content: "As accepted",
            trigger: "p:contains('Accepted by the complainant')",
        },
    ],
});
