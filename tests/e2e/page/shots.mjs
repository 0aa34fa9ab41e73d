// Screenshots for a person to look at: node shots.mjs URL FOLDER
import { launch } from "./browser.mjs";

const [url, folder] = process.argv.slice(2);
const browser = await launch();
for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 800, 1600]) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.on("console", (m) => console.log(colorScheme, width, m.text()));
    page.on("pageerror", (e) => console.log(colorScheme, width, e.message));
    await page.goto(url);
    await page.screenshot({ path: `${folder}/${colorScheme}-${width}.png` });
    await page.close();
  }
}
await browser.close();
