// Names for which something is true for a moment: unless it is heard again, it ends.
export class Moments {
  // show is given the names, in order.
  constructor(show) {
    this.show = show;
    this.timers = new Map();
  }

  has(name) {
    return this.timers.has(name);
  }

  // Believe it for so many milliseconds from now on, however long it would have been.
  keep(name, time) {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => this.forget(name), time));
    this.show([...this.timers.keys()].sort());
  }

  forget(name) {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
    this.show([...this.timers.keys()].sort());
  }
}
