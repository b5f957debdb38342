// See /embed.
(() => {
  if (customElements.get("news-tags")) return;
  const { origin } = new URL(Reflect.get(Document.prototype, "currentScript", document).src);

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host { display: block; }
:host([hidden]), .on + slot { display: none; }
span { display: grid; }
slot { display: block; grid-area: 1 / 1; }
i { position: absolute; transition: color .1s; forced-color-adjust: none; }
section { all: initial; grid-area: 1 / 1; min-height: var(--news-min-height, 0); container-type: inline-size; color-scheme: inherit; padding: var(--pad); background: var(--paper); color: var(--ink); font: medium/1.3 var(--news-font, system-ui, sans-serif); overflow-wrap: anywhere; --rule: 1px solid var(--news-line, color-mix(in srgb, var(--ink) 25%, #0000)); }
section:not(.on) { visibility: hidden; }
div { display: flex; gap: .5em; height: 2.25em; padding: .5em 4px; margin: 0 -4px; overflow-x: auto; scrollbar-width: none; }
button { all: unset; flex: none; display: flex; align-items: center; gap: .5em; max-width: 90%; padding: 0 .9em; border: var(--rule); border-radius: 99px; font-size: .875em; cursor: pointer; }
button:hover { border-color: var(--ink); }
[aria-pressed=true] { background: var(--ink); color: var(--paper); }
[aria-pressed=true]::after { content: "\\d7" / ""; }
:focus-visible { outline: 3px solid var(--accent); }
bdi, p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
p { min-height: 2.4em; margin: 0; font-size: .8125em; line-height: 2.4; }
ul { --row: 4.1em; height: calc(var(--n) * var(--row)); margin: 0; padding: 0; border-top: 3px solid; }
[aria-busy=true] { border-color: var(--accent); }
li { display: grid; grid: auto / 7.3em 1fr; place-content: center; align-items: center; box-sizing: border-box; height: var(--row); border-bottom: var(--rule); }
time { font-size: .8125em; }
a { display: inline-block; color: inherit; text-decoration: none; }
a:hover { color: var(--accent); text-decoration: underline; }
li a { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; text-align: -webkit-match-parent; font: 600 1.0625em/1.25 var(--news-font, ui-serif, Georgia, serif); }
@container (width < 26em) {
  ul { --row: 5.2em; }
  li { grid: auto / 1fr; }
}
@media (pointer: coarse) { div { height: 2.75em; } }
`);

  const make = (name, fields, ...inside) => {
    const node = Object.assign(document.createElement(name), fields);
    node.append(...inside);
    return node;
  };
  const link = (href, fields) => make("a", { ...fields, ...(/^https?:/.test(href) && { href }) });

  customElements.define("news-tags", class extends HTMLElement {
    static observedAttributes = "tags offer match count theme lang".split(" ");

    #tags = make("div", { part: "tags", role: "group", ariaLabel: "Filter by tag" });
    #status = make("p", { part: "status", role: "status" });
    #list = make("ul", { part: "list" });
    #more = make("p", { part: "more" });
    #box = make("section", {}, this.#tags, this.#status, this.#list, this.#more);
    #probe = make("i", { ontransitionend: () => this.#tint() });
    #near = new IntersectionObserver((seen) => seen.at(-1).isIntersecting && this.#start(), { rootMargin: "400px" });
    #chosen;
    #offered;
    #shown;
    #request;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.append(this.#probe, make("span", {}, this.#box, make("slot")));
    }

    connectedCallback() {
      this.#tint();
      if (this.#shown) this.#show(...this.#shown);
      else this.#near.observe(this);
    }

    disconnectedCallback() {
      this.#near.disconnect();
      this.#request?.abort();
    }

    attributeChangedCallback(name) {
      this.#tint();
      if (this.#chosen && name !== "theme") this.#start();
    }

    get #count() {
      return Math.min(Math.max(parseInt(this.getAttribute("count")) || 5, 1), 20);
    }

    #start() {
      const names = (attribute) => this.getAttribute(attribute)?.match(/[^\s,]+/g) ?? [];
      this.#near.disconnect();
      this.#chosen = names("tags");
      this.#offered = [...this.#chosen, ...names("offer")];
      this.#shown = null;
      this.#load();
    }

    #toggle(button) {
      const others = this.#chosen.filter((tag) => tag !== button.value);
      const on = others.length === this.#chosen.length;
      button.ariaPressed = on;
      this.#chosen = on ? [...others, button.value] : others;
      this.#load();
    }

    async #load() {
      this.#request?.abort();
      const { signal } = (this.#request = new AbortController());
      await null;
      if (signal.aborted) return;
      const chosen = this.#chosen;
      const named = (name, tags) => tags.map((tag) => [name, tag]);
      const match = this.getAttribute("match") ?? "";
      const query = new URLSearchParams([...named("tag", chosen), ["match", match], ...named("offer", this.#offered), ["n", this.#count]]);
      this.#list.ariaBusy = true;
      try {
        const answer = await fetch(`${origin}/embed/v1/items.json?${query}`, {
          credentials: "omit",
          referrerPolicy: "no-referrer",
          signal,
        });
        const data = await answer.json();
        if (!answer.ok) throw data;
        this.#show(data, chosen);
        this.#tell("load", { count: data.items.length, total: data.total, tags: chosen });
      } catch ({ error, message = error }) {
        if (signal.aborted) return;
        console.info(`news-tags: ${message}. Is ${origin} down, ${location.origin} refused, or connect-src missing?`);
        if (this.#shown) {
          this.#show(...this.#shown);
          this.#status.textContent = error ?? "Could not load. Try again.";
        } else this.#box.className = "";
        this.#tell("error", { message });
      }
    }

    #tell(event, detail) {
      this.dispatchEvent(new CustomEvent("news-" + event, { bubbles: true, detail }));
    }

    #show(data, chosen) {
      this.#tint();
      this.#chosen = chosen;
      this.#offered = data.tags.map(({ slug }) => slug);
      let locales = [];
      try {
        locales = Intl.getCanonicalLocales(this.closest("[lang]")?.lang);
      } catch {}
      const { children } = this.#tags;
      data.tags.forEach(({ slug, name, count }, at) => {
        const button = children[at] ?? this.#tags.appendChild(make("button", { part: "tag", onclick: (event) => this.#toggle(event.currentTarget) }));
        Object.assign(button, { value: slug, ariaPressed: chosen.includes(slug) });
        button.replaceChildren(make("bdi", { textContent: name }), " ", count.toLocaleString(locales));
      });
      while (children[data.tags.length]) children[data.tags.length].remove();
      this.#status.replaceChildren(make("bdi", { textContent: data.sentence }));
      this.#list.replaceChildren(
        ...data.items.map(({ title, url, published, lang, dir }) => {
          const textContent = new Date(published).toLocaleDateString(locales, { dateStyle: "medium" });
          return make("li", { part: "item" }, make("time", { dateTime: published, textContent, lang: locales }), link(url, { part: "link", textContent: title, lang: lang ?? "", dir }));
        }),
      );
      this.#list.ariaBusy = false;
      this.#box.lang = data.lang;
      this.#more.replaceChildren(link(data.url, { textContent: data.site + " \u203a" }));
      this.#box.className = "on";
      this.#shown = [data, chosen];
    }

    #tint() {
      const { style } = this.#probe;
      const drawn = (colour) => {
        style.backgroundColor = "#0000";
        style.backgroundColor = colour;
        return getComputedStyle(this.#probe).backgroundColor;
      };
      const own = (name) => drawn(`var(--news-${name})`);
      const luminance = (colour) => {
        const parts = drawn(`color-mix(in srgb-linear, ${colour}, ${colour})`).slice(18, -1).split(" ");
        const [r, g, b, clear = 0] = parts.map((part) => Math.min(Math.max(part, 0), 1));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + clear + 0.05;
      };
      const behind = (at) => {
        if (!at) return "Canvas";
        const { backgroundColor, backgroundImage } = getComputedStyle(at);
        if (backgroundImage !== "none") return;
        return backgroundColor === "rgba(0, 0, 0, 0)" ? behind(at.parentElement) : backgroundColor;
      };
      const ours = { light: "#fbfaf6", dark: "#161512" };
      const through = behind(this);
      const paper = [own("bg"), ours[this.getAttribute("theme")], through, "light-dark(#fbfaf6, #161512)"].find(luminance);
      const back = luminance(paper);
      const pick = (...colours) => colours.find((each) => Math.abs(Math.log(luminance(each) / back)) > Math.log(4.55));
      const ink = pick(own("fg"), "#1a1814", "#ebe6da", "#000", "#fff");
      const accent = pick(own("accent"), "#a8201a", "#ff9078", ink);
      this.#box.style.cssText = `--paper: ${paper}; --ink: ${ink}; --accent: ${accent}; --pad: ${paper === through ? 0 : ".75em 1em"}; --n: ${this.#count}`;
    }
  });
})();
