import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("itsm_desk_back_office_suggest", {
    steps: () => [
        {
            content: "Say what is wrong",
            trigger: ".o_field_widget[name=subject] input, .o_field_widget[name=subject] textarea",
            run: "edit Outlook asks for the password && press Tab",
        },
        {
            content: "Look at the suggestions",
            trigger: ".o_notebook a[name=knowledge]",
            run: "click",
        },
        {
            content: "Read the article",
            trigger: ".o_field_widget[name=suggested_article_ids] .o_itsm_read_article",
            async run({ anchor }) {
                // The tour stays on its page.
                anchor.addEventListener("click", (ev) => ev.preventDefault());
                anchor.click();
                await new Promise((resolve) => setTimeout(resolve, 1000));
            },
        },
        {
            content: "Leave without a ticket",
            trigger: ".o_itsm_leave_form",
            run: "click",
        },
        {
            content: "The form was left",
            trigger: ".o_list_view, .o_kanban_view",
        },
    ],
});
