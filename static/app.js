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
const notice = find("#notice");
const footer = find("#footer");
const views = [listing, story, sheet];

const here = () => location.pathname + location.search;
const isStory = (path) => path.startsWith("/a/");
const isListing = (path) => path === "/" || path.startsWith("/?");
const partOf = (path) => (isStory(path) ? "/partials" + path : "/partials/listing" + path.slice(1));
const rows = () => find("#feed")?.children ?? [];

/* ---- one view at a time ---------------------------------------------------------------------- */

let at = ""; // the address that the shown view belongs to
let opener = null; // the link that opened the story

function show(view) {
  for (const other of views) {
    other.hidden = other !== view;
    other.inert = other.hidden;
  }
  at = here();
  lookAt(view === story ? find(".story", story) : null);
}

function searchAsShown(returned) {
  const query = new URLSearchParams(location.search).get("q") ?? "";
  const box = find("#q");
  // What is being typed while an answer comes stays.
  if (returned || box !== document.activeElement) box.value = query;
  if (returned || query) find(".find").open = Boolean(query);
}

function headingFocus() {
  find("h1", story)?.focus({ preventScroll: true });
}

function say(words, trouble = false) {
  status.classList.toggle("trouble", trouble);
  status.textContent = words;
}

/* ---- suggestions: links below the box, reached by the arrow keys too ----------------------------- */

const finder = find(".find");
const suggestions = find("#suggestions");

let searched; // the words that were sent last: they need no more suggestions
finder.addEventListener("submit", () => {
  searched = find("#q").value;
  suggestions.replaceChildren();
});

finder.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const stops = [find("#q"), ...suggestions.querySelectorAll("a")];
  const at = stops.indexOf(event.target);
  if (step && at >= 0 && stops[1]) go(event, stops[(at + step + stops.length) % stops.length]);
  if (event.key === "Escape" && at > 0) go(event, stops[0]);
  if (event.key === "Escape" && at >= 0) suggestions.replaceChildren();
});

/* ---- history: every entry remembers its scroll place ------------------------------------------ */

history.scrollRestoration = "manual";

function remember(more = {}) {
  // Between a step through history and the view that belongs there, the old place is not this entry's.
  if (at !== here()) return;
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

function holds(view, path, wanted) {
  const held = view.dataset.path;
  if (view !== listing || !held) return held === path;
  return withoutExtent(held) === withoutExtent(path) && rows().length >= wanted;
}

let move = 0; // of several fast moves, the last one wins
let loading;

async function restore() {
  const turn = ++move;
  const path = here();
  const { y = 0, rows: wanted = 0 } = history.state ?? {};
  const view = isStory(path) ? story : isListing(path) ? listing : sheet;
  loading?.abort();
  if (!holds(view, path, wanted) && !(await load(path, view))) return;
  if (turn !== move) return;
  // Rows that came while the story was open belong to this entry's address.
  if (view === listing && listing.dataset.path !== path) history.replaceState(history.state, "", listing.dataset.path);
  const closed = view !== story && !story.hidden;
  show(view);
  depth = history.state?.depth || NaN;
  document.title = view.dataset.title;
  if (view === listing) searchAsShown(true);
  scrollTo(0, y);
  if (view === story) headingFocus();
  if (closed && opener) (opener.isConnected ? opener : sameLink(opener))?.focus({ preventScroll: true });
}

const sameLink = (link) => find(`#feed a[href="${CSS.escape(link.getAttribute("href"))}"]`);

async function load(path, view) {
  if (view === sheet) return void location.reload();
  loading = new AbortController();
  try {
    const response = await fetch(partOf(path), { signal: loading.signal });
    // The page of that address says best what is wrong.
    if (!response.ok) return void location.reload();
    await htmx.swap({ text: await response.text(), target: view, swap: "innerHTML", sourceElement: view });
    view.dataset.path = path;
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
  const { history: step, response } = event.detail;
  if (response.status >= 400) return event.preventDefault();
  if (step.type !== "replace" || !isListing(step.path)) return;
  listing.dataset.path = step.path;
  // The reader has opened a story meanwhile: its address stays in the bar.
  if (listing.hidden) event.preventDefault();
});

let depth = 0; // how many entries the list lies below a story; NaN where none does

on("htmx:after:history:push", ({ detail: { path } }) => {
  depth = isStory(path) ? depth + 1 : 0;
  history.replaceState({ ...history.state, depth }, "");
});

on("htmx:after:history:replace", () => {
  at = here();
  remember();
});

// A note of a story is a place of its own: Back returns to where it was called from.
addEventListener("hashchange", () => {
  if (history.state) {
    depth = history.state.depth;
    return scrollTo(0, history.state.y);
  }
  depth = isStory(here()) ? depth + 1 : 0;
  remember({ depth });
});

/* ---- requests: opening, appending, filtering, failing ------------------------------------------ */

on("htmx:before:request", ({ detail: { ctx } }) => {
  const { target, sourceElement } = ctx;
  if (target === story || target === listing) {
    ctx.turn = ++move;
    loading?.abort();
  }
  if (target === story) {
    depth = story.hidden ? 0 : history.state?.depth || NaN;
    if (story.hidden) opener = sourceElement;
  }
  if (target?.id === "feed") {
    appending = ctx;
    ctx.feed = target;
    target.ariaBusy = "true";
  }
  if (status.matches(".trouble")) say("");
  remember();
});

let appending; // the last request for rows

on("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!ctx.feed) return;
  const rest = () => appending === ctx && (ctx.feed.ariaBusy = "false");
  // What the rows push away is hidden until they have been drawn: shown in the same frame, it would jump.
  requestAnimationFrame(() => requestAnimationFrame(rest));
});

on("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  // The reader has gone elsewhere meanwhile, or has searched already.
  if (ctx.turn && ctx.turn !== move) return event.preventDefault();
  if (ctx.target === suggestions && find("#q").value === searched) return event.preventDefault();
  if (ctx.response.status < 400) return notice.replaceChildren();
  // What failed stands in a place of its own, so that list and story stay as they are.
  ctx.target = notice;
  ctx.swap = "innerHTML ignoreTitle:true";
});

on("htmx:error", ({ detail: { ctx } }) => {
  if (ctx) say("No connection. Please try again.", true);
});

let firstNew; // where the reader goes on who pressed the last "More stories"

on("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "feed") firstNew = document.activeElement === find("#more-link") ? rows().length : NaN;
});

on("htmx:after:swap", ({ detail: { ctx } }) => {
  const view = ctx.target;
  if (view?.id === "feed") {
    pages += 1;
    watchEnd();
    if (!find("#more-link")) rows()[firstNew]?.focus({ preventScroll: true });
  }
  // Trying again asks for what failed, as a page; the notice itself only knows the page that it stands on.
  if (view === notice) find('a[href=""]', notice)?.setAttribute("href", ctx.sourceElement.href ?? "");
  if (view !== story && view !== listing) return;
  view.dataset.title = ctx.title || document.title;
  if (view === listing) {
    pages = 0;
    watchEnd();
  }
  if (ctx.response) view.dataset.path = view === story ? ctx.request.action.slice("/partials".length) : ctx.hx.pushurl;
  // What restore() has asked for is shown by it, and what came too late is not shown.
  if (ctx.response && ctx.turn === move) arrive(view);
  else ctx.title = null;
});

function arrive(view) {
  suggestions.replaceChildren();
  const left = document.activeElement;
  show(view);
  if (view === story) {
    scrollTo(0, 0);
    headingFocus();
  } else {
    searchAsShown(false);
    scrollTo(0, Math.min(scrollY, listing.offsetTop));
    if (left === document.body) find("#main").focus({ preventScroll: true });
  }
  remember();
}

// The second click of a double click would land on what the first one brought.
addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    remember();
    if (event.detail > 1 && link.closest("main")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

/* ---- the endless list ---------------------------------------------------------------------------- */

let pages = 0;
const wantsLess = matchMedia("(prefers-reduced-data: reduce)");
const savesData = navigator.connection?.saveData;

const end = new IntersectionObserver(
  (entries) => {
    if (entries.some((entry) => entry.isIntersecting) && mayLoad()) htmx.trigger(find("#more-link"), "more");
  },
  { rootMargin: AHEAD },
);

function mayLoad() {
  if (!window.htmx || pages >= AUTO_PAGES || listing.hidden || kept("auto") === "off") return false;
  // Who has reached the footer does not want it to run away.
  return !wantsLess.matches && !savesData && !footer.contains(document.activeElement);
}

function watchEnd() {
  end.disconnect();
  const link = find("#more-link");
  if (link) end.observe(link);
}

on("htmx:before:init", ({ target }) => {
  if (savesData) target.setAttribute("hx-preload", "false");
});

// What slides under a resting pointer is not looked at, so nothing is fetched for it.
let pointer; // where it came to rest
const placeOf = ({ screenX, screenY }) => `${screenX} ${screenY}`;
on("mousemove", (event) => (pointer = placeOf(event)));
addEventListener(
  "mouseenter",
  (event) => {
    if (placeOf(event) === pointer) event.stopImmediatePropagation();
  },
  true,
);

/* ---- closing, keys --------------------------------------------------------------------------------- */

function close() {
  const steps = history.state?.depth;
  if (steps) history.go(-steps);
  return Boolean(steps);
}

on("click", (event) => {
  const { target } = event;
  if (target.closest(".close") && !event.ctrlKey && !event.metaKey && close()) event.preventDefault();
  if (target.matches(".skip")) go(event, find(target.hash)); // without an entry in history
  if (target.dataset.copy) copy(find(`#${target.dataset.copy}`));
  const time = target.closest("time[title]");
  if (time) [time.textContent, time.title] = [time.title, time.textContent];
});

on("keydown", (event) => {
  const { key, target } = event;
  if (event.altKey || event.metaKey || target.closest("input, textarea, select")) return;
  if (settings.matches(":popover-open")) return;
  if (key === "Escape" && !story.hidden) return void close();
  if (listing.hidden) return;
  const inFeed = target.closest("#feed");
  if (event.ctrlKey) {
    if (inFeed && key === "End") go(event, footer);
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
  if (row) return all[all.indexOf(row) + step] ?? (step > 0 && find("#more-link"));
  return all.find((each) => each.getBoundingClientRect().top >= 0) ?? all[0];
}

function go(event, element) {
  if (!element) return;
  event.preventDefault();
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

// Where the browser lends no clipboard, the words are at least marked.
async function copy(element) {
  getSelection().selectAllChildren(element);
  try {
    await navigator.clipboard.writeText(element.textContent.trim());
    say("Copied.");
  } catch {
    say("Marked, to be copied.");
  }
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
for (const light of settings.querySelectorAll("[name=theme]")) light.checked = light.value === (kept("theme") ?? "");
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

if (!window.htmx) {
  // Without it everything is a plain page; only the boxes need someone to send them.
  on("change", ({ target }) => target.closest(".bar")?.submit());
} else if (find("[data-htmx-powered]")) {
  // It has started before all of its helpers were here, so it starts again.
  htmx.process(document.body, true);
}

const first = views.find((view) => !view.hidden);
first.dataset.title = document.title;
first.dataset.path = here();
depth = history.state?.depth || NaN;
show(first);
if (first === listing) searchAsShown(false);
if (history.state?.y && first !== story) scrollTo(0, history.state.y);
watchEnd();
