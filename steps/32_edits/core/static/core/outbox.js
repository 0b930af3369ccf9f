// Frames that the server has not answered yet. They survive a reload of the page.

const DAY = 24 * 60 * 60 * 1000;
// What is answered within a blink is not shown as waiting.
const BLINK = 300;
// A frame of 64 KiB is refused, and nothing is read of it, not even its id.
const MOST_BYTES = 64_000;

export const TOO_LONG = { message: "This is too long. Nothing was sent." };
export const TOO_OLD = {
  message: "This was not confirmed for a day. Look if it is there.",
};

// On plain http there is no crypto.randomUUID.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Where a browser stores nothing, or no more, frames live as long as the page.
function stored(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
}

function store(key, entries) {
  try {
    sessionStorage.setItem(key, JSON.stringify(entries));
  } catch (error) {
    console.warn(error);
  }
}

export class Outbox {
  // One for each user and page; show is given the frames that wait.
  constructor(path, show) {
    this.key = `outbox ${document.body.dataset.user} ${path}`;
    this.entries = stored(this.key);
    this.show = () => show(this.frames(({ at }) => Date.now() - at >= BLINK));
    setTimeout(this.show);
  }

  get size() {
    return this.entries.length;
  }

  get first() {
    return this.entries[0]?.frame;
  }

  frames(filter) {
    return this.entries.filter(filter).map(({ frame }) => frame);
  }

  // Give false where a frame is too long to be sent at all.
  add(frame) {
    if (new Blob([JSON.stringify(frame)]).size > MOST_BYTES) return false;
    const entry = { frame: { ...frame, frame_id: newId() }, at: Date.now() };
    this.keep([...this.entries, entry]);
    setTimeout(this.show, BLINK);
    return true;
  }

  // Give the frame with an id, and keep it no longer.
  take(id) {
    const entry = this.entries.find(({ frame }) => frame.frame_id === id);
    if (!entry) return;
    this.keep(this.entries.filter((each) => each !== entry));
    this.show();
    return entry.frame;
  }

  // The server soon forgets these, and could carry them out twice.
  takeOld() {
    const old = this.frames(({ at }) => Date.now() - at > DAY);
    return old.map(({ frame_id }) => this.take(frame_id));
  }

  keep(entries) {
    this.entries = entries;
    store(this.key, entries);
  }
}
