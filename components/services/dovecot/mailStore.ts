import type { Parsed } from "../../addresses";

/** Folders of the system, in which nothing may be anybody else's. */
const systemFolders =
  /^\/(bin|boot|dev|etc|home|lib\w*|lost\+found|proc|root|run|sbin|sys|tmp|usr|var\/(backups|cache|crash|lib|lock|log|run|spool|tmp))(\/|$)/;

/** Folders in which others have theirs: one of its own within them will do. */
const sharedFolders = /^\/(media|mnt|opt|srv|var|var\/(local|mail|opt|www))$/;

/** Reads the path of a folder that nobody has but the mail server, which gets another owner and mode. */
export function parseMailStore(text: string): Parsed {
  const allowed = "allowed is an absolute path such as /var/vmail or /srv/mail";
  if (!/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(text) || text.length > 200)
    return {
      problem: `is no path that is taken here; ${allowed}: letters, digits, and . _ - within its names, no / at the end, 200 characters at most`,
    };
  const [system] = systemFolders.exec(text) ?? [];
  if (system !== undefined) return { problem: `is in ${system.replace(/\/$/, "")}, which is the system's; ${allowed}` };
  if (sharedFolders.test(text))
    return { problem: `is a folder that others use, too; give one within it, as ${text}/vmail` };
  return { value: text };
}
