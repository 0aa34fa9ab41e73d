// Checks the listing page in Chromium with axe-core, and the size of what a finger touches: node --test look.test.mjs.
// SHOTS=FOLDER keeps screenshots.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { close, open, url, visit } from "./shelf.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

before(open);
after(close);

const overflowing = (all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.outerHTML);
// Less than a thumb needs; on a phone, a whole row is one link.
const small = (all) => all.filter((e) => e.offsetParent && Math.max(e.getBoundingClientRect().height,
  e.closest("td") ? e.closest("tr").getBoundingClientRect().height : 0) < 43.5).map((e) => e.outerHTML);
const TARGETS = "#list a, #list th button, #pages a, dialog button:visible, dialog header a:visible, #filter, #save summary, #save form > *";

async function check(page, where) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), where);
  assert.deepEqual(await page.locator("dialog button, dialog a").evaluateAll(overflowing), [], where);
  assert.deepEqual(await page.locator(TARGETS).evaluateAll(small), [], where);
  // Playwright's scripts bypass the page's policy; the page's own scripts do not.
  await page.evaluate(AXE + ";0");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const found = await page.evaluate(() => axe.run());
    assert.deepEqual(found.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]), [], `${where}, ${colorScheme}`);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${where}-${colorScheme}.png` });
  }
}

for (const width of [320, 360, 768, 1280]) {
  test(`axe finds nothing on either theme and nothing overflows: ${width}`, async (t) => {
    // During a transition, colours have another contrast.
    const page = await visit(t, { viewport: { width, height: 800 }, hasTouch: width < 500, reducedMotion: "reduce" });
    await check(page, `list-${width}`);
    const menu = page.locator("#save summary");
    await (width < 500 ? menu.tap() : menu.click());
    await page.locator("#save form > *").first().waitFor();
    const box = await page.locator("#save form").boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
    await check(page, `archives-${width}`);
    await page.keyboard.press("Escape");
    await page.locator("td").getByRole("link", { name: "a2.txt" }).click();
    await page.locator("dialog pre").waitFor();
    await check(page, `preview-${width}`);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.locator("dialog img").waitFor();
    await check(page, `image-${width}`);
    for (const [what, at, shown] of [["markdown", "#preview=README.md", "dialog article"], ["audio", "#preview=sound.wav", "dialog audio"],
      ["commands", "#fetch=a2.txt", "#commands"], ["none", "?filter=zzz", "#sum"], ["page", "README.md?render", "article"]]) {
      await page.goto("about:blank");
      await page.goto(url + at);
      await page.locator(shown).waitFor();
      await check(page, `${what}-${width}`);
    }
    await page.goto(url + "sub/?limit=1");
    await check(page, `sub-${width}`);
  });
}
