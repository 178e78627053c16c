import { describe, expect, test } from "@odoo/hoot";

import { showWholeNumbers } from "@itsm_desk/dashboard/whole_axis";

describe.current.tags("headless");

function newChart(values) {
    return {
        data: { datasets: [{ data: values }] },
        options: { indexAxis: "x", scales: { y: { ticks: {} } } },
    };
}

test("a chart of ours that counts shows no fractions", () => {
    const chart = newChart([1, 2, null]);
    showWholeNumbers("itsm.ticket", chart);
    expect(chart.options.scales.y.ticks.precision).toBe(0);
});

test("other charts stay as they are", () => {
    for (const [model, values] of [
        ["itsm.ticket", [0.5]],
        ["res.partner", [1]],
    ]) {
        const chart = newChart(values);
        showWholeNumbers(model, chart);
        expect(chart.options.scales.y.ticks.precision).toBe(undefined);
    }
});
