import { registry } from "@web/core/registry";

/** A vendor finds an invited tender, types prices, adds a file, seals, sees the receipt. */
registry.category("web_tour.tours").add("outsourcing_vendor_bid", {
    steps: () => [
        {
            content: "Open the tenders from the portal home",
            trigger: "a[href='/my/tenders']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the invited tender",
            trigger: ".list-group-item:contains('Cleaning of the head office')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The documents and the weights of the criteria are shown",
            trigger: "#criteria:contains('60 %')",
        },
        {
            content: "Prepare a bid",
            trigger: "button[name='start_bid']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Type the first price",
            trigger: ".o_outsourcing_bid_line:contains('Cleaning by day') input[name^='price-']",
            run: "edit 100",
        },
        {
            content: "The subtotal follows",
            trigger: ".o_outsourcing_bid_line:contains('Cleaning by day') .o_outsourcing_subtotal:contains('1,200.00')",
        },
        {
            content: "Type the second price",
            trigger: ".o_outsourcing_bid_line:contains('Window cleaning') input[name^='price-']",
            run: "edit 25.50",
        },
        {
            content: "The total follows",
            trigger: ".o_outsourcing_total:contains('1,302.00')",
        },
        {
            content: "Add a file",
            trigger: "#technical_files",
            run() {
                const file = new File(["%PDF-1.4 concept"], "concept.pdf", {
                    type: "application/pdf",
                });
                const transfer = new DataTransfer();
                transfer.items.add(file);
                this.anchor.files = transfer.files;
            },
        },
        {
            content: "Save the draft",
            trigger: "button[value='save'].btn",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The file is in the draft",
            trigger: "#files li:contains('concept.pdf')",
        },
        {
            content: "Review",
            trigger: "button[value='review']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The server computed the same total",
            trigger: "section:contains('Total'):contains('1,302.00')",
        },
        {
            content: "Declare",
            trigger: "#declared",
            run: "click",
        },
        {
            content: "Seal",
            trigger: "button[name='seal_bid']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The receipt shows the digest",
            trigger: ".o_outsourcing_receipt:contains('SHA-256') .badge:contains('Sealed')",
        },
    ],
});
