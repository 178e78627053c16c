import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("itsm_desk_mail_to_solved", {
    steps: () => [
        {
            content: "Open the mail in the queue",
            trigger: ".o_data_cell:contains(The printer is on strike)",
            run: "click",
        },
        {
            content: "Take it",
            trigger: ".o_form_view button[name=action_take]",
            run: "click",
        },
        {
            content: "Begin an answer",
            trigger: ".o-mail-Chatter-sendMessage",
            run: "click",
        },
        {
            content: "Write it",
            trigger: ".o-mail-Composer-input",
            run: "edit I come up and look at it.",
        },
        {
            content: "Send it",
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "It was said",
            trigger: ".o-mail-Message:contains(I come up and look at it.)",
        },
        {
            content: "Start",
            trigger: ".o_form_view button[name=action_start]",
            run: "click",
        },
        {
            content: "It is in progress",
            trigger: ".o_arrow_button_current[data-value=in_progress]",
        },
        {
            content: "Go to the handling form",
            trigger: ".o_notebook a[name=handling]",
            run: "click",
        },
        {
            content: "What is missing is said at once",
            trigger: ".o_field_widget[name=solve_missing]",
        },
        {
            content: "Say the cause",
            trigger: ".o_field_widget[name=cause] textarea",
            run: "edit A sheet of paper was stuck",
        },
        {
            content: "Say what was done",
            trigger: ".o_field_widget[name=action_taken] textarea",
            run: "edit The sheet was taken out",
        },
        {
            content: "Look for the code",
            trigger: ".o_field_widget[name=resolution_code_id] input",
            run: "edit Fixed",
        },
        {
            content: "Choose the code",
            trigger: ".o-autocomplete--dropdown-item:contains(Fixed)",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: ".o_field_widget[name=resolution_code_id] input:value(Fixed)",
        },
        {
            content: "Add a line",
            trigger: ".o_field_widget[name=work_line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Say how long it took",
            trigger: ".o_field_widget[name=work_line_ids] .o_selected_row .o_field_widget[name=minutes] input",
            run: "edit 25",
        },
        {
            content: "Solve it",
            trigger: ".o_form_view button[name=action_solve].btn-primary",
            run: "click",
        },
        {
            content: "It is solved",
            trigger: ".o_arrow_button_current[data-value=solved]",
        },
    ],
});

registry.category("web_tour.tours").add("itsm_desk_vendor_job", {
    steps: () => [
        {
            content: "Open the ticket",
            trigger: "a:contains(The fuser squeaks)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The task is told",
            trigger: ".alert-info:contains(Replace the fuser)",
        },
        {
            content: "Say how long it took",
            trigger: ".o_itsm_job_work input[name=minutes]",
            run: "edit 35",
        },
        {
            content: "Write it down",
            trigger: ".o_itsm_job_work button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It was written down",
            trigger: ".alert-success",
        },
        {
            content: "Say the cause",
            trigger: ".o_itsm_job_form textarea[name=cause]",
            run: "edit Worn fuser",
        },
        {
            content: "Say what was done",
            trigger: ".o_itsm_job_form textarea[name=action_taken]",
            run: "edit Fuser replaced",
        },
        {
            content: "Save the form",
            trigger: ".o_itsm_job_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It was saved",
            trigger: ".alert-success:contains(was saved)",
        },
        {
            content: "Report",
            trigger: ".o_itsm_job_return textarea[name=report]",
            run: "edit Fuser replaced",
        },
        {
            content: "Hand it back",
            trigger: ".o_itsm_job_return button[value=done]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The desk has it again",
            trigger: ".alert-success:contains(has it back)",
        },
    ],
});
