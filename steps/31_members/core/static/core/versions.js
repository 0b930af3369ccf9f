// What a page shows has a version, and each change the next one: so a gap is seen.
export class Versions {
  // ask(shown) sends a frame that asks for what is missing, or gives false.
  constructor(ask) {
    this.ask = () => ask(this.shown);
    this.shown = 0;
    this.waiting = false;
  }

  // A list is shown, and with it all changes up to its version.
  reach(version) {
    this.shown = version;
    this.waiting = false;
  }

  // Show the change that comes next; where one is missing, ask.
  inOrder(show) {
    return (frame) => {
      if (frame.version <= this.shown) return; // a list has it already
      if (frame.version > this.shown + 1) return this.askOnce();
      this.shown = frame.version;
      show(frame);
    };
  }

  askOnce() {
    this.waiting = this.waiting || this.ask();
  }

  comparePong({ version }) {
    if (version === this.shown) return;
    this.waiting = false;
    this.askOnce(); // again, if the page has asked and no list came
  }
}
