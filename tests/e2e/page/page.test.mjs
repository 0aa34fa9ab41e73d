// The listing page in Chromium: node --test page.test.mjs, with FERRY naming the program.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { launch } from "./browser.mjs";
import { serve } from "./ferry.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// A red dot.
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==", "base64");

let folder, server, url, browser;

// A second of silence, 8 bits, 8 kHz.
function wav() {
  const b = Buffer.alloc(44 + 8000, 128);
  b.write("RIFF", 0), b.writeUInt32LE(36 + 8000, 4), b.write("WAVEfmt ", 8), b.writeUInt32LE(16, 16);
  b.writeUInt16LE(1, 20), b.writeUInt16LE(1, 22), b.writeUInt32LE(8000, 24), b.writeUInt32LE(8000, 28);
  b.writeUInt16LE(1, 32), b.writeUInt16LE(8, 34), b.write("data", 36), b.writeUInt32LE(8000, 40);
  return b;
}

const FILES = {
  "a2.txt": "second\n", "a10.txt": "tenth <b>not bold</b>\n", "B.png": PNG, "sound.wav": wav(), "paper.pdf": "%PDF-1.4\n",
  "data.bin": Buffer.alloc(5000), "long.log": "x".repeat(400_000), "README.md": "# Read me\n\nSome `code`, and [a link](a2.txt).\n",
  "<img src=x onerror=alert(1)>.txt": "harmless", "empty.txt": "", "sub/inner.txt": "in sub",
};

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "ferry-page-"));
  fs.mkdirSync(path.join(folder, "sub"));
  let time = 1_600_000_000;
  for (const [name, content] of Object.entries(FILES)) {
    fs.writeFileSync(path.join(folder, name), content);
    fs.utimesSync(path.join(folder, name), time, (time += 86400));
  }
  server = await serve("--title", "Shelf", "--readme", folder);
  url = server.url;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) fs.rmSync(folder, { recursive: true });
});

// A page, and a check at the end that it asked nobody else and that its policy was never broken.
async function visit(t, options = {}, at = "") {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000); // for hangs alone
  const wrong = [];
  page.on("request", (r) => {
    // chrome: is the browser's own, as its PDF viewer is.
    if (!r.url().startsWith(url) && !/^(data|chrome|chrome-extension):/.test(r.url())) wrong.push("asked for " + r.url());
  });
  page.on("pageerror", (e) => wrong.push(e.message));
  page.on("console", (m) => {
    // The browser looks for an icon beside a file that is no page.
    if (m.type() === "error" && m.location().url !== url + "favicon.ico") wrong.push(m.text() + " " + m.location().url);
  });
  await page.goto(url + at);
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, []);
  });
  return page;
}

const names = (page) => page.locator("#list tbody tr:not(.up):visible td:first-child a").allTextContents();
// By a link to another page, until that is there.
const follow = (page, link) => Promise.all([page.waitForEvent("load"), link.click()]);
const focused = (page) => page.evaluate(() => document.activeElement.textContent);
const BY_NAME = ["sub/", "<img src=x onerror=alert(1)>.txt", "a2.txt", "a10.txt", "B.png", "data.bin", "empty.txt", "long.log",
  "paper.pdf", "README.md", "sound.wav"];

test("sorts by each column, as the server does", async (t) => {
  const page = await visit(t);
  assert.deepEqual(await names(page), BY_NAME);
  for (const column of ["Name", "Size", "Modified"]) {
    for (let i = 0; i < 2; i++) {
      await page.getByRole("link", { name: column, exact: true }).click();
      const here = await names(page);
      await page.reload();
      assert.deepEqual(await names(page), here, `${column} ${page.url()}`);
      assert.equal(await page.locator("th[aria-sort]").count(), 1);
    }
  }
});

test("sorts by links without a script", async (t) => {
  const page = await visit(t, { javaScriptEnabled: false });
  assert.deepEqual(await names(page), BY_NAME);
  assert.equal(await page.locator("#filter").isVisible(), false);
  await follow(page, page.getByRole("link", { name: "Size" }));
  assert.equal((await names(page))[1], "long.log");
  await follow(page, page.getByRole("link", { name: "Size" }));
  assert.equal((await names(page)).at(-1), "long.log");
  await follow(page, page.getByRole("link", { name: "sub/" }));
  await follow(page, page.getByRole("link", { name: "Up" }));
  await follow(page, page.locator("td").getByRole("link", { name: "a2.txt" }));
  assert.equal(await page.textContent("body"), "second\n");
});

test("pages without a script, and with one", async (t) => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await visit(t, { javaScriptEnabled }, "?limit=4&sort=name&order=desc");
    const all = await names(page);
    for (let i = 0; i < 2; i++) {
      await follow(page, page.getByRole("link", { name: "Next page" }));
      all.push(...(await names(page)));
    }
    assert.deepEqual(all, ["sub/", ...BY_NAME.slice(1).reverse()]);
    assert.equal(await page.getByRole("link", { name: "Next page" }).count(), 0);
    await follow(page, page.getByRole("link", { name: "First page" }));
    assert.equal((await names(page)).length, 4);
    await follow(page, page.getByRole("link", { name: "Name", exact: true })); // over the whole folder
    assert.deepEqual(await names(page), BY_NAME.slice(0, 4));
  }
});

test("filters as one types", async (t) => {
  const page = await visit(t);
  await page.keyboard.press("/");
  await page.keyboard.type("A1");
  assert.deepEqual(await names(page), ["a10.txt"]);
  assert.equal(await page.textContent("#sum"), "1 of 11");
  await page.keyboard.press("Escape");
  assert.deepEqual(await names(page), BY_NAME);
  await page.keyboard.press("/");
  await page.keyboard.type("a10");
  await page.keyboard.press("Enter");
  await page.locator("dialog pre").waitFor();
  assert.equal(await page.textContent("dialog pre"), "tenth <b>not bold</b>\n");
});

test("previews each kind in place", async (t) => {
  const page = await visit(t);
  const show = async (name, selector) => {
    await page.locator("td").getByRole("link", { name, exact: true }).click();
    await page.locator(selector).waitFor();
    assert.equal(page.url(), url);
  };
  await show("B.png", "dialog img");
  assert.equal(await page.locator("dialog img").evaluate((i) => i.decode().then(() => i.naturalWidth)), 1);
  assert.equal(await page.locator("dialog").getByRole("link", { name: "Download" }).getAttribute("download"), "");
  await page.keyboard.press("ArrowRight");
  await page.getByText("This file is empty.").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.getByText("the first 256 KiB are shown").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "hidden" });
  await page.waitForFunction(() => document.activeElement.textContent === "long.log");
  await show("sound.wav", "dialog audio");
  await page.locator("dialog audio").evaluate((a) => a.readyState > 0 || new Promise((r) => (a.onloadedmetadata = r)));
  assert.equal(await page.locator("dialog audio").evaluate((a) => a.duration), 1);
  await page.getByRole("button", { name: "Close" }).click();
  await show("paper.pdf", "dialog iframe");
  await page.getByRole("button", { name: "Close" }).click();
  const download = page.waitForEvent("download"); // nothing to be shown of it
  await page.locator("td").getByRole("link", { name: "data.bin" }).click();
  assert.equal((await download).suggestedFilename(), "data.bin");
});

test("is used by keys alone", async (t) => {
  const page = await visit(t);
  await page.keyboard.press("j");
  assert.equal(await focused(page), "sub/");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("j");
  assert.equal(await focused(page), "a2.txt");
  await page.keyboard.press("k");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.waitForURL(url + "sub/");
  assert.deepEqual(await names(page), ["inner.txt"]);
  assert.equal(await page.title(), "/sub/ \u00b7 Shelf");
  await page.keyboard.press("Backspace");
  await page.waitForURL(url);
  await page.keyboard.press("End");
  await page.keyboard.press("k");
  await page.keyboard.press("j");
  assert.equal(await focused(page), "sound.wav");
});

test("gives the folder as one file, with and without a script", async (t) => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await visit(t, { javaScriptEnabled });
    const get = async (kind) => {
      await page.locator("#save summary").click();
      const download = page.waitForEvent("download");
      await page.getByRole(javaScriptEnabled ? "link" : "button", { name: "Folder as ." + kind }).click();
      const got = await download;
      assert.equal(page.url(), url);
      return { name: got.suggestedFilename(), path: await got.path() };
    };
    const tar = await get("tar");
    assert.equal(tar.name, "files.tar");
    const listed = execFileSync("tar", ["tf", tar.path], { encoding: "utf8" }).trimEnd().split("\n");
    assert.deepEqual(listed.sort(), ["files/", "files/sub/", ...Object.keys(FILES).map((n) => "files/" + n)].sort());
    if (!javaScriptEnabled) await page.reload(); // which closes the menu
    assert.equal(await page.locator("#save form > *").first().isVisible(), false);
    const zip = await get("zip");
    assert.equal(zip.name, "files.zip");
    execFileSync("unzip", ["-tq", zip.path]);
  }
});

test("gives it by keys alone", async (t) => {
  const page = await visit(t, {}, "sub/");
  await page.keyboard.press("d");
  assert.match(await focused(page), /^Folder as .tar/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("j");
  assert.match(await focused(page), /^Folder as .zip/);
  await page.keyboard.press("k");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#save form > *").first().isVisible(), false);
  assert.equal(await focused(page), "Download");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const download = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  assert.equal((await download).suggestedFilename(), "sub.tar");
  await page.keyboard.press("d");
  await page.mouse.click(500, 700);
  await page.locator("#save form > *").first().waitFor({ state: "hidden" });
  await page.keyboard.press("d");
  await page.locator("#list td a").last().focus();
  await page.locator("#save form > *").first().waitFor({ state: "hidden" });
});

test("gives no archive of what is none", async (t) => {
  const offered = async (page) => (await page.locator("#save").count()) === 1;
  const empty = path.join(folder, "sub", "empty");
  fs.mkdirSync(empty);
  t.after(() => fs.rmdirSync(empty));
  assert.equal(await offered(await visit(t, {}, "sub/empty/")), false);
  assert.equal(await offered(await visit(t, {}, "sub/")), true);
  assert.equal(await offered(await visit(t, {}, "?after=f0/zzz")), true); // nothing on this page
  const single = await serve(path.join(folder, "a2.txt"));
  const page = await browser.newPage();
  t.after(() => page.close().then(single.stop));
  await page.goto(single.url);
  assert.deepEqual(await names(page), ["a2.txt"]);
  assert.equal(await offered(page), false);
});

test("times are local", async (t) => {
  const page = await visit(t, { timezoneId: "Asia/Tokyo", locale: "de-DE" });
  const cell = page.locator("tr", { hasText: "a2.txt" }).locator("time").first();
  assert.equal(await cell.getAttribute("datetime"), "2020-09-14T12:26:40Z");
  assert.equal(await cell.textContent(), "14.09.2020, 21:26");
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [320, 800, 1600]) {
    test(`axe finds nothing and nothing overflows: ${colorScheme}, ${width}`, async (t) => {
      // Playwright gives its own scripts a way around the page's policy; the page's own are held to it.
      const page = await visit(t, { colorScheme, viewport: { width, height: 800 }, hasTouch: width < 500 });
      const check = async (where) => {
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), where);
        await page.evaluate(AXE + ";0");
        const found = await page.evaluate(() => axe.run());
        assert.deepEqual(found.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]), [], where);
        const full = await page.locator("dialog button, dialog a").evaluateAll((all) =>
          all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.outerHTML));
        assert.deepEqual(full, [], where);
        const small = await page.locator("#list a, #pages a, dialog button:visible, dialog a:visible, #filter, #save summary, #save form > *").evaluateAll((all) =>
          all.filter((e) => e.offsetParent && Math.max(e.getBoundingClientRect().height,
            e.closest("td") ? e.closest("tr").getBoundingClientRect().height : 0) < 43.5).map((e) => e.outerHTML));
        assert.deepEqual(small, [], where);
      };
      await check("list");
      const menu = page.locator("#save summary");
      await (width < 500 ? menu.tap() : menu.click());
      await page.locator("#save form > *").first().waitFor();
      const box = await page.locator("#save form").boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
      await check("archives");
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/archives-${colorScheme}-${width}.png` });
      await page.keyboard.press("Escape");
      await page.locator("td").getByRole("link", { name: "a2.txt" }).click();
      await page.locator("dialog pre").waitFor();
      await check("preview");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await page.locator("dialog img").waitFor();
      await check("image");
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/preview-${colorScheme}-${width}.png` });
      await page.keyboard.press("Escape");
      await page.goto(url + "sub/?limit=1");
      await check("sub");
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/sub-${colorScheme}-${width}.png` });
      await page.goto(url);
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/full-${colorScheme}-${width}.png`, fullPage: true });
    });
  }
}
