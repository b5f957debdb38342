// Before the first paint: the light that this reader chose. Without a choice the device decides.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {}
