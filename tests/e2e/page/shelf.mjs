// Serves a folder with a file of each kind to a browser.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { launch } from "./browser.mjs";
import { serve } from "./ferry.mjs";

// A red dot.
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==", "base64");

export let folder, url, browser;
let server;

// A second of silence, 8 bits, 8 kHz.
function wav() {
  const b = Buffer.alloc(44 + 8000, 128);
  b.write("RIFF", 0), b.writeUInt32LE(36 + 8000, 4), b.write("WAVEfmt ", 8), b.writeUInt32LE(16, 16);
  b.writeUInt16LE(1, 20), b.writeUInt16LE(1, 22), b.writeUInt32LE(8000, 24), b.writeUInt32LE(8000, 28);
  b.writeUInt16LE(1, 32), b.writeUInt16LE(8, 34), b.write("data", 36), b.writeUInt32LE(8000, 40);
  return b;
}

export const FILES = {
  "a2.txt": "second\n", "a10.txt": "tenth <b>not bold</b>\n", "B.png": PNG, "sound.wav": wav(), "paper.pdf": "%PDF-1.4\n",
  "data.bin": Buffer.alloc(5000), "long.log": "x".repeat(400_000), "README.md": "# Read me\n\nSome `code`, and [a link](a2.txt).\n",
  "<img src=x onerror=alert(1)>.txt": "harmless", "empty.txt": "", "sub/inner.txt": "in sub",
};

export async function open() {
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
}

export async function close() {
  await browser?.close();
  await server?.stop();
  if (folder) fs.rmSync(folder, { recursive: true });
}

// A page, with a check at the end that it asked no other server and that its policy was never violated.
export async function visit(t, options = {}, at = "") {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000); // only for hangs
  const wrong = [];
  page.on("request", (r) => {
    // chrome: belongs to the browser, such as its PDF viewer.
    if (!r.url().startsWith(url) && !/^(data|chrome|chrome-extension):/.test(r.url())) wrong.push("asked for " + r.url());
  });
  page.on("pageerror", (e) => wrong.push(e.message));
  page.on("console", (m) => {
    // For a file that is not a page, the browser requests an icon.
    if (m.type() === "error" && m.location().url !== url + "favicon.ico") wrong.push(m.text() + " " + m.location().url);
  });
  await page.goto(url + at);
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, []);
  });
  return page;
}
