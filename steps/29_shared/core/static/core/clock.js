// A worker keeps time: browsers slow the timers of pages in the background down.
setInterval(() => postMessage("tick"), 20_000);
