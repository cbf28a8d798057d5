import { Dialogue, type Login, type Route, verified } from "./mail";

/** A session of ManageSieve (RFC 5804) within TLS, logged in. */
export class ManageSieve {
  private constructor(private readonly dialogue: Dialogue) {}

  static async open(route: Route, { address, password }: Login): Promise<ManageSieve> {
    const dialogue = await Dialogue.open(route, 4190);
    const session = new ManageSieve(dialogue);
    await session.reply();
    await session.ask("STARTTLS");
    await dialogue.startTls(verified(route.hostname));
    await session.reply();
    await session.ask(`AUTHENTICATE "PLAIN" "${Buffer.from(`\0${address}\0${password}`).toString("base64")}"`);
    return session;
  }

  /** Keeps a script, which is not in use yet. */
  async put(name: string, script: string): Promise<void> {
    await this.ask(`PUTSCRIPT "${name}" {${Buffer.byteLength(script)}+}\r\n${script}`);
  }

  /** Has a script run for each message; none, where the name is empty. */
  async activate(name: string): Promise<void> {
    await this.ask(`SETACTIVE "${name}"`);
  }

  /** Names of the scripts; with a word behind it, that of the active one. */
  async list(): Promise<string[]> {
    return (await this.ask("LISTSCRIPTS")).slice(0, -1);
  }

  async close(): Promise<void> {
    await this.ask("LOGOUT");
    this.dialogue.close();
  }

  private ask(command: string): Promise<string[]> {
    this.dialogue.send(`${command}\r\n`);
    return this.reply();
  }

  /** The lines of an answer that agrees. */
  private async reply(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.dialogue.line();
      if (line === undefined) throw new Error(`ManageSieve: the connection was closed after: ${lines.join("\n")}`);
      lines.push(line);
      if (/^OK\b/i.test(line)) return lines;
      if (/^(NO|BYE)\b/i.test(line)) throw new Error(`ManageSieve: ${await this.rest(lines)}`);
    }
  }

  /** A refusal, with the literal that it may have. */
  private async rest(lines: string[]): Promise<string> {
    const literal = /\{(\d+)\+?\}$/.exec(lines.at(-1) ?? "");
    for (let left = Number(literal?.[1] ?? 0); left > 0; ) {
      const line = (await this.dialogue.line()) ?? "";
      lines.push(line);
      left -= line.length + 2;
    }
    return lines.join("\n");
  }
}
