// The functions of the listing page in Chromium: node --test page.test.mjs; FERRY names the program.
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
// Follows a link to another page, and waits until that is there.
const follow = (page, link) => Promise.all([page.waitForEvent("load"), link.click()]);
const focused = (page) => page.evaluate(() => document.activeElement.textContent);
const BY_NAME = ["sub/", "<img src=x onerror=alert(1)>.txt", "a2.txt", "a10.txt", "B.png", "data.bin", "empty.txt", "long.log",
  "paper.pdf", "README.md", "sound.wav"];

test("sorts by each column, as the server does", async (t) => {
  const page = await visit(t);
  assert.deepEqual(await names(page), BY_NAME);
  for (const column of ["Name", "Size", "Modified"]) {
    for (let i = 0; i < 2; i++) {
      await page.getByRole("button", { name: column, exact: true }).click();
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
  await follow(page, page.getByRole("button", { name: "Size" }));
  assert.equal((await names(page))[1], "long.log");
  await follow(page, page.getByRole("button", { name: "Size" }));
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
    await follow(page, page.getByRole("button", { name: "Name", exact: true })); // over the whole folder
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

test("filters by words, by patterns and in either normal form, and keeps it in the address", async (t) => {
  const page = await visit(t, {}, "?filter=*.txt");
  const filtered = async (text) => {
    await page.fill("#filter", text);
    return names(page);
  };
  assert.deepEqual(await names(page), ["<img src=x onerror=alert(1)>.txt", "a2.txt", "a10.txt", "empty.txt"]);
  assert.deepEqual(await filtered("txt A"), ["<img src=x onerror=alert(1)>.txt", "a2.txt", "a10.txt"]);
  assert.deepEqual(await filtered("a?.t*"), ["a2.txt"]);
  assert.deepEqual(await filtered("a?"), []);
  assert.equal(await page.textContent("#sum"), "No name matches \u201ca?\u201d.");
  assert.equal(await page.locator("article").isVisible(), false);
  await filtered("caf\u00e9");
  await page.waitForURL(url + "?filter=caf%C3%A9");
  const names0 = ["cafe\u0301", "caf\u00e9"].map((n) => path.join(folder, n));
  t.after(() => names0.forEach((n) => fs.rmSync(n)));
  names0.forEach((n) => fs.writeFileSync(n, ""));
  await page.reload();
  assert.equal((await names(page)).length, 2);
  assert.equal((await filtered("CAFE\u0301")).length, 2);
  await page.getByRole("button", { name: "Size" }).click();
  assert.match(page.url(), /filter=CAF.*&sort=size/);
  await filtered("a".repeat(40) + "*a".repeat(60) + "b"); // ends
  await page.fill("#filter", "");
  await page.waitForURL(url + "?sort=size&order=desc");
  const there = await visit(t, {}, "?limit=3&filter=s");
  await follow(there, there.getByRole("link", { name: "Next page" }));
  assert.equal(await there.inputValue("#filter"), "s");
});

test("a preview has an address, and Back closes it", async (t) => {
  const page = await visit(t, {}, "sub/");
  await page.goto(url);
  await page.locator("td").getByRole("link", { name: "a2.txt" }).click();
  await page.waitForURL(url + "#preview=a2.txt");
  await page.keyboard.press("ArrowRight");
  await page.waitForURL(url + "#preview=a10.txt");
  await page.goBack();
  await page.locator("dialog").waitFor({ state: "hidden" });
  assert.equal(page.url(), url);
  await page.goForward();
  await page.getByText("tenth").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL(url);
  await page.goBack();
  await page.waitForURL(url + "sub/");
  // In a new tab, the address opens the preview, and Escape shows the folder.
  const shared = await visit(t, {}, "?sort=size#preview=a10.txt");
  await shared.getByText("tenth").waitFor();
  await shared.reload();
  await shared.getByText("tenth").waitFor();
  await shared.keyboard.press("Escape");
  await shared.waitForURL(url + "?sort=size");
  for (const wrong of ["..%2Fa", "../", "%2e%2e", "https://else/", "//else/x", "", "a/b"]) {
    const page = await visit(t, {}, "#preview=" + wrong);
    assert.equal(await page.locator("dialog[open] :is(img, iframe, article)").count(), 0, wrong);
  }
});

test("a swipe goes on", async (t) => {
  const page = await visit(t, { hasTouch: true, isMobile: true, viewport: { width: 360, height: 700 } }, "#preview=a2.txt");
  await page.getByText("second").waitFor();
  const client = await page.context().newCDPSession(page);
  const swipe = async (from, to) => {
    await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: from, y: 650 }] });
    await client.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: (from + to) / 2, y: 652 }] });
    await client.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: to, y: 655 }] });
    await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  };
  await swipe(300, 100);
  await page.getByText("tenth").waitFor();
  await swipe(100, 300);
  await page.getByText("second").waitFor();
});

test("shows a text in its own encoding, and Markdown as a page", async (t) => {
  const texts = {
    "latin": ["z-latin.txt", Buffer.from("Gr\u00fc\u00dfe aus K\u00f6ln\n".repeat(20), "latin1"), "Gr\u00fc\u00dfe aus K\u00f6ln"],
    "wide": ["z-wide.txt", Buffer.from("\ufeffGr\u00fc\u00dfe \u65e5\u672c\n", "utf16le"), "Gr\u00fc\u00dfe \u65e5\u672c"],
    "utf8": ["z-utf8.csv", "\u65e5\u672c,1\n", "\u65e5\u672c,1"],
    "code": ["z-meson.build", "project('z')\n", "project('z')"],
    "xml": ["z-x.xml", Buffer.from("<?xml version='1.0' encoding='iso-8859-1'?><a>\u00e9</a>", "latin1"), "<a>\u00e9</a>"],
  };
  for (const [name, content] of Object.values(texts)) fs.writeFileSync(path.join(folder, name), content);
  t.after(() => Object.values(texts).forEach(([name]) => fs.rmSync(path.join(folder, name))));
  const page = await visit(t);
  for (const [name, , shown] of Object.values(texts)) {
    await page.goto(url + "#preview=" + name);
    await page.reload();
    await page.locator("#view :is(pre, iframe)").waitFor();
    const frame = page.frames()[1];
    await (frame || page.locator("#view")).getByText(shown).first().waitFor();
    if (!frame) continue;
    await page.emulateMedia({ colorScheme: "dark" });
    const ink = await frame.locator("pre").evaluate((e) => getComputedStyle(e).color);
    assert.notEqual(ink, await page.locator("#view iframe").evaluate((e) => getComputedStyle(e).backgroundColor));
    await page.emulateMedia({ colorScheme: "light" });
    const opened = await visit(t, {}, name); // the file as a page of its own
    assert.equal(await frame.locator("body").textContent(), await opened.locator("body").textContent());
  }
  await page.goto(url + "#preview=README.md");
  await page.locator("#view article h1").waitFor();
  assert.equal(await page.locator("#view article a").getAttribute("href"), "a2.txt");
  await page.getByRole("button", { name: "Source" }).click();
  await page.locator("#view pre").getByText("# Read me").waitFor();
  await page.getByRole("button", { name: "Page" }).click();
  await page.locator("#view article").waitFor();
  await follow(page, page.locator("dialog").getByRole("link", { name: "Open" }));
  assert.equal(await page.textContent("article h1"), "Read me");
  await follow(page, page.getByRole("link", { name: "Source" }));
  assert.match(await page.textContent("body"), /^# Read me/);
});

test("an icon says what a click does", async (t) => {
  const more = { "film.mkv": "x", "old.avi": "x", "x.docx": "x", "x.json": "{}", "x.csv": "a", "b.build": "text", "b.unknown": "\0\0", "x.html": "<p>x" };
  for (const [name, content] of Object.entries(more)) fs.writeFileSync(path.join(folder, name), content);
  t.after(() => Object.keys(more).forEach((n) => fs.rmSync(path.join(folder, n))));
  const page = await visit(t);
  const row = (name) => page.locator("tr", { has: page.getByRole("link", { name, exact: true }) });
  const icons = new Map();
  for (const [name, does] of Object.entries({ "B.png": "image", "sound.wav": "audio", "paper.pdf": "pdf", "README.md": "text", "x.json": "text",
    "x.csv": "text", "a2.txt": "text", "film.mkv": "save", "old.avi": "save", "x.docx": "save", "data.bin": "save", "b.build": "look",
    "b.unknown": "look", "x.html": "open", "sub/": "folder" })) {
    const icon = await row(name).locator("a").evaluate((a) => getComputedStyle(a, "::before").maskImage);
    assert.match(icon, /svg/);
    if (!icons.has(does)) assert.ok(![...icons.values()].includes(icon), name), icons.set(does, icon);
    assert.equal(icon, icons.get(does), name);
    const link = row(name).locator("a");
    if (does === "save") {
      const download = page.waitForEvent("download");
      await link.click();
      assert.equal((await download).suggestedFilename(), name);
    } else if (does !== "open" && does !== "folder") {
      await link.click();
      await page.locator("dialog[open]").waitFor();
      await page.keyboard.press("Escape");
      await page.waitForURL(url);
    }
  }
  await page.goto(url + "#preview=b.build");
  await page.reload();
  await page.locator("#view pre").getByText("text").waitFor();
  await page.goto(url + "#preview=b.unknown");
  await page.getByText("nothing to be shown").waitFor();
});

test("gives the line that fetches a file or a folder", async (t) => {
  const page = await visit(t);
  const lines = () => page.locator("#commands code").allTextContents();
  await page.keyboard.press("c");
  await page.locator("#commands").waitFor();
  assert.deepEqual(await lines(), [url, `curl -o 'files.tar' '${url}?archive=tar'`, `ferry get -o 'files.tar' '${url}?archive=tar'`]);
  await page.goBack();
  await page.locator("dialog").waitFor({ state: "hidden" });
  await page.locator("td").getByRole("link", { name: "<img" }).hover();
  await page.locator("#more").click();
  const there = url + "%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.txt";
  assert.deepEqual(await lines(), [there, `curl -o '<img src=x onerror=alert(1)>.txt' '${there}'`, `ferry get '${there}'`]);
  const target = fs.mkdtempSync(path.join(folder, "..", "ferry-lines-"));
  t.after(() => fs.rmSync(target, { recursive: true }));
  for (const line of (await lines()).slice(1)) {
    execFileSync("sh", ["-c", line.replace(/^ferry /, `'${path.resolve(process.env.FERRY)}' `).replace(/^curl /, "curl -sS ")], { cwd: target, stdio: "pipe" });
    assert.equal(fs.readFileSync(path.join(target, "<img src=x onerror=alert(1)>.txt"), "utf8"), "harmless");
    fs.rmSync(path.join(target, "<img src=x onerror=alert(1)>.txt"));
  }
  await page.getByRole("button", { name: "Copy: curl" }).click();
  await page.getByText("Copied").waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL(url);
  await page.locator("#filter").fill("x");
  assert.deepEqual(await page.locator("#commands").count(), 0);
});

test("an empty folder has nothing to sort, and a deep one a short way back", async (t) => {
  const deep = ["one", "two", "three", "four", "a rather long name of the last folder but one", "six"];
  fs.mkdirSync(path.join(folder, ...deep), { recursive: true });
  t.after(() => fs.rmSync(path.join(folder, "one"), { recursive: true }));
  for (const javaScriptEnabled of [true, false]) {
    const page = await visit(t, { javaScriptEnabled, viewport: { width: 360, height: 640 } }, deep.map(encodeURIComponent).join("/") + "/");
    assert.equal(await page.locator("thead").count(), 0);
    assert.ok((await page.locator("body > header").boundingBox()).height < 70);
    assert.equal(await page.getByRole("link", { name: "two" }).isVisible(), false);
    await page.locator(".menu summary").click();
    await follow(page, page.getByRole("link", { name: "two" }));
    assert.equal(decodeURIComponent(page.url()), url + "one/two/");
  }
});

test("the heads stay in sight, in one row at 768", async (t) => {
  for (const width of [360, 768, 1280]) {
    const page = await visit(t, { viewport: { width, height: 400 }, isMobile: width < 500, hasTouch: width < 500 });
    if (width > 500) assert.ok((await page.locator("body > header").boundingBox()).height < 70, String(width));
    await page.evaluate(() => scrollTo(0, 400));
    const head = await page.locator("#list thead").getByRole("button", { name: "Size" }).boundingBox();
    assert.ok(head.y >= 0 && head.y < 120, `${width}: ${head.y}`);
    const box = await page.locator("#filter").boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= head.y + 1, `${width}: ${box.y}`);
  }
});

test("previews each kind in place", async (t) => {
  const page = await visit(t);
  const show = async (name, selector) => {
    await page.locator("td").getByRole("link", { name, exact: true }).click();
    await page.locator(selector).waitFor();
    assert.equal(page.url(), url + "#preview=" + name);
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
  const download = page.waitForEvent("download"); // there is nothing to show
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
  assert.match(await focused(page), /^Folder as .zip/);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assert.match(await focused(page), /^By a command/);
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
