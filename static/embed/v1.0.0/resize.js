// Makes the frames of this paper on a page as high as what they show.
(() => {
  const { origin } = new URL(document.currentScript.src);
  const frames = () => [...document.querySelectorAll("iframe")].filter(({ src }) => src.startsWith(`${origin}/embed/v1/`));

  addEventListener("message", ({ source, data }) => {
    if (data?.type !== "news-height" || !(data.height > 0)) return;
    const frame = frames().find(({ contentWindow }) => contentWindow === source);
    if (!frame) return;
    const { boxSizing, paddingTop, paddingBottom } = getComputedStyle(frame);
    const border = frame.offsetHeight - frame.clientHeight;
    const around = boxSizing === "border-box" ? border + parseFloat(paddingTop) + parseFloat(paddingBottom) : 0;
    frame.style.height = `${Math.min(data.height, 9999) + around}px`;
  });
  // Those that were here before this script have told their height to nobody.
  for (const { contentWindow } of frames()) contentWindow.postMessage({ type: "news-ask" }, "*");
})();
