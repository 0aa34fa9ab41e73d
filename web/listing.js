// The listing page works without this; with it: local times, sorting in place, a filter, previews, and keys.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const list = $("list"), body = list.tBodies[0], filter = $("filter"), sum = $("sum");
  const rows = [...body.rows].filter((r) => !r.classList.contains("up"));
  const link = (row) => row.cells[0].firstElementChild;
  const whole = !$("pages"); // nothing of the folder is on another page
  const told = sum.textContent;

  // ---- times, as they are here ----

  const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const unit = list.querySelector("th span");
  if (unit) unit.remove();
  for (const t of list.querySelectorAll("time")) {
    const at = new Date(t.dateTime);
    if (isNaN(at)) continue;
    t.title = t.dateTime;
    t.textContent = clock.format(at);
  }
  for (const d of list.querySelectorAll("data")) d.title = Number(d.value).toLocaleString() + " bytes";

  // ---- sorting: as the server does it, so that a reload changes nothing ----

  const columns = ["name", "size", "time"];
  const lower = (s) => s.replace(/[A-Z]/g, (c) => c.toLowerCase());
  // A name's bytes, each as a character; what is shown of it may be escaped.
  const bytesOf = (a) =>
    a.getAttribute("href").replace(/\/$/, "").replace(/%(..)/g, (all, hex) => String.fromCharCode(parseInt(hex, 16)));
  const keys = new Map();
  function keysOf(row) {
    let k = keys.get(row);
    if (k) return k;
    const text = bytesOf(link(row)), cells = row.cells;
    const size = cells[1].firstElementChild, time = cells[2].firstElementChild;
    k = {
      folder: row.classList.contains("folder"), text, size: size ? Number(size.value) : 0,
      time: time ? Date.parse(time.dateTime) : 0, ns: time ? Number(time.dataset.ns || 0) : 0, parts: lower(text).match(/\d+|\D/g) || [],
    };
    keys.set(row, k);
    return k;
  }
  const digit = /^[0-9]/;
  function compareNames(a, b) {
    for (let i = 0; i < a.parts.length && i < b.parts.length; i++) {
      let x = a.parts[i], y = b.parts[i];
      if (digit.test(x) && digit.test(y)) {
        x = x.replace(/^0+/, "");
        y = y.replace(/^0+/, "");
        if (x.length !== y.length) return x.length - y.length;
      }
      if (x !== y) return x < y ? -1 : 1;
    }
    return a.parts.length - b.parts.length || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
  }
  function sortBy(column, down) {
    const sign = down ? -1 : 1;
    rows.sort((r, s) => {
      const a = keysOf(r), b = keysOf(s);
      if (a.folder !== b.folder) return a.folder ? -1 : 1;
      if (column === "name") return sign * compareNames(a, b);
      return sign * (a[column] - b[column] || (column === "time" ? a.ns - b.ns : 0)) || compareNames(a, b);
    });
    body.append(...rows);
  }
  function showOrder(column, down) {
    columns.forEach((name, i) => {
      const th = list.tHead.rows[0].cells[i], here = name === column;
      if (here) th.setAttribute("aria-sort", down ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
      const next = here ? !down : name !== "name";
      const q = new URLSearchParams(location.search);
      if (name === "name" && !next) q.delete("sort"), q.delete("order");
      else q.set("sort", name), q.set("order", next ? "desc" : "asc");
      th.firstElementChild.href = String(q) ? "?" + q : "./";
    });
  }
  if (whole) {
    list.tHead.addEventListener("click", (e) => {
      const a = e.target.closest("a");
      if (!a || e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      const q = new URL(a.href).searchParams;
      const column = q.get("sort") || "name", down = q.get("order") === "desc";
      history.replaceState(null, "", a.getAttribute("href"));
      sortBy(column, down);
      showOrder(column, down);
    });
  }

  // ---- the filter ----

  const shown = () => rows.filter((r) => !r.hidden);
  function applyFilter() {
    const wanted = filter.value.trim().toLocaleLowerCase();
    let n = 0;
    for (const r of rows) {
      r.hidden = wanted !== "" && !link(r).textContent.toLocaleLowerCase().includes(wanted);
      if (!r.hidden) n++;
    }
    sum.textContent = wanted === "" ? told : n + " of " + rows.length + (whole ? "" : " on this page");
  }
  if (rows.length > 1) {
    filter.hidden = false;
    filter.placeholder = whole ? "Filter" : "Filter this page";
    filter.addEventListener("input", applyFilter);
    if (filter.value) applyFilter(); // what the browser kept over a reload
  }

  // ---- previews ----

  const kinds = {
    image: "avif bmp gif ico jpeg jpg png svg webp",
    audio: "aac flac m4a mp3 oga ogg opus wav",
    video: "m4v mov mp4 ogv webm",
    pdf: "pdf",
    text: "asc bash bat c cc cfg conf cpp cs css csv cxx diff go h hpp ini java js json jsonl jsx kt log lua m3u " +
      "makefile markdown md mjs nfo patch php pl properties ps1 py rb rs rst scala sfv sh sha256 sql srt swift tex toml ts " +
      "tsv tsx txt vtt xml yaml yml zig",
  };
  const plain = /^(authors|changelog|changes|contributing|copying|dockerfile|install|license|makefile|news|notice|readme|sha256sums|todo)$/i;
  function kindOf(a) {
    if (a.parentNode.parentNode.className) return null; // a folder
    const name = decodeName(a), dot = name.lastIndexOf(".");
    if (dot <= 0) return plain.test(name) ? "text" : null;
    const extension = name.slice(dot + 1).toLowerCase();
    return Object.keys(kinds).find((k) => kinds[k].split(" ").includes(extension)) || null;
  }
  function decodeName(a) {
    try {
      return decodeURIComponent(a.getAttribute("href"));
    } catch {
      return a.textContent; // not UTF-8
    }
  }
  function make(tag, set, ...children) {
    const e = Object.assign(document.createElement(tag), set);
    e.append(...children);
    return e;
  }

  const TEXT_MAX = 256 * 1024;
  const heading = make("h2", { id: "what" }), view = make("div", { id: "view", tabIndex: -1 });
  const before = make("button", { type: "button", textContent: "\u2190", title: "Previous (left arrow)" });
  const after = make("button", { type: "button", textContent: "\u2192", title: "Next (right arrow)" });
  const open = make("a", { textContent: "Open" }), save = make("a", { textContent: "Download" });
  const close = make("button", { type: "button", textContent: "\u2715", title: "Close (Escape)" });
  before.ariaLabel = "Previous";
  after.ariaLabel = "Next";
  close.ariaLabel = "Close";
  const dialog = make("dialog", {}, make("header", {}, heading, before, after, open, save, close), view);
  dialog.setAttribute("aria-labelledby", "what");
  document.body.append(dialog);
  let current = null, fetching = null;

  function say(text) {
    view.replaceChildren(make("p", { textContent: text }));
  }
  async function showText(href) {
    const mine = (fetching = new AbortController());
    say("Loading\u2026");
    try {
      const answer = await fetch(href, { signal: mine.signal, headers: { Range: "bytes=0-" + (TEXT_MAX - 1) } });
      if (!answer.ok) throw new Error(answer.status + " " + answer.statusText);
      const text = new TextDecoder().decode(await answer.arrayBuffer());
      const total = Number((answer.headers.get("Content-Range") || "").split("/")[1]);
      if (mine.signal.aborted) return;
      const pre = make("pre", { textContent: text, tabIndex: 0 });
      if (total > TEXT_MAX) pre.append("\n\n\u2026 the first " + TEXT_MAX / 1024 + " KiB are shown.");
      view.replaceChildren(pre);
    } catch (e) {
      if (!mine.signal.aborted) say("It cannot be shown: " + e.message);
    }
  }
  function stop() {
    if (fetching) fetching.abort();
    for (const m of view.querySelectorAll("audio, video")) m.pause(), m.removeAttribute("src"), m.load();
    view.replaceChildren();
  }
  function preview(a) {
    const kind = kindOf(a), href = a.href, row = a.parentNode.parentNode;
    stop();
    current = a;
    heading.replaceChildren(a.textContent, make("small", { textContent: row.cells[1].textContent }));
    open.href = save.href = href;
    save.download = "";
    const broken = () => say("This browser cannot show it.");
    if (kind === "image") {
      view.append(make("img", { src: href, alt: a.textContent, onerror: broken }));
    } else if (kind === "audio" || kind === "video") {
      view.append(make(kind, { src: href, controls: true, autoplay: true, onerror: broken }));
    } else if (kind === "pdf") {
      view.append(make("iframe", { src: href, title: a.textContent }));
    } else if (keysOf(row).size === 0) {
      say("This file is empty.");
    } else {
      showText(href);
    }
    const all = shown().map(link).filter(kindOf), at = all.indexOf(a);
    before.disabled = at <= 0;
    after.disabled = at < 0 || at + 1 >= all.length;
    if (!dialog.open) dialog.showModal();
  }
  function turn(step) {
    const all = shown().map(link).filter(kindOf), to = all[all.indexOf(current) + step];
    if (to) preview(to);
  }
  before.addEventListener("click", () => turn(-1));
  after.addEventListener("click", () => turn(1));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (e) => e.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    stop();
    if (current) current.focus();
  });
  body.addEventListener("click", (e) => {
    const a = e.target.closest("a");
    if (!a || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || !kindOf(a)) return;
    e.preventDefault();
    preview(a);
  });

  // ---- the folder as one file ----

  // Links, whose address can be copied, in the place of buttons.
  const menu = $("save");
  const archives = [...document.querySelectorAll("#save button")].map((button) => {
    const a = make("a", { href: "?archive=" + button.value }, ...button.childNodes);
    button.replaceWith(a);
    return a;
  });
  if (menu) {
    const leave = (e) => menu.contains(e.target) || (menu.open = false);
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    for (const a of archives) a.addEventListener("click", () => (menu.open = false));
  }
  function menuKey(e) {
    const at = archives.indexOf(document.activeElement);
    if (e.key === "Escape") menu.open = false, menu.firstElementChild.focus();
    else if (e.key === "ArrowDown" || e.key === "j") archives[Math.min(at + 1, archives.length - 1)].focus();
    else if (e.key === "ArrowUp" || e.key === "k") archives[Math.max(at - 1, 0)].focus();
    else return;
    e.preventDefault();
  }

  // ---- keys ----

  const up = body.querySelector(".up a");
  function move(step, from) {
    const all = [...(up ? [up] : []), ...shown().map(link)];
    const at = all.indexOf(from);
    const to = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step))];
    if (to) to.focus(), to.scrollIntoView({ block: "nearest" });
  }
  function dialogKey(e) {
    if (e.target.closest("audio, video")) return;
    if (e.key === "ArrowLeft" || e.key === "k") turn(-1);
    else if (e.key === "ArrowRight" || e.key === "j") turn(1);
    else return;
    e.preventDefault();
  }
  function filterKey(e) {
    const first = shown()[0];
    if (e.key === "Escape") {
      filter.value = "";
      applyFilter();
      filter.blur();
    } else if (e.key === "ArrowDown" && first) {
      link(first).focus();
    } else if (e.key === "Enter" && first) {
      link(first).click();
    } else {
      return;
    }
    e.preventDefault();
  }
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (dialog.open) return dialogKey(e);
    if (e.target === filter) return filterKey(e);
    if (menu && menu.open) return menuKey(e);
    const from = e.target.closest("#list td a");
    if (e.key === "ArrowDown" || e.key === "j") move(1, from);
    else if (e.key === "ArrowUp" || e.key === "k") move(-1, from);
    else if (e.key === "Home" && from) move(-Infinity, from);
    else if (e.key === "End" && from) move(Infinity, from);
    else if (e.key === "/" && !filter.hidden) filter.focus(), filter.select();
    else if (e.key === "d" && menu) menu.open = true, archives[0].focus();
    else if (e.key === "Escape" && filter.value) filter.value = "", applyFilter();
    else if (e.key === "Backspace" && up) up.click();
    else return;
    e.preventDefault();
  });
  const keyHelp = make("p", { id: "keys" });
  for (const [key, what] of [["\u2191 \u2193", "move"], ["Enter", "open"], ["/", "filter"], ["d", "download"], ["Backspace", "up"]]) {
    if ((key === "/" && filter.hidden) || (key === "d" && !menu) || (key === "Backspace" && !up)) continue;
    keyHelp.append(make("kbd", { textContent: key }), " " + what + "\u2002 ");
  }
  if (rows.length > 0) ($("pages") || sum).after(keyHelp);
})();
