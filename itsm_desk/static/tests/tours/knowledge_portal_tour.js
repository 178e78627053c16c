import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("itsm_desk_portal_suggest", {
    url: "/my/service-tickets/new",
    steps: () => [
        {
            content: "Type what is wrong",
            trigger: "#subject",
            run: "edit outlook asks for my password",
        },
        {
            content: "An article is offered",
            trigger: ".o_itsm_suggestions a:contains('Outlook asks for the password')",
            run: ({ anchor }) => {
                // The tour stays in its own tab.
                anchor.target = "_self";
                anchor.click();
            },
            expectUnloadPage: true,
        },
        {
            content: "It helped",
            trigger: ".o_itsm_helpful",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The answer is kept",
            trigger: ".alert-success:contains('Thank you')",
        },
    ],
});
