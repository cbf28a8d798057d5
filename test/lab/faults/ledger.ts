import { readdirSync, readFileSync } from "node:fs";
import { Dialogue } from "../../../lab/mail";
import { pause } from "../../../lab/progress";
import type { FaultyServer } from "./server";

const sender = "someone@client10.example.com";

/** Every message that the server has accepted, by its Message-ID: as a stranger's mail server would remember it. */
export class Ledger {
  private readonly accepted = new Set<string>();
  private readonly arrived = new Map<string, string>();
  private letters = 0;
  /** What the server, or the network, said when it took a message last, or did not. */
  lastReply = "";

  constructor(private readonly server: FaultyServer) {}

  get count(): number {
    return this.accepted.size;
  }

  /** How many of them lie in a mailbox twice or more: allowed (RFC 5321 section 6.1), but good to know. */
  get doubles(): number {
    return this.arrived.size - new Set(this.arrived.values()).size;
  }

  /** Forgets everything: the machine was reinstalled. */
  clear(): void {
    this.accepted.clear();
    this.arrived.clear();
  }

  /** Sends messages in one connection until one is not accepted; gives how many were. */
  async send(count: number, client: 0 | 1 | 2 = 0): Promise<number> {
    let dialogue: Dialogue | undefined;
    let done = 0;
    try {
      dialogue = await Dialogue.open(this.server.route("v4", client), 25);
      await this.expect(dialogue.reply(), "220");
      await this.expect(dialogue.ask("EHLO client10.example.com"), "250");
      while (done < count) {
        await this.sendOne(dialogue);
        done++;
      }
    } catch (error) {
      this.lastReply = error instanceof Error ? error.message : String(error);
    } finally {
      dialogue?.close();
    }
    return done;
  }

  private async sendOne(dialogue: Dialogue): Promise<void> {
    const id = `<faults-${process.pid}-${++this.letters}@client10.example.com>`;
    const { anna, ben } = this.server;
    const to = this.letters % 2 ? anna.address : ben.address;
    await this.expect(dialogue.ask(`MAIL FROM:<${sender}>`), "250");
    await this.expect(dialogue.ask(`RCPT TO:<${to}>`), "250");
    await this.expect(dialogue.ask("DATA"), "354");
    const header = [`From: <${sender}>`, `To: <${to}>`, "Subject: during faults", `Message-ID: ${id}`];
    await this.expect(dialogue.ask([...header, "", "Hello.", "."].join("\r\n")), "250");
    this.accepted.add(id);
  }

  private async expect(answer: Promise<string>, code: string): Promise<void> {
    this.lastReply = await answer;
    if (!this.lastReply.startsWith(code)) throw new Error(this.lastReply || "the connection was closed");
  }

  /** Messages that were accepted and are in no mailbox after so many seconds. */
  async lost(seconds: number): Promise<string[]> {
    for (const deadline = Date.now() + seconds * 1000; ; ) {
      this.look();
      const there = new Set(this.arrived.values());
      const missing = [...this.accepted].filter((id) => !there.has(id));
      if (missing.length === 0 || Date.now() > deadline) return missing;
      // What was deferred while Dovecot was away would wait for five minutes.
      await this.server.host.shell("postqueue -f");
      await pause(300);
    }
  }

  /** Reads the mailboxes on the disk; no file of a Maildir changes once it is there. */
  private look(): void {
    for (const { address } of [this.server.anna, this.server.ben]) {
      const [user, domain] = address.split("@");
      for (const folder of ["new", "cur"]) {
        const here = this.server.path(`/var/mail/vhosts/${domain}/${user}/Maildir/${folder}`);
        for (const name of filesIn(here)) {
          const key = `${user}/${name.split(":")[0]}`;
          if (this.arrived.has(key)) continue;
          const id = /^Message-ID: (<faults-.*>)/m.exec(readFileSync(`${here}/${name}`, "utf8"))?.[1];
          if (id) this.arrived.set(key, id);
        }
      }
    }
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
