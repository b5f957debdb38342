"""At least one living address for every rule of the app, so that a sweep over all of them forgets none."""

PAGES = (
    "/",
    "/?tag=sea&tag=ice&not=sport",
    "/?q=harbour",
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
)
PARTS = (
    "/partials/listing",
    "/partials/listing?tag=sea&q=harbour",
    "/partials/stories",
    "/partials/stories?tag=sea",
    "/partials/a/harbour",
    "/partials/tags?tag=sea",
    "/partials/popular?window=month",
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
    "/healthz",
    "/readyz",
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
    "/static/../pyproject.toml",
    "/static/nothing.css",
    "/media/nothing.webp",
    "/views/1",
)
ALIVE = (*PAGES, *PARTS, *MACHINES, *STATIC)
# Alive only when a test makes them so: pictures and numbered sitemaps need more than the newsroom has.
ELSEWHERE = {"/media/<name>", "/sitemap-<int:number>.xml", "/views/<int:story_id>"}
