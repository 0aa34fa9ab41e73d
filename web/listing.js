// The listing page works without this script. It adds local times, sorting in place, a filter, previews, commands and keys.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const list = $("list"), body = list.tBodies[0], filter = $("filter"), sum = $("sum"), readme = document.querySelector("article");
  const up = body.querySelector(".up"), rows = [...body.rows].filter((r) => r !== up);
  const link = (row) => row.cells[0].firstElementChild;
  const whole = !$("pages"); // the page has the whole folder
  const told = sum.textContent;
  function make(tag, set, ...children) {
    const e = Object.assign(document.createElement(tag), set);
    e.append(...children);
    return e;
  }

  // ---- times, in the local zone ----

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

  // ---- sorting: in the server's order, so that a reload changes nothing ----

  const columns = ["name", "size", "time"];
  const lower = (s) => s.replace(/[A-Z]/g, (c) => c.toLowerCase());
  // The bytes of a name, each as a character; the name that is shown may be escaped.
  const bytesOf = (a) =>
    a.getAttribute("href").replace(/\/$/, "").replace(/%(..)/g, (all, hex) => String.fromCharCode(parseInt(hex, 16)));
  const keys = new Map();
  function keysOf(row) {
    let k = keys.get(row);
    if (k) return k;
    const text = bytesOf(link(row)), cells = row.cells;
    const size = cells[1].firstElementChild, time = cells[2].firstElementChild;
    k = {
      folder: row.className === "folder", text, size: size ? Number(size.value) : 0,
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
  // The address with this query and the other parameters that it has. A reload and a link to this page keep these names.
  function address(change) {
    const q = new URLSearchParams(location.search);
    change(q);
    return location.pathname + (String(q) ? "?" + q : "") + location.hash;
  }
  const setOrder = (q, column, down) => {
    if (column === "name" && !down) q.delete("sort"), q.delete("order");
    else q.set("sort", column), q.set("order", down ? "desc" : "asc");
  };
  function writeFields(form, change) {
    const q = new URLSearchParams([...new FormData(form)]);
    change(q);
    const fields = [...q].map(([name, value]) => make("input", { type: "hidden", name, value }));
    for (const old of form.querySelectorAll("input")) old.remove();
    form.prepend(...fields); // the button is not moved, because it may just be pressed
  }
  const heads = list.tHead ? [...list.tHead.rows[0].cells] : [];
  function showOrder(column, down) {
    columns.forEach((name, i) => {
      const here = name === column;
      if (here) heads[i].setAttribute("aria-sort", down ? "descending" : "ascending");
      else heads[i].removeAttribute("aria-sort");
      writeFields(heads[i].firstElementChild, (q) => setOrder(q, name, here ? !down : name !== "name"));
    });
  }
  if (whole && list.tHead) {
    list.tHead.addEventListener("submit", (e) => {
      e.preventDefault();
      const q = new FormData(e.target), column = q.get("sort") || "name", down = q.get("order") === "desc";
      history.replaceState(history.state, "", address((q) => setOrder(q, column, down)));
      sortBy(column, down);
      showOrder(column, down);
    });
  }

  // ---- the filter: each word must be somewhere in the name; a word with * or ? must match the whole name ----

  const shown = () => rows.filter((r) => !r.hidden);
  // Names that look alike are equal: in either normal form of Unicode, with or without invisible characters.
  const plain = (s) => s.normalize("NFC").toLocaleLowerCase().normalize("NFC").replace(/[\u00ad\u200c\u200d]/g, "");
  const plainNames = new Map(rows.map((r) => [r, plain(link(r).textContent.replace(/\/$/, ""))]));
  // Not a regular expression, which may take very long for "*a*a*a*".
  function globMatches(pattern, text) {
    let p = 0, t = 0, star = -1, from = 0;
    while (t < text.length) {
      if (pattern[p] === "*") star = p++, from = t;
      else if (pattern[p] === "?" || pattern[p] === text[t]) p++, t++;
      else if (star >= 0) p = star + 1, t = ++from;
      else return false;
    }
    while (pattern[p] === "*") p++;
    return p === pattern.length;
  }
  function applyFilter() {
    const words = plain(filter.value).split(/\s+/).filter(Boolean), active = words.length > 0;
    const fits = (name) => words.every((w) => (/[*?]/.test(w) ? globMatches([...w], [...name]) : name.includes(w)));
    let n = 0;
    for (const r of rows) {
      r.hidden = !fits(plainNames.get(r));
      if (!r.hidden) n++;
    }
    for (const e of [up, readme]) if (e) e.hidden = active;
    const where = whole ? "" : " on this page";
    if (!active) sum.textContent = told;
    else if (n > 0) sum.textContent = n + " of " + rows.length + where;
    else sum.textContent = "No name" + where + " matches \u201c" + filter.value.trim() + "\u201d.";
  }
  let later = 0;
  function keepFilter() {
    clearTimeout(later);
    const set = (q) => (filter.value.trim() ? q.set("filter", filter.value.trim()) : q.delete("filter"));
    history.replaceState(history.state, "", address(set));
    for (const th of heads) writeFields(th.firstElementChild, set);
    for (const a of document.querySelectorAll("#pages a")) {
      const to = new URL(a.href);
      set(to.searchParams);
      a.href = to;
    }
  }
  function setFilter(text) {
    filter.value = text;
    applyFilter();
    keepFilter();
  }
  const asked = new URLSearchParams(location.search).get("filter");
  if (rows.length > 1 || asked) {
    filter.hidden = false;
    filter.placeholder = whole ? "Filter" : "Filter this page";
    filter.addEventListener("input", () => {
      applyFilter();
      clearTimeout(later);
      later = setTimeout(keepFilter, 200); // browsers limit how often the address may change
    });
    filter.addEventListener("change", keepFilter);
    if (asked) setFilter(asked);
  }

  // ---- names and their addresses ----

  const shows = ["image", "audio", "video", "pdf", "markdown", "text", "look"];
  const decode = (href) => {
    try {
      return decodeURIComponent(href);
    } catch {
      return null; // not UTF-8
    }
  };
  // For a row, or for a name in the address, which may be on another page. `href` is relative, and a single name.
  function itemOf(href) {
    const row = rows.find((r) => link(r).getAttribute("href") === href);
    if (row) return { href, row, name: link(row).textContent, kind: row.className, size: row.cells[1].textContent };
    const to = new URL("./" + href, location.href), here = location.pathname.replace(/[^/]*$/, "");
    if (to.pathname.replace(/[^/]*$/, "") !== here || !/^[^/?#]+$/.test(href) || /%2f/i.test(href) || to.pathname === here) return null;
    return { href, row: null, name: decode(href) || href, kind: "look", size: "" };
  }
  const hrefOf = (a) => a.getAttribute("href");
  const previewable = (row) => shows.includes(row.className);

  // ---- the sheet: a preview, or the commands that fetch a name ----

  const TEXT_MAX = 256 * 1024;
  const button = (text, title, act, set) => {
    const b = make("button", { type: "button", textContent: text, title, ...set });
    b.addEventListener("click", act);
    return b;
  };
  const heading = make("h2", { id: "what" }), view = make("div", { id: "view", tabIndex: 0 });
  const before = button("\u2190", "Previous (left arrow)", () => turn(-1), { ariaLabel: "Previous", className: "quiet" });
  const after = button("\u2192", "Next (right arrow)", () => turn(1), { ariaLabel: "Next", className: "quiet" });
  const other = button("Source", "The text as it is written", () => showMarkdown(current, !other.source), { className: "quiet" });
  const copy = button("Copy\u2026", "The address, or a command that fetches it (c)", () => toggleCommands(), { className: "quiet" });
  const open = make("a", { textContent: "Open", className: "quiet" }), save = make("a", { textContent: "Download", className: "main" });
  const close = button("\u2715", "Close (Escape)", () => leave(), { ariaLabel: "Close", className: "quiet close" });
  const dialog = make("dialog", {}, make("header", {}, heading, before, after, other, open, copy, save, close), view);
  dialog.setAttribute("aria-labelledby", "what");
  view.setAttribute("role", "group");
  view.ariaLabel = "Preview";
  document.body.append(dialog);
  let current = null, fetching = null;

  const say = (text) => view.replaceChildren(make("p", { textContent: text }));

  // Fetches at most this many bytes.
  async function fetchSome(href, signal) {
    const answer = await fetch(href, { signal, headers: { Range: "bytes=0-" + (TEXT_MAX - 1) } });
    if (answer.status === 416) return { answer, bytes: new Uint8Array(), total: 0 };
    if (!answer.ok) throw new Error(answer.status + " " + answer.statusText);
    const reader = answer.body.getReader(), parts = [];
    let n = 0;
    for (let part; n < TEXT_MAX && !(part = await reader.read()).done; n += part.value.length) parts.push(part.value);
    reader.cancel();
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer()).subarray(0, TEXT_MAX);
    const total = Number((answer.headers.get("Content-Range") || "").split("/")[1]) || n;
    return { answer, bytes, total };
  }
  const decoderOf = (label) => {
    try {
      return new TextDecoder(label);
    } catch {
      return null;
    }
  };
  const isUtf8 = (bytes) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  // From a byte order mark, from the server, from the text itself, or because only one is possible. null: the browser guesses.
  function decoderFor(type, bytes) {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le");
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be");
    const said = /;\s*charset="?([^";]+)/i.exec(type);
    const inside = /^<\?xml[^>]*encoding=["']([^"']+)/.exec(String.fromCharCode(...bytes.subarray(0, 200)));
    return (said && decoderOf(said[1])) || (isUtf8(bytes) ? decoderOf("utf-8") : inside && decoderOf(inside[1]));
  }
  const looksLikeText = (bytes) => bytes[0] + bytes[1] === 0x1fd || // byte order mark of UTF-16
    !bytes.subarray(0, 4096).some((b) => b < 7 || (b > 13 && b < 27) || (b > 27 && b < 32) || b === 127);
  const kindOfType = (type) => {
    const found = /^(image|audio|video)\//.exec(type);
    return found ? found[1] : type === "application/pdf" ? "pdf" : null;
  };

  // Everything that shows something calls this first: it cancels what was begun before.
  function begin() {
    if (fetching) fetching.abort();
    for (const m of view.querySelectorAll("audio, video")) m.pause(), m.removeAttribute("src"), m.load();
    return (fetching = new AbortController()).signal;
  }
  async function attempt(signal, work) {
    say("Loading\u2026");
    try {
      const made = await work();
      if (!signal.aborted && made) view.replaceChildren(...made);
    } catch (e) {
      if (!signal.aborted) say("It cannot be shown: " + e.message);
    }
  }
  function showText(item, isKnown) {
    const signal = begin();
    return attempt(signal, async () => {
      const { answer, bytes, total } = await fetchSome(item.href, signal), type = answer.headers.get("Content-Type") || "";
      const kind = kindOfType(type);
      if (signal.aborted) return null;
      if (bytes.length === 0) return [make("p", { textContent: "This file is empty." })];
      if (!isKnown && kind) return show({ ...item, kind }), null;
      if (!isKnown && !type.startsWith("text/") && !looksLikeText(bytes))
        return [make("p", { textContent: "There is nothing to be shown of it." })];
      const decoder = decoderFor(type, bytes);
      // A frame without an origin guesses the encoding like a page of its own; with our origin it would use ours.
      if (!decoder && type.startsWith("text/plain") && total <= TEXT_MAX)
        return [make("iframe", { src: item.href, title: item.name, sandbox: "" })];
      const pre = make("pre", { textContent: (decoder || new TextDecoder("windows-1252")).decode(bytes) });
      if (total > TEXT_MAX) pre.append("\n\n\u2026 the first " + TEXT_MAX / 1024 + " KiB are shown.");
      return [pre];
    });
  }
  // The server makes it safe. If it is not HTML, as for text that is not UTF-8, it is shown as text.
  function showMarkdown(item, source) {
    other.source = source;
    other.textContent = source ? "Page" : "Source";
    if (source) return showText(item, true);
    const signal = begin();
    return attempt(signal, async () => {
      const answer = await fetch(item.href + "?render", { signal });
      if (!answer.ok) throw new Error(answer.status + " " + answer.statusText);
      if (!(answer.headers.get("Content-Type") || "").startsWith("text/html")) return showMarkdown(item, true), null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const article = page.querySelector("article");
      return article ? [document.adoptNode(article)] : (showMarkdown(item, true), null);
    });
  }
  function show(item) {
    const { kind, href, name } = item, broken = () => say("This browser cannot show it.");
    dialog.className = kind;
    if (kind === "markdown") return showMarkdown(item, false);
    if (kind === "text" || kind === "look") return showText(item, kind === "text");
    begin();
    if (kind === "image") view.replaceChildren(make("img", { src: href, alt: name, onerror: broken }));
    else if (kind === "pdf") view.replaceChildren(make("iframe", { src: href, title: name }));
    else view.replaceChildren(make(kind, { src: href, controls: true, autoplay: true, onerror: broken }));
  }

  // ---- commands ----

  const quote = (s) => "'" + s.replace(/'/g, "'\\''") + "'";
  // For a name that is unsafe in a terminal, the command lets the program make a name from the address.
  const deceives = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
  function commandsOf(item) {
    const to = new URL(item ? "./" + item.href : "./", location.href);
    const folder = !item || item.kind === "folder";
    if (folder) to.search = "archive=tar";
    const path = to.pathname.replace(/\/$/, ""), last = decode(path.slice(path.lastIndexOf("/") + 1));
    const name = folder ? (last || "files") + ".tar" : last, url = to.href.replace(/'/g, "%27");
    const file = last === null || deceives.test(name) ? null : quote(name.startsWith("-") ? "./" + name : name);
    const into = file ? "-o " + file : "";
    return [
      ["Address", folder ? to.href.replace(/\?.*/, "") : to.href],
      ["curl", `curl ${into || (folder ? "-o files.tar" : "-O")} ${quote(url)}`],
      ["ferry", `ferry get ${folder ? (into || "-o files.tar") + " " : ""}${quote(url)}`],
    ];
  }
  function copyText(code, b) {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    // The clipboard interface does not exist without TLS.
    b.textContent = document.execCommand("copy") ? "Copied" : "Ctrl+C";
  }
  function commandList(item) {
    return make("ul", { id: "commands" }, ...commandsOf(item).map(([what, text]) => {
      const code = make("code", { textContent: text });
      return make("li", {}, make("span", { textContent: what }), code,
        button("Copy", "", (e) => copyText(code, e.currentTarget), { ariaLabel: "Copy: " + what, className: "quiet" }));
    }));
  }
  function toggleCommands() {
    const there = $("commands");
    if (there) there.remove();
    else dialog.append(commandList(current));
    copy.ariaExpanded = String(!there);
  }

  // ---- the sheet is an entry of the history, with an address: Back closes it, and a link opens it ----

  const wanted = () => /^#(preview|fetch)=(.*)$/.exec(location.hash);
  function go(what, href) {
    const to = "#" + what + "=" + href;
    if (wanted()) history.replaceState(history.state, "", to);
    else history.pushState({ sheet: true }, "", to);
    sync();
  }
  function leave() {
    if (history.state && history.state.sheet) return history.back();
    history.replaceState(null, "", location.pathname + location.search);
    sync();
  }
  const neighbours = () => shown().filter(previewable);
  function turn(step) {
    const all = neighbours(), to = all[all.indexOf(current && current.row) + step];
    if (to && current) go("preview", hrefOf(link(to)));
  }
  function sync() {
    const at = wanted(), item = at && at[2] ? itemOf(at[2]) : null, folder = at && at[1] === "fetch" && !at[2];
    if (!item && !folder) return dialog.open && dialog.close();
    const isFetch = at[1] === "fetch", all = neighbours(), i = item ? all.indexOf(item.row) : -1;
    const isFolder = !item || item.kind === "folder";
    if ($("commands")) $("commands").remove();
    current = item;
    copy.ariaExpanded = "false";
    heading.replaceChildren(item ? item.name : document.title, make("small", { textContent: item ? item.size : "" }));
    before.hidden = after.hidden = isFetch || all.length < 2 || i < 0;
    before.disabled = i <= 0;
    after.disabled = i + 1 >= all.length;
    other.hidden = isFetch || item.kind !== "markdown";
    open.hidden = isFetch && isFolder;
    copy.hidden = isFetch;
    open.href = item ? item.href + (item.kind === "markdown" ? "?render" : "") : "./";
    save.href = (item ? item.href : "./") + (isFolder ? "?archive=tar" : "");
    save.download = "";
    if (!dialog.open) dialog.showModal();
    view.hidden = isFetch;
    if (isFetch) begin(), (dialog.className = "commands"), dialog.append(commandList(item));
    else view.replaceChildren(), show(item), view.focus({ preventScroll: true });
  }
  addEventListener("popstate", sync);
  dialog.addEventListener("click", (e) => e.target === dialog && leave());
  dialog.addEventListener("cancel", (e) => (e.preventDefault(), leave()));
  dialog.addEventListener("close", () => {
    begin();
    view.replaceChildren();
    if ($("commands")) $("commands").remove();
    if (wanted()) leave(); // the browser may close it without asking us
    if (current && current.row) link(current.row).focus();
    current = null;
  });
  body.addEventListener("click", (e) => {
    const a = e.target.closest("a");
    if (!a || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || !previewable(a.closest("tr"))) return;
    e.preventDefault();
    go("preview", hrefOf(a));
  });
  // A swipe, unless something scrolls sideways.
  let touch = null;
  view.addEventListener("touchstart", (e) => {
    const still = e.touches.length === 1 && !e.target.closest("audio, video") && !(visualViewport && visualViewport.scale > 1);
    touch = still ? e.touches[0] : null;
  }, { passive: true });
  view.addEventListener("touchend", (e) => {
    const to = e.changedTouches[0], x = touch ? to.clientX - touch.clientX : 0, y = touch ? to.clientY - touch.clientY : 0;
    if (e.touches.length === 0 && Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) turn(x < 0 ? 1 : -1);
    touch = null;
  }, { passive: true });

  // One button, shown in the row under the pointer or with the focus.
  const more = button("\u22ef", "Copy the address or a command (c)", () => go("fetch", hrefOf(link(more.closest("tr")))), { id: "more" });
  function offer(e) {
    const row = e.target.closest("tr");
    if (!row || row === up || more.closest("tr") === row || document.activeElement === more) return;
    more.ariaLabel = "Copy the address or a command: " + link(row).textContent;
    row.cells[0].append(more);
  }
  body.addEventListener("focusin", offer);
  if (matchMedia("(hover: hover)").matches) body.addEventListener("pointerover", offer);

  // ---- the folder as one file ----

  // Links instead of buttons, because their address can be copied.
  const menu = $("save");
  const archives = [...document.querySelectorAll("#save button")].map((b) => {
    const a = make("a", { href: "?archive=" + b.value }, ...b.childNodes);
    b.replaceWith(a);
    return a;
  });
  if (menu) {
    const a = make("a", { href: "#fetch=" }, "By a command\u2026 ", make("small", { textContent: "curl, ferry get" }));
    a.addEventListener("click", (e) => (e.preventDefault(), go("fetch", "")));
    menu.querySelector("form").append(a);
    archives.push(a);
    for (const a of archives) a.addEventListener("click", () => (menu.open = false));
  }
  for (const details of document.querySelectorAll("body > header details")) {
    const left = (e) => details.contains(e.target) || (details.open = false);
    document.addEventListener("pointerdown", left);
    document.addEventListener("focusin", left);
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

  function move(step, from) {
    const all = [...(up && !up.hidden ? [up] : []), ...shown()].map(link);
    const at = all.indexOf(from);
    const to = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step))];
    if (to) to.focus(), to.scrollIntoView({ block: "nearest" });
  }
  function dialogKey(e) {
    if (e.key === "Escape") leave();
    else if (e.target.closest("audio, video")) return;
    else if (e.key === "ArrowLeft" || e.key === "k") turn(-1);
    else if (e.key === "ArrowRight" || e.key === "j") turn(1);
    else if (e.key === "c" && !copy.hidden) toggleCommands();
    else return;
    e.preventDefault();
  }
  function filterKey(e) {
    const first = shown()[0];
    if (e.key === "Escape") setFilter(""), filter.blur();
    else if (e.key === "ArrowDown" && first) link(first).focus();
    else if (e.key === "Enter" && first) keepFilter(), link(first).click();
    else return;
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
    else if (e.key === "c") go("fetch", from && from !== (up && link(up)) ? hrefOf(from) : "");
    else if (e.key === "Escape" && filter.value) setFilter("");
    else if (e.key === "Backspace" && up) link(up).click();
    else return;
    e.preventDefault();
  });
  const keyHelp = make("p", { id: "keys" });
  for (const [key, what] of [["\u2191 \u2193", "move"], ["Enter", "open"], ["/", "filter"], ["c", "copy a command"], ["d", "download"],
    ["Backspace", "up"]]) {
    if ((key === "/" && filter.hidden) || (key === "d" && !menu) || (key === "Backspace" && !up)) continue;
    keyHelp.append(make("kbd", { textContent: key }), " " + what + "\u2002 ");
  }
  if (rows.length > 0) ($("pages") || sum).after(keyHelp);
  sync();
})();
