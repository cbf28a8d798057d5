import { StringDecoder } from "node:string_decoder";
import type { Output, Run, Stream } from "./command";

/** Gathers what a command writes: each stream by itself, both in the order of arrival, and line by line for the log. */
export class Collector {
  readonly #text: Output = { stdout: "", stderr: "" };
  readonly #unfinishedLine: Output = { stdout: "", stderr: "" };
  readonly #decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  #everything = "";

  constructor(private readonly onLine: Run["onLine"]) {}

  add(stream: Stream, data: Buffer): void {
    const text = this.#decoders[stream].write(data);
    this.#text[stream] += text;
    this.#everything += text;
    const lines = (this.#unfinishedLine[stream] + text).split("\n");
    this.#unfinishedLine[stream] = lines.pop() ?? "";
    for (const line of lines) this.onLine[stream](line);
  }

  /** Ends the last lines and returns what each stream said. */
  finish(): Output {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#unfinishedLine[stream] !== "") this.onLine[stream](this.#unfinishedLine[stream]);
      this.#unfinishedLine[stream] = "";
    }
    return this.#text;
  }

  /** Both streams in the order of arrival, for an error text. */
  get everything(): string {
    return this.#everything;
  }
}
