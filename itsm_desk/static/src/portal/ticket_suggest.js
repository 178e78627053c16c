import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";
import { _t } from "@web/core/l10n/translation";

const LEAST_LETTERS = 2;

/**
 * Offers articles while a requester types a ticket.
 */
export class TicketSuggest extends Interaction {
    static selector = ".o_itsm_new_form";
    dynamicContent = {
        "#subject": { "t-on-input": this.debounced(this.suggest, 350) },
        "#description": { "t-on-input": this.debounced(this.suggest, 700) },
        "#service_id": { "t-on-change": this.suggest },
    };

    setup() {
        this.box = this.el.querySelector(".o_itsm_suggestions");
        this.asked = "";
    }

    async suggest() {
        const value = (name) => this.el.querySelector(`#${name}`).value.trim();
        const text = `${value("subject")} ${value("description").slice(0, 200)}`.trim();
        const service = value("service_id");
        const asked = `${service}|${text}`;
        if (asked === this.asked) {
            return;
        }
        this.asked = asked;
        let articles = [];
        if (value("subject").length >= LEAST_LETTERS) {
            articles = await this.waitFor(
                rpc("/my/service-tickets/suggest", { text, service_id: service })
            );
        }
        // An answer to what was typed before is not shown.
        if (asked === this.asked) {
            this.show(articles);
        }
    }

    /**
     * Tickets that were not filed, because an article was read, are counted.
     *
     * @param {Object} article
     */
    noteOpened(article) {
        rpc(
            "/my/service-tickets/opened",
            {
                session: this.el.querySelector("input[name='search_session']").value,
                article_id: article.id,
                text: this.el.querySelector("#subject").value,
                service_id: this.el.querySelector("#service_id").value,
            },
            { silent: true }
        ).catch(() => {});
    }

    /**
     * @param {Object[]} articles
     */
    show(articles) {
        this.box.replaceChildren();
        this.box.classList.toggle("d-none", !articles.length);
        if (!articles.length) {
            return;
        }
        const title = document.createElement("p");
        title.className = "fw-bold mb-1";
        title.textContent = _t("This may answer it right away:");
        const list = document.createElement("div");
        list.className = "list-group";
        for (const article of articles) {
            const link = document.createElement("a");
            link.className = "list-group-item list-group-item-action";
            link.href = article.url;
            link.target = "_blank";
            link.rel = "noopener";
            link.addEventListener("click", () => this.noteOpened(article));
            const name = document.createElement("div");
            name.textContent = article.title;
            const excerpt = document.createElement("div");
            excerpt.className = "small text-muted";
            excerpt.textContent = article.excerpt;
            link.append(name, excerpt);
            list.append(link);
        }
        this.box.append(title, list);
    }
}

registry.category("public.interactions").add("itsm_desk.ticket_suggest", TicketSuggest);
