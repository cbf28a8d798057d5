import { marks } from "./reported";

/**
 * Reads the lines of the bundle (`bundle.ts`) from standard input and runs the agent in it. JSON is also a Python expression once its three
 * words have a meaning; `python3-minimal` of Debian 12 has no `json` module. Nothing that a user wrote is part of the command, which
 * the engine prints in full when it fails.
 */
const loader = [
  "import sys,zlib,binascii",
  'b={};w={"true":True,"false":False,"null":None}',
  "[b.update(eval(zlib.decompress(binascii.a2b_base64(l)),w))for l in sys.stdin.buffer]",
  'exec(b["start"],{"BUNDLE":b})',
].join(";");

/** The remote command that installs the packages which the bundle on its standard input says. */
export function installCommand(user: string): string {
  return agentCommand(user, "install");
}

/** The remote command that gives back what an installation took which no activation followed; it reads the same bundle. */
export function forgetCommand(user: string): string {
  return agentCommand(user, "forget");
}

/** The remote command that makes the host what the bundle on its standard input says. */
export function applyCommand(user: string): string {
  return agentCommand(user, "apply");
}

/** The remote command that takes the mail server off the host; it reads the same bundle. */
export function removeCommand(user: string): string {
  return agentCommand(user, "remove");
}

/** The remote command that tells what differs on the host from what was activated, and changes nothing; its bundle holds the agent alone. */
export function lookCommand(user: string): string {
  return agentCommand(user, "look");
}

/** The remote command that brings the host's previous generation back; its bundle is `{ agent, owner }`. */
export function rollbackCommand(user: string): string {
  return agentCommand(user, "rollback");
}

/** The remote command that prints what the agent wrote down of the certificate, between marks. */
export function certificateCommand(user: string): string {
  // The marks by root's shell, as sudo may print something too; all by one call, as something in the background may.
  const print = `printf "%s%s%s\\n" "${marks.begin}" "$told" "${marks.end}"`;
  return `${asRoot(user)}sh -c 'told="$(cat /var/lib/pulumi-mailserver/certificate.json)" && ${print}'`;
}

/** sudo drops `SSH_CONNECTION`, from which the agent learns the SSH port that must stay open: so it is an argument. */
function agentCommand(user: string, mode: "install" | "forget" | "apply" | "remove" | "look" | "rollback"): string {
  return `${asRoot(user)}python3 -Ic '${loader}' ${mode} "$SSH_CONNECTION"`;
}

function asRoot(user: string): string {
  return user === "root" ? "" : "sudo -n ";
}
