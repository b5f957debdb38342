"""At least one living address for every rule of the app, so that a sweep over all of them forgets none."""

PAGES = (
    "/",
    "/?tag=sea&tag=ice&not=sport",
    "/?q=harbour",
    "/?q=harbuor",
    "/?from=2026-02-20&to=2026-03-02&sort=popular",
    "/?tag=sea&tag=ice&tag=trade&tag=sport&tag=q-a-1",
    "/a/harbour",
    "/tags",
    "/tags?tag=sea",
    "/popular",
    "/popular?window=day",
    "/editions/2026-03-02",
    "/editions/1999-01-01",
    "/about",
    "/offline",
    "/embed",
    "/embed?tag=sea&tag=ice&show=any&n=3&theme=dark&kind=frame",
)
PARTS = (
    "/partials/listing",
    "/partials/listing?tag=sea&q=harbour",
    "/partials/stories",
    "/partials/stories?tag=sea",
    "/partials/a/harbour",
    "/partials/tags?tag=sea",
    "/partials/suggestions?q=har",
    "/partials/popular?window=month",
    "/partials/embed?tag=sea&show=all",
)
MACHINES = (
    "/feed.atom",
    "/feed.rss?tag=sea",
    "/feed.json?q=harbour",
    "/tags.json",
    "/a/harbour/related.json",
    "/popular.json?window=day",
    "/sitemap.xml",
    "/news-sitemap.xml",
    "/robots.txt",
    "/oembed?url=https%3A%2F%2Fnews.example%2F%3Ftag%3Dsea",
    "/oembed?url=https%3A%2F%2Fnews.example%2Fa%2Fharbour&format=xml",
    "/healthz",
    "/readyz",
)
# What other sites frame; the preview stands on a page of ours alone.
FRAMES = (
    "/embed/v1/frame",
    "/embed/v1/frame?tag=sea&offer=ice&n=3&theme=dark",
    "/embed/v1/a/harbour",
)
PREVIEWS = ("/embed/v1/preview?offer=sea",)
EMBEDDED = (
    "/embed/v1/items.json?tag=sea",
    "/embed/v1/news-tags.js",
    "/embed/v1.0.0/resize.js",
)
STATIC = ("/static/app.css", "/static/vendor/htmx.min.js", "/favicon.ico")
WRONG = (
    "/nothing-here",
    "/a/nobody-wrote-this",
    "/?tag=nobody-used-this",
    "/?after=zzz",
    "/?through=zzz",
    "/?from=yesterday",
    "/?sort=sideways",
    "/?q=" + "x" * 513,
    "/popular?window=year",
    "/editions/yesterday",
    "/editions/2999-01-01",
    "/partials/nothing",
    "/partials/a/nobody-wrote-this",
    "/partials/listing?tag=nobody-used-this",
    "/partials/stories?after=zzz",
    "/feed.json?tag=nobody-used-this",
    "/feed.atom?tag=nobody-used-this",
    "/feed.rss?after=zzz",
    "/sitemap-7.xml",
    "/embed?n=0",
    "/embed?show=some",
    "/partials/embed?kind=song",
    "/oembed",
    "/oembed?url=https%3A%2F%2Fother.example%2F",
    "/oembed?url=https%3A%2F%2Fnews.example%2F&format=yaml",
    "/embed/v1/items.json?tag=nobody-used-this",
    "/embed/v1/nothing.js",
    "/static/../pyproject.toml",
    "/static/nothing.css",
    "/media/nothing.webp",
    "/views/1",
)
WRONG_FRAMES = (
    "/embed/v1/frame?n=21",
    "/embed/v1/frame?tag=nobody-used-this",
    "/embed/v1/a/nobody-wrote-this",
)
ALIVE = (*PAGES, *PARTS, *MACHINES, *FRAMES, *PREVIEWS, *EMBEDDED, *STATIC)
# Alive only when a test makes them so: pictures and numbered sitemaps need more than the newsroom has.
ELSEWHERE = {"/media/<name>", "/sitemap-<int:number>.xml", "/views/<int:story_id>"}
