import { registries } from "@odoo/o-spreadsheet";

// It has registered the chart by then, in whatever order files are loaded.
import "@spreadsheet/chart/odoo_chart/odoo_bar_chart";

const OURS = /^(itsm|outsourcing|vendor\.quality)\./;

/** Keep fractions off the axis of a chart of ours that counts: no half of a bill. */
export function showWholeNumbers(resModel, { data, options }) {
    const isWhole = data.datasets.every((set) =>
        set.data.every((value) => Number.isInteger(value ?? 0))
    );
    const axis = options.scales[options.indexAxis === "y" ? "x" : "y"];
    if (OURS.test(resModel) && isWhole && axis) {
        axis.ticks.precision = 0;
    }
}

const chart = registries.chartRegistry.get("odoo_bar");
const { getChartRuntime } = chart;
chart.getChartRuntime = (bar, getters) => {
    const runtime = getChartRuntime(bar, getters);
    showWholeNumbers(bar.getDefinition().metaData.resModel, runtime.chartJsConfig);
    return runtime;
};
