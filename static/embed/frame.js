// Tells the page around this frame how high it is, in our words and in those that WordPress listens to.
"use strict";

const secret = /secret=([a-zA-Z0-9]+)/.exec(location.hash)?.[1];
const say = (message) => parent.postMessage(message, "*");

function tell() {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  say({ type: "news-height", height });
  if (secret) say({ message: "height", value: height, secret });
}

new ResizeObserver(tell).observe(document.documentElement);
// The page around may have come to listen later: it asks, in our words or in WordPress's.
addEventListener("message", ({ source, data }) => {
  if (source === parent && (data?.type === "news-ask" || data?.message === "ready")) tell();
});

if (secret) {
  addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    if (link.target === "_self") {
      link.hash = location.hash; // the next page in here speaks WordPress too
    } else {
      // WordPress lets no frame lead its page elsewhere: it does so itself.
      event.preventDefault();
      say({ message: "link", value: link.href, secret });
    }
  });
}
