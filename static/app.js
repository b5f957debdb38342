// What htmx alone cannot do: list and story as two views of one document, exact Back, keys, settings.
// Every event name of htmx that we rely on stands in this file.
"use strict";

const find = (selector, from = document) => from.querySelector(selector);
const on = (name, act) => document.addEventListener(name, act);

const AUTO_PAGES = 3; // pages that load by themselves; then the reader asks
const AHEAD = "600px"; // how early
const LOOKED_AT = 5000; // milliseconds until a story counts as read

const listing = find("#listing");
const story = find("#story");
const sheet = find("#sheet");
const status = find("#status");
const views = [listing, story, sheet];

const here = () => location.pathname + location.search;
const isStory = (path) => path.startsWith("/a/");
const isListing = (path) => path === "/" || path.startsWith("/?");
const partOf = (path) => (isStory(path) ? "/partials" + path : "/partials/listing" + path.slice(1));
const rows = () => find("#feed")?.children ?? [];

/* ---- one view at a time ---------------------------------------------------------------------- */

let opener = null; // the link that opened the story

function show(view) {
  for (const other of views) {
    other.hidden = other !== view;
    other.inert = other.hidden;
  }
  view.dataset.path = view === listing ? (listing.dataset.path ?? here()) : here();
  lookAt(view === story ? find(".story", story) : null);
  if (view === listing) searchAsShown();
}

function searchAsShown() {
  const query = new URLSearchParams(location.search).get("q") ?? "";
  const box = find("#q");
  if (box !== document.activeElement) box.value = query;
  if (query) find(".find").open = true;
}

function headingFocus() {
  find("h1", story)?.focus({ preventScroll: true });
}

function say(words, trouble = false) {
  status.classList.toggle("trouble", trouble);
  status.textContent = words;
}

/* ---- history: every entry remembers its scroll place ------------------------------------------ */

history.scrollRestoration = "manual";

function remember(more = {}) {
  const shown = listing.hidden ? {} : { rows: rows().length };
  history.replaceState({ ...history.state, htmx: true, y: Math.round(scrollY), ...shown, ...more }, "");
}

let settle;
on("scroll", () => {
  clearTimeout(settle);
  settle = setTimeout(remember, 150);
});
addEventListener("pagehide", () => remember());

const withoutExtent = (path) => {
  const url = new URL(path, location.href);
  url.searchParams.delete("through");
  return url.pathname + url.search;
};

function listingHolds(path) {
  const held = listing.dataset.path;
  return held && withoutExtent(held) === withoutExtent(path) && rows().length >= (history.state?.rows ?? 0);
}

let move = 0; // of several fast moves through history, the last one wins
let loading;

async function restore() {
  const turn = ++move;
  const path = here();
  loading?.abort();
  if (isStory(path)) {
    if (story.dataset.path !== path && !(await load(path, story))) return;
    if (turn !== move) return;
    show(story);
    document.title = story.dataset.title;
    scrollTo(0, history.state?.y ?? 0);
    headingFocus();
    return;
  }
  const view = sheet.dataset.path === path ? sheet : listing;
  if (view === listing && !listingHolds(path)) {
    if (!(await load(path, listing)) || turn !== move) return;
    listing.dataset.path = path;
  }
  show(view);
  document.title = view.dataset.title;
  // Rows that came while the story was open belong to this entry's address.
  if (view === listing && listing.dataset.path !== path) history.replaceState(history.state, "", listing.dataset.path);
  scrollTo(0, history.state?.y ?? 0);
  if (opener?.isConnected && view.contains(opener)) opener.focus({ preventScroll: true });
}

async function load(path, view) {
  loading = new AbortController();
  try {
    const response = await fetch(partOf(path), { signal: loading.signal });
    const text = await response.text();
    const swap = { text, target: view, swap: "innerHTML", sourceElement: view };
    await htmx.swap(swap);
    view.dataset.path = path;
    view.dataset.title = swap.title || document.title;
    pages = 0;
    return true;
  } catch (error) {
    if (error.name !== "AbortError") say("No connection. The page could not be loaded.", true);
    return false;
  }
}

on("htmx:before:history:restore", (event) => {
  event.preventDefault();
  restore();
});

on("htmx:before:history:update", (event) => {
  const { type, path } = event.detail.history;
  if (type !== "replace" || !isListing(path)) return;
  listing.dataset.path = path;
  // The reader has opened a story meanwhile: its address stays in the bar.
  if (listing.hidden) event.preventDefault();
});

let depth = history.state?.depth ?? 0; // stories opened above the list: how far Close goes back

on("htmx:after:history:push", (event) => {
  const { path } = event.detail;
  depth = isStory(path) ? depth + 1 : 0;
  history.replaceState({ ...history.state, depth }, "");
  if (isListing(path)) listing.dataset.path = path;
});
on("htmx:after:history:replace", () => remember({ depth: 0 }));

/* ---- requests: opening, appending, filtering, failing ------------------------------------------ */

on("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.target === story && !views.includes(ctx.sourceElement)) {
    depth = history.state?.depth ?? 0;
    if (story.hidden) opener = ctx.sourceElement;
  }
  if (ctx.target?.id === "feed") ctx.target.ariaBusy = "true";
  status.classList.remove("trouble");
  remember();
});

on("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "feed") ctx.target.ariaBusy = "false";
});

on("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response.status < 400) return find("#notice").replaceChildren();
  // What failed stands in a place of its own, so that list and story stay as they are.
  if (ctx.target?.id === "feed") ctx.target.ariaBusy = "false";
  ctx.target = find("#notice");
  ctx.swap = "innerHTML ignoreTitle:true";
});

on("htmx:error", ({ detail: { ctx } }) => {
  if (ctx) say("No connection. Please try again.", true);
});

on("htmx:after:swap", ({ detail: { ctx } }) => {
  const title = ctx.title || document.title;
  if (ctx.target?.id === "feed") {
    pages += 1;
    watchEnd();
  } else if (ctx.target === story && ctx.response) {
    story.dataset.title = title;
    move += 1;
    show(story);
    scrollTo(0, 0);
    headingFocus();
  } else if (ctx.target === listing) {
    listing.dataset.title = title;
    pages = 0;
    watchEnd();
    if (!ctx.response) return;
    move += 1;
    show(listing);
    scrollTo(0, Math.min(scrollY, listing.offsetTop));
    remember();
  }
});

// The second click of a double click would land on what the first one brought.
addEventListener(
  "click",
  (event) => {
    if (event.detail > 1 && event.target.closest("main a")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

on("htmx:before:init", ({ target }) => {
  if (navigator.connection?.saveData) target.setAttribute("hx-preload", "false");
});

/* ---- the endless list ---------------------------------------------------------------------------- */

let pages = 0;
const wantsLess = matchMedia("(prefers-reduced-data: reduce)");

const end = new IntersectionObserver(
  (entries) => {
    if (entries.some((entry) => entry.isIntersecting) && mayLoad()) htmx.trigger(find("#more-link"), "more");
  },
  { rootMargin: AHEAD },
);

function mayLoad() {
  return pages < AUTO_PAGES && kept("auto") !== "off" && !wantsLess.matches && !listing.hidden;
}

function watchEnd() {
  end.disconnect();
  const link = find("#more-link");
  if (link) end.observe(link);
}

/* ---- closing, keys --------------------------------------------------------------------------------- */

function close() {
  const steps = history.state?.depth ?? 0;
  if (steps) history.go(-steps);
  return steps > 0;
}

on("click", (event) => {
  if (event.target.closest(".close") && !event.ctrlKey && !event.metaKey && close()) event.preventDefault();
  const time = event.target.closest("time[title]");
  if (time) [time.textContent, time.title] = [time.title, time.textContent];
});

on("keydown", (event) => {
  const { key, target } = event;
  if (event.altKey || event.metaKey || target.closest("input, textarea, select, [popover]")) return;
  if (key === "Escape" && !story.hidden) return void close();
  if (listing.hidden) return;
  const inFeed = target.closest("#feed");
  if (event.ctrlKey) {
    if (inFeed && key === "End") go(event, find("#footer"));
    if (inFeed && key === "Home") go(event, find(".name a"));
    return;
  }
  const letters = kept("keys") !== "off";
  if ((inFeed && key === "PageDown") || (letters && key === "j")) go(event, neighbour(target, 1));
  if ((inFeed && key === "PageUp") || (letters && key === "k")) go(event, neighbour(target, -1));
  if (key === "Enter" && target.matches(".row")) find("h3 a", target).click();
});

function neighbour(target, step) {
  const all = [...rows()];
  const row = target.closest(".row");
  if (row) return all[all.indexOf(row) + step];
  const below = all.find((each) => each.getBoundingClientRect().top >= 0);
  return below ?? all[0];
}

function go(event, element) {
  if (!element) return;
  event.preventDefault();
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

/* ---- settings, kept in this browser alone ------------------------------------------------------------ */

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {}
}

const settings = find("#settings");
find(`[name=theme][value="${kept("theme") ?? ""}"]`, settings).checked = true;
for (const name of ["auto", "keys"]) find(`[name=${name}]`, settings).checked = kept(name) !== "off";

settings.addEventListener("change", ({ target: { name, value, checked } }) => {
  if (name === "theme") {
    keep(name, value);
    document.documentElement.dataset.theme = value;
  } else {
    keep(name, checked ? "" : "off");
  }
});

/* ---- a story that is looked at counts, once -------------------------------------------------------------- */

let looking;
let looked;

function lookAt(article) {
  looked = article;
  clearTimeout(looking);
  if (article?.dataset.views && !document.hidden) looking = setTimeout(countView, LOOKED_AT, article);
}

function countView(article) {
  fetch(article.dataset.views, { method: "POST", headers: { "X-Htmxnews-View": "1" }, keepalive: true }).catch(() => {});
  delete article.dataset.views;
}

on("visibilitychange", () => lookAt(looked));

/* ---- start --------------------------------------------------------------------------------------------------- */

const first = views.find((view) => !view.hidden);
first.dataset.title = document.title;
show(first);
if (history.state?.y && !isStory(here())) scrollTo(0, history.state.y);
watchEnd();
