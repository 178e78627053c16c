import { registry } from "@web/core/registry";

const asked = (label) => `.o_itsm_question:has(label:contains("${label}")):not(.d-none)`;
const hidden = (label) => `.o_itsm_question.d-none:has(label:contains("${label}"))`;

/** Hand a file in, as the dialogue of the browser would. */
function choose(name, content) {
    return function () {
        const chosen = new DataTransfer();
        chosen.items.add(new File([content], name));
        this.anchor.files = chosen.files;
        this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
    };
}

/** Enter what is no text: a date from the calendar of the browser, a number. */
function pick(value) {
    return function () {
        this.anchor.value = value;
        this.anchor.dispatchEvent(new Event("input", { bubbles: true }));
        this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
    };
}

registry.category("web_tour.tours").add("itsm_desk_portal_questions", {
    steps: () => [
        {
            content: "Choose the service",
            trigger: ".o_itsm_new_form select[name=service_id]",
            run: "selectByLabel Mailbox",
        },
        {
            content: "It asks, and only what is to be asked now",
            trigger: `.o_itsm_new_form:has(${hidden("Since when?")}):has(${hidden("Which spare?")})`,
        },
        {
            content: "A short text",
            trigger: `${asked("Where?")} input[type=text]:required`,
            run: "edit Floor 3",
        },
        {
            content: "Yes or no",
            trigger: `${asked("Did it work?")} select:required`,
            run: "selectByLabel Yes",
        },
        {
            content: "A date, asked for that answer, and needed then",
            trigger: `${asked("Since when?")} input[type=date]:required`,
            run: pick("2026-03-02"),
        },
        {
            content: "Equipment, of which nothing is there to choose, keeps nobody",
            trigger: `${asked("Which spare?")} select:not(:required)`,
        },
        {
            content: "Another answer takes both back",
            trigger: `${asked("Did it work?")} select`,
            run: "selectByLabel No",
        },
        {
            trigger: `.o_itsm_new_form:has(${hidden("Since when?")} input:disabled)`,
        },
        {
            trigger: `${asked("Did it work?")} select`,
            run: "selectByLabel Yes",
        },
        {
            content: "The date is still there",
            trigger: `${asked("Since when?")} input:enabled`,
            run: pick("2026-03-02"),
        },
        {
            content: "A choice",
            trigger: `${asked("Kind?")} select`,
            run: "selectByLabel Ink",
        },
        {
            content: "A number",
            trigger: `${asked("How many pages?")} input[type=number]`,
            run: pick("2.5"),
        },
        {
            content: "A long text",
            trigger: `${asked("What does it say?")} textarea`,
            run: "edit Paper jam in tray 2",
        },
        {
            content: "A file",
            trigger: `${asked("Picture")} input[type=file]`,
            run: choose("screen.txt", "black"),
        },
        {
            content: "Say what it is about",
            trigger: ".o_itsm_new_form input[name=subject]",
            run: "edit The printer jams",
        },
        {
            content: "Send it",
            trigger: ".o_itsm_new_form button.btn-primary[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The ticket is there, with the answers",
            trigger: ".o_itsm_answers:contains(Paper jam in tray 2):contains(screen.txt)",
        },
    ],
});

registry.category("web_tour.tours").add("itsm_desk_portal_equipment", {
    steps: () => [
        {
            content: "The own equipment alone is there to choose",
            trigger: `${asked("Which device?")} select:not(:contains(of the boss))`,
            run: "selectByLabel Printer of the requester",
        },
        {
            trigger: `${asked("Where?")} input`,
            run: "edit Floor 3",
        },
        {
            trigger: `${asked("Did it work?")} select`,
            run: "selectByLabel No",
        },
        {
            trigger: ".o_itsm_new_form input[name=subject]",
            run: "edit The printer jams",
        },
        {
            trigger: ".o_itsm_new_form button.btn-primary[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_itsm_answers:contains(Printer of the requester)",
        },
    ],
});
