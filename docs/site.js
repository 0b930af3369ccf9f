// What the theme leaves unsaid to those who cannot see the page.
document.querySelector(".md-search")?.setAttribute("aria-label", "Search");

// A table that is wider than the page scrolls: by keyboard too.
const scrolls = new ResizeObserver((entries) => {
  for (const { target } of entries)
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
});
document$.subscribe(() => {
  for (const each of document.querySelectorAll(".md-typeset__scrollwrap"))
    scrolls.observe(each);
});
