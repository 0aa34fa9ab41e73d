// Watches a film from the listing page, and seeks in it: node --test film.test.mjs.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { launch } from "./browser.mjs";
import { serve } from "./ferry.mjs";
import { FPS, FRAMES, makeFilm, numberShown } from "./film.mjs";

test("a film is sought in by ranges", async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ferry-film-"));
  const server = await serve(folder);
  const browser = await launch();
  t.after(async () => {
    await browser.close();
    await server.stop();
    fs.rmSync(folder, { recursive: true });
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000); // only for hangs
  await page.goto(server.url);
  const film = await makeFilm(page);
  assert.ok(film.length > 12 << 20, `${film.length} bytes are soon there as a whole`);
  fs.writeFileSync(path.join(folder, "film.webm"), film);

  const answers = [];
  page.on("response", (r) => r.url().endsWith("film.webm") && answers.push({ status: r.status(), headers: r.headers() }));
  await page.reload();
  await page.getByRole("link", { name: "film.webm" }).click();
  const video = await page.waitForSelector("dialog video");
  await page.waitForFunction((v) => v.currentTime > 0, video);
  await video.evaluate((v) => v.pause());
  assert.equal(await video.evaluate((v) => v.duration), FRAMES / FPS);

  for (const frame of [FRAMES - 8, FRAMES / 2, FRAMES - 1, 0]) {
    await video.evaluate((v, to) => new Promise((resolve) => {
      v.addEventListener("seeked", resolve, { once: true });
      v.currentTime = to;
    }), (frame + 0.5) / FPS);
    assert.equal(await video.evaluate(numberShown), frame);
    assert.equal(await video.evaluate((v) => v.error), null);
  }

  const from = answers.map(({ status, headers }) => {
    assert.equal(status, 206); // Chromium requests "bytes=0-" first
    const [, first, last, size] = headers["content-range"].match(/^bytes (\d+)-(\d+)\/(\d+)$/).map(Number);
    assert.deepEqual([last, size], [film.length - 1, film.length]);
    assert.equal(headers["content-type"], "video/webm");
    return first;
  });
  assert.equal(from[0], 0);
  assert.ok(from.some((first) => first > film.length * 0.8), String(from));
  assert.ok(from.some((first) => first > film.length * 0.3 && first < film.length * 0.6), String(from));
});
