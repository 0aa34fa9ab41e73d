// Makes screenshots: node shots.mjs URL FOLDER. page-light and page-dark are the ones in docs/.
import { launch } from "./browser.mjs";

const [url, folder] = process.argv.slice(2);
const browser = await launch();
const shots = [["page-light", "light", 860, 780], ["page-dark", "dark", 390, 780]];
for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 800, 1600]) shots.push([`${colorScheme}-${width}`, colorScheme, width, 900]);
}
for (const [name, colorScheme, width, height] of shots) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, locale: "en-US", timezoneId: "UTC",
    hasTouch: width < 500, isMobile: width < 500 });
  page.on("console", (m) => console.log(name, m.text()));
  page.on("pageerror", (e) => console.log(name, e.message));
  await page.goto(url);
  await page.screenshot({ path: `${folder}/${name}.png` });
  if (await page.locator("#save").count()) {
    await page.locator("#save summary").click();
    await page.screenshot({ path: `${folder}/${name}-archives.png` });
  }
  await page.close();
}
await browser.close();
