// A browser starts no worker for a page that was opened from the disk. So that the search
// works there too, its worker's script runs in a hidden frame.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      this.addEventListener("message", (event) => this.onmessage?.(event));
      const frame = (this.frame = document.createElement("iframe"));
      frame.hidden = true;
      frame.title = "Search";
      document.body.append(frame);
      this.inside = frame.contentWindow;
      this.inside.postMessage = (message) => {
        const data = structuredClone(message);
        this.dispatchEvent(new MessageEvent("message", { data }));
      };
      const script = frame.contentDocument.createElement("script");
      this.started = new Promise((done) => script.addEventListener("load", done));
      script.src = address;
      frame.contentDocument.body.append(script);
    }

    async postMessage(message) {
      const data = structuredClone(message);
      await this.started;
      this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data }));
    }

    terminate() {
      this.frame.remove();
    }
  };
}
