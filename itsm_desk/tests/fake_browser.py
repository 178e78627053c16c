"""Whether pages of the portal can be used by everybody, as axe-core judges them."""

import json
import os
import unittest
from pathlib import Path

try:
    import axe_core_python
except ImportError:
    axe_core_python = None

CORE = [".o_portal_navbar", "owl-component", ".o_itsm_signature", "#ticket_messages"]
"""Parts that core draws: the bar above a list, signing by hand, messages."""
SCRIPT = """
(async () => {
    const problems = [];
    const say = (url, text) => problems.push(`${url} (${WIDTH} px): ${text}`);
    for (const url of URLS) {
        const frame = document.createElement("iframe");
        frame.style.cssText = `width:${WIDTH}px;height:844px;border:0`;
        document.body.prepend(frame);
        await new Promise((done) => {
            frame.onload = done;
            frame.src = url;
        });
        if (SENT) {
            // Without the checks of the browser, as who has none sends it.
            const form = frame.contentDocument.querySelector(SENT);
            await new Promise((done) => {
                frame.onload = done;
                form.submit();
            });
        }
        const page = frame.contentDocument;
        frame.contentWindow.eval(AXE);
        const found = await frame.contentWindow.axe.run(
            {include: [["#wrap"]], exclude: CORE.map((part) => [part])},
            {resultTypes: ["violations"]},
        );
        for (const rule of found.violations) {
            if (["serious", "critical"].includes(rule.impact)) {
                const where = rule.nodes.map((node) => node.html.slice(0, 120));
                say(url, `${rule.id}: ${where.join(" | ")}`);
            }
        }
        if (!page.documentElement.lang.startsWith(LANG)) {
            say(url, `lang is "${page.documentElement.lang}"`);
        }
        if (!page.title || page.title === "Odoo") {
            say(url, `title is "${page.title}"`);
        }
        const headings = page.querySelectorAll("#wrap :is(h1, h2, h3, h4, h5, h6)");
        const levels = [...headings].map((heading) => Number(heading.tagName[1]));
        if (levels.filter((level) => level === 1).length !== 1) {
            say(url, `headings of level 1: ${levels}`);
        }
        if (levels.some((level, at) => at && level > levels[at - 1] + 1)) {
            say(url, `headings jump: ${levels}`);
        }
        // Not the header of core, which grows with the name of the user.
        const wrap = page.getElementById("wrap");
        if (wrap.scrollWidth > wrap.clientWidth) {
            say(url, `scrolls to ${wrap.scrollWidth} px`);
        }
        const targets = page.querySelectorAll("#wrap :is(.btn, summary, .form-select)");
        const small = [...targets].filter((target) => {
            const {width, height} = target.getBoundingClientRect();
            const isShown = width > 1 && height > 1;
            return isShown && height < 39.5 && !target.closest(CORE.join());
        });
        if (small.length) {
            const what = small.map((target) => target.outerHTML.slice(0, 90));
            say(url, `less than 40 px high: ${what.join(" | ")}`);
        }
        frame.remove();
    }
    if (problems.length) {
        console.error(problems.join("\\n"));
    } else {
        console.log("test successful");
    }
})();
"""


class AxeCase:
    """Mixin of ``HttpCase`` that looks at pages in a browser."""

    def assertUsable(self, login, urls, width=390, lang="en", sent=""):
        """Expect no serious or critical finding in ``urls``, as ``login`` sees them.

        Beside the rules of axe-core: a language, a title, one main heading, no
        heading that jumps a level, no scrolling to the side, buttons of 40 px.

        :param str sent: selector of a form; the page is judged that follows when the
            form is sent as it is
        """
        if not axe_core_python and not os.environ.get("CI"):
            raise unittest.SkipTest("axe-core-python is not installed")
        axe = Path(axe_core_python.__file__).with_name("axe.min.js").read_text()
        values = {"AXE": axe, "URLS": urls, "WIDTH": width, "LANG": lang, "CORE": CORE}
        values["SENT"] = sent
        head = "".join(
            f"const {name} = {json.dumps(value)};" for name, value in values.items()
        )
        self.env.flush_all()
        self.browser_js("/my", f"{head}{SCRIPT}", login=login, timeout=180)
