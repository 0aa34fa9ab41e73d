// Unusual names in a browser. URL is their page, WANTED a JSON file with the contents of their files.
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";

const url = process.env.URL;
const wanted = JSON.parse(fs.readFileSync(process.env.WANTED, "utf8")).sort();
let browser, page;
const wrong = [];

before(async () => {
  browser = await launch();
  page = await browser.newPage();
  page.setDefaultTimeout(120_000); // only for hangs
  page.on("pageerror", (e) => wrong.push(e.message));
  page.on("dialog", (d) => (wrong.push(d.message()), d.dismiss()));
  page.on("console", (m) => m.type() === "error" && wrong.push(m.text()));
  page.on("request", (r) => r.url().startsWith(url) || r.url().startsWith("data:") || wrong.push(r.url()));
  await page.goto(url);
});

after(async () => {
  await browser?.close();
});

const links = () => page.locator("#list tbody a");

test("each link leads to its file", async () => {
  const got = await links().evaluateAll(async (all) => {
    const text = async (a) => {
      const answer = await fetch(a.href);
      if (answer.status !== 200) throw new Error(answer.status + " " + a.href);
      return answer.text();
    };
    const texts = [];
    while (texts.length < all.length) texts.push(...(await Promise.all(all.slice(texts.length, texts.length + 50).map(text))));
    return texts;
  });
  assert.deepEqual(got.sort(), wanted);
  assert.deepEqual(wrong, []);
});

test("a click does, too", async () => {
  const n = await links().count(), step = Math.floor(n / 12), got = [];
  for (let i = 0; i < n; i += step) {
    const link = links().nth(i);
    if ((await link.textContent()).endsWith(".ico")) continue; // shown as a picture, although it is none
    const text = await link.evaluate(async (a) => (await fetch(a.href)).text());
    const download = page.waitForEvent("download").then(async (d) => fs.readFileSync(await d.path(), "utf8"));
    const shown = page.locator("dialog pre").waitFor().then(() => page.locator("dialog pre").textContent());
    download.catch(() => {}), shown.catch(() => {});
    await link.click();
    assert.equal(await Promise.race([download, shown]), text);
    if (await page.locator("dialog[open]").count()) await page.keyboard.press("Escape");
    got.push(text);
  }
  assert.equal(new Set(got).size, got.length);
  assert.deepEqual(wrong, []);
});

test("they are sorted as the server sorts them", async () => {
  const order = () => links().evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  for (const column of ["Name", "Size", "Modified", "Name"]) {
    await page.getByRole("button", { name: column, exact: true }).click();
    const here = await order();
    await page.reload();
    const there = await order();
    const at = there.findIndex((href, i) => href !== here[i]);
    assert.equal(here[at], there[at], `by ${column}, at ${at}`);
  }
});
