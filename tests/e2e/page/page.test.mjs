// What the listing page does, in Chromium: node --test page.test.mjs, with FERRY naming the program.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { serve } from "./ferry.mjs";
import { FILES, browser, close, folder, open, url, visit } from "./shelf.mjs";

before(open);
after(close);

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
