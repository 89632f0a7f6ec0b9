/** How far it has come, drawn over itself on a terminal; nothing elsewhere. */
export class ProgressBar {
  readonly #stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly #total: number;
  #drawn = -1;

  constructor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }, total: number) {
    this.#stream = stream;
    this.#total = total;
  }

  show(count: number): void {
    const percent = Math.floor((count / this.#total) * 100);
    if (this.#stream.isTTY !== true || percent === this.#drawn) return;
    this.#drawn = percent;
    const full = Math.floor(percent / 4);
    this.#stream.write(`\r[${'='.repeat(full)}${' '.repeat(25 - full)}] ${percent} % (${count} of ${this.#total})`);
  }

  /** Clears the line. */
  end(): void {
    if (this.#drawn >= 0) this.#stream.write('\r\u001b[K');
  }
}
