import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("itsm_desk_morning", {
    steps: () => [
        {
            content: "Open the check of the team",
            trigger: ".o_data_row td[name=team_id]",
            run: "click",
        },
        {
            content: "Choose what is done about the finding",
            trigger: ".o_field_widget[name=finding_ids] .o_data_row td[name=act]",
            run: "click",
        },
        {
            content: "Open the acts",
            trigger: ".o_selected_row div[name=act] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Talked to who owns it')",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".o_selected_row div[name=remark] input",
            run: "edit Taken up after the stand-up",
        },
        {
            content: "Leave the line",
            trigger: ".oe_title h1",
            run: "click",
        },
        {
            content: "Both are written down",
            trigger:
                ".o_data_row:has(td[name=act]:contains('Talked to who owns it')) td[name=remark]:contains('Taken up')",
        },
        {
            content: "Save it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
        {
            content: "Sign",
            trigger: ".o_statusbar_buttons button[name=action_sign]",
            run: "click",
        },
        {
            content: "It is signed",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Signed')",
        },
    ],
});
