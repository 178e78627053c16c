import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("itsm_desk_chat_file", {
    steps: () => [
        {
            content: "The conversation is open",
            trigger: ".o-mail-Message:contains(My printer jams)",
        },
        {
            content: "Write the command",
            trigger: ".o-mail-Composer-input",
            run: "edit /ticket Printer on floor 3",
        },
        {
            content: "Send it",
            trigger: ".o-mail-Composer-input",
            run: "press Enter",
        },
        {
            content: "The words became the subject",
            trigger: ".modal .o_field_widget[name=subject] input:value(Printer on floor 3)",
        },
        {
            content: "Choose one message",
            trigger:
                ".modal .o_data_row:contains(My printer jams) .o_field_widget[name=is_chosen] input",
            run: "click",
        },
        {
            content: "File it",
            trigger: ".modal footer button[name=action_confirm]",
            run: "click",
        },
        {
            content: "The conversation is told",
            trigger: ".o-mail-NotificationMessage:contains(Printer on floor 3)",
        },
    ],
});
