import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/**
 * Shows subtotals and the total of a bid while the vendor types.
 *
 * A help for the eye only: the server computes every amount again from the
 * prices when the form is saved, and nothing computed here is sent.
 */
export class BidForm extends Interaction {
    static selector = ".o_outsourcing_bid_form";
    dynamicContent = {
        "input[name^='price-']": { "t-on-input": this.updateTotals },
    };

    updateTotals() {
        let total = 0;
        for (const line of this.el.querySelectorAll(".o_outsourcing_bid_line")) {
            const price = this.parsePrice(line.querySelector("input[name^='price-']").value);
            const amount = price * parseFloat(line.dataset.quantity) || 0;
            total += amount;
            this.show(line.querySelector(".o_outsourcing_subtotal"), amount);
        }
        this.show(this.el.querySelector(".o_outsourcing_total"), total);
    }

    /** Reads what the server reads; what can mean two numbers counts as nothing. */
    parsePrice(text) {
        let clean = text.normalize("NFKC").trim().replace(/^'/, "");
        for (const mark of [this.el.dataset.currency, this.el.dataset.symbol, "\u5143"]) {
            clean = clean.replace((mark || "").normalize("NFKC"), "").trim();
        }
        clean = clean.replace(/(\d)[ '\u2019](?=\d{3}(\D|$))/g, "$1");
        const single = /^(\d*)[.,](\d*)$/.exec(clean);
        if (single) {
            const isAmbiguous = single[2].length === 3 && /^[1-9]\d{0,2}$/.test(single[1]);
            return isAmbiguous ? 0 : Number(`${single[1] || 0}.${single[2] || 0}`);
        }
        if (/^\d{1,3}(,\d{3})+(\.\d*)?$/.test(clean)) {
            clean = clean.replace(/,/g, "");
        } else if (/^\d{1,3}(\.\d{3})+(,\d*)?$/.test(clean)) {
            clean = clean.replace(/\./g, "").replace(",", ".");
        }
        return Number(clean) || 0;
    }

    show(element, amount) {
        const digits = parseInt(this.el.dataset.decimals);
        const value = element.querySelector(".oe_currency_value") || element;
        value.textContent = amount.toLocaleString(document.documentElement.lang || "en", {
            minimumFractionDigits: digits,
            maximumFractionDigits: digits,
        });
    }
}

registry.category("public.interactions").add("outsourcing_mgmt.bid_form", BidForm);
