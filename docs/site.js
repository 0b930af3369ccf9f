// What the theme leaves unsaid to those who cannot see the page.
document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
