import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { parseHostKey } from "../hostKey";
import { refuse } from "../refusal";

/**
 * The host key that a machine shows when it is first seen, for a machine whose key nobody can know beforehand. It is asked for once
 * and stays in the stack, whatever the machine shows later: a reinstalled machine, or a stranger, is refused.
 */
export function trustedOnFirstUse(
  name: string,
  address: pulumi.Output<string>,
  port: number,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const seen = new command.local.Command(
    name,
    { create: keyscan, environment: { ADDRESS: address, PORT: `${port}` } },
    {
      parent,
      ignoreChanges: ["create", "environment"],
      customTimeouts: { create: "15m" },
    },
  );
  return seen.stdout.apply(async (line) => {
    const parsed = parseHostKey(line.trim());
    return "problem" in parsed
      ? refuse(`host.ovhVps.trustOnFirstUse: ${JSON.stringify(line)} ${parsed.problem}`, parent)
      : parsed.value;
  });
}

/** A machine that was just delivered may still boot: so it is asked for five minutes. */
const keyscan = `command -v ssh-keyscan >/dev/null || { echo "ssh-keyscan is missing here; install it (Debian: openssh-client), or name hostKey" >&2; exit 127; }
end=$(($(date +%s) + 300))
while [ "$(date +%s)" -lt "$end" ]; do
  for type in ed25519 ecdsa; do
    key=$(ssh-keyscan -T 10 -t "$type" -p "$PORT" "$ADDRESS" 2>/dev/null | sed -n 's/^[^# ][^ ]* //p' | head -n 1)
    if [ -n "$key" ]; then echo "$key"; exit 0; fi
  done
  echo "waiting: no SSH server answers on $ADDRESS port $PORT" >&2
  sleep 5
done
echo "No SSH server showed an ed25519 or ecdsa host key on $ADDRESS port $PORT within five minutes; check that the machine runs, or name hostKey" >&2
exit 1`;
