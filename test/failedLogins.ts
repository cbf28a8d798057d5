/** Lines of journals, as recorded on machines of the lab, with names that somebody may log in with to put another address into a line. */
export interface JournalLine {
  /** What program wrote it, of which release. */
  of: "Dovecot 2.3" | "Dovecot 2.4" | "OpenSSH 9.2" | "OpenSSH 10.0";
  line: string;
  /** Whose attempt it counts as. @default - nobody's */
  counts?: string;
}

const [guesser, guesserV6] = ["203.0.113.20", "2001:db8:203::20"];

/** Lines of one program: what it says of whom, behind the time and its name. */
const linesOf = (of: JournalLine["of"], before: string, said: [text: string, counts?: string][]): JournalLine[] =>
  said.map(([text, counts]) => ({ of, line: `${before}: ${text}`, counts }));

/** What the filter of the mail server's own jail reads. */
export const dovecotLines: JournalLine[] = [
  ...linesOf("Dovecot 2.3", "Nov 28 18:09:01 vps dovecot[4821]", [
    ["auth: passwd-file(anna@example.org,203.0.113.20,<0OA+ElphB5nLAHEU>): Password mismatch", guesser],
    ["auth: passwd-file(nobody@example.org,203.0.113.20,<zgFAElphsabLAHEU>): unknown user", guesser],
    ["auth: passwd-file(anna@example.org,203.0.113.20): Password mismatch", guesser],
    [
      "auth: passwd-file(anna@example.org,2001:db8:203::20,<5+9HE1phc+QgAQ24AgMAAAAAAAAAAAAg>): Password mismatch",
      guesserV6,
    ],
    ["auth: passwd-file(anna@example.org,2001:db8:203::20): Password mismatch", guesserV6],
    [
      "auth: plain(?,203.0.113.20,<2Bc/Elphp6vLAHEU>): Username character disallowed by auth_username_chars: 0x2c (username: a,203.0.113.9,)",
    ],
    [
      "auth: plain(?,203.0.113.20): Username character disallowed by auth_username_chars: 0x2c (username: a@b,203.0.113.9,<x>): Password mismatch)",
    ],
    ["auth: plain(?,203.0.113.20,<Kv8/Elph67TLAHEU>): Empty username"],
    [
      "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 4 secs): user=<a@b,203.0.113.9,<x>): Password mismatch>, method=PLAIN, rip=203.0.113.20, lip=198.51.100.112, TLS: Connection closed, session=<5ABAElphSeTLAHEU>",
    ],
    [
      "imap-login: Login: user=<anna@example.org>, method=PLAIN, rip=203.0.113.20, lip=198.51.100.112, mpid=4321, TLS, session=<5ABAElphSeTLAHEU>",
    ],
  ]),
  ...linesOf("Dovecot 2.4", "Nov 28 18:07:59 vps dovecot[4389]", [
    ["auth(anna@example.org,203.0.113.20,sasl:plain)<XVyNDlphS5HLAHEU>: passwd-file: Password mismatch", guesser],
    ["auth(nobody@example.org,203.0.113.20,sasl:plain)<oIuNDlphAcnLAHEU>: passwd-file: unknown user", guesser],
    ["auth(anna@example.org,203.0.113.20,sasl:plain): passwd-file: Password mismatch", guesser],
    ["auth(plainname,203.0.113.20,sasl:login): passwd-file: unknown user", guesser],
    [
      "auth(anna@example.org,2001:db8:203::20,sasl:plain)<wKN2D1phfeMgAQ24AgMAAAAAAAAAAAAg>: passwd-file: Password mismatch",
      guesserV6,
    ],
    [
      "auth(?,203.0.113.20,sasl:plain)<AvqNDlph8ZvLAHEU>: plain: Username character disallowed by auth_username_chars: 0x2c (username: a,203.0.113.9,)",
    ],
    [
      "auth(?,203.0.113.20,sasl:plain): plain: Username character disallowed by auth_username_chars: 0x2c (username: a@b,203.0.113.9,<x>): Password mismatch)",
    ],
    [
      "auth(?,203.0.113.20,sasl:plain): plain: Username character disallowed by auth_username_chars: 0x0a (username: a?auth(b,203.0.113.9,sasl:plain): x)",
    ],
    ["auth(?,203.0.113.20,sasl:plain)<s+yODlphnYnLAHEU>: plain: Empty username"],
    [
      "imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 4 secs) (auth_failed): user=<a?auth(b,203.0.113.9,sasl:plain): x>, method=PLAIN, rip=203.0.113.20, lip=198.51.100.113, TLS: Connection closed, session=<L5aODlphLbDLAHEU>",
    ],
    [
      "imap-login: Login: user=<anna@example.org>, method=PLAIN, rip=203.0.113.20, lip=198.51.100.113, mpid=4321, TLS, session=<L5aODlphLbDLAHEU>",
    ],
  ]),
];

/** What the filter reads besides where accounts of the machine log in. */
export const accountLines: JournalLine[] = [
  ...linesOf("Dovecot 2.3", "Nov 28 22:42:21 vps dovecot[5423]", [
    [
      "auth-worker(5431): conn unix:auth-worker (pid=5430,uid=103): auth-worker<2>: pam(anna,203.0.113.20): pam_authenticate() failed: Authentication failure (Password mismatch?)",
      guesser,
    ],
    [
      "auth-worker(5431): conn unix:auth-worker (pid=5430,uid=103): auth-worker<9>: pam(root,2001:db8:203::20,<zgFAElphsabLAHEU>): pam_authenticate() failed: Authentication failure (Password mismatch?)",
      guesserV6,
    ],
  ]),
  ...linesOf("Dovecot 2.4", "Nov 28 22:44:44 vps dovecot[4952]", [
    [
      "auth-worker(anna,203.0.113.20)<4960>: request [9]: pam: pam_authenticate() failed: Authentication failure (Password mismatch?)",
      guesser,
    ],
    [
      "auth-worker(root,2001:db8:203::20,sasl:plain)<4960><oIuNDlphAcnLAHEU>: request [12]: pam: pam_authenticate() failed: Authentication failure (Password mismatch?)",
      guesserV6,
    ],
  ]),
];

const ssh: [string, string][] = [
  ["Failed password for root from 203.0.113.20 port 36105 ssh2", guesser],
  ["Invalid user nobody123 from 203.0.113.20 port 48439", guesser],
  ["Failed password for invalid user nobody123 from 203.0.113.20 port 48439 ssh2", guesser],
  ["Failed password for root from 2001:db8:203::20 port 36105 ssh2", guesserV6],
  ["Invalid user x from 203.0.113.9 from 203.0.113.20 port 34479", guesser],
  ["Invalid user invalid user y from 203.0.113.9 port 22 from 203.0.113.20 port 57705", guesser],
];

/** What the distribution's filter reads: whoever else is named, nobody but the guesser counts. A session, which has a process of its own, counts as one address's. */
export const sshLines = (of: "OpenSSH 9.2" | "OpenSSH 10.0"): JournalLine[] =>
  ssh.map(([text, counts], index) => {
    const program = of === "OpenSSH 9.2" ? "sshd" : "sshd-session";
    return { of, line: `Nov 28 18:10:07 vps ${program}[${5054 + index}]: ${text}`, counts };
  });
